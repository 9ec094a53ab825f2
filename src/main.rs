//! Reads the command line and runs it.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    bantin::cli::main(bantin::cli::Cli::parse())
}
