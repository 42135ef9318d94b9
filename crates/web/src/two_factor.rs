//! Setting up, renewing and ending the second step of one's own sign-in.

use actix_web::{HttpRequest, http::StatusCode};
use askama::Template;
use kontor_actions::{
    Error,
    second_factors::{self as factors, Again, Offer, Standing},
};
use qrcodegen::{QrCode, QrCodeEcc};
use serde::Deserialize;

use crate::{
    failure::Answer,
    forms::Sent,
    frame::{Frame, Room},
    pages::see,
    times::Moment,
    visit::{Visit, address},
};

pub const PATH: &str = "/settings/two-factor";

/// A picture of squares: the outline of the dark ones as an SVG path.
struct Qr {
    side: i32,
    path: String,
}

enum State {
    Off,
    Offered {
        secret: String,
        qr: Qr,
    },
    /// The secret was shown; it is not shown to whoever merely is signed in.
    Waiting,
    On {
        since: Moment,
        left: i64,
    },
    Codes {
        codes: Vec<String>,
    },
}

#[derive(Template)]
#[template(path = "two_factor.html")]
struct Page {
    frame: Frame,
    state: State,
    error: Option<String>,
}

#[derive(Deserialize)]
pub struct Password {
    #[serde(default)]
    password: String,
}

#[derive(Deserialize)]
pub struct Code {
    #[serde(default)]
    code: String,
}

fn page(visit: &Visit, state: State, error: Option<String>) -> Answer {
    let (status, title) = match error {
        Some(_) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "Error: two-factor sign-in",
        ),
        None => (StatusCode::OK, "Two-factor sign-in"),
    };
    visit.form(
        status,
        &Page {
            frame: visit.form_frame(title, Room::TwoFactor),
            state,
            error,
        },
    )
}

/// What is so now, with what went wrong.
async fn current(visit: &Visit, error: Option<String>) -> Answer {
    let by = visit.person(PATH)?.account.id;
    let state = match factors::standing(&visit.app, by).await? {
        Standing::PasswordAlone => State::Off,
        Standing::WithCode {
            since,
            recovery_left,
        } => State::On {
            since: Moment::new(since, visit.app.now()),
            left: recovery_left,
        },
    };
    page(visit, state, error)
}

fn again(req: &HttpRequest, form: Password) -> Again {
    Again {
        password: form.password,
        address: address(req),
    }
}

fn offered(offer: Offer) -> Result<State, Error> {
    Ok(State::Offered {
        qr: draw(&offer.uri)?,
        secret: offer.secret,
    })
}

/// With the quiet zone of four squares that the standard asks for (ISO/IEC 18004).
fn draw(text: &str) -> Result<Qr, Error> {
    use std::fmt::Write as _;
    const QUIET: i32 = 4;
    let broken = || Error::Broken("the picture of a secret cannot be drawn".to_owned());
    let qr = QrCode::encode_text(text, QrCodeEcc::Medium).map_err(|_| broken())?;
    let mut path = String::new();
    for y in 0..qr.size() {
        for x in (0..qr.size()).filter(|x| qr.get_module(*x, y)) {
            write!(path, "M{},{}h1v1h-1z", x + QUIET, y + QUIET).map_err(|_| broken())?;
        }
    }
    Ok(Qr {
        side: qr.size() + 2 * QUIET,
        path,
    })
}

pub async fn show(visit: Visit) -> Answer {
    current(&visit, None).await
}

pub async fn offer(req: HttpRequest, sent: Sent<Password>) -> Answer {
    let Sent { visit, form } = sent;
    let by = visit.person(PATH)?.account.id;
    match factors::offer(&visit.app, by, again(&req, form)).await {
        Ok(offer) => page(&visit, offered(offer)?, None),
        Err(why) => failed(&visit, why).await,
    }
}

pub async fn confirm(sent: Sent<Code>) -> Answer {
    let Sent { visit, form } = sent;
    let person = visit.person(PATH)?;
    let (by, session) = (person.account.id, person.session);
    match factors::confirm(&visit.app, by, session, &form.code).await {
        Ok(codes) => page(&visit, State::Codes { codes }, None),
        Err(Error::Invalid { reason, .. }) => {
            let error = format!("The code {reason}");
            page(&visit, State::Waiting, Some(error))
        }
        // There is nothing to confirm, or it waited too long.
        Err(Error::NotFound) => Ok(see(PATH)),
        Err(why) => Err(why.into()),
    }
}

pub async fn renew(req: HttpRequest, sent: Sent<Password>) -> Answer {
    let Sent { visit, form } = sent;
    let by = visit.person(PATH)?.account.id;
    match factors::renew_recovery(&visit.app, by, again(&req, form)).await {
        Ok(codes) => page(&visit, State::Codes { codes }, None),
        Err(why) => failed(&visit, why).await,
    }
}

pub async fn turn_off(req: HttpRequest, sent: Sent<Password>) -> Answer {
    let Sent { visit, form } = sent;
    let by = visit.person(PATH)?.account.id;
    match factors::turn_off(&visit.app, by, again(&req, form)).await {
        Ok(()) => Ok(see(PATH)),
        Err(why) => failed(&visit, why).await,
    }
}

async fn failed(visit: &Visit, why: Error) -> Answer {
    match why {
        Error::Invalid {
            field: "password", ..
        } => {
            current(
                visit,
                Some("The password is wrong. Please try again.".to_owned()),
            )
            .await
        }
        // It was turned on or off meanwhile.
        Error::Conflict(_) | Error::NotFound => Ok(see(PATH)),
        other => Err(other.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_the_three_corners_of_every_such_picture() {
        let qr = draw("otpauth://totp/here.test:ann?secret=MZXW6YTBOI&issuer=here.test").unwrap();
        let dark = |x: i32, y: i32| qr.path.contains(&format!("M{x},{y}h1"));
        let far = qr.side - 5;
        for (x, y) in [(4, 4), (far, 4), (4, far)] {
            assert!(dark(x, y), "{x} {y}");
        }
        // The fourth has none, and around all of it is room.
        assert!(
            !(dark(far, far)
                && dark(far - 1, far)
                && dark(far, far - 1)
                && dark(far - 1, far - 1)
                && dark(far - 2, far))
        );
        assert!(!dark(3, 4) && !dark(4, 3));
    }
}
