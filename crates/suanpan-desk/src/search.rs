//! Ctrl+K: anything by word, code or pinyin initials.

use crate::{CallResult, Desk};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use suanpan_store::query::label_of;
use ts_rs::TS;

#[derive(Debug, Clone, Deserialize, TS)]
pub struct SearchRequest {
    pub text: String,
    pub limit: usize,
}

#[derive(Debug, Clone, Serialize, TS)]
pub struct Hit {
    pub entity: String,
    pub entity_label: String,
    pub id: String,
    pub code: String,
    pub name: String,
    pub fiscal_year: i32,
}

pub fn search(desk: &Arc<Desk>, request: SearchRequest) -> CallResult<Vec<Hit>> {
    let book = desk.book()?;
    let schema = book.schema();
    let found = book
        .read(|connection| suanpan_store::search::find(connection, &schema, &request.text, request.limit.min(200)))?;
    let hit = |(def, record): (Arc<suanpan_model::EntityDef>, suanpan_model::Record)| {
        let label = label_of(&def, &record);
        Hit {
            entity: def.entity.clone(),
            entity_label: def.label.zh.clone(),
            id: record.id.to_string(),
            code: label.code,
            name: label.name,
            fiscal_year: record.header.fiscal_year,
        }
    };
    Ok(found.into_iter().map(hit).collect())
}
