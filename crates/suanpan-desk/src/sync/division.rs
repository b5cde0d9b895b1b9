//! Whether a book and its enrolment speak of the same 区划. A code that was given out for another one is easily typed;
//! what is drawn up in such a book, and the budget books that it begins with, could never be sent.

use crate::{CallError, CallErrorCode, CallResult};
use suanpan_store::Book;
use suanpan_sync::scope::Scope;

/// Err(Refused) when the book's own division is not among those of the enrolment.
pub fn must_fit(book: &Book, scopes: &[Scope]) -> CallResult<()> {
    let Some((own, others)) = named(book, scopes) else { return Ok(()) };
    let message = format!(
        "没有登记：这个登记码是发给 {others} 的，而本账套属于 {own}，其中的数据登记后一条也不能上报。请向平台管理员另要 \
         {own} 的登记码（这一个已经用掉）；要办理 {others} 的预算，请打开或新建该区划的账套"
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
