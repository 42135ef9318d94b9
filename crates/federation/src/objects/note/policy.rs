//! Who may quote (FEP-044f), answer, like and announce a post, on the wire (`interactionPolicy`), both ways.

use kontor_domain::{
    audience::Audience,
    interaction::{Allowed, Limits},
    quote::{Policy, QuotePolicy},
};
use serde_json::{Value, json};

use crate::objects::{PUBLIC, is_public, loose::id_of};

/// What a peer's policy says of quotes; `None`: nothing. GoToSocial's older names are read too.
pub(super) fn read(policy: &Value, followers: &str) -> Option<Policy> {
    let quotes = policy.get("canQuote")?;
    let group = |names: [&str; 2]| {
        let many = listed(quotes, names);
        let named = |wanted: &dyn Fn(&str) -> bool| many.iter().filter_map(id_of).any(wanted);
        if named(&|uri| is_public(uri)) {
            QuotePolicy::Public
        } else if !followers.is_empty() && named(&|uri| uri == followers) {
            QuotePolicy::Followers
        } else {
            // Its author alone, or people one by one.
            QuotePolicy::Nobody
        }
    };
    Some(Policy {
        automatic: group(AUTOMATIC),
        manual: group(["manualApproval", "approvalRequired"]),
    })
}

/// As it is called, and as GoToSocial called it before.
const AUTOMATIC: [&str; 2] = ["automaticApproval", "always"];

/// Accounts of ours that one policy names.
const MOST_NAMED: usize = 100;

fn listed<'a>(policy: &'a Value, names: [&str; 2]) -> &'a [Value] {
    match names.into_iter().find_map(|name| policy.get(name)) {
        Some(Value::Array(many)) => many.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    }
}

/// What a peer's policy says of answers, likes and boosts; `None`: whoever may read the post. An account elsewhere is its own
/// server's to tell.
pub(super) fn limits(
    policy: &Value,
    followers: &str,
    following: &str,
    ours: &dyn Fn(&str) -> bool,
) -> Option<Limits> {
    let allowed = |name: &str| {
        let one = policy.get(name).filter(|one| one.is_object())?;
        let uris: Vec<&str> = listed(one, AUTOMATIC).iter().filter_map(id_of).collect();
        if uris.iter().any(|uri| is_public(uri)) {
            return None;
        }
        let names = |wanted: &str| !wanted.is_empty() && uris.contains(&wanted);
        Some(Allowed {
            followers: names(followers),
            following: names(following),
            accounts: uris
                .iter()
                .filter(|uri| ours(uri))
                .take(MOST_NAMED)
                .map(|uri| (*uri).to_owned())
                .collect(),
        })
    };
    let limits = Limits {
        answer: allowed("canReply"),
        favourite: allowed("canLike"),
        boost: allowed("canAnnounce"),
    };
    (!limits.is_none()).then_some(limits)
}

/// Whose post it is, and for whom.
pub(super) struct Reach<'a> {
    pub(super) author: &'a str,
    pub(super) followers: &'a str,
    pub(super) audience: Audience,
    pub(super) mentioned: Vec<&'a str>,
    /// A community has rules of its own.
    pub(super) in_group: bool,
}

/// What ours says, which is what holds here: whoever may read a post may answer and like it, and boost it if everyone may read
/// it. Nobody is spelled as the author alone.
pub(super) fn write(policy: Policy, reach: &Reach<'_>) -> Value {
    let Reach {
        author, followers, ..
    } = *reach;
    let mut written = quotes(policy, author, followers);
    let readers: Vec<&str> = match reach.audience {
        _ if reach.in_group => return written,
        Audience::Public | Audience::Unlisted => vec![PUBLIC],
        Audience::Followers => [author, followers]
            .into_iter()
            .chain(reach.mentioned.iter().copied())
            .collect(),
        Audience::Direct => [author]
            .into_iter()
            .chain(reach.mentioned.iter().copied())
            .collect(),
        Audience::Community | Audience::Instance => return written,
    };
    let boosters = if reach.audience.is_open() {
        vec![PUBLIC]
    } else {
        vec![author]
    };
    if let Some(all) = written.as_object_mut() {
        for (name, who) in [
            ("canReply", &readers),
            ("canLike", &readers),
            ("canAnnounce", &boosters),
        ] {
            all.insert(
                name.to_owned(),
                json!({"automaticApproval": who, "manualApproval": []}),
            );
        }
    }
    written
}

