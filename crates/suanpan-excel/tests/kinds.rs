//! Every kind of workbook a county really has gives the same cells, whatever its name says.

mod support;

use suanpan_excel::cell::{Cell, CellError, Serial};
use suanpan_excel::read::rows::Merge;
use suanpan_excel::{FileKind, Workbook};
use support::{Desk, MAIN, RawBook, cells, fixture, read, shown};

#[test]
fn the_same_sheet_reads_the_same_from_every_binary_kind() {
    let kinds = [
        ("biff8.xls", FileKind::Xls),
        ("biff5.xls", FileKind::Xls),
        ("plain.ods", FileKind::Ods),
        ("plain.xlsb", FileKind::Xlsb),
        ("libreoffice.xlsx", FileKind::Xlsx),
    ];
    for (name, kind) in kinds {
        let book = read(&fixture(name)).expect(name);
        assert_eq!((book.kind, book.sheets[0].name.as_str()), (kind, "预算表"), "{name}");
        let rows = shown(&book, 0);
        assert_eq!(rows[0], ["2026年部门预算表"], "{name}");
        assert_eq!(rows[1], ["单位：万元"], "{name}");
        assert_eq!(rows[2], ["单位代码", "单位名称", "预算数", "成立日期", "是否乡镇"], "{name}");
        assert_eq!(rows[3][..4], ["001001", "武陟县人民政府办公室", "1234.56", "2026-03-05"], "{name}");
        // LibreOffice makes numbers of truth values that have no format of their own.
        let by_libreoffice = !matches!(name, "biff5.xls" | "plain.xlsb");
        assert_eq!(rows[3][4], if by_libreoffice { "1" } else { "TRUE" }, "{name}");
        assert_eq!(rows[4][2..4], ["-0.07", "2026-12-31"], "{name}");
        assert_eq!(rows[5][2..4], ["１，２３４．５", "2026.3"], "{name}");
        if kind != FileKind::Xls || name == "biff8.xls" {
            assert_eq!(rows[5][1], "བོད་ལྗོངས། 㐀", "{name}");
        }
    }
}

#[test]
fn a_formula_brings_its_saved_result_and_an_error_stays_an_error() {
    for name in ["biff8.xls", "plain.ods", "libreoffice.xlsx"] {
        let total = cells(&read(&fixture(name)).expect(name), 0, 6);
        assert_eq!((&total[0], &total[2]), (&Cell::Text("合计".into()), &Cell::Number(1234.49)), "{name}");
    }
    let lost = cells(&read(&fixture("plain.xlsb")).expect("readable"), 0, 6);
    assert_eq!(lost[2], Cell::NoCachedValue, "an xlsb formula error is never blank");
}

#[test]
fn the_bytes_and_not_the_name_tell_the_kind() {
    let desk = Desk::new();
    let xlsx = std::fs::read(fixture("libreoffice.xlsx")).expect("committed");
    assert_eq!(desk.read(&xlsx).expect("xlsx named .xls").kind, FileKind::Xlsx);
    assert_eq!(desk.read(b"a,b\n1,2\n").expect("csv named .xls").kind, FileKind::Csv);
}

#[test]
fn csv_reads_the_same_in_every_encoding() {
    let text = "单位代码,单位名称,金额\r\n001001,\"办公室,\"\"一\"\"\n科\",\"1,234.50\"\r\n\r\n001002,木城街道,-5\r\n";
    let utf16 = |big: bool| {
        text.encode_utf16()
            .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect::<Vec<u8>>()
    };
    let with_mark = |mark: &[u8], rest: Vec<u8>| [mark, &rest].concat();
    let (gbk, _, _) = encoding_rs::GB18030.encode(text);
    let spellings = [
        text.as_bytes().to_vec(),
        with_mark(b"\xef\xbb\xbf", text.as_bytes().to_vec()),
        gbk.into_owned(),
        with_mark(b"\xff\xfe", utf16(false)),
        with_mark(b"\xfe\xff", utf16(true)),
        utf16(false),
        utf16(true),
        text.replace("1,234.50", "1234.50")
            .replace("办公室,", "办公室，")
            .replace(',', "\t")
            .replace("办公室，", "办公室,")
            .replace("1234.50", "1,234.50")
            .into_bytes(),
    ];
    let desk = Desk::new();
    for (number, bytes) in spellings.iter().enumerate() {
        let book = desk.read(bytes).unwrap_or_else(|error| panic!("spelling {number}: {error}"));
        let rows = shown(&book, 0);
        assert_eq!(rows[0], ["单位代码", "单位名称", "金额"], "spelling {number}");
        assert_eq!(rows[1], ["001001", "办公室,\"一\"\n科", "1,234.50"], "spelling {number}");
        assert_eq!(rows[2], ["001002", "木城街道", "-5"], "spelling {number}");
        let mut reading = book.rows(0).expect("spooled");
        let mut indexes = Vec::new();
        while let Some(row) = reading.next_row().expect("well formed") {
            indexes.push(row.index);
        }
        assert_eq!(indexes, [0, 1, 3], "the blank line keeps its number");
    }
}

