//! Like: a post is favourited, or answered with an emoji. What else somebody may think of a post is taken in here too.

use kontor_actions::{
    App, Result,
    accounts::Account,
    communities::Source,
    dislikes,
    favourites::{self, Heard},
    posts::Named,
    reactions::{self, Emoji},
};
use kontor_domain::{
    reaction as emoji,
    ids::{AccountId, ActivityId, FavouriteId, ReactionId},
    site,
};
use kontor_store::{Tx, deliveries::Priority};
use serde_json::{Value, json};

use super::{Activity, Context, Ending, Received, create, ignored, known, refused};
use crate::{
    groups, inbox_job,
    objects::{self, loose, loose::web_address},
    outgoing::{Outgoing, Recipients, to_value},
};

pub(crate) async fn receive(context: &Context<'_>, activity: &Activity) -> Received {
    let post = liked(context, activity).await?;
    take(context, activity, &context.actor, (post, Source::Peer)).await
}

/// Takes in what somebody thinks of a post, by their own word or by that of the group that the post is in.
pub(super) async fn take(
    context: &Context<'_>,
    opinion: &Activity,
    by: &Account,
    (post, source): (Named, Source),
) -> Received {
    let (app, uri) = (context.app, opinion.id.clone());
    let kind = opinion.kind.as_str();
    if let Some(emoji) = emoji_in(context, by, kind, &opinion.rest) {
        reactions::react(app, by.id, post, emoji, (Some(uri), source)).await?;
        return Ok(());
    }
    let heard = Heard {
        uri,
        source,
        beside: context.closing_turned(),
    };
    let turned = match kind {
        "Like" => favourites::favourite_with(app, by.id, post, Some(heard)).await?.1,
        "Dislike" => dislikes::dislike(app, by.id, post, heard).await?,
        _ => return ignored("`content` is no emoji that can be shown"),
    };
    if turned {
        context.ended();
    }
    Ok(())
}

/// The emoji that a Like or an `EmojiReact` gives, if it can be shown: without a picture that is not taken from where it lies, or from
/// whoever gives it. In an `EmojiReact` a heart is a reaction like the others.
pub(super) fn emoji_in(
    context: &Context<'_>,
    by: &Account,
    kind: &str,
    opinion: &Value,
) -> Option<Emoji> {
    let emoji = match kind {
        "Like" => emoji_of(opinion, by),
        "EmojiReact" => emoji_of(opinion, by).or_else(|| heart(opinion)),
        _ => None,
    };
    let sieve = context
        .federation
        .sieve(context.app, &by.uri, by.domain.as_deref());
    sieve.reaction(emoji?)
}

fn heart(opinion: &Value) -> Option<Emoji> {
    let said = opinion.get("content")?.as_str()?.trim();
    emoji::is_heart(said).then(|| Emoji {
        name: said.to_owned(),
        url: None,
    })
}

/// The post that an opinion is about. Nothing is fetched for it: what nobody here has seen, nobody here is told about.
async fn liked(
    context: &Context<'_>,
    activity: &Activity,
) -> std::result::Result<Named, Ending> {
    let Some(id) = activity.object_id() else {
        return refused("`object` has no `id`");
    };
    if known(context.app, id).await?.is_some() {
        return Ok(Named::Uri(id.to_owned()));
    }
    let lane = inbox_job::lane_of_post(id);
    if groups::has_time(context) && inbox_job::is_to_come(context.app, lane, id, id).await? {
        // An answer in a community waits for what it answers.
        return Err(Ending::Later(
            "what it is about is still to come".to_owned(),
        ));
    }
    // It may have come between the two questions.
    if known(context.app, id).await?.is_some() {
        return Ok(Named::Uri(id.to_owned()));
    }
    ignored("no such post")
}

/// The emoji that an activity carries, if it is one that can be shown. A heart is how some write a plain favourite.
fn emoji_of(activity: &Value, actor: &Account) -> Option<Emoji> {
    let text = ["content", "_misskey_reaction"]
        .iter()
        .find_map(|name| activity.get(*name)?.as_str())?
        .trim();
    if emoji::is_heart(text) {
        return None;
    }
    if emoji::is_emoji(text) {
        return Some(Emoji {
            name: text.to_owned(),
            url: None,
        });
    }
    // Of a custom emoji Misskey says whose it is, and `.` for its own.
    let (short, host) = match text.trim_matches(':').split_once('@') {
        Some((short, host)) => (short, Some(host).filter(|host| *host != ".")),
        None => (text, None),
    };
    let short = emoji::shortcode(short)?;
    let own = site::authority_of(&actor.uri)?;
    let host = host
        .filter(|host| web_address(&format!("https://{host}/")).is_some())
        .map_or(own, str::to_ascii_lowercase);
    Some(Emoji {
        name: format!("{short}@{host}"),
        url: Some(picture(activity, short)?),
    })
}

/// The picture of a custom emoji, from the tags of the activity.
fn picture(activity: &Value, short: &str) -> Option<String> {
    let tags: Vec<Value> = loose::list(activity.get("tag")?.clone()).ok()?;
    tags.iter().find_map(|tag| {
        let name = tag.get("name")?.as_str()?.trim_matches(':');
        let fits = tag.get("type")?.as_str()? == "Emoji" && name.split('@').next() == Some(short);
        let links = loose::links(tag.get("icon").filter(|_| fits)?.clone()).ok()?;
        let link = links.into_iter().next()?;
        web_address(&link.href).map(|_| link.href)
    })
}

