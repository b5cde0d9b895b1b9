//! The skeleton of one year: units, their projects and lines, and what became of the lines as 指标.
//! Figures are settled here so that every sum agrees; the records are written from it in `records`.

use crate::{
    basics::{self, Staff, split},
    random::Random,
    templates::{PLACES, Template, templates},
    units::{Unit, units},
};

/// A line of 年度预算; amounts in 分.
#[derive(Debug, Clone)]
pub struct Line {
    pub serial: usize,
    pub func: &'static str,
    pub dep: &'static str,
    pub fund: &'static str,
    pub apply: i64,
    pub audit: i64,
    pub reply: i64,
    /// 调整, covered by an equal 调整 of the unit's income.
    pub adj: i64,
    /// 调剂 between the unit's own lines of one fund.
    pub dis: i64,
    pub price: Option<Price>,
    pub allotments: Vec<Allotment>,
}

/// How the amount follows from a standard: index into the standards, 分 each, how many.
#[derive(Debug, Clone, Copy)]
pub struct Price {
    pub standard: usize,
    pub each: i64,
    pub count: i64,
}

impl Line {
    pub fn of(func: &'static str, dep: &'static str, fund: &'static str, fen: i64) -> Self {
        Self {
            serial: 0,
            func,
            dep,
            fund,
            apply: fen,
            audit: fen,
            reply: fen,
            adj: 0,
            dis: 0,
            price: None,
            allotments: Vec::new(),
        }
    }

    pub fn priced(mut self, price: Price) -> Self {
        self.price = Some(price);
        self
    }

    pub fn current(&self) -> i64 {
        self.reply + self.adj + self.dis
    }
}

/// A 指标 that can be spent, and everything that happened to it; 分.
#[derive(Debug, Clone, Default)]
pub struct Allotment {
    pub serial: usize,
    pub amount: i64,
    /// Index into the year's sources when the money came from above.
    pub source: Option<usize>,
    pub released: i64,
    pub increased: i64,
    pub reduced: i64,
    pub recovered: i64,
    pub frozen: i64,
    pub unfrozen: i64,
    /// (serial of the other 指标, 分): given away by 调剂.
    pub given: Option<(usize, i64)>,
    pub taken: i64,
    pub paid: i64,
    /// Day of the year on which the document was sent, from 0.
    pub day: i64,
}

impl Allotment {
    pub fn current(&self) -> i64 {
        self.amount + self.increased + self.taken
            - self.reduced
            - self.recovered
            - self.given.map_or(0, |given| given.1)
    }
}

/// A 待分指标 at the finance bureau, from which lower ones are given.
#[derive(Debug, Clone)]
pub struct Source {
    pub serial: usize,
    pub func: &'static str,
    pub fund: &'static str,
    pub amount: i64,
    pub track: Option<String>,
}

pub struct Project {
    pub serial: usize,
    pub name: String,
    pub category: &'static str,
    pub func: &'static str,
    pub threesafe: &'static str,
    /// None: 人员类 and 公用经费.
    pub template: Option<&'static Template>,
    pub start: i32,
    pub term: i32,
    pub lines: Vec<Line>,
}

impl Project {
    pub fn apply(&self) -> i64 {
        self.lines.iter().map(|line| line.apply).sum()
    }
}

pub struct Post {
    pub unit: Unit,
    pub staff: Staff,
    pub projects: Vec<Project>,
}

pub struct Year {
    pub seed: u64,
    pub year: i32,
    pub posts: Vec<Post>,
    pub sources: Vec<Source>,
}

impl Year {
    /// `projects` over all units; `allotments` with the 待分 ones.
    pub fn of(seed: u64, year: i32, projects: usize, allotments: usize) -> Self {
        let units = units(seed, year);
        let basic = units.len() * 2;
        let special = projects.saturating_sub(basic + 1);
        let (each, more) = (special / units.len(), special % units.len());
        let count = units.len();
        let mut serial = 1;
        let mut posts = Vec::with_capacity(count);
        for (at, unit) in units.into_iter().enumerate() {
            let staff = Staff::of(seed, year, at, &unit);
            let mut own = basic_projects(year, &unit, &staff);
            // Larger townships come last in the list and get what does not divide evenly.
            let wanted = each + usize::from(at + more >= count);
            own.extend((0..wanted).map(|nth| special_project(seed, year, at, &unit, nth)));
            for project in &mut own {
                project.serial = serial;
                serial += 1;
            }
            posts.push(Post { unit, staff, projects: own });
        }
        let mut whole = Self { seed, year, posts, sources: Vec::new() };
        whole.number_lines();
        crate::moves::adjust(&mut whole);
        crate::moves::allot(&mut whole, allotments);
        whole
    }

    fn number_lines(&mut self) {
        let lines = self.posts.iter_mut().flat_map(|post| &mut post.projects).flat_map(|project| &mut project.lines);
        for (at, line) in lines.enumerate() {
            line.serial = at + 1;
        }
    }

    /// The umbrella project of the 待分指标 comes after all the others.
    pub fn umbrella(&self) -> usize {
        self.posts.iter().map(|post| post.projects.len()).sum::<usize>() + 1
    }
}

fn basic_projects(year: i32, unit: &Unit, staff: &Staff) -> Vec<Project> {
    let project = |name: &str, category, threesafe, lines| Project {
        serial: 0,
        name: format!("{}{name}", unit.name),
        category,
        func: unit.func,
        threesafe,
        template: None,
        start: year,
        term: 1,
        lines,
    };
    vec![
        project("人员经费", "1", "003001", basics::wages(unit, staff)),
        project("公用经费", "21", "003002", basics::running(unit, staff)),
    ]
}

fn special_project(seed: u64, year: i32, at: usize, unit: &Unit, nth: usize) -> Project {
    let mut random = Random::of(seed, &[year.unsigned_abs().into(), 103, at as u64, nth as u64]);
    let own = templates(unit.theme);
    let template = &own[nth % own.len()];
    let round = nth / own.len();
    let place = if round == 0 {
        String::new()
    } else {
        let size = PLACES.len();
        format!("（{}{}）", PLACES[(at + round) % size], ["", "二期", "三期", "四期"][(round / size).min(3)])
    };
    let scale = if unit.in_town() { 30 } else { 100 };
    let size = template.size_wan * 1_000_000 / 100 * scale * random.between(60, 150) / 100;
    let apply = (size / 100_000).max(5) * 100_000;
    let keep = *random.pick(&[100, 100, 95, 90, 85]);
    let lines = split(apply, template.shares).into_iter().map(|(dep, fen)| {
        let mut line = Line::of(template.func, dep, template.fund, fen);
        line.audit = fen / 10_000 * keep / 100 * 10_000;
        line.reply = line.audit;
        line
    });
    let term = if random.chance(22) { i32::try_from(random.between(2, 3)).unwrap_or(2) } else { 1 };
    let start = if term > 1 && random.chance(40) { year - 1 } else { year };
    Project {
        serial: 0,
        name: format!("{}{year}年{}{place}", unit.name, template.name),
        category: template.category,
        func: template.func,
        threesafe: template.threesafe,
        template: Some(template),
        start,
        term,
        lines: lines.collect(),
    }
}