#[test]
fn csv_keeps_rare_characters_and_refuses_bytes_of_no_encoding() {
    let desk = Desk::new();
    let (bytes, _, _) = encoding_rs::GB18030.encode("姓名,地\n㐀𠀀,བོད་ལྗོངས།\n");
    assert_eq!(shown(&desk.read(&bytes).expect("GB18030 has all of Unicode"), 0)[1], ["㐀𠀀", "བོད་ལྗོངས།"]);
    let error = desk.read(b"a,b\n\xff\xff\xff,1\n").expect_err("no encoding has these");
    assert!(error.to_string().contains("编码"), "{error}");
    assert_eq!(shown(&desk.read("代码;名称\n=\"0301\";x\n".as_bytes()).expect("semicolons"), 0)[1], ["0301", "x"]);
    assert_eq!(shown(&desk.read("sep=|\na|b,c\n".as_bytes()).expect("named separator"), 0)[0], ["a", "b,c"]);
}

#[test]
fn html_named_xls_is_read_with_its_merged_cells() {
    let page = "<html><head><meta charset=gb2312><style>td{mso-number-format:\"\\@\"}</style></head><body><table border=1>\
        <tr><td colspan=2>2026年预算</td></tr>\
        <tr><th rowspan=2>单位</th><th>金额&nbsp;(元)</th></tr>\
        <tr><th>合计</th></tr>\
        <tr style='display: none'><td>甲<br>乙</td><td x:num='1234.567'>1,234.57</td></tr>\
        <tr style='display:none'><td>A&amp;B</td><td>0012</td></tr></table></body></html>";
    let (bytes, _, _) = encoding_rs::GBK.encode(page);
    let book = Desk::new().read(&bytes).expect("html");
    assert_eq!(book.kind, FileKind::Html);
    assert_eq!(
        shown(&book, 0),
        [
            vec!["2026年预算"],
            vec!["单位", "金额\u{a0}(元)"],
            vec!["", "合计"],
            vec!["甲\n乙", "1234.567"],
            vec!["A&B", "0012"]
        ]
    );
    assert_eq!(
        book.sheets[0].merges,
        [Merge { top: 0, left: 0, bottom: 0, right: 1 }, Merge { top: 1, left: 0, bottom: 2, right: 0 }]
    );
    assert_eq!(book.sheets[0].hidden_rows, 1);
}

#[test]
fn xml_spreadsheet_2003_is_read() {
    let xml = "<?xml version=\"1.0\"?><?mso-application progid=\"Excel.Sheet\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\" xmlns:ss=\"urn:schemas-microsoft-com:office:spreadsheet\">\
        <Worksheet ss:Name=\"表一\"><Table><Column ss:Index=\"2\" ss:Hidden=\"1\"/><Row ss:Index=\"3\"><Cell ss:MergeAcross=\"1\"><Data ss:Type=\"String\">单位</Data></Cell><Cell><Data ss:Type=\"Number\">1.5</Data></Cell><Cell ss:Formula=\"=1\"/></Row></Table></Worksheet></Workbook>";
    let book = Desk::new().read(xml.as_bytes()).expect("xml 2003");
    assert_eq!(book.kind, FileKind::Xml2003);
    assert_eq!(cells(&book, 0, 2), [Cell::Text("单位".into()), Cell::Empty, Cell::Number(1.5), Cell::NoCachedValue]);
    assert!(book.sheets[0].column_is_hidden(1) && !book.sheets[0].column_is_hidden(2));
    assert!(!book.sheets[0].hidden);
    let options = "<WorksheetOptions><Visible>SheetHidden</Visible></WorksheetOptions></Worksheet>";
    let book = Desk::new().read(xml.replace("</Worksheet>", options).as_bytes()).expect("xml 2003");
    assert!(book.sheets[0].hidden);
}

fn raw(rows: &str) -> Workbook {
    let desk = Desk::new();
    read(&desk.xlsx(&RawBook::new(rows))).expect("readable")
}

