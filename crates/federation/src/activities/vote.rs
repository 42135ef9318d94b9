//! A vote in a poll: a Create of a Note with a name and without content, one for each choice. It is no post.

use kontor_actions::{
    App, Error, Result,
    polls::{self, Taken},
};
use kontor_domain::{
    ids::{ActivityId, VoteId},
    time::rfc3339_seconds,
};
use kontor_store::{Tx, accounts, deliveries::Priority, posts};
use serde_json::json;

use super::{Context, Received, create, ignored, refused};
use crate::{
    objects::{self, note::IncomingNote},
    outgoing::{Outgoing, Recipients, to_value},
};

/// The note is the actor's own: that has been checked.
pub(super) async fn receive(context: &Context<'_>, note: &IncomingNote) -> Received {
    let (Some(poll), Some(title)) = (note.in_reply_to.clone(), note.name.clone()) else {
        return refused("a vote names a poll and a choice");
    };
    if !context.app.site.owns_str(&poll) {
        return ignored("a vote in a poll of another server");
    }
    match polls::take(context.app, context.actor.id, poll, title).await {
        Ok(Taken::Counted) => Ok(()),
        Ok(Taken::Known) => ignored("a vote that is one too many"),
        Ok(Taken::TooLate) => ignored("the poll has ended"),
        Ok(Taken::Unknown) => refused("the poll has no such choice"),
        Err(Error::NotFound) => refused("there is no such poll"),
        Err(other) => Err(other.into()),
    }
}

/// The vote of somebody here in a poll elsewhere, for its author alone.
pub(crate) fn outgoing(app: &App, tx: &mut Tx<'_>, id: VoteId) -> Result<Option<Outgoing>> {
    let Some(vote) = kontor_store::polls::vote(tx, id)? else {
        return Ok(None);
    };
    let Some(voter) = create::speaker(tx, vote.account_id)? else {
        return Ok(None);
    };
    let Some(stub) = posts::stub(tx, vote.poll_id)? else {
        return Ok(None);
    };
    let Some(author) = accounts::by_id(tx, stub.account_id)? else {
        return Ok(None);
    };
    let choices = kontor_store::polls::choices_of(tx, &[vote.poll_id])?;
    let Some(choice) = choices
        .iter()
        .find(|choice| choice.position == vote.position)
    else {
        return Ok(None);
    };
    let uri = format!("{}#votes/{id}", voter.uri);
    let published = rfc3339_seconds(vote.created_at);
    let body = json!({
        "id": format!("{uri}/activity"),
        "type": "Create",
        "actor": voter.uri,
        "published": published,
        "to": [author.uri],
        "cc": [],
        "object": {
            "id": uri,
            "type": "Note",
            "name": choice.title,
            "attributedTo": voter.uri,
            "inReplyTo": stub.uri,
            "published": published,
            "to": [author.uri],
            "cc": [],
        },
    });
    Ok(Some(Outgoing {
        id: ActivityId(app.id()),
        uri: format!("{uri}/activity"),
        sender: voter.id,
        order: stub.uri,
        post: None,
        body: to_value(&objects::document(body))?,
        to: Recipients::one(&author, Priority::Direct),
    }))
}
