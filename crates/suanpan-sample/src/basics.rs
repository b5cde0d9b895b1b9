//! 基本支出: staff and 支出标准, and the lines of a unit's 人员类 and 公用经费 projects that follow from
//! them exactly, so that the check of 基本支出 against 编制 has nothing to say.

use crate::{
    plan::{Line, Price},
    quirks,
    random::Random,
    units::{PARTLY, Unit},
};

pub struct Staff {
    pub admin: i64,
    pub institution: i64,
    pub worker: i64,
    /// People on posts.
    pub now: i64,
    /// Everybody, those without a post included.
    pub all: i64,
    pub retired: i64,
    pub cars: i64,
}

impl Staff {
    pub fn of(seed: u64, year: i32, at: usize, unit: &Unit) -> Self {
        let mut random = Random::of(seed, &[year.unsigned_abs().into(), 102, at as u64]);
        let worker = unit.posts / 14;
        let rest = unit.posts - worker;
        let vacant = random.between(0, unit.posts / 10);
        let now = if quirks::is_overstaffed(at) { unit.posts + 3 } else { unit.posts - vacant };
        Self {
            admin: if unit.is_admin() { rest } else { 0 },
            institution: if unit.is_admin() { 0 } else { rest },
            worker,
            now,
            all: now + random.between(0, unit.posts / 8 + 1),
            retired: unit.posts * random.between(30, 55) / 100,
            cars: if unit.is_admin() { (unit.posts / 30).max(1) } else { i64::from(unit.posts > 50) },
        }
    }

    pub fn posts(&self) -> i64 {
        self.admin + self.institution + self.worker
    }
}

/// A 支出标准 of the county.
pub struct Standard {
    pub code: &'static str,
    pub name: &'static str,
    /// Code set `exp_cri_class`: 11 people, 12 running costs.
    pub class: &'static str,
    /// Beginning of the 单位类型 it is for; empty = all.
    pub kind: &'static str,
    /// 元, or percent for a rate.
    pub value: i64,
    /// Hundredths on top of `value`.
    pub cents: i64,
    pub rate: bool,
    /// Code set `cri_base`.
    pub base: &'static str,
    pub dep: &'static str,
    pub unit: &'static str,
}

const fn quota(
    code: &'static str,
    name: &'static str,
    class: &'static str,
    kind: &'static str,
    value: i64,
    base: &'static str,
    dep: &'static str,
) -> Standard {
    Standard { code, name, class, kind, value, cents: 0, rate: false, base, dep, unit: "元/人·年" }
}

const fn rate(code: &'static str, name: &'static str, value: i64, cents: i64, dep: &'static str) -> Standard {
    Standard { code, name, class: "11", kind: "", value, cents, rate: true, base: "6", dep, unit: "%" }
}

pub const STANDARDS: &[Standard] = &[
    quota("RY0101", "基本工资", "11", "", 42_000, "2", "30101"),
    quota("RY0201", "行政单位津贴补贴", "11", "1", 36_000, "2", "30102"),
    quota("RY0202", "参公单位津贴补贴", "11", "2", 34_800, "2", "30102"),
    quota("RY0203", "乡镇机关津贴补贴（含乡镇工作补贴）", "11", "6", 40_800, "2", "30102"),
    quota("RY0204", "事业单位津贴补贴", "11", "3", 6_000, "2", "30102"),
    quota("RY0301", "行政单位年终奖励工资", "11", "1", 3_500, "2", "30103"),
    quota("RY0302", "参公单位年终奖励工资", "11", "2", 3_500, "2", "30103"),
    quota("RY0303", "乡镇机关年终奖励工资", "11", "6", 3_500, "2", "30103"),
    quota("RY0701", "事业单位绩效工资", "11", "3", 31_200, "2", "30107"),
    rate("RY0801", "基本养老保险单位缴费", 16, 0, "30108"),
    rate("RY0901", "职业年金单位缴费", 8, 0, "30109"),
    rate("RY1001", "基本医疗保险单位缴费", 6, 50, "30110"),
    rate("RY1201", "失业、工伤保险单位缴费", 0, 90, "30112"),
    rate("RY1301", "住房公积金单位缴存", 12, 0, "30113"),
    quota("GY0101", "行政单位公用经费定额", "12", "1", 12_000, "1", ""),
    quota("GY0102", "参公单位公用经费定额", "12", "2", 11_000, "1", ""),
    quota("GY0103", "乡镇机关公用经费定额", "12", "6", 13_000, "1", ""),
    quota("GY0104", "事业单位公用经费定额", "12", "3", 7_500, "1", ""),
    quota("GY0201", "学生公用经费定额", "12", "31", 720, "5", ""),
    quota("GY0301", "公务用车运行维护费", "12", "", 25_000, "4", "30231"),
];

