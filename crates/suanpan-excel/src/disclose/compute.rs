//! The figures of the nine tables, in 分. Pure: lines in, tables out.

use super::{
    Scope,
    classes::{Fund, Spending, ThreePublic},
};
use std::collections::BTreeMap;
use suanpan_model::{
    Money,
    balance::{Figure, balance_tree},
    schema::{CodeSet, CodeSets},
};

/// One line of spending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlay {
    /// 支出功能分类, to the 项.
    pub func: String,
    /// 部门预算经济分类, to the 款.
    pub dep_eco: String,
    pub fund: Fund,
    pub spending: Spending,
    pub amount: Money,
    /// Of a unit whose running costs are 机关运行经费: 行政单位 and those managed like them.
    pub of_an_office: bool,
}

/// One line of income.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub fund: Fund,
    pub amount: Money,
}

/// The nine tables of one subject. Amounts in 分.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tables {
    pub scope: Scope,
    /// Name of the department or unit.
    pub name: String,
    pub fiscal_year: i32,
    /// 1
    pub balance: Balance,
    /// 2: 合计, 财政拨款, 事业, 经营, 其他
    pub income: Tree,
    /// 3: 合计, 基本, 项目
    pub spending: Tree,
    /// 4
    pub appropriation: Appropriation,
    /// 5, 6, 7: 合计, 基本, 项目
    pub general: Tree,
    pub government_fund: Tree,
    pub state_capital: Tree,
    /// 8: 合计, 人员, 公用
    pub economic: Tree,
    /// 9
    pub three_public: ThreePublicTable,
}

/// 收支总表. Income lines in the order of [`INCOME_LINES`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Balance {
    pub income: [i64; 6],
    pub income_total: i64,
    /// One per 类: name, then 合计, 人员, 公用, 项目.
    pub outlays: Vec<(String, [i64; 4])>,
    pub outlay_total: [i64; 4],
}

/// The lines of 本年收入: text, and whether it is part of the line above it.
pub const INCOME_LINES: [&str; 7] = [
    "一、财政拨款收入",
    "　1.一般公共预算",
    "　2.政府性基金预算",
    "　3.国有资本经营预算",
    "二、事业收入",
    "三、事业单位经营收入",
    "四、其他收入",
];

/// 财政拨款收支总表: 一般, 基金, 国资.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Appropriation {
    pub income: [i64; 3],
    pub income_total: i64,
    /// One per 类: name, then 合计, 一般, 基金, 国资.
    pub outlays: Vec<(String, [i64; 4])>,
    pub outlay_total: [i64; 4],
}

/// A table by a code set, every level with its sum.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree {
    pub rows: Vec<TreeRow>,
    pub total: Vec<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeRow {
    pub code: String,
    /// 0 = 类.
    pub level: usize,
    pub name: String,
    pub amounts: Vec<i64>,
}

/// 三公, exact in 分 and rounded to 0.01 万元 so that it still adds up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ThreePublicTable {
    pub exact: ThreePublicFigures,
    /// Steps of 0.01 万元.
    pub rounded: ThreePublicFigures,
    /// Of `exact`: the part within 基本支出, item by item.
    pub basic: ThreePublicFigures,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ThreePublicFigures {
    pub total: i64,
    pub overseas: i64,
    pub reception: i64,
    pub vehicles: i64,
    pub purchase: i64,
    pub running: i64,
    /// 机关运行经费; stands beside the 三公 and is no part of their total.
    pub office_running: i64,
}

/// 0.01 万元 in 分.
pub const ROUNDED_STEP: i64 = 10_000;

