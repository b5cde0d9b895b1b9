//! 勾稽: what must agree within and between the tables. The tables are taken as they are, however they
//! came about, so figures typed over by hand are checked as well as computed ones.

use super::{
    TABLES,
    compute::{ROUNDED_STEP, Tables, ThreePublicFigures, Tree},
};
use suanpan_model::Money;

/// Two figures that should agree and do not.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, ts_rs::TS)]
pub struct Mismatch {
    /// Stable name of the rule.
    pub rule: &'static str,
    /// Number of the table, from 1.
    pub table: u8,
    /// Names table, rule, both figures and the difference.
    pub message: String,
}

/// Every mismatch, in the order of the tables. Tables in 元 must agree to the 分, the 三公 table within
/// 0.01 万元.
pub fn check(tables: &Tables) -> Vec<Mismatch> {
    let mut found = Found(Vec::new());
    balance(tables, &mut found);
    found.columns(2, &tables.income, &[1, 2, 3, 4], "合计 = 财政拨款 + 事业 + 经营 + 其他");
    found.columns(3, &tables.spending, &[1, 2], "合计 = 基本支出 + 项目支出");
    appropriation(tables, &mut found);
    for (table, tree) in [(5, &tables.general), (6, &tables.government_fund), (7, &tables.state_capital)] {
        found.columns(table, tree, &[1, 2], "合计 = 基本支出 + 项目支出");
    }
    found.columns(8, &tables.economic, &[1, 2], "基本支出 = 人员经费 + 公用经费");
    let basic = tables.general.total.get(1).copied().unwrap_or_default();
    found.equal("economic_is_basic", 8, "经济分类合计", first(&tables.economic), "表5 基本支出合计", basic);
    three_public(tables, &mut found);
    found.0
}

fn first(tree: &Tree) -> i64 {
    tree.total.first().copied().unwrap_or_default()
}

fn balance(tables: &Tables, found: &mut Found) {
    let balance = &tables.balance;
    let [total, personnel, running, project] = balance.outlay_total;
    found.equal("income_is_outlay", 1, "收入总计", balance.income_total, "支出总计", total);
    found.equal("income_adds_up", 1, "收入总计", balance.income_total, "各项收入之和", balance.income.iter().sum());
    found.equal(
        "outlay_is_basic_and_project",
        1,
        "支出总计",
        total,
        "人员 + 公用 + 项目",
        personnel + running + project,
    );
    found.equal(
        "outlay_adds_up",
        1,
        "支出总计",
        total,
        "各类支出之和",
        balance.outlays.iter().map(|(_, sums)| sums[0]).sum(),
    );
    found.equal("income_by_function", 2, "合计", first(&tables.income), "表1 收入总计", balance.income_total);
    let appropriated: i64 = balance.income[..3].iter().sum();
    let sources = [appropriated, balance.income[3], balance.income[4], balance.income[5]];
    for (column, (name, stated)) in
        ["财政拨款收入", "事业收入", "事业单位经营收入", "其他收入"].iter().zip(sources).enumerate()
    {
        let summed = tables.income.total.get(column + 1).copied().unwrap_or_default();
        found.equal("income_by_source", 2, name, summed, &format!("表1 {name}"), stated);
    }
    found.equal("spending_is_outlay", 3, "合计", first(&tables.spending), "表1 支出总计", total);
}

fn appropriation(tables: &Tables, found: &mut Found) {
    let table = &tables.appropriation;
    let [total, general, government_fund, state_capital] = table.outlay_total;
    found.equal("appropriation_balances", 4, "收入总计", table.income_total, "支出总计", total);
    let parts = [general, government_fund, state_capital];
    found.equal("appropriation_parts", 4, "支出总计", total, "一般 + 基金 + 国资", parts.iter().sum());
    for (name, sums) in &table.outlays {
        found.equal(
            "appropriation_parts",
            4,
            &format!("{name}合计"),
            sums[0],
            "一般 + 基金 + 国资",
            sums[1..].iter().sum(),
        );
    }
    let names = ["一般公共预算", "政府性基金预算", "国有资本经营预算"];
    let trees = [&tables.general, &tables.government_fund, &tables.state_capital];
    for place in 0..3 {
        found.equal("fund_balances", 4, &format!("{}收入", names[place]), table.income[place], "支出", parts[place]);
        let in_table_1 = tables.balance.income[place];
        found.equal(
            "appropriation_in_total",
            4,
            &format!("{}收入", names[place]),
            table.income[place],
            "表1",
            in_table_1,
        );
        let number = 5 + place as u8;
        found.equal(
            "function_is_total",
            number,
            "合计",
            first(trees[place]),
            &format!("表4 {}支出", names[place]),
            parts[place],
        );
    }
}

