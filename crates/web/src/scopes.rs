//! OAuth scopes in plain words: what a person lets an application do.

use kontor_domain::scope::Scopes;

const WORDS: &[(&str, &str)] = &[
    (
        "profile",
        "See who you are: your name, your picture and your handle",
    ),
    (
        "read",
        "Read everything that you can read here, direct posts included",
    ),
    ("read:accounts", "See profiles, yours included"),
    ("read:blocks", "See whom you block"),
    ("read:bookmarks", "See your bookmarks"),
    ("read:collections", "See your collections"),
    ("read:favourites", "See your favourites"),
    ("read:filters", "See your filters"),
    ("read:follows", "See whom you follow and who follows you"),
    ("read:lists", "See your lists"),
    ("read:mutes", "See whom you mute"),
    ("read:notifications", "See your notifications"),
    ("read:search", "Search on your behalf"),
    ("read:statuses", "Read all posts that you can read"),
    (
        "write",
        "Write everything that you can write here: posts, your profile, your lists, and what you delete",
    ),
    ("write:accounts", "Change your profile"),
    ("write:blocks", "Block and unblock people"),
    ("write:bookmarks", "Bookmark posts"),
    ("write:collections", "Change your collections"),
    ("write:conversations", "Mute and delete conversations"),
    ("write:favourites", "Mark posts as favourites"),
    ("write:filters", "Change your filters"),
    ("write:follows", "Follow and unfollow people"),
    ("write:lists", "Change your lists"),
    ("write:media", "Upload files"),
    ("write:mutes", "Mute people and conversations"),
    ("write:notifications", "Clear your notifications"),
    ("write:reports", "Report people"),
    (
        "write:statuses",
        "Publish, change and delete posts in your name",
    ),
    (
        "follow",
        "Follow, unfollow, block and mute people, and see whom you do",
    ),
    ("push", "Send you notifications while it is closed"),
    (
        "admin:read",
        "See everything that only operators see, if you are one",
    ),
    (
        "admin:read:accounts",
        "As an operator: see people's mail addresses and how they stand",
    ),
    (
        "admin:read:canonical_email_blocks",
        "As an operator: see which mail addresses may not register",
    ),
    (
        "admin:read:domain_allows",
        "As an operator: read which servers are let in",
    ),
    (
        "admin:read:domain_blocks",
        "As an operator: read which servers are kept away",
    ),
    (
        "admin:read:email_domain_blocks",
        "As an operator: see which mail domains may not register",
    ),
    (
        "admin:read:ip_blocks",
        "As an operator: see which networks are kept out",
    ),
    ("admin:read:reports", "As an operator: read reports"),
    (
        "admin:write",
        "Do everything that only operators do, if you are one",
    ),
    (
        "admin:write:accounts",
        "As an operator: let people in, disable, suspend and delete accounts",
    ),
    (
        "admin:write:canonical_email_blocks",
        "As an operator: change which mail addresses may not register",
    ),
    (
        "admin:write:domain_allows",
        "As an operator: let servers in",
    ),
    (
        "admin:write:domain_blocks",
        "As an operator: keep servers away",
    ),
    (
        "admin:write:email_domain_blocks",
        "As an operator: change which mail domains may not register",
    ),
    (
        "admin:write:ip_blocks",
        "As an operator: change which networks are kept out",
    ),
    (
        "admin:write:reports",
        "As an operator: change and close reports",
    ),
];

/// One line a scope. What a wider scope of the list holds already is not said twice.
pub fn in_words(scopes: &Scopes) -> Vec<&'static str> {
    let held: Vec<&str> = scopes.iter().collect();
    let said = |scope: &str| {
        scope
            .rsplit_once(':')
            .is_none_or(|(family, _)| !held.contains(&family))
    };
    WORDS
        .iter()
        .filter(|(scope, _)| held.contains(scope) && said(scope))
        .map(|(_, words)| *words)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_has_words_and_no_other() {
        let mut known = kontor_domain::scope::known();
        known.sort();
        let mut described: Vec<&str> = WORDS.iter().map(|(scope, _)| *scope).collect();
        described.sort_unstable();
        assert_eq!(described, known);
    }

    #[test]
    fn a_family_says_it_for_its_members() {
        let words = |text: &str| in_words(&text.parse().unwrap());
        assert_eq!(words("read read:lists"), words("read"));
        assert_eq!(words("read:lists push").len(), 2);
        assert!(words("").is_empty());
    }
}
