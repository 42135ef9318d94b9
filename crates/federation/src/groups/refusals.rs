//! What a community does not take in: whoever wrote it is told by a Reject, by those of ours, and people here by those elsewhere.

use kontor_actions::{App, Result, communities};
use kontor_domain::{
    account::AccountKind,
    ids::{AccountId, ActivityId},
    text::plain,
};
use kontor_store::{
    Tx, accounts,
    deliveries::Priority,
    inbox,
    posts::{self, Stub},
};
use serde_json::{Value, json};

use super::group;
use crate::{
    activities::{Activity, Context, Ending, Received},
    objects::{self, loose::id_of},
    outgoing::{self, Outgoing, Recipients, to_value},
};

/// Tells the server of whoever wrote it, in the transaction that ends what brought it. What stays here is known to nobody elsewhere.
pub(crate) fn turn_away(
    app: &App,
    tx: &mut Tx<'_>,
    received: &inbox::Received,
    (community, why): (AccountId, &str),
) -> Result<()> {
    let at = group(tx, community)?.filter(|at| at.is_ours() && !at.stays_here());
    let author = accounts::by_uri(tx, &received.actor_uri)?;
    let (Some(at), Some(author), Some((kind, post))) = (at, author, brought(&received.body)) else {
        return Ok(());
    };
    // A change alone is refused: the post stands as it was, and a Reject would take it away where it was written.
    if kind == "Update"
        && posts::stub_by_uri(tx, &post)?.is_some_and(|stub| stub.community_id == Some(community))
    {
        return Ok(());
    }
    let id = ActivityId(app.id());
    let uri = app.site.activity(id);
    let body = json!({
        "id": uri,
        "type": "Reject",
        "actor": at.account.uri,
        "to": [author.uri],
        "summary": why,
        "object": {
            "id": received.activity_uri,
            "type": kind,
            "actor": author.uri,
            "object": post,
        },
    });
    let outgoing = Outgoing {
        id,
        uri,
        sender: at.account.id,
        body: to_value(&objects::document(body))?,
        order: post,
        post: None,
        to: Recipients::one(&author, Priority::Direct),
    };
    outgoing::write(app, tx, outgoing)
}

/// The type of an activity that brings a post, and the post's address.
fn brought(body: &str) -> Option<(String, String)> {
    let value: Value = serde_json::from_str(body).ok()?;
    let activity = Activity::read(value).ok()?;
    let post = activity.object_id()?.to_owned();
    matches!(activity.kind.as_str(), "Create" | "Update").then_some((activity.kind, post))
}

/// Acts on the word of a community elsewhere that it does not take in what somebody here wrote for it. `None` in answer: it speaks of
/// nothing that was written here.
pub(crate) async fn refused(
    context: &Context<'_>,
    activity: &Activity,
) -> std::result::Result<Option<Received>, Ending> {
    if context.actor.kind != AccountKind::Group {
        return Ok(None);
    }
    let Some(post) = rejected(activity) else {
        return Ok(None);
    };
    let Some(stub) = ours(context.app, post).await? else {
        return Ok(None);
    };
    let summary = activity.rest.get("summary").and_then(Value::as_str);
    let reason = summary.map(plain).unwrap_or_default();
    let refused = communities::refuse(context.app, context.actor.id, stub.id, reason).await?;
    Ok(Some(if refused {
        Ok(())
    } else {
        Err(Ending::Ignored("no post of this community".to_owned()))
    }))
}

/// The address of a post, or of the Create of one.
fn rejected(activity: &Activity) -> Option<&str> {
    match activity.object_kind() {
        Some("Create" | "Update") => activity
            .object
            .get("object")
            .and_then(id_of)
            .or_else(|| activity.object_id()),
        None | Some("Note" | "Page" | "Question") => activity.object_id(),
        Some(_) => None,
    }
}

async fn ours(app: &App, uri: &str) -> Result<Option<Stub>> {
    // The address of a Create is made of its post's.
    let uri = uri.strip_suffix("/activity").unwrap_or(uri).to_owned();
    app.store
        .read(move |db| Ok(posts::stub_by_uri(db, &uri)?.filter(|stub| stub.local)))
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_rejected_is_named_in_each_form() {
        let post = "https://here.test/posts/1";
        let create = json!({"id": format!("{post}/activity"), "type": "Create", "actor": "https://here.test/users/1", "object": post});
        let read = |object: &Value| {
            let reject = json!({"id": "https://a.test/1", "type": "Reject", "actor": "https://a.test/c/bees", "object": object});
            Activity::read(reject).unwrap()
        };
        for (object, named) in [
            (create.clone(), Some(post.to_owned())),
            (json!({"id": post, "type": "Page"}), Some(post.to_owned())),
            (json!(post), Some(post.to_owned())),
            (create["id"].clone(), Some(format!("{post}/activity"))),
            (
                json!({"id": "https://here.test/activities/1", "type": "Follow", "object": post}),
                None,
            ),
            (json!({"type": "Create"}), None),
        ] {
            assert_eq!(rejected(&read(&object)), named.as_deref(), "{object}");
        }
        let said = |kind: &str| {
            json!({"id": "https://a.test/1", "type": kind, "actor": "https://a.test/u/1", "object": {"id": post}}).to_string()
        };
        for kind in ["Create", "Update"] {
            let found = Some((kind.to_owned(), post.to_owned()));
            assert_eq!(brought(&said(kind)), found);
        }
        for other in [said("Like"), "{".to_owned(), said("Undo")] {
            assert_eq!(brought(&other), None, "{other}");
        }
    }
}
