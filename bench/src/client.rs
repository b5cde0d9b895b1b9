//! Figures of the desk that no peer has: 20,000 rows pulled into a real book, the same as a snapshot, and what typing in
//! that book takes meanwhile. Prints rows of bench/sync/README.md's second kind. Called by `sync` on the free link.

use crate::sync::{Desk, Province, apply};
use serde_json::{Value as Json, json};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use suanpan_model::{Change, Op, OpKind};
use suanpan_store::Book;
use suanpan_testkit::weak_link::{Shape, WeakLink};
use uuid::Uuid;

const ROWS: usize = 20_000;
/// Rows of one import.
const AT_ONCE: usize = 1_000;
/// Between two cells: faster than anybody types, for the sake of many figures.
const BETWEEN_CELLS: Duration = Duration::from_millis(30);

type Error = Box<dyn std::error::Error>;

/// Measures in `folder` what `records` come to when there are 20,000 of them.
pub fn measure(folder: &Path, records: &[Json]) -> Result<(), Error> {
    std::fs::create_dir_all(folder)?;
    let province = Province::start(folder, false)?;
    let link = WeakLink::start(province.listening, Shape::default());
    let address = province.address(link.addr());
    let mut one = Desk::new(folder, "one", &province, &address)?;
    for part in 0..ROWS / AT_ONCE {
        one.write(
            &records[..AT_ONCE.min(records.len())].iter().map(|record| varied(record, part)).collect::<Vec<_>>(),
        )?;
    }
    one.agree()?;

    let mut two = Desk::new(folder, "two", &province, &address)?;
    let began = Instant::now();
    two.agree()?;
    tell("pull of 20,000 rows into a book", began.elapsed().as_secs_f64(), "s", Some(2.0));

    let mut three = Desk::new(folder, "three", &province, &address)?;
    link.reset_counts();
    three.fetch_whole()?;
    tell("snapshot of 20,000 rows", link.counted().down_bytes as f64 / 1_000.0, "KB", Some(700.0));

    let mut four = Desk::new(folder, "four", &province, &address)?;
    let cell = four.write(&records[..1])?[0];
    let book = four.book.clone();
    let idle = while_typing(&book, cell, || {
        std::thread::sleep(BETWEEN_CELLS * 60);
        Ok(())
    })?;
    // Not until both agree: there is always another cell to send.
    let began = Instant::now();
    let busy = while_typing(&book, cell, || four.catch_up_with(&one).map(drop))?;
    let slowed = began.elapsed().as_secs_f64();
    tell("typing a cell, nothing going on, p95", idle, "ms", Some(20.0));
    tell("typing a cell while 20,000 rows are pulled, p95", busy, "ms", Some(20.0));
    tell("that pull, a cell being typed every 30 ms", slowed, "s", None);
    Ok(())
}

/// Types into one cell for as long as `work` takes; the 95th percentile of what a cell took until it was in the book, ms.
fn while_typing(book: &Arc<Book>, cell: Uuid, work: impl FnOnce() -> Result<(), Error>) -> Result<f64, Error> {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let typist = scope.spawn(|| {
            let mut took = Vec::new();
            while !over.load(Ordering::Relaxed) {
                let began = Instant::now();
                type_into(book, cell).map_err(|error| error.to_string())?;
                took.push(began.elapsed());
                std::thread::sleep(BETWEEN_CELLS);
            }
            Ok::<_, String>(took)
        });
        let worked = work();
        over.store(true, Ordering::Relaxed);
        let mut took = typist.join().map_err(|_| "the typist panicked")??;
        worked?;
        took.sort_unstable();
        Ok(took.get(took.len() * 95 / 100).map_or(0.0, |took| took.as_secs_f64() * 1_000.0))
    })
}

fn type_into(book: &Book, cell: Uuid) -> Result<(), Error> {
    const FIELD: &str = "pro_operator_tel";
    let record = book.record("project", cell)?.ok_or("the record that is typed into")?.record;
    let at = book.schema().entity("project").and_then(|def| def.index(FIELD)).ok_or("the field")?;
    let to = Uuid::new_v4().to_string()[..12].to_owned();
    let change = Change { field: FIELD.into(), from: record.values[at].to_json(), to: to.into() };
    let kind = OpKind::Edit { seen: record.header.version, changes: vec![change] };
    let ops = vec![Op { id: Uuid::now_v7(), entity: "project".into(), record: cell, kind }];
    apply(book, "修改", ops)
}

/// The record with a character of each text exchanged for another, so that no two of the 20,000 are alike.
fn varied(record: &Json, part: usize) -> Json {
    let Some(fields) = record.as_object() else { return record.clone() };
    let vary = |(name, value): (&String, &Json)| {
        let text = value.as_str().unwrap_or_default();
        let at = part * 7 % text.chars().count().max(1);
        let other = char::from_u32(0x4e00 + part as u32 * 97).unwrap_or('一');
        let text: String = text.chars().enumerate().map(|(place, c)| if place == at { other } else { c }).collect();
        (name.clone(), Json::String(text))
    };
    fields.iter().map(vary).collect()
}

/// Prints a row; `at_most`: its target.
fn tell(measure: &str, value: f64, unit: &str, at_most: Option<f64>) {
    let value = (value * 100.0).round() / 100.0;
    let mut row = json!({"measure": measure, "value": value, "unit": unit});
    if let Some(at_most) = at_most {
        row["at_most"] = json!(at_most);
    }
    println!("{row}");
}
