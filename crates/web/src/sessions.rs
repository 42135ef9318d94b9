//! Signing in and out.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Query};
use askama::Template;
use kontor_actions::{
    App, Error,
    sessions::{self, Step},
};
use serde::Deserialize;
use url::Url;

use crate::{
    cookies::{self, Kind},
    failure::Answer,
    forms::{Nothing, Sent},
    frame::{Frame, Room},
    pages::see,
    visit::{Visit, address, user_agent},
};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    frame: Frame,
    login: String,
    next: String,
    /// An application waits for the answer.
    for_application: bool,
    error: Option<String>,
    has_mail: bool,
    /// A link to a new password can be sent.
    sends_mail: bool,
}

#[derive(Template)]
#[template(path = "sign_in_code.html")]
struct CodePage {
    frame: Frame,
    half: String,
    next: String,
    error: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Asked {
    #[serde(default)]
    next: String,
    /// Signs in once more, whoever is signed in already.
    again: Option<String>,
}

#[derive(Deserialize)]
pub struct Fields {
    #[serde(default)]
    login: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// The second step.
#[derive(Deserialize)]
pub struct CodeFields {
    #[serde(default)]
    half: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

/// The path of the sign-in page that goes on at `next`.
pub fn path(next: &str) -> String {
    format!(
        "/sign-in?{}",
        url::form_urlencoded::Serializer::new(String::new())
            .append_pair("next", next)
            .finish()
    )
}

/// The same for a person who is signed in and should say so again.
pub fn path_again(next: &str) -> String {
    format!("{}&again=1", path(next))
}

/// Where to go on: a path of ours, or else the first page.
fn next(app: &App, asked: &str) -> String {
    local_path(&app.site.base(), asked).unwrap_or_else(|| "/".to_owned())
}

/// A browser reads `//host`, `/\host` and `/.//host` as another host; what comes out of here stays on ours.
fn local_path(base: &str, asked: &str) -> Option<String> {
    if !asked.starts_with('/') {
        return None;
    }
    let base = Url::parse(base).ok()?;
    let url = base.join(asked).ok()?;
    if url.origin() != base.origin() || url.path().starts_with("//") {
        return None;
    }
    Some(match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    })
}

fn page(visit: &Visit, fields: &Fields, error: Option<(StatusCode, String)>) -> Answer {
    let next = next(&visit.app, &fields.next);
    let (status, error) = error.map_or((StatusCode::OK, None), |(status, error)| {
        (status, Some(error))
    });
    let title = if error.is_some() {
        "Error: sign in"
    } else {
        "Sign in"
    };
    visit.form(
        status,
        &SignInPage {
            frame: visit.form_frame(title, Room::None),
            login: fields.login.clone(),
            for_application: next.starts_with("/oauth/authorize"),
            next,
            error,
            has_mail: !visit.app.settings.contact_email.is_empty(),
            sends_mail: visit.app.settings.mail.is_some(),
        },
    )
}

pub async fn form(visit: Visit, asked: Query<Asked>) -> Answer {
    if visit.signed_in.is_some() && asked.again.is_none() {
        return Ok(see(&next(&visit.app, &asked.next)));
    }
    page(
        &visit,
        &Fields {
            login: String::new(),
            password: String::new(),
            next: asked.into_inner().next,
        },
        None,
    )
}

pub async fn sign_in(req: HttpRequest, sent: Sent<Fields>) -> Answer {
    let Sent { visit, form } = sent;
    let attempt = sessions::SignIn {
        login: form.login.clone(),
        password: form.password.clone(),
        address: address(&req),
        user_agent: user_agent(&req),
    };
    match sessions::sign_in(&visit.app, attempt).await {
        Ok(Step::In(token)) => change_over(&visit, token, &form.next).await,
        Ok(Step::Code(half)) => code_page(&visit, half, &form.next, None),
        Err(Error::Unauthorized(why)) => {
            let advice = format!("{why}. Please check both and try again.");
            page(
                &visit,
                &form,
                Some((StatusCode::UNPROCESSABLE_ENTITY, advice)),
            )
        }
        // Only who knows the password is told this much.
        Err(Error::Forbidden(why)) => page(
            &visit,
            &form,
            Some((StatusCode::FORBIDDEN, format!("{why}."))),
        ),
        Err(other) => Err(other.into()),
    }
}

fn code_page(
    visit: &Visit,
    half: String,
    asked: &str,
    error: Option<(StatusCode, String)>,
) -> Answer {
    let (status, error) = error.map_or((StatusCode::OK, None), |(status, error)| {
        (status, Some(error))
    });
    let title = if error.is_some() {
        "Error: your code"
    } else {
        "Your code"
    };
    visit.form(
        status,
        &CodePage {
            frame: visit.form_frame(title, Room::None),
            half,
            next: next(&visit.app, asked),
            error,
        },
    )
}

/// The code that is asked for after the password.
pub async fn finish(req: HttpRequest, sent: Sent<CodeFields>) -> Answer {
    let Sent { visit, form } = sent;
    let second = sessions::Second {
        half: form.half.clone(),
        code: form.code,
        user_agent: user_agent(&req),
    };
    match sessions::finish(&visit.app, second).await {
        Ok(token) => change_over(&visit, token, &form.next).await,
        Err(Error::Unauthorized(why)) => code_page(
            &visit,
            form.half,
            &form.next,
            Some((StatusCode::UNPROCESSABLE_ENTITY, format!("{why}."))),
        ),
        // It took too long, or was done before.
        Err(Error::Gone) => page(
            &visit,
            &Fields {
                login: String::new(),
                password: String::new(),
                next: form.next,
            },
            Some((
                StatusCode::UNPROCESSABLE_ENTITY,
                "That took too long. Please begin again.".to_owned(),
            )),
        ),
        Err(other) => Err(other.into()),
    }
}

/// Whoever was signed in before is so no longer.
async fn change_over(visit: &Visit, token: String, asked: &str) -> Answer {
    if let Some(before) = visit.session() {
        sessions::sign_out(&visit.app, before).await?;
    }
    Ok(enter(&visit.app, token, &next(&visit.app, asked)))
}

/// The session begins; the forms of the visitor before are good no longer.
pub fn enter(app: &App, token: String, path: &str) -> HttpResponse {
    let mut response = see(path);
    let cookies = [
        cookies::make(app, Kind::Session, token),
        cookies::end(app, Kind::Visitor),
    ];
    for cookie in &cookies {
        // Fails for a value that no header can hold, and ours are letters and digits.
        let _never = response.add_cookie(cookie);
    }
    response
}

pub async fn sign_out(sent: Sent<Nothing>) -> Answer {
    let app = &sent.visit.app;
    if let Some(token) = sent.visit.session() {
        sessions::sign_out(app, token).await?;
    }
    let mut response = see("/");
    let _never = response.add_cookie(&cookies::end(app, Kind::Session));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_on_stays_on_this_host() {
        let local = |asked| local_path("http://localhost:4000", asked);
        for (asked, path) in [
            ("/", "/"),
            ("/@alice?x=1", "/@alice?x=1"),
            (
                "/oauth/authorize?redirect_uri=https%3A%2F%2Fapp.test",
                "/oauth/authorize?redirect_uri=https%3A%2F%2Fapp.test",
            ),
            ("/a/../b#c", "/b"),
        ] {
            assert_eq!(local(asked).as_deref(), Some(path), "{asked}");
        }
        for asked in [
            "",
            "x",
            "https://evil.test/",
            "//evil.test",
            "///evil.test",
            "/\\evil.test",
            "\\\\evil.test",
            "/.//evil.test",
            "/x/..//evil.test",
            "/\t/evil.test",
            "javascript:alert(1)",
            "//localhost:4001/",
            "/\n//evil.test",
        ] {
            assert_eq!(local(asked), None, "{asked:?}");
        }
    }
}
