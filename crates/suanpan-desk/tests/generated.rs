//! `ui/src/generated` is what the calls table says. Regenerate with
//! `UPDATE_GENERATED=1 cargo test -p suanpan-desk --test generated`.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use suanpan_desk::calls;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/generated")
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(inner, text)| (format!("{name}/{inner}"), text)));
        } else {
            found.insert(name, fs::read_to_string(&path).expect("readable"));
        }
    }
    found
}

fn generate(into: &Path) {
    let config = ts_rs::Config::default().with_out_dir(into);
    calls::export_types(&config).expect("types are written");
}

#[test]
fn the_generated_typescript_is_fresh() {
    let fresh = tempfile::tempdir().expect("a temporary folder");
    generate(fresh.path());
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        let _ = fs::remove_dir_all(folder());
        fs::create_dir_all(folder()).expect("created");
        generate(&folder());
    }
    let (kept, made) = (files(&folder()), files(fresh.path()));
    let stale: Vec<_> =
        made.iter().filter(|(name, text)| kept.get(*name) != Some(*text)).map(|(name, _)| name).collect();
    assert!(
        stale.is_empty() && kept.len() == made.len(),
        "stale: {stale:?}; run: UPDATE_GENERATED=1 cargo test -p suanpan-desk --test generated"
    );
}
