//! A damaged book, set aside and built again.

mod support;

use suanpan_model::schema::Schema;
use suanpan_store::{
    StoreError,
    recover::{Recovered, carry_out, recover},
};
use support::{ACTOR, Office, day, files, flip};

fn recovered(office: &mut Office) -> Recovered {
    let plan = recover(&office.path(), &Schema::builtin()).expect("a plan");
    let done = carry_out(plan, &Schema::builtin(), ACTOR, day(9), &mut |_, _| true).expect("carried out");
    office.open().expect("opens");
    assert!(office.book().verify(&mut |_, _, _| true).expect("verified").is_whole());
    done
}

/// A copy was made, then more was done.
fn with_copy() -> Office {
    let office = Office::with_figures();
    office.book().back_up(day(2), &mut |_, _| true).expect("backed up");
    office.agency("101002", "财政局");
    office.agency("101003", "教育局");
    office
}

#[test]
fn the_newest_copy_and_the_journal_give_everything_back() {
    let mut office = with_copy();
    let expected = office.totals();
    office.close();
    flip(&office.path(), 100, 1);
    assert!(matches!(office.open(), Err(StoreError::Damaged { .. })));
    let before = std::fs::read(office.path()).expect("read");

    let plan = recover(&office.path(), &Schema::builtin()).expect("a plan");
    let text = plan.lines().join("\n");
    assert!(text.contains("从 2026-03-02 17:00 的备份恢复") && text.contains("2 批共 2 步操作"), "{text}");
    let done = recovered(&mut office);
    assert_eq!(office.totals(), expected);
    assert_eq!((done.batches, done.not_replayed), (2, Vec::new()));
    assert_eq!(done.set_aside, office.beside(".damaged-20260309-170000"));
    assert_eq!(std::fs::read(done.set_aside).expect("kept"), before);
    assert!(office.beside(".damaged-20260309-170000.ops").exists());
}

#[test]
fn without_any_copy_the_journal_alone_gives_everything_back() {
    let mut office = Office::with_figures();
    let expected = office.totals();
    office.close();
    std::fs::write(office.path(), vec![0x55; 20_000]).expect("written");
    recovered(&mut office);
    assert_eq!(office.totals(), expected);
    assert_eq!(office.book().info().division, "410823000");
    assert_eq!(office.book().info().year, 2026);
}

#[test]
fn without_a_journal_the_damaged_books_own_log_is_read() {
    let mut office = with_copy();
    let expected = office.totals();
    office.close();
    std::fs::remove_file(office.beside(".ops")).expect("removed");
    // Some page of the middle: not the one of the log, as its reading below shows.
    let page = broken_page_that_spares_the_log(&mut office);
    let done = recovered(&mut office);
    assert_eq!((office.totals(), done.batches), (expected, 2), "page {page}");
}

/// Breaks a page so that verification fails but every batch can still be read.
fn broken_page_that_spares_the_log(office: &mut Office) -> usize {
    let whole = std::fs::read(office.path()).expect("read");
    for page in (10..whole.len() / 4096).rev() {
        std::fs::write(office.path(), &whole).expect("written");
        flip(&office.path(), page * 4096 + 77, 0);
        if recover(&office.path(), &Schema::builtin()).is_ok_and(|plan| plan.batches == 2 && plan.lost_batches == 0) {
            return page;
        }
    }
    panic!("every page matters to the log");
}

#[test]
fn a_bad_copy_is_passed_over_for_the_one_before() {
    let mut office = Office::with_figures();
    office.book().back_up(day(2), &mut |_, _| true).expect("backed up");
    office.agency("101002", "财政局");
    let bad = office.book().back_up(day(3), &mut |_, _| true).expect("backed up").info;
    office.agency("101003", "教育局");
    let expected = office.totals();
    office.close();
    flip(&bad.path, 9000, 1);
    flip(&office.path(), 100, 1);
    let plan = recover(&office.path(), &Schema::builtin()).expect("a plan");
    assert_eq!(plan.backup.as_ref().map(|info| info.at), Some(day(2)));
    assert!(plan.lines().join("\n").contains("2026-03-03 17:00的备份不可用"), "{:?}", plan.lines());
    recovered(&mut office);
    assert_eq!(office.totals(), expected);
}

