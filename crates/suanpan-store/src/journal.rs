//! The second copy of the log, in a plain append-only file beside the book. It is written after the
//! book's own commit and before the person is told "saved", so it never holds more than was
//! acknowledged. Started anew with each verified backup (the one before is kept), so that newest backup
//! + journals = everything.
//!
//! This module is the file itself: [`read`], [`Journal::append`]. What opening does when a book and its
//! journal disagree is in `mend`.
//!
//! Format: a head (magic, id of the book, number and hash of the batch before the first) and frames,
//! each chained to the one before by its hash. Not one byte is outside these checks.

use crate::{
    error::{StoreError, Stored},
    lock::beside,
    log::{Batch, Codec, Hash},
};
use std::{
    fs::{File, OpenOptions},
    io::{BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};
use uuid::Uuid;

const MAGIC: &[u8; 8] = b"SUANOPS1";
/// magic, book id 16, seq i64, hash 32, then 8 bytes of the hash of all that.
const HEAD_BYTES: usize = 8 + 16 + 8 + 32 + 8;
/// length u32, seq i64, ops u32, codec u8, hash 32.
const FRAME_HEAD_BYTES: usize = 4 + 8 + 4 + 1 + 32;
const MAX_FRAME_BYTES: u32 = 256 << 20;

pub fn path_of(book: &Path) -> PathBuf {
    beside(book, "ops")
}

/// The journal before the last backup.
pub fn previous_path_of(book: &Path) -> PathBuf {
    beside(book, "ops.1")
}

/// The open journal of a book, positioned at its end.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    book_id: Uuid,
    /// Length of its whole frames: what an append that failed half-way is cut back to.
    end: u64,
    /// Number of the newest batch it holds, or of the batch before its first.
    pub last: i64,
    pub last_hash: Hash,
}

/// What stands in a journal file.
#[derive(Debug)]
pub struct Contents {
    pub book_id: Uuid,
    /// The batch before the first frame.
    pub base: (i64, Hash),
    /// The newest whole, chained frame; the base when there is none.
    pub last: (i64, Hash),
    /// The whole, chained frames numbered above the asked one.
    pub batches: Vec<Batch>,
    /// Hash of the asked batch, when it is the base or a frame.
    pub hash_there: Option<Hash>,
    pub good_until: u64,
    pub length: u64,
}

impl Contents {
    /// Does anything follow the whole frames: a torn end, or damage?
    pub fn is_cut(&self) -> bool {
        self.good_until < self.length
    }
}

impl Journal {
    /// Begins a journal after batch `base`. The file appears whole or not at all.
    pub fn start(book: &Path, book_id: Uuid, base: (i64, Hash)) -> Stored<Self> {
        let path = path_of(book);
        let new = write_new(book, book_id, base)?;
        std::fs::rename(&new, &path).map_err(|error| failed(&path, &error))?;
        sync_folder(&path);
        Self::at(book, book_id, HEAD_BYTES as u64, base)
    }

    /// Goes on after the whole frames of `contents`; what follows them is cut off.
    pub fn resume(book: &Path, contents: &Contents) -> Stored<Self> {
        Self::at(book, contents.book_id, contents.good_until, contents.last)
    }

    fn at(book: &Path, book_id: Uuid, end: u64, (last, last_hash): (i64, Hash)) -> Stored<Self> {
        let path = path_of(book);
        let file = OpenOptions::new().read(true).write(true).open(&path).map_err(|error| failed(&path, &error))?;
        let mut journal = Self { file, path, book_id, end, last, last_hash };
        journal.cut_back().map_err(|error| failed(&journal.path, &error))?;
        Ok(journal)
    }

    /// Appends and syncs. On an error nothing is appended: the journal is behind its book, which the next
    /// append or opening mends.
    pub fn append(&mut self, batches: &[Batch]) -> Stored<()> {
        let mut bytes = Vec::new();
        for batch in batches {
            let length =
                u32::try_from(batch.payload.len()).map_err(|_| StoreError::Internal("一批操作记录超过 4 GB".into()))?;
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(&batch.seq.to_le_bytes());
            bytes.extend_from_slice(&(batch.ops as u32).to_le_bytes());
            bytes.push(batch.codec as u8);
            bytes.extend_from_slice(&batch.hash);
            bytes.extend_from_slice(&batch.payload);
        }
        let written = self.cut_back().and_then(|()| self.file.write_all(&bytes)).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // Half a frame may stay: it is cut off now, before the next append, or at the next opening.
            let _ = self.cut_back();
            return Err(failed(&self.path, &error));
        }
        self.end += bytes.len() as u64;
        if let Some(batch) = batches.last() {
            (self.last, self.last_hash) = (batch.seq, batch.hash);
        }
        Ok(())
    }

    /// After a verified backup that holds everything up to `head`: keeps the old file as the previous
    /// one and starts anew.
    pub fn rotate(&mut self, book: &Path, head: (i64, Hash)) -> Stored<()> {
        let new = write_new(book, self.book_id, head)?;
        let renamed =
            std::fs::rename(&self.path, previous_path_of(book)).and_then(|()| std::fs::rename(&new, &self.path));
        renamed.map_err(|error| failed(&self.path, &error))?;
        sync_folder(&self.path);
        *self = Self::at(book, self.book_id, HEAD_BYTES as u64, head)?;
        Ok(())
    }

    /// Puts the pen behind the last whole frame.
    fn cut_back(&mut self) -> std::io::Result<()> {
        if self.file.metadata()?.len() != self.end {
            self.file.set_len(self.end)?;
        }
        self.file.seek(SeekFrom::Start(self.end)).map(|_| ())
    }
}

