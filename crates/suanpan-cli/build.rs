//! The loopback host carries the screens in itself. Without a built UI (a fresh clone, a Rust-only test
//! run) an empty folder stands in, and the host says that the screens are not built.

fn main() {
    let dist = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/dist");
    println!("cargo:rerun-if-changed={}", dist.display());
    std::fs::create_dir_all(dist).expect("the ui folder is writable");
}