#[test]
fn every_way_xlsx_writes_a_cell_is_understood() {
    let book = raw(
        "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><r><t>行政</t></r><r><t xml:space=\"preserve\"> 运行</t></r><rPh><t>xing</t></rPh></is></c>\
         <c r=\"B1\" t=\"str\"><f>A1</f><v>a&amp;b_x000A_c</v></c><c r=\"C1\" t=\"b\"><v>1</v></c><c r=\"D1\" t=\"e\"><v>#REF!</v></c><c r=\"E1\"><v>1.5E3</v></c>\
         <c r=\"F1\"/><c r=\"G1\"><v>2010101</v></c><c r=\"H1\" t=\"str\"><f>\"\"</f><v></v></c><c r=\"I1\"><f>1+1</f></c><c r=\"J1\"><f>1+1</f><v/></c><c r=\"K1\"><v><![CDATA[7]]></v></c></row>",
    );
    let row = cells(&book, 0, 0);
    let expected = [
        Cell::Text("行政 运行".into()),
        Cell::Text("a&b\nc".into()),
        Cell::Bool(true),
        Cell::Error(CellError::Ref),
        Cell::Number(1500.0),
        Cell::Empty,
        Cell::Number(2010101.0),
        Cell::Empty,
        Cell::NoCachedValue,
        Cell::NoCachedValue,
        Cell::Number(7.0),
    ];
    assert_eq!(row, expected);
}

#[test]
fn rows_and_cells_without_references_count_on_and_prefixes_do_not_matter() {
    let sheet = format!(
        "<x:worksheet xmlns:x=\"{MAIN}\"><x:sheetData><x:row><x:c><x:v>1</x:v></x:c><x:c><x:v>2</x:v></x:c></x:row><x:row r=\"5\"><x:c r=\"C5\"><x:v>3</x:v></x:c><x:c><x:v>4</x:v></x:c></x:row></x:sheetData></x:worksheet>"
    );
    let desk = Desk::new();
    let book = read(&desk.xlsx(&RawBook::with_sheet(&sheet))).expect("readable");
    assert_eq!(cells(&book, 0, 0), [Cell::Number(1.0), Cell::Number(2.0)]);
    assert_eq!(cells(&book, 0, 4), [Cell::Empty, Cell::Empty, Cell::Number(3.0), Cell::Number(4.0)]);
}

#[test]
fn formats_tell_dates_and_percents_and_1904_is_kept() {
    let styles = format!(
        "<styleSheet xmlns=\"{MAIN}\"><numFmts><numFmt numFmtId=\"164\" formatCode=\"yyyy&quot;年&quot;m&quot;月&quot;\"/></numFmts><cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"10\"/><xf numFmtId=\"164\"/></cellXfs></styleSheet>"
    );
    let book = format!(
        "<workbook xmlns=\"{MAIN}\" xmlns:r=\"r\"><workbookPr date1904=\"1\"/><sheets><sheet name=\"a\" r:id=\"rId1\" state=\"hidden\"/></sheets></workbook>"
    );
    let rows = "<row r=\"1\"><c r=\"A1\" s=\"1\"><v>0.155</v></c><c r=\"B1\" s=\"2\"><v>44624</v></c><c r=\"C1\" s=\"0\"><v>3</v></c><c r=\"D1\" s=\"99\"><v>4</v></c></row>";
    let desk = Desk::new();
    let book = read(&desk.xlsx(&RawBook::new(rows).part("xl/styles.xml", styles).part("xl/workbook.xml", book)))
        .expect("readable");
    assert!(book.sheets[0].hidden);
    let date = Serial { days: 44624.0, from_1904: true };
    assert_eq!(cells(&book, 0, 0), [Cell::Percent(0.155), Cell::Date(date), Cell::Number(3.0), Cell::Number(4.0)]);
    assert_eq!(shown(&book, 0)[0], ["15.5%", "2026-03-05", "3", "4"]);
}

#[test]
fn hidden_rows_and_columns_and_merges_are_reported() {
    let sheet = format!(
        "<worksheet xmlns=\"{MAIN}\"><cols><col min=\"2\" max=\"3\" hidden=\"1\"/></cols><sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"2\" hidden=\"1\"><c r=\"A2\"><v>2</v></c></row></sheetData><mergeCells><mergeCell ref=\"A1:C1\"/></mergeCells></worksheet>"
    );
    let desk = Desk::new();
    let book = read(&desk.xlsx(&RawBook::with_sheet(&sheet))).expect("readable");
    let found = &book.sheets[0];
    assert_eq!((found.rows, found.hidden_rows, found.hidden_columns.as_slice()), (2, 1, &[(1, 2)][..]));
    assert_eq!(found.merges, [Merge { top: 0, left: 0, bottom: 0, right: 2 }]);
    assert!(found.head[1].hidden && !found.head[0].hidden);
}

