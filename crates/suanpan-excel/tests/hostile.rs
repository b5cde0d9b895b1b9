//! Files made to hurt are refused by name, within the cage's limits, and the parent lives on. Where a
//! test says that a file is refused, the child has at most 300 MB and 5 seconds: see the first test.

mod support;

use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::Ordering;
use std::time::Duration;
use suanpan_excel::cell::Cell;
use suanpan_excel::{ErrorKind, ReadError, Workbook, cage};
use support::{Desk, MAIN, RawBook, caged, cells, fixture, read};

fn refused(bytes: &[u8]) -> ErrorKind {
    let error = Desk::new().read(bytes).expect_err("refused");
    assert!(error.to_string().chars().any(|c| ('一'..='龥').contains(&c)), "{error}");
    error.kind
}

fn refused_book(book: &RawBook) -> ErrorKind {
    refused(&book.zip())
}

#[test]
fn the_cage_allows_300_megabytes_and_5_or_20_seconds() {
    let limits = cage::Limits::default();
    assert_eq!(limits.memory_bytes, 300 << 20);
    assert_eq!((limits.small_time, limits.full_time), (Duration::from_secs(5), Duration::from_secs(20)));
    assert_eq!(caged().limits, limits, "the tests below run under the limits of the product");
}

#[test]
fn what_is_no_workbook_is_refused_by_its_name() {
    let cases: [(&[u8], &str); 10] = [
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n....", "PNG"),
        (b"\xff\xd8\xff\xe0....", "JPEG"),
        (b"Rar!\x1a\x07....", "RAR"),
        (b"{\\rtf1 ...}", "RTF"),
        (b"\x7fELF\x02\x01\x01....", "程序"),
        (b"\x00\x01\x02\x03\x04", "二进制"),
        (b"<?xml version='1.0'?><note/>", "XML"),
        (b"MIME-Version: 1.0\r\n", "mht"),
        (b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "空的压缩包"),
    ];
    for (bytes, name) in cases {
        let error = Desk::new().read(bytes).expect_err(name);
        assert!(error.kind == ErrorKind::NotAWorkbook && error.to_string().contains(name), "{error}");
    }
    assert_eq!(refused(b""), ErrorKind::Empty);
    let zip = RawBook { parts: vec![("readme.txt".into(), b"hello".to_vec())] };
    assert_eq!(refused_book(&zip), ErrorKind::NotAWorkbook);
    let word = RawBook {
        parts: vec![
            ("[Content_Types].xml".into(), b"<Types/>".to_vec()),
            ("word/document.xml".into(), b"<x/>".to_vec()),
        ],
    };
    assert!(Desk::new().read(&word.zip()).expect_err("refused").to_string().contains("Word"));
    assert_eq!(read(&Desk::new().path("missing.xlsx")).err().map(|error| error.kind), Some(ErrorKind::Io));
}

#[test]
fn an_encrypted_workbook_asks_for_the_password_to_be_taken_off() {
    let error = read(&fixture("encrypted.xlsx")).expect_err("refused");
    assert_eq!(error.kind, ErrorKind::Encrypted);
    assert!(error.to_string().contains("取消密码"), "{error}");
}

#[test]
fn a_truncated_workbook_is_refused_at_every_length() {
    for name in ["libreoffice.xlsx", "plain.ods", "plain.xlsb"] {
        let whole = std::fs::read(fixture(name)).expect("committed");
        for part in 1..8 {
            let kind = refused(&whole[..whole.len() * part / 8]);
            assert_eq!(kind, ErrorKind::Damaged, "{name} cut at {part}/8");
        }
    }
}

#[test]
fn a_zip_bomb_is_refused_before_it_unpacks() {
    let rows = vec![b' '; 64 << 20];
    assert_eq!(refused_book(&RawBook::new("").part("xl/worksheets/sheet1.xml", rows)), ErrorKind::Bomb);
}

