//! The binary `kontor`: reads the command line, and leaves the rest to `cli`.

mod cli;
mod config;
mod metrics;
mod telemetry;
mod wiring;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
