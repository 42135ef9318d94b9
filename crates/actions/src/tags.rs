//! Hashtags: how much they are used, and who follows or shows them.

use std::collections::HashMap;

use kontor_domain::{
    ids::{AccountId, FeaturedTagId, FollowedTagId, TagId},
    page::Page,
    text::hashtag,
    time::{self, Time},
};
use kontor_store::{Conn, followed_tags, tag_days};

use crate::{App, Error, Result};

/// A day of a hashtag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    pub begins: Time,
    pub uses: i64,
    pub accounts: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagView {
    /// In lower case.
    pub name: String,
    /// The last days, today first.
    pub history: Vec<Day>,
    /// How the viewer stands to it; `None`: nobody is signed in.
    pub yours: Option<Yours>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Yours {
    pub following: bool,
    pub featuring: bool,
}

/// In the order of `names`, which are folded. Three queries, however many there are.
pub(crate) fn load(
    db: &mut Conn,
    viewer: Option<AccountId>,
    names: &[String],
    now: Time,
) -> Result<Vec<TagView>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let today = tag_days::day_at(now);
    let uses = tag_days::of(db, names, today - tag_days::SHOWN + 1)?;
    let uses: HashMap<(&str, i64), &tag_days::Uses> = uses
        .iter()
        .map(|uses| ((uses.name.as_str(), uses.day), uses))
        .collect();
    let (mut followed, mut featured) = (Vec::new(), Vec::new());
    if let Some(viewer) = viewer {
        followed = followed_tags::followed_among(db, viewer, names)?;
        let shown = followed_tags::featured(db, viewer)?;
        featured = shown.into_iter().map(|one| one.name).collect();
    }
    let day = |name: &str, day: i64| {
        let uses = uses.get(&(name, day));
        Some(Day {
            begins: time::from_millis(tag_days::beginning(day))?,
            uses: uses.map_or(0, |uses| uses.uses),
            accounts: uses.map_or(0, |uses| uses.accounts),
        })
    };
    Ok(names
        .iter()
        .map(|name| TagView {
            history: (0..tag_days::SHOWN)
                .filter_map(|ago| day(name, today - ago))
                .collect(),
            yours: viewer.map(|_| Yours {
                following: followed.contains(name),
                featuring: featured.contains(name),
            }),
            name: name.clone(),
        })
        .collect())
}

/// The one spelling of a hashtag. What cannot be one is not there.
pub(crate) fn folded(name: &str) -> Result<String> {
    let name = hashtag::fold(name.trim_start_matches('#'));
    if hashtag::valid(&name) {
        Ok(name)
    } else {
        Err(Error::NotFound)
    }
}

fn one(db: &mut Conn, viewer: Option<AccountId>, name: String, now: Time) -> Result<TagView> {
    load(db, viewer, &[name], now)?.pop().ok_or(Error::NotFound)
}

/// Whether anybody has used it or not.
pub async fn get(app: &App, viewer: Option<AccountId>, name: &str) -> Result<TagView> {
    let (name, now) = (folded(name)?, app.now());
    app.store.read(move |db| one(db, viewer, name, now)).await
}

/// Public posts with it enter the home timeline from now on.
pub async fn follow(app: &App, by: AccountId, name: &str) -> Result<TagView> {
    let (name, now) = (folded(name)?, app.now());
    let (id, row) = (TagId(app.id()), FollowedTagId(app.id()));
    app.store
        .write(move |tx| {
            let tag = followed_tags::tag(tx, id, &name, now)?;
            followed_tags::follow(tx, row, by, tag)?;
            one(tx, Some(by), name.clone(), now)
        })
        .await
}

/// `Ok` also when it was not followed.
pub async fn unfollow(app: &App, by: AccountId, name: &str) -> Result<TagView> {
    let (name, now) = (folded(name)?, app.now());
    app.store
        .write(move |tx| {
            followed_tags::unfollow(tx, by, &name)?;
            one(tx, Some(by), name.clone(), now)
        })
        .await
}

