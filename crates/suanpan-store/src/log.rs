//! The record of everything that was done: batches of ops, each sealed by the hash of the one before,
//! so that a changed, missing or reordered batch is found and can be named.

use crate::error::{StoreError, Stored};
use rusqlite::{Connection, OptionalExtension, params};
use suanpan_model::{Op, op::OpGroup, value::RecordId};

/// blake3 over the previous hash, the number, the count of ops and the payload.
pub type Hash = [u8; 32];

/// One stored batch: the ops of one group, or a stretch of at most [`OPS_PER_BATCH`] of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Gapless from 1.
    pub seq: i64,
    pub ops: usize,
    pub codec: Codec,
    pub payload: Vec<u8>,
    pub hash: Hash,
}

/// How the payload is written: JSON of [`OpGroup`], bare or compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    Json = 0,
    Zstd = 1,
}

/// Enough that bulk imports compress well, few enough that one batch is read quickly.
pub const OPS_PER_BATCH: usize = 1000;
const COMPRESS_FROM_BYTES: usize = 2048;
const MAX_PAYLOAD_BYTES: usize = 256 << 20;

impl Codec {
    pub fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::Json),
            1 => Some(Self::Zstd),
            _ => None,
        }
    }
}

impl Batch {
    /// Seals `group` (at most [`OPS_PER_BATCH`] of its ops) as batch `seq` after `previous`.
    pub fn seal(seq: i64, previous: &Hash, group: &OpGroup) -> Stored<Self> {
        let json = serde_json::to_vec(group).map_err(|error| StoreError::Internal(error.to_string()))?;
        let (codec, payload) = if json.len() < COMPRESS_FROM_BYTES {
            (Codec::Json, json)
        } else {
            let packed = zstd::bulk::compress(&json, 1).map_err(|error| StoreError::io("压缩操作记录", &error))?;
            (Codec::Zstd, packed)
        };
        let ops = group.ops.len();
        let hash = hash(previous, seq, ops, codec, &payload);
        Ok(Self { seq, ops, codec, payload, hash })
    }

    pub fn follows(&self, previous: &Hash) -> bool {
        hash(previous, self.seq, self.ops, self.codec, &self.payload) == self.hash
    }

    pub fn open(&self) -> Stored<OpGroup> {
        let damaged = |detail: String| StoreError::Internal(format!("第 {} 批操作记录无法读取：{detail}", self.seq));
        let json = match self.codec {
            Codec::Json => self.payload.clone(),
            Codec::Zstd => {
                zstd::bulk::decompress(&self.payload, MAX_PAYLOAD_BYTES.min(self.payload.len() * 400 + 65536))
                    .map_err(|error| damaged(error.to_string()))?
            }
        };
        serde_json::from_slice(&json).map_err(|error| damaged(error.to_string()))
    }
}

fn hash(previous: &Hash, seq: i64, ops: usize, codec: Codec, payload: &[u8]) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(previous).update(&seq.to_le_bytes()).update(&(ops as u64).to_le_bytes());
    hasher.update(&[codec as u8]).update(payload);
    *hasher.finalize().as_bytes()
}

