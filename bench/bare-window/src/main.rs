//! A Tauri window with one empty page and nothing behind it: no commands, no rights, no program of ours.
//! `bench/screens.mjs` measures its memory in the same run as that of the real window.

fn main() {
    tauri::Builder::default().run(tauri::generate_context!()).expect("a display is there");
}
