//! Two real programs on one book, and reading while a slow disk saves.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::time::Duration;

use suanpan_store::{Book, StoreError};

use crate::support::book::{SCHEMA, writer};
use crate::support::diskfull::slow_fsync;

#[test]
fn the_second_program_is_told_who_holds_the_book() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("a.book");
    assert!(writer(&["work", "1", "3"], &path).output().unwrap().status.success());
    let mut holder =
        writer(&["hold", "财政所电脑上的王芳"], &path).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    BufReader::new(holder.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
    assert_eq!(said, "open\n");

    let Err(refusal) = Book::open(&path, SCHEMA.clone(), "别人") else { panic!("two programs have one book") };
    assert!(matches!(refusal, StoreError::Held { .. }));
    assert!(refusal.to_string().contains("财政所电脑上的王芳"), "{refusal}");
    let second = writer(&["work", "1", "3"], &path).output().unwrap();
    assert_eq!(second.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&second.stdout).contains("正被占用"), "{second:?}");

    // However the first one ends, the book is free again.
    holder.kill().unwrap();
    holder.wait().unwrap();
    drop(Book::open(&path, SCHEMA.clone(), "别人").unwrap());
    let mut holder = writer(&["hold", "王芳"], &path).stdin(Stdio::piped()).spawn().unwrap();
    holder.stdin.take().unwrap().write_all(b"\n").unwrap();
    assert!(holder.wait().unwrap().success());
    drop(Book::open(&path, SCHEMA.clone(), "别人").unwrap());
}

#[test]
fn reading_goes_on_while_a_slow_disk_saves() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("a.book");
    let mut command = writer(&["reads"], &path);
    slow_fsync(&mut command, scratch.path(), Duration::from_millis(300));
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let reads: Vec<u64> = text.lines().filter_map(|line| line.strip_prefix("reads ")?.parse().ok()).collect();
    assert_eq!(reads.len(), 3, "{text}");
    // A save waits for two syncs of 300 ms here. A reader held up by it would get one list at most.
    assert!(reads.iter().all(|during| *during >= 3), "{reads:?} lists were read during three saves");
}
