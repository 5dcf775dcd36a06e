//! The `spinwright` command line: parses arguments, calls the crates that do the work, prints what they found.

mod bitstream;
mod boards;
mod commands;
mod demo;
mod evaluation;
mod examples;
mod export;
mod failure;
mod fit;
mod folder;
mod fusesoc;
mod generated;
mod interrupt;
mod model;
mod options;
mod output;
mod pictures;
mod port;
mod progress;
mod recipe;
mod registers;
mod report;
mod synth;
mod threads;
mod tools;
mod training;

use clap::Parser;
use commands::Command;
use std::process::ExitCode;

/// From a trained thermodynamic model to a p-bit machine on an FPGA, bit for bit.
#[derive(Parser)]
#[command(version, arg_required_else_help = true, propagate_version = true, max_term_width = 110)]
#[command(
    after_help = "Example:\n  spinwright demo\n\nExit codes: 0 done, 1 a check failed, 2 bad input, 130 \
                        interrupted. Each command's --help shows an example."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    interrupt::install();
    match arguments.command.execute() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
