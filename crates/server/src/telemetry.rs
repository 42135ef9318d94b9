//! Where log lines go: standard error, as text or as JSON. Never tokens, mail addresses, bodies or addresses of people.

use tracing_subscriber::EnvFilter;

use crate::config::{Config, Error};

pub(crate) fn start(config: &Config) -> Result<(), Error> {
    let filter = EnvFilter::try_new(&config.log.filter)
        .map_err(|why| Error(format!("`log.filter` cannot be read: {why}")))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // A line that cannot be written, on a full disk for one, would be complained of by a panic of the thread that wrote it.
        .log_internal_errors(false);
    let started = match config.log.format {
        crate::config::LogFormat::Text => lines.with_ansi(false).try_init(),
        crate::config::LogFormat::Json => lines.json().try_init(),
    };
    started.map_err(|why| Error(format!("the log cannot be started: {why}")))
}
