//! What people talk about, from what is counted here and nothing else: hashtags by how many accounts used them, posts by how many
//! people here passed them on.

use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, PostId, TIME_SHIFT},
    time,
};
use kontor_store::{boosts, tag_days};

use crate::{
    App, Result,
    posts::{PostView, load},
    tags::{self, TagView},
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

/// Public posts, by the people here who boosted them in the last days.
pub async fn posts(app: &App, viewer: Viewer, part: Part) -> Result<Vec<PostView>> {
    let (now, least) = (app.now(), app.settings.limits.trend_accounts);
    app.store
        .read(move |db| {
            let since = time::millis(now - chrono::Duration::days(DAYS)).max(0);
            let since = PostId(since << TIME_SHIFT);
            let ids = boosts::most_boosted(db, since, least, part.limit, part.offset)?;
            let shown = boosts::open_to(db, viewer, &ids, now)?;
            let ids: Vec<PostId> = ids.into_iter().filter(|id| shown.contains(id)).collect();
            load(db, viewer, &ids, now)
        })
        .await
}
