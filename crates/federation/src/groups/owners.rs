//! What an owner elsewhere changes of a community of ours: an Update of the Group by its owner, not by itself. Members' servers hear of it
//! from the group, as of any other change. And what somebody here wants changed of a community elsewhere.

use kontor_actions::{
    App,
    accounts::{self, Account, Picture},
    communities::{self, Community, Edit, is_ours},
};
use kontor_domain::{
    account::AccountKind,
    community::{Access, Posting},
    event::AskedEdit,
    ids::ActivityId,
    text::plain,
};
use kontor_store::Tx;
use serde_json::{Map, Value, json};
use url::Url;

use super::group;
use crate::{
    activities::{Activity, Context, Ending, Received, create},
    objects::{
        self, PUBLIC,
        actor::{Language, languages},
        loose::{self, web_address},
    },
    outgoing::{Outgoing, Recipients, to_value},
};

/// Acts on a change of a community of ours. `None` in answer: it is about none.
pub(crate) async fn changed(
    context: &Context<'_>,
    activity: &Activity,
) -> std::result::Result<Option<Received>, Ending> {
    let app = context.app;
    let Some(uri) = activity.object_id().filter(|uri| app.site.owns_str(uri)) else {
        return Ok(None);
    };
    let account = accounts::by_uri(app, uri.to_owned()).await?;
    let Some(account) = account.filter(|account| account.kind == AccountKind::Group) else {
        return Ok(None);
    };
    let id = account.id;
    let known: kontor_actions::Result<_> = app
        .store
        .read(move |db| Ok(kontor_store::communities::by_id(db, id)?))
        .await;
    let Some(community) = known?.filter(is_ours) else {
        return Ok(None);
    };
    let change = edit(&activity.object, &account, &community);
    let pictures = pictures(context, &activity.object);
    let (by, beside) = (context.actor.id, context.closing_moderated());
    let done = communities::edit_from_elsewhere(app, by, id, change, pictures, beside).await;
    if done.is_ok() {
        context.ended();
    }
    Ok(Some(done.map_err(Ending::from)))
}

/// What is not said stays, and so does what is said as it is; a picture goes if it is said that there is none.
fn edit(said: &Value, account: &Account, community: &Community) -> Edit {
    let word = |name: &str| said.get(name).and_then(Value::as_str);
    // Without a title the name stands in its place.
    let shown = if account.display_name.is_empty() {
        &account.username
    } else {
        &account.display_name
    };
    let none = |name: &str| said.get(name).is_some_and(Value::is_null).then_some(None);
    let text = |name: &str, known: &str| {
        word(name)
            .filter(|text| *text != known)
            .map(ToOwned::to_owned)
    };
    Edit {
        title: word("name")
            .filter(|title| *title != shown)
            .map(ToOwned::to_owned),
        description: description(said)
            .filter(|text| *text != account.note_source && *text != plain(&account.note)),
        posting: match word("posting").map(str::parse::<Posting>) {
            Some(Ok(rule)) => Some(rule).filter(|rule| *rule != community.posting),
            _ => said
                .get("postingRestrictedToMods")
                .and_then(Value::as_bool)
                .and_then(|restricted| posting(restricted, community)),
        },
        access: word("access")
            .and_then(|access| access.parse::<Access>().ok())
            .filter(|access| *access != community.access),
        purpose: text("purpose", &community.purpose),
        rules: text("rules", &community.rules),
        languages: spoken(said, community),
        archived: said
            .get("archived")
            .and_then(Value::as_bool)
            .filter(|archived| *archived != community.archived_at.is_some()),
        icon: none("icon"),
        banner: none("image"),
        ..Edit::default()
    }
}

/// Markdown as it was written, or else the words of the HTML.
fn description(said: &Value) -> Option<String> {
    let source = said
        .get("source")
        .filter(|source| source.get("mediaType").and_then(Value::as_str) == Some("text/markdown"));
    let written = source.and_then(|source| source.get("content")?.as_str());
    match written {
        Some(markdown) => Some(markdown.to_owned()),
        None => said.get("summary").and_then(Value::as_str).map(plain),
    }
}

