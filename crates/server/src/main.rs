//! The binary `kontor`: reads the command line, and leaves the rest to `cli`.

mod cli;
mod config;
mod metrics;
mod telemetry;
mod wiring;

use std::process::ExitCode;

/// Taking and giving back memory is a tenth of what an activity that comes in costs with the allocator of glibc.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run()
}
