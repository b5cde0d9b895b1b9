//! Rows: whose parts they are, whether they are new, changed, the same or in error, and their exact sums.

use crate::book::{Book, budget, csv, def, run};
use crate::support::{Desk, read};
use suanpan_excel::import::{self, Action, IssueCode, Item, Job, PreviewRow, Summary, preview};
use suanpan_excel::marks::{ERROR_HEADER, KEY_HEADER};
use suanpan_excel::recognise::{self, ColumnRole};
use suanpan_model::Money;
use suanpan_model::schema::Schema;
use suanpan_model::value::{RecordId, Value};

const AGENCIES: &str = "单位编码,单位名称,上级单位,单位类型,是否乡镇,启用日期,备注列\n";

#[test]
fn a_tree_refers_to_rows_of_its_own_file_above_and_below() {
    let (desk, schema) = (Desk::new(), Schema::builtin());
    let text = format!(
        "{AGENCIES}001001,办公室,001,行政,否,2026.1,\n001,县政府,,行政,否,2026-01-01,\n001002,　木城,1,乡镇,是,20260101,\n"
    );
    let mut book = Book::for_entity(&def("agency"));
    let seen = run(&csv(&desk, &text), "agency", &mut book);
    let ids: Vec<RecordId> = seen.rows().iter().map(|row| row.id).collect();
    assert_eq!(seen.value(&schema, "agency", 0, "parent"), &Value::Ref(ids[1]));
    assert_eq!(seen.value(&schema, "agency", 2, "parent"), &Value::Ref(ids[1]), "001 lost its zeros");
    assert_eq!(seen.value(&schema, "agency", 2, "agency_name"), &Value::text("木城"));
    assert_eq!(seen.value(&schema, "agency", 0, "start_date"), &Value::text("2026-01-01"));
}

#[test]
fn indented_names_tell_the_parents_where_no_column_does() {
    let (desk, schema) = (Desk::new(), Schema::builtin());
    let text = "单位代码,单位名称\n001,县政府\n001001,　办公室\n001001001,　　机关\n001002,　信访局\n002,财政局\n";
    let seen = run(&csv(&desk, text), "agency", &mut Book::for_entity(&def("agency")));
    let ids: Vec<RecordId> = seen.rows().iter().map(|row| row.id).collect();
    let expected = [Value::Null, Value::Ref(ids[0]), Value::Ref(ids[1]), Value::Ref(ids[0]), Value::Null];
    for (row, parent) in expected.iter().enumerate() {
        assert_eq!(seen.value(&schema, "agency", row, "parent"), parent, "row {row}");
    }
}

#[test]
fn rows_are_new_changed_same_or_in_error() {
    let (desk, schema) = (Desk::new(), Schema::builtin());
    let def = def("agency");
    let mut book = Book::for_entity(&def);
    for (code, name) in [("001001", "办公室"), ("001002", "旧名")] {
        let mut values = vec![Value::Null; def.fields.len()];
        values[def.index("agency_code").expect("a field")] = Value::text(code);
        values[def.index("agency_name").expect("a field")] = Value::text(name);
        values[def.index("tel").expect("a field")] = Value::text("0391-1");
        book.add(values);
    }
    let text = "单位代码,单位名称,是否乡镇\n001001,办公室,\n001002,新名,\n001003,新单位,是\n001003,又一次,否\n,没有代码,\n001004,坏的,也许\n";
    let seen = run(&csv(&desk, text), "agency", &mut book);
    let rows = seen.rows();
    assert_eq!(rows[0].action, Action::Same);
    let Action::Changed(changes) = &rows[1].action else { panic!("{:?}", rows[1].action) };
    assert_eq!((&changes[0].old, &changes[0].new, changes.len()), (&Value::text("旧名"), &Value::text("新名"), 1));
    assert_eq!(seen.value(&schema, "agency", 1, "tel"), &Value::text("0391-1"), "what the sheet does not have stays");
    assert_eq!(rows[2].action, Action::New);
    let code =
        |row: usize| if let Action::Error(issues) = &rows[row].action { issues[0].code } else { panic!("row {row}") };
    assert_eq!((code(3), code(4), code(5)), (IssueCode::Repeated, IssueCode::NoKey, IssueCode::Unreadable));
    let expected = Summary { new: 1, changed: 1, same: 1, errors: 3, ..Summary::default() };
    assert_eq!(seen.summary, expected);
}

