//! Why a workbook could not be read, in words for the person who chose the file. One table gives each
//! kind its stable code and its sentence; `detail` names the sheet, entry or figure. Errors of single
//! cells are not here: those are issues of a row (see [`crate::import`]).

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What went wrong with the file as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    Empty,
    Encrypted,
    Damaged,
    NotAWorkbook,
    TooManyParts,
    TooLarge,
    Bomb,
    ExternalEntity,
    TextTooLong,
    BadDimensions,
    BadSharedStrings,
    Disorder,
    TooManyMerges,
    UnsafeName,
    Timeout,
    OutOfMemory,
    Crashed,
    Garbage,
    Cancelled,
    Io,
}

/// Kind, number on the pipe, sentence with the way out. `{}` stands for the detail.
const TABLE: &[(ErrorKind, u8, &str)] = &[
    (ErrorKind::Empty, 1, "文件是空的（0 字节），请重新取得文件后再导入"),
    (ErrorKind::Encrypted, 2, "文件设有打开密码，请在 Excel 或 WPS 中取消密码、另存后再导入"),
    (ErrorKind::Damaged, 3, "文件已损坏或不完整（{}），请用 Excel 或 WPS 打开并另存后再导入"),
    (ErrorKind::NotAWorkbook, 4, "这不是表格文件，而是{}，请选择 xlsx、xls、xlsb、ods 或 csv 文件"),
    (ErrorKind::TooManyParts, 5, "文件内部的部件过多（{}），不像正常的工作簿，已拒绝读取"),
    (ErrorKind::TooLarge, 6, "表格过大（{}），请拆分成几个文件后再导入"),
    (ErrorKind::Bomb, 7, "文件的压缩比异常（{}），疑似压缩炸弹，已拒绝读取"),
    (ErrorKind::ExternalEntity, 8, "文件内含外部实体或文档类型声明（{}），存在安全风险，已拒绝读取"),
    (ErrorKind::TextTooLong, 9, "有单元格的文字超长（{}），单元格最多 32767 个字，请删减后再导入"),
    (ErrorKind::BadDimensions, 10, "单元格位置超出表格范围（{}），请用 Excel 或 WPS 打开并另存后再导入"),
    (ErrorKind::BadSharedStrings, 11, "文件的文字表不可信（{}），请用 Excel 或 WPS 打开并另存后再导入"),
    (ErrorKind::Disorder, 12, "行列次序混乱或单元格重复（{}），请用 Excel 或 WPS 打开并另存后再导入"),
    (ErrorKind::TooManyMerges, 13, "合并单元格过多（{}），请取消数据区的合并后再导入"),
    (ErrorKind::UnsafeName, 14, "文件内部的部件名不安全（{}），已拒绝读取"),
    (ErrorKind::Timeout, 15, "读取超时（{}），请拆分文件，或用 Excel、WPS 另存为 xlsx 后再导入"),
    (ErrorKind::OutOfMemory, 16, "读取这个文件需要的内存超过上限（{}），请拆分文件后再导入"),
    (ErrorKind::Crashed, 17, "读取程序异常退出（{}），文件未导入，请用 Excel 或 WPS 另存为 xlsx 后再试"),
    (ErrorKind::Garbage, 18, "读取程序返回了无法识别的内容（{}），文件未导入，请重试"),
    (ErrorKind::Cancelled, 19, "已取消读取，没有写入任何数据"),
    (ErrorKind::Io, 20, "文件打不开（{}），请确认文件存在、未被其他程序占用且有读取权限"),
];

/// A file that could not be read. `to_string()` is the Chinese sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct ReadError {
    pub kind: ErrorKind,
    pub detail: String,
}

impl ReadError {
    pub fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }

    pub fn damaged(detail: impl std::fmt::Display) -> Self {
        Self::new(ErrorKind::Damaged, detail.to_string())
    }

    fn sentence(&self) -> String {
        let (_, _, text) = TABLE[self.kind.row()];
        text.replace("{}", &self.detail)
    }
}

impl ErrorKind {
    fn row(self) -> usize {
        TABLE.iter().position(|(kind, ..)| *kind == self).expect("a test walks the table over all kinds")
    }

    pub(crate) fn to_byte(self) -> u8 {
        TABLE[self.row()].1
    }

    pub(crate) fn from_byte(byte: u8) -> Option<Self> {
        TABLE.iter().find(|(_, number, _)| *number == byte).map(|(kind, ..)| *kind)
    }
}

impl From<std::io::Error> for ReadError {
    fn from(error: std::io::Error) -> Self {
        use std::io::ErrorKind as Os;
        // A reader's own refusal that travelled through `Read`.
        if let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<ReadError>()) {
            return inner.clone();
        }
        match error.kind() {
            Os::UnexpectedEof | Os::InvalidData | Os::InvalidInput => Self::damaged(error),
            _ => Self::new(ErrorKind::Io, error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_number_and_a_sentence() {
        for byte in 1..=20 {
            let kind = ErrorKind::from_byte(byte).expect("numbers run from 1 to 20");
            assert_eq!(kind.to_byte(), byte);
            let said = ReadError::new(kind, "〈细节〉").to_string();
            assert!(!said.contains("{}"), "{said}");
        }
        assert_eq!(ErrorKind::from_byte(0), None);
        assert_eq!(TABLE.len(), 20);
    }
}