fn three_public(tables: &Tables, found: &mut Found) {
    let ThreePublicFigures { total, overseas, reception, vehicles, purchase, running, .. } =
        tables.three_public.rounded;
    found.rounded("three_public_adds_up", "“三公”合计", total, "出国 + 接待 + 用车", overseas + reception + vehicles);
    found.rounded("vehicles_add_up", "用车小计", vehicles, "购置 + 运行", purchase + running);
    let (basic, all) = (&tables.three_public.basic, &tables.three_public.rounded);
    let items = [
        ("因公出国（境）费", basic.overseas, all.overseas),
        ("公务接待费", basic.reception, all.reception),
        ("公务用车购置费", basic.purchase, all.purchase),
        ("公务用车运行费", basic.running, all.running),
    ];
    for (name, basic, all) in items {
        if basic > (all + 1) * ROUNDED_STEP {
            let message = format!("{name}：基本支出中有 {} 元，大于本表的 {} 万元", yuan(basic), wan(all));
            found.0.push(Mismatch { rule: "basic_within_three_public", table: 9, message: at(9, &message) });
        }
    }
}

struct Found(Vec<Mismatch>);

impl Found {
    fn equal(&mut self, rule: &'static str, table: u8, left: &str, left_fen: i64, right: &str, right_fen: i64) {
        if left_fen != right_fen {
            let difference = yuan(left_fen - right_fen);
            let message = format!("{left} {} 元，{right} {} 元，相差 {difference} 元", yuan(left_fen), yuan(right_fen));
            self.0.push(Mismatch { rule, table, message: at(table, &message) });
        }
    }

    /// Figures in steps of 0.01 万元, which may differ by one.
    fn rounded(&mut self, rule: &'static str, left: &str, left_steps: i64, right: &str, right_steps: i64) {
        if (left_steps - right_steps).abs() > 1 {
            let message = format!("{left} {} 万元，{right} {} 万元", wan(left_steps), wan(right_steps));
            self.0.push(Mismatch { rule, table: 9, message: at(9, &message) });
        }
    }

    /// In every row the first column is the sum of `parts`, and the rows of the first level add up to the total.
    fn columns(&mut self, table: u8, tree: &Tree, parts: &[usize], what: &str) {
        let sum = |amounts: &[i64]| parts.iter().filter_map(|&part| amounts.get(part)).sum::<i64>();
        for row in &tree.rows {
            let (whole, parts) = (row.amounts.first().copied().unwrap_or_default(), sum(&row.amounts));
            self.equal(
                "columns_add_up",
                table,
                &format!("{} {}：{what}，左边", row.code, row.name),
                whole,
                "右边",
                parts,
            );
        }
        self.equal("columns_add_up", table, &format!("合计行：{what}，左边"), first(tree), "右边", sum(&tree.total));
        for column in 0..tree.total.len() {
            let at = |level| tree.rows.iter().filter(move |row| row.level == level).map(move |row| row.amounts[column]);
            self.equal(
                "classes_add_up",
                table,
                &format!("合计第 {} 栏", column + 1),
                tree.total[column],
                "各类之和",
                at(0).sum(),
            );
        }
    }
}

fn at(table: u8, message: &str) -> String {
    format!("表{table} {}：{message}", TABLES[usize::from(table) - 1])
}

fn yuan(fen: i64) -> String {
    Money::from_fen(fen).map_or_else(|_| fen.to_string(), Money::display_yuan)
}

fn wan(steps: i64) -> String {
    format!("{}{}.{:02}", if steps < 0 { "-" } else { "" }, steps.abs() / 100, steps.abs() % 100)
}