#[test]
fn a_cell_in_error_keeps_what_stands_in_it_but_not_a_whole_novel() {
    let desk = Desk::new();
    let novel = "是".repeat(import::SHOWN_TEXT + 1);
    let text = format!(
        "单位代码,单位名称,单位类型,是否乡镇\n001001,甲,国际组织,也许\n001002,乙,#N/A,{novel}\n001002,丙,1,是\n,丁,1,是\n"
    );
    let seen = run(&csv(&desk, &text), "agency", &mut Book::for_entity(&def("agency")));
    let texts = |row: &&PreviewRow| match &row.action {
        Action::Error(issues) => issues.iter().map(|issue| issue.text.clone()).collect(),
        other => vec![format!("{other:?}")],
    };
    let cut = format!("{}…", "是".repeat(import::SHOWN_TEXT));
    let expected =
        [vec!["国际组织".into(), "也许".into()], vec!["#N/A".into(), cut], vec!["New".into()], vec![String::new()]];
    assert_eq!(seen.rows().iter().map(texts).collect::<Vec<_>>(), expected);
}

#[test]
fn the_id_column_updates_a_record_whose_key_was_edited() {
    let desk = Desk::new();
    let def = def("agency");
    let mut book = Book::for_entity(&def);
    let mut values = vec![Value::Null; def.fields.len()];
    values[def.index("agency_code").expect("a field")] = Value::text("001001");
    let id = book.add(values);
    let text = format!("{KEY_HEADER},单位代码,单位名称,{ERROR_HEADER}\n{id},001009,办公室,上次的错误\n");
    let seen = run(&csv(&desk, &text), "agency", &mut book);
    assert_eq!(seen.layout.columns[0].role, ColumnRole::Key);
    assert_eq!(seen.layout.columns[3].role, ColumnRole::Ignore);
    assert_eq!(seen.rows()[0].id, id);
    assert!(matches!(&seen.rows()[0].action, Action::Changed(changes) if changes.len() == 2));
}

#[test]
fn codes_by_name_with_name_and_with_lost_zeros_are_found_or_named() {
    let (desk, schema) = (Desk::new(), Schema::builtin());
    let set = schema.codes.set("agency_type").expect("a set");
    let leaf = set.items.iter().find(|item| item.is_leaf).expect("a leaf");
    let text = format!(
        "单位代码,单位名称,单位类型\n1,甲,{}\n2,乙,{}-{}\n3,丙,{}\n4,丁,外星机构\n",
        leaf.code, leaf.code, leaf.name, leaf.name
    );
    let seen = run(&csv(&desk, &text), "agency", &mut Book::for_entity(&def("agency")));
    for row in 0..3 {
        assert_eq!(seen.value(&schema, "agency", row, "agency_type"), &Value::text(&leaf.code), "row {row}");
    }
    assert!(seen.messages(3)[0].contains("外星机构"));
}

#[test]
fn a_hundred_thousand_rows_stream_through_with_exact_sums() {
    let desk = Desk::new();
    let mut text = String::from("单位：元\n单位代码,支出功能分类,支出项目,资金性质,申报数,批复数\n");
    let rows = 100_000i64;
    for row in 0..rows {
        text.push_str(&format!("001001,2010301,信息化建设,,{}.{:02},{row}\n", row, row % 100));
    }
    let (schema, lines) = (Schema::builtin(), def("budget_line"));
    let book = read(&csv(&desk, &text)).expect("readable");
    let layout = recognise::best(&book, &lines, &schema.codes).expect("a table");
    let place = lines.index("apply_up").expect("a field");
    let (mut sum, mut count) = (Money::ZERO, 0);
    let job = Job { def: &lines, layout: &layout, codes: &schema.codes, year: 2026, given: &[] };
    let made = preview(&book, &job, &mut budget(), &mut |item| {
        if let Item::Row(row) = item {
            sum = sum.checked_add(row.values[place].as_money()).expect("in range");
            count += 1;
        }
        true
    });
    // All rows have one key, so all but the first repeat it; their amounts are read all the same.
    let expected: i64 = (0..rows).map(|row| row * 100 + row % 100).sum();
    assert_eq!((sum.fen(), count), (expected, rows));
    assert!(made.is_ok());
}
