//! `suanpan`: the desk without a window. Arguments are parsed in [`args`], each noun's commands have a
//! file in [`commands`], what people and programs read is written by [`output`], and [`serve`] is the
//! loopback host of the screens. Nothing is decided here; everything is a call of suanpan-desk.

mod args;
mod commands;
mod fields;
mod output;
mod serve;

use args::{Arguments, Command};
use clap::Parser;
use output::{Exit, Output};
use std::process::ExitCode;

fn main() -> ExitCode {
    // The same program reads workbooks in a caged child of itself.
    if let Some(exit) = suanpan_excel::cage::child::run_if_asked() {
        return exit;
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(problem) => {
            let _ = problem.print();
            return if problem.use_stderr() { Exit::Usage.code() } else { Exit::Done.code() };
        }
    };
    let output = Output { json: arguments.json };
    let result = run(&arguments.command, &output);
    match result {
        Ok(exit) => exit.code(),
        Err(error) => output.fail(&error),
    }
}

fn run(command: &Command, output: &Output) -> Result<Exit, suanpan_desk::CallError> {
    match command {
        Command::Init(given) => commands::book::init(given, output),
        Command::Info(given) => commands::book::info(given, output),
        Command::List(given) => commands::records::list(given, output),
        Command::Get(given) => commands::records::get(given, output),
        Command::New(given) => commands::records::new(given, output),
        Command::Set(given) => commands::records::set(given, output),
        Command::Rm(given) => commands::records::rm(given, output),
        Command::Totals(given) => commands::records::totals(given, output),
        Command::Import(given) => commands::exchange::import(given, output),
        Command::Export(given) => commands::exchange::export(given, output),
        Command::Disclose(given) => commands::exchange::disclose(given, output),
        Command::Check(given) => commands::check::check(given, output),
        Command::Search(given) => commands::search::search(given, output),
        Command::Log(given) => commands::history::log(given, output),
        Command::Undo(given) => commands::history::undo(given, output),
        Command::Redo(given) => commands::history::redo(given, output),
        Command::Backup(given) => commands::backups::backup(given, output),
        Command::Restore(given) => commands::backups::restore(given, output),
        Command::Verify(given) => commands::backups::verify(given, output),
        Command::Recover(given) => commands::backups::recover(given, output),
        Command::Enrol(given) => commands::sync::enrol(given, output),
        Command::Sync(given) => commands::sync::sync(given, output),
        Command::Pack(given) => commands::sync::pack(given, output),
        Command::Unpack(given) => commands::sync::unpack(given, output),
        Command::Carry(given) => commands::sync::carry(given, output),
        Command::Status(given) => commands::sync::status(given, output),
        Command::Cases(given) => commands::disputes::cases(given, output),
        Command::Decide(given) => commands::disputes::decide(given, output),
        Command::Tray(given) => commands::disputes::tray(given, output),
        Command::Sample(given) => commands::sample::sample(given, output),
        Command::Serve(given) => serve::serve(given, output),
    }
}
