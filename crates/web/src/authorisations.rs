//! The applications that somebody let act for them, and taking that back.

use actix_web::{http::StatusCode, web::Path};
use askama::Template;
use kontor_actions::authorisations;
use kontor_domain::ids::ApplicationId;

use crate::{
    failure::Answer,
    forms::{Nothing, Sent},
    frame::{Frame, Room},
    pages::see,
    times::Moment,
    visit::Visit,
};

pub const PATH: &str = "/settings/applications";

struct Row {
    /// 0: what was made at the command line.
    id: i64,
    name: String,
    website: Option<String>,
    scopes: String,
    since: Moment,
    used: Option<Moment>,
}

#[derive(Template)]
#[template(path = "authorisations.html")]
struct Page {
    frame: Frame,
    rows: Vec<Row>,
}

pub async fn list(visit: Visit) -> Answer {
    let app = &visit.app;
    let by = visit.person(PATH)?.account.id;
    let now = app.now();
    let found = authorisations::list(app, by).await?;
    let rows = found
        .into_iter()
        .map(|one| Row {
            id: one.application.as_ref().map_or(0, |app| app.id.0),
            name: one.application.as_ref().map_or_else(
                || "Made at the command line".to_owned(),
                |app| app.name.clone(),
            ),
            website: one
                .application
                .and_then(|app| app.website)
                .filter(|url| url.starts_with("https://") || url.starts_with("http://")),
            scopes: one.scopes.join(", "),
            since: Moment::new(one.since, now),
            used: one.last_used_at.map(|at| Moment::new(at, now)),
        })
        .collect();
    visit.form(
        StatusCode::OK,
        &Page {
            frame: visit.form_frame("Applications", Room::Applications),
            rows,
        },
    )
}

pub async fn withdraw(sent: Sent<Nothing>, id: Path<i64>) -> Answer {
    let by = sent.visit.person(PATH)?.account.id;
    let id = id.into_inner();
    let application = (id != 0).then_some(ApplicationId(id));
    authorisations::withdraw(&sent.visit.app, by, application).await?;
    Ok(see(PATH))
}
