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
        manual: group(MANUAL),
    })
}

/// As it is called, and as GoToSocial called it before.
const AUTOMATIC: [&str; 2] = ["automaticApproval", "always"];
const MANUAL: [&str; 2] = ["manualApproval", "approvalRequired"];

/// Accounts of ours that one policy names.
const MOST_NAMED: usize = 100;

fn listed<'a>(policy: &'a Value, names: [&str; 2]) -> &'a [Value] {
    match names
        .into_iter()
        .find_map(|name| policy.get(name).filter(|said| !said.is_null()))
    {
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
    let allowed = |name: &str, by_hand: bool| {
        // One that says nothing restricts nobody.
        let one = policy.get(name).and_then(Value::as_object)?;
        if one.values().all(Value::is_null) {
            return None;
        }
        let one = policy.get(name)?;
        let mut uris: Vec<&str> = listed(one, AUTOMATIC).iter().filter_map(id_of).collect();
        if by_hand {
            uris.extend(listed(one, MANUAL).iter().filter_map(id_of));
        }
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
        answer: allowed("canReply", false),
        // Sent to its author alone, it waits there for their word.
        favourite: allowed("canLike", true),
        boost: allowed("canAnnounce", false),
    };
    (!limits.is_none()).then_some(limits)
}

/// Whose post it is, and for whom.
pub(super) struct Reach<'a> {
    pub(super) author: &'a str,
    pub(super) followers: &'a str,
    pub(super) audience: Audience,
    /// A community has rules of its own.
    pub(super) in_group: bool,
}

/// What ours says, which is what holds here: whoever may read a post may answer and like it, and boost it if everyone may read
/// it. It is said where that is everyone: to GoToSocial, a policy that names followers means that each of them waits for an
/// `Accept`. Nobody is spelled as the author alone.
pub(super) fn write(policy: Policy, reach: &Reach<'_>) -> Value {
    let Reach {
        author, followers, ..
    } = *reach;
    let mut written = quotes(policy, author, followers);
    if reach.in_group || !reach.audience.is_open() {
        return written;
    }
    if let Some(all) = written.as_object_mut() {
        for name in ["canReply", "canLike", "canAnnounce"] {
            all.insert(
                name.to_owned(),
                json!({"automaticApproval": [PUBLIC], "manualApproval": []}),
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
        let old = json!({"always": "https://a.test/1/following", "approvalRequired": []});
        let nobody = json!({"automaticApproval": [], "manualApproval": ["as:Public"]});
        for silent in [
            json!({}),
            json!({"automaticApproval": null, "manualApproval": null}),
        ] {
            assert_eq!(read(&json!({"canReply": silent, "canLike": silent})), None);
        }
        assert_eq!(read(&json!({"canLike": nobody})), None);
        let newer = json!({"automaticApproval": null, "always": "as:Public"});
        assert_eq!(read(&json!({"canReply": newer})), None);
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
        for closed in [Audience::Followers, Audience::Direct] {
            assert_eq!(who(closed), [Value::Null, Value::Null, Value::Null]);
        }
        let inside = Reach {
            in_group: true,
            ..reach(Audience::Public)
        };
        assert!(write(Policy::NOBODY, &inside).get("canReply").is_none());
    }
}
