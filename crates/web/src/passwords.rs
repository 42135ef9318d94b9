//! A new password for somebody who forgot theirs, by a link in a mail. There is nothing of it where no mail is sent.

use actix_web::{HttpRequest, http::StatusCode, web::Path};
use askama::Template;
use kontor_actions::{Error, password_resets};
use serde::Deserialize;

use crate::{
    failure::{Answer, Failure},
    forms::Sent,
    frame::{Frame, Room},
    visit::{Visit, address},
};

pub const FORGOTTEN: &str = "/password/forgotten";

#[derive(Template)]
#[template(path = "password_forgotten.html")]
struct ForgottenPage {
    frame: Frame,
    email: String,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "password_reset.html")]
struct ResetPage {
    frame: Frame,
    token: String,
    error: Option<String>,
    password_min: usize,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wish {
    email: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    password: String,
    password_again: String,
}

fn status(error: Option<&String>) -> StatusCode {
    if error.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    }
}

fn title(error: Option<&String>, title: &str) -> String {
    if error.is_some() {
        format!("Error: {title}")
    } else {
        title.to_owned()
    }
}

fn forgotten(visit: &Visit, email: String, error: Option<String>) -> Answer {
    if visit.app.settings.mail.is_none() {
        return Err(Error::NotFound.into());
    }
    let title = title(error.as_ref(), "Password forgotten");
    let page = ForgottenPage {
        frame: visit.form_frame(title, Room::None),
        email,
        error,
    };
    visit.form(status(page.error.as_ref()), &page)
}

pub async fn form(visit: Visit) -> Answer {
    forgotten(&visit, String::new(), None)
}

/// The answer is the same whether somebody has the address or not.
pub async fn ask(req: HttpRequest, sent: Sent<Wish>) -> Answer {
    let Sent { visit, form } = sent;
    match password_resets::ask(&visit.app, &form.email, &address(&req)).await {
        Ok(()) => visit.notice(
            "Look at your mail",
            "If somebody here has this address, a mail with a link is on its way to it. It may take a few minutes.".to_owned(),
            &[("/sign-in", "Sign in")],
        ),
        Err(Error::Invalid { reason, .. }) => {
            forgotten(&visit, form.email, Some(format!("This {reason}.")))
        }
        Err(other) => Err(other.into()),
    }
}

fn not_good(why: Error) -> Failure {
    match why {
        Error::Gone => Failure::Explained {
            status: StatusCode::GONE,
            title: "This link is not good",
            text: "It was used, or it is too old. Ask for a new one on the page where you sign in."
                .to_owned(),
        },
        other => other.into(),
    }
}

fn choosing(visit: &Visit, token: String, error: Option<String>) -> Answer {
    let title = title(error.as_ref(), "A new password");
    let page = ResetPage {
        frame: visit.form_frame(title, Room::None),
        token,
        error,
        password_min: visit.app.settings.limits.password_characters_min,
    };
    visit.form(status(page.error.as_ref()), &page)
}

pub async fn choose(visit: Visit, token: Path<String>) -> Answer {
    password_resets::look(&visit.app, &token)
        .await
        .map_err(not_good)?;
    choosing(&visit, token.into_inner(), None)
}

pub async fn reset(sent: Sent<Chosen>, token: Path<String>) -> Answer {
    let Sent { visit, form } = sent;
    let token = token.into_inner();
    if form.password != form.password_again {
        password_resets::look(&visit.app, &token)
            .await
            .map_err(not_good)?;
        return choosing(&visit, token, Some("The two passwords differ.".to_owned()));
    }
    match password_resets::reset(&visit.app, &token, form.password).await {
        Ok(()) => visit.notice(
            "Your password is changed",
            "Wherever you were signed in, in browsers and in applications, you have to sign in again.".to_owned(),
            &[("/sign-in", "Sign in")],
        ),
        Err(Error::Invalid { reason, .. }) => {
            choosing(&visit, token, Some(format!("The password {reason}.")))
        }
        Err(other) => Err(not_good(other)),
    }
}
