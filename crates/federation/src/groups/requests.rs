//! Who asks to join a community that has moderators elsewhere: their servers read the list at its own, and what a moderator answers is an
//! Accept or a Reject of the Follow, addressed to the community.

use kontor_actions::{
    App, Error, Result,
    accounts::{self, Account},
    communities, follows,
};
use kontor_domain::{
    account::AccountKind,
    event::AnsweredRequest,
    ids::{AccountId, ActivityId},
    site::same_authority,
};
use kontor_store::Tx;
use serde_json::json;

use super::group;
use crate::{
    Federation,
    activities::{Activity, Context, Ending, Received, accept, create},
    backfill,
    fetch::{Budget, Failure, Memory},
    objects::{self, loose::id_of},
    outgoing::{Outgoing, Recipients, to_value},
};

impl Federation {
    /// Those who wait, as the community's server lists them for its moderators. `None`: it names no list.
    pub(crate) async fn waiting(
        &self,
        app: &App,
        group: &Account,
    ) -> std::result::Result<Option<Vec<AccountId>>, Failure> {
        let most = app.settings.limits.communities.requests_read;
        let budget = Budget::of(most);
        let document = self
            .document_at(app, &group.uri, Memory::Short, &budget)
            .await?;
        let url = document.value.get("joinRequests").and_then(id_of);
        let Some(url) = url.filter(|url| same_authority(url, &group.uri)) else {
            return Ok(None);
        };
        let listed = self
            .list_of(
                app,
                url,
                (most, most),
                Memory::Short,
                &budget,
                backfill::items,
            )
            .await?;
        let uris: Vec<&str> = listed.iter().map(|entry| entry.uri.as_str()).collect();
        let people = self.people(app, &uris, &budget).await?;
        Ok(Some(people.into_values().collect()))
    }
}

/// Acts on what a moderator elsewhere answers to a wish to join a community of ours. `None` in answer: it is about none.
pub(crate) async fn settled(
    context: &Context<'_>,
    activity: &Activity,
    accepted: bool,
) -> std::result::Result<Option<Received>, Ending> {
    let (app, by) = (context.app, context.actor.id);
    let Some((follower, target)) = request(app, activity).await? else {
        return Ok(None);
    };
    let group = accounts::get(app, target).await?;
    if !group.is_local() || group.kind != AccountKind::Group {
        return Ok(None);
    }
    let done = communities::settle_from_elsewhere(app, by, target, follower, accepted).await;
    Ok(Some(match done {
        Err(Error::NotFound) => Err(Ending::Ignored("nobody waits for that".to_owned())),
        other => other.map_err(Ending::from),
    }))
}

/// Who asks whom, in the Follow that is answered.
async fn request(app: &App, activity: &Activity) -> Result<Option<(AccountId, AccountId)>> {
    if !matches!(activity.object_kind(), None | Some("Follow")) {
        return Ok(None);
    }
    if let Some(id) = activity.object_id()
        && let Some(follow) = follows::by_uri(app, id.to_owned()).await?
    {
        return Ok(Some((follow.follower_id, follow.target_id)));
    }
    let Some((follower, target)) = accept::ends(activity) else {
        return Ok(None);
    };
    let follower = accounts::by_uri(app, follower).await?;
    let target = accounts::by_uri(app, target).await?;
    let both = follower.zip(target);
    Ok(both.map(|(follower, target)| (follower.id, target.id)))
}

/// What a moderator here answers whoever asks to join a community elsewhere.
pub(crate) fn answered(
    app: &App,
    tx: &mut Tx<'_>,
    answered: &AnsweredRequest,
) -> Result<Option<Outgoing>> {
    let Some(by) = create::speaker(tx, answered.by)? else {
        return Ok(None);
    };
    let Some(at) = group(tx, answered.community)? else {
        return Ok(None);
    };
    let Some(follower) = kontor_store::accounts::by_id(tx, answered.follower)? else {
        return Ok(None);
    };
    let id = ActivityId(app.id());
    let uri = app.site.activity(id);
    let place = &at.account.uri;
    let kind = if answered.accepted {
        "Accept"
    } else {
        "Reject"
    };
    let body = json!({
        "id": uri,
        "type": kind,
        "actor": by.uri,
        "to": [place],
        "audience": place,
        // The id of the Follow is known to the two alone whom it is between.
        "object": {"type": "Follow", "actor": follower.uri, "object": place},
    });
    Ok(Some(Outgoing {
        id,
        uri,
        sender: by.id,
        order: place.clone(),
        post: None,
        body: to_value(&objects::document(body))?,
        to: Recipients::default(),
    }))
}
