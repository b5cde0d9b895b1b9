//! `weak-book-writer`: the same with synchronous=OFF, built only with the feature that says so. A test that
//! does not notice this one proves nothing. See writer.rs.

#[path = "writer.rs"]
mod writer;

fn main() -> std::process::ExitCode {
    writer::main()
}
