//! Emoji reactions, which Mastodon has none of: the operations are Pleroma's.
//! <https://docs.pleroma.social/backend/development/API/pleroma_api/#emoji-reactions>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{App, posts, reactions};
use kontor_domain::ids::PostId;

use crate::{
    Result,
    caller::{Caller, MaybeCaller},
    entities::{Account, EmojiReaction, Status},
    favourites::shown,
    scope,
};

pub(crate) async fn add(
    app: Data<App>,
    caller: Caller<scope::WriteFavourites>,
    path: Path<(PostId, String)>,
) -> Result<Json<Status>> {
    let (id, emoji) = path.into_inner();
    let id = reactions::react_with(&app, caller.id(), id, &emoji).await?;
    shown(&app, caller.viewer(), id).await
}

pub(crate) async fn remove(
    app: Data<App>,
    caller: Caller<scope::WriteFavourites>,
    path: Path<(PostId, String)>,
) -> Result<Json<Status>> {
    let (id, emoji) = path.into_inner();
    let id = reactions::unreact_with(&app, caller.id(), id, &emoji).await?;
    shown(&app, caller.viewer(), id).await
}

pub(crate) async fn list(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadStatuses>,
    id: Path<PostId>,
) -> Result<Json<Vec<EmojiReaction>>> {
    posts::get(&app, caller.viewer(), *id).await?;
    let found = reactions::of_post(&app, caller.viewer(), *id).await?;
    let shown = found.iter().map(|(reacted, by)| EmojiReaction {
        accounts: Some(by.iter().map(|one| Account::new(&app.site, one)).collect()),
        ..EmojiReaction::new(caller.viewer(), reacted)
    });
    Ok(Json(shown.collect()))
}

pub(crate) async fn of_one(
    app: Data<App>,
    caller: MaybeCaller<scope::ReadStatuses>,
    path: Path<(PostId, String)>,
) -> Result<Json<Vec<EmojiReaction>>> {
    let (id, emoji) = path.into_inner();
    let found = reactions::of_post(&app, caller.viewer(), id).await?;
    let asked = emoji.trim_matches(':');
    let shown = found
        .iter()
        .filter(|(reacted, _)| reacted.name == asked)
        .map(|(reacted, by)| EmojiReaction {
            accounts: Some(by.iter().map(|one| Account::new(&app.site, one)).collect()),
            ..EmojiReaction::new(caller.viewer(), reacted)
        });
    Ok(Json(shown.collect()))
}
