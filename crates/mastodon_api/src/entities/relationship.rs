//! <https://docs.joinmastodon.org/entities/Relationship/>

use kontor_actions::follows;
use kontor_domain::{community::CommunityRole, follow::FollowState, time::rfc3339};
use serde::Serialize;

use super::community::membership;

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
    pub muting_expires_at: Option<String>,
    pub requested: bool,
    pub requested_by: bool,
    pub domain_blocking: bool,
    pub endorsed: bool,
    pub note: String,
    /// To groups alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub community: Option<CommunityRelationship>,
}

/// What whoever asks is in a community, in the words of [`super::Community`].
#[derive(Debug, Clone, Serialize)]
pub struct CommunityRelationship {
    pub membership: Option<&'static str>,
    pub role: Option<CommunityRole>,
    pub banned: bool,
}

impl From<follows::Relationship> for Relationship {
    fn from(relationship: follows::Relationship) -> Self {
        let is = |follow: Option<&follows::Follow>, state| {
            follow.is_some_and(|follow| follow.state == state)
        };
        let (out, back) = (relationship.out.as_ref(), relationship.back.as_ref());
        let mute = relationship.mute.as_ref();
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
            muting: mute.is_some(),
            muting_notifications: mute.is_some_and(|mute| mute.hide_notifications),
            muting_expires_at: mute.and_then(|mute| mute.expires_at).map(rfc3339),
            requested: is(out, FollowState::Pending),
            requested_by: is(back, FollowState::Pending),
            domain_blocking: relationship.domain_blocking,
            endorsed: relationship.endorsed,
            community: relationship
                .community
                .map(|standing| CommunityRelationship {
                    membership: out.map(|follow| membership(follow.state)),
                    role: standing.role,
                    banned: standing.banned,
                }),
            note: relationship.note,
        }
    }
}
