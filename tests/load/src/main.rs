//! `kontor-load`: what the server can take and give. It is everybody that the server talks to, and speaks only what any peer and
//! any client speaks.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::panic,
    clippy::print_stdout,
    reason = "a program for a person at a terminal, where a failure is a panic"
)]

mod client;
mod community;
mod figures;
mod idle;
mod inbound;
mod key;
mod machine;
mod outbound;
mod peers;
mod postgres;
mod seed;
mod server;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Puts load on a Kontor server and measures it.
#[derive(Debug, Parser)]
#[command(name = "kontor-load", version)]
struct Arguments {
    /// The server's binary.
    #[arg(long, default_value = "target/release/kontor")]
    kontor: PathBuf,
    /// sqlite, or postgres beside `scripts/postgres`
    #[arg(long, default_value = "sqlite")]
    database: String,
    /// Settings of the server: section.key=value, as its file has them.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
    #[command(subcommand)]
    mode: Mode,
}

#[derive(Debug, Subcommand)]
enum Mode {
    /// People read and write with an app.
    Client(client::Options),
    /// A community with members on many servers.
    Community(community::Options),
    /// People hold connections open while nothing happens.
    Idle(idle::Options),
    /// Peers send activities to the server.
    Inbound(inbound::Options),
    /// The server sends posts to peers.
    Outbound(outbound::Options),
}

fn main() {
    let arguments = Arguments::parse();
    let start = server::Start {
        binary: arguments.kontor,
        database: arguments.database,
        settings: arguments.settings,
    };
    machine::print(&start.database);
    // One thread: the load shares the machine with the server.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        match arguments.mode {
            Mode::Client(options) => client::run(start, options).await,
            Mode::Community(options) => community::run(start, options).await,
            Mode::Idle(options) => idle::run(start, options).await,
            Mode::Inbound(options) => inbound::run(start, options).await,
            Mode::Outbound(options) => outbound::run(start, options).await,
        }
    });
}
