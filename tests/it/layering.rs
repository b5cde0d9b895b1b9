//! Who may import whom (ARCHITECTURE.md, invariant 12), read from cargo's own view of the workspace.

use serde_json::Value as Json;
use std::{collections::BTreeMap, process::Command};

/// Measuring and testing are not part of the product: they may use what they compare with.
const NOT_THE_PRODUCT: &[&str] = &["tests", "suanpan-bench", "suanpan-bare-window"];

/// Package → our packages it may depend on outside of tests.
const ALLOWED: &[(&str, &[&str])] = &[
    ("suanpan-model", &[]),
    ("suanpan-store", &["suanpan-model", "suanpan-sync"]),
    ("suanpan-excel", &["suanpan-model"]),
    ("suanpan-sync", &["suanpan-model"]),
    ("suanpan-sample", &["suanpan-model", "suanpan-excel"]),
    ("suanpan-desk", &["suanpan-model", "suanpan-store", "suanpan-sync", "suanpan-excel", "suanpan-sample"]),
    ("suanpan-testkit", &[]),
    ("suanpan-province", &["suanpan-model", "suanpan-store", "suanpan-sync"]),
    ("suanpan-cli", &["suanpan-desk", "suanpan-excel", "suanpan-model", "suanpan-store", "suanpan-sample"]),
    ("suanpan-desktop", &["suanpan-desk", "suanpan-excel"]),
];

/// Foreign crates that belong to one package of ours.
const ONE_HOME: &[(&str, &[&str])] = &[
    ("tauri", &["suanpan-desktop"]),
    ("rusqlite", &["suanpan-store"]),
    ("axum", &["suanpan-cli", "suanpan-province"]),
    ("postgres", &["suanpan-store"]),
    ("tokio-postgres", &["suanpan-store"]),
    ("calamine", &["suanpan-excel"]),
    ("rust_xlsxwriter", &["suanpan-excel", "suanpan-sample"]),
];

/// What the pure crate must not know.
const NOT_IN_MODEL: &[&str] = &["rusqlite", "tokio", "reqwest", "axum", "tauri", "rand", "getrandom", "calamine"];

fn dependencies() -> BTreeMap<String, Vec<String>> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline", "--manifest-path", manifest])
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Json = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let packages = metadata["packages"].as_array().expect("packages").iter();
    packages
        .map(|package| {
            let used = package["dependencies"].as_array().expect("dependencies").iter();
            let outside_tests = used.filter(|dependency| dependency["kind"] != "dev");
            let names = outside_tests.map(|dependency| dependency["name"].as_str().expect("a name").to_owned());
            (package["name"].as_str().expect("a name").to_owned(), names.collect())
        })
        .collect()
}

#[test]
fn each_crate_imports_only_what_stands_below_it() {
    for (package, used) in dependencies().iter().filter(|(name, _)| !NOT_THE_PRODUCT.contains(&name.as_str())) {
        let allowed = ALLOWED.iter().find(|(name, _)| name == package);
        let (_, allowed) = allowed.unwrap_or_else(|| panic!("{package} has no line in the table of layers"));
        for name in used.iter().filter(|name| name.starts_with("suanpan-")) {
            assert!(allowed.contains(&name.as_str()), "{package} must not import {name}");
        }
    }
}

#[test]
fn each_heavy_library_has_one_home() {
    for (package, used) in &dependencies() {
        for (library, homes) in ONE_HOME {
            let at_home = homes.contains(&package.as_str()) || NOT_THE_PRODUCT.contains(&package.as_str());
            assert!(at_home || !used.contains(&(*library).to_owned()), "{package} must not use {library}");
        }
    }
}

#[test]
fn the_law_knows_no_clock_disk_or_network() {
    let used = &dependencies()["suanpan-model"];
    for library in NOT_IN_MODEL {
        assert!(!used.contains(&(*library).to_owned()), "suanpan-model must not use {library}");
    }
}