pub fn compute(
    scope: Scope,
    name: &str,
    fiscal_year: i32,
    outlays: &[Outlay],
    receipts: &[Receipt],
    codes: &CodeSets,
) -> Tables {
    let func = codes.set("func");
    let of = |wanted: fn(&Outlay) -> bool| outlays.iter().filter(move |line| wanted(line));
    let basic_or_project = |line: &Outlay| {
        let amount = line.amount.fen();
        let project = if line.spending == Spending::Project { amount } else { 0 };
        vec![amount, amount - project, project]
    };
    Tables {
        scope,
        name: name.to_owned(),
        fiscal_year,
        balance: balance(outlays, receipts, func),
        income: tree(of(|_| true), func, |line| &line.func, 5, by_source),
        spending: tree(of(|_| true), func, |line| &line.func, 3, basic_or_project),
        appropriation: appropriation(outlays, receipts, func),
        general: tree(of(|line| line.fund == Fund::General), func, |line| &line.func, 3, basic_or_project),
        government_fund: tree(
            of(|line| line.fund == Fund::GovernmentFund),
            func,
            |line| &line.func,
            3,
            basic_or_project,
        ),
        state_capital: tree(of(|line| line.fund == Fund::StateCapital), func, |line| &line.func, 3, basic_or_project),
        economic: tree(
            of(|line| line.fund == Fund::General && line.spending != Spending::Project),
            codes.set("dep_eco"),
            |line| &line.dep_eco,
            3,
            |line| {
                let amount = line.amount.fen();
                let personnel = if line.spending == Spending::Personnel { amount } else { 0 };
                vec![amount, personnel, amount - personnel]
            },
        ),
        three_public: three_public(outlays),
    }
}

/// 合计, 财政拨款, 事业, 经营, 其他.
fn by_source(line: &Outlay) -> Vec<i64> {
    let amount = line.amount.fen();
    let place = match line.fund {
        Fund::Business => 2,
        Fund::Operating => 3,
        Fund::Other => 4,
        _ => 1,
    };
    let mut amounts = vec![0; 5];
    amounts[0] = amount;
    amounts[place] = amount;
    amounts
}

fn balance(outlays: &[Outlay], receipts: &[Receipt], func: Option<&CodeSet>) -> Balance {
    let sum =
        |fund: Fund| -> i64 { receipts.iter().filter(|line| line.fund == fund).map(|line| line.amount.fen()).sum() };
    let funds = [Fund::General, Fund::GovernmentFund, Fund::StateCapital, Fund::Business, Fund::Operating, Fund::Other];
    let income = funds.map(sum);
    let lines = by_class(outlays.iter(), func, |line| {
        let amount = line.amount.fen();
        let place = match line.spending {
            Spending::Personnel => 1,
            Spending::Running => 2,
            Spending::Project => 3,
        };
        let mut amounts = [amount, 0, 0, 0];
        amounts[place] = amount;
        amounts
    });
    Balance { income, income_total: income.iter().sum(), outlay_total: column_sums(&lines), outlays: lines }
}

fn appropriation(outlays: &[Outlay], receipts: &[Receipt], func: Option<&CodeSet>) -> Appropriation {
    const FUNDS: [Fund; 3] = [Fund::General, Fund::GovernmentFund, Fund::StateCapital];
    let place = |fund: Fund| FUNDS.iter().position(|known| *known == fund);
    let mut income = [0; 3];
    for line in receipts {
        if let Some(place) = place(line.fund) {
            income[place] += line.amount.fen();
        }
    }
    let appropriated = outlays.iter().filter(|line| line.fund.is_appropriation());
    let lines = by_class(appropriated, func, |line| {
        let mut amounts = [line.amount.fen(), 0, 0, 0];
        if let Some(place) = place(line.fund) {
            amounts[place + 1] = line.amount.fen();
        }
        amounts
    });
    Appropriation { income, income_total: income.iter().sum(), outlay_total: column_sums(&lines), outlays: lines }
}

/// Sums by 类, in the order of their codes.
fn by_class<'a>(
    outlays: impl Iterator<Item = &'a Outlay>,
    func: Option<&CodeSet>,
    amounts: impl Fn(&Outlay) -> [i64; 4],
) -> Vec<(String, [i64; 4])> {
    let mut sums: BTreeMap<String, [i64; 4]> = BTreeMap::new();
    for line in outlays {
        let class: String = line.func.chars().take(3).collect();
        let sum = sums.entry(class).or_default();
        sum.iter_mut().zip(amounts(line)).for_each(|(sum, amount)| *sum += amount);
    }
    sums.into_iter().map(|(class, sum)| (name_of(func, &class), sum)).collect()
}

