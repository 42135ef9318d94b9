//! Direct posts as conversations. <https://docs.joinmastodon.org/methods/conversations/>

use actix_web::web::{Data, Json, Path};
use kontor_actions::{App, conversations};
use kontor_domain::ids::ConversationId;
use serde_json::{Value, json};

use crate::{
    Result,
    caller::Caller,
    entities::Conversation,
    paging::{Paged, Paging},
    scope,
};

pub(crate) async fn list(
    app: Data<App>,
    caller: Caller<scope::ReadStatuses>,
    paging: Paging<20>,
) -> Result<Paged<Conversation>> {
    let views = conversations::page(&app, caller.id(), paging.page).await?;
    let shown = views
        .iter()
        .map(|view| Conversation::new(&app.site, caller.viewer(), view))
        .collect();
    let rows = views.iter().map(|view| view.conversation.last_post_id.0);
    Ok(paging.timeline(rows, shown))
}

pub(crate) async fn read(
    app: Data<App>,
    caller: Caller<scope::WriteConversations>,
    id: Path<ConversationId>,
) -> Result<Json<Conversation>> {
    let view = conversations::mark(&app, caller.id(), *id, false).await?;
    Ok(Json(Conversation::new(&app.site, caller.viewer(), &view)))
}

pub(crate) async fn unread(
    app: Data<App>,
    caller: Caller<scope::WriteConversations>,
    id: Path<ConversationId>,
) -> Result<Json<Conversation>> {
    let view = conversations::mark(&app, caller.id(), *id, true).await?;
    Ok(Json(Conversation::new(&app.site, caller.viewer(), &view)))
}

pub(crate) async fn delete(
    app: Data<App>,
    caller: Caller<scope::WriteConversations>,
    id: Path<ConversationId>,
) -> Result<Json<Value>> {
    conversations::delete(&app, caller.id(), *id).await?;
    Ok(Json(json!({})))
}
