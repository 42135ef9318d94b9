//! Invitations of the person who is signed in: made, listed, taken back.

use actix_web::{http::StatusCode, web::Path};
use askama::Template;
use kontor_actions::{Error, invites};
use kontor_domain::{ids::InviteId, user::Registrations};
use serde::Deserialize;

use crate::{
    failure::Answer,
    forms::{Nothing, Sent},
    frame::{Frame, Room},
    pages::see,
    times::Moment,
    visit::Visit,
};

pub const PATH: &str = "/settings/invites";

struct Row {
    id: i64,
    made: Moment,
    expires: Moment,
    uses: i64,
    most: i64,
    /// What has become of it, if it can be used no more.
    ended: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "invites.html")]
struct InvitesPage {
    frame: Frame,
    /// Shown once.
    link: Option<String>,
    error: Option<String>,
    max_uses: String,
    days: u64,
    /// Invitations do not work.
    closed: bool,
    rows: Vec<Row>,
}

#[derive(Debug, Deserialize)]
pub struct Fields {
    #[serde(default)]
    max_uses: String,
}

/// The page as it is after a form was sent.
#[derive(Default)]
struct After {
    link: Option<String>,
    error: Option<String>,
    max_uses: String,
}

async fn page(visit: &Visit, after: After) -> Answer {
    let app = &visit.app;
    let who = visit.person(PATH)?;
    let now = app.now();
    let rows = invites::by_creator(app, who.account.id).await?;
    let rows = rows
        .iter()
        .map(|invite| Row {
            id: invite.id.0,
            made: Moment::new(invite.created_at, now),
            expires: Moment::new(invite.expires_at, now),
            uses: invite.uses,
            most: invite.max_uses,
            ended: match invite {
                invite if invite.is_open(now) => None,
                invite if invite.uses >= invite.max_uses => Some("Used up"),
                _ => Some("Ended"),
            },
        })
        .collect();
    let status = if after.error.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    visit.form(
        status,
        &InvitesPage {
            frame: visit.form_frame("Invitations", Room::Invites),
            link: after.link,
            error: after.error,
            max_uses: after.max_uses,
            days: app
                .settings
                .limits
                .invite_age
                .as_secs()
                .div_ceil(24 * 60 * 60),
            closed: app.settings.registrations == Registrations::Closed,
            rows,
        },
    )
}

pub async fn list(visit: Visit) -> Answer {
    page(
        &visit,
        After {
            max_uses: "1".to_owned(),
            ..After::default()
        },
    )
    .await
}

pub async fn create(sent: Sent<Fields>) -> Answer {
    let Sent { visit, form } = sent;
    let by = visit.person(PATH)?.account.id;
    // What is no number is as wrong as one out of bounds.
    let max_uses = form.max_uses.trim().parse().unwrap_or(0);
    let after = match invites::invite(&visit.app, by, max_uses).await {
        Ok(link) => After {
            link: Some(link),
            max_uses: "1".to_owned(),
            ..After::default()
        },
        Err(Error::Invalid { reason, .. }) => After {
            error: Some(format!("The number of people {reason}.")),
            max_uses: form.max_uses,
            ..After::default()
        },
        Err(other) => return Err(other.into()),
    };
    page(&visit, after).await
}

pub async fn revoke(sent: Sent<Nothing>, id: Path<InviteId>) -> Answer {
    let by = sent.visit.person(PATH)?.account.id;
    invites::revoke(&sent.visit.app, by, id.into_inner()).await?;
    Ok(see(PATH))
}
