//! The one list of everything that can be asked of the desk. A call without a body does not compile; the
//! TypeScript of every request and answer is generated from this table (`ui/src/generated/calls.ts`).
//!
//! `read` calls may run side by side; `write` calls change the book and end in one group of the log;
//! `start` calls answer at once with a job that runs on (progress and cancelling: see [`crate::jobs`]).

use crate::{CallError, CallResult, Desk};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use ts_rs::TS;

/// What a call does to the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    Read,
    Write,
    Start,
}

/// One row of the table.
pub struct CallInfo {
    pub name: &'static str,
    pub kind: CallKind,
}

/// What a call takes and what it answers.
#[derive(TS)]
pub struct Call<Request, Answer> {
    pub request: Request,
    pub answer: Answer,
}

/// A call that needs nothing.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
pub struct Nothing {}

/// An answer without content.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
pub struct Done {}

macro_rules! calls {
    ($($kind:ident $name:ident = $body:path: ($request:ty) -> $answer:ty;)+) => {
        /// Every call, in the order of the table.
        pub const CALLS: &[CallInfo] = &[$(
            CallInfo {
                name: stringify!($name),
                kind: CallKind::$kind,
            },
        )+];

        /// Runs the call `name` with a JSON request.
        pub fn dispatch(desk: &Arc<Desk>, name: &str, request: serde_json::Value) -> CallResult<serde_json::Value> {
            match name {
                $(stringify!($name) => {
                    let request: $request = read_request(name, request)?;
                    let answer: $answer = $body(desk, request)?;
                    serde_json::to_value(answer)
                        .map_err(|error| CallError::new(crate::CallErrorCode::Internal, error.to_string()))
                })+
                _ => Err(CallError::bad_request(format!("没有“{name}”这个调用"))),
            }
        }

        /// The table as a type: what `ui/src/generated` is made from.
        #[derive(TS)]
        pub struct Calls {
            $(pub $name: Call<$request, $answer>,)+
        }
    };
}

fn read_request<T: for<'de> Deserialize<'de>>(name: &str, request: serde_json::Value) -> CallResult<T> {
    let request = if request.is_null() { serde_json::json!({}) } else { request };
    serde_json::from_value(request).map_err(|error| CallError::bad_request(format!("调用“{name}”的内容不对：{error}")))
}

/// [`dispatch`] for hosts: a fault of the program becomes an error with an id that the person can tell us,
/// and the desk goes on.
pub fn dispatch_safely(desk: &Arc<Desk>, name: &str, request: serde_json::Value) -> CallResult<serde_json::Value> {
    let work = std::panic::AssertUnwindSafe(|| dispatch(desk, name, request));
    std::panic::catch_unwind(work).unwrap_or_else(|_| {
        let id = desk.new_id().simple().to_string();
        let id = &id[id.len() - 8..];
        eprintln!("fault {id} in call {name}");
        let message = format!("程序内部错误（编号 {id}）。已保存的内容没有丢失，请把编号告诉维护人员");
        Err(CallError::new(crate::CallErrorCode::Internal, message))
    })
}

/// Writes the TypeScript of every type that a call mentions.
pub fn export_types(config: &ts_rs::Config) -> Result<(), ts_rs::ExportError> {
    Calls::export_all(config)?;
    CallError::export_all(config)?;
    // What jobs come to: no call answers with these directly.
    crate::import::ImportFile::export_all(config)?;
    crate::import::Previewed::export_all(config)?;
    crate::import::Committed::export_all(config)?;
    crate::export::Exported::export_all(config)?;
    crate::disclose::Disclosed::export_all(config)?;
    crate::backups::BackupMade::export_all(config)?;
    crate::backups::Verified::export_all(config)?;
    crate::backups::Recovered::export_all(config)?;
    crate::tray::TrayExported::export_all(config)?;
    crate::sync::Enrol::export_all(config)?;
    crate::sync::usb::Packed::export_all(config)?;
    crate::sync::usb::Unpacked::export_all(config)
}

