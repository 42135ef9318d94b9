//! What people talk about, from what is counted here and nothing else: hashtags and pages by how many accounts used them. Posts
//! are not ranked.

use kontor_domain::{
    ids::{AccountId, CardId, PostId, TIME_SHIFT},
    time,
};
use kontor_store::{Conn, cards, tag_days};

use crate::{
    App, Result,
    cards::Card,
    tags::{self, Day, TagView},
};

/// Days that are looked at, today among them.
const DAYS: i64 = 2;

/// Lists that are ordered by a count have no ids to page by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub limit: i64,
    pub offset: i64,
}

/// By accounts on their best day of the last days.
pub async fn tags(app: &App, viewer: Option<AccountId>, part: Part) -> Result<Vec<TagView>> {
    let (now, least) = (app.now(), app.settings.limits.trend_accounts);
    app.store
        .read(move |db| {
            let since = tag_days::day_at(now) - DAYS + 1;
            let names = tag_days::most_used(db, since, least, part.limit, part.offset)?;
            tags::load(db, viewer, &names, now)
        })
        .await
}

/// A page, and how many linked to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkView {
    pub card: Card,
    /// The last days, today first.
    pub history: Vec<Day>,
}

/// By accounts that linked to them in public posts of the last days.
pub async fn links(app: &App, part: Part) -> Result<Vec<LinkView>> {
    let (now, least) = (app.now(), app.settings.limits.trend_accounts);
    app.store
        .read(move |db| {
            let since = time::millis(now - chrono::Duration::days(DAYS)).max(0);
            let since = PostId(since << TIME_SHIFT);
            let ids = cards::most_linked(db, since, least, part.limit, part.offset)?;
            link_views(db, &ids, tag_days::day_at(now))
        })
        .await
}

fn link_views(db: &mut Conn, ids: &[CardId], today: i64) -> Result<Vec<LinkView>> {
    let shown = cards::by_ids(db, ids)?;
    let uses = cards::uses(db, ids, today - tag_days::SHOWN + 1)?;
    let day = |card: CardId, day: i64| {
        let found = uses
            .iter()
            .find(|uses| uses.card == card.0 && uses.day == day);
        Some(Day {
            begins: time::from_millis(tag_days::beginning(day))?,
            uses: found.map_or(0, |uses| uses.uses),
            accounts: found.map_or(0, |uses| uses.accounts),
        })
    };
    Ok(ids
        .iter()
        .filter_map(|id| shown.iter().find(|card| card.id == *id))
        .map(|card| LinkView {
            history: (0..tag_days::SHOWN)
                .filter_map(|ago| day(card.id, today - ago))
                .collect(),
            card: card.clone(),
        })
        .collect())
}
