//! From the messy workbook of an office to a preview that can be trusted: layouts found, values exact,
//! totals verified, errors named and given back.

mod support;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use suanpan_excel::cell::Cell;
use suanpan_excel::error_book;
use suanpan_excel::import::{Action, Found, IssueCode, Item, Job, PreviewRow, Records, Summary, WhySkipped, preview};
use suanpan_excel::marks::{ERROR_HEADER, KEY_HEADER};
use suanpan_excel::recognise::{self, ColumnRole, HiddenRows, Layout};
use suanpan_excel::{Workbook, import};
use suanpan_model::facts::Read;
use suanpan_model::money::MoneyUnit;
use suanpan_model::schema::Schema;
use suanpan_model::value::{Record, RecordHeader, RecordId, Value};
use suanpan_model::{EntityDef, Money};
use support::{Desk, FORMULA_STARTS, RawBook, read};

/// A book in memory: what each entity's records are called, and the records of the one imported.
#[derive(Default)]
struct Book {
    named: HashMap<(String, String), Vec<RecordId>>,
    records: Vec<Record>,
    key: Vec<usize>,
    next: u128,
}

impl Book {
    fn for_entity(def: &EntityDef) -> Self {
        let key = def.key.iter().map(|name| def.index(name).expect("a field")).collect();
        Self { key, next: 1000, ..Self::default() }
    }

    fn name(&mut self, entity: &str, names: &[&str], id: u128) {
        for name in names {
            self.named.entry((entity.into(), (*name).into())).or_default().push(RecordId::from_u128(id));
        }
    }

    fn add(&mut self, values: Vec<Value>) -> RecordId {
        let id = self.new_id();
        let header = RecordHeader { division: "410823000".into(), fiscal_year: 2026, version: 1, deleted: false };
        self.records.push(Record { id, header, values });
        id
    }
}

impl Records for Book {
    fn find(&mut self, entity: &str, text: &str) -> Read<Found> {
        Ok(match self.named.get(&(entity.to_owned(), text.to_owned())).map(Vec::as_slice) {
            None | Some([]) => Found::No,
            Some([id]) => Found::One(*id),
            Some(several) => Found::Many(several.iter().map(ToString::to_string).collect()),
        })
    }

    fn with_key(&mut self, key: &[Value]) -> Read<Option<Record>> {
        let fits = |record: &&Record| self.key.iter().zip(key).all(|(place, value)| record.values[*place] == *value);
        Ok(self.records.iter().find(fits).cloned())
    }

    fn with_id(&mut self, id: RecordId) -> Read<Option<Record>> {
        Ok(self.records.iter().find(|record| record.id == id).cloned())
    }

    fn new_id(&mut self) -> RecordId {
        self.next += 1;
        RecordId::from_u128(self.next)
    }
}

struct Seen {
    layout: Layout,
    items: Vec<Item>,
    summary: Summary,
}

impl Seen {
    fn rows(&self) -> Vec<&PreviewRow> {
        self.items.iter().filter_map(|item| if let Item::Row(row) = item { Some(row) } else { None }).collect()
    }

    fn value<'a>(&'a self, schema: &Schema, entity: &str, row: usize, field: &str) -> &'a Value {
        let place = schema.entity(entity).expect("built in").index(field).expect("a field");
        &self.rows()[row].values[place]
    }

    fn messages(&self, row: usize) -> Vec<String> {
        match &self.rows()[row].action {
            Action::Error(issues) => issues.iter().map(|issue| issue.message.clone()).collect(),
            other => panic!("row {row} is {other:?}"),
        }
    }
}

fn run(path: &Path, entity: &str, known: &mut Book) -> Seen {
    let schema = Schema::builtin();
    let def = schema.entity(entity).expect("built in");
    let book = read(path).expect("readable");
    let layout = recognise::best(&book, def, &schema.codes).expect("a table of this entity");
    run_with(&book, layout, entity, known)
}

fn run_with(book: &Workbook, layout: Layout, entity: &str, known: &mut Book) -> Seen {
    let schema = Schema::builtin();
    let def = schema.entity(entity).expect("built in");
    let mut items = Vec::new();
    let job = Job { def, layout: &layout, codes: &schema.codes, year: 2026, given: &[] };
    let summary = preview(book, &job, known, &mut |item| {
        items.push(item);
        true
    })
    .expect("a preview");
    Seen { layout, items, summary }
}

fn csv(desk: &Desk, text: &str) -> PathBuf {
    desk.file("book.csv", text.as_bytes())
}

fn def(entity: &str) -> std::sync::Arc<EntityDef> {
    Schema::builtin().entity(entity).expect("built in").clone()
}