calls! {
    Read  book_state      = crate::book::state:            (Nothing) -> crate::book::BookState;
    Write book_create     = crate::book::create:           (crate::book::CreateBook) -> crate::book::BookState;
    Write book_open       = crate::book::open:             (crate::book::OpenBook) -> crate::book::BookState;
    Start book_sample     = crate::sample::create:         (crate::sample::CreateSample) -> crate::jobs::JobStarted;
    Write book_close      = crate::book::close:            (Nothing) -> Done;

    Read  entities        = crate::codes::entities:        (Nothing) -> Vec<suanpan_model::EntityDef>;
    Read  code_sets       = crate::codes::sets:            (Nothing) -> Vec<suanpan_model::schema::CodeSetInfo>;
    Read  code_search     = crate::codes::search:          (crate::codes::CodeSearch) -> Vec<crate::codes::CodeOption>;
    Read  code_tree       = crate::codes::tree:            (crate::codes::CodeTree) -> Vec<suanpan_model::schema::CodeItem>;
    Read  reference_search = crate::codes::reference_search: (crate::codes::ReferenceSearch) -> Vec<crate::codes::ReferenceOption>;

    Read  rows_open       = crate::rows::open:             (suanpan_store::query::ListQuery) -> crate::rows::OpenedView;
    Read  rows_window     = crate::rows::window:           (crate::rows::WindowRequest) -> crate::rows::Window;
    Read  rows_position   = crate::rows::position:         (crate::rows::PositionRequest) -> crate::rows::Position;
    Read  record          = crate::rows::record:           (crate::rows::RecordRequest) -> crate::rows::Window;
    Read  totals          = crate::rows::totals:           (crate::rows::TotalsRequest) -> crate::rows::Totals;

    Write apply           = crate::edit::apply:            (crate::edit::Edits) -> crate::edit::Applied;
    Write undo            = crate::edit::undo:             (Nothing) -> crate::edit::Applied;
    Write redo            = crate::edit::redo:             (Nothing) -> crate::edit::Applied;
    Write copy_last_year  = crate::edit::copy_last_year:   (crate::edit::CopyLastYear) -> crate::edit::Applied;
    Write submit          = crate::edit::submit:           (crate::edit::Submit) -> crate::edit::Submitted;

    Read  findings        = crate::checks::findings:       (crate::checks::FindingsRequest) -> crate::checks::Findings;
    Read  finding_counts  = crate::checks::counts:         (crate::home::HomeRequest) -> Vec<crate::checks::RuleCount>;
    Read  rules           = crate::checks::rules:          (Nothing) -> Vec<suanpan_model::check::RuleInfo>;
    Write explain         = crate::explanations::explain:  (crate::explanations::Explain) -> crate::edit::Applied;
    Start check_all       = crate::checks::check_all:      (Nothing) -> crate::jobs::JobStarted;

    Read  search          = crate::search::search:         (crate::search::SearchRequest) -> Vec<crate::search::Hit>;
    Read  history         = crate::history::history:       (crate::rows::RecordRequest) -> Vec<crate::history::HistoryEntry>;
    Read  log             = crate::history::log:           (crate::history::LogRequest) -> Vec<crate::history::LogEntry>;
    Read  home            = crate::home::home:             (crate::home::HomeRequest) -> crate::home::Home;

    Start import_read     = crate::import::read:           (crate::import::ReadWorkbook) -> crate::jobs::JobStarted;
    Read  import_recognise = crate::import::recognise:     (crate::import::RecogniseRequest) -> crate::import::Recognised;
    Start import_preview  = crate::import::preview:        (crate::import::StartPreview) -> crate::jobs::JobStarted;
    Read  import_rows     = crate::import::rows:           (crate::import::ImportRowsRequest) -> crate::import::ImportRows;
    Start import_commit   = crate::import::commit:         (crate::import::CommitImport) -> crate::jobs::JobStarted;
    Read  import_error_book = crate::import::error_book:   (crate::import::ErrorBook) -> crate::import::ErrorBookWritten;
    Read  import_forget   = crate::import::forget:         (crate::import::ImportRequest) -> Done;
    Start export          = crate::export::export:         (crate::export::Export) -> crate::jobs::JobStarted;
    Start disclose        = crate::disclose::disclose:     (crate::disclose::Disclose) -> crate::jobs::JobStarted;

    Read  backups         = crate::backups::list:          (Nothing) -> crate::backups::Backups;
    Start backup_now      = crate::backups::back_up:       (Nothing) -> crate::jobs::JobStarted;
    Start verify_book     = crate::backups::verify:        (Nothing) -> crate::jobs::JobStarted;
    Read  restore_plan    = crate::backups::restore_plan:  (crate::backups::RestoreRequest) -> crate::backups::RecoveryPlan;
    Start restore         = crate::backups::restore:       (crate::backups::RestoreRequest) -> crate::jobs::JobStarted;
    Read  recovery_plan   = crate::backups::recovery_plan: (crate::backups::RecoverRequest) -> crate::backups::RecoveryPlan;
    Start recover         = crate::backups::recover:       (crate::backups::RecoverRequest) -> crate::jobs::JobStarted;

    Read  sync_state      = crate::sync::state:            (Nothing) -> crate::sync::SyncState;
    Start sync_enrol      = crate::sync::start_enrol:      (crate::sync::EnrolRequest) -> crate::jobs::JobStarted;
    Start usb_pack        = crate::sync::usb::start_pack:  (crate::sync::usb::PackRequest) -> crate::jobs::JobStarted;
    Start usb_unpack      = crate::sync::usb::start_unpack: (crate::sync::usb::UnpackRequest) -> crate::jobs::JobStarted;
    Write sync_now        = crate::sync::sync_now:         (Nothing) -> Done;
    Write sync_pause      = crate::sync::pause:            (crate::sync::Pause) -> Done;
    Write sync_mode       = crate::sync::set_mode:         (crate::sync::SetMode) -> Done;

    Read  cases           = crate::cases::cases:           (crate::cases::CasesRequest) -> crate::cases::Cases;
    Write decide_cases    = crate::cases::decide_cases:    (crate::cases::DecideCases) -> crate::edit::Applied;
    Read  tray            = crate::tray::tray:             (crate::tray::TrayWish) -> crate::tray::Tray;
    Write tray_resend     = crate::tray::resend:           (crate::tray::TrayResend) -> crate::edit::Applied;
    Write tray_drop       = crate::tray::put_away:         (crate::tray::TrayChoice) -> Done;
    Start tray_export     = crate::tray::export:           (crate::tray::TrayExport) -> crate::jobs::JobStarted;

    Read  setting         = crate::settings::get:          (crate::settings::SettingRequest) -> crate::settings::Setting;
    Write put_setting     = crate::settings::put:          (crate::settings::Setting) -> Done;

    Read  job             = crate::jobs::state:            (crate::jobs::JobRequest) -> crate::jobs::JobState;
    Write job_cancel      = crate::jobs::cancel:           (crate::jobs::JobRequest) -> Done;
}