/// The Like of a favourite: its post's author alone is told.
pub(crate) fn outgoing(
    app: &App,
    tx: &mut Tx<'_>,
    favourite: FavouriteId,
) -> Result<Option<Outgoing>> {
    let Some(favourite) = kontor_store::favourites::by_id(tx, favourite)? else {
        return Ok(None);
    };
    let Some(post) = kontor_store::posts::stub(tx, favourite.post_id)? else {
        return Ok(None);
    };
    let Some((by, author)) = ends(tx, favourite.account_id, post.account_id)? else {
        return Ok(None);
    };
    let object = like(&favourite.uri, &by, &post.uri, None);
    opinion(app, &favourite.uri, &by, &author, &post.uri, object).map(Some)
}

/// The Like that carries an emoji: who knows nothing of emoji takes it for a favourite.
pub(crate) fn outgoing_reaction(
    app: &App,
    tx: &mut Tx<'_>,
    reaction: ReactionId,
) -> Result<Option<Outgoing>> {
    let Some(reaction) = kontor_store::reactions::by_id(tx, reaction)? else {
        return Ok(None);
    };
    let Some(post) = kontor_store::posts::stub(tx, reaction.post_id)? else {
        return Ok(None);
    };
    let Some((by, author)) = ends(tx, reaction.account_id, post.account_id)? else {
        return Ok(None);
    };
    let emoji = Emoji {
        name: reaction.name,
        url: reaction.url,
    };
    let object = like(&reaction.uri, &by, &post.uri, Some(&emoji));
    opinion(app, &reaction.uri, &by, &author, &post.uri, object).map(Some)
}

/// Somebody here, and whom it concerns.
pub(super) fn ends(
    tx: &mut Tx<'_>,
    by: AccountId,
    author: AccountId,
) -> Result<Option<(Account, Account)>> {
    let by = create::speaker(tx, by)?;
    // An author here hears of nothing by wire; what is sent is for the community alone then.
    let author = kontor_store::accounts::by_id(tx, author)?;
    Ok(by.zip(author))
}

/// As it stands alone or in an Undo.
pub(crate) fn like(uri: &str, by: &Account, post: &str, emoji: Option<&Emoji>) -> Value {
    let mut like = json!({"id": uri, "type": "Like", "actor": by.uri, "object": post});
    let (Value::Object(fields), Some(emoji)) = (&mut like, emoji) else {
        return like;
    };
    let short = emoji.name.split('@').next().unwrap_or(&emoji.name);
    let content = match &emoji.url {
        None => emoji.name.clone(),
        Some(url) => {
            let name = format!(":{short}:");
            let tag = json!([{"type": "Emoji", "name": name, "icon": {"type": "Image", "url": url}}]);
            fields.insert("tag".to_owned(), tag);
            name
        }
    };
    fields.insert("content".to_owned(), content.into());
    like
}

/// What one account here tells one author elsewhere about a post.
pub(super) fn opinion(
    app: &App,
    uri: &str,
    by: &Account,
    author: &Account,
    post: &str,
    mut body: Value,
) -> Result<Outgoing> {
    if let Value::Object(body) = &mut body {
        body.insert("to".to_owned(), json!([author.uri]));
        body.insert("cc".to_owned(), json!([]));
    }
    Ok(Outgoing {
        id: ActivityId(app.id()),
        uri: uri.to_owned(),
        sender: by.id,
        order: post.to_owned(),
        post: None,
        body: to_value(&objects::document(body))?,
        to: Recipients::one(author, Priority::Direct),
    })
}

#[cfg(test)]
mod tests {
    use kontor_store::testing::rows::remote_account;

    use super::*;

    #[test]
    fn emoji_in_the_forms_that_peers_send() {
        let actor = remote_account(1, "kit", "planet.test");
        let read = |activity: Value| emoji_of(&activity, &actor).map(|emoji| (emoji.name, emoji.url));
        let icon = json!({"type": "Image", "url": "https://planet.test/cat.webp", "mediaType": "image/webp"});
        let tag = json!({"type": "Emoji", "id": null, "name": ":cat:", "icon": icon});
        let cat = |host: &str| {
            Some((format!("cat@{host}"), Some("https://planet.test/cat.webp".to_owned())))
        };
        assert_eq!(read(json!({})), None);
        assert_eq!(read(json!({"content": "\u{2764}\u{fe0f}"})), None);
        assert_eq!(read(json!({"content": "🍮"})), Some(("🍮".to_owned(), None)));
        assert_eq!(read(json!({"_misskey_reaction": "🍮"})), Some(("🍮".to_owned(), None)));
        assert_eq!(read(json!({"content": ":cat:", "tag": tag})), cat("planet.test"));
        assert_eq!(read(json!({"content": "cat", "tag": [tag]})), cat("planet.test"));
        assert_eq!(read(json!({"content": ":cat@.:", "tag": [tag]})), cat("planet.test"));
        assert_eq!(read(json!({"content": ":cat@zoo.test:", "tag": [tag]})), cat("zoo.test"));
        assert_eq!(read(json!({"content": ":dog:", "tag": [tag]})), None, "no picture");
        assert_eq!(read(json!({"content": "I like it"})), None);
        let script = json!({"type": "Emoji", "name": ":x:", "icon": {"url": "javascript:1"}});
        assert_eq!(read(json!({"content": ":x:", "tag": script})), None);
    }
}