/// Number and hash of the newest batch; (0, zeros) for a new book.
pub fn head(connection: &Connection) -> Stored<(i64, Hash)> {
    let found = connection
        .prepare_cached("SELECT seq, hash FROM op_batch ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.unwrap_or((0, [0; 32])))
}

pub fn insert(connection: &Connection, batch: &Batch) -> Stored<()> {
    connection
        .prepare_cached("INSERT INTO op_batch (seq, ops, codec, payload, hash) VALUES (?, ?, ?, ?, ?)")?
        .execute(params![batch.seq, batch.ops, batch.codec as u8, batch.payload, batch.hash])?;
    Ok(())
}

/// Hash of batch `seq`; zeros for 0, None when the log does not hold it.
pub fn hash_at(connection: &Connection, seq: i64) -> Stored<Option<Hash>> {
    if seq == 0 {
        return Ok(Some([0; 32]));
    }
    let mut statement = connection.prepare_cached("SELECT hash FROM op_batch WHERE seq = ?")?;
    Ok(statement.query_row([seq], |row| row.get(0)).optional()?)
}

/// Calls `each` with the batches numbered above `after`, in order, until it returns false.
pub fn each_after(connection: &Connection, after: i64, mut each: impl FnMut(Batch) -> Stored<bool>) -> Stored<()> {
    let mut statement =
        connection.prepare("SELECT seq, ops, codec, payload, hash FROM op_batch WHERE seq > ? ORDER BY seq")?;
    let mut rows = statement.query([after])?;
    while let Some(row) = rows.next()? {
        let codec = Codec::from_byte(row.get(2)?)
            .ok_or_else(|| StoreError::Internal("操作记录的编码方式不认识，请升级程序".into()))?;
        let batch = Batch { seq: row.get(0)?, ops: row.get(1)?, codec, payload: row.get(3)?, hash: row.get(4)? };
        if !each(batch)? {
            break;
        }
    }
    Ok(())
}

/// The batches from `first` to `last`.
pub fn between(connection: &Connection, first: i64, last: i64) -> Stored<Vec<Batch>> {
    let mut found = Vec::new();
    each_after(connection, first - 1, |batch| {
        let wanted = batch.seq <= last;
        if wanted {
            found.push(batch);
        }
        Ok(wanted)
    })?;
    Ok(found)
}

/// What happened to one record: (group without its other ops, op), oldest first.
pub fn history(connection: &Connection, record: RecordId) -> Stored<Vec<(OpGroup, Op)>> {
    let mut statement = connection.prepare_cached("SELECT seq FROM op_touch WHERE record = ? ORDER BY seq")?;
    let numbers: Vec<i64> = statement.query_map([record], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut found = Vec::new();
    for seq in numbers {
        for batch in between(connection, seq, seq)? {
            let mut group = batch.open()?;
            let ops = std::mem::take(&mut group.ops);
            found.extend(ops.into_iter().filter(|op| op.record == record).map(|op| (group.clone(), op)));
        }
    }
    Ok(found)
}

/// The newest group with an op on the record that is `wanted`, without its ops. Reads back from the newest batch and no
/// further than needed.
pub fn newest(connection: &Connection, record: RecordId, wanted: impl Fn(&Op) -> bool) -> Stored<Option<OpGroup>> {
    let mut statement = connection.prepare_cached("SELECT seq FROM op_touch WHERE record = ? ORDER BY seq DESC")?;
    let mut rows = statement.query([record])?;
    while let Some(row) = rows.next()? {
        let seq = row.get(0)?;
        for batch in between(connection, seq, seq)? {
            let mut group = batch.open()?;
            if std::mem::take(&mut group.ops).iter().any(|op| op.record == record && wanted(op)) {
                return Ok(Some(group));
            }
        }
    }
    Ok(None)
}

/// One group of the log, without its ops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupLine {
    pub last_batch: i64,
    pub at_ms: i64,
    pub actor: String,
    pub label: String,
    /// do, undo or redo.
    pub kind: String,
    pub ops: usize,
    pub undone: bool,
}

/// The newest `limit` groups before batch `before`, newest first.
pub fn groups_before(connection: &Connection, before: i64, limit: usize) -> Stored<Vec<GroupLine>> {
    let mut statement = connection.prepare_cached(
        "SELECT last_batch, at_ms, actor, label, kind, ops, undone FROM op_group
         WHERE last_batch < ? ORDER BY last_batch DESC LIMIT ?",
    )?;
    let rows = statement.query_map(params![before, limit], |row| {
        Ok(GroupLine {
            last_batch: row.get(0)?,
            at_ms: row.get(1)?,
            actor: row.get(2)?,
            label: row.get(3)?,
            kind: row.get(4)?,
            ops: row.get(5)?,
            undone: row.get::<_, i64>(6)? != 0,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
