//! Random damage to a good workbook ends in cells or in an error, never in a panic of the parent.

mod support;

use proptest::prelude::*;
use suanpan_excel::cage::wire::{Decoder, Encoder, read_frame};
use suanpan_excel::cell::Row;
use support::{Desk, RawBook, fixture, read};

fn good() -> Vec<u8> {
    let rows: String = (1..=50).map(|row| format!("<row r=\"{row}\"><c r=\"A{row}\" t=\"inlineStr\"><is><t>单位{row}</t></is></c><c r=\"B{row}\"><v>{row}.5</v></c></row>")).collect();
    RawBook::new(&rows).zip()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_damaged_xlsx_never_harms_the_parent(damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20)) {
        let mut bytes = good();
        for (place, byte) in &damage {
            let at = place.index(bytes.len());
            bytes[at] = *byte;
        }
        if let Err(error) = Desk::new().read(&bytes) {
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn a_damaged_xls_never_harms_the_parent(damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20)) {
        let mut bytes = std::fs::read(fixture("biff8.xls")).expect("committed");
        for (place, byte) in &damage {
            let at = place.index(bytes.len());
            bytes[at] = *byte;
        }
        if let Err(error) = Desk::new().read(&bytes) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

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
    assert!(read(&fixture("biff8.xls")).is_ok());
}
