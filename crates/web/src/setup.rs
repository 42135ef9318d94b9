//! The one-time link of the first administrator.

use actix_web::{HttpRequest, http::StatusCode, web::Path};
use kontor_actions::{Error, invites};
use kontor_domain::user::Role;

use crate::{
    failure::{Answer, Failure},
    forms::Sent,
    registrations::{Fields, Way, join, page},
    visit::Visit,
};

async fn way(visit: &Visit, code: &str) -> Result<Way, Failure> {
    match invites::open(&visit.app, code).await {
        Ok(invite) if invite.role == Role::Admin => {}
        Ok(_) | Err(Error::NotFound) => return Err(not_good(StatusCode::NOT_FOUND)),
        Err(Error::Gone) => return Err(not_good(StatusCode::GONE)),
        Err(other) => return Err(other.into()),
    }
    Ok(Way {
        title: "Set up this place",
        intro: format!(
            "This makes the first account of {}. It becomes the administrator, and you are signed in at once.",
            visit.app.settings.title
        ),
        action: format!("/setup/{code}"),
        code: Some(code.to_owned()),
        button: "Make the administrator",
        asks_why: false,
    })
}

fn not_good(status: StatusCode) -> Failure {
    Failure::Explained {
        status,
        title: "This setup link is not good",
        text: "It has been used, has expired or was replaced by a later one. As long as there is no administrator, \
               the command `kontor setup-link` on the server prints a new one. If there is one already, sign in."
            .to_owned(),
    }
}

pub async fn form(visit: Visit, code: Path<String>) -> Answer {
    let way = way(&visit, &code).await?;
    page(&visit, way)
}

pub async fn set_up(req: HttpRequest, sent: Sent<Fields>, code: Path<String>) -> Answer {
    let way = way(&sent.visit, &code).await?;
    join(&req, sent, way).await
}
