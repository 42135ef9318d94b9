//! Who may quote a post, on the wire (FEP-044f, `interactionPolicy`), both ways.

use kontor_domain::quote::{Policy, QuotePolicy};
use serde_json::{Value, json};

use crate::objects::{PUBLIC, is_public, loose::id_of};

/// What a peer's policy says of quotes; `None`: nothing. GoToSocial's older names are read too.
pub(super) fn read(policy: &Value, followers: &str) -> Option<Policy> {
    let quotes = policy.get("canQuote")?;
    let group = |names: [&str; 2]| {
        let list = names.into_iter().find_map(|name| quotes.get(name));
        let many = match list {
            Some(Value::Array(many)) => many.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
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
        automatic: group(["automaticApproval", "always"]),
        manual: group(["manualApproval", "approvalRequired"]),
    })
}

/// What ours says. Nobody is spelled as the author alone.
pub(super) fn write(policy: Policy, author: &str, followers: &str) -> Value {
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
                read(&write(policy, author, followers), followers),
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
}
