//! OAuth scopes as Mastodon spells them: `read` holds `read:statuses`, `follow` is an old union, `profile` reads one's own account only.

use std::{collections::BTreeSet, fmt, str::FromStr};

/// Scopes that stand for themselves and everything below them.
const FAMILIES: &[(&str, &[&str])] = &[
    (
        "read",
        &[
            "accounts",
            "blocks",
            "bookmarks",
            "collections",
            "favourites",
            "filters",
            "follows",
            "lists",
            "mutes",
            "notifications",
            "search",
            "statuses",
        ],
    ),
    (
        "write",
        &[
            "accounts",
            "blocks",
            "bookmarks",
            "collections",
            "conversations",
            "favourites",
            "filters",
            "follows",
            "lists",
            "media",
            "mutes",
            "notifications",
            "reports",
            "statuses",
        ],
    ),
    ("admin:read", ADMIN),
    ("admin:write", ADMIN),
];

/// What operators look after.
const ADMIN: &[&str] = &[
    "accounts",
    "canonical_email_blocks",
    "domain_allows",
    "domain_blocks",
    "email_domain_blocks",
    "ip_blocks",
    "reports",
];

/// What the old `follow` scope holds.
const FOLLOW: &[&str] = &[
    "read:blocks",
    "write:blocks",
    "read:follows",
    "write:follows",
    "read:mutes",
    "write:mutes",
];

/// Every scope that an application may ask for.
pub fn known() -> Vec<String> {
    let mut all: Vec<String> = ["profile", "follow", "push"].map(str::to_owned).into();
    for (family, members) in FAMILIES {
        all.push((*family).to_owned());
        all.extend(members.iter().map(|member| format!("{family}:{member}")));
    }
    all
}

/// A set of scopes, each one known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes(BTreeSet<String>);

impl Scopes {
    /// Does the set hold `needed`, by itself, by its family or by the `follow` union?
    pub fn allow(&self, needed: &str) -> bool {
        self.0.contains(needed)
            || needed
                .rsplit_once(':')
                .is_some_and(|(family, _)| self.0.contains(family))
            || (self.0.contains("follow") && FOLLOW.contains(&needed))
    }

    /// Is everything that `self` holds also allowed by `other`?
    pub fn within(&self, other: &Self) -> bool {
        self.0.iter().all(|scope| {
            other.allow(scope) || (scope == "follow" && FOLLOW.iter().all(|s| other.allow(s)))
        })
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl FromStr for Scopes {
    type Err = String;

    /// Words parted by spaces (RFC 6749, section 3.3); `+` is read as a space, as some clients send it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = known();
        let mut scopes = BTreeSet::new();
        for word in text
            .split([' ', '+', '\n', ','])
            .filter(|word| !word.is_empty())
        {
            if !known.iter().any(|scope| scope == word) {
                return Err(format!("`{word}` is not a scope that this server knows"));
            }
            scopes.insert(word.to_owned());
        }
        Ok(Self(scopes))
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, scope) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(text: &str) -> Scopes {
        text.parse().unwrap()
    }

    #[test]
    fn a_family_holds_its_members_and_a_member_not_its_family() {
        assert!(scopes("read").allow("read:statuses"));
        assert!(!scopes("read:statuses").allow("read"));
        assert!(!scopes("read:statuses").allow("read:accounts"));
        assert!(!scopes("read").allow("write:statuses"));
        assert!(scopes("follow").allow("write:follows"));
        assert!(!scopes("follow").allow("write:statuses"));
        assert!(!scopes("profile").allow("read:accounts"));
        assert!(scopes("admin:read").allow("admin:read:reports"));
        assert!(!scopes("read").allow("admin:read:reports"));
        assert!(!scopes("admin:read:reports").allow("read:reports"));
        assert!(!scopes("admin:read").allow("admin:write:reports"));
    }

    #[test]
    fn asked_for_must_be_within_what_was_registered() {
        assert!(scopes("read:statuses write").within(&scopes("read write")));
        assert!(!scopes("read write").within(&scopes("read")));
        assert!(scopes("follow").within(&scopes("read write")));
        assert!("admin:everything".parse::<Scopes>().is_err());
        assert_eq!(scopes("write read push").to_string(), "push read write");
    }
}
