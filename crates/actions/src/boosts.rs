//! Boosts: a post is shown to the followers of somebody else.

use std::collections::HashSet;

use kontor_domain::{
    audience::{Audience, Viewer},
    event::{EndedBoost, Event},
    ids::{AccountId, PostId},
    interaction::Deed,
    notification::NotificationKind,
    page::Page,
    time::{Time, Written},
};
use kontor_store::{
    Tx,
    accounts::{self, Account, Counter},
    boosts::{self, Boost},
    follows, home, notifications,
    posts::{self, Post},
    tombstones,
};

use crate::{
    App, Error, Result,
    follows::Listed,
    interaction_limits,
    posts::{Arrival, Created, Named, shown_id},
    undone,
};

/// A boost that somebody wants.
#[derive(Debug, Clone)]
pub struct NewBoost {
    pub post: Named,
    /// The id of an Announce from elsewhere; `None`: ours, and named after its id.
    pub uri: Option<String>,
    /// Who should see it; never more than may see the post.
    pub audience: Audience,
    /// `None`: now.
    pub published: Option<Written>,
}

/// How often an id is drawn anew when it meets another.
const DRAWS: usize = 4;

/// Boosts a post that `by` may read. Doing it again changes nothing.
pub async fn boost(app: &App, by: AccountId, new: NewBoost, arrival: Arrival) -> Result<Created> {
    let mut drawn = 0;
    loop {
        drawn += 1;
        match try_boost(app, by, new.clone(), arrival).await {
            Err(Error::Internal(why)) if why.is_unique_violation() && drawn < DRAWS => {}
            other => return other,
        }
    }
}

async fn try_boost(app: &App, by: AccountId, new: NewBoost, arrival: Arrival) -> Result<Created> {
    let now = app.now();
    let id = PostId(match new.published {
        Some(published) => app.store.ids().at(published, now),
        None => app.id(),
    });
    let this = app.clone();
    app.store
        .write_about(by, move |tx| {
            if let Some(uri) = &new.uri {
                undone::check(tx, Some(uri), by)?;
                if let Some(known) = posts::stub_by_uri(tx, uri)? {
                    return if known.account_id == by && known.reblog_of_id.is_some() {
                        Ok(Created::Known(known.id))
                    } else {
                        Err(Error::Forbidden("This address belongs to another post"))
                    };
                }
            }
            let account = accounts::by_id(tx, by)?.ok_or(Error::NotFound)?;
            let post = new.post.readable(tx, by)?;
            let audience = post
                .audience
                .of_boost(new.audience, post.account_id == by)
                .ok_or(Error::Forbidden("This post cannot be boosted"))?;
            if let Some(known) = boosts::of(tx, by, post.id)? {
                return Ok(Created::Known(known.id));
            }
            if new.uri.is_none() {
                interaction_limits::check(tx, by, &post, Deed::Boost)?;
            }
            let wanted =
                post.local || arrival != Arrival::Delivered || follows::any_local_follower(tx, by)?;
            if !wanted {
                return Ok(Created::Unwanted);
            }
            let created_at = new.published.map_or(now, |made| made.at.min(now));
            let boost = row(&this, id, &account, &post, audience, created_at, &new);
            posts::insert(tx, &boost)?;
            accounts::posted(tx, by, created_at)?;
            boosts::count(tx, post.id, 1)?;
            if account.is_local() {
                // What the person looks at next holds it already.
                let owners = home::wanting_boost(tx, vec![by], post.id)?;
                home::add(tx, &owners, id)?;
            }
            this.record(
                tx,
                &Event::PostBoosted {
                    boost: id,
                    post: post.id,
                },
            )?;
            Ok(Created::New(id))
        })
        .await
}

/// A community shows what begins a thread in it, in the transaction that takes it in, for those who may read the post.
pub(crate) fn by_group(
    app: &App,
    tx: &mut Tx<'_>,
    group: &Account,
    post: &Post,
    uri: Option<String>,
) -> Result<()> {
    let (id, now) = (PostId(app.id()), app.now());
    if !insert_by_group(app, tx, group, post, uri, (id, now))? {
        return Ok(());
    }
    let boosted = Event::PostBoosted {
        boost: id,
        post: post.id,
    };
    app.record(tx, &boosted)
}

/// A community of ours shows threads again, those of them that it does not show.
pub(crate) fn by_group_again(
    app: &App,
    tx: &mut Tx<'_>,
    group: &Account,
    threads: &[Post],
) -> Result<()> {
    let ids: Vec<PostId> = threads.iter().map(|post| post.id).collect();
    let shown: HashSet<PostId> = boosts::of_several(tx, group.id, &ids)?
        .into_iter()
        .map(|boost| boost.post_id)
        .collect();
    let now = app.now();
    let mut boosted = Vec::new();
    for post in threads.iter().filter(|post| !shown.contains(&post.id)) {
        let id = PostId(app.id());
        let new = NewBoost {
            post: Named::Id(post.id),
            uri: None,
            audience: post.audience,
            published: None,
        };
        posts::insert(tx, &row(app, id, group, post, post.audience, now, &new))?;
        let event = Event::PostBoosted {
            boost: id,
            post: post.id,
        };
        app.record(tx, &event)?;
        boosted.push(post.id);
    }
    if boosted.is_empty() {
        return Ok(());
    }
    boosts::count_several(tx, &boosted)?;
    accounts::posted(tx, group.id, now)?;
    let others = i64::try_from(boosted.len() - 1).unwrap_or(i64::MAX);
    Ok(accounts::count(tx, group.id, Counter::Statuses, others)?)
}

