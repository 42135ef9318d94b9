//! What this instance has decided about other servers, by domain: the words, and which rule holds for a host.

use serde::{Deserialize, Serialize};
use url::Url;

words!(
    /// How a rule treats a domain.
    Severity {
        /// Nothing is taken, sent, fetched or shown.
        Block = "block",
        /// Shown to those who follow, and to nobody else.
        Limit = "limit",
        /// Spoken with, whatever a rule for a wider domain says; the way in where the mode is `allowlist`.
        Allow = "allow",
    }
);

words!(
    /// Who took an account out of sight, and so who may bring it back.
    SuspendedBy {
        /// A person of this instance.
        Operator = "operator",
        /// A rule about its domain.
        Policy = "policy",
        /// Its own server.
        Origin = "origin",
    }
);

words!(
    /// The forms of HTTP signatures.
    SignatureForm {
        /// draft-cavage-http-signatures-12.
        Cavage = "cavage",
        /// RFC 9421.
        Rfc9421 = "rfc9421",
    }
);

impl SignatureForm {
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Cavage => Self::Rfc9421,
            Self::Rfc9421 => Self::Cavage,
        }
    }
}

/// A rule about a domain and what is below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// As [`normal`] spells it.
    pub domain: String,
    pub severity: Severity,
    pub reject_media: bool,
    pub reject_reports: bool,
}

/// The one spelling of a domain: lower case, no dot at the end, names of other scripts as the DNS has them (RFC 5891). A port
/// stays. `None`: it is no domain.
pub fn normal(domain: &str) -> Option<String> {
    let text = domain.trim().trim_start_matches('@');
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            (host, Some(port.parse::<u16>().ok()?))
        }
        _ => (text, None),
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    if host.is_empty() || host.contains(['/', '@', '?', '#', '\\', ' ']) {
        return None;
    }
    let url = Url::parse(&format!("https://{host}/")).ok()?;
    // Two dots at the end, or one that was written in another way.
    let host = url
        .host_str()
        .filter(|host| !host.ends_with('.'))?
        .to_owned();
    Some(match port {
        Some(port) => format!("{host}:{port}"),
        None => host,
    })
}

/// Does a rule for `domain` hold for `host`? For the host itself and what is below it; without a port, for every port.
/// Both as [`normal`] spells them.
pub fn covers(domain: &str, host: &str) -> bool {
    if domain == host {
        return true;
    }
    if port_of(domain).is_some() {
        return false;
    }
    let name = match port_of(host) {
        Some(_) => host.rsplit_once(':').map_or(host, |(name, _)| name),
        None => host,
    };
    name == domain
        || name
            .strip_suffix(domain)
            .is_some_and(|rest| rest.ends_with('.'))
}

fn port_of(host: &str) -> Option<&str> {
    let (_, port) = host.rsplit_once(':')?;
    port.bytes().all(|b| b.is_ascii_digit()).then_some(port)
}

/// The rule that holds for a host: of several the one for the narrowest domain.
pub fn rule_for<'a>(rules: &'a [Rule], host: &str) -> Option<&'a Rule> {
    let host = normal(host)?;
    rules
        .iter()
        .filter(|rule| covers(&rule.domain, &host))
        .max_by_key(|rule| rule.domain.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_has_one_spelling() {
        for (written, kept) in [
            ("Bad.Example", "bad.example"),
            (" bad.example. ", "bad.example"),
            ("@bad.example", "bad.example"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("BAD.example:8443", "bad.example:8443"),
            ("[2001:DB8::1]:8443", "[2001:db8::1]:8443"),
            ("127.1", "127.0.0.1"),
        ] {
            assert_eq!(normal(written).as_deref(), Some(kept), "{written}");
        }
        for bad in [
            "",
            ".",
            "a/b",
            "a b",
            "user@a.example",
            "a.example:x",
            "a?b",
            "::1",
        ] {
            assert_eq!(normal(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_rule_holds_below_its_domain_and_nowhere_beside_it() {
        assert!(covers("bad.example", "bad.example"));
        assert!(covers("bad.example", "a.b.bad.example"));
        assert!(covers("bad.example", "bad.example:8443"));
        assert!(covers("bad.example", "sub.bad.example:8443"));
        assert!(covers("bad.example:8443", "bad.example:8443"));
        assert!(!covers("bad.example:8443", "bad.example"));
        assert!(!covers("bad.example", "notbad.example"));
        assert!(!covers("bad.example", "bad.example.org"));
        assert!(!covers("sub.bad.example", "bad.example"));
    }

    #[test]
    fn the_narrowest_rule_decides() {
        let rule = |domain: &str, severity| Rule {
            domain: domain.to_owned(),
            severity,
            reject_media: false,
            reject_reports: false,
        };
        let rules = [
            rule("example", Severity::Block),
            rule("good.example", Severity::Allow),
            rule("so-so.good.example", Severity::Limit),
        ];
        let severity = |host| rule_for(&rules, host).map(|rule| rule.severity);
        assert_eq!(severity("bad.example"), Some(Severity::Block));
        assert_eq!(severity("GOOD.example."), Some(Severity::Allow));
        assert_eq!(severity("x.good.example:444"), Some(Severity::Allow));
        assert_eq!(severity("so-so.good.example"), Some(Severity::Limit));
        assert_eq!(severity("other.test"), None);
    }
}