#[test]
fn a_zip_that_lies_about_its_sizes_is_refused_while_it_unpacks() {
    let rows = "<row><c><v>1</v></c></row>".repeat(100_000);
    let bytes = RawBook::new(&rows).zip();
    let size = (format!("<worksheet xmlns=\"{MAIN}\"><sheetData></sheetData></worksheet>").len() + rows.len()) as u32;
    let mut lying = bytes.clone();
    let places: Vec<usize> = (0..bytes.len() - 4).filter(|at| bytes[*at..*at + 4] == size.to_le_bytes()).collect();
    assert!(!places.is_empty());
    for at in places {
        lying[at..at + 4].copy_from_slice(&1_000u32.to_le_bytes());
    }
    let kind = refused(&lying);
    assert!(matches!(kind, ErrorKind::Bomb | ErrorKind::Damaged), "{kind:?}");
}

#[test]
fn a_gigabyte_string_is_refused_by_size_and_a_megabyte_one_by_length() {
    // Text that does not pack well stays under the ratio limit and must be stopped by its length.
    let mut long = String::new();
    let mut state = 1u32;
    while long.len() < 8 << 20 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        long.push(char::from(b'a' + (state >> 27) as u8 % 26));
    }
    let sheet = format!("<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>{long}</t></is></c></row>");
    assert_eq!(refused_book(&RawBook::new(&sheet)), ErrorKind::TextTooLong);
    let shared = format!("<sst xmlns=\"{MAIN}\"><si><t>{long}</t></si></sst>");
    assert_eq!(refused_book(&RawBook::new("").part("xl/sharedStrings.xml", shared)), ErrorKind::TextTooLong);
    assert_eq!(refused(format!("a,b\n\"{long}").as_bytes()), ErrorKind::TextTooLong);
    let packed = format!("<sst><si><t>{}</t></si></sst>", "x".repeat(64 << 20));
    assert_eq!(refused_book(&RawBook::new("").part("xl/sharedStrings.xml", packed)), ErrorKind::Bomb);
}

#[test]
fn four_billion_shared_strings_are_refused_and_a_small_miscount_is_not() {
    let shared = |count: u64| {
        format!("<sst xmlns=\"{MAIN}\" count=\"{count}\" uniqueCount=\"{count}\"><si><t>甲</t></si></sst>")
    };
    let rows = "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row>";
    for count in [4_294_967_295, u64::MAX] {
        assert_eq!(
            refused_book(&RawBook::new(rows).part("xl/sharedStrings.xml", shared(count))),
            ErrorKind::BadSharedStrings
        );
    }
    let book =
        Desk::new().read(&RawBook::new(rows).part("xl/sharedStrings.xml", shared(70_000)).zip()).expect("readable");
    assert_eq!(cells(&book, 0, 0), [Cell::Text("甲".into())]);
    assert_eq!(
        refused_book(
            &RawBook::new("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>9</v></c></row>")
                .part("xl/sharedStrings.xml", shared(1))
        ),
        ErrorKind::BadSharedStrings
    );
}

#[test]
fn fifty_thousand_entries_are_refused() {
    let parts = (0..50_000).map(|number| (format!("xl/media/{number}"), Vec::new())).collect();
    assert_eq!(refused_book(&RawBook { parts }), ErrorKind::TooManyParts);
}

#[test]
fn names_that_climb_out_of_the_zip_are_refused() {
    for name in ["../../etc/passwd", "xl\\..\\..\\x", "C:\\windows\\x"] {
        assert_eq!(refused_book(&RawBook::new("").part(name, "x")), ErrorKind::UnsafeName, "{name}");
    }
}

