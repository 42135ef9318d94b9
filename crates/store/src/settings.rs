//! How the database is reached. The names and defaults stand in `config.example.toml`, section `[database]`.

use std::time::Duration;

use crate::Statements;

#[derive(Clone)]
pub struct Settings {
    /// `sqlite://PATH` or `postgres://…`.
    pub url: String,
    /// SQLite: connections that read.
    pub readers: usize,
    /// PostgreSQL: connections. One half reads, the other writes.
    pub connections: usize,
    /// SQLite: many writes share one commit.
    pub group_commit: bool,
    /// SQLite: writes in one commit at most.
    pub group_commit_max: usize,
    /// SQLite: no write joins a commit that has been open for so long.
    pub group_commit_window: Duration,
    /// SQLite: how long to wait for another process's write.
    pub busy_timeout: Duration,
    /// PostgreSQL: how often a write that lost a race is run again.
    pub retries: u32,
    /// Told of every statement that runs.
    pub statements: Statements,
}

impl Settings {
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            readers: 4,
            connections: 16,
            group_commit: true,
            group_commit_max: 256,
            group_commit_window: Duration::from_millis(5),
            busy_timeout: Duration::from_secs(10),
            retries: 12,
            statements: Statements::default(),
        }
    }
}

/// The address without what must not be printed.
impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("url", &printable(&self.url))
            .finish_non_exhaustive()
    }
}

/// A database address that may be printed: no user, no password, no parameters.
pub fn printable(url: &str) -> String {
    if url.starts_with("sqlite:") {
        return url.to_owned();
    }
    match url::Url::parse(url) {
        Ok(parsed) => {
            let host = parsed.host_str().unwrap_or("");
            let port = parsed
                .port()
                .map(|port| format!(":{port}"))
                .unwrap_or_default();
            format!("{}://{host}{port}{}", parsed.scheme(), parsed.path())
        }
        Err(_) => "(an address that cannot be read)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_print() {
        let settings =
            Settings::new("postgres://kontor:hunter2@db.test:5433/kontor?password=hunter3");
        assert_eq!(printable(&settings.url), "postgres://db.test:5433/kontor");
        assert!(!format!("{settings:?}").contains("hunter"));
    }
}
