//! The link in the mail to somebody who registered. Following it shows a button: programs that look at mail follow links too.

use actix_web::{http::StatusCode, web::Path};
use askama::Template;
use kontor_actions::{Error, confirmations};
use kontor_domain::user::UserState;

use crate::{
    failure::{Answer, Failure},
    forms::{Nothing, Sent},
    frame::{Frame, Room},
    visit::Visit,
};

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage {
    frame: Frame,
    name: String,
    token: String,
}

fn not_good(why: Error) -> Failure {
    match why {
        Error::Gone => Failure::Explained {
            status: StatusCode::GONE,
            title: "This link is not good",
            text: "It was used, is too old or was replaced by a later one. If your address is confirmed already, sign in. \
                   Otherwise ask the application that you registered with to send the mail again."
                .to_owned(),
        },
        other => other.into(),
    }
}

pub async fn ask(visit: Visit, token: Path<String>) -> Answer {
    let account = confirmations::look(&visit.app, &token)
        .await
        .map_err(not_good)?;
    let page = ConfirmPage {
        frame: visit.form_frame("Confirm your mail address".to_owned(), Room::None),
        name: account.username,
        token: token.into_inner(),
    };
    visit.form(StatusCode::OK, &page)
}

pub async fn confirm(sent: Sent<Nothing>, token: Path<String>) -> Answer {
    let visit = sent.visit;
    let (account, user) = confirmations::confirm(&visit.app, &token)
        .await
        .map_err(not_good)?;
    if user.state == UserState::Pending {
        return visit.notice(
            "Your address is confirmed",
            format!(
                "Somebody of {} will read your request. Once it is approved you can sign in as {}.",
                visit.app.settings.title, account.username
            ),
            &[("/", "To the first page")],
        );
    }
    visit.notice(
        "Your address is confirmed",
        format!("You can sign in as {} now.", account.username),
        &[("/sign-in", "Sign in")],
    )
}
