//! `search`.

use super::open;
use crate::{
    args,
    output::{Exit, Output, table},
};
use suanpan_desk::{CallResult, search};

pub fn search(given: &args::Search, output: &Output) -> CallResult<Exit> {
    let desk = open(&given.book)?;
    let hits = search::search(&desk, search::SearchRequest { text: given.text.clone(), limit: given.limit })?;
    output.show(&hits, |out| {
        let header = ["种类", "代码", "名称", "年度"].map(str::to_owned);
        let rows: Vec<_> = hits
            .iter()
            .map(|hit| vec![hit.entity_label.clone(), hit.code.clone(), hit.name.clone(), hit.fiscal_year.to_string()])
            .collect();
        table(out, &header, &rows)
    });
    Ok(Exit::Done)
}
