//! The address of a PostgreSQL database, looked at before `libpq` reads it: what `libpq` says of an address that it cannot read
//! quotes the address, with its password.

use crate::{Error, Result};

/// Fails, in words that hold nothing of the address, where `libpq` would not read it, or would read a part of the password as
/// something else. The rules: <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS>
pub(crate) fn check(url: &str) -> Result<()> {
    sound(url).map_err(|why| {
        Error::Connect(format!(
            "the address cannot be read: {why}; in names and passwords every character but letters and digits is written as % and two hexadecimal digits"
        ))
    })
}

fn sound(url: &str) -> std::result::Result<(), &'static str> {
    let (_, rest) = url.split_once("://").ok_or("it has no scheme")?;
    if !escapes_are_sound(rest) {
        return Err("a % is not followed by two hexadecimal digits");
    }
    let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = before.split_once('/').unwrap_or((before, ""));
    let (user, hosts) = authority.split_once('@').unwrap_or(("", authority));
    if [user, hosts, path, query]
        .iter()
        .any(|part| part.contains('@'))
    {
        return Err("an @ stands where none can");
    }
    // Without an @, what was meant as a password stands where the port is.
    if !hosts.split(',').all(has_sound_port) {
        return Err("the port is no number from 1 to 65535");
    }
    let mut pairs = query.split('&').filter(|pair| !pair.is_empty());
    if pairs.any(|pair| pair.matches('=').count() != 1) {
        return Err("a parameter is not of the form name=value");
    }
    Ok(())
}

fn escapes_are_sound(text: &str) -> bool {
    text.split('%').skip(1).all(|after| {
        after
            .get(..2)
            .is_some_and(|digits| digits != "00" && digits.bytes().all(|b| b.is_ascii_hexdigit()))
    })
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`.
fn has_sound_port(host: &str) -> bool {
    let after = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((_, after)) => after,
            None => return false,
        },
        None => host.find(':').map_or("", |at| host.split_at(at).1),
    };
    match after.strip_prefix(':') {
        None => after.is_empty(),
        Some("") => true,
        Some(port) => port.parse::<u16>().is_ok_and(|port| port > 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libpq_reads_is_sound() {
        for url in [
            "postgres://localhost/kontor",
            "postgres://kontor:hunter2@db.test:5433/kontor?sslmode=require",
            "postgresql://kontor:h%40%2Fr2@db.test",
            "postgres://kontor@/kontor?host=/run/postgresql",
            "postgres://kontor:x@one.test:5432,two.test:5433/kontor",
            "postgres://kontor:x@[::1]:5432/kontor",
            "postgres://%2Frun%2Fpostgresql/kontor",
            "postgres:///kontor",
        ] {
            assert!(check(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn what_is_not_sound_is_told_without_its_text() {
        for url in [
            "postgres://kontor:hunter2%zz@db.test/kontor",
            "postgres://kontor:hunter2%@db.test/kontor",
            "postgres://kontor:hunter2%00@db.test/kontor",
            "postgres://kontor:hun@ter2@db.test/kontor",
            "postgres://kontor:hun/ter2@db.test/kontor",
            "postgres://kontor:hun?ter2@db.test/kontor",
            "postgres://kontor:hunter2/kontor",
            "postgres://kontor:70000/kontor",
            "postgres://[hunter2/kontor",
            "postgres://kontor@db.test/kontor?password=hun&ter2",
            "postgres://kontor@db.test/kontor?password=hun%ter2",
        ] {
            let why = check(url).unwrap_err().to_string();
            assert!(why.contains("cannot be read"), "{url}: {why}");
            for secret in ["hun", "ter2", "70000"] {
                assert!(!why.contains(secret), "{url}: {why}");
            }
        }
    }
}
