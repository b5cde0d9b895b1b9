//! The program `weak-link`, spoken to as a script speaks to it.

use serde_json::{Value as Json, json};
use std::{
    io::{BufRead, BufReader, Lines, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

struct Program {
    child: Child,
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_weak-link"));
        let mut child =
            program.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
        let output = BufReader::new(child.stdout.take().expect("its output is ours")).lines();
        Self { input: child.stdin.take(), output, child }
    }

    fn answer(&mut self) -> Json {
        let line = self.output.next().expect("it answers").expect("in UTF-8");
        serde_json::from_str(&line).expect("with JSON")
    }

    fn say(&mut self, line: &str) -> Json {
        writeln!(self.input.as_ref().expect("it is not ended"), "{line}").expect("it listens");
        self.answer()
    }
}

#[test]
fn the_program_says_where_it_listens_counts_and_ends_with_its_input() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut program = Program::start(&["--upstream", &server.local_addr().unwrap().to_string()]);
    let at = program.answer()["listening"].as_str().unwrap().to_owned();
    let mut device = TcpStream::connect(at).unwrap();
    device.write_all(b"abc").unwrap();
    let mut come = [0; 3];
    server.accept().unwrap().0.read_exact(&mut come).unwrap();
    assert_eq!(program.say("counts"), json!({ "up_bytes": 3, "down_bytes": 0, "connections": 1 }));
    for command in
        ["rate 64000", "rtt 600", "rate 0", "cut up 10", "cut down 0", "cut", "refuse", "silence", "portal", "carry"]
    {
        assert_eq!(program.say(command), json!({ "ok": command }));
    }
    assert_eq!(program.say("upstream 127.0.0.1:1 127.0.0.1:2"), json!({ "ok": "upstream 127.0.0.1:1 127.0.0.1:2" }));
    assert_eq!(program.say("reset"), json!({ "ok": "reset" }));
    assert_eq!(program.say("counts"), json!({ "up_bytes": 0, "down_bytes": 0, "connections": 0 }));
    for mistake in ["", "rate", "rate fast", "cut sideways 3", "upstream", "upstream here", "hello"] {
        assert!(program.say(mistake)["error"].as_str().unwrap().contains("counts | reset"), "{mistake}");
    }
    program.input = None;
    assert!(program.child.wait().unwrap().success());
}

#[test]
fn quit_ends_the_program() {
    let mut program = Program::start(&["--upstream", "127.0.0.1:1", "--rtt-ms", "600", "--bits-per-s", "64000"]);
    program.answer();
    writeln!(program.input.as_ref().unwrap(), "quit").unwrap();
    assert!(program.child.wait().unwrap().success());
}
