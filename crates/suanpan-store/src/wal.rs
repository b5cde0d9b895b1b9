//! Looks at SQLite's write-ahead log before SQLite does. Its checksums stop at the first frame that is
//! not whole, silently: right for the torn end that a power cut leaves, wrong for a log that was damaged
//! in the middle, exchanged or taken away. This says when the log is not as a program leaves it; then
//! the whole book is verified before a figure is shown. Nothing is changed here.
//! File format: <https://sqlite.org/fileformat2.html#the_write_ahead_log>.

use crate::lock::{LastClose, wal_path};
use std::{
    collections::HashSet,
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
    path::Path,
};

const PAGE_BYTES: u64 = 4096;
const HEADER_BYTES: usize = 32;
const FRAME_HEAD_BYTES: usize = 24;
/// SQLite never uses the page that holds byte 2^30.
const LOCK_PAGE: u64 = (1 << 30) / PAGE_BYTES + 1;

/// Why SQLite's own recovery cannot be trusted here, for people; None when all is as it should be.
pub fn doubt(book: &Path, last_close: LastClose) -> std::io::Result<Option<String>> {
    let file_bytes = std::fs::metadata(book)?.len();
    let half_page = || (!file_bytes.is_multiple_of(PAGE_BYTES)).then(|| "文件长度不是整页".to_owned());
    let wal = wal_path(book);
    if !wal.exists() {
        let gone = last_close == LastClose::LeftOpen;
        return Ok(half_page().or_else(|| gone.then(|| "上次没有正常关闭，而预写日志（-wal）不见了".into())));
    }
    let found = read(&wal)?;
    Ok(match found {
        Found::Empty => half_page(),
        Found::Unreadable => Some("预写日志（-wal）开头已损坏".into()),
        Found::Frames(_) if last_close == LastClose::Clean => {
            Some("上次已正常关闭，旁边却有一份预写日志（-wal），可能来自别处".into())
        }
        Found::Frames(frames) if frames.broken_inside => Some("预写日志（-wal）中间已损坏".into()),
        Found::Frames(frames) if !frames.completes(file_bytes / PAGE_BYTES) => {
            Some("文件被截短，预写日志（-wal）也补不齐".into())
        }
        Found::Frames(_) => None,
    })
}

/// Pages whose newest content is in the log. The file may hold nothing yet where they belong.
pub fn pages(book: &Path) -> HashSet<u64> {
    match read(&wal_path(book)) {
        Ok(Found::Frames(frames)) => frames.pages,
        _ => HashSet::new(),
    }
}

/// Has nothing been written yet where page `number` belongs?
pub fn is_hole(book: &Path, number: u64) -> bool {
    let mut page = vec![0; PAGE_BYTES as usize];
    let read = File::open(book).and_then(|mut file| {
        file.seek(SeekFrom::Start((number - 1) * PAGE_BYTES))?;
        file.read_exact(&mut page)
    });
    read.is_ok() && page.iter().all(|byte| *byte == 0)
}

enum Found {
    /// Nothing was committed in it.
    Empty,
    Unreadable,
    Frames(Frames),
}

#[derive(Default)]
struct Frames {
    /// Pages of the whole frames up to the last commit.
    pages: HashSet<u64>,
    /// Pages that the file has after the last commit; 0 = no commit.
    file_pages: u64,
    /// After the first frame that is not whole stand more frames of the same round.
    broken_inside: bool,
}

impl Frames {
    fn completes(&self, pages_in_file: u64) -> bool {
        (pages_in_file + 1..=self.file_pages).all(|page| page == LOCK_PAGE || self.pages.contains(&page))
    }
}

fn read(wal: &Path) -> std::io::Result<Found> {
    let mut file = BufReader::with_capacity(1 << 16, File::open(wal)?);
    let mut header = [0; HEADER_BYTES];
    let length = file.get_ref().metadata()?.len();
    if length <= HEADER_BYTES as u64 {
        return Ok(Found::Empty);
    }
    file.read_exact(&mut header)?;
    let magic = word(&header[..4]);
    let big_endian = match magic {
        0x377f_0682 => false,
        0x377f_0683 => true,
        _ => return Ok(Found::Unreadable),
    };
    let mut sum = checksum((0, 0), &header[..24], big_endian);
    if sum != (word(&header[24..28]), word(&header[28..])) || u64::from(word(&header[8..12])) != PAGE_BYTES {
        return Ok(Found::Unreadable);
    }
    let mut found = Frames::default();
    let mut since_commit = Vec::new();
    let mut whole = true;
    let mut frame = vec![0; FRAME_HEAD_BYTES + PAGE_BYTES as usize];
    while file.read_exact(&mut frame).is_ok() {
        let same_round = frame[8..16] == header[16..24];
        if !whole {
            found.broken_inside |= same_round;
            continue;
        }
        sum = checksum(checksum(sum, &frame[..8], big_endian), &frame[FRAME_HEAD_BYTES..], big_endian);
        whole = same_round && sum == (word(&frame[16..20]), word(&frame[20..24]));
        if !whole {
            continue;
        }
        since_commit.push(u64::from(word(&frame[..4])));
        let commit_pages = u64::from(word(&frame[4..8]));
        if commit_pages > 0 {
            found.pages.extend(since_commit.drain(..));
            found.file_pages = commit_pages;
        }
    }
    Ok(Found::Frames(found))
}

fn word(bytes: &[u8]) -> u32 {
    u32::from_be_bytes(bytes.try_into().expect("the caller slices four bytes"))
}

fn checksum((mut a, mut b): (u32, u32), data: &[u8], big_endian: bool) -> (u32, u32) {
    let read = |bytes: &[u8]| {
        let bytes = bytes.try_into().expect("slices of four bytes");
        if big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    };
    for pair in data.chunks_exact(8) {
        a = a.wrapping_add(read(&pair[..4])).wrapping_add(b);
        b = b.wrapping_add(read(&pair[4..])).wrapping_add(a);
    }
    (a, b)
}