#[test]
fn external_entities_are_refused_in_every_part() {
    let hostile = |root: &str| {
        format!(
            "<?xml version=\"1.0\"?><!DOCTYPE {root} [<!ENTITY x SYSTEM \"file:///etc/passwd\"><!ENTITY y \"&x;&x;\">]><{root}>&x;</{root}>"
        )
    };
    for (part, root) in [
        ("xl/workbook.xml", "workbook"),
        ("xl/worksheets/sheet1.xml", "worksheet"),
        ("xl/sharedStrings.xml", "sst"),
        ("xl/styles.xml", "styleSheet"),
        ("_rels/.rels", "Relationships"),
    ] {
        assert_eq!(refused_book(&RawBook::new("").part(part, hostile(root))), ErrorKind::ExternalEntity, "{part}");
    }
    let ods = RawBook {
        parts: vec![
            ("mimetype".into(), b"application/vnd.oasis.opendocument.spreadsheet".to_vec()),
            ("content.xml".into(), hostile("x").into_bytes()),
        ],
    };
    assert_eq!(refused_book(&ods), ErrorKind::ExternalEntity);
    let xml =
        hostile("Workbook").replace("<Workbook>", "<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">");
    assert_eq!(refused(xml.as_bytes()), ErrorKind::ExternalEntity);
}

#[test]
fn an_absurd_dimension_is_not_believed_and_cells_past_the_sheet_are_refused() {
    let sheet = format!(
        "<worksheet xmlns=\"{MAIN}\"><dimension ref=\"A1:XFD1048576\"/><sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"1048576\"><c r=\"XFD1048576\"><v>2</v></c></row></sheetData></worksheet>"
    );
    let book = Desk::new().read(&RawBook::with_sheet(&sheet).zip()).expect("two cells");
    assert_eq!((book.sheets[0].rows, book.sheets[0].height, book.sheets[0].width), (2, 1_048_576, 16_384));
    for row in [
        "<row r=\"1\"><c r=\"XFE1\"><v>1</v></c></row>",
        "<row r=\"1048577\"/>",
        "<row r=\"99999999999\"/>",
        "<row r=\"0\"/>",
    ] {
        assert_eq!(refused_book(&RawBook::new(row)), ErrorKind::BadDimensions, "{row}");
    }
}

#[test]
fn an_ods_that_repeats_one_cell_over_the_whole_sheet_is_refused() {
    let content = "<office:document-content><office:body><office:spreadsheet><table:table table:name=\"a\"><table:table-row table:number-rows-repeated=\"1048576\"><table:table-cell table:number-columns-repeated=\"16384\" office:value-type=\"float\" office:value=\"1\"><text:p>1</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>";
    let parts = [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", "<manifest/>"),
        ("content.xml", content),
    ];
    let ods = RawBook { parts: parts.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).to_vec() };
    assert_eq!(refused_book(&ods), ErrorKind::TooLarge);
}

#[test]
fn the_same_cell_again_and_again_is_refused() {
    let cells = "<c r=\"A1\"><v>1</v></c>".repeat(16_000);
    assert_eq!(refused_book(&RawBook::new(&format!("<row r=\"1\">{cells}</row>"))), ErrorKind::Disorder);
    let rows = "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>".repeat(2);
    assert_eq!(refused_book(&RawBook::new(&rows)), ErrorKind::Disorder);
    assert_eq!(refused_book(&RawBook::new("<row r=\"1\"><c r=\"A2\"><v>1</v></c></row>")), ErrorKind::Disorder);
}

#[test]
fn thirty_thousand_merges_are_read_and_far_more_refused() {
    let merges = |count: u32| {
        let merged: String = (1..=count).map(|row| format!("<mergeCell ref=\"A{row}:B{row}\"/>")).collect();
        RawBook::with_sheet(&format!(
            "<worksheet xmlns=\"{MAIN}\"><sheetData/><mergeCells>{merged}</mergeCells></worksheet>"
        ))
    };
    assert_eq!(Desk::new().read(&merges(30_000).zip()).expect("readable").sheets[0].merges.len(), 30_000);
    assert_eq!(refused_book(&merges(100_001)), ErrorKind::TooManyMerges);
}

