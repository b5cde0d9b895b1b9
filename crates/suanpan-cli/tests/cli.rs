//! The command line as docs/cli.md promises it: names, JSON shapes, exit codes.

use serde_json::Value as Json;
use std::{
    path::PathBuf,
    process::{Command, Output},
};

struct Shell {
    folder: tempfile::TempDir,
}

impl Shell {
    /// A shell with a new book of 武陟县 2026.
    fn new() -> Self {
        let shell = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        shell.json(0, &["init", "BOOK", "--division", "410823000", "--year", "2026"]);
        shell
    }

    fn book(&self) -> PathBuf {
        self.folder.path().join("a.book")
    }

    /// BOOK stands for the book's path.
    fn run(&self, words: &[&str]) -> Output {
        let book = self.book().display().to_string();
        let words = words.iter().map(|word| if *word == "BOOK" { book.as_str() } else { word });
        let mut command = Command::new(env!("CARGO_BIN_EXE_suanpan"));
        command.args(words).env("SUANPAN_ACTOR", "卓玛").output().expect("suanpan runs")
    }

    #[track_caller]
    fn json(&self, exit: i32, words: &[&str]) -> Json {
        let output = self.run(&[words, &["--json"]].concat());
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(exit), "{words:?}: {errors}");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{words:?}: {error}"))
    }

    #[track_caller]
    fn has_keys(value: &Json, keys: &[&str]) {
        let mut found: Vec<_> = value.as_object().expect("an object").keys().map(String::as_str).collect();
        let mut keys = keys.to_vec();
        found.sort_unstable();
        keys.sort_unstable();
        assert_eq!(found, keys);
    }

    fn add_agency(&self) {
        self.json(1, &["new", "BOOK", "agency", "agency_code=101001", "单位名称=县政府办公室"]);
    }
}

#[test]
fn info_says_what_the_book_is() {
    let state = Shell::new().json(0, &["info", "BOOK"]);
    let keys = [
        "info",
        "path",
        "actor",
        "changes",
        "undo",
        "redo",
        "replayed",
        "journal_fault",
        "program_version",
        "findings_stale",
        "amended",
        "damage",
        "start_problem",
        "suggested_folder",
    ];
    Shell::has_keys(&state, &keys);
    Shell::has_keys(&state["info"], &["division", "division_name", "year", "name", "created_at_ms", "book_id"]);
    assert_eq!(state["actor"], "卓玛");
}

#[test]
fn a_record_is_made_read_changed_listed_and_removed() {
    let shell = Shell::new();
    shell.add_agency();
    let record = shell.json(0, &["get", "BOOK", "agency", "101001"]);
    Shell::has_keys(&record, &["id", "version", "deleted", "division", "fiscal_year", "values", "names"]);
    shell.json(1, &["set", "BOOK", "agency", "101001", "agency_name=县政府办"]);
    let listed = shell.json(0, &["list", "BOOK", "agency", "--where", "agency_name~政府", "--sort", "-agency_code"]);
    Shell::has_keys(&listed, &["total", "records"]);
    assert_eq!(listed["records"][0]["values"]["agency_name"], "县政府办");
    assert_eq!(listed["records"][0]["version"], 2);
    Shell::has_keys(&shell.json(0, &["rm", "BOOK", "agency", "101001"]), &["deleted", "ops"]);
    assert_eq!(shell.json(0, &["list", "BOOK", "agency"])["total"], 0);
}

#[test]
fn what_was_done_is_logged_undone_and_redone() {
    let shell = Shell::new();
    shell.add_agency();
    let log = shell.json(0, &["log", "BOOK"]);
    Shell::has_keys(&log[0], &["batch", "at_ms", "actor", "label", "kind", "ops", "undone"]);
    Shell::has_keys(&shell.json(0, &["undo", "BOOK"]), &["label", "ops"]);
    shell.json(1, &["undo", "BOOK"]);
    Shell::has_keys(&shell.json(0, &["redo", "BOOK"]), &["label", "ops"]);
    assert_eq!(shell.json(0, &["search", "BOOK", "政府"])[0]["code"], "101001");
}

