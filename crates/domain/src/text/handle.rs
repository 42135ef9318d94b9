//! Handles: the names by which accounts are mentioned and looked up. Who is behind one is not known here.

use std::{fmt, str::FromStr};

/// Longest name taken from a peer. Mastodon's is 30, others allow more.
const MAX_USERNAME: usize = 255;
/// RFC 1035, 2.3.4.
const MAX_DOMAIN: usize = 253;
const MAX_LABEL: usize = 63;
const MAX_LOCAL_USERNAME: usize = 30;

/// `alice` here, or `alice@b.test` elsewhere. Spelled as it was written; compare by [`Handle::key`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Handle {
    pub username: String,
    /// ASCII (internationalised names in their `xn--` form), with a port where one was given.
    pub domain: Option<String>,
    /// Written with `!`: a group is meant, and nobody else.
    pub group: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandleError {
    Empty,
    Username,
    Domain,
    Port,
}

impl fmt::Display for HandleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "handle is empty",
            Self::Username => "handle has an invalid user name",
            Self::Domain => "handle has an invalid domain",
            Self::Port => "handle has an invalid port",
        })
    }
}

impl std::error::Error for HandleError {}

impl Handle {
    /// Reads `alice`, `@alice`, `alice@b.test`, `@alice@b.test:4002` and `acct:alice@b.test`, and `!garden` and
    /// `!garden@b.test` of groups.
    pub fn parse(text: &str) -> Result<Self, HandleError> {
        let text = text.trim();
        let text = match text.split_at_checked(5) {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("acct:") => rest,
            _ => text,
        };
        let (text, group) = match text.strip_prefix('!') {
            Some(name) => (name, true),
            None => (text.strip_prefix('@').unwrap_or(text), false),
        };
        if text.is_empty() {
            return Err(HandleError::Empty);
        }
        let (username, domain) = match text.split_once('@') {
            Some((username, domain)) => (username, Some(domain)),
            None => (text, None),
        };
        if username.len() > MAX_USERNAME
            || username_length(username) != username.len()
            || username.is_empty()
        {
            return Err(HandleError::Username);
        }
        let domain = domain.map(domain_with_port).transpose()?;
        Ok(Self {
            username: username.to_owned(),
            domain,
            group,
        })
    }

    /// The form under which two spellings of one handle are equal; that of a group with `!` is another one.
    pub fn key(&self) -> String {
        self.to_string().to_ascii_lowercase()
    }
}