fn quotes(policy: Policy, author: &str, followers: &str) -> Value {
    let group = |who: QuotePolicy| match who {
        QuotePolicy::Public => vec![PUBLIC.to_owned()],
        QuotePolicy::Followers => vec![followers.to_owned()],
        QuotePolicy::Nobody => Vec::new(),
    };
    let mut automatic = group(policy.automatic);
    if automatic.is_empty() {
        automatic.push(author.to_owned());
    }
    json!({"canQuote": {"automaticApproval": automatic, "manualApproval": group(policy.manual)}})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_come_back_as_they_were_said() {
        let (author, followers) = ("https://a.test/1", "https://a.test/1/followers");
        for automatic in [
            QuotePolicy::Public,
            QuotePolicy::Followers,
            QuotePolicy::Nobody,
        ] {
            let policy = Policy {
                automatic,
                manual: QuotePolicy::Nobody,
            };
            assert_eq!(
                read(&quotes(policy, author, followers), followers),
                Some(policy)
            );
        }
        assert_eq!(read(&json!({"canReply": {}}), followers), None);
        let old = json!({"canQuote": {"always": "as:Public", "approvalRequired": []}});
        assert_eq!(
            read(&old, followers),
            Some(Policy::automatic(QuotePolicy::Public))
        );
    }

    #[test]
    fn whom_a_policy_lets_answer_like_and_boost() {
        let read = |policy: &Value| {
            limits(
                policy,
                "https://a.test/1/followers",
                "https://a.test/1/following",
                &|uri| uri.starts_with("https://here.test/"),
            )
        };
        let open = json!({"automaticApproval": ["as:Public"], "manualApproval": []});
        assert_eq!(read(&json!({"canQuote": {"automaticApproval": []}})), None);
        assert_eq!(
            read(&json!({"canReply": open, "canLike": open, "canAnnounce": open})),
            None
        );
        let some = json!({"automaticApproval": ["https://a.test/1/followers", "https://here.test/users/1", "https://b.test/2"]});
        let old = json!({"always": "https://a.test/1/following", "approvalRequired": "as:Public"});
        let nobody = json!({"automaticApproval": [], "manualApproval": ["as:Public"]});
        let read = read(&json!({"canReply": some, "canLike": old, "canAnnounce": nobody})).unwrap();
        assert_eq!(
            read.answer,
            Some(Allowed {
                followers: true,
                following: false,
                accounts: vec!["https://here.test/users/1".to_owned()],
            })
        );
        assert!(
            read.favourite
                .is_some_and(|allowed| allowed.following && !allowed.followers)
        );
        assert_eq!(read.boost, Some(Allowed::default()));
    }

    #[test]
    fn ours_says_what_holds_here() {
        let reach = |audience| Reach {
            author: "a",
            followers: "f",
            audience,
            mentioned: vec!["m"],
            in_group: false,
        };
        let who = |audience| {
            let written = write(Policy::NOBODY, &reach(audience));
            ["canReply", "canLike", "canAnnounce"]
                .map(|name| written[name]["automaticApproval"].clone())
        };
        let public = json!([PUBLIC]);
        assert_eq!(
            who(Audience::Unlisted),
            [public.clone(), public.clone(), public]
        );
        assert_eq!(
            who(Audience::Followers),
            [json!(["a", "f", "m"]), json!(["a", "f", "m"]), json!(["a"])]
        );
        assert_eq!(
            who(Audience::Direct),
            [json!(["a", "m"]), json!(["a", "m"]), json!(["a"])]
        );
        let inside = Reach {
            in_group: true,
            ..reach(Audience::Public)
        };
        assert!(write(Policy::NOBODY, &inside).get("canReply").is_none());
    }
}
