//! The command line. Each command is a file; what they share is how they open the house.

mod account;
mod announcement;
mod community;
mod config;
mod db;
mod demo;
mod emoji;
mod inbox;
mod mail;
mod peer;
mod report;
mod serve;
mod setup;
mod token;

use std::{fmt::Display, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use kontor_actions::App;

use crate::{config::Config, wiring};

/// A federated peer-network server for organisations.
#[derive(Debug, Parser)]
#[command(name = "kontor", version, about, propagate_version = true)]
struct Arguments {
    /// The configuration file; without it ./kontor.toml, if it exists, else the defaults.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server (also what happens without a command).
    Serve,
    /// Local accounts.
    #[command(subcommand)]
    Account(account::Command),
    /// Communities of this instance.
    #[command(subcommand)]
    Community(community::Command),
    /// What everybody here is told.
    #[command(subcommand)]
    Announcement(announcement::Command),
    /// Emojis of this instance.
    #[command(subcommand)]
    Emoji(emoji::Command),
    /// What came from peers and could not be acted on.
    #[command(subcommand)]
    Inbox(inbox::Command),
    /// Access tokens.
    #[command(subcommand)]
    Token(token::Command),
    /// Print a one-time link that makes the first administrator.
    SetupLink,
    /// Reports by people here and by other servers.
    #[command(subcommand)]
    Report(report::Command),
    /// Mail that this server sends.
    #[command(subcommand)]
    Mail(mail::Command),
    /// The configuration.
    #[command(subcommand)]
    Config(config::Command),
    /// Other servers: whom to speak with, and how deliveries to them stand.
    #[command(subcommand)]
    Peer(peer::Command),
    /// The database.
    #[command(subcommand)]
    Db(db::Command),
    /// Run a small cast of people and posts, to try with an app; nothing of it is kept.
    Demo,
}

/// Anything that ends a command with a message.
type Outcome = Result<(), Box<dyn std::error::Error>>;

pub(crate) fn run() -> ExitCode {
    let arguments = Arguments::parse();
    match dispatch(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            complain(&why);
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: Arguments) -> Outcome {
    let config = crate::config::load(arguments.config.as_deref())?;
    match arguments.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(config),
        Command::Demo => demo::run(config),
        Command::Config(command) => config::run(&config, &command),
        Command::Mail(command) => mail::run(&config, command),
        Command::Db(command) => db::run(&config, &command),
        Command::Account(command) => account::run(&config, command),
        Command::Community(command) => community::run(&config, command),
        Command::Announcement(command) => announcement::run(&config, command),
        Command::Emoji(command) => emoji::run(&config, command),
        Command::Report(command) => report::run(&config, &command),
        Command::Inbox(command) => inbox::run(&config, command),
        Command::Token(command) => token::run(&config, &command),
        Command::Peer(command) => peer::run(&config, command),
        Command::SetupLink => setup::run(&config),
    }
}

/// Opens the house beside a server that may be running, and does one thing in it.
fn with_app<F, T>(
    config: &Config,
    work: impl FnOnce(App) -> F,
) -> Result<T, Box<dyn std::error::Error>>
where
    F: Future<Output = kontor_actions::Result<T>>,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let house = wiring::open(config, kontor_store::Opener::Command)?;
    Ok(runtime.block_on(async {
        house.federation.policy().refresh(&house.app).await?;
        work(house.app).await
    })?)
}

/// What a command answers goes to standard output.
#[expect(clippy::print_stdout, reason = "this is the command line")]
fn say(line: impl Display) {
    println!("{line}");
}

#[expect(clippy::print_stderr, reason = "this is the command line")]
fn complain(why: impl Display) {
    eprintln!("kontor: {why}");
}