#[test]
fn check_lists_findings_and_ends_with_one() {
    let shell = Shell::new();
    shell.add_agency();
    let checked = shell.json(1, &["check", "BOOK"]);
    Shell::has_keys(&checked["counts"][0], &["entity", "entity_label", "rule", "severity", "count", "explained", "zh"]);
    let item = &checked["findings"][0];
    Shell::has_keys(item, &["finding", "unit", "record_code", "record_name", "field_label", "entity_label", "reason"]);
    Shell::has_keys(&item["finding"], &["rule", "severity", "entity", "record", "field", "message"]);
}

#[test]
fn totals_are_given_by_a_fields_values() {
    let shell = Shell::new();
    shell.json(1, &["new", "BOOK", "project", "项目名称=修路", "pro_total_amt=1234.50"]);
    let totals = shell.json(0, &["totals", "BOOK", "project", "--sum", "pro_total_amt", "--by", "agency"]);
    Shell::has_keys(&totals, &["lines", "labels"]);
    assert_eq!(totals["lines"][0]["sums"][0], 123_450);
}

#[test]
fn failures_have_the_promised_exit_codes() {
    let shell = Shell::new();
    shell.json(2, &["list", "BOOK", "no_such_entity"]);
    shell.json(2, &["new", "BOOK", "project", "pro_total_amt=一百"]);
    assert_eq!(shell.run(&["list"]).status.code(), Some(2));
    shell.json(1, &["get", "BOOK", "agency", "999"]);
    shell.json(1, &["init", "BOOK", "--division", "410823000", "--year", "2026"]);
    std::fs::write(shell.folder.path().join("not.book"), vec![7; 8192]).expect("written");
    let other = shell.folder.path().join("not.book").display().to_string();
    let failed = shell.json(3, &["info", &other]);
    Shell::has_keys(&failed["error"], &["code", "message", "field"]);
    assert_eq!(failed["error"]["code"], "damaged");
}

#[test]
fn an_exported_workbook_comes_back_without_a_change_and_a_new_book_takes_it_whole() {
    let shell = Shell::new();
    shell.add_agency();
    let out = shell.folder.path().join("单位.xlsx").display().to_string();
    Shell::has_keys(&shell.json(0, &["export", "BOOK", "--entity", "agency", "-o", &out]), &["path", "rows", "totals"]);
    let again = shell.json(0, &["import", "BOOK", &out, "--entity", "agency", "--dry-run"]);
    Shell::has_keys(&again, &["file", "missing", "preview", "committed"]);
    assert_eq!(again["preview"]["summary"]["same"], 1);
    assert_eq!(again["committed"], Json::Null);
    let other = Shell::new();
    let taken = other.json(1, &["import", "BOOK", &out, "--entity", "agency"]);
    assert_eq!(taken["committed"]["new"], 1, "{taken}");
    assert_eq!(other.json(0, &["list", "BOOK", "agency"])["total"], 1);
    other.json(0, &["undo", "BOOK"]);
    assert_eq!(other.json(0, &["list", "BOOK", "agency"])["total"], 0);
}

#[test]
fn rows_in_error_stop_an_import_unless_they_are_left_out_and_come_back_as_a_workbook() {
    let shell = Shell::new();
    let file = shell.folder.path().join("单位.csv");
    std::fs::write(&file, "单位代码,单位名称,是否乡镇\n101001,县政府办公室,否\n101002,县委办公室,也许\n")
        .expect("written");
    let (file, report) = (file.display().to_string(), shell.folder.path().join("错误.xlsx").display().to_string());
    let refused = shell.json(1, &["import", "BOOK", &file, "--entity", "agency", "--report", &report]);
    assert_eq!(refused["preview"]["summary"]["errors"], 1, "{refused}");
    assert_eq!(refused["committed"], Json::Null);
    assert!(std::path::Path::new(&report).exists());
    let taken = shell.json(1, &["import", "BOOK", &file, "--entity", "agency", "--skip-errors"]);
    assert_eq!(taken["committed"]["new"], 1);
}

