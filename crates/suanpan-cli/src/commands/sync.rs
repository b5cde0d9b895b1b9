//! `enrol`, `sync`, `status`: the desk and its province.

use super::{desk, exchange::finish, open};
use crate::{
    args,
    output::{Exit, Output},
};
use suanpan_desk::{
    CallResult,
    calls::Nothing,
    sync::{self, EnrolRequest, Told, agree, driver::Speaker, usb},
};

pub fn enrol(given: &args::Enrol, output: &Output) -> CallResult<Exit> {
    let desk = open(&given.book)?;
    let request = EnrolRequest { server: given.server.clone(), code: given.code.clone(), name: given.name.clone() };
    let started = sync::start_enrol(&desk, request)?;
    let enrolled: serde_json::Value = finish(&desk, output, "登记", &started)?;
    output.show(&enrolled, |out| {
        writeln!(out, "已登记为 {} 号设备，区划 {}", enrolled["device"], words(&enrolled["scopes"]))
    });
    Ok(Exit::Done)
}

pub fn sync(given: &args::Sync, output: &Output) -> CallResult<Exit> {
    let desk = open(&given.book)?;
    let bar = output.progress("同步");
    let summary = agree(&desk, given.server.as_deref(), &mut |told| match told {
        Told::Moved(progress) => {
            bar.set_length(progress.to_send + progress.pulled + progress.remaining);
            bar.set_position(progress.sent + progress.pulled);
        }
        Told::PutOff(reason, wait) => {
            bar.suspend(|| eprintln!("{reason}（{} 秒后）", wait.as_secs().max(1)));
        }
    })?;
    bar.finish_and_clear();
    output.show(&summary, |out| {
        writeln!(
            out,
            "已与平台一致：上报 {} 批，接收 {} 条；上行 {} 字节，下行 {} 字节",
            summary.sent, summary.pulled, summary.bytes_up, summary.bytes_down
        )?;
        if summary.disputed + summary.refused > 0 {
            writeln!(out, "有争议 {} 处，未采纳 {} 项，请处理", summary.disputed, summary.refused)?;
        }
        Ok(())
    });
    Ok(Exit::Done)
}

pub fn pack(given: &args::Pack, output: &Output) -> CallResult<Exit> {
    let desk = open(&given.book)?;
    let request = usb::PackRequest { folder: given.to.display().to_string() };
    let started = usb::start_pack(&desk, request)?;
    let packed: serde_json::Value = finish(&desk, output, "写包", &started)?;
    output.show(&packed, |out| {
        writeln!(out, "已写入 {}（{} 字节）", packed["path"].as_str().unwrap_or_default(), packed["bytes"])
    });
    Ok(Exit::Done)
}

pub fn unpack(given: &args::Unpack, output: &Output) -> CallResult<Exit> {
    let desk = open(&given.book)?;
    let request = usb::UnpackRequest { path: given.package.display().to_string() };
    let started = usb::start_unpack(&desk, request)?;
    let unpacked: serde_json::Value = finish(&desk, output, "读包", &started)?;
    output.show(&unpacked, |out| writeln!(out, "{}", unpacked["message"].as_str().unwrap_or_default()));
    Ok(Exit::Done)
}

pub fn carry(given: &args::Carry, output: &Output) -> CallResult<Exit> {
    let desk = desk();
    let mut speaker = Speaker::new(Box::new(move || desk.now_ms()))?;
    let path = usb::carry(&mut speaker, &given.server, &given.package)?;
    let path = path.display().to_string();
    output.show(&serde_json::json!({ "path": path }), |out| writeln!(out, "回包已写入 {path}"));
    Ok(Exit::Done)
}

pub fn status(given: &args::BookOnly, output: &Output) -> CallResult<Exit> {
    let desk = open(&given.book)?;
    let state = sync::state(&desk, Nothing {})?;
    output.show(&state, |out| {
        if state.server.is_empty() {
            return writeln!(out, "尚未登记，账套独立使用");
        }
        writeln!(out, "{}（{} 号设备）→ {}", state.device_name, state.device, state.server)?;
        let agreed = if state.agreed_ms > 0 { desk.local_time(state.agreed_ms) } else { "从未".into() };
        writeln!(out, "最近一致：{agreed}")?;
        writeln!(out, "待上报 {} 项，待裁决 {} 处，未采纳 {} 项", state.unsettled_ops, state.open_cases, state.tray)?;
        writeln!(out, "离线可赋项目代码 {} 个", state.codes_left)
    });
    Ok(Exit::Done)
}

fn words(list: &serde_json::Value) -> String {
    let words = list.as_array().into_iter().flatten().filter_map(serde_json::Value::as_str);
    words.collect::<Vec<_>>().join("、")
}
