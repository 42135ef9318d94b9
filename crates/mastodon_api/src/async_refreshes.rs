//! What goes on after an answer: asking other servers for the answers to a post.
//! <https://docs.joinmastodon.org/methods/async_refreshes/>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{App, contexts};
use kontor_domain::ids::PostId;
use serde_json::{Value, json};

use crate::{Error, Result, caller::Caller, entities::AsyncRefresh, scope};

/// Whoever looked at the context of this post may ask, by this name, whether more is coming.
const CONTEXT: &str = "context-";
/// Seconds after which it is worth asking again.
const RETRY: u32 = 5;

/// Says that more is coming.
pub(crate) fn header(post: PostId) -> (&'static str, String) {
    (
        "Mastodon-Async-Refresh",
        format!("id=\"{CONTEXT}{post}\", retry={RETRY}"),
    )
}

pub(crate) async fn show(
    app: Data<App>,
    caller: Caller<scope::Read>,
    id: Path<String>,
) -> Result<Json<Value>> {
    let post: PostId = id
        .strip_prefix(CONTEXT)
        .and_then(|post| post.parse().ok())
        .ok_or_else(Error::not_found)?;
    let running = contexts::refreshing(&app, caller.viewer(), post).await?;
    let refresh = AsyncRefresh {
        id: id.into_inner(),
        status: if running { "running" } else { "finished" },
        result_count: None,
    };
    Ok(Json(json!({ "async_refresh": refresh })))
}
