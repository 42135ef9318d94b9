//! Who visits: the person whose session it is, or a visitor, and the secret that forms of this browser are bound to.

use std::{future::Future, pin::Pin, rc::Rc};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header, web};
use kontor_actions::{
    App,
    secrets::{constant_time_eq, hash},
    sessions::{self, SignedIn},
};
use kontor_domain::{audience::Viewer, user::Role};
use kontor_http::ClientAddress;

use crate::{
    cookies::{self, Kind},
    failure::Failure,
};

#[derive(Debug, Clone)]
pub struct Visit {
    pub app: App,
    pub signed_in: Option<Rc<SignedIn>>,
    secret: Secret,
}

/// Never shown; forms carry a hash of it.
#[derive(Clone)]
enum Secret {
    Session(String),
    Visitor(String),
    /// Made for this request; the cookie is set with the page that holds a form.
    Fresh(String),
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl Visit {
    pub async fn of(req: &HttpRequest) -> Result<Self, Failure> {
        if let Some(known) = req.extensions().get::<Self>() {
            return Ok(known.clone());
        }
        let app = app(req)?;
        let session = cookie(req, &app, Kind::Session);
        let signed_in = match &session {
            Some(token) => sessions::resume(&app, token).await?,
            None => None,
        };
        let secret = match (session, cookie(req, &app, Kind::Visitor)) {
            (Some(token), _) if signed_in.is_some() => Secret::Session(token),
            (_, Some(token)) => Secret::Visitor(token),
            _ => Secret::Fresh(app.entropy.token()?),
        };
        let visit = Self {
            app,
            signed_in: signed_in.map(Rc::new),
            secret,
        };
        req.extensions_mut().insert(visit.clone());
        Ok(visit)
    }

    pub fn viewer(&self) -> Viewer {
        self.signed_in
            .as_ref()
            .map_or(Viewer::Anyone, |who| Viewer::Account(who.account.id))
    }

    /// The person who is signed in; others sign in first and go on at `next`.
    pub fn person(&self, next: &str) -> Result<&SignedIn, Failure> {
        self.signed_in
            .as_deref()
            .ok_or_else(|| Failure::SignInFirst {
                next: next.to_owned(),
            })
    }

    pub fn moderates(&self) -> bool {
        self.signed_in
            .as_ref()
            .is_some_and(|who| matches!(who.user.role, Role::Moderator | Role::Admin))
    }

    /// The token of the session, to end it.
    pub fn session(&self) -> Option<&str> {
        match &self.secret {
            Secret::Session(token) => Some(token),
            _ => None,
        }
    }

    /// The secret that must be kept in a cookie for the forms of this page to be taken.
    pub fn unkept(&self) -> Option<&str> {
        match &self.secret {
            Secret::Fresh(token) => Some(token),
            _ => None,
        }
    }

    /// What a form carries to show that this browser was given it. From a hash the secret cannot be had.
    pub fn form_token(&self) -> String {
        let (Secret::Session(secret) | Secret::Visitor(secret) | Secret::Fresh(secret)) =
            &self.secret;
        hash(&format!("form\n{secret}"))
    }

    pub fn gave(&self, form_token: &str) -> bool {
        self.unkept().is_none()
            && constant_time_eq(self.form_token().as_bytes(), form_token.as_bytes())
    }
}

pub fn app(req: &HttpRequest) -> Result<App, Failure> {
    let app = req
        .app_data::<web::Data<App>>()
        .map(|app| app.get_ref().clone());
    app.ok_or_else(|| {
        Failure::Action(kontor_actions::Error::Broken(
            "the pages were mounted without their App".to_owned(),
        ))
    })
}

fn cookie(req: &HttpRequest, app: &App, kind: Kind) -> Option<String> {
    let found = req.cookie(&cookies::name(app, kind))?;
    // Ours have 43 characters; a secret that somebody chose to be short is none.
    (found.value().len() >= 40).then(|| found.value().to_owned())
}

pub fn user_agent(req: &HttpRequest) -> String {
    let text = req
        .headers()
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok());
    text.unwrap_or_default().to_owned()
}

/// Whence a request comes, for counting tries.
pub fn address(req: &HttpRequest) -> String {
    let Ok(address) = ClientAddress::from_request(req, &mut Payload::None).into_inner();
    address.network().to_string()
}

impl FromRequest for Visit {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Failure>>>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move { Self::of(&req).await })
    }
}
