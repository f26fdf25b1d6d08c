//! The project's own chores. `cargo xtask generate` writes every generated file;
//! `cargo xtask generate --check` only says which are stale.
mod catalogue;
mod causes;
mod command_line;
mod output;
mod questions;
mod readme;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use output::Output;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Write the catalogue's registration, causes' pages, command-line reference,
    /// man page, completions, exit codes and the list of questions
    Generate {
        /// Write nothing; fail when something is stale
        #[arg(long)]
        check: bool,
        /// Write only the catalogue's registration, from the files that are there
        #[arg(long)]
        catalogue_only: bool,
    },
}

#[expect(clippy::print_stderr, reason = "a chore talks to its caller")]
fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<bool> {
    let Chore::Generate {
        check,
        catalogue_only,
    } = cli.chore;
    let mut output = Output::new(root()?, check);
    catalogue::generate(&mut output)?;
    if !catalogue_only {
        causes::generate(&mut output)?;
        command_line::generate(&mut output)?;
        command_line::exit_codes(&mut output)?;
        questions::generate(&mut output)?;
        readme::generate(&mut output)?;
    }
    Ok(output.finish())
}

fn root() -> Result<PathBuf> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent()
        .map(PathBuf::from)
        .context("xtask has no parent folder")
}