impl fmt::Display for Handle {
    /// `alice` or `alice@b.test`, without a leading `@`; `!garden` or `!garden@b.test`, with its `!`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.group {
            f.write_str("!")?;
        }
        f.write_str(&self.username)?;
        match &self.domain {
            Some(domain) => write!(f, "@{domain}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Handle {
    type Err = HandleError;

    fn from_str(text: &str) -> Result<Self, HandleError> {
        Self::parse(text)
    }
}

/// Whether an account of this name may be made here: `[a-z0-9_]{1,30}`.
pub fn valid_local_username(name: &str) -> bool {
    (1..=MAX_LOCAL_USERNAME).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// The mention at the start of `text`, which begins with `@` or `!`, and its length in bytes.
pub(super) fn read(text: &str) -> Option<(Handle, usize)> {
    let rest = text.strip_prefix(['@', '!'])?;
    let name = username_length(rest);
    let mut end = 1 + name;
    if let Some(domain) = text.get(end..)?.strip_prefix('@') {
        let length = run_length(domain, is_domain_char, |c| c == '.' || c == '-');
        if length > 0 {
            end += 1 + length;
            end += port_length(text.get(end..)?);
        }
    }
    // "@andré" is not a mention of "andr".
    if text.get(end..)?.chars().next().is_some_and(joins_words) {
        return None;
    }
    Handle::parse(text.get(..end)?)
        .ok()
        .map(|handle| (handle, end))
}

/// Letters, digits and underscores; dots and hyphens between them, as peers allow.
fn username_length(text: &str) -> usize {
    run_length(
        text,
        |c| c.is_ascii_alphanumeric() || c == '_',
        |c| c == '.' || c == '-',
    )
}

fn is_domain_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || joins_words(c)
}

/// A letter beyond ASCII of a script that parts words by spaces. Those from Thai upwards mostly do not: what follows a handle
/// there is the next word and no part of the handle.
fn joins_words(c: char) -> bool {
    !c.is_ascii() && c < '\u{e00}' && c.is_alphanumeric()
}

/// Bytes of the longest run that starts and ends with an `edge` character and has `edge` or `inner` ones between.
fn run_length(text: &str, edge: impl Fn(char) -> bool, inner: impl Fn(char) -> bool) -> usize {
    let mut length = 0;
    for (at, c) in text.char_indices() {
        if edge(c) {
            length = at + c.len_utf8();
        } else if at == 0 || !inner(c) {
            break;
        }
    }
    length
}

/// Bytes of a `:4002` at the start. One digit is more likely to be prose than a port.
fn port_length(text: &str) -> usize {
    let Some(rest) = text.strip_prefix(':') else {
        return 0;
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let port = rest.get(..digits).and_then(|d| d.parse::<u16>().ok());
    if digits > 1 && port.is_some() {
        digits + 1
    } else {
        0
    }
}

fn domain_with_port(text: &str) -> Result<String, HandleError> {
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    let host = ascii_domain(host).ok_or(HandleError::Domain)?;
    let Some(port) = port else { return Ok(host) };
    let number: u16 = port.parse().map_err(|_| HandleError::Port)?;
    // "080" and "+80" parse, but would be further spellings of one place.
    if number == 0 || number.to_string() != port {
        return Err(HandleError::Port);
    }
    Ok(format!("{host}:{port}"))
}

fn ascii_domain(host: &str) -> Option<String> {
    let host = if host.is_ascii() {
        host.to_owned()
    } else {
        match url::Host::parse(host).ok()? {
            url::Host::Domain(domain) => domain,
            url::Host::Ipv4(_) | url::Host::Ipv6(_) => return None,
        }
    };
    let valid = |label: &str| {
        (1..=MAX_LABEL).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    (host.len() <= MAX_DOMAIN && host.split('.').all(valid)).then_some(host)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn shown(text: &str) -> String {
        Handle::parse(text).unwrap().to_string()
    }

    #[test]
    fn every_spelling_is_read() {
        assert_eq!(shown("alice"), "alice");
        assert_eq!(shown("@alice"), "alice");
        assert_eq!(shown("alice@b.test"), "alice@b.test");
        assert_eq!(shown(" @Alice@B.test:4002 "), "Alice@B.test:4002");
        assert_eq!(shown("ACCT:alice@localhost:4000"), "alice@localhost:4000");
        assert_eq!(shown("a.b-c@xn--mller-kva.de"), "a.b-c@xn--mller-kva.de");
        assert_eq!(shown("a@müller.de"), "a@xn--mller-kva.de");
        assert_eq!(Handle::parse("Alice@B.Test").unwrap().key(), "alice@b.test");
    }

    #[test]
    fn a_group_is_asked_for_by_its_sign() {
        let garden = Handle::parse(" !Garden@B.test:4002").unwrap();
        assert_eq!(
            (garden.username.as_str(), garden.domain.as_deref()),
            ("Garden", Some("B.test:4002"))
        );
        assert!(garden.group);
        assert_eq!(garden.key(), "!garden@b.test:4002");
        assert_eq!(Handle::parse(&garden.to_string()), Ok(garden));
        assert_eq!(shown("acct:!garden"), "!garden");
        assert!(!Handle::parse("@garden@b.test").unwrap().group);
        assert_ne!(Handle::parse("!garden"), Handle::parse("garden"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, error) in [
            ("", HandleError::Empty),
            ("@", HandleError::Empty),
            ("!", HandleError::Empty),
            ("!!garden", HandleError::Username),
            ("@!garden", HandleError::Username),
            ("!@garden", HandleError::Username),
            ("!garden@", HandleError::Domain),
            ("acct:", HandleError::Empty),
            ("@@b.test", HandleError::Username),
            ("ali ce", HandleError::Username),
            (".alice", HandleError::Username),
            ("alice.@b.test", HandleError::Username),
            ("älice", HandleError::Username),
            ("alice@", HandleError::Domain),
            ("alice@b..test", HandleError::Domain),
            ("alice@-b.test", HandleError::Domain),
            ("alice@b.test/x", HandleError::Domain),
            ("alice@b@c", HandleError::Domain),
            ("alice@b.test:", HandleError::Port),
            ("alice@b.test:0", HandleError::Port),
            ("alice@b.test:070", HandleError::Port),
            ("alice@b.test:99999", HandleError::Port),
        ] {
            assert_eq!(Handle::parse(text), Err(error), "{text}");
        }
        assert_eq!(Handle::parse(&"a".repeat(256)), Err(HandleError::Username));
        assert_eq!(
            Handle::parse(&format!("a@{}", "b.".repeat(200) + "test")),
            Err(HandleError::Domain)
        );
    }

    #[test]
    fn local_names_are_narrow() {
        assert!(valid_local_username("alice_2"));
        assert!(valid_local_username(&"a".repeat(30)));
        for name in ["", "Alice", "a.b", "a-b", "ä", "a b"] {
            assert!(!valid_local_username(name), "{name}");
        }
        assert!(!valid_local_username(&"a".repeat(31)));
    }
}