/// Hashtags that somebody follows, newest first, with the rows that they are paged by.
pub async fn followed(app: &App, by: AccountId, page: Page) -> Result<(Vec<i64>, Vec<TagView>)> {
    let now = app.now();
    app.store
        .read(move |db| {
            let rows = followed_tags::followed(db, by, &page)?;
            let (rows, names): (Vec<i64>, Vec<String>) = rows.into_iter().unzip();
            Ok((rows, load(db, Some(by), &names, now)?))
        })
        .await
}

/// A hashtag on somebody's profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Featured {
    pub id: FeaturedTagId,
    pub name: String,
    /// Public and unlisted posts of the account that have it.
    pub posts: i64,
    pub last_at: Option<Time>,
}

fn all_featured(db: &mut Conn, account: AccountId) -> Result<Vec<Featured>> {
    let rows = followed_tags::featured(db, account)?;
    let ids: Vec<TagId> = rows.iter().map(|row| row.tag_id).collect();
    let uses = followed_tags::uses_by(db, account, &ids)?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let uses = uses.iter().find(|(tag, ..)| *tag == row.tag_id);
            Featured {
                id: row.id,
                name: row.name,
                posts: uses.map_or(0, |(_, count, _)| *count),
                last_at: uses
                    .and_then(|(.., last)| *last)
                    .and_then(|last| time::from_millis(last.0 >> kontor_domain::ids::TIME_SHIFT)),
            }
        })
        .collect())
}

/// What an account shows on its profile.
pub async fn featured(app: &App, account: AccountId) -> Result<Vec<Featured>> {
    app.store.read(move |db| all_featured(db, account)).await
}

/// Showing one again changes nothing.
pub async fn feature(app: &App, by: AccountId, name: &str) -> Result<Featured> {
    let name = folded(name).map_err(|_| Error::invalid("name", "is not a hashtag"))?;
    let (id, row, now) = (TagId(app.id()), FeaturedTagId(app.id()), app.now());
    let most = app.settings.limits.featured_tags;
    app.store
        .write(move |tx| {
            let tag = followed_tags::tag(tx, id, &name, now)?;
            let before = followed_tags::featured(tx, by)?;
            if before.len() >= most && before.iter().all(|one| one.tag_id != tag) {
                return Err(Error::invalid(
                    "base",
                    format!("You show {most} hashtags already, and no more can be"),
                ));
            }
            followed_tags::feature(tx, row, by, tag)?;
            all_featured(tx, by)?
                .into_iter()
                .find(|one| one.name == name)
                .ok_or(Error::NotFound)
        })
        .await
}

pub async fn unfeature(app: &App, by: AccountId, id: FeaturedTagId) -> Result<()> {
    let gone = app
        .store
        .write(move |tx| Ok::<_, Error>(followed_tags::unfeature(tx, by, id)?))
        .await?;
    if gone { Ok(()) } else { Err(Error::NotFound) }
}

/// By name. `Ok` also when it was not shown.
pub async fn unfeature_named(app: &App, by: AccountId, name: &str) -> Result<()> {
    let name = folded(name)?;
    app.store
        .write(move |tx| {
            let shown = followed_tags::featured(tx, by)?;
            if let Some(one) = shown.into_iter().find(|one| one.name == name) {
                followed_tags::unfeature(tx, by, one.id)?;
            }
            Ok(())
        })
        .await
}

/// What somebody used most in their newest public posts and does not show yet.
pub async fn suggestions(app: &App, by: AccountId) -> Result<Vec<TagView>> {
    /// Uses that are looked at, and hashtags that are suggested.
    const LOOKED_AT: i64 = 400;
    const SUGGESTED: usize = 10;
    let now = app.now();
    app.store
        .read(move |db| {
            let shown = followed_tags::featured(db, by)?;
            let mut uses: Vec<(String, usize)> = Vec::new();
            for name in followed_tags::recent_uses(db, by, LOOKED_AT)? {
                match uses.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, count)) => *count += 1,
                    None if shown.iter().all(|one| one.name != name) => uses.push((name, 1)),
                    None => {}
                }
            }
            // Among equals the one that was used last comes first.
            uses.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            let names = uses.into_iter().take(SUGGESTED).map(|(name, _)| name);
            let names: Vec<String> = names.collect();
            load(db, Some(by), &names, now)
        })
        .await
}
