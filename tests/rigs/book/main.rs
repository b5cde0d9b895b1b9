//! `book-writer`: see writer.rs.

mod writer;

fn main() -> std::process::ExitCode {
    writer::main()
}