/// What a community elsewhere showed before anybody here looked: at its own time, and nobody is told.
pub(crate) fn by_group_before(
    app: &App,
    tx: &mut Tx<'_>,
    group: &Account,
    post: &Post,
    uri: String,
    published: Written,
) -> Result<()> {
    let now = app.now();
    let id = PostId(app.store.ids().at(published, now));
    insert_by_group(app, tx, group, post, Some(uri), (id, published.at.min(now))).map(drop)
}

/// `false`: it shows it already.
fn insert_by_group(
    app: &App,
    tx: &mut Tx<'_>,
    group: &Account,
    post: &Post,
    uri: Option<String>,
    (id, at): (PostId, Time),
) -> Result<bool> {
    let known = boosts::of(tx, group.id, post.id)?;
    if let Some(uri) = &uri {
        let same = known.as_ref().is_some_and(|known| known.uri == *uri);
        let stands = known
            .as_ref()
            .is_some_and(|known| !app.site.owns_str(&known.uri));
        if same || stands {
            return Ok(false);
        }
        // Taken back, or another post's.
        undone::check(tx, Some(uri), group.id)?;
        if posts::stub_by_uri(tx, uri)?.is_some() {
            return Err(Error::Forbidden("This address belongs to another post"));
        }
    }
    if let Some(known) = known {
        // Shown here before its own server said so: from here on under the name that it has there.
        if let Some(uri) = uri.filter(|_| !group.is_local()) {
            boosts::rename(tx, known.id, &uri)?;
        }
        return Ok(false);
    }
    let new = NewBoost {
        post: Named::Id(post.id),
        uri,
        audience: post.audience,
        published: None,
    };
    posts::insert(tx, &row(app, id, group, post, post.audience, at, &new))?;
    accounts::posted(tx, group.id, at)?;
    boosts::count(tx, post.id, 1)?;
    Ok(true)
}

fn row(
    app: &App,
    id: PostId,
    account: &Account,
    post: &Post,
    audience: Audience,
    created_at: Time,
    new: &NewBoost,
) -> Post {
    let uri = new
        .uri
        .clone()
        .unwrap_or_else(|| format!("{}/activity", app.site.post(id)));
    Post {
        id,
        url: uri.clone(),
        uri,
        account_id: account.id,
        application_id: None,
        local: account.is_local(),
        audience,
        listed: false,
        in_reply_to_id: None,
        in_reply_to_account_id: None,
        in_reply_to_uri: None,
        content: String::new(),
        text: String::new(),
        spoiler_text: String::new(),
        sensitive: false,
        language: None,
        replies_count: 0,
        created_at,
        edited_at: None,
        reblog_of_id: Some(post.id),
        reblog_of_account_id: Some(post.account_id),
        reblogs_count: 0,
        favourites_count: 0,
        ..post.clone()
    }
}

/// Takes the boost of a post back. `Ok` also when there was none.
pub async fn unboost(app: &App, by: AccountId, post: impl Into<Named>) -> Result<PostId> {
    let (this, post, now) = (app.clone(), post.into(), app.now());
    app.store
        .write_about(by, move |tx| {
            let post = post.stub(tx)?.id;
            if let Some(boost) = boosts::of(tx, by, post)? {
                end(&this, tx, &boost, now)?;
            }
            Ok(post)
        })
        .await
}

/// Takes back the boost with this id on the wire. What is not here is remembered, for it may still be on its way.
pub async fn undo(app: &App, by: AccountId, uri: String) -> Result<bool> {
    let (this, now) = (app.clone(), app.now());
    app.store
        .write_about(by, move |tx| {
            let Some(boost) = boosts::by_uri(tx, &uri)? else {
                undone::remember(tx, &uri, by, now)?;
                return Ok(false);
            };
            if boost.account_id != by {
                return Err(Error::Forbidden("Only its owner takes a boost back"));
            }
            end(&this, tx, &boost, now)?;
            Ok(true)
        })
        .await
}

pub(crate) fn end(app: &App, tx: &mut Tx<'_>, boost: &Boost, now: Time) -> Result<()> {
    let Some(post) = posts::stub(tx, boost.post_id)? else {
        return Ok(());
    };
    if !posts::delete(tx, boost.id)? {
        return Ok(());
    }
    let by = boost.account_id;
    tombstones::insert(tx, &boost.uri, now)?;
    accounts::count(tx, by, Counter::Statuses, -1)?;
    boosts::count(tx, post.id, -1)?;
    notifications::delete_about(tx, post.account_id, by, NotificationKind::Reblog, post.id)?;
    app.record(
        tx,
        &Event::BoostUndone(EndedBoost {
            boost: boost.id,
            uri: boost.uri.clone(),
            account: by,
            audience: boost.audience,
            post: post.id,
            post_uri: post.uri,
            post_author: post.account_id,
        }),
    )
}

/// Who boosted a post.
pub async fn of_post(app: &App, viewer: Viewer, id: PostId, page: Page) -> Result<Listed> {
    app.store
        .read(move |db| {
            let id = shown_id(db, viewer, id)?;
            let rows = boosts::of_post(db, viewer, id, &page)?;
            crate::accounts::listed(db, rows)
        })
        .await
}
