//! The consent page of OAuth 2 (RFC 6749, 4.1.1): an application asks, a person agrees or refuses.

use actix_web::{
    http::{StatusCode, header},
    web::Query,
};
use askama::Template;
use kontor_actions::{
    App, Error,
    oauth::{self, Checked, OUT_OF_BAND},
};
use serde::Deserialize;
use url::Url;

use crate::{
    failure::{Answer, Failure},
    forms::Sent,
    frame::{Frame, Room},
    headers::policy,
    pages::see,
    people::Person,
    scopes,
    sessions::path_again,
    visit::Visit,
};

pub const PATH: &str = "/oauth/authorize";

/// The parameters of the request, as the application sent them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    client_id: String,
    redirect_uri: String,
    response_type: String,
    scope: Option<String>,
    state: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
    /// Mastodon's: the person signs in once more.
    force_login: Option<String>,
}

impl Asked {
    /// What goes on through the sign-in page and the form: all but `force_login`, which is done with then.
    fn pairs(&self) -> Vec<(&'static str, String)> {
        let given = |name, value: &Option<String>| value.clone().map(|value| (name, value));
        let mut pairs = vec![
            ("client_id", self.client_id.clone()),
            ("redirect_uri", self.redirect_uri.clone()),
            ("response_type", self.response_type.clone()),
        ];
        pairs.extend(given("scope", &self.scope));
        pairs.extend(given("state", &self.state));
        pairs.extend(given("code_challenge", &self.code_challenge));
        pairs.extend(given("code_challenge_method", &self.code_challenge_method));
        pairs
    }

