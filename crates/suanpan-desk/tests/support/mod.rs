//! An office with a new book, whose clock and ids are the test's. Not every test file uses all of it.
#![allow(dead_code)]

use serde_json::{Value as Json, json};
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use suanpan_desk::{CallError, CallResult, Desk, Environment, calls::dispatch};
use uuid::Uuid;

pub struct Office {
    pub desk: Arc<Desk>,
    folder: tempfile::TempDir,
}

impl Office {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let ids = AtomicU64::new(1);
        let environment = Environment {
            now_ms: Box::new(|| 1_790_000_000_000),
            new_id: Box::new(move || Uuid::from_u128(u128::from(ids.fetch_add(1, Ordering::Relaxed)))),
            utc_offset_minutes: 480,
            actor: "卓玛".into(),
            holder: "测试".into(),
            reader: Some(env!("CARGO_BIN_EXE_desk_reader").into()),
        };
        let office = Self { desk: Desk::new(environment), folder };
        let path = office.path("a.book");
        office.call("book_create", json!({"path": path, "division": "410823000", "year": 2026}));
        office
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn try_call(&self, name: &str, request: Json) -> CallResult<Json> {
        dispatch(&self.desk, name, request)
    }

    #[track_caller]
    pub fn call(&self, name: &str, request: Json) -> Json {
        self.try_call(name, request).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Starts a job and waits for what it comes to.
    pub fn try_job(&self, name: &str, request: Json) -> CallResult<Json> {
        let job = self.try_call(name, request)?["job"].clone();
        loop {
            let state = self.try_call("job", json!({"job": job}))?;
            if state["finished"] == true {
                let failed = serde_json::from_value::<Option<CallError>>(state["error"].clone());
                return failed.expect("an error or none").map_or(Ok(state["result"].clone()), Err);
            }
            std::thread::yield_now();
        }
    }

    #[track_caller]
    pub fn job(&self, name: &str, request: Json) -> Json {
        self.try_job(name, request).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    #[track_caller]
    pub fn add(&self, entity: &str, fields: Json) -> String {
        let edit = json!({"edit": "new", "entity": entity, "fiscal_year": 2026, "fields": fields});
        let answer = self.call("apply", json!({"label": "新增", "edits": [edit]}));
        answer["created"][0].as_str().expect("an id").to_owned()
    }
}