fn budget() -> Book {
    let mut book = Book::for_entity(&def("budget_line"));
    book.name("agency", &["001001", "县政府办公室"], 1);
    book.name("agency", &["001002", "木城街道办事处"], 2);
    book.name("project", &["410823260000000000001", "信息化建设"], 11);
    book
}

fn fen(value: &Value) -> i64 {
    if let Value::Money(money) = value { money.fen() } else { panic!("{value:?} is no amount") }
}

/// The budget form as offices keep it: title, unit line, three header rows, totals, notes.
fn official_form(desk: &Desk) -> PathBuf {
    use rust_xlsxwriter::{Format, Formula, Workbook as Out};
    let path = desk.path("form.xlsx");
    let mut out = Out::new();
    out.add_worksheet().set_name("封面").expect("a name").write(0, 0, "武陟县2026年部门预算").expect("written");
    let sheet = out.add_worksheet().set_name("支出总表").expect("a name");
    let plain = Format::new();
    sheet.merge_range(0, 0, 0, 9, "2026年部门支出预算总表", &plain).expect("merged");
    sheet.write(1, 0, "编制单位：武陟县财政局").expect("written").write(1, 9, "单位：万元").expect("written");
    sheet.merge_range(2, 0, 4, 0, "单位代码", &plain).expect("merged");
    sheet.merge_range(2, 1, 2, 3, "支出功能分类科目编码", &plain).expect("merged");
    for (column, level) in ["类", "款", "项"].iter().enumerate() {
        sheet.merge_range(3, column as u16 + 1, 4, column as u16 + 1, level, &plain).expect("merged");
    }
    sheet
        .merge_range(2, 4, 4, 4, "科目名称", &plain)
        .expect("merged")
        .merge_range(2, 5, 2, 7, "本年支出", &plain)
        .expect("merged");
    sheet
        .merge_range(3, 5, 4, 5, "申报数", &plain)
        .expect("merged")
        .merge_range(3, 6, 3, 7, "财政", &plain)
        .expect("merged");
    sheet.write(4, 6, "审核数").expect("written").write(4, 7, "批复数（元）").expect("written");
    sheet
        .merge_range(2, 8, 4, 8, "资金性质", &plain)
        .expect("merged")
        .merge_range(2, 9, 4, 9, "支出项目", &plain)
        .expect("merged");
    for column in 0..10u16 {
        sheet.write(5, column, f64::from(column) + 1.0).expect("written");
    }
    let rows: [(&str, &str, &str, &str, f64, &str, &str); 3] = [
        ("001001", "201", "03", "01", 12.5, "12.345678", "1,000.50"),
        ("001001", "201", "3", "2", 0.1 + 0.2, "", "（5.00）"),
        ("001002-木城街道办事处", "205", "02", "02", 7.0, "约7", "0"),
    ];
    for (at, (unit, class, section, item, applied, audited, replied)) in rows.iter().enumerate() {
        let row = 7 + at as u32;
        for (column, text) in [unit, class, section, item].iter().enumerate() {
            sheet.write(row, column as u16, **text).expect("written");
        }
        sheet.write(row, 4, "\u{3000}行政运行").expect("written").write(row, 5, *applied).expect("written");
        sheet
            .write(row, 6, *audited)
            .expect("written")
            .write(row, 7, *replied)
            .expect("written")
            .write(row, 9, "信息化建设")
            .expect("written");
    }
    sheet
        .write(6, 0, "合　计")
        .expect("written")
        .write_formula(6, 5, Formula::new("=SUM(F8:F10)").set_result("19.8"))
        .expect("written")
        .write(6, 7, 995.0)
        .expect("written");
    sheet.write(11, 0, "注：本表不含上年结转").expect("written").write(12, 0, "填表人：").expect("written");
    out.save(&path).expect("saved");
    path
}

#[test]
fn the_official_form_is_recognised_with_its_three_header_rows_units_and_levels() {
    let desk = Desk::new();
    let seen = run(&official_form(&desk), "budget_line", &mut budget());
    let layout = &seen.layout;
    assert_eq!(
        (layout.sheet_name.as_str(), layout.header_from, layout.header_to, layout.data_from),
        ("支出总表", 2, 4, 6)
    );
    assert_eq!((layout.unit, layout.unit_stated), (MoneyUnit::Wan, true));
    let found: Vec<(u32, Option<&str>)> = layout.columns.iter().map(|column| (column.column, column.field())).collect();
    let expected = [
        (0, Some("agency")),
        (1, Some("exp_func")),
        (2, Some("exp_func")),
        (3, Some("exp_func")),
        (4, None),
        (5, Some("apply_up")),
        (6, Some("fin_audit_money")),
        (7, Some("reply_amt")),
        (8, Some("fund_type")),
        (9, Some("project")),
    ];
    assert_eq!(found, expected);
    assert_eq!(layout.columns[2].role, ColumnRole::Level { field: "exp_func".into(), level: 1 });
    assert_eq!(layout.columns[7].unit, Some(MoneyUnit::Yuan));
    assert_eq!(layout.columns[6].header, "本年支出/财政/审核数");
}

