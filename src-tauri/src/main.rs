//! The window: one `call` command around the desk's list of calls, and the system's file dialog. No
//! business logic. First argument: the book to open; without it the start wizard is shown.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::{path::PathBuf, process::ExitCode, sync::Arc};
use suanpan_desk::{CallError, CallErrorCode, Desk, Environment, book, calls};
use tauri::{State, WebviewUrl, WebviewWindowBuilder};

fn main() -> ExitCode {
    // The same program reads workbooks in a caged child of itself.
    if let Some(exit) = suanpan_excel::cage::child::run_if_asked() {
        return exit;
    }
    let actor = ["SUANPAN_ACTOR", "USER", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
    let desk = Desk::new(Environment::real(actor.as_deref().unwrap_or("本机用户")));
    if let Some(path) = std::env::args_os().nth(1).map(PathBuf::from)
        && let Err(error) = book::open(&desk, book::OpenBook { path: path.display().to_string() })
    {
        // The window opens all the same: its start page says what is wrong and offers recovery.
        eprintln!("错误：{}", error.message);
        desk.note_start_problem(&path, &error);
    }
    suanpan_desk::backups::keep_watch(&desk);
    suanpan_desk::sync::keep_in_step(&desk);
    let run = tauri::Builder::default()
        .manage(desk)
        .invoke_handler(tauri::generate_handler![call, pick_file])
        .setup(|app| {
            WebviewWindowBuilder::new(app, "main", WebviewUrl::default())
                .title("算盘")
                .inner_size(1366.0, 768.0)
                .min_inner_size(1024.0, 600.0)
                .center()
                .build()?;
            Ok(())
        })
        .run(tauri::generate_context!());
    match run {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("无法打开窗口：{error}。可改用：suanpan serve 账套文件");
            ExitCode::from(3)
        }
    }
}

/// Every call of the screens. Runs off the window's own thread, so a slow disk never freezes it.
#[tauri::command]
async fn call(
    desk: State<'_, Arc<Desk>>,
    name: String,
    body: serde_json::Value,
) -> Result<serde_json::Value, CallError> {
    let desk = desk.inner().clone();
    let answered = tauri::async_runtime::spawn_blocking(move || calls::dispatch_safely(&desk, &name, body)).await;
    answered.unwrap_or_else(|fault| Err(CallError::new(CallErrorCode::Internal, fault.to_string())))
}

/// What the person chooses.
#[derive(Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Pick {
    /// A file to read.
    Open,
    /// A file to write.
    Save,
    Folder,
}

/// What is asked for, and of which kind.
#[derive(serde::Deserialize)]
struct PickFile {
    title: String,
    /// Endings without a dot.
    extensions: Vec<String>,
    what: Pick,
    /// Suggested file name for saving.
    suggested: String,
}

/// The system's dialog for files and folders. None: the person changed their mind.
#[tauri::command]
async fn pick_file(request: PickFile) -> Option<String> {
    let mut dialog = rfd::AsyncFileDialog::new().set_title(&request.title);
    if !request.extensions.is_empty() {
        dialog = dialog.add_filter(request.extensions.join(" "), &request.extensions);
    }
    let picked = match request.what {
        Pick::Open => dialog.pick_file().await,
        Pick::Save => dialog.set_file_name(&request.suggested).save_file().await,
        Pick::Folder => dialog.pick_folder().await,
    };
    picked.map(|file| file.path().display().to_string())
}
