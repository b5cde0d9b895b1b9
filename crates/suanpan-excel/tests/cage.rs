//! The child that reads a workbook opens nothing but the workbook, and could not if it wanted to.
#![cfg(target_os = "linux")]

mod support;

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use suanpan_excel::cage::{CHILD_ARGUMENT, seal};
use support::{Desk, MAIN, RawBook, fixture};

/// What `act` came to in a thread that is sealed first.
fn sealed<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::spawn(move || {
        seal::take_on().expect("this kernel has seccomp");
        act()
    });
    thread.join().expect("a refused call is an error and not the end")
}

#[test]
fn a_sealed_reader_can_open_no_file_and_write_none() {
    let desk = Desk::new();
    let (secret, other) = (desk.file("secret.txt", b"figures"), desk.path("new.txt"));
    let open = secret.clone();
    let kinds = sealed(move || {
        let folder = open.parent().expect("a folder").to_owned();
        [
            File::open(&open).err().map(|error| error.kind()),
            File::create(&other).err().map(|error| error.kind()),
            std::fs::remove_file(&open).err().map(|error| error.kind()),
            std::fs::rename(&open, &other).err().map(|error| error.kind()),
            std::fs::read_dir(folder).err().map(|error| error.kind()),
        ]
    });
    assert_eq!(kinds, [Some(std::io::ErrorKind::PermissionDenied); 5]);
    assert!(File::open(&secret).is_ok(), "only the sealed thread is barred");
}

#[test]
fn a_sealed_reader_reaches_no_network_and_starts_no_program() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    let (called, listening, started, threaded) = sealed(move || {
        let called = TcpStream::connect(address).map(drop);
        let listening = TcpListener::bind("127.0.0.1:0").map(drop);
        let started = Command::new("/bin/true").status().map(drop);
        let threaded = std::thread::Builder::new().spawn(|| {}).map(drop);
        (called, listening, started, threaded)
    });
    for refused in [called, listening, started, threaded] {
        assert_eq!(refused.err().map(|error| error.kind()), Some(std::io::ErrorKind::PermissionDenied));
    }
    listener.set_nonblocking(true).expect("loopback");
    assert!(listener.accept().is_err(), "nobody called");
}

/// Calls that the child made on files, the network and other processes, as strace saw them.
fn calls(path: &Path) -> Vec<String> {
    let desk = Desk::new();
    let log = desk.path("calls");
    let status = Command::new("strace")
        .args(["-f", "-qq", "-s", "4096", "-e", "signal=none", "-e", "trace=%file,%network,%process,seccomp", "-o"])
        .arg(&log)
        .arg(env!("CARGO_BIN_EXE_caged_reader"))
        .arg(CHILD_ARGUMENT)
        .arg(path)
        .args([(300u64 << 20).to_string(), "25".to_owned()])
        // Cargo's own search path for libraries, which no clerk has.
        .env_remove("LD_LIBRARY_PATH")
        .output()
        .expect("strace is installed by scripts/setup.sh test");
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));
    let text = std::fs::read_to_string(log).expect("strace wrote its log");
    // Each line begins with the process id.
    text.lines().filter_map(|line| line.split_once(' ')).map(|(_, call)| call.trim_start().to_owned()).collect()
}

/// Files that the loader and the C library look at before `main`, and the child at its own size.
const BEFORE: [&str; 6] = ["/etc/ld.so", "/lib", "/usr/lib", "/proc/self/maps", "/proc/self/statm", "/sys/fs/cgroup"];

#[test]
fn no_workbook_however_hostile_makes_the_child_open_another_file_or_the_network() {
    let outside = "Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLinkPath\" TargetMode=\"External\"";
    let links = format!(
        "<Relationships><Relationship Id=\"rId1\" {outside} Target=\"file:///etc/passwd\"/><Relationship Id=\"rId2\" {outside} Target=\"http://127.0.0.1:9/x.xlsx\"/></Relationships>"
    );
    let entity = "<!DOCTYPE w [<!ENTITY x SYSTEM \"file:///etc/passwd\"><!ENTITY y SYSTEM \"http://127.0.0.1:9/\">]>";
    let linked = "<row r=\"1\"><c r=\"A1\"><f>[1]表!A1+WEBSERVICE(\"http://127.0.0.1:9/\")</f><v>1</v></c></row>";
    let desk = Desk::new();
    let linking = RawBook::new(linked).part("xl/externalLinks/_rels/externalLink1.xml.rels", links);
    let entities = RawBook::with_sheet(&format!("{entity}<worksheet xmlns=\"{MAIN}\">&x;&y;</worksheet>"));
    let page = "<html><link rel=stylesheet href='http://127.0.0.1:9/a.css'><table><tr><td><img src='file:///etc/passwd'>1</table>";
    let mut files = vec![
        desk.file("links.xlsx", &linking.zip()),
        desk.file("entities.xlsx", &entities.zip()),
        desk.file("page.xls", page.as_bytes()),
        desk.file("plain.csv", "单位,金额\n=WEBSERVICE(\"http://127.0.0.1:9/\"),1\n".as_bytes()),
    ];
    let fixtures = ["hidden.xlsx", "hidden.xlsb", "hidden.ods", "hidden.biff8.xls", "biff5.xls", "encrypted.xlsx"];
    files.extend(fixtures.map(fixture));
    for file in files {
        let calls = calls(&file);
        let sealed = calls.iter().position(|call| call.starts_with("seccomp(") && call.ends_with("= 0"));
        let sealed = sealed.unwrap_or_else(|| panic!("{} was read without a seal: {calls:#?}", file.display()));
        let shown = file.to_string_lossy();
        for call in &calls[1..sealed] {
            let opens = call.starts_with("openat(") || call.starts_with("access(") || call.starts_with("newfstatat(");
            let about = call.split('"').nth(1).unwrap_or_default();
            let allowed = about == shown || BEFORE.iter().any(|start| about.starts_with(start)) || about.is_empty();
            let writes = ["O_WRONLY", "O_RDWR", "O_CREAT"].iter().any(|flag| call.contains(flag));
            assert!((!opens || allowed) && !writes, "{shown}: {call}");
            assert!(!call.starts_with("socket") && !call.starts_with("connect"), "{shown}: {call}");
        }
        let after: Vec<&String> = calls[sealed + 1..].iter().filter(|call| !call.starts_with("exit")).collect();
        assert!(after.is_empty(), "{shown} after the seal: {after:#?}");
        assert_eq!(calls.iter().filter(|call| call.contains(&format!("\"{shown}\""))).count(), 2, "argument and open");
    }
}
