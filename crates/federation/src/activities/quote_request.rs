//! `QuoteRequest`: somebody asks for leave to quote a post (FEP-044f). Its answers are in `accept` and `reject`, the stamp is a
//! document of its own.

use kontor_actions::{
    App, Result,
    posts::{self, Arrival, Created},
    quotes,
};
use kontor_domain::{
    event::AnsweredQuote,
    ids::{ActivityId, PostId},
    site::same_authority,
};
use kontor_store::{Tx, deliveries::Priority};
use serde_json::{Value, json};

use super::{Activity, Context, Ending, Received, create, ignored, refused};
use crate::{
    fetch::Memory,
    objects::{self, loose::id_of, note::IncomingNote},
    outgoing::{Outgoing, Recipients, to_value},
};

pub(crate) async fn receive(context: &Context<'_>, activity: &Activity) -> Received {
    let Some(quoted) = activity.object_id() else {
        return refused("`object` has no `id`");
    };
    let Some(quoted_id) = context.app.site.post_id(quoted) else {
        return ignored("the quoted post is none of ours");
    };
    let note = instrument(context, activity).await?;
    if note.quoted() != Some(quoted) {
        return refused("`instrument` does not quote `object`");
    }
    let new = context
        .federation
        .prepare(context.app, &note, &context.actor, &context.budget)
        .await?;
    // It concerns somebody here, so it is kept.
    let created = posts::create(context.app, context.actor.id, new, Arrival::Fetched).await?;
    let (Created::New(quoting) | Created::Known(quoting)) = created else {
        return ignored("nobody here has to do with it");
    };
    quotes::judge(context.app, quoting, quoted_id, activity.id.clone()).await?;
    Ok(())
}

/// The post that is to quote, in its author's own words.
async fn instrument(
    context: &Context<'_>,
    activity: &Activity,
) -> std::result::Result<IncomingNote, Ending> {
    let instrument = activity.rest.get("instrument").unwrap_or(&Value::Null);
    let Some(id) = id_of(instrument) else {
        return refused("`instrument` has no `id`");
    };
    let value = if instrument.is_object() && same_authority(id, &context.actor.uri) {
        instrument.clone()
    } else {
        let (federation, app) = (context.federation, context.app);
        federation
            .document_at(app, id, Memory::Long, &context.budget)
            .await?
            .value
    };
    let note = IncomingNote::read(value)?;
    if note.check()?.author != context.actor.uri {
        return refused("the actor is not the author");
    }
    Ok(note)
}

/// A post of ours asks the author of the one that it quotes.
pub(crate) fn outgoing(app: &App, tx: &mut Tx<'_>, post: PostId) -> Result<Option<Outgoing>> {
    let Some(view) = create::local(app, tx, post)? else {
        return Ok(None);
    };
    let Some(quote) = kontor_store::quotes::of_post(tx, post)? else {
        return Ok(None);
    };
    let (Some(uri), Some(author)) = (quote.request_uri, quote.quoted_account_id) else {
        return Ok(None);
    };
    // Whoever is here has been told.
    let author = kontor_store::accounts::by_id(tx, author)?.filter(|author| !author.is_local());
    let Some(author) = author else {
        return Ok(None);
    };
    let note = objects::note::note(app, &view);
    let body = json!({
        "id": uri,
        "type": "QuoteRequest",
        "actor": view.account.uri,
        "to": [author.uri],
        "object": quote.quoted_uri,
        "instrument": to_value(&note)?,
    });
    Ok(Some(Outgoing {
        id: ActivityId(app.id()),
        uri,
        sender: view.account.id,
        order: view.post.uri.clone(),
        post: Some(post),
        body: to_value(&objects::document(body))?,
        to: Recipients::one(&author, Priority::Direct),
    }))
}

/// What somebody here says to a request: an Accept with the stamp, or a Reject.
pub(crate) fn answer(
    app: &App,
    tx: &mut Tx<'_>,
    answered: &AnsweredQuote,
) -> Result<Option<Outgoing>> {
    let Some(author) = create::speaker(tx, answered.author)? else {
        return Ok(None);
    };
    let asking = kontor_store::accounts::by_id(tx, answered.quoting_author)?
        .filter(|asking| !asking.is_local());
    let Some(asking) = asking else {
        return Ok(None);
    };
    let id = ActivityId(app.id());
    let uri = app.site.activity(id);
    let mut body = json!({
        "id": uri,
        "type": if answered.stamp.is_some() { "Accept" } else { "Reject" },
        "actor": author.uri,
        "to": [asking.uri],
        "object": {
            "id": answered.request,
            "type": "QuoteRequest",
            "actor": asking.uri,
            "object": app.site.post(answered.quoted),
            "instrument": answered.quoting_uri,
        },
    });
    if let (Some(stamp), Some(body)) = (&answered.stamp, body.as_object_mut()) {
        body.insert("result".to_owned(), json!(stamp));
    }
    Ok(Some(Outgoing {
        id,
        uri,
        sender: author.id,
        order: answered.quoting_uri.clone(),
        post: None,
        body: to_value(&objects::document(body))?,
        to: Recipients::one(&asking, Priority::Direct),
    }))
}
