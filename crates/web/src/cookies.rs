//! The two cookies of the pages: whose session it is, and which visitor a form was given to.

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use kontor_actions::App;

const SESSION: &str = "kontor_session";
const VISITOR: &str = "kontor_visitor";

#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Holds the token of a session, for as long as the session.
    Session,
    /// Binds forms to a browser in which nobody is signed in; goes when the browser closes.
    Visitor,
}

/// Over https no other host, and no page of http, can set it (the `__Host-` prefix, RFC 6265bis, 4.1.3.2).
pub fn name(app: &App, kind: Kind) -> String {
    let plain = match kind {
        Kind::Session => SESSION,
        Kind::Visitor => VISITOR,
    };
    if is_secure(app) {
        format!("__Host-{plain}")
    } else {
        plain.to_owned()
    }
}

fn is_secure(app: &App) -> bool {
    app.site.scheme() == "https"
}

pub fn make(app: &App, kind: Kind, value: String) -> Cookie<'static> {
    let mut cookie = Cookie::new(name(app, kind), value);
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_secure(is_secure(app));
    if matches!(kind, Kind::Session) {
        let age = i64::try_from(app.settings.limits.session_age.as_secs()).unwrap_or(i64::MAX);
        cookie.set_max_age(Duration::seconds(age));
    }
    cookie
}

/// Takes the cookie back.
pub fn end(app: &App, kind: Kind) -> Cookie<'static> {
    let mut cookie = make(app, kind, String::new());
    cookie.make_removal();
    cookie
}