#[test]
fn a_book_is_backed_up_verified_put_back_and_recovered() {
    let shell = Shell::new();
    shell.add_agency();
    Shell::has_keys(&shell.json(0, &["backup", "BOOK"]), &["item", "removed"]);
    let copies = shell.json(0, &["backup", "BOOK", "--list"]);
    Shell::has_keys(&copies, &["folder", "items", "due"]);
    Shell::has_keys(&copies["items"][0], &["path", "at", "bytes", "readable", "set_aside"]);
    shell.json(0, &["rm", "BOOK", "agency", "101001"]);
    Shell::has_keys(&shell.json(0, &["restore", "BOOK"]), &["ops", "not_replayed", "set_aside"]);
    assert_eq!(shell.json(0, &["list", "BOOK", "agency"])["total"], 1);
    Shell::has_keys(&shell.json(0, &["verify", "BOOK"]), &["whole", "damaged", "lines", "records"]);
    std::fs::write(shell.book(), vec![0; 65536]).expect("damaged");
    shell.json(3, &["info", "BOOK"]);
    let plan = shell.json(0, &["recover", "BOOK", "--dry-run"]);
    Shell::has_keys(&plan, &["lines", "backup_at", "ops", "lost_batches"]);
    shell.json(0, &["recover", "BOOK"]);
    assert_eq!(shell.json(0, &["list", "BOOK", "agency"])["total"], 1);
}

#[test]
fn the_sample_county_discloses_tables_that_agree() {
    let shell = Shell { folder: tempfile::tempdir().expect("a temporary folder") };
    Shell::has_keys(&shell.json(0, &["sample", "BOOK"]), &["path", "records"]);
    let out = shell.folder.path().join("公开").display().to_string();
    let disclosed = shell.json(0, &["disclose", "BOOK", "-o", &out, "--agency", "101001"]);
    Shell::has_keys(&disclosed, &["figure", "files", "without_budget"]);
    assert!(!disclosed["files"].as_array().expect("files").is_empty());
}

#[test]
fn a_dispute_is_listed_and_decided_and_an_empty_tray_says_so() {
    let shell = Shell::new();
    shell.add_agency();
    let unit = shell.json(0, &["get", "BOOK", "agency", "101001"])["id"].as_str().expect("an id").to_owned();
    let subject = format!("subject={unit}");
    shell.run(&[
        "new",
        "BOOK",
        "conflict_case",
        "subject_entity=agency",
        &subject,
        "subject_label=单位",
        "field=agency_name",
        "class=plain",
        "base=\"甲\"",
        "theirs=\"乙\"",
        "proposed=\"丙\"",
        "proposed_by=卓玛",
        "group=g",
        "state=1",
    ]);
    let cases = shell.json(1, &["cases", "BOOK", "--open"]);
    assert_eq!(cases["total"], 1);
    let id = cases["items"][0]["id"].as_str().expect("an id").to_owned();
    let decided = shell.json(0, &["decide", "BOOK", &id, "take"]);
    assert_eq!((&decided["choice"], &decided["decided_value"]["text"]), (&"take".into(), &"丙".into()));
    assert_eq!(shell.json(0, &["get", "BOOK", "agency", "101001"])["values"]["agency_name"], "丙");
    shell.json(1, &["decide", "BOOK", &id, "keep"]);
    assert_eq!(shell.json(0, &["cases", "BOOK", "--decided"])["total"], 1);
    Shell::has_keys(&shell.json(0, &["tray", "BOOK"]), &["groups", "items", "total"]);
}
