//! Those who ask for an account, for moderators to let in or turn away.

use actix_web::{http::StatusCode, web::Path};
use askama::Template;
use kontor_actions::registrations;
use kontor_domain::ids::AccountId;

use crate::{
    failure::Answer,
    forms::{Nothing, Sent},
    frame::{Frame, Room},
    pages::see,
    times::Moment,
    visit::Visit,
};

pub const PATH: &str = "/admin/approvals";

struct Row {
    id: i64,
    username: String,
    email: Option<String>,
    reason: String,
    at: Moment,
}

#[derive(Template)]
#[template(path = "approvals.html")]
struct ApprovalsPage {
    frame: Frame,
    rows: Vec<Row>,
}

pub async fn list(visit: Visit) -> Answer {
    let app = &visit.app;
    let by = visit.person(PATH)?.account.id;
    let now = app.now();
    let rows = registrations::pending(app, by).await?;
    let rows = rows
        .into_iter()
        .map(|(account, user)| Row {
            id: account.id.0,
            username: account.username,
            email: user.email,
            reason: user.reason.unwrap_or_default(),
            at: Moment::new(user.created_at, now),
        })
        .collect();
    visit.form(
        StatusCode::OK,
        &ApprovalsPage {
            frame: visit.form_frame("Requests to join", Room::Approvals),
            rows,
        },
    )
}

pub async fn approve(sent: Sent<Nothing>, id: Path<AccountId>) -> Answer {
    let by = sent.visit.person(PATH)?.account.id;
    registrations::approve(&sent.visit.app, by, id.into_inner()).await?;
    Ok(see(PATH))
}

pub async fn decline(sent: Sent<Nothing>, id: Path<AccountId>) -> Answer {
    let by = sent.visit.person(PATH)?.account.id;
    registrations::decline(&sent.visit.app, by, id.into_inner()).await?;
    Ok(see(PATH))
}
