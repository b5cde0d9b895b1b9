//! Long work: started by a call, runs on a thread of its own, says how far it is, can be stopped.

use crate::{CallError, CallErrorCode, CallResult, Desk, background, calls::Done};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};
use ts_rs::TS;

#[derive(Default)]
pub struct Jobs {
    running: Mutex<(u32, HashMap<u32, Arc<Job>>)>,
}

struct Job {
    label: String,
    progress: Progress,
    outcome: Mutex<Option<CallResult<serde_json::Value>>>,
}

/// How far a job is; shared with the thread that works.
#[derive(Clone, Default)]
pub struct Progress {
    done: Arc<AtomicUsize>,
    all: Arc<AtomicUsize>,
    stopped: Arc<AtomicBool>,
}

impl Progress {
    /// Notes that `done` of `all` are done (0 = not known yet); false when the person wants it stopped.
    pub fn at(&self, done: usize, all: usize) -> bool {
        self.done.store(done, Ordering::Relaxed);
        self.all.store(all, Ordering::Relaxed);
        !self.stopped.load(Ordering::Relaxed)
    }

    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// (done, all).
    pub fn now(&self) -> (usize, usize) {
        (self.done.load(Ordering::Relaxed), self.all.load(Ordering::Relaxed))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct JobStarted {
    pub job: u32,
}

#[derive(Debug, Clone, Deserialize, TS)]
pub struct JobRequest {
    pub job: u32,
}

#[derive(Debug, Clone, Serialize, TS)]
pub struct JobState {
    pub job: u32,
    pub label: String,
    pub done: usize,
    /// 0 = not known yet.
    pub all: usize,
    pub finished: bool,
    /// What it came to, when it ended well.
    #[ts(type = "unknown")]
    pub result: Option<serde_json::Value>,
    pub error: Option<CallError>,
}

impl Jobs {
    pub fn start(
        &self,
        label: &str,
        work: impl FnOnce(&Progress) -> CallResult<serde_json::Value> + Send + 'static,
    ) -> JobStarted {
        let job = Arc::new(Job { label: label.to_owned(), progress: Progress::default(), outcome: Mutex::default() });
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.0 += 1;
        let number = running.0;
        running.1.insert(number, job.clone());
        drop(running);
        std::thread::spawn(move || {
            let outcome = work(&job.progress);
            *job.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
            background::give_memory_back();
        });
        JobStarted { job: number }
    }

    fn find(&self, number: u32) -> CallResult<Arc<Job>> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let found = running.1.get(&number).cloned();
        found.ok_or_else(|| CallError::new(CallErrorCode::NotFound, "没有这项任务，或它的结果已被取走"))
    }
}

/// How far a job is. A finished job is forgotten once its outcome was read.
pub fn state(desk: &Arc<Desk>, request: JobRequest) -> CallResult<JobState> {
    let job = desk.jobs.find(request.job)?;
    let (done, all) = job.progress.now();
    let outcome = job.outcome.lock().unwrap_or_else(PoisonError::into_inner).take();
    let finished = outcome.is_some();
    let (result, error) = match outcome {
        Some(Ok(result)) => (Some(result), None),
        Some(Err(error)) => (None, Some(error)),
        None => (None, None),
    };
    if finished {
        desk.jobs.running.lock().unwrap_or_else(PoisonError::into_inner).1.remove(&request.job);
    }
    Ok(JobState { job: request.job, label: job.label.clone(), done, all, finished, result, error })
}

pub fn cancel(desk: &Arc<Desk>, request: JobRequest) -> CallResult<Done> {
    desk.jobs.find(request.job)?.progress.stop();
    Ok(Done {})
}
