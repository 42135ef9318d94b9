//! A new post, or a boost, enters the home timelines of its author's local followers, and their lists; a public post those of the
//! followers of its hashtags as well.

use kontor_domain::{
    audience::{Audience, Viewer},
    event::Event,
    ids::{AccountId, PostId},
};
use kontor_store::{Tx, followed_tags, follows, home, list_entries, lists, posts};

use crate::{App, Result};

pub(super) fn apply(app: &App, tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    match event {
        Event::PostCreated { post } => fan_out(app, tx, *post),
        Event::PostBoosted { boost, .. } => fan_out(app, tx, *boost),
        _ => Ok(()),
    }
}

fn fan_out(app: &App, tx: &mut Tx<'_>, id: PostId) -> Result<()> {
    let Some(author) = posts::author(tx, id)? else {
        return Ok(());
    };
    // The author sees every post of theirs; it is gone if they do not.
    let Some(post) = posts::by_id(tx, Viewer::Account(author), id)? else {
        return Ok(());
    };
    let age = chrono::Duration::from_std(app.settings.limits.home_age)
        .unwrap_or(chrono::Duration::days(30));
    let mut owners = follows::local_followers(tx, author, app.now() - age)?;
    if post.audience == Audience::Direct {
        let mentioned: Vec<AccountId> = posts::mentions_of(tx, &[id])?
            .into_iter()
            .map(|(_, account)| account)
            .collect();
        owners.retain(|owner| mentioned.contains(owner));
    }
    if let Some(boosted) = post.reblog_of_id {
        owners = follows::wanting_boosts(tx, &owners, author)?;
        let wanted = lists::wanting(tx, &owners, author)?;
        list_entries::add(tx, &wanted, id)?;
        owners = home::wanting_boost(tx, owners, boosted)?;
        return Ok(home::add(tx, &owners, id)?);
    }
    // Which answers a list shows is asked when it is read.
    let wanted = lists::wanting(tx, &owners, author)?;
    list_entries::add(tx, &wanted, id)?;
    let mut by_tag = followed_tags::followers_of(tx, id, app.now() - age)?;
    match post.in_reply_to_account_id {
        Some(parent) if parent != author => owners = home::wanting_reply(tx, &owners, parent)?,
        // An answer to something that is not known here would stand there without its question.
        None if post.in_reply_to_uri.is_some() => owners.clear(),
        _ => {}
    }
    owners.append(&mut by_tag);
    Ok(home::add(tx, &owners, id)?)
}
