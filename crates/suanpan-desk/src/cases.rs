//! Conflict cases: what two people wanted of one field, until a person has decided.

use crate::CallResult;
use suanpan_store::{Book, query::ListQuery};
use suanpan_sync::server::{CASE, OPEN};

/// How many wait for a decision.
pub fn count_open(book: &Book) -> CallResult<u64> {
    let test = suanpan_store::query::Test::Equals(OPEN.into());
    let filters = vec![suanpan_store::query::Filter { field: "state".into(), test }];
    Ok(book.count(&ListQuery { entity: CASE.into(), filters, ..ListQuery::default() })? as u64)
}
