//! The nine disclosure tables of a small unit worked out by hand, and every 勾稽 rule broken once.

mod support;

use suanpan_excel::disclose::{Fund, Outlay, Receipt, Scope, Spending, Tables, check, compute, write};
use suanpan_model::{Money, schema::Schema};
use support::{Desk, read, shown};

fn yuan(yuan: i64) -> Money {
    Money::from_fen(yuan * 100).expect("small")
}

fn outlay(func: &str, dep_eco: &str, fund: Fund, spending: Spending, amount: i64) -> Outlay {
    Outlay { func: func.into(), dep_eco: dep_eco.into(), fund, spending, amount: yuan(amount), of_an_office: true }
}

fn unit() -> Tables {
    tables(Scope::Unit)
}

/// 1,500,000 in and out: 1,000,000 一般公共预算, 300,000 基金, 200,000 事业收入.
fn tables(scope: Scope) -> Tables {
    let outlays = [
        outlay("2010301", "30101", Fund::General, Spending::Personnel, 600_000),
        outlay("2010301", "30201", Fund::General, Spending::Running, 50_000),
        outlay("2010301", "30217", Fund::General, Spending::Running, 12_345),
        outlay("2010302", "30231", Fund::General, Spending::Project, 37_655),
        outlay("2130705", "30305", Fund::General, Spending::Project, 300_000),
        outlay("2120804", "31005", Fund::GovernmentFund, Spending::Project, 300_000),
        outlay("2050201", "30101", Fund::Business, Spending::Personnel, 200_000),
    ];
    let receipts = [(Fund::General, 1_000_000), (Fund::GovernmentFund, 300_000), (Fund::Business, 200_000)];
    let receipts = receipts.map(|(fund, amount)| Receipt { fund, amount: yuan(amount) });
    compute(scope, "武陟县木城街道办事处", 2026, &outlays, &receipts, &Schema::builtin().codes)
}

#[test]
fn the_figures_are_those_worked_out_by_hand() {
    let tables = unit();
    assert_eq!(tables.balance.income_total, 150_000_000);
    assert_eq!(tables.balance.outlay_total, [150_000_000, 80_000_000, 6_234_500, 63_765_500]);
    assert_eq!(tables.income.total, [150_000_000, 130_000_000, 20_000_000, 0, 0]);
    assert_eq!(tables.general.total, [100_000_000, 66_234_500, 33_765_500]);
    assert_eq!(tables.economic.total, [66_234_500, 60_000_000, 6_234_500]);
    let codes: Vec<&str> = tables.general.rows.iter().map(|row| row.code.as_str()).collect();
    assert_eq!(codes, ["201", "20103", "2010301", "2010302", "213", "21307", "2130705"]);
    assert_eq!(tables.general.rows[0].amounts, [70_000_000, 66_234_500, 3_765_500]);
    let public = &tables.three_public;
    assert_eq!((public.exact.reception, public.exact.running, public.exact.total), (1_234_500, 3_765_500, 5_000_000));
    // 1.23 + 3.77 = 5.00 万元.
    assert_eq!((public.rounded.reception, public.rounded.running, public.rounded.total), (123, 377, 500));
    assert_eq!(public.exact.office_running, 6_234_500);
    assert_eq!(check(&tables), []);
}