    fn here(&self) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(self.pairs())
            .finish();
        format!("{PATH}?{query}")
    }

    fn forces_login(&self) -> bool {
        self.force_login
            .as_deref()
            .is_some_and(|value| matches!(value, "true" | "1" | "yes"))
    }
}

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage {
    frame: Frame,
    name: String,
    website: Option<String>,
    me: Person,
    allows: Vec<&'static str>,
    /// Where the answer goes, in words.
    target: Option<String>,
    pairs: Vec<(&'static str, String)>,
    other_account: String,
}

#[derive(Template)]
#[template(path = "code.html")]
struct CodePage {
    frame: Frame,
    name: String,
    code: String,
}

/// Whom to answer, and what.
enum Request {
    Sound(Box<Checked>),
    /// The application learns what is wrong.
    Wrong(&'static str, String),
}

async fn check(app: &App, asked: &Asked) -> Result<Request, Failure> {
    let request = oauth::Request {
        client_id: asked.client_id.clone(),
        redirect_uri: asked.redirect_uri.clone(),
        scopes: asked.scope.clone(),
        code_challenge: asked.code_challenge.clone(),
        code_challenge_method: asked.code_challenge_method.clone(),
    };
    let checked = match oauth::check(app, request).await {
        // Never sent on: whoever made the address up must not choose where the answer goes.
        Err(Error::Invalid {
            field: field @ ("client_id" | "redirect_uri"),
            reason,
        }) => {
            return Err(Failure::Explained {
                status: StatusCode::BAD_REQUEST,
                title: "The application asked in a wrong way",
                text: format!(
                    "Its {field} {reason}. Nothing was given to it. Please tell the people who make it."
                ),
            });
        }
        other => other,
    };
    if asked.response_type != "code" {
        return Ok(Request::Wrong(
            "unsupported_response_type",
            "response_type must be code".to_owned(),
        ));
    }
    match checked {
        Ok(checked) => Ok(Request::Sound(Box::new(checked))),
        Err(Error::Invalid {
            field: "scope",
            reason,
        }) => Ok(Request::Wrong("invalid_scope", format!("scope: {reason}"))),
        Err(Error::Invalid { field, reason }) => Ok(Request::Wrong(
            "invalid_request",
            format!("{field} {reason}"),
        )),
        Err(other) => Err(other.into()),
    }
}

/// Back to the application, with these parameters and its state.
fn back(asked: &Asked, pairs: &[(&str, &str)]) -> Answer {
    if asked.redirect_uri == OUT_OF_BAND {
        let text = pairs
            .iter()
            .map(|(_, value)| *value)
            .collect::<Vec<_>>()
            .join(": ");
        return Err(Failure::Explained {
            status: StatusCode::BAD_REQUEST,
            title: "The application gets no code",
            text: format!("{text}. You can close this page."),
        });
    }
    let mut url = Url::parse(&asked.redirect_uri)
        .map_err(|_| Error::invalid("redirect_uri", "is no address"))?;
    {
        let mut query = url.query_pairs_mut();
        query.extend_pairs(pairs);
        if let Some(state) = &asked.state {
            query.append_pair("state", state);
        }
    }
    Ok(see(url.as_str()))
}

pub async fn ask(visit: Visit, asked: Query<Asked>) -> Answer {
    let checked = match check(&visit.app, &asked).await? {
        Request::Sound(checked) => checked,
        Request::Wrong(error, why) => {
            return back(&asked, &[("error", error), ("error_description", &why)]);
        }
    };
    let here = asked.here();
    let who = visit.person(&here)?;
    if asked.forces_login() {
        return Ok(see(&path_again(&here)));
    }
    let mut response = visit.form(
        StatusCode::OK,
        &ConsentPage {
            frame: visit.form_frame(format!("Allow {}?", checked.application.name), Room::None),
            name: checked.application.name.clone(),
            website: checked.application.website.clone(),
            me: Person::of(&visit.app, &who.account),
            allows: scopes::in_words(&checked.scopes),
            target: target(&checked.redirect_uri),
            pairs: asked.pairs(),
            other_account: path_again(&here),
        },
    )?;
    let plain = visit.app.site.scheme() == "http";
    // Chromium holds redirects after a form to `form-action`, and the answer to this one is a redirect to the application.
    let forms = match scheme(&checked.redirect_uri) {
        Some(scheme) => format!("'self' {scheme}:"),
        None => "'self'".to_owned(),
    };
    if let Ok(value) = header::HeaderValue::from_str(&policy(plain, &forms)) {
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, value);
    }
    Ok(response)
}

fn scheme(redirect_uri: &str) -> Option<String> {
    let url = Url::parse(redirect_uri).ok()?;
    (redirect_uri != OUT_OF_BAND).then(|| url.scheme().to_owned())
}

/// `app.example`, or the scheme of an application on the same device.
fn target(redirect_uri: &str) -> Option<String> {
    let url = Url::parse(redirect_uri).ok()?;
    match url.scheme() {
        _ if redirect_uri == OUT_OF_BAND => None,
        "http" | "https" => url.host_str().map(str::to_owned),
        scheme => Some(format!("{scheme}:")),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Decision {
    Allow,
    Deny,
}

/// The form of the consent page.
#[derive(Debug, Deserialize)]
pub struct Decided {
    decision: Decision,
    #[serde(flatten)]
    asked: Asked,
}

/// Everything is checked again: between the page and the form lies a browser.
pub async fn decide(sent: Sent<Decided>) -> Answer {
    let Sent {
        visit,
        form: Decided { decision, asked },
    } = sent;
    let checked = match check(&visit.app, &asked).await? {
        Request::Sound(checked) => checked,
        Request::Wrong(error, why) => {
            return back(&asked, &[("error", error), ("error_description", &why)]);
        }
    };
    let who = visit.person(&asked.here())?;
    if decision == Decision::Deny {
        return back(
            &asked,
            &[
                ("error", "access_denied"),
                ("error_description", "The person did not agree"),
            ],
        );
    }
    let code = oauth::authorize(&visit.app, who.account.id, &checked).await?;
    if checked.redirect_uri == OUT_OF_BAND {
        let frame = visit.frame("Your code", Room::None);
        return visit.form(
            StatusCode::OK,
            &CodePage {
                frame,
                name: checked.application.name,
                code,
            },
        );
    }
    back(&asked, &[("code", &code)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_goes_to_addresses_of_any_shape() {
        let location = |uri: &str| {
            let asked = Asked {
                redirect_uri: uri.to_owned(),
                state: Some("a b&c".to_owned()),
                ..Asked::default()
            };
            let answer = back(&asked, &[("code", "x-_1")]).unwrap();
            answer
                .headers()
                .get(header::LOCATION)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        };
        for (uri, expected) in [
            (
                "https://app.test/back?a=b",
                "https://app.test/back?a=b&code=x-_1&state=a+b%26c",
            ),
            (
                "http://127.0.0.1:8080",
                "http://127.0.0.1:8080/?code=x-_1&state=a+b%26c",
            ),
            (
                "mastodon-android-auth://callback",
                "mastodon-android-auth://callback?code=x-_1&state=a+b%26c",
            ),
            (
                "oauth2redirect://com.example/",
                "oauth2redirect://com.example/?code=x-_1&state=a+b%26c",
            ),
            ("app:/back", "app:/back?code=x-_1&state=a+b%26c"),
        ] {
            assert_eq!(location(uri), expected);
        }
    }
}
