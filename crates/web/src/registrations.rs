//! Making an account: by the setting, or by an invitation. The setup link is in `setup`; what the three share is here.

use actix_web::{HttpRequest, http::StatusCode, web::Path};
use askama::Template;
use kontor_actions::{
    Error, invites,
    registrations::{self, Registration},
    sessions,
};
use kontor_domain::user::{Registrations, Role, UserState};
use serde::Deserialize;

use crate::{
    failure::{Answer, Failure},
    forms::Sent,
    frame::{Frame, Room},
    pages::see,
    sessions::enter,
    visit::{Visit, address, user_agent},
};

/// A way to an account: what its page says, and what its form asks for.
#[derive(Debug, Clone)]
pub struct Way {
    pub title: &'static str,
    pub intro: String,
    /// Where the form goes: the path of its own page.
    pub action: String,
    pub code: Option<String>,
    pub button: &'static str,
    /// Somebody reads why one wishes to join.
    pub asks_why: bool,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Fields {
    username: String,
    email: String,
    password: String,
    /// Compared where it is given.
    password_again: Option<String>,
    reason: String,
}

/// What is wrong, beside the field that it is wrong with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Errors {
    username: Option<String>,
    email: Option<String>,
    password: Option<String>,
    password_again: Option<String>,
    reason: Option<String>,
}

impl Errors {
    fn any(&self) -> bool {
        *self != Self::default()
    }
}

#[derive(Template)]
#[template(path = "join.html")]
struct JoinPage {
    frame: Frame,
    way: Way,
    /// Without the passwords.
    fields: Fields,
    errors: Errors,
    password_min: usize,
    rules: Vec<String>,
    /// The address has to be confirmed, so there must be one.
    needs_email: bool,
}

#[derive(Template)]
#[template(path = "notice.html")]
pub struct NoticePage {
    pub frame: Frame,
    pub title: String,
    pub text: String,
    /// Path and words.
    pub links: Vec<(&'static str, &'static str)>,
}

impl Visit {
    pub fn notice(
        &self,
        title: &str,
        text: String,
        links: &[(&'static str, &'static str)],
    ) -> Answer {
        let frame = self.frame(title, Room::None);
        self.page(&NoticePage {
            frame,
            title: title.to_owned(),
            text,
            links: links.to_vec(),
        })
    }
}

pub fn page(visit: &Visit, way: Way) -> Answer {
    joining(visit, way, Fields::default(), Errors::default())
}

fn joining(visit: &Visit, way: Way, fields: Fields, errors: Errors) -> Answer {
    let (status, title) = if errors.any() {
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("Error: {}", way.title),
        )
    } else {
        (StatusCode::OK, way.title.to_owned())
    };
    let settings = &visit.app.settings;
    let page = JoinPage {
        frame: visit.form_frame(title, Room::None),
        // The setup link works before mail does.
        needs_email: settings.mail.is_some() && !way.action.starts_with("/setup/"),
        way,
        fields: Fields {
            password: String::new(),
            password_again: None,
            ..fields
        },
        errors,
        password_min: settings.limits.password_characters_min,
        rules: settings.rules.clone(),
    };
    visit.form(status, &page)
}

/// Makes the account and signs it in, or says what is wrong with the form.
pub async fn join(req: &HttpRequest, sent: Sent<Fields>, way: Way) -> Answer {
    let Sent { visit, form } = sent;
    if form
        .password_again
        .as_ref()
        .is_some_and(|again| *again != form.password)
    {
        let errors = Errors {
            password_again: Some("The two passwords differ.".to_owned()),
            ..Errors::default()
        };
        return joining(&visit, way, form, errors);
    }
    let registration = Registration {
        username: form.username.trim().trim_start_matches('@').to_owned(),
        email: Some(form.email.clone()),
        password: form.password.clone(),
        code: way.code.clone(),
        reason: way.asks_why.then(|| form.reason.clone()),
        address: address(req),
    };
    let made = match registrations::register(&visit.app, registration).await {
        Ok(made) => made,
        Err(why) => {
            let errors = beside(why)?;
            return joining(&visit, way, form, errors);
        }
    };
    if !made.confirmed {
        return visit.notice(
            "Look at your mail",
            format!(
                "A mail with a link is on its way to you. Open the link to confirm your address; then {} can be used.",
                made.account.username
            ),
            &[("/", "To the first page")],
        );
    }
    if made.state == UserState::Pending {
        return visit.notice(
            "Your request was sent",
            format!(
                "Somebody of {} will read it. Once it is approved you can sign in as {}.",
                visit.app.settings.title, made.account.username
            ),
            &[("/", "To the first page")],
        );
    }
    if let Some(before) = visit.session() {
        sessions::sign_out(&visit.app, before).await?;
    }
    let token = sessions::start(&visit.app, made.account.id, user_agent(req)).await?;
    Ok(enter(&visit.app, token, "/"))
}