/// A program that was killed between the two renames of [`Journal::rotate`] left the new journal under its first name.
pub(crate) fn finish_rotation(book: &Path, book_id: Uuid) {
    let (new, path) = (beside(book, "ops.new"), path_of(book));
    if !path.exists() && read(&new, 0).is_ok_and(|contents| contents.book_id == book_id) {
        let _ = std::fs::rename(&new, &path);
        sync_folder(&path);
    }
}

/// A journal without frames, whole and synced, under a name of its own.
fn write_new(book: &Path, book_id: Uuid, base: (i64, Hash)) -> Stored<PathBuf> {
    let new = beside(book, "ops.new");
    let mut head = MAGIC.to_vec();
    head.extend_from_slice(book_id.as_bytes());
    head.extend_from_slice(&base.0.to_le_bytes());
    head.extend_from_slice(&base.1);
    let seal = head_seal(&head);
    head.extend_from_slice(&seal);
    let written = File::create(&new).and_then(|mut file| file.write_all(&head).and_then(|()| file.sync_all()));
    if let Err(error) = written {
        let _ = std::fs::remove_file(&new);
        return Err(failed(&new, &error));
    }
    Ok(new)
}

fn head_seal(head: &[u8]) -> [u8; 8] {
    array(&blake3::hash(head).as_bytes()[..8])
}

/// Reads a journal; payloads are kept for frames numbered above `above`. Err when its head is not whole.
pub fn read(path: &Path, above: i64) -> std::io::Result<Contents> {
    let mut file = BufReader::with_capacity(1 << 16, File::open(path)?);
    let length = file.get_ref().metadata()?.len();
    let mut head = [0_u8; HEAD_BYTES];
    file.read_exact(&mut head)?;
    if &head[..8] != MAGIC || head[64..] != head_seal(&head[..64]) {
        return Err(std::io::Error::other("not a journal"));
    }
    let base = (i64::from_le_bytes(array(&head[24..32])), array(&head[32..64]));
    let mut contents = Contents {
        book_id: Uuid::from_bytes(array(&head[8..24])),
        base,
        last: base,
        batches: Vec::new(),
        hash_there: (base.0 == above).then_some(base.1),
        good_until: HEAD_BYTES as u64,
        length,
    };
    while let Some(batch) = read_frame(&mut file) {
        let (seq, hash) = contents.last;
        if batch.seq != seq.wrapping_add(1) || !batch.follows(&hash) {
            break;
        }
        contents.good_until += (FRAME_HEAD_BYTES + batch.payload.len()) as u64;
        contents.last = (batch.seq, batch.hash);
        if batch.seq == above {
            contents.hash_there = Some(batch.hash);
        }
        if batch.seq > above {
            contents.batches.push(batch);
        }
    }
    Ok(contents)
}

/// Every frame that can be parsed, whole or not, chained or not: for recovery, which checks each against
/// the one before, wherever that comes from.
pub fn read_loosely(path: &Path) -> Vec<Batch> {
    let Ok(file) = File::open(path) else { return Vec::new() };
    let mut file = BufReader::with_capacity(1 << 16, file);
    let mut head = [0_u8; HEAD_BYTES];
    if file.read_exact(&mut head).is_err() {
        return Vec::new();
    }
    std::iter::from_fn(|| read_frame(&mut file)).collect()
}

fn read_frame(file: &mut impl Read) -> Option<Batch> {
    let mut head = [0_u8; FRAME_HEAD_BYTES];
    file.read_exact(&mut head).ok()?;
    let length = u32::from_le_bytes(array(&head[..4]));
    if length > MAX_FRAME_BYTES {
        return None;
    }
    let mut payload = Vec::new();
    file.by_ref().take(u64::from(length)).read_to_end(&mut payload).ok()?;
    if payload.len() != length as usize {
        return None;
    }
    Some(Batch {
        seq: i64::from_le_bytes(array(&head[4..12])),
        ops: u32::from_le_bytes(array(&head[12..16])) as usize,
        codec: Codec::from_byte(head[16])?,
        hash: array(&head[17..49]),
        payload,
    })
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().expect("the caller slices exactly N bytes")
}

/// Makes a created or renamed file's directory entry durable where the system can.
pub fn sync_folder(path: &Path) {
    if let Some(folder) = path.parent()
        && let Ok(folder) = File::open(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
    {
        let _ = folder.sync_all();
    }
}

fn failed(path: &Path, error: &std::io::Error) -> StoreError {
    StoreError::io(format!("写操作日志“{}”", path.display()), error)
}