#[test]
fn each_rule_finds_the_figure_that_was_typed_over() {
    type Break = fn(&mut Tables);
    let breaks: [(&str, u8, Break); 14] = [
        ("income_is_outlay", 1, |tables| tables.balance.income_total += 100),
        ("income_adds_up", 1, |tables| tables.balance.income[3] += 1),
        ("outlay_is_basic_and_project", 1, |tables| tables.balance.outlay_total[3] -= 1),
        ("outlay_adds_up", 1, |tables| tables.balance.outlays[0].1[0] += 1),
        ("income_by_function", 2, |tables| tables.income.total[0] += 1),
        ("income_by_source", 2, |tables| tables.income.total[2] += 1),
        ("columns_add_up", 3, |tables| tables.spending.rows[0].amounts[1] += 1),
        ("classes_add_up", 3, |tables| tables.spending.rows[0].amounts[0] += 1),
        ("spending_is_outlay", 3, |tables| tables.spending.total[0] += 1),
        ("appropriation_balances", 4, |tables| tables.appropriation.income_total += 1),
        ("appropriation_parts", 4, |tables| tables.appropriation.outlays[0].1[1] += 1),
        ("function_is_total", 5, |tables| tables.general.total[0] += 1),
        ("economic_is_basic", 8, |tables| tables.economic.total[0] += 1),
        ("three_public_adds_up", 9, |tables| tables.three_public.rounded.total += 2),
    ];
    for (rule, table, change) in breaks {
        let mut tables = unit();
        change(&mut tables);
        let found = check(&tables);
        let said = found.iter().find(|mismatch| mismatch.rule == rule && mismatch.table == table);
        assert!(said.is_some_and(|said| said.message.starts_with(&format!("表{table} "))), "{rule}: {found:?}");
    }
    let mut tables = unit();
    tables.three_public.basic.reception = 9_000_000;
    assert_eq!(check(&tables)[0].rule, "basic_within_three_public");
    // One step of 0.01 万元 is within what rounding may do.
    let mut tables = unit();
    tables.three_public.rounded.total += 1;
    assert_eq!(check(&tables), []);
}

#[test]
fn the_workbook_has_the_fixed_layout_and_codes_stay_text() {
    let desk = Desk::new();
    let path = desk.path("公开.xlsx");
    let mut file = std::fs::File::create(&path).expect("created");
    write(&unit(), &mut file).expect("written");
    let book = read(&path).expect("readable");
    assert_eq!(book.sheets.len(), 9);
    let general = shown(&book, 4);
    assert_eq!(general[0][0], "2026年单位一般公共预算支出功能分类预算表");
    assert_eq!((general[1][0].as_str(), general[1][6].as_str()), ("编制单位：武陟县木城街道办事处", "单位：元"));
    assert_eq!(book.sheets[4].head.iter().map(|row| row.index).take(5).collect::<Vec<_>>(), [1, 3, 5, 6, 7]);
    let first = general.iter().position(|row| row[0] == "201").expect("the first class");
    assert_eq!(general[first + 2][..4], ["201", "03", "01", "　　行政运行"]);
    let total = general.last().expect("a total");
    assert_eq!((total[0].as_str(), total[4].as_str()), ("合计", "1000000"));
    // 收支总表 ends in row 20.
    let balance = shown(&book, 0);
    assert_eq!(balance.last().expect("a total")[0], "收入总计");
    assert_eq!(book.sheets[0].height, 20);
    // The state capital budget is empty and says so.
    let empty = shown(&book, 6);
    assert_eq!(empty.last().expect("a note")[0], "注：本单位2026年没有国有资本经营预算安排的支出，故本表无数据。");
    let public = shown(&book, 8);
    assert_eq!(public[1][6], "单位：万元");
    assert_eq!(public.last().expect("figures")[..6], ["5", "0", "1.23", "3.77", "0", "3.77"]);
}

#[test]
fn the_wording_of_departments_and_units_is_never_mixed() {
    let desk = Desk::new();
    let path = desk.path("部门.xlsx");
    let mut file = std::fs::File::create(&path).expect("created");
    write(&tables(Scope::Department), &mut file).expect("written");
    let book = read(&path).expect("readable");
    for sheet in 0..9 {
        let rows = shown(&book, sheet);
        let head: String = rows.iter().take(2).map(|row| row[0].clone()).collect();
        assert!(head.contains("年部门") && head.contains("编制部门"), "{head}");
        let mixed = rows.iter().flatten().any(|cell| cell.contains("编制单位") || cell.contains("本单位"));
        assert!(!mixed, "sheet {sheet}");
    }
}
