//! What the screens and the command line are told when a call fails.

use serde::{Deserialize, Serialize};
use suanpan_model::decide::RefusalCode;
use suanpan_store::StoreError;
use ts_rs::TS;

pub type CallResult<T> = Result<T, CallError>;

/// A failed call. `message` is Chinese, for people; `code` exists because a caller branches on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[error("{message}")]
pub struct CallError {
    pub code: CallErrorCode,
    pub message: String,
    /// Field of the request's record to look at.
    pub field: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CallErrorCode {
    /// The request itself is wrong: unknown call, unknown name, bad shape.
    BadRequest,
    /// No book is open.
    NoBook,
    /// There is no such thing.
    NotFound,
    /// The rules refuse it; nothing was written.
    Refused,
    /// Somebody changed it since; read again.
    Stale,
    /// Another program has the book.
    Held,
    /// The book is damaged: offer recovery.
    Damaged,
    /// The book was written by a newer program.
    TooNew,
    /// Stopped by the person.
    Cancelled,
    /// Disk, permission, pulled-out stick.
    Io,
    /// A fault of the program.
    Internal,
}

impl CallError {
    pub fn new(code: CallErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None }
    }

    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(CallErrorCode::BadRequest, message)
    }
}

impl From<StoreError> for CallError {
    fn from(error: StoreError) -> Self {
        let message = error.to_string();
        let code = match &error {
            StoreError::Refused(refusal) => {
                let code = match refusal.code {
                    RefusalCode::Stale => CallErrorCode::Stale,
                    RefusalCode::Unknown => CallErrorCode::NotFound,
                    _ => CallErrorCode::Refused,
                };
                return Self { code, message, field: refusal.field.clone() };
            }
            StoreError::Damaged { .. } => CallErrorCode::Damaged,
            StoreError::TooNew { .. } => CallErrorCode::TooNew,
            StoreError::Held { .. } => CallErrorCode::Held,
            StoreError::Missing(_) => CallErrorCode::NotFound,
            StoreError::Exists(_) | StoreError::NothingTo(_) => CallErrorCode::Refused,
            StoreError::Io { .. } => CallErrorCode::Io,
            StoreError::Internal(_) => CallErrorCode::Internal,
        };
        Self::new(code, message)
    }
}