/// A whole document, as other software sends it, holds what its server makes of them, and that may be less.
fn spoken(said: &Value, community: &Community) -> Option<Vec<String>> {
    if said.get("inbox").is_some() {
        return None;
    }
    let known: Vec<String> = serde_json::from_str(&community.languages).unwrap_or_default();
    languages(said.get("language")?).filter(|codes| *codes != known)
}

/// There is no word for members there: that they alone begin threads stays, unless moderators alone shall. An archive says that they do.
fn posting(restricted: bool, community: &Community) -> Option<Posting> {
    match (restricted, community.posting) {
        (true, Posting::Anyone | Posting::Members) if community.archived_at.is_none() => {
            Some(Posting::Moderators)
        }
        (false, Posting::Moderators) => Some(Posting::Anyone),
        _ => None,
    }
}

/// Where new ones are; those of ours are what it has.
fn pictures(context: &Context<'_>, said: &Value) -> Vec<(Picture, Url)> {
    [(Picture::Avatar, "icon"), (Picture::Header, "image")]
        .into_iter()
        .filter_map(|(which, name)| {
            let links = loose::links(said.get(name)?.clone()).ok()?;
            let url = links.iter().find_map(|link| web_address(&link.href))?;
            (!context.app.site.owns(&url)).then_some((which, url))
        })
        .collect()
}

/// What somebody here wants changed of a community elsewhere. It names that and nothing else: what is known here of the rest may be old.
pub(crate) fn asked(
    app: &App,
    tx: &mut Tx<'_>,
    asked: &AskedEdit,
) -> kontor_actions::Result<Option<Outgoing>> {
    let Some(by) = create::speaker(tx, asked.by)? else {
        return Ok(None);
    };
    let Some(at) = group(tx, asked.community)? else {
        return Ok(None);
    };
    let id = ActivityId(app.id());
    let uri = app.site.activity(id);
    let place = &at.account.uri;
    let first = if at.is_closed() { place } else { PUBLIC };
    let body = json!({
        "id": uri,
        "type": "Update",
        "actor": by.uri,
        "to": [first],
        "cc": [place],
        "audience": place,
        "object": wanted(place, asked),
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

fn wanted(uri: &str, asked: &AskedEdit) -> Value {
    let mut fields = Map::new();
    let mut say = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    say("id", uri.into());
    say("type", "Group".into());
    if let Some(title) = &asked.title {
        say("name", title.clone().into());
    }
    if let Some(markdown) = &asked.description {
        say(
            "source",
            json!({"content": markdown, "mediaType": "text/markdown"}),
        );
    }
    if let Some(restricted) = asked.moderators_post {
        say("postingRestrictedToMods", restricted.into());
    }
    if let Some(posting) = asked.posting {
        say("posting", posting.as_str().into());
    }
    if let Some(access) = asked.access {
        say("access", access.as_str().into());
    }
    for (name, text) in [("purpose", &asked.purpose), ("rules", &asked.rules)] {
        if let Some(text) = text {
            say(name, text.clone().into());
        }
    }
    if let Some(codes) = &asked.languages {
        let spoken: Vec<Language> = codes.iter().map(|code| Language::new(code)).collect();
        say("language", json!(spoken));
    }
    if let Some(archived) = asked.archived {
        say("archived", archived.into());
    }
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_the_markdown_or_else_the_words() {
        let markdown = json!({"summary": "<p>a <b>b</b></p>", "source": {"content": "a **b**", "mediaType": "text/markdown"}});
        assert_eq!(description(&markdown).as_deref(), Some("a **b**"));
        let other = json!({"summary": "<p>a <b>b</b></p>", "source": {"content": "a", "mediaType": "text/x"}});
        assert_eq!(description(&other).as_deref(), Some("a b"));
        for nothing in [json!({}), json!({"summary": null}), json!("address")] {
            assert_eq!(description(&nothing), None);
        }
    }
}