#[test]
fn what_stands_behind_a_lost_op_is_still_done_again() {
    let mut office = Office::with_figures();
    office.book().back_up(day(2), &mut |_, _| true).expect("backed up");
    let start = std::fs::metadata(office.beside(".ops")).expect("a journal").len() as usize;
    office.agency("101002", "财政局");
    let (id, count) = (office.agency("101003", "教育局"), office.count("agency"));
    office.edit(id, "agency", "agency_name", "教育局".into(), "教体局".into()).expect("edited");
    office.close();
    // The first frame after the copy is lost in the journal, and the whole log in the book.
    flip(&office.beside(".ops"), start + 60, 1);
    flip(&office.path(), 100, 1);
    let plan = recover(&office.path(), &Schema::builtin()).expect("a plan");
    assert_eq!((plan.batches, plan.lost_batches), (2, 1));
    assert!(plan.lines().iter().any(|line| line.contains("1 批操作已读不出来")), "{:?}", plan.lines());
    let done = recovered(&mut office);
    assert_eq!((done.batches, done.not_replayed.len()), (2, 0));
    assert_eq!(office.count("agency"), count - 1);
}

#[test]
fn what_depends_on_a_lost_op_is_named() {
    let mut office = Office::with_figures();
    office.book().back_up(day(2), &mut |_, _| true).expect("backed up");
    let start = std::fs::metadata(office.beside(".ops")).expect("a journal").len() as usize;
    let id = office.agency("101003", "教育局");
    office.edit(id, "agency", "agency_name", "教育局".into(), "教体局".into()).expect("edited");
    office.close();
    flip(&office.beside(".ops"), start + 60, 1);
    flip(&office.path(), 100, 1);
    let done = recovered(&mut office);
    assert_eq!(done.batches, 0);
    assert!(done.not_replayed[0].starts_with("卓玛：修改（1 步）未能重做"), "{:?}", done.not_replayed);
}

#[test]
fn a_group_cut_in_two_is_left_out_whole() {
    let mut office = Office::with_figures();
    office.book().back_up(day(2), &mut |_, _| true).expect("backed up");
    let before = office.totals();
    let new = |number: i32| {
        let fields = serde_json::json!({"agency_code": format!("{number:06}"), "agency_name": "单位"});
        (office.id(), "agency", support::created(fields))
    };
    let ops = (0..2500).map(new).collect();
    office.apply("导入", ops).expect("imported");
    office.close();
    let length = std::fs::metadata(office.beside(".ops")).expect("a journal").len() as usize;
    flip(&office.beside(".ops"), length - 100, 1);
    flip(&office.path(), 100, 1);
    let plan = recover(&office.path(), &Schema::builtin()).expect("a plan");
    assert_eq!((plan.batches, plan.lost_batches), (0, 3));
    recovered(&mut office);
    assert_eq!(office.totals(), before);
}

#[test]
fn nothing_to_recover_from_is_said_and_nothing_is_touched() {
    let mut office = Office::new();
    office.close();
    std::fs::write(office.path(), vec![0x55; 20_000]).expect("written");
    std::fs::remove_file(office.beside(".ops")).expect("removed");
    let before = files(office.folder.path());
    let error = recover(&office.path(), &Schema::builtin()).expect_err("nothing");
    assert!(error.to_string().contains("没有完好的备份"), "{error}");
    assert!(files(office.folder.path()) == before);
}

#[test]
fn a_recovery_that_is_stopped_leaves_everything_as_it_was() {
    let mut office = with_copy();
    office.close();
    flip(&office.path(), 100, 1);
    let before = files(office.folder.path());
    let plan = recover(&office.path(), &Schema::builtin()).expect("a plan");
    let error = carry_out(plan, &Schema::builtin(), ACTOR, day(9), &mut |_, _| false).expect_err("stopped");
    assert!(matches!(error, StoreError::NothingTo(_)), "{error}");
    let without_lock = |files: Vec<(std::path::PathBuf, Vec<u8>)>| -> Vec<_> {
        files.into_iter().filter(|(path, _)| !path.ends_with("a.book.lock")).collect()
    };
    assert!(without_lock(files(office.folder.path())) == without_lock(before));
}
