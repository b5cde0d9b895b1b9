//! How this PC likes the book shown; never part of the budget.

use crate::{CallResult, Desk, calls::Done};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use ts_rs::TS;

#[derive(Debug, Clone, Deserialize, TS)]
pub struct SettingRequest {
    pub key: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Setting {
    pub key: String,
    /// JSON chosen by the screen; null = not set, or to be forgotten.
    #[ts(type = "unknown")]
    pub value: serde_json::Value,
}

pub fn get(desk: &Arc<Desk>, request: SettingRequest) -> CallResult<Setting> {
    let stored = desk.book()?.setting(&request.key)?;
    let value = stored.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    Ok(Setting { key: request.key, value })
}

pub fn put(desk: &Arc<Desk>, setting: Setting) -> CallResult<Done> {
    let text = setting.value.to_string();
    desk.book()?.put_setting(&setting.key, (!setting.value.is_null()).then_some(text.as_str()))?;
    Ok(Done {})
}