#[test]
fn what_is_hidden_is_told_of_every_kind() {
    for name in ["hidden.xlsx", "hidden.xlsb", "hidden.ods", "hidden.biff8.xls", "hidden.biff5.xls"] {
        let book = read(&fixture(name)).expect(name);
        let [shown, hidden] = book.sheets.as_slice() else { panic!("{name} has two sheets") };
        assert_eq!((shown.name.as_str(), shown.hidden), ("明细", false), "{name}");
        assert_eq!((hidden.name.as_str(), hidden.hidden), ("隐藏表", true), "{name}");
        let rows: Vec<_> = shown.head.iter().map(|row| (row.index, row.hidden)).collect();
        assert_eq!(
            rows,
            [(0, false), (1, false), (2, true), (6, true), (7, true), (8, false), (9, false)],
            "{name}: row 3 by hand, rows 7 and 8 by a filter"
        );
        assert_eq!((shown.hidden_rows, hidden.hidden_rows), (3, 1), "{name}");
        let columns: Vec<u32> = (0..7).filter(|column| shown.column_is_hidden(*column)).collect();
        assert_eq!(columns, [2, 4, 5], "{name}");
        if name != "hidden.biff5.xls" {
            assert_eq!(shown.merges, [Merge { top: 8, left: 0, bottom: 9, right: 0 }], "{name}");
        }
    }
}

#[test]
fn an_xls_whose_sheets_share_their_bytes_or_lie_past_the_end_does_no_harm() {
    let mut bytes = std::fs::read(fixture("hidden.biff5.xls")).expect("committed");
    // The BOUNDSHEET records: kind 0x0085, the sheet's place first; both become the first sheet's.
    let places: Vec<usize> = (0..bytes.len() - 4).filter(|at| bytes[*at..at + 2] == [0x85, 0]).collect();
    let [first, second] = places[..2] else { unreachable!("two sheets") };
    bytes.copy_within(first + 4..first + 8, second + 4);
    let book = Desk::new().read(&bytes).expect("two sheets of the same cells");
    assert_eq!((book.sheets[1].rows, book.sheets[1].hidden_rows), (7, 3));
    bytes[second + 4..second + 8].copy_from_slice(&0x7fff_0000u32.to_le_bytes());
    assert!(Desk::new().read(&bytes).is_err(), "a sheet far behind the end of the file");
}

#[test]
fn shared_strings_keep_their_numbers_and_repeat_without_loss() {
    let shared = format!(
        "<sst xmlns=\"{MAIN}\" uniqueCount=\"9\"><si/><si><t>甲</t></si><si><t></t></si><si><r><t>乙</t></r><phoneticPr/><r><t>丙</t></r></si></sst>"
    );
    let cell = |column: &str, row: u32, index: u32| format!("<c r=\"{column}{row}\" t=\"s\"><v>{index}</v></c>");
    let rows: String = (1..=3)
        .map(|row| {
            format!(
                "<row r=\"{row}\">{}{}{}{}</row>",
                cell("A", row, 0),
                cell("B", row, 1),
                cell("C", row, 2),
                cell("D", row, 3)
            )
        })
        .collect();
    let desk = Desk::new();
    let book = read(&desk.xlsx(&RawBook::new(&rows).part("xl/sharedStrings.xml", shared))).expect("readable");
    for row in 0..3 {
        assert_eq!(
            cells(&book, 0, row),
            [Cell::Empty, Cell::Text("甲".into()), Cell::Empty, Cell::Text("乙丙".into())]
        );
    }
}

#[test]
fn what_rust_xlsxwriter_writes_is_read_back_over_several_sheets() {
    let desk = Desk::new();
    let path = desk.path("several.xlsx");
    let mut book = rust_xlsxwriter::Workbook::new();
    for name in ["一般公共预算", "政府性基金"] {
        let sheet = book.add_worksheet();
        sheet.set_name(name).expect("a name");
        for row in 0..5_000u32 {
            sheet.write_string(row, 0, format!("{name}{row}")).expect("a text");
            sheet.write_number(row, 20, f64::from(row) / 100.0).expect("a number");
        }
    }
    book.save(&path).expect("saved");
    let mut seen = Vec::new();
    let book = Workbook::read(&path, &support::caged(), &mut |progress| seen.push(progress.rows)).expect("readable");
    assert_eq!(book.sheets.len(), 2);
    assert_eq!(seen.last(), Some(&10_000), "progress counts the rows");
    let (mut one, mut other) = (book.rows(0).expect("spooled"), book.rows(1).expect("spooled"));
    for _ in 0..5_000 {
        let first = one.next_row().expect("well formed").map(|row| row.index);
        assert_eq!(first, other.next_row().expect("well formed").map(|row| row.index), "two readers go side by side");
    }
    for sheet in 0..2 {
        assert_eq!((book.sheets[sheet].rows, book.sheets[sheet].width), (5_000, 21));
        let mut rows = book.rows(sheet).expect("spooled");
        let mut expected = 0u32;
        while let Some(row) = rows.next_row().expect("well formed") {
            assert_eq!(row.cell(0), &Cell::Text(format!("{}{expected}", book.sheets[sheet].name).into()));
            assert_eq!(row.cell(20), &Cell::Number(f64::from(expected) / 100.0));
            expected += 1;
        }
        assert_eq!(expected, 5_000);
    }
}