#[test]
fn amounts_of_the_form_are_exact_and_its_totals_verified() {
    let (desk, schema) = (Desk::new(), Schema::builtin());
    let seen = run(&official_form(&desk), "budget_line", &mut budget());
    let amount = |row, field| fen(seen.value(&schema, "budget_line", row, field));
    assert_eq!((amount(0, "apply_up"), amount(0, "reply_amt")), (12_500_000, 100_050));
    assert_eq!((amount(1, "apply_up"), amount(1, "reply_amt")), (300_000, -500));
    assert_eq!(seen.value(&schema, "budget_line", 1, "exp_func"), &Value::text("2010302"));
    assert_eq!(seen.value(&schema, "budget_line", 0, "agency"), &Value::Ref(RecordId::from_u128(1)));
    assert_eq!(amount(0, "fin_audit_money"), 12_345_678, "12.345678 万元 is 123,456.78 元: whole 分");
    assert!(seen.messages(2).iter().any(|message| message.contains("约7")));
    let Some(Item::Total(total)) = seen.items.iter().find(|item| matches!(item, Item::Total(_))) else {
        panic!("no total")
    };
    assert_eq!((total.sheet_row, total.findings.len()), (7, 1), "19.8 agrees, 995 does not");
    assert!(
        total.findings[0].message.contains("9,950,000.00") || total.findings[0].message.contains("995.00"),
        "{}",
        total.findings[0].message
    );
    let skipped: Vec<_> = seen
        .items
        .iter()
        .filter_map(
            |item| if let Item::Skipped(skipped) = item { Some((skipped.sheet_row, skipped.why)) } else { None },
        )
        .collect();
    assert_eq!(skipped, [(12, WhySkipped::Note), (13, WhySkipped::Note)]);
}

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
fn hidden_rows_are_counted_and_left_out_when_asked() {
    use rust_xlsxwriter::Workbook as Out;
    let desk = Desk::new();
    let path = desk.path("hidden.xlsx");
    let mut out = Out::new();
    let sheet = out.add_worksheet();
    for (row, texts) in [["单位代码", "单位名称"], ["001", "甲"], ["002", "乙"], ["003", "丙"]].iter().enumerate()
    {
        sheet.write_row(row as u32, 0, *texts).expect("written");
    }
    sheet.set_row_hidden(2).expect("hidden");
    out.save(&path).expect("saved");
    let mut seen = run(&path, "agency", &mut Book::for_entity(&def("agency")));
    assert_eq!((seen.summary.new, seen.summary.hidden), (3, 1));
    seen.layout.hidden_rows = HiddenRows::Leave;
    let seen = run_with(&read(&path).expect("readable"), seen.layout, "agency", &mut Book::for_entity(&def("agency")));
    assert_eq!((seen.summary.new, seen.summary.skipped), (2, 1));
}

#[test]
fn a_confirmed_layout_is_remembered_for_the_same_header_only() {
    let desk = Desk::new();
    let schema = Schema::builtin();
    let agency = def("agency");
    let layout = |text: &str| {
        recognise::best(&read(&csv(&desk, text)).expect("readable"), &agency, &schema.codes).expect("a table")
    };
    let mut confirmed = layout("单位代码,单位名称,神秘列\n001,甲,x\n");
    confirmed.columns[2].role = ColumnRole::Field { field: "tel".into() };
    let mut again = layout("表题\n单位代码,单位名称,神秘列\n002,乙,y\n");
    assert_eq!(again.fingerprint, confirmed.fingerprint);
    again.remember(&confirmed);
    assert_eq!((again.columns[2].field(), again.header_from), (Some("tel"), 1));
    let mut other = layout("单位代码,单位名称,别的列\n");
    other.remember(&confirmed);
    assert_eq!(other.columns[2].field(), None);
    let json = serde_json::to_string(&again).expect("plain data");
    assert_eq!(serde_json::from_str::<Layout>(&json).expect("reads back"), again);
}

#[test]
fn a_table_without_its_key_is_refused_by_the_names_of_the_missing_columns() {
    let desk = Desk::new();
    let schema = Schema::builtin();
    let agency = def("agency");
    let book = read(&csv(&desk, "单位名称,联系电话,邮政编码\n甲,1,2\n")).expect("readable");
    let layout = recognise::best(&book, &agency, &schema.codes).expect("a table");
    let job = Job { def: &agency, layout: &layout, codes: &schema.codes, year: 2026, given: &[] };
    let error = preview(&book, &job, &mut Book::for_entity(&agency), &mut |_| true).expect_err("no key");
    assert!(
        matches!(error, import::PreviewError::NoKeyColumn { .. }) && error.to_string().contains("单位代码"),
        "{error}"
    );
}

