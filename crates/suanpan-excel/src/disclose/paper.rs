//! A sheet of the fixed layout (A): title in row 2, maker and unit in row 4, header in rows 6–8, thin
//! borders, A4 landscape. What stands in the cells is [`super::forms`].

use crate::write::WriteError;
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Formula, Workbook, Worksheet};

const FONT: &str = "宋体";
const A4: u8 = 9;
pub const TITLE_ROW: u32 = 1;
const MAKER_ROW: u32 = 3;

pub struct Looks {
    title: Format,
    caption: Format,
    caption_right: Format,
    header: Format,
    pub text: Format,
    pub code: Format,
    pub amount: Format,
    pub label: Format,
    pub total: Format,
    pub wan: Format,
}

impl Looks {
    /// `with_fen`: some amount is not whole 元, so all are shown with two decimals.
    pub fn new(with_fen: bool) -> Self {
        let plain = || Format::new().set_font_name(FONT).set_font_size(11).set_align(FormatAlign::VerticalCenter);
        let boxed = || plain().set_border(FormatBorder::Thin);
        let figures = if with_fen { "#,##0.00_ " } else { "#,##0_ " };
        let amount = || boxed().set_num_format(figures).set_align(FormatAlign::Right);
        Self {
            title: plain().set_font_size(18).set_align(FormatAlign::Center),
            caption: plain(),
            caption_right: plain().set_align(FormatAlign::Right),
            header: boxed().set_align(FormatAlign::Center).set_text_wrap(),
            text: boxed().set_shrink(),
            code: boxed().set_num_format("@").set_align(FormatAlign::Center),
            amount: amount(),
            label: boxed().set_align(FormatAlign::Center),
            total: amount().set_bold(),
            wan: boxed().set_num_format("#,##0.00_ ").set_align(FormatAlign::Right),
        }
    }
}

/// One sheet being written.
pub struct Paper<'a> {
    sheet: &'a mut Worksheet,
    pub looks: &'a Looks,
}

/// Name and frame of a sheet.
pub struct Frame<'a> {
    pub name: &'a str,
    pub title: &'a str,
    pub maker: &'a str,
    pub unit: &'a str,
    /// px of each column.
    pub widths: &'a [u32],
    /// Row of the maker and the unit.
    pub maker_row: u32,
}

pub const USUAL_MAKER_ROW: u32 = MAKER_ROW;

impl<'a> Paper<'a> {
    pub fn begin(workbook: &'a mut Workbook, looks: &'a Looks, frame: &Frame<'_>) -> Result<Self, WriteError> {
        let sheet = workbook.add_worksheet();
        sheet.set_name(frame.name)?;
        for (column, width) in (0..).zip(frame.widths) {
            sheet.set_column_width_pixels(column, *width)?;
        }
        let width = frame.widths.len() as u16;
        sheet.set_default_row_height_pixels(26).set_row_height(TITLE_ROW, 34)?;
        sheet.merge_range(TITLE_ROW, 0, TITLE_ROW, width - 1, frame.title, &looks.title)?;
        sheet.write_string_with_format(frame.maker_row, 0, frame.maker, &looks.caption)?;
        sheet.write_string_with_format(frame.maker_row, width - 1, frame.unit, &looks.caption_right)?;
        sheet.set_landscape().set_paper_size(A4).set_margins(0.5, 0.5, 0.6, 0.6, 0.3, 0.3);
        sheet.set_print_center_horizontally(true).set_footer("&C第 &P 页　共 &N 页").set_print_fit_to_pages(1, 0);
        Ok(Self { sheet, looks })
    }

    /// A header cell over rows and columns `from..=to`, counted from 0.
    pub fn header(&mut self, rows: (u32, u32), columns: (u16, u16), text: &str) -> Result<(), WriteError> {
        let format = &self.looks.header;
        if rows.0 == rows.1 && columns.0 == columns.1 {
            self.sheet.write_string_with_format(rows.0, columns.0, text, format)?;
        } else {
            self.sheet.merge_range(rows.0, columns.0, rows.1, columns.1, text, format)?;
        }
        Ok(())
    }

    /// Ends the header: it stays in sight and stands on every page.
    pub fn data_from(&mut self, row: u32) -> Result<(), WriteError> {
        self.sheet.set_freeze_panes(row, 0)?.set_repeat_rows(TITLE_ROW, row - 1)?;
        Ok(())
    }

    pub fn text(&mut self, row: u32, column: u16, text: &str, format: &Format) -> Result<(), WriteError> {
        if text.is_empty() {
            self.sheet.write_blank(row, column, format)?;
        } else {
            self.sheet.write_string_with_format(row, column, text, format)?;
        }
        Ok(())
    }

    /// 元; a zero is left blank, as forms do.
    pub fn amount(&mut self, row: u32, column: u16, fen: i64) -> Result<(), WriteError> {
        if fen == 0 {
            self.sheet.write_blank(row, column, &self.looks.amount)?;
        } else {
            self.sheet.write_number_with_format(row, column, fen as f64 / 100.0, &self.looks.amount)?;
        }
        Ok(())
    }

    /// A total as a formula with its result, a zero too.
    pub fn total(&mut self, row: u32, column: u16, formula: &str, fen: i64) -> Result<(), WriteError> {
        let formula = Formula::new(formula).set_result(yuan_text(fen));
        self.sheet.write_formula_with_format(row, column, formula, &self.looks.total)?;
        Ok(())
    }

    pub fn number(&mut self, row: u32, column: u16, number: f64, format: &Format) -> Result<(), WriteError> {
        self.sheet.write_number_with_format(row, column, number, format)?;
        Ok(())
    }

    pub fn merged(&mut self, row: u32, columns: (u16, u16), text: &str, format: &Format) -> Result<(), WriteError> {
        self.sheet.merge_range(row, columns.0, row, columns.1, text, format)?;
        Ok(())
    }
}

fn yuan_text(fen: i64) -> String {
    suanpan_model::Money::from_fen(fen).map_or_else(
        |_| String::new(),
        |money| money.to_decimal(suanpan_model::money::MoneyUnit::Yuan).normalize().to_string(),
    )
}
