//! Headers with which this program marks columns of its own in workbooks that it writes, so that reading
//! knows them again. Both halves of the crate use these and nothing else.

/// Hidden column that holds each record's id, so that an exported row, edited, updates its record.
pub const KEY_HEADER: &str = "记录标识（请勿修改）";

/// Last column of an error workbook; passed over when the corrected workbook is imported.
pub const ERROR_HEADER: &str = "错误说明";
