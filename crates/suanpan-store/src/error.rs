//! What can go wrong with a book. Variants say what the caller can do about it.

use std::path::PathBuf;
use suanpan_model::{
    decide::{DecideError, Refusal},
    facts::ReadFault,
};

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The op may not be applied; nothing was written.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The file is not a book, or its bytes were altered: set it aside and recover.
    #[error("账套“{}”已损坏或不是算盘账套：{detail}", path.display())]
    Damaged { path: PathBuf, detail: String },
    /// Written by a newer program: refused, untouched.
    #[error("账套“{}”由更新版本的算盘（格式 {found}）写成，本程序只认到格式 {known}；请升级程序后再打开", path.display())]
    TooNew { path: PathBuf, found: i32, known: i32 },
    /// Another program has the book open.
    #[error("账套“{}”正被占用：{holder}。请先关闭那边的算盘", path.display())]
    Held { path: PathBuf, holder: String },
    #[error("账套“{}”不存在", .0.display())]
    Missing(PathBuf),
    #[error("“{}”已存在，请换一个文件名", .0.display())]
    Exists(PathBuf),
    /// No space, no permission, a pulled-out stick.
    #[error("{doing}失败：{reason}")]
    Io { doing: String, reason: String, full: bool },
    /// Nothing to undo or redo.
    #[error("{0}")]
    NothingTo(&'static str),
    #[error("账套内部错误：{0}")]
    Internal(String),
}

pub type Stored<T> = Result<T, StoreError>;

impl StoreError {
    pub fn io(doing: impl Into<String>, error: &std::io::Error) -> Self {
        let full = error.kind() == std::io::ErrorKind::StorageFull;
        let reason = if full {
            "磁盘已满，请腾出空间后重试；已保存的内容没有丢失".into()
        } else {
            error.to_string()
        };
        Self::Io { doing: doing.into(), reason, full }
    }

    pub(crate) fn damaged(path: &std::path::Path, detail: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), detail: detail.into() }
    }
}

impl From<DecideError> for StoreError {
    fn from(error: DecideError) -> Self {
        match error {
            DecideError::Refused(refusal) => Self::Refused(refusal),
            DecideError::Read(fault) => Self::Internal(fault.to_string()),
        }
    }
}

impl From<ReadFault> for StoreError {
    fn from(fault: ReadFault) -> Self {
        Self::Internal(fault.to_string())
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            _ if is_full(&error) => Self::Io {
                doing: "保存".into(),
                reason: "磁盘已满，请腾出空间后重试；已保存的内容没有丢失".into(),
                full: true,
            },
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::ReadOnly) => {
                Self::Io { doing: "读写账套".into(), reason: error.to_string(), full: false }
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged { path: PathBuf::new(), detail: error.to_string() }
            }
            _ if is_broken_page(&error) => {
                Self::Damaged { path: PathBuf::new(), detail: "有一页的校验不符".into() }
            }
            _ => Self::Internal(error.to_string()),
        }
    }
}

/// The file that SQLite shares between connections could not grow: the disk is full, though the code says I/O error.
const IOERR_SHMSIZE: i32 = 10 | (19 << 8);

fn is_full(error: &rusqlite::Error) -> bool {
    let no_space =
        |code: &rusqlite::ffi::Error| code.code == rusqlite::ErrorCode::DiskFull || code.extended_code == IOERR_SHMSIZE;
    error.sqlite_error().is_some_and(no_space)
}

/// A page whose seal is broken is reported as SQLITE_ERROR with no text of its own; an error in a
/// statement has the same code and says what is wrong.
fn is_broken_page(error: &rusqlite::Error) -> bool {
    let rusqlite::Error::SqliteFailure(code, text) = error else { return false };
    code.extended_code == 1 && text.as_deref().is_none_or(|text| text == "SQL logic error")
}
