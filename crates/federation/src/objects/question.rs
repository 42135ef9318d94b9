//! Polls on the wire, both ways.

use activitypub_federation::protocol::helpers::deserialize_skip_error;
use kontor_actions::polls::{NewPoll, PollView};
use kontor_domain::time::{self, rfc3339_seconds};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::loose;

const MAX_CHOICES: usize = 50;
const MAX_TITLE: usize = 500;

/// What makes a Question of a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Question {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub one_of: Option<Vec<Choice>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub any_of: Option<Vec<Choice>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<String>,
    pub voters_count: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "Note")]
pub struct Choice {
    pub name: String,
    pub replies: Votes,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "Collection", rename_all = "camelCase")]
pub struct Votes {
    pub total_items: i64,
}

/// The poll of a post of ours. Totals that are hidden until the end are told as none.
pub fn outgoing(view: &PollView) -> Question {
    let poll = &view.poll;
    let hidden = poll.hide_totals && poll.closed_at.is_none();
    let shown = |count: i64| if hidden { 0 } else { count };
    let choices = view
        .choices
        .iter()
        .map(|choice| Choice {
            name: choice.title.clone(),
            replies: Votes {
                total_items: shown(choice.votes_count),
            },
        })
        .collect();
    let (one_of, any_of) = if poll.multiple {
        (None, Some(choices))
    } else {
        (Some(choices), None)
    };
    Question {
        one_of,
        any_of,
        end_time: poll.expires_at.map(rfc3339_seconds),
        closed: poll.closed_at.map(rfc3339_seconds),
        voters_count: poll.voters_count.unwrap_or_default(),
    }
}

/// What a peer says of its poll.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IncomingQuestion {
    #[serde(deserialize_with = "loose::list")]
    one_of: Vec<IncomingChoice>,
    #[serde(deserialize_with = "loose::list")]
    any_of: Vec<IncomingChoice>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    end_time: Option<String>,
    /// A time, a truth value or an object.
    #[serde(deserialize_with = "deserialize_skip_error")]
    closed: Option<Value>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    voters_count: Option<i64>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct IncomingChoice {
    #[serde(deserialize_with = "deserialize_skip_error")]
    name: Option<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    replies: Option<Value>,
}

impl IncomingQuestion {
    /// `None`: nothing can be chosen.
    pub fn poll(&self, updated: Option<time::Time>, now: time::Time) -> Option<NewPoll> {
        let multiple = self.one_of.is_empty();
        let given = if multiple { &self.any_of } else { &self.one_of };
        let mut choices: Vec<(String, i64)> = Vec::new();
        for choice in given.iter().take(MAX_CHOICES) {
            let title = loose::line(choice.name.as_deref().unwrap_or_default(), MAX_TITLE);
            if !title.is_empty() && choices.iter().all(|(known, _)| *known != title) {
                choices.push((title, choice.votes()));
            }
        }
        if choices.is_empty() {
            return None;
        }
        let expires_at = self.end_time.as_deref().and_then(time::parse);
        let closed_at = match &self.closed {
            None | Some(Value::Null | Value::Bool(false)) => None,
            Some(Value::String(at)) => match time::parse(at) {
                // Some name the end before it has come.
                Some(at) if at > now => None,
                at => at.or(Some(now)),
            },
            Some(_) => Some(updated.unwrap_or(now).min(now)),
        };
        let stated = match &self.closed {
            Some(Value::String(at)) => time::parse(at),
            _ => None,
        };
        Some(NewPoll {
            choices,
            multiple,
            hide_totals: false,
            expires_at: expires_at.or(stated),
            closed_at,
            voters_count: self.voters_count.map(|count| count.max(0)),
        })
    }
}

impl IncomingChoice {
    fn votes(&self) -> i64 {
        let total = self
            .replies
            .as_ref()
            .and_then(|replies| replies.get("totalItems"))
            .and_then(Value::as_i64);
        total.unwrap_or_default().max(0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Option<NewPoll> {
        let now = time::parse("2026-01-10T00:00:00Z").unwrap();
        serde_json::from_value::<IncomingQuestion>(value)
            .unwrap()
            .poll(None, now)
    }

    #[test]
    fn questions_in_every_form() {
        let choice = |name: &str, votes: i64| json!({"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": votes}});
        let poll = read(json!({"oneOf": [choice("a", 3), choice("b", -1), choice("a", 9)], "endTime": "2026-02-01T00:00:00Z", "votersCount": 3})).unwrap();
        assert_eq!(poll.choices, [("a".to_owned(), 3), ("b".to_owned(), 0)]);
        assert!(!poll.multiple && poll.closed_at.is_none() && poll.expires_at.is_some());
        let poll = read(
            json!({"anyOf": [choice("a", 0), {"name": "b"}], "closed": "2026-01-01T00:00:00Z"}),
        )
        .unwrap();
        assert!(poll.multiple && poll.closed_at.is_some() && poll.voters_count.is_none());
        for over in [
            json!(true),
            json!({"type": "Object"}),
            json!("2026-01-09T00:00:00Z"),
        ] {
            assert!(
                read(json!({"oneOf": [choice("a", 0)], "closed": over}))
                    .unwrap()
                    .closed_at
                    .is_some()
            );
        }
        // Misskey names the end to come by `closed`.
        let open =
            read(json!({"oneOf": [choice("a", 0)], "closed": "2026-03-01T00:00:00Z"})).unwrap();
        assert!(open.closed_at.is_none() && open.expires_at.is_some());
        assert!(read(json!({"oneOf": [], "anyOf": [{}]})).is_none());
    }
}