#[test]
fn a_sheet_as_long_as_they_come_is_read_or_refused_for_time() {
    let mut rows = String::new();
    for row in 1..=1_048_576 {
        rows.push_str(&format!("<row r=\"{row}\"><c r=\"A{row}\"><v>{row}</v></c></row>"));
    }
    match Desk::new().read(&RawBook::new(&rows).zip()) {
        Ok(book) => assert_eq!(book.sheets[0].rows, 1_048_576),
        Err(error) => assert_eq!(error.kind, ErrorKind::Timeout, "{error}"),
    }
}

#[test]
fn an_xls_that_makes_its_reader_abort_is_an_error_and_no_more() {
    let mut bytes = std::fs::read(fixture("biff8.xls")).expect("committed");
    // The DIMENSIONS record: kind 0x0200, 14 bytes; its last row becomes two billion.
    let at = bytes.windows(4).position(|head| head == [0x00, 0x02, 14, 0]).expect("a DIMENSIONS record");
    bytes[at + 8..at + 12].copy_from_slice(&0x7fff_ffffu32.to_le_bytes());
    let kind = refused(&bytes);
    assert!(matches!(kind, ErrorKind::OutOfMemory | ErrorKind::Crashed | ErrorKind::Damaged), "{kind:?}");
}

#[test]
fn memory_past_the_cap_ends_the_child_and_not_the_parent() {
    let strings: String =
        (0..400_000).map(|number| format!("<si><t>第{number}个互不相同的说明文字</t></si>")).collect();
    let book = RawBook::new("<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>")
        .part("xl/sharedStrings.xml", format!("<sst xmlns=\"{MAIN}\">{strings}</sst>"));
    let desk = Desk::new();
    let path = desk.xlsx(&book);
    let mut options = caged();
    options.limits.memory_bytes = 6 << 20;
    let error = Workbook::read(&path, &options, &mut |_| {}).expect_err("too little memory");
    assert_eq!(error.kind, ErrorKind::OutOfMemory, "{error}");
    assert!(read(&path).is_ok(), "the same file fits the product's limit");
}

/// A program that does not do what a child should.
fn with_child(script: &str, limits: cage::Limits) -> ReadError {
    let desk = Desk::new();
    let exe = desk.file("child.sh", format!("#!/bin/sh\n{script}\n").as_bytes());
    std::fs::set_permissions(&exe, std::fs::Permissions::from_mode(0o755)).expect("executable");
    let path = desk.xlsx(&RawBook::new(""));
    let options = cage::Options { exe: Some(exe), limits, ..cage::Options::default() };
    Workbook::read(&path, &options, &mut |_| {}).expect_err("no such child can succeed")
}

#[test]
fn a_child_that_dies_hangs_or_prints_nonsense_is_a_clear_error() {
    let limits = cage::Limits::default();
    assert_eq!(with_child("kill -9 $$", limits).kind, ErrorKind::Crashed);
    assert_eq!(with_child("exit 0", limits).kind, ErrorKind::Crashed);
    assert_eq!(
        with_child("echo 'memory allocation of 99 bytes failed' >&2; kill -6 $$", limits).kind,
        ErrorKind::OutOfMemory
    );
    assert_eq!(with_child("printf 'segmentation fault, core dumped'", limits).kind, ErrorKind::Garbage);
    assert_eq!(with_child("printf '\\001\\000\\000\\000\\011x'", limits).kind, ErrorKind::Garbage);
    assert_eq!(with_child("printf '\\005\\000\\000\\000\\002xx'", limits).kind, ErrorKind::Garbage);
    let short = cage::Limits { small_time: Duration::ZERO, ..limits };
    let error = with_child("exec sleep 600", short);
    assert_eq!(error.kind, ErrorKind::Timeout, "{error}");
}

#[test]
fn cancelling_ends_the_reading() {
    let desk = Desk::new();
    let path = desk.xlsx(&RawBook::new("<row r=\"1\"><c r=\"A1\"><v>1</v></c></row>"));
    let options = caged();
    options.cancel.store(true, Ordering::Relaxed);
    assert_eq!(Workbook::read(&path, &options, &mut |_| {}).err().map(|error| error.kind), Some(ErrorKind::Cancelled));
}
