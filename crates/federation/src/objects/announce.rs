//! A boost of ours as an Announce: it names what it boosts, and holds nothing of it.

use activitypub_federation::kinds::activity::AnnounceType;
use kontor_actions::posts::PostView;
use kontor_domain::time::rfc3339;
use serde::Serialize;

use super::note::{Addressing, addressing};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Announce {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: AnnounceType,
    pub actor: String,
    pub published: String,
    #[serde(flatten)]
    pub addressing: Addressing,
    pub object: String,
}

/// `None`: the post is no boost.
pub fn announce(view: &PostView) -> Option<Announce> {
    let boosted = view.boosted.as_ref()?;
    Some(Announce {
        id: view.post.uri.clone(),
        kind: AnnounceType::Announce,
        actor: view.account.uri.clone(),
        published: rfc3339(view.post.created_at),
        addressing: addressing(
            view.post.audience,
            &view.account.followers_url,
            vec![boosted.account.uri.clone()],
        ),
        object: boosted.post.uri.clone(),
    })
}
