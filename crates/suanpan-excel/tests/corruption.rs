//! Random damage to a good workbook ends in cells or in an error, never in a panic of the parent.

mod support;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use suanpan_excel::ErrorKind;
use suanpan_excel::cage::wire::{Decoder, Encoder, read_frame};
use suanpan_excel::cell::Row;
use support::{Desk, RawBook, fixture, read};

fn good() -> Vec<u8> {
    let rows: String = (1..=50).map(|row| format!("<row r=\"{row}\"><c r=\"A{row}\" t=\"inlineStr\"><is><t>单位{row}</t></is></c><c r=\"B{row}\"><v>{row}.5</v></c></row>")).collect();
    RawBook::new(&rows).zip()
}

type Damage = Vec<(prop::sample::Index, u8)>;

fn damage(most: usize) -> impl Strategy<Value = Damage> {
    proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..most)
}

fn damaged(mut bytes: Vec<u8>, damage: &Damage) -> Vec<u8> {
    for (place, byte) in damage {
        let length = bytes.len();
        bytes.get_mut(place.index(length.max(1))).into_iter().for_each(|spoilt| *spoilt = *byte);
    }
    bytes
}

/// Small good workbooks of every kind; the zipped ones first.
const ZIPPED: [&str; 4] = ["hidden.xlsx", "libreoffice.xlsx", "hidden.ods", "hidden.xlsb"];
const BINARY: [&str; 4] = ["biff8.xls", "biff5.xls", "hidden.biff8.xls", "hidden.biff5.xls"];

fn text_kinds() -> [Vec<u8>; 4] {
    let rows = "<Row ss:Index='3' ss:Hidden='1'><Cell ss:MergeAcross='1'><Data ss:Type='String'>单位</Data></Cell><Cell><Data ss:Type='Number'>1.5</Data></Cell></Row>";
    let xml = format!(
        "<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet' xmlns:ss='s'><Worksheet ss:Name='表'><Table><Column ss:Index='2' ss:Hidden='1'/>{rows}</Table></Worksheet></Workbook>"
    );
    let html = "<html><meta charset=utf-8><style>td{color:red}</style><table><tr><td colspan=2 rowspan=3>甲&nbsp;<br>乙<td x:num='1.5'>1.50</tr><tr style='display:none'><th>A&#20108;</table></html>";
    let csv = "单位,\"办公室,\"\"一\"\"\n科\",=\"0301\"\r\n001,1.5,\n";
    let (gbk, _, _) = encoding_rs::GB18030.encode(csv);
    [xml.into_bytes(), html.into(), csv.into(), gbk.into_owned()]
}

/// Reads the bytes in the cage: cells, or an error that says something and is no time-out.
fn read_or_refuse(bytes: &[u8]) -> Result<(), TestCaseError> {
    match Desk::new().read(bytes) {
        Ok(_) => {}
        Err(error) => prop_assert!(error.kind != ErrorKind::Timeout && !error.to_string().is_empty(), "{error}"),
    }
    Ok(())
}

/// The same cases every time: a run that finds something new is a change of the code.
fn cases(number: u32) -> ProptestConfig {
    ProptestConfig {
        rng_seed: RngSeed::Fixed(20_261_126),
        failure_persistence: None,
        ..ProptestConfig::with_cases(number)
    }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn a_damaged_xlsx_never_harms_the_parent(damage in damage(20)) {
        read_or_refuse(&damaged(good(), &damage))?;
    }

    #[test]
    fn a_damaged_zip_of_any_kind_never_harms_the_parent(kind in 0..ZIPPED.len(), damage in damage(20)) {
        let bytes = std::fs::read(fixture(ZIPPED[kind])).expect("committed");
        read_or_refuse(&damaged(bytes, &damage))?;
    }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn a_damaged_xls_never_harms_the_parent(kind in 0..BINARY.len(), damage in damage(20)) {
        let bytes = std::fs::read(fixture(BINARY[kind])).expect("committed");
        read_or_refuse(&damaged(bytes, &damage))?;
    }

    /// Most damage to a zip ends at its checksums; here the parts are damaged and packed again.
    #[test]
    fn damage_inside_the_parts_of_a_zip_never_harms_the_parent(kind in 0..ZIPPED.len(), part in any::<prop::sample::Index>(), damage in damage(8)) {
        let mut book = RawBook::unzip(&std::fs::read(fixture(ZIPPED[kind])).expect("committed"));
        let at = part.index(book.parts.len());
        let (_, content) = &mut book.parts[at];
        *content = damaged(std::mem::take(content), &damage);
        read_or_refuse(&book.zip())?;
    }
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn damaged_text_kinds_never_panic_their_readers(kind in 0..4usize, damage in damage(12)) {
        let desk = Desk::new();
        let path = desk.file("book", &damaged(text_kinds()[kind].clone(), &damage));
        let mut encoder = Encoder::new(Vec::new());
        let result = suanpan_excel::read::read_file(&path, &mut encoder);
        encoder.finish(result).expect("memory takes it");
    }
}

proptest! {
    #![proptest_config(cases(1024))]

    #[test]
    fn damaged_sheet_xml_never_panics_the_reader(damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..10)) {
        let mut sheet = b"<worksheet><cols><col min=\"1\" max=\"2\" hidden=\"1\"/></cols><sheetData><row r=\"1\"><c r=\"A1\" s=\"0\" t=\"inlineStr\"><is><t>&#x4e00;_x000D_</t></is></c><c r=\"B1\"><f>A1</f><v>1</v></c></row></sheetData><mergeCells><mergeCell ref=\"A1:B2\"/></mergeCells></worksheet>".to_vec();
        for (place, byte) in &damage {
            let at = place.index(sheet.len());
            sheet[at] = *byte;
        }
        let desk = Desk::new();
        let path = desk.xlsx(&RawBook::new("").part("xl/worksheets/sheet1.xml", sheet));
        let mut encoder = Encoder::new(Vec::new());
        let result = suanpan_excel::read::read_file(&path, &mut encoder);
        let bytes = encoder.finish(result).expect("memory takes it");
        let mut pipe = bytes.as_slice();
        while read_frame(&mut pipe).expect("what the child writes is well formed").is_some() {}
    }

    #[test]
    fn arbitrary_bytes_never_panic_the_decoder(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut pipe = bytes.as_slice();
        while let Ok(Some(_)) = read_frame(&mut pipe) {}
        let (mut decoder, mut rest, mut row) = (Decoder::default(), bytes.as_slice(), Row::default());
        while decoder.row(&mut rest, &mut row).is_ok() {}
    }
}

#[test]
fn the_undamaged_workbook_is_read() {
    let desk = Desk::new();
    assert_eq!(desk.read(&good()).expect("readable").sheets[0].rows, 50);
    for name in ZIPPED.iter().chain(&BINARY) {
        assert!(read(&fixture(name)).is_ok(), "{name}");
    }
    for bytes in text_kinds() {
        assert!(desk.read(&bytes).is_ok());
    }
}
