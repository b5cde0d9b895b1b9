fn main() {
    // The window embeds ui/dist; a Rust-only build of a fresh clone must not fail for want of it.
    let dist = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/dist");
    std::fs::create_dir_all(&dist).expect("the ui folder is writable");
    let attributes =
        tauri_build::Attributes::new().app_manifest(tauri_build::AppManifest::new().commands(&["call", "pick_file"]));
    tauri_build::try_build(attributes).expect("tauri.conf.json and the capabilities are right");
}
