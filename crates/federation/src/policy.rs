//! With whom we speak: the one place that says so, asked before anything is taken in, sent out or fetched.

use std::{collections::BTreeSet, fmt};

use crate::settings::Mode;

#[derive(Debug, Clone)]
pub struct Policy {
    mode: Mode,
    allowed: BTreeSet<String>,
}

/// The host is not one that this instance speaks with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAllowed {
    pub host: String,
}

impl fmt::Display for NotAllowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not a server that this one speaks with", self.host)
    }
}

impl std::error::Error for NotAllowed {}

impl Policy {
    pub fn new(mode: Mode, allowed: &BTreeSet<String>) -> Self {
        Self {
            mode,
            allowed: allowed
                .iter()
                .map(|host| host.trim().to_ascii_lowercase())
                .collect(),
        }
    }

    /// `host` with its port where it is not the scheme's own, as `site::authority` gives it.
    pub fn allowed(&self, host: &str) -> Result<(), NotAllowed> {
        let yes = match self.mode {
            Mode::Open => true,
            Mode::Allowlist => self.allowed.contains(&host.to_ascii_lowercase()),
            Mode::Closed => false,
        };
        if yes {
            Ok(())
        } else {
            Err(NotAllowed {
                host: host.to_owned(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mode_keeps_to_its_word() {
        let list = BTreeSet::from(["Friend.test".to_owned(), "dev.test:4001".to_owned()]);
        let allows = |mode, host| Policy::new(mode, &list).allowed(host).is_ok();
        assert!(allows(Mode::Open, "stranger.test"));
        assert!(!allows(Mode::Closed, "friend.test"));
        assert!(allows(Mode::Allowlist, "friend.test"));
        assert!(allows(Mode::Allowlist, "FRIEND.test"));
        assert!(allows(Mode::Allowlist, "dev.test:4001"));
        assert!(!allows(Mode::Allowlist, "dev.test"));
        assert!(!allows(Mode::Allowlist, "sub.friend.test"));
        assert!(!allows(Mode::Allowlist, "stranger.test"));
    }
}
