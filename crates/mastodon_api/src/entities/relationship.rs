//! <https://docs.joinmastodon.org/entities/Relationship/>

use kontor_actions::follows;
use kontor_domain::follow::FollowState;
use serde::Serialize;

use super::Never;

#[derive(Debug, Clone, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the shape is Mastodon's")]
pub struct Relationship {
    pub id: String,
    pub following: bool,
    pub showing_reblogs: bool,
    pub notifying: bool,
    pub languages: Vec<String>,
    pub followed_by: bool,
    pub blocking: bool,
    pub blocked_by: bool,
    pub muting: bool,
    pub muting_notifications: bool,
    pub muting_expires_at: Option<Never>,
    pub requested: bool,
    pub requested_by: bool,
    pub domain_blocking: bool,
    pub endorsed: bool,
    pub note: &'static str,
}

impl From<follows::Relationship> for Relationship {
    fn from(relationship: follows::Relationship) -> Self {
        let is = |follow: Option<&follows::Follow>, state| {
            follow.is_some_and(|follow| follow.state == state)
        };
        let (out, back) = (relationship.out.as_ref(), relationship.back.as_ref());
        Self {
            id: relationship.target.to_string(),
            following: is(out, FollowState::Accepted),
            showing_reblogs: out.is_some_and(|follow| follow.show_reblogs),
            notifying: out.is_some_and(|follow| follow.notify),
            languages: out
                .and_then(|follow| serde_json::from_str(&follow.languages).ok())
                .unwrap_or_default(),
            followed_by: is(back, FollowState::Accepted),
            blocking: relationship.blocking,
            blocked_by: relationship.blocked_by,
            muting: false,
            muting_notifications: false,
            muting_expires_at: None,
            requested: is(out, FollowState::Pending),
            requested_by: is(back, FollowState::Pending),
            domain_blocking: false,
            endorsed: false,
            note: "",
        }
    }
}