/// Which standard speaks of `dep` for a unit of this kind.
fn standard(dep: &str, unit: &Unit) -> usize {
    let fits = |one: &Standard| one.dep == dep && unit.kind.starts_with(one.kind);
    STANDARDS.iter().position(fits).expect("every 人员 item has its standard")
}

/// Lines of the 人员类 project.
pub fn wages(unit: &Unit, staff: &Staff) -> Vec<Line> {
    let running = unit.func;
    let medical = if unit.is_admin() { "2101101" } else { "2101102" };
    let bonus = if unit.is_admin() { "30103" } else { "30107" };
    let mut lines: Vec<Line> = Vec::new();
    let mut sum = 0;
    for dep in ["30101", "30102", bonus] {
        let at = standard(dep, unit);
        let each = STANDARDS[at].value * 100;
        let fund = if dep == "30107" && unit.kind == PARTLY { "31" } else { "11111" };
        sum += each * staff.now;
        lines.push(Line::of(running, dep, fund, each * staff.now).priced(Price {
            standard: at,
            each,
            count: staff.now,
        }));
    }
    let shares =
        [("30108", "2080505"), ("30109", "2080506"), ("30110", medical), ("30112", "2089999"), ("30113", "2210201")];
    for (dep, func) in shares {
        let at = standard(dep, unit);
        let fen = sum / 10_000 * (STANDARDS[at].value * 100 + STANDARDS[at].cents);
        lines.push(Line::of(func, dep, "11111", fen).priced(Price { standard: at, each: fen, count: 1 }));
    }
    if staff.retired > 0 {
        let func = if unit.is_admin() { "2080501" } else { "2080502" };
        lines.push(Line::of(func, "30302", "11111", staff.retired * 360_000));
    }
    lines
}

const ADMIN_RUNNING: &[(&str, i64)] = &[
    ("30201", 22),
    ("30205", 3),
    ("30206", 9),
    ("30207", 8),
    ("30211", 14),
    ("30217", 4),
    ("30228", 12),
    ("30229", 6),
    ("30239", 22),
];
const OTHER_RUNNING: &[(&str, i64)] =
    &[("30201", 30), ("30205", 6), ("30206", 14), ("30207", 8), ("30211", 12), ("30228", 18), ("30229", 12)];

/// Lines of the 公用经费 project: the sum of all but the cars is exactly what the quotas give.
pub fn running(unit: &Unit, staff: &Staff) -> Vec<Line> {
    let quotas =
        STANDARDS.iter().filter(|one| one.class == "12" && one.dep.is_empty() && unit.kind.starts_with(one.kind));
    let count = |base: &str| if base == "1" { staff.posts() } else { unit.students };
    let total: i64 = quotas.map(|one| one.value * 100 * count(one.base)).sum();
    let fund = if unit.kind == PARTLY { "31" } else { "11111" };
    let shares = if unit.is_admin() { ADMIN_RUNNING } else { OTHER_RUNNING };
    let mut lines: Vec<Line> =
        split(total, shares).into_iter().map(|(dep, fen)| Line::of(unit.func, dep, fund, fen)).collect();
    if staff.cars > 0 {
        let at = standard("30231", unit);
        let each = STANDARDS[at].value * 100;
        let price = Price { standard: at, each, count: staff.cars };
        lines.push(Line::of(unit.func, "30231", fund, each * staff.cars).priced(price));
    }
    lines
}

/// `total` 分 by shares in percent, each part whole 元, the last one taking what is left.
pub fn split<'c>(total: i64, shares: &[(&'c str, i64)]) -> Vec<(&'c str, i64)> {
    let mut left = total;
    let last = shares.len() - 1;
    shares
        .iter()
        .enumerate()
        .map(|(at, (code, share))| {
            let part = if at == last { left } else { total / 100 * share / 100 * 100 };
            left -= part;
            (*code, part)
        })
        .collect()
}
