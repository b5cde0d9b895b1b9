//! Fonts, borders and number formats, and what each column looks like.

use super::{Form, Purpose};
use crate::text::is_invisible;
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};
use suanpan_model::{FieldDef, FieldKind, money::MoneyUnit};

/// 宋体 is on every PC of these offices and is what their forms are printed in.
const FONT: &str = "宋体";
const TITLE_FONT: &str = "黑体";
/// Windows fonts that hold Tibetan, and the rare Han characters past U+20000.
const TIBETAN_FONT: &str = "Microsoft Himalaya";
const RARE_FONT: &str = "SimSun-ExtB";
const FONT_SIZE: f64 = 10.0;
const HEADER_FILL: Color = Color::RGB(0xDD_E8_F0);
const DERIVED_FILL: Color = Color::RGB(0xF5_F5_F5);

/// What a column's cells look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    Text,
    Centred,
    Whole,
    Date,
    Amount(MoneyUnit, bool),
    Decimal(u8),
}

/// A column of the table.
pub struct Column<'a> {
    /// Into `def.fields`.
    pub index: usize,
    pub field: &'a FieldDef,
    pub look: Look,
    /// Format of its cells.
    pub format: Format,
    /// px.
    pub width: u32,
}

/// Formats that all tables share.
pub struct Styles {
    pub title: Format,
    pub caption: Format,
    pub caption_right: Format,
    pub header: Format,
    pub total_label: Format,
    pub words: Format,
    pub note: Format,
    pub key: Format,
}

fn plain() -> Format {
    Format::new().set_font_name(FONT).set_font_size(FONT_SIZE).set_align(FormatAlign::VerticalCenter)
}

fn boxed() -> Format {
    plain().set_border(FormatBorder::Thin)
}

impl Styles {
    pub fn new() -> Self {
        let header =
            boxed().set_bold().set_background_color(HEADER_FILL).set_align(FormatAlign::Center).set_text_wrap();
        Self {
            title: plain().set_font_name(TITLE_FONT).set_font_size(18).set_align(FormatAlign::Center),
            caption: plain(),
            caption_right: plain().set_align(FormatAlign::Right),
            header,
            total_label: boxed().set_bold().set_align(FormatAlign::Center),
            note: plain().set_align(FormatAlign::Left),
            words: boxed().set_bold().set_indent(1),
            key: plain().set_num_format("@"),
        }
    }
}

impl Default for Styles {
    fn default() -> Self {
        Self::new()
    }
}

/// The columns of the form with their looks and widths.
pub fn columns<'a>(form: &'a Form<'a>) -> Vec<Column<'a>> {
    form.columns.iter().map(|&index| column(form, index)).collect()
}

fn column<'a>(form: &'a Form<'a>, index: usize) -> Column<'a> {
    let field = &form.def.fields[index];
    let look = match &field.kind {
        FieldKind::Money { .. } => Look::Amount(form.unit, form.balanced),
        FieldKind::Decimal { scale } => Look::Decimal(*scale),
        FieldKind::Integer | FieldKind::Year => Look::Whole,
        FieldKind::Date => Look::Date,
        FieldKind::Bool => Look::Centred,
        FieldKind::Text { .. } | FieldKind::Code { .. } | FieldKind::Reference { .. } => Look::Text,
    };
    let mut format = of_look(look, boxed());
    format = match field.derived {
        Some(_) => format.set_background_color(DERIVED_FILL),
        None => format.set_unlocked(),
    };
    Column { index, field, look, format, width: width(field, form.purpose) }
}

fn of_look(look: Look, base: Format) -> Format {
    match look {
        Look::Text => base.set_num_format("@").set_align(FormatAlign::Left).set_text_wrap(),
        Look::Centred => base.set_num_format("@").set_align(FormatAlign::Center),
        Look::Whole => base.set_num_format("0").set_align(FormatAlign::Center),
        Look::Date => base.set_num_format("yyyy-mm-dd").set_align(FormatAlign::Center),
        Look::Amount(unit, balanced) => {
            base.set_num_format(amount_format(unit, balanced)).set_align(FormatAlign::Right)
        }
        Look::Decimal(scale) => base.set_num_format(decimal_format(scale)).set_align(FormatAlign::Right),
    }
}