#[test]
fn rows_in_error_come_back_as_a_workbook_that_imports_once_corrected() {
    let desk = Desk::new();
    let form = official_form(&desk);
    let source = read(&form).expect("readable");
    let seen = run(&form, "budget_line", &mut budget());
    let errors: BTreeMap<u32, Vec<import::CellIssue>> = seen
        .rows()
        .iter()
        .filter_map(
            |row| if let Action::Error(issues) = &row.action { Some((row.sheet_row, issues.clone())) } else { None },
        )
        .collect();
    assert!(!errors.is_empty());
    let out = desk.path("errors.xlsx");
    assert_eq!(error_book::write(&out, &source, &seen.layout, &errors).expect("written"), errors.len());
    let back = run(&out, "budget_line", &mut budget());
    assert_eq!(back.layout.columns.last().expect("columns").header, ERROR_HEADER);
    assert_eq!((back.layout.unit, back.layout.header_to), (MoneyUnit::Wan, 4));
    let fields = |seen: &Seen| {
        seen.layout.columns.iter().filter_map(|column| column.field().map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(fields(&back), fields(&seen));
    let wrong: Vec<_> = seen.rows().into_iter().filter(|row| matches!(row.action, Action::Error(_))).collect();
    assert_eq!(back.rows().len(), wrong.len());
    for (mine, theirs) in back.rows().iter().zip(wrong) {
        assert_eq!(mine.values, theirs.values, "what could be read reads the same again");
        let (Action::Error(mine), Action::Error(theirs)) = (&mine.action, &theirs.action) else {
            panic!("both are in error")
        };
        assert_eq!(mine, theirs);
    }
    let said = support::shown(&read(&out).expect("readable"), 0);
    assert!(
        said.iter().any(|row| row.last().is_some_and(|last| last.contains("约7"))),
        "the reason stands in the last column"
    );
}

#[test]
fn no_text_of_an_error_workbook_is_a_formula_and_its_numbers_stay_numbers() {
    let desk = Desk::new();
    let path = desk.path("hostile.xlsx");
    let mut made = rust_xlsxwriter::Workbook::new();
    let sheet = made.add_worksheet();
    for (column, header) in ["单位代码", "单位名称", "联系电话"].iter().enumerate() {
        sheet.write_string(0, column as u16, *header).expect("a header");
    }
    for (row, start) in (1..).zip(FORMULA_STARTS) {
        sheet.write_string(row, 0, format!("{row:03}")).expect("a code");
        sheet.write_string(row, 1, start).expect("a text");
        sheet.write_number(row, 2, -1.0 - f64::from(row)).expect("a number");
    }
    made.save(&path).expect("saved");
    let source = read(&path).expect("readable");
    let layout = recognise::best(&source, &def("agency"), &Schema::builtin().codes).expect("a table");
    let wrong = |column| import::CellIssue {
        column: Some(column),
        field: "name".into(),
        code: IssueCode::Unreadable,
        message: "=1+1 也只是文字".into(),
        text: String::new(),
    };
    // Every second text is the wrong cell itself, the others stand beside one.
    let errors = (2..).zip(FORMULA_STARTS).map(|(row, _)| (row, vec![wrong(row % 2)])).collect();
    let out = desk.path("errors.xlsx");
    error_book::write(&out, &source, &layout, &errors).expect("written");
    let back = read(&out).expect("readable");
    for (row, start) in (1..).zip(FORMULA_STARTS) {
        let cells = support::cells(&back, 0, row);
        assert_eq!(cells[1], Cell::Text(start.into()), "{start:?}");
        assert_eq!(cells[2], Cell::Number(-1.0 - f64::from(row)), "{start:?}");
    }
    let parts = RawBook::unzip(&std::fs::read(&out).expect("written")).parts;
    let part = |name: &str| parts.iter().find(|(found, _)| found == name).map(|(_, bytes)| bytes.as_slice());
    let sheet = part("xl/worksheets/sheet1.xml").expect("a sheet");
    assert!(memchr::memmem::find(sheet, b"<f>").is_none() && memchr::memmem::find(sheet, b"<hyperlink").is_none());
    let styles = part("xl/styles.xml").expect("styles");
    assert!(memchr::memmem::find(styles, b"quotePrefix=\"1\"").is_some(), "pressing Enter in the cell changes nothing");
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
