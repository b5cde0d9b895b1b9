//! What the province's store must be able to do, within one transaction. Memory, SQLite and PostgreSQL answer the
//! same questions; none of them knows a rule.

use crate::{
    frame::Stamp,
    lease::{Ask, Block},
    scope::{DeviceId, Digest, Place, Scope},
};
use std::sync::Arc;
use suanpan_model::{
    EntityDef, Record,
    facts::{Facts, ReadFault},
    value::RecordId,
};
use uuid::Uuid;

pub type Stored<T> = Result<T, StoreFault>;

/// Why the store did not do it. The transaction is void; the same request may be tried again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreFault {
    /// Others are in the way: try again at once.
    #[error("store busy: {0}")]
    Busy(String),
    /// The disk is full, or the store is gone.
    #[error("store unavailable: {0}")]
    Unavailable(String),
    /// What is stored makes no sense.
    #[error("store broken: {0}")]
    Broken(String),
}

impl From<ReadFault> for StoreFault {
    fn from(fault: ReadFault) -> Self {
        Self::Unavailable(fault.0)
    }
}

/// An enrolled desk as the province knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    pub id: DeviceId,
    /// Its public key, which verifies what it signs.
    pub verify: [u8; 32],
    /// Scopes whose logs it may read.
    pub reads: Vec<Scope>,
    /// Scopes it may change.
    pub writes: Vec<Scope>,
    /// Newest parcel that is durable here.
    pub received: Place,
    /// All groups up to this parcel are settled.
    pub settled: u64,
    /// Highest request number seen.
    pub request: u64,
    pub revoked: bool,
}

impl Device {
    /// One that has sent nothing yet, and reads and writes the same scopes.
    pub fn new(id: DeviceId, verify: [u8; 32], scopes: &[Scope]) -> Self {
        let (reads, writes) = (scopes.to_vec(), scopes.to_vec());
        Self { id, verify, reads, writes, received: Place::default(), settled: 0, request: 0, revoked: false }
    }
}

/// One entry of a scope's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    pub scope: Scope,
    pub place: Place,
    pub device: DeviceId,
    pub parcel: u64,
    /// `packed` is the device's own parcel, byte for byte.
    pub verbatim: bool,
    pub packed: Vec<u8>,
}

/// A record as a group leaves it.
#[derive(Debug, Clone)]
pub struct Write {
    pub def: Arc<EntityDef>,
    pub before: Option<Arc<Record>>,
    pub after: Arc<Record>,
    /// Who changed it and when by their own clock: shown beside a disputed amount.
    pub actor: Box<str>,
    pub at_ms: i64,
}

/// A code that only one record of its scope and year may hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Code {
    pub scope: Scope,
    pub fiscal_year: i32,
    pub entity: Box<str>,
    pub field: Box<str>,
    pub code: Box<str>,
}

/// One transaction of the province's store. Nothing counts until the caller commits it.
pub trait Province: Facts {
    /// Keeps others from working for the same device until the end of the transaction.
    fn device(&self, id: DeviceId) -> Stored<Option<Device>>;
    /// Writes `received`, `settled` and `request`.
    fn note_device(&self, device: &Device) -> Stored<()>;

    /// Keeps a parcel whose group is not complete. Oldest first when read.
    fn stage(&self, device: DeviceId, parcel: u64, packed: &[u8]) -> Stored<()>;
    fn staged(&self, device: DeviceId) -> Stored<Vec<(u64, Vec<u8>)>>;
    fn unstage(&self, device: DeviceId) -> Stored<()>;
    /// Hash of the device's chain at `parcel`, None when it is not known any more.
    fn chain(&self, device: DeviceId, parcel: u64) -> Stored<Option<Digest>>;
    fn note_chain(&self, device: DeviceId, links: &[Place], stamp: Stamp) -> Stored<()>;
    /// When the device's parcel was taken in; None when it is not known.
    fn stamp(&self, device: DeviceId, parcel: u64) -> Stored<Option<Stamp>>;

    /// Locks the heads of these scopes (given in ascending order) until the end of the transaction.
    fn lock(&self, scopes: &[Scope]) -> Stored<Vec<Place>>;
    fn head(&self, scope: Scope) -> Stored<Place>;
    /// Hash of the log of `scope` at `seq`; None beyond its head.
    fn place(&self, scope: Scope, seq: u64) -> Stored<Option<Digest>>;
    /// Appends to locked logs and moves their heads.
    fn append(&self, entries: &[LogEntry]) -> Stored<()>;
    /// Entries after `seq`, until `budget_bytes` of content are reached; at least one if there is one.
    fn entries(&self, scope: Scope, seq: u64, budget_bytes: usize) -> Stored<Vec<LogEntry>>;

    /// A hint: these records will be asked for one by one.
    fn preload(&self, wanted: &[(Box<str>, RecordId)]) -> Stored<()>;
    /// A hint: it will be asked whether these groups were decided.
    fn preload_decided(&self, _groups: &[Uuid]) -> Stored<()> {
        Ok(())
    }
    fn put(&self, writes: &[Write]) -> Stored<()>;
    /// Who last changed the record, and when by their clock.
    fn last_change(&self, entity: &str, record: RecordId) -> Stored<Option<(Box<str>, i64)>>;
    /// Open conflict cases about this record.
    fn open_cases(&self, record: RecordId) -> Stored<Vec<Arc<Record>>>;

    /// Who holds the code. A deleted record does not hold it any more.
    fn holder(&self, code: &Code) -> Stored<Option<RecordId>>;
    fn claim(&self, code: &Code, record: RecordId) -> Stored<()>;

    /// The oldest block of the series that was given to the device and lies after what it holds; when there is none,
    /// the next one, which passes over all other blocks and over what is in use. None: the series is used up.
    fn lease(&self, device: DeviceId, ask: &Ask) -> Stored<Option<Block>>;

    /// The outcome of a group that was decided before, by whichever device it came; Some(None): plainly accepted.
    fn decided(&self, group: Uuid) -> Stored<Option<Option<Vec<u8>>>>;
    /// `outcome` is None for a plainly accepted group.
    fn note_decided(&self, device: DeviceId, parcel: u64, group: Uuid, outcome: Option<&[u8]>) -> Stored<()>;
    /// Outcomes of the device's groups that ended after `parcel`, oldest first.
    fn outcomes(&self, device: DeviceId, parcel: u64) -> Stored<Vec<Vec<u8>>>;
}
