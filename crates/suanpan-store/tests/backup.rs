//! Copies of an open book, and putting them back.

mod support;

use chrono::Days;
use serde_json::json;
use suanpan_model::schema::Schema;
use suanpan_store::{
    StoreError, backup,
    recover::{carry_out, restore_plan},
};
use support::{ACTOR, Office, day};

#[test]
fn a_copy_holds_what_the_book_held_and_begins_a_new_journal() {
    let mut office = Office::with_figures();
    let made = office.book().back_up(day(2), &mut |_, _| true).expect("backed up").info;
    assert_eq!(made.path, office.folder.path().join("a.book.backups/a-20260302-170000.book"));
    assert_eq!(backup::check_copy(&made.path, &Schema::builtin()).expect("whole"), office.totals());
    assert!(office.beside(".ops").metadata().expect("a journal").len() < 100, "the journal is empty again");
    assert!(office.beside(".ops.1").exists(), "the one before is kept");

    office.agency("101002", "财政局");
    let expected = office.totals();
    office.open().expect("opens");
    assert_eq!((office.totals(), office.book().replayed(), office.book().mended()), (expected, 0, None));
}

#[test]
fn copies_are_listed_with_time_size_and_the_batch_they_end_with() {
    let office = Office::with_figures();
    office.book().back_up(day(2), &mut |_, _| true).expect("backed up");
    office.agency("101002", "财政局");
    office.book().back_up(day(3), &mut |_, _| true).expect("backed up");
    let listed = backup::list(&office.path());
    let times: Vec<_> = listed.iter().map(|info| info.at).collect();
    assert_eq!(times, [day(3), day(2)]);
    let head = office.totals().head;
    assert_eq!(listed[0].head, Some(head));
    assert_eq!(listed[1].head.map(|head| head.0), Some(head.0 - 1));
    assert!(listed.iter().all(|info| info.bytes > 4096 && info.bytes % 4096 == 0));
    assert!(!backup::is_due(day(4).date(), &listed, head), "nothing new since");
}

#[test]
fn old_copies_go_and_the_newest_stay() {
    let office = Office::new();
    for number in 0..12 {
        office.agency(&format!("1010{number:02}"), "单位");
        office.book().back_up(day(2) + Days::new(number), &mut |_, _| true).expect("backed up");
    }
    let kept: Vec<_> = backup::list(&office.path()).iter().map(|info| info.at.format("%d").to_string()).collect();
    assert_eq!(kept, ["13", "12", "11", "10", "09", "08", "07"]);
}

#[test]
fn a_stopped_copy_leaves_no_file_and_the_journal_as_it_was() {
    let office = Office::with_figures();
    let journal = std::fs::read(office.beside(".ops")).expect("read");
    let error = office.book().back_up(day(2), &mut |_, _| false).expect_err("stopped");
    assert!(matches!(error, StoreError::NothingTo(_)), "{error}");
    assert_eq!(std::fs::read_dir(office.beside(".backups")).expect("a folder").count(), 0);
    assert_eq!(std::fs::read(office.beside(".ops")).expect("read"), journal);
}

#[test]
fn what_a_killed_program_left_of_a_copy_is_swept_away_by_the_next() {
    let office = Office::with_figures();
    std::fs::create_dir(office.beside(".backups")).expect("a folder");
    std::fs::write(office.beside(".backups").join("a-20260301-170000.book.partial"), b"half").expect("written");
    office.book().back_up(day(2), &mut |_, _| true).expect("backed up");
    assert_eq!(std::fs::read_dir(office.beside(".backups")).expect("a folder").count(), 1);
}

#[test]
fn a_book_is_put_back_as_it_was_and_the_newer_one_is_kept() {
    let mut office = Office::with_figures();
    let copy = office.book().back_up(day(2), &mut |_, _| true).expect("backed up").info;
    let then = office.totals();
    office.agency("101002", "财政局");
    office.book().back_up(day(3), &mut |_, _| true).expect("backed up");
    office.agency("101003", "教育局");
    let later = office.totals();
    office.close();

    let plan = restore_plan(&office.path(), &copy.path, false, &Schema::builtin()).expect("a plan");
    let done = carry_out(plan, &Schema::builtin(), ACTOR, day(4), &mut |_, _| true).expect("put back");
    office.open().expect("opens");
    assert_eq!((office.totals(), office.book().mended(), office.book().replayed()), (then.clone(), None, 0));
    assert_eq!(done.set_aside, office.beside(".replaced-20260304-170000"));
    assert_eq!(backup::check_copy(&done.set_aside, &Schema::builtin()).expect("kept whole"), later);

    // The copy of the 3rd is of a history that was left: never the start of a recovery, still there to choose.
    let listed = backup::list(&office.path());
    let aside: Vec<_> = listed.iter().filter(|info| info.set_aside).map(|info| info.at).collect();
    assert_eq!(aside, [day(3)]);
    office.agency("101004", "民政局");
    office.close();
    let plan = restore_plan(&office.path(), &listed[1].path, false, &Schema::builtin()).expect("a plan");
    carry_out(plan, &Schema::builtin(), ACTOR, day(5), &mut |_, _| true).expect("put back");
    office.open().expect("opens");
    assert_eq!(office.count("agency"), 2);
}

#[test]
fn a_book_is_put_back_with_everything_done_since() {
    let mut office = Office::with_figures();
    let copy = office.book().back_up(day(2), &mut |_, _| true).expect("backed up").info;
    office.agency("101002", "财政局");
    office.book().back_up(day(3), &mut |_, _| true).expect("backed up");
    let line = office.create("budget_line", json!({"apply_up": 5}));
    office.edit(line, "budget_line", "apply_up", json!(5), json!(7)).expect("edited");
    let now = office.totals();
    office.close();

    let plan = restore_plan(&office.path(), &copy.path, true, &Schema::builtin()).expect("a plan");
    assert_eq!((plan.batches, plan.ops, plan.lost_batches), (3, 3, 0));
    let done = carry_out(plan, &Schema::builtin(), ACTOR, day(4), &mut |_, _| true).expect("put back");
    assert_eq!((done.batches, done.ops, done.not_replayed.len()), (3, 3, 0));
    office.open().expect("opens");
    assert_eq!(office.totals(), now);
    assert!(office.book().undoable(ACTOR).expect("read").is_some_and(|step| step.label == "修改"));
}

#[test]
fn an_open_book_is_not_exchanged() {
    let office = Office::with_figures();
    let copy = office.book().back_up(day(2), &mut |_, _| true).expect("backed up").info;
    let plan = restore_plan(&office.path(), &copy.path, false, &Schema::builtin()).expect("a plan");
    let error = carry_out(plan, &Schema::builtin(), ACTOR, day(4), &mut |_, _| true).expect_err("held");
    assert!(matches!(error, StoreError::Held { .. }), "{error}");
}

#[test]
fn an_exchange_that_the_power_cut_is_finished_by_the_next_opening() {
    let mut office = Office::with_figures();
    let copy = office.book().back_up(day(2), &mut |_, _| true).expect("backed up").info;
    let then = office.totals();
    office.agency("101002", "财政局");
    office.close();
    // The cut came when the old book was already renamed and its companions were not.
    std::fs::copy(&copy.path, office.beside(".ready-replaced-20260304-170000")).expect("copied");
    std::fs::rename(office.path(), office.beside(".replaced-20260304-170000")).expect("renamed");
    office.open().expect("opens");
    assert_eq!((office.totals(), office.book().replayed()), (then, 0));
    assert!(office.beside(".replaced-20260304-170000.ops").exists());
}
