//! What is checked of a zip before and while anything inside is read: number of parts, their names,
//! claimed and real sizes, compression ratio. The readers get parts only through [`Package`], so no
//! limit can be forgotten. Tokens and texts are limited in [`crate::markup`], memory and time by the
//! [cage](crate::cage).

use crate::error::{ErrorKind, ReadError};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use zip::ZipArchive;
use zip::result::ZipError;

/// A county's largest workbook has about 60 parts.
pub const MAX_PARTS: usize = 2_000;
/// Inflated bytes of all parts together. A full sheet of 1,048,576 × 20 takes about 0.8 GB.
pub const MAX_INFLATED: u64 = 2 << 30;
/// Sheets of one repeated row reach 60 : 1; deflate's most is 1,032 : 1.
pub const MAX_RATIO: u64 = 200;
/// Below this size a high ratio harms nobody.
const RATIO_FREE: u64 = 32 << 20;

/// A zip whose parts can be read safely.
pub struct Package {
    zip: ZipArchive<BufReader<File>>,
    /// Lower-case name with forward slashes → index.
    places: HashMap<String, usize>,
}

impl Package {
    /// Checks the directory of the zip. Err(TooManyParts | UnsafeName | TooLarge | Bomb | Damaged).
    pub fn open(mut file: File) -> Result<Self, ReadError> {
        let claimed = claimed_parts(&mut file)?;
        if claimed > MAX_PARTS {
            return Err(ReadError::new(ErrorKind::TooManyParts, format!("{claimed} 个")));
        }
        file.rewind()?;
        let mut zip = ZipArchive::new(BufReader::with_capacity(64 << 10, file)).map_err(zip_error)?;
        let places = check_directory(&mut zip)?;
        Ok(Self { zip, places })
    }

    pub fn has(&self, name: &str) -> bool {
        self.places.contains_key(&normal_name(name))
    }

    /// Does any part's name begin so?
    pub fn has_folder(&self, prefix: &str) -> bool {
        self.places.keys().any(|name| name.starts_with(prefix))
    }

    /// Part `name` as a stream, or None when there is none. Reading stops with an error at one byte
    /// more than the directory promised.
    pub fn part(&mut self, name: &str) -> Result<Option<impl Read + '_>, ReadError> {
        let Some(&place) = self.places.get(&normal_name(name)) else { return Ok(None) };
        let part = self.zip.by_index(place).map_err(zip_error)?;
        let left = part.size();
        Ok(Some(Limited { part, left }))
    }

    /// A small part whole. Err(TooLarge) past `limit` bytes.
    pub fn small_part(&mut self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, ReadError> {
        let Some(part) = self.part(name)? else { return Ok(None) };
        let mut bytes = Vec::new();
        part.take(limit + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(ReadError::new(ErrorKind::TooLarge, format!("部件 {name}")));
        }
        Ok(Some(bytes))
    }
}

fn normal_name(name: &str) -> String {
    name.trim_start_matches('/').replace('\\', "/").to_ascii_lowercase()
}

fn check_directory(zip: &mut ZipArchive<BufReader<File>>) -> Result<HashMap<String, usize>, ReadError> {
    if zip.len() > MAX_PARTS {
        return Err(ReadError::new(ErrorKind::TooManyParts, format!("{} 个", zip.len())));
    }
    let mut places = HashMap::with_capacity(zip.len());
    let mut total = 0u64;
    for place in 0..zip.len() {
        let part = zip.by_index_raw(place).map_err(zip_error)?;
        let name = String::from_utf8_lossy(part.name_raw()).into_owned();
        check_name(&name)?;
        if part.encrypted() {
            return Err(ReadError::new(ErrorKind::Encrypted, name));
        }
        let (size, packed) = (part.size(), part.compressed_size().max(1));
        if size > RATIO_FREE && size / packed > MAX_RATIO {
            return Err(ReadError::new(
                ErrorKind::Bomb,
                format!("{name} 解压后 {} MB，为压缩前的 {} 倍", size >> 20, size / packed),
            ));
        }
        total = total.saturating_add(size);
        if total > MAX_INFLATED {
            return Err(ReadError::new(ErrorKind::TooLarge, format!("解压后超过 {} MB", MAX_INFLATED >> 20)));
        }
        places.insert(normal_name(&name), place);
    }
    Ok(places)
}

/// Names are only ever compared, never used as paths; one that climbs is no workbook's all the same.
fn check_name(name: &str) -> Result<(), ReadError> {
    let climbs = name.split(['/', '\\']).any(|step| step == "..");
    let drive = name.as_bytes().get(1) == Some(&b':');
    if climbs || drive || name.contains('\0') {
        let shown: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
        return Err(ReadError::new(ErrorKind::UnsafeName, shown));
    }
    Ok(())
}

/// Number of parts that the end of the zip claims, so that an absurd directory is not even parsed.
fn claimed_parts(file: &mut File) -> Result<usize, ReadError> {
    let size = file.seek(SeekFrom::End(0))?;
    let tail = size.min(22 + 65_535);
    file.seek(SeekFrom::Start(size - tail))?;
    let mut bytes = Vec::with_capacity(tail as usize);
    file.take(tail).read_to_end(&mut bytes)?;
    let end = memchr::memmem::rfind(&bytes, b"PK\x05\x06").filter(|at| at + 22 <= bytes.len());
    let end = end.ok_or_else(|| ReadError::damaged("压缩包的目录缺失，可能没有下载完整"))?;
    Ok(u16::from_le_bytes([bytes[end + 10], bytes[end + 11]]) as usize)
}

fn zip_error(error: ZipError) -> ReadError {
    match error {
        ZipError::Io(error) => error.into(),
        other => ReadError::damaged(other),
    }
}

/// Never gives more bytes than the directory promised.
struct Limited<R> {
    part: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let got = self.part.read(buf)?;
        if got as u64 > self.left {
            return Err(io::Error::other(ReadError::new(ErrorKind::Bomb, "解压后的内容比目录声明的多")));
        }
        self.left -= got as u64;
        Ok(got)
    }
}