/// Puts an error beside its field; what belongs to no field is a page of its own.
fn beside(why: Error) -> Result<Errors, Failure> {
    let mut errors = Errors::default();
    match why {
        Error::Invalid {
            field: "username",
            reason,
        } => errors.username = Some(format!("The name {reason}.")),
        Error::Invalid {
            field: "email",
            reason,
        } => errors.email = Some(format!("This {reason}.")),
        Error::Invalid {
            field: "password",
            reason,
        } => errors.password = Some(format!("The password {reason}.")),
        Error::Invalid {
            field: "reason",
            reason,
        } => errors.reason = Some(format!("The reason {reason}.")),
        Error::Invalid {
            field: "invite_code",
            ..
        } => return Err(not_good(StatusCode::GONE)),
        Error::Conflict(text) if text.starts_with("username") => {
            errors.username = Some("Somebody has this name already.".to_owned());
        }
        Error::Conflict(text) if text.starts_with("email") => {
            errors.email = Some("Another account has this mail address.".to_owned());
        }
        other => return Err(other.into()),
    }
    Ok(errors)
}

fn not_good(status: StatusCode) -> Failure {
    Failure::Explained {
        status,
        title: "This invitation is not good",
        text: "It is not known, has been used up, has expired or was taken back. \
               Please ask the person who sent it to you for a new one."
            .to_owned(),
    }
}

const SIGN_IN: (&str, &str) = ("/sign-in", "Sign in");
const ABOUT: (&str, &str) = ("/about", "About this place");

/// What `/register` is good for.
enum Door {
    Open(Way),
    Shut(&'static str, String),
}

fn door(visit: &Visit) -> Door {
    let settings = &visit.app.settings;
    let way = |intro: String, button, asks_why| {
        Door::Open(Way {
            title: "Join",
            intro,
            action: "/register".to_owned(),
            code: None,
            button,
            asks_why,
        })
    };
    match settings.registrations {
        Registrations::Open => way(format!("Make an account at {}.", settings.title), "Make the account", false),
        Registrations::Approval => {
            way(format!("Ask for an account at {}. Somebody reads each request.", settings.title), "Send the request", true)
        }
        Registrations::Invite => Door::Shut(
            "An invitation is needed",
            "Members invite new members by a link. Ask somebody whom you know here for one, and open it in this browser.".to_owned(),
        ),
        Registrations::Closed => Door::Shut(
            "No new accounts",
            "New accounts are made by the people who run this place.".to_owned(),
        ),
    }
}

pub async fn form(visit: Visit) -> Answer {
    if visit.signed_in.is_some() {
        return Ok(see("/"));
    }
    match door(&visit) {
        Door::Open(way) => page(&visit, way),
        Door::Shut(title, text) => visit.notice(title, text, &[SIGN_IN, ABOUT]),
    }
}

pub async fn register(req: HttpRequest, sent: Sent<Fields>) -> Answer {
    match door(&sent.visit) {
        Door::Open(way) => join(&req, sent, way).await,
        Door::Shut(title, text) => Err(Failure::Explained {
            status: StatusCode::FORBIDDEN,
            title,
            text,
        }),
    }
}

async fn invited(visit: &Visit, code: &str) -> Result<Way, Failure> {
    if visit.app.settings.registrations == Registrations::Closed {
        return Err(Failure::Explained {
            status: StatusCode::FORBIDDEN,
            title: "No new accounts",
            text: "This place was closed to new accounts after the invitation was made.".to_owned(),
        });
    }
    match invites::open(&visit.app, code).await {
        Ok(invite) if invite.role == Role::User => {}
        Ok(_) | Err(Error::NotFound) => return Err(not_good(StatusCode::NOT_FOUND)),
        Err(Error::Gone) => return Err(not_good(StatusCode::GONE)),
        Err(other) => return Err(other.into()),
    }
    Ok(Way {
        title: "You are invited",
        intro: format!(
            "Somebody invites you to {}. Make your account.",
            visit.app.settings.title
        ),
        action: format!("/invite/{code}"),
        code: Some(code.to_owned()),
        button: "Make the account",
        asks_why: false,
    })
}

pub async fn invitation(visit: Visit, code: Path<String>) -> Answer {
    let way = invited(&visit, &code).await?;
    if let Some(who) = &visit.signed_in {
        let text = format!(
            "You are signed in as {}. Sign out first to make another account with this invitation.",
            who.account.username
        );
        return visit.notice(
            "You have an account already",
            text,
            &[("/", "To your home timeline")],
        );
    }
    page(&visit, way)
}

pub async fn accept(req: HttpRequest, sent: Sent<Fields>, code: Path<String>) -> Answer {
    let way = invited(&sent.visit, &code).await?;
    join(&req, sent, way).await
}
