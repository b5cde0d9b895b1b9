//! What the desk's book must be able to do for sync, within one transaction. Working rows are what the screens
//! show; a *shadow* is the row as last confirmed, kept only where own ops are pending on top of it.

use crate::{
    frame::{Checkpoint, Stamp},
    lease::{Block, Series},
    parcel::{GroupHead, Proposal},
    scope::{DeviceId, Place, Scope},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use suanpan_model::{
    Op, Record,
    decide::RefusalCode,
    facts::{Facts, ReadFault},
    value::RecordId,
};
use uuid::Uuid;

pub type Stored<T> = Result<T, StoreFault>;

/// The book could not do it; nothing of the transaction counts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreFault {
    #[error("{0}")]
    Failed(String),
    /// What came does not fit what is here: the scope must be fetched anew.
    #[error(
        "收到的内容与本机已收到的区划 {0} 的数据接不上（平台可能由备份恢复过），未读入；请联网同步一次，将重新接收"
    )]
    Diverged(Scope),
}

impl From<ReadFault> for StoreFault {
    fn from(fault: ReadFault) -> Self {
        Self::Failed(fault.to_string())
    }
}

/// Where the device stands with the province.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct State {
    pub device: Option<DeviceId>,
    /// Number of the last request that was begun.
    pub request: u64,
    /// Newest parcel that was packed.
    pub outbox: Place,
    /// All groups up to this parcel are settled.
    pub settled: Place,
    /// When the province took parcel `settled` in; None: it has not said so.
    #[serde(default)]
    pub stamp: Option<Stamp>,
    /// The last reply ended as it should: what was sent is known to have arrived.
    pub in_step: bool,
    /// The last server time seen, ms since 1970.
    pub server_ms: i64,
    /// When the last whole exchange ended, by the server's clock.
    pub agreed_ms: i64,
}

/// A group that was typed here and is not packed yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    pub head: GroupHead,
    pub ops: Vec<Proposal>,
}

/// A packed parcel of the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parceled {
    pub place: Place,
    pub group: Uuid,
    pub last: bool,
    pub packed: Vec<u8>,
}

/// An own op that the province has not settled, in the order in which it was typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Pending {
    pub group: Uuid,
    pub proposal: Proposal,
}

/// An op that did not take effect, for a person to look at: 未采纳.
#[derive(Debug, Clone, PartialEq)]
pub struct TrayItem {
    pub id: Uuid,
    pub head: GroupHead,
    pub op: Op,
    pub why: Why,
    /// The field a person should look at.
    pub field: Option<String>,
    pub message: String,
    /// Server's time when it became known, ms since 1970.
    pub since_ms: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    Refused(RefusalCode),
    /// Another op of the same indivisible group was refused or disputed.
    Held,
}

/// A part of a foreign group that is not complete yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    pub scope: Scope,
    pub seq: u64,
    pub packed: Vec<u8>,
}

/// A series of which the desk has few codes left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Short {
    pub series: Series,
    /// How many are wanted.
    pub count: u64,
    /// Last code of the newest block that the book holds, empty when it holds none.
    pub have: Box<str>,
}

/// One transaction of the book. [`Facts`] reads its working rows.
pub trait Desk: Facts {
    fn state(&self) -> Stored<State>;
    fn put_state(&self, state: &State) -> Stored<()>;
    fn cursors(&self) -> Stored<Vec<(Scope, Place)>>;
    fn put_cursor(&self, scope: Scope, place: Place) -> Stored<()>;
    fn put_checkpoint(&self, checkpoint: &Checkpoint) -> Stored<()>;

    /// Groups to pack, oldest first, until `max_ops` are reached; at least one if there is one.
    fn waiting(&self, max_ops: usize) -> Stored<Vec<Waiting>>;
    /// Keeps the parcels of a group that was waiting.
    fn put_parcels(&self, group: Uuid, parcels: &[Parceled]) -> Stored<()>;
    /// Parcels after `parcel`, until `budget_bytes`; at least one if there is one.
    fn outbox(&self, parcel: u64, budget_bytes: usize) -> Stored<Vec<Parceled>>;
    fn parcel(&self, parcel: u64) -> Stored<Option<Parceled>>;

    /// Own unsettled ops on the record, oldest first.
    fn pending(&self, entity: &str, record: RecordId) -> Stored<Vec<Pending>>;
    /// The ops of an own unsettled group; None when it is settled or not ours.
    fn pending_group(&self, group: Uuid) -> Stored<Option<(GroupHead, Vec<Proposal>)>>;
    fn is_pending(&self, group: Uuid) -> Stored<bool> {
        Ok(self.pending_group(group)?.is_some())
    }
    /// Own packed groups that are not settled and whose last parcel is not after `parcel`, oldest first.
    fn unsettled_until(&self, parcel: u64) -> Stored<Vec<Uuid>>;
    /// Is a group settled here whose last parcel is after `parcel`?
    fn is_any_settled_after(&self, parcel: u64) -> Stored<bool>;
    /// Settles a group that took effect just as it was sent, where no row has to be worked out because nothing else is
    /// pending on its records. False: it is not so, or this book does not know a short way.
    fn settle_as_sent(&self, _group: Uuid) -> Stored<bool> {
        Ok(false)
    }
    /// The group is settled: its ops are pending no more.
    fn settle(&self, group: Uuid) -> Stored<()>;
    /// Makes these ops, whose effect the working rows already show, pending as a group of their own.
    fn requeue(&self, group: &Waiting) -> Stored<()>;

    /// The confirmed row under pending ops. None: nothing is pending, the working row is confirmed. Some(None):
    /// the province has no such record yet.
    fn shadow(&self, entity: &str, record: RecordId) -> Stored<Option<Option<Arc<Record>>>>;
    fn put_shadow(&self, entity: &str, record: RecordId, confirmed: Option<&Record>) -> Stored<()>;
    fn drop_shadow(&self, entity: &str, record: RecordId) -> Stored<()>;

    /// Records of the scope that are alive, confirmed or not, and those whose deletion is pending.
    fn records_of(&self, scope: Scope) -> Stored<Vec<(Box<str>, RecordId)>>;
    /// Writes working rows and appends the change to the book's log, as done by the author of `head`.
    fn write_pulled(&self, head: &GroupHead, ops: Vec<Op>) -> Stored<()>;
    fn put_tray(&self, item: &TrayItem) -> Stored<()>;

    /// Series of codes whose stock has fallen low.
    fn short_of_codes(&self) -> Stored<Vec<Short>> {
        Ok(Vec::new())
    }
    /// Keeps a block for good; one that is kept already counts once.
    fn put_block(&self, _block: &Block) -> Stored<()> {
        Ok(())
    }

    fn stage(&self, arrived: &Arrived) -> Stored<()>;
    fn staged(&self, scope: Scope) -> Stored<Vec<Arrived>>;
    fn unstage(&self, scope: Scope) -> Stored<()>;
}

/// A book that runs work in a transaction: committed when `work` is Ok, void otherwise.
pub trait Book {
    fn transaction(&mut self, work: &mut dyn FnMut(&dyn Desk) -> Stored<()>) -> Stored<()>;

    /// As [`Book::transaction`], for what nobody waits for: the book may take back what `work` has done so far, let
    /// somebody who types go first, and call `work` again from its beginning. So `work` sets what it tells its caller
    /// and adds nothing to it.
    fn in_background(&mut self, work: &mut dyn FnMut(&dyn Desk) -> Stored<()>) -> Stored<()> {
        self.transaction(work)
    }
}
