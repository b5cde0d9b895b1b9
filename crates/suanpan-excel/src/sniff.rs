//! The kind of a file, told by its bytes. Names lie: `.xls` files from supervision platforms are often
//! xlsx or HTML inside. What is no workbook is refused by the name people know it by.

use crate::error::{ErrorKind, ReadError};
use crate::guard::Package;
use memchr::memmem;
use std::fs::File;
use std::io::{Read, Seek};

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    Xlsx,
    Xlsb,
    Ods,
    /// BIFF5 or BIFF8 in a compound file.
    Xls,
    Html,
    /// "XML 电子表格 2003".
    Xml2003,
    Csv,
}

const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
const HEAD: u64 = 16 << 10;
const ODS_TYPE: &[u8] = b"application/vnd.oasis.opendocument.spreadsheet";

/// First bytes → what people call it. Nothing here can be imported.
const REFUSED: &[(&[u8], &str)] = &[
    (b"%PDF", "PDF 文件"),
    (b"\x89PNG", "图片（PNG）"),
    (b"\xff\xd8\xff", "图片（JPEG）"),
    (b"GIF8", "图片（GIF）"),
    (b"BM", "图片（BMP）"),
    (b"II*\0", "图片（TIFF）"),
    (b"MM\0*", "图片（TIFF）"),
    (b"Rar!", "压缩包（RAR）"),
    (b"7z\xbc\xaf", "压缩包（7z）"),
    (b"\x1f\x8b", "压缩包（gzip）"),
    (b"{\\rtf", "写字板文档（RTF）"),
    (b"MZ", "程序文件"),
    (b"\x7fELF", "程序文件"),
    (b"SQLite format 3\0", "数据库文件"),
    (b"MIME-Version:", "单个文件网页（mht）"),
    (b"PK\x05\x06", "空的压缩包"),
    (b"\x09\x00\x04\x00", "Excel 2.0 的旧格式文件"),
    (b"\x09\x02\x06\x00", "Excel 3.0 的旧格式文件"),
    (b"\x09\x04\x06\x00", "Excel 4.0 的旧格式文件"),
];

/// Tells the kind of `file` and rewinds it. Err(Empty | Encrypted | NotAWorkbook | …).
pub fn sniff(file: &mut File) -> Result<FileKind, ReadError> {
    let mut head = Vec::new();
    file.rewind()?;
    file.take(HEAD).read_to_end(&mut head)?;
    file.rewind()?;
    let kind = of_head(&head, file);
    file.rewind()?;
    kind
}

fn of_head(head: &[u8], file: &mut File) -> Result<FileKind, ReadError> {
    if head.is_empty() {
        return Err(ReadError::new(ErrorKind::Empty, ""));
    }
    if head.starts_with(b"PK\x03\x04") {
        return of_zip(file.try_clone()?);
    }
    if head.starts_with(COMPOUND) {
        return of_compound(file);
    }
    // "BM" alone would refuse a csv whose header begins so; a bitmap has zero bytes near the start.
    let refused = REFUSED.iter().find(|(magic, _)| {
        head.starts_with(magic) && (*magic != b"BM" || head.contains(&0)) && (*magic != b"MZ" || head.contains(&0))
    });
    if let Some((_, name)) = refused {
        return Err(not_a_workbook(name));
    }
    of_text(head)
}

fn of_zip(file: File) -> Result<FileKind, ReadError> {
    let mut package = Package::open(file)?;
    if package.has("xl/workbook.bin") {
        return Ok(FileKind::Xlsb);
    }
    if package.small_part("mimetype", 256).ok().flatten().is_some_and(|mime| mime.starts_with(ODS_TYPE)) {
        return Ok(FileKind::Ods);
    }
    if package.has_folder("word/") {
        return Err(not_a_workbook("Word 文档"));
    }
    if package.has_folder("ppt/") {
        return Err(not_a_workbook("演示文稿"));
    }
    if package.has("xl/workbook.xml") || (package.has("[content_types].xml") && package.has("_rels/.rels")) {
        return Ok(FileKind::Xlsx);
    }
    Err(not_a_workbook("普通压缩包（zip），请先解压"))
}

/// Looks through the directory entries of a compound file: 128 bytes each, the name in UTF-16 first and
/// its length in bytes at 64.
fn of_compound(file: &mut File) -> Result<FileKind, ReadError> {
    const NAMES: &[(&str, Result<FileKind, &str>)] = &[
        ("EncryptedPackage", Err("")),
        ("Workbook", Ok(FileKind::Xls)),
        ("Book", Ok(FileKind::Xls)),
        ("WordDocument", Err("Word 文档")),
        ("PowerPoint Document", Err("演示文稿")),
    ];
    let mut seen = [false; 5];
    let mut block = vec![0u8; 1 << 20];
    loop {
        let got = read_full(file, &mut block)?;
        for entry in block[..got].chunks_exact(128) {
            let length = u16::from_le_bytes([entry[64], entry[65]]) as usize;
            for (place, (name, _)) in NAMES.iter().enumerate() {
                let matches = length == (name.len() + 1) * 2
                    && name.bytes().enumerate().all(|(at, byte)| entry[at * 2] == byte && entry[at * 2 + 1] == 0);
                seen[place] |= matches;
            }
        }
        if got < block.len() {
            break;
        }
    }
    match NAMES.iter().zip(seen).find(|(_, seen)| *seen) {
        Some(((_, Ok(kind)), _)) => Ok(*kind),
        Some((("EncryptedPackage", _), _)) => Err(ReadError::new(ErrorKind::Encrypted, "")),
        Some(((_, Err(name)), _)) => Err(not_a_workbook(name)),
        None => Err(not_a_workbook("其他 Office 97 格式的文件")),
    }
}

fn read_full(file: &mut File, block: &mut [u8]) -> Result<usize, ReadError> {
    let mut got = 0;
    while got < block.len() {
        match file.read(&mut block[got..])? {
            0 => break,
            more => got += more,
        }
    }
    Ok(got)
}

fn of_text(head: &[u8]) -> Result<FileKind, ReadError> {
    if head.starts_with(b"\xff\xfe")
        || head.starts_with(b"\xfe\xff")
        || crate::read::encoding::looks_utf16(head).is_some()
    {
        return Ok(FileKind::Csv);
    }
    if head.iter().any(|byte| *byte < 0x09 || (0x0e..0x1b).contains(byte)) {
        return Err(not_a_workbook("无法识别的二进制文件"));
    }
    let lower = head.to_ascii_lowercase();
    let start = lower.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&lower).trim_ascii_start();
    if !start.starts_with(b"<") {
        return Ok(FileKind::Csv);
    }
    if memmem::find(start, b"urn:schemas-microsoft-com:office:spreadsheet").is_some() {
        return Ok(FileKind::Xml2003);
    }
    let html = [&b"<table"[..], b"<html", b"<!doctype html", b"<body"];
    if html.iter().any(|tag| memmem::find(start, tag).is_some()) {
        return Ok(FileKind::Html);
    }
    // An xml whose document type declares entities is named for what it is.
    if memmem::find(start, b"<!doctype").is_some() {
        return Err(ReadError::new(ErrorKind::ExternalEntity, "<!DOCTYPE>"));
    }
    Err(not_a_workbook("XML 文件"))
}

fn not_a_workbook(name: &str) -> ReadError {
    ReadError::new(ErrorKind::NotAWorkbook, name)
}
