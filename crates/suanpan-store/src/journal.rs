//! The second copy of the log, in a plain append-only file beside the book. It is written after the
//! book's own commit and before the person is told "saved", so it never holds more than was
//! acknowledged; a book that turns out to be behind its journal has lost something and is replayed
//! forward, a journal that is behind its book is completed. Started anew with each verified backup
//! (the one before is kept), so that newest backup + journals = everything.

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

const MAGIC: &[u8; 8] = b"SUANOPS1";
/// length u32, seq i64, ops u32, codec u8, hash 32.
const FRAME_HEAD: usize = 4 + 8 + 4 + 1 + 32;
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
    /// Number of the newest batch it holds, or of the batch before its first.
    pub last: i64,
    pub last_hash: Hash,
}

impl Journal {
    /// Opens or creates the journal. A frame torn by a power cut at the end is cut off; what stands
    /// before it is whole, because every frame is chained to the one before.
    pub fn open(book: &Path, head: (i64, Hash)) -> Stored<Self> {
        let path = path_of(book);
        if !path.exists() {
            return Self::start(path, head);
        }
        let mut file = OpenOptions::new().read(true).write(true).open(&path).map_err(|error| failed(&path, &error))?;
        let Ok((base, batches, good_until)) = read_file(&path) else {
            // Not even its first 48 bytes are whole: keep the bytes, begin again from the book's head.
            let aside = beside(book, "ops.damaged");
            std::fs::rename(&path, &aside).map_err(|error| failed(&path, &error))?;
            return Self::start(path, head);
        };
        file.set_len(good_until).map_err(|error| failed(&path, &error))?;
        file.seek(SeekFrom::End(0)).map_err(|error| failed(&path, &error))?;
        let (last, last_hash) = batches.last().map_or(base, |batch| (batch.seq, batch.hash));
        Ok(Self { file, path, last, last_hash })
    }

    fn start(path: PathBuf, (seq, hash): (i64, Hash)) -> Stored<Self> {
        let mut file = File::create(&path).map_err(|error| failed(&path, &error))?;
        let mut head = MAGIC.to_vec();
        head.extend_from_slice(&seq.to_le_bytes());
        head.extend_from_slice(&hash);
        file.write_all(&head).and_then(|()| file.sync_all()).map_err(|error| failed(&path, &error))?;
        sync_folder(&path);
        Ok(Self { file, path, last: seq, last_hash: hash })
    }

    /// Appends and syncs. On an error the journal is behind its book, which the next opening mends.
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
        let written = self.file.write_all(&bytes).and_then(|()| self.file.sync_data());
        written.map_err(|error| failed(&self.path, &error))?;
        if let Some(batch) = batches.last() {
            (self.last, self.last_hash) = (batch.seq, batch.hash);
        }
        Ok(())
    }

    /// After a verified backup that holds everything up to `head`: keeps the old file as the previous
    /// one and starts anew.
    pub fn rotate(&mut self, book: &Path, head: (i64, Hash)) -> Stored<()> {
        std::fs::rename(&self.path, previous_path_of(book)).map_err(|error| failed(&self.path, &error))?;
        *self = Self::start(self.path.clone(), head)?;
        Ok(())
    }
}

/// Batches of both journals of `book` above `after`, as far as they chain on from `after_hash`.
pub fn batches_after(book: &Path, after: i64, after_hash: &Hash) -> Vec<Batch> {
    let mut chained = Vec::new();
    let (mut seq, mut hash) = (after, *after_hash);
    for path in [previous_path_of(book), path_of(book)] {
        let Ok((_, batches, _)) = read_file(&path) else { continue };
        for batch in batches {
            if batch.seq == seq + 1 && batch.follows(&hash) {
                (seq, hash) = (batch.seq, batch.hash);
                chained.push(batch);
            }
        }
    }
    chained
}

/// (seq and hash before the first frame, whole frames, length of the whole part).
fn read_file(path: &Path) -> std::io::Result<((i64, Hash), Vec<Batch>, u64)> {
    let mut file = BufReader::new(File::open(path)?);
    let mut head = [0_u8; 48];
    file.read_exact(&mut head)?;
    if &head[..8] != MAGIC {
        return Err(std::io::Error::other("not a journal"));
    }
    let base = (i64::from_le_bytes(array(&head[8..16])), array(&head[16..48]));
    let (mut batches, mut good_until) = (Vec::<Batch>::new(), head.len() as u64);
    while let Some(batch) = read_frame(&mut file) {
        let (seq, hash) = batches.last().map_or(base, |last| (last.seq, last.hash));
        if batch.seq != seq + 1 || !batch.follows(&hash) {
            break;
        }
        good_until += (FRAME_HEAD + batch.payload.len()) as u64;
        batches.push(batch);
    }
    Ok((base, batches, good_until))
}

fn read_frame(file: &mut impl Read) -> Option<Batch> {
    let mut head = [0_u8; FRAME_HEAD];
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
