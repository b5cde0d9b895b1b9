//! `sample`.

use super::desk;
use crate::{
    args::Sample,
    output::{Exit, Output},
};
use suanpan_desk::{CallResult, sample};
use suanpan_sample::Size;

pub fn sample(given: &Sample, output: &Output) -> CallResult<Exit> {
    let bar = output.progress("生成示例账套");
    let size = Size::scaled(given.scale.clamp(0.1, 100.0));
    let mut records = 0;
    sample::write(&desk(), &given.book, size, &mut |done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
        records = done;
        true
    })?;
    bar.finish_and_clear();
    let answer = serde_json::json!({ "path": given.book, "records": records });
    output.show(&answer, |out| writeln!(out, "已生成 {}（{records} 条记录）", given.book.display()));
    Ok(Exit::Done)
}
