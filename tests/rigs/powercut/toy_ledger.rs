//! A ledger of a few lines, for trying the power-cut rig on: it promises each entry on its standard output, and keeps
//! it by a protocol that is right (`append`, `replace`) or wrong in a way the rig must catch. Not part of the product.
//!
//! `toy-ledger PROTOCOL FOLDER COUNT`: entries are the numbers 1..=COUNT, in FOLDER/ledger.

use std::fs::{File, OpenOptions, rename};
use std::io::{self, Write};
use std::path::Path;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, protocol, folder, count] = arguments.as_slice() else { panic!("toy-ledger PROTOCOL FOLDER COUNT") };
    let folder = Path::new(folder);
    for entry in 1..=count.parse::<u64>().map_err(io::Error::other)? {
        match protocol.as_str() {
            "append" => append(folder, entry, true)?,
            "append-without-sync" => append(folder, entry, false)?,
            "replace" => replace(folder, entry, true, true)?,
            "replace-without-file-sync" => replace(folder, entry, false, true)?,
            "replace-without-folder-sync" => replace(folder, entry, true, false)?,
            "promise-first" => {
                promise(entry);
                append(folder, entry, true)?;
                continue;
            }
            other => panic!("no protocol {other}"),
        }
        promise(entry);
    }
    Ok(())
}

fn promise(entry: u64) {
    println!("kept {entry}");
}

/// One line per entry, long enough to cross sectors; a line that is cut short has no closing mark.
fn line(entry: u64) -> String {
    format!("{entry} {} .\n", "-".repeat(700))
}

fn append(folder: &Path, entry: u64, sync: bool) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(folder.join("ledger"))?;
    file.write_all(line(entry).as_bytes())?;
    if sync { file.sync_data() } else { Ok(()) }
}

fn replace(folder: &Path, entry: u64, sync_file: bool, sync_folder: bool) -> io::Result<()> {
    let (next, ledger) = (folder.join("ledger.next"), folder.join("ledger"));
    let mut file = File::create(&next)?;
    file.write_all((1..=entry).map(line).collect::<String>().as_bytes())?;
    if sync_file {
        file.sync_all()?;
    }
    rename(next, ledger)?;
    if sync_folder { File::open(folder)?.sync_all() } else { Ok(()) }
}
