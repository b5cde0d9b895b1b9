//! 未采纳: ops that did not take effect, until a person has sent them again or put them away.

use super::groups::{read_json, write_json};
use crate::{book::Book, error::Stored};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use suanpan_model::{Op, decide::RefusalCode};
use suanpan_sync::client::store::{TrayItem, Why};
use uuid::Uuid;

/// One op of the tray.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrayLine {
    pub id: Uuid,
    /// What the person had called it, who it was and when by their clock.
    pub label: Box<str>,
    pub actor: Box<str>,
    pub at_ms: i64,
    pub group: Uuid,
    pub op: Op,
    /// stale, forbidden …; held when another op of its group was the reason.
    pub why: Box<str>,
    pub field: Option<String>,
    pub message: String,
    /// Since when it is known, by the province's clock.
    pub since_ms: i64,
}

pub fn put(connection: &Connection, item: &TrayItem) -> Stored<()> {
    let line = TrayLine {
        id: item.id,
        label: item.head.label.clone(),
        actor: item.head.actor.clone(),
        at_ms: item.head.clock.at_ms,
        group: item.head.id,
        op: item.op.clone(),
        why: why(item.why).into(),
        field: item.field.clone(),
        message: item.message.clone(),
        since_ms: item.since_ms,
    };
    let sql = "INSERT OR IGNORE INTO sync_tray (id, since_ms, item) VALUES (?, ?, ?)";
    connection.prepare_cached(sql)?.execute(params![item.id, item.since_ms, write_json(&line)?])?;
    Ok(())
}

fn why(why: Why) -> &'static str {
    match why {
        Why::Held => "held",
        Why::Refused(RefusalCode::Unknown) => "unknown",
        Why::Refused(RefusalCode::BadValue) => "bad_value",
        Why::Refused(RefusalCode::Stale) => "stale",
        Why::Refused(RefusalCode::Forbidden) => "forbidden",
        Why::Refused(RefusalCode::InUse) => "in_use",
    }
}

/// The group of a line, in SQL.
const GROUP: &str = "CAST(item AS TEXT) ->> 'group'";

impl Book {
    /// Everything in the tray, oldest first.
    pub fn tray(&self) -> Stored<Vec<TrayLine>> {
        self.tray_up_to(usize::MAX >> 1)
    }

    /// The first so many lines of the tray, oldest first, those of one group together.
    pub fn tray_up_to(&self, limit: usize) -> Stored<Vec<TrayLine>> {
        self.read(|connection| {
            let sql = format!("SELECT item FROM sync_tray ORDER BY since_ms, {GROUP}, id LIMIT ?");
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query([limit])?;
            let mut lines = Vec::new();
            while let Some(row) = rows.next()? {
                lines.push(read_json(row.get_ref(0)?.as_blob().unwrap_or_default())?);
            }
            Ok(lines)
        })
    }

    /// How many lines of the tray each group has.
    pub fn tray_groups(&self) -> Stored<BTreeMap<String, usize>> {
        self.read(|connection| {
            let sql = format!("SELECT {GROUP}, COUNT(*) FROM sync_tray GROUP BY 1");
            let mut statement = connection.prepare_cached(&sql)?;
            let counts = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(counts.collect::<Result<_, _>>()?)
        })
    }

    /// Puts these away: they were sent again or given up. The log keeps what was typed.
    pub fn clear_tray(&self, ids: &[Uuid]) -> Stored<()> {
        let mut writer = self.writer();
        let transaction = writer.connection.transaction()?;
        for id in ids {
            transaction.prepare_cached("DELETE FROM sync_tray WHERE id = ?")?.execute([id])?;
        }
        Ok(transaction.commit()?)
    }
}
