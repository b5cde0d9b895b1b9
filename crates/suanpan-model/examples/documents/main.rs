//! Writes what follows from the entity documents: `schemas/entity.schema.json` and
//! `docs/data-dictionary.md`. Run it after editing a document; a test fails while they are stale.

mod generated;

use std::{fs, io, path::Path};

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (path, text) in generated::files() {
        fs::write(root.join(path), text)?;
        println!("{path}");
    }
    Ok(())
}
