//! Documents name only files and make targets that exist.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn documents() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        ["README.md", "README.zh.md", "ARCHITECTURE.md"].iter().map(|name| root().join(name)).collect();
    let folders =
        ["docs", "schemas", "schemas/codes", "ui", "ui/src/grid", "tests", "sample-data", "bench", "bench/sync"];
    for folder in folders {
        let entries = fs::read_dir(root().join(folder)).into_iter().flatten().flatten();
        found.extend(entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "md")));
    }
    found
}

/// Words in back quotes, and link targets.
fn mentions(text: &str) -> Vec<String> {
    let quoted = text.split('`').skip(1).step_by(2).map(str::to_owned);
    let linked = text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).map(str::to_owned);
    quoted.chain(linked).collect()
}

/// A repository path: has a slash or a known ending, and no blanks, wildcards, placeholders or schemes.
fn looks_like_a_path(word: &str) -> bool {
    let tops = ["crates/", "ui/", "src-tauri/", "schemas/", "tests/", "docs/", "scripts/", "sample-data/", "bench/"];
    let placeholder = word.contains([' ', '*', '<', '>', '{', '$', '…', '(', ':']);
    !placeholder && tops.iter().any(|top| word.starts_with(top))
}

#[test]
fn documents_name_only_files_that_exist() {
    let mut dead = Vec::new();
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap_or_else(|error| panic!("{}: {error}", document.display()));
        let folder = document.parent().expect("a document is in a folder");
        for word in mentions(&text).into_iter().filter(|word| !word.starts_with("http") && !word.starts_with('#')) {
            let word = word.split('#').next().unwrap_or_default().to_owned();
            let relative_link = text.contains(&format!("]({word}")) && !word.is_empty();
            let exists = root().join(&word).exists() || folder.join(&word).exists();
            if (looks_like_a_path(&word) || relative_link) && !exists && !is_built(&word) {
                dead.push(format!("{}: {word}", document.display()));
            }
        }
    }
    assert!(dead.is_empty(), "dead paths:\n{}", dead.join("\n"));
}

/// Made by a build, so absent from a fresh clone.
fn is_built(word: &str) -> bool {
    word.starts_with("ui/dist") || word.starts_with("ui/node_modules")
}

#[test]
fn documents_name_only_make_targets_that_exist() {
    let makefile = fs::read_to_string(root().join("Makefile")).expect("a Makefile");
    for document in documents() {
        let text = fs::read_to_string(&document).expect("readable");
        for word in mentions(&text) {
            if let Some(target) = word.strip_prefix("make ") {
                let target = target.split_whitespace().next().unwrap_or_default();
                assert!(
                    makefile.lines().any(|line| line.starts_with(&format!("{target}:"))),
                    "{}: there is no `make {target}`",
                    document.display()
                );
            }
        }
    }
}
