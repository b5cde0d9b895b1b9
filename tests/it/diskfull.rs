//! A disk that fills up: at every 4 KiB up to 3 MB a clear word in Chinese, nothing said to be saved is lost,
//! and work goes on as soon as there is space.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use crate::support::book::{Promises, judge, writer};
use crate::support::diskfull::TinyDisk;

const STEP_BYTES: u64 = 4096;
const DISK_BYTES: u64 = 3 << 20;
/// The program is killed and its book judged after so many full disks.
const JUDGED_EVERY: u64 = 64;

#[test]
fn a_full_disk_at_every_4_kib_loses_nothing_and_says_so_in_chinese() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("disk");
    std::fs::create_dir(&folder).unwrap();
    let book = folder.join("a.book");
    let disk = TinyDisk::new(&folder, &scratch.path().join("budget"), 0);
    let (mut promises, mut bytes, mut full) = (Promises::default(), 0, 0);
    while bytes < DISK_BYTES {
        let mut command = writer(&["patient", &bytes.to_string(), "1000000"], &book);
        disk.attach(&mut command);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let until = bytes + JUDGED_EVERY * STEP_BYTES;
        while bytes < until {
            let line = output.next().unwrap_or_else(|| panic!("the program ended at {bytes} bytes")).unwrap();
            promises.hear(&line);
            assert!(!line.starts_with("error"), "at {bytes} bytes: {line}");
            if let Some(message) = line.strip_prefix("full ") {
                assert!(message.contains("磁盘已满"), "at {bytes} bytes: {message}");
                full += 1;
                bytes += STEP_BYTES;
                disk.set_bytes(bytes);
                child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        output.map_while(Result::ok).for_each(|line| promises.hear(&line));
        if book.exists() {
            let found = judge(&book, &promises).unwrap_or_else(|fault| panic!("at {bytes} bytes: {fault:?}"));
            promises.settle(&found);
        }
    }
    assert_eq!(full, DISK_BYTES / STEP_BYTES);
    disk.set_bytes(DISK_BYTES * 4);
    let mut command = writer(&["work", "1", "20"], &book);
    disk.attach(&mut command);
    assert!(command.output().unwrap().status.success(), "works again when there is space");
}
