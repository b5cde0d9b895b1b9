//! Whether a book and its enrolment speak of the same 区划. A code that was given out for another one is easily typed;
//! what is drawn up in such a book, and the budget books that it begins with, could never be sent. The same is true of a
//! county's book with its townships in it and a code for the county alone.

use crate::{CallError, CallErrorCode, CallResult};
use suanpan_store::Book;
use suanpan_sync::scope::Scope;

/// Err(Refused) when the book's own division, or that of records in a book that was never enrolled, is not among those of
/// the enrolment.
pub fn must_fit(book: &Book, scopes: &[Scope]) -> CallResult<()> {
    let Some((own, others)) = named(book, scopes) else { return records_must_fit(book, scopes) };
    let message = format!(
        "没有登记：这个登记码是发给 {others} 的，而本账套属于 {own}，其中的数据登记后一条也不能上报。请向平台管理员另要 \
         {own} 的登记码（这一个已经用掉）；要办理 {others} 的预算，请打开或新建该区划的账套"
    );
    Err(CallError::new(CallErrorCode::Refused, message))
}

/// Divisions that are named in a message.
const NAMED: usize = 3;

/// What was drawn up before is sent with the first exchange. Of a book that was enrolled before, the province has most
/// already, some of it perhaps from when it had more rights.
fn records_must_fit(book: &Book, scopes: &[Scope]) -> CallResult<()> {
    if book.enrolled()?.is_some() {
        return Ok(());
    }
    let mut strange = book.records_by_division()?;
    strange.retain(|division, _| Scope::of(division).is_none_or(|scope| !scopes.contains(&scope)));
    if strange.is_empty() {
        return Ok(());
    }
    let schema = book.schema();
    let named = |(code, count): (&String, &usize)| {
        let name = schema.codes.name("division", code);
        format!("{}（{count} 条）", format!("{code} {name}").trim_end())
    };
    let some: Vec<String> = strange.iter().take(NAMED).map(named).collect();
    let rest = if strange.len() > NAMED { "等" } else { "" };
    let message = format!(
        "没有登记：账套里有 {} 个区划的 {} 条记录，这个登记码没有它们的权限，登记后不能上报：{}{rest}。请向平台管理员另要一个\
         包含这些区划的登记码（县级的发放时加 --with-below；这一个已经用掉）",
        strange.len(),
        strange.values().sum::<usize>(),
        some.join("、"),
    );
    Err(CallError::new(CallErrorCode::Refused, message))
}

/// What to tell the person of a book that was enrolled so all the same, by an older program; None: all is well.
pub fn mismatch(book: &Book, scopes: &[Scope]) -> Option<String> {
    let (own, others) = named(book, scopes)?;
    Some(format!(
        "本账套属于 {own}，登记的却是 {others}：在这里填报的数据不能上报。请向平台管理员另要 {own} 的登记码，\
         重新登记本机；要办理 {others} 的预算，请打开或新建该区划的账套"
    ))
}

/// The province's own division, which every device follows: that is not what a code was given out for.
const PROVINCE_ENDS: &str = "0000000";

/// The book's own division and those that the code was given out for, by code and name; None when its own is among them.
fn named(book: &Book, scopes: &[Scope]) -> Option<(String, String)> {
    let own = &book.info().division;
    if Scope::of(own).is_none_or(|scope| scopes.contains(&scope)) {
        return None;
    }
    let schema = book.schema();
    let named = |code: &str| format!("{code} {}", schema.codes.name("division", code)).trim_end().to_owned();
    let codes = scopes.iter().map(Scope::to_string).filter(|code| scopes.len() == 1 || !code.ends_with(PROVINCE_ENDS));
    let others: Vec<String> = codes.map(|code| named(&code)).collect();
    Some((named(own), others.join("、")))
}
