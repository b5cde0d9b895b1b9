//! Rules of the several budgets at once (复式预算): what belongs to which book, and that in every book a
//! unit's income equals its spending. The subject is the unit, not the book: a book's sums are the sums
//! of its units, a unit is small enough to add up after every keystroke, and it is the unit that can put
//! it right. A book is valid for all years, so a change of one re-checks everything ([`super::shifts_all`]).

use super::{
    budget::counted,
    frame::{Ask, Yuan},
};
use crate::{
    facts::Read,
    value::Value,
    views::{Book, Income, Line},
};

/// Which lines a book takes. Each list holds beginnings of codes; an empty one takes all.
struct Scope {
    name: String,
    funds: Vec<String>,
    functions: Vec<String>,
    incomes: Vec<String>,
    only_purchases: bool,
}

impl Scope {
    fn of(book: &Book) -> Self {
        Self {
            name: book.name.unwrap_or("未命名账本").to_owned(),
            funds: prefixes(book.fund_types),
            functions: prefixes(book.func_prefixes),
            incomes: prefixes(book.income_prefixes),
            only_purchases: book.is_gov_pur,
        }
    }

    fn takes_line(&self, line: &Line) -> bool {
        (!self.only_purchases || line.is_gov_pur)
            && takes(&self.funds, line.fund_type)
            && takes(&self.functions, line.exp_func)
    }

    fn takes_income(&self, income: &Income) -> bool {
        !self.only_purchases && takes(&self.funds, income.fund_type) && takes(&self.incomes, income.income_sort)
    }
}

fn prefixes(list: Option<&str>) -> Vec<String> {
    let parts = list.unwrap_or_default().split([',', '，', '、']).map(str::trim);
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn takes(prefixes: &[String], code: Option<&str>) -> bool {
    prefixes.is_empty() || code.is_some_and(|code| prefixes.iter().any(|prefix| code.starts_with(prefix)))
}

/// Once approved a line counts with its 变动后 figure, before with its 申报数; a difference of the two
/// sides is then a difference of like with like.
pub(super) fn income_equals_spending(ask: &mut Ask) -> Read<()> {
    let (lines, incomes) = (ask.parts("budget_line", "agency")?, ask.parts("income_line", "agency")?);
    if lines.is_empty() && incomes.is_empty() {
        return Ok(());
    }
    let (books, lines_at, income_at) = (ask.views.book, ask.views.line, ask.views.income);
    let mut scopes = Vec::new();
    ask.facts.scan("budget_book", ask.year(), &mut |record| {
        let book = books.read(record);
        if book.is_balanced {
            scopes.push(Scope::of(&book));
        }
    })?;
    for scope in scopes {
        let lines = lines.iter().map(|line| lines_at.read(line)).filter(|line| scope.takes_line(line));
        let spending = Yuan(lines.map(|line| counted(ask, &line)).sum());
        let incomes = incomes.iter().map(|line| income_at.read(line)).filter(|line| scope.takes_income(line));
        let income = Yuan(incomes.map(|line| counted_income(ask, &line)).sum());
        let difference = Yuan(income.0 - spending.0);
        if difference.0.abs() > i128::from(ask.rule.whole("tolerance_fen")) {
            let figures: [super::frame::Figure; 4] =
                [("book", &scope.name), ("income", &income), ("spending", &spending), ("difference", &difference)];
            ask.say(&figures);
        }
    }
    Ok(())
}

/// Before approval an income line without a 申报数 counts with its 收入预算数, which is required.
fn counted_income(ask: &Ask, line: &Income) -> i128 {
    if !ask.rule.lists("approved_stage", line.stage) && !line.apply_up.is_zero() {
        return Yuan::of(line.apply_up).0;
    }
    Yuan::of(line.amt).0 + Yuan::of(line.adj_amt).0
}

/// Two books of the 综合预算 that both take a line would count it twice.
pub(super) fn books_do_not_overlap(ask: &mut Ask) -> Read<()> {
    let own = ask.views.book.read(ask.record);
    if !own.in_total {
        return Ok(());
    }
    let (scope, columns, id) = (Scope::of(&own), ask.views.book, ask.record.id);
    let mut others = Vec::new();
    ask.facts.scan("budget_book", ask.year(), &mut |record| {
        let other = columns.read(record);
        if record.id != id && other.in_total && overlap(&scope, &Scope::of(&other)) {
            others.push(other.name.unwrap_or("未命名账本").to_owned());
        }
    })?;
    if !others.is_empty() {
        ask.say(&[("other", &others.join("、"))]);
    }
    Ok(())
}

fn overlap(left: &Scope, right: &Scope) -> bool {
    let meet = |left: &[String], right: &[String]| {
        let touch = |one: &String| right.iter().any(|other| one.starts_with(other) || other.starts_with(one));
        left.is_empty() || right.is_empty() || left.iter().any(touch)
    };
    meet(&left.funds, &right.funds) && meet(&left.functions, &right.functions)
}

/// Every beginning that a book names must begin some code of its set.
pub(super) fn prefixes_are_codes(ask: &mut Ask) -> Read<()> {
    for (name, set) in ask.rule.pairs("sets") {
        let (Some(at), Some(codes)) = (ask.def.index(name), set.as_str().and_then(|set| ask.schema.codes.set(set)))
        else {
            continue;
        };
        let text = ask.record.values.get(at).and_then(Value::as_text);
        let unknown = |prefix: &String| !codes.items.iter().any(|item| item.code.starts_with(prefix.as_str()));
        let wrong: Vec<String> = prefixes(text).into_iter().filter(unknown).collect();
        if !wrong.is_empty() {
            let label = &ask.def.fields[at].label.zh;
            ask.say_at(name, &[("field", label), ("value", &wrong.join("、")), ("set", &codes.info.zh)]);
        }
    }
    Ok(())
}
