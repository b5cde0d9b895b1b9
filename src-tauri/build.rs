fn main() {
    // The window embeds ui/dist; a Rust-only build of a fresh clone must not fail for want of it.
    let dist = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/dist");
    std::fs::create_dir_all(&dist).expect("the ui folder is writable");
    // Without this a window built after a change of the UI alone would show the UI of before.
    println!("cargo:rerun-if-changed=../ui/dist");
    let attributes =
        tauri_build::Attributes::new().app_manifest(tauri_build::AppManifest::new().commands(&["call", "pick_file"]));
    tauri_build::try_build(attributes).expect("tauri.conf.json and the capabilities are right");
}