/// Every 分 stays visible: 万元 that were not rounded show up to six decimals.
fn amount_format(unit: MoneyUnit, balanced: bool) -> &'static str {
    match (unit, balanced) {
        (MoneyUnit::Yuan, _) | (_, true) => "#,##0.00_ ",
        (MoneyUnit::Qian, _) => "#,##0.00###_ ",
        (MoneyUnit::Wan, _) => "#,##0.00####_ ",
        (MoneyUnit::Yi, _) => "#,##0.00########_ ",
    }
}

fn decimal_format(scale: u8) -> String {
    if scale == 0 { "0".into() } else { format!("0.{}", "#".repeat(scale as usize)).replacen('#', "0", 1) }
}

/// The format of the total under a column.
pub fn total(column: &Column<'_>) -> Format {
    of_look(column.look, boxed()).set_bold()
}

/// What columns say of cells that nobody has filled yet: no border, and free to type in.
pub fn unfilled(column: &Column<'_>) -> Format {
    let format = of_look(column.look, plain());
    if column.field.derived.is_some() { format } else { format.set_unlocked() }
}

/// The column's own format, with what an unusual text asks for.
pub fn for_text(format: &Format, oddity: Oddity) -> Format {
    let mut format = format.clone();
    if oddity.formula_start {
        format = format.set_quote_prefix();
    }
    match oddity.script {
        Script::Usual => format,
        Script::Tibetan => format.set_font_name(TIBETAN_FONT).set_font_size(FONT_SIZE + 4.0),
        Script::Rare => format.set_font_name(RARE_FONT),
    }
}

/// What is unusual about a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Oddity {
    /// It would be taken for a formula if somebody pressed Enter in it.
    pub formula_start: bool,
    pub script: Script,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Script {
    #[default]
    Usual,
    Tibetan,
    Rare,
}

const FORMULA_STARTS: [char; 11] = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n'];

/// None for nearly every text.
pub fn oddity(text: &str) -> Option<Oddity> {
    // What a program drops unseen before it looks does not make a formula harmless.
    let formula_start =
        text.starts_with(FORMULA_STARTS) || text.trim_start_matches(is_invisible).starts_with(FORMULA_STARTS);
    // Tibetan begins with byte E0 in UTF-8, rare Han with F0: most texts have neither.
    let script = if memchr::memchr2(0xE0, 0xF0, text.as_bytes()).is_none() { Script::Usual } else { script(text) };
    (formula_start || script != Script::Usual).then_some(Oddity { formula_start, script })
}

fn script(text: &str) -> Script {
    let rare = |character| ('\u{20000}'..='\u{3ffff}').contains(&character);
    match (text.contains(|character| ('\u{f00}'..='\u{fff}').contains(&character)), text.contains(rare)) {
        (true, _) => Script::Tibetan,
        (_, true) => Script::Rare,
        _ => Script::Usual,
    }
}

/// Codes and names of others wrap sooner than texts, so that more columns fit on a page.
const WIDEST_CODE: u32 = 150;

/// Lines that a text takes in a cell `width` px wide, roughly: a Han character is twice a letter.
pub fn lines(text: &str, width: u32) -> u32 {
    const LETTER_PX: usize = 7;
    let room = (width as usize).saturating_sub(8) / LETTER_PX;
    if text.len() <= room {
        return 1;
    }
    let letters = |line: &str| line.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>();
    text.split('\n').map(|line| letters(line).div_ceil(room.max(1)).max(1) as u32).sum()
}

/// px: what the document says, but never narrower than its header over two lines.
fn width(field: &FieldDef, purpose: Purpose) -> u32 {
    let by_kind = match &field.kind {
        FieldKind::Money { .. } => 120,
        FieldKind::Code { .. } | FieldKind::Reference { .. } => 170,
        FieldKind::Text { max, .. } if *max > 100 => 220,
        FieldKind::Text { .. } => 120,
        FieldKind::Date => 96,
        FieldKind::Decimal { .. } => 86,
        FieldKind::Integer | FieldKind::Year | FieldKind::Bool => 70,
    };
    let wanted = if field.width > 0 { u32::from(field.width) } else { by_kind };
    let wanted = wanted.min(if matches!(field.kind, FieldKind::Text { .. }) { 240 } else { WIDEST_CODE });
    let starred = usize::from(purpose == Purpose::Template && field.required);
    let lines = (field.label.zh.chars().count() + starred).div_ceil(2).max(3);
    wanted.max(lines as u32 * 15 + 14)
}
