//! Compiles the documents under `schemas/` into the program: every entity, every code file, the list
//! of code sets and the parameters of the checks.

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

fn main() {
    let schemas = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join("../../schemas");
    println!("cargo:rerun-if-changed={}", schemas.display());
    let mut code = String::new();
    write_list(&mut code, "ENTITY_DOCUMENTS", &files(&schemas.join("entities"), "json"));
    write_list(&mut code, "CODE_FILES", &files(&schemas.join("codes"), "csv"));
    for (name, file) in [("CODE_SET_LIST", "codes/sets.json"), ("RULE_LIST", "rules.json")] {
        let path = schemas.join(file);
        let text = if path.exists() { fs::read_to_string(&path).expect("readable schema file") } else { "[]".into() };
        let _ = writeln!(code, "pub(crate) const {name}: &str = {text:?};");
    }
    let out = PathBuf::from(env::var("OUT_DIR").expect("set by cargo")).join("documents.rs");
    fs::write(out, code).expect("OUT_DIR is writable");
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    paths.sort();
    paths
}

fn write_list(code: &mut String, name: &str, paths: &[PathBuf]) {
    let _ = writeln!(code, "const {name}: &[(&str, &str)] = &[");
    for path in paths {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("schema files have plain names");
        let _ = writeln!(code, "    ({stem:?}, include_str!({:?})),", path.canonicalize().expect("exists"));
    }
    let _ = writeln!(code, "];");
}