fn column_sums(lines: &[(String, [i64; 4])]) -> [i64; 4] {
    let mut total = [0; 4];
    for (_, amounts) in lines {
        total.iter_mut().zip(amounts).for_each(|(sum, amount)| *sum += amount);
    }
    total
}

fn name_of(set: Option<&CodeSet>, code: &str) -> String {
    set.and_then(|set| set.get(code)).map_or_else(|| code.to_owned(), |item| item.name.clone())
}

/// Rows for every code that has an amount and for all above it.
fn tree<'a>(
    outlays: impl Iterator<Item = &'a Outlay>,
    set: Option<&CodeSet>,
    code: impl Fn(&Outlay) -> &String,
    width: usize,
    amounts: impl Fn(&Outlay) -> Vec<i64>,
) -> Tree {
    let lengths =
        set.map(|set| set.info.lengths.as_slice()).filter(|lengths| !lengths.is_empty()).unwrap_or(&[3, 5, 7]);
    let mut sums: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    let mut total = vec![0; width];
    for line in outlays {
        let (code, amounts) = (code(line), amounts(line));
        for length in lengths.iter().filter(|length| **length <= code.len()) {
            let sum = sums.entry(code[..*length].to_owned()).or_insert_with(|| vec![0; width]);
            sum.iter_mut().zip(&amounts).for_each(|(sum, amount)| *sum += amount);
        }
        total.iter_mut().zip(&amounts).for_each(|(sum, amount)| *sum += amount);
    }
    let row = |(code, amounts): (String, Vec<i64>)| TreeRow {
        level: lengths.iter().position(|length| *length == code.len()).unwrap_or_default(),
        name: name_of(set, &code),
        code,
        amounts,
    };
    Tree { rows: sums.into_iter().map(row).collect(), total }
}

fn three_public(outlays: &[Outlay]) -> ThreePublicTable {
    let appropriated = || outlays.iter().filter(|line| line.fund.is_appropriation());
    let sums = |basic_only: bool| {
        let mut figures = ThreePublicFigures::default();
        for line in appropriated().filter(|line| !basic_only || line.spending != Spending::Project) {
            let amount = line.amount.fen();
            match ThreePublic::of(&line.dep_eco) {
                Some(ThreePublic::Overseas) => figures.overseas += amount,
                Some(ThreePublic::Reception) => figures.reception += amount,
                Some(ThreePublic::VehiclePurchase) => figures.purchase += amount,
                Some(ThreePublic::VehicleRunning) => figures.running += amount,
                None => {}
            }
        }
        figures.vehicles = figures.purchase + figures.running;
        figures.total = figures.overseas + figures.reception + figures.vehicles;
        figures
    };
    let office = |line: &&Outlay| line.of_an_office && line.fund == Fund::General && line.spending == Spending::Running;
    let exact = ThreePublicFigures {
        office_running: appropriated().filter(office).map(|line| line.amount.fen()).sum(),
        ..sums(false)
    };
    ThreePublicTable { exact, rounded: rounded(&exact), basic: sums(true) }
}

fn rounded(exact: &ThreePublicFigures) -> ThreePublicFigures {
    let leaf = |amount| Figure { amount, parts: Vec::new() };
    let vehicles = Figure { amount: exact.vehicles, parts: vec![leaf(exact.purchase), leaf(exact.running)] };
    let all = Figure { amount: exact.total, parts: vec![leaf(exact.overseas), leaf(exact.reception), vehicles] };
    let balanced = balance_tree(&all, ROUNDED_STEP);
    ThreePublicFigures {
        total: balanced.amount,
        overseas: balanced.parts[0].amount,
        reception: balanced.parts[1].amount,
        vehicles: balanced.parts[2].amount,
        purchase: balanced.parts[2].parts[0].amount,
        running: balanced.parts[2].parts[1].amount,
        office_running: suanpan_model::balance::round(exact.office_running, ROUNDED_STEP),
    }
}
