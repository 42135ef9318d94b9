//! Something that keeps cookies, reads pages and sends their forms, as a browser does.

use std::collections::BTreeMap;

use actix_web::{
    App as Actix,
    body::BoxBody,
    cookie::Cookie,
    dev::{Service, ServiceResponse},
    http::{StatusCode, header::HeaderMap},
    middleware::from_fn,
    test::{self, TestRequest},
    web::Data,
};
use kontor_actions::accounts::Account;

use crate::house::House;

/// What came back.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
    pub(crate) body: String,
    pub(crate) cookies: Vec<Cookie<'static>>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn location(&self) -> &str {
        self.header("location")
    }

    /// The token in the form that goes to `action`.
    pub(crate) fn token(&self, action: &str) -> String {
        let form = self
            .body
            .split_once(&format!("action=\"{action}\""))
            .unwrap_or_else(|| panic!("no form for {action}: {}", self.body));
        between(form.1, "name=\"form_token\" value=\"", "\"")
    }

    #[track_caller]
    pub(crate) fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self
    }

    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Self {
        assert!(self.body.contains(text), "{text:?} is not in {}", self.body);
        self
    }

    #[track_caller]
    pub(crate) fn is_silent_about(&self, text: &str) -> &Self {
        assert!(!self.body.contains(text), "{text:?} is in {}", self.body);
        self
    }
}

#[track_caller]
pub(crate) fn between(text: &str, start: &str, end: &str) -> String {
    let rest = text
        .split_once(start)
        .unwrap_or_else(|| panic!("{start:?} is not in {text}"))
        .1;
    rest.split_once(end)
        .unwrap_or_else(|| panic!("{end:?} is not in {rest}"))
        .0
        .to_owned()
}

/// The pages of a house.
pub(crate) async fn open(
    house: &House,
) -> impl Service<actix_http::Request, Response = ServiceResponse<BoxBody>, Error = actix_web::Error>
{
    test::init_service(
        Actix::new()
            .wrap(from_fn(kontor_http::front))
            .app_data(Data::new(house.app.clone()))
            .configure(kontor_web::configure),
    )
    .await
}

pub(crate) struct Browser<'a, S> {
    service: &'a S,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl<'a, S> Browser<'a, S>
where
    S: Service<actix_http::Request, Response = ServiceResponse<BoxBody>, Error = actix_web::Error>,
{
    pub(crate) fn new(service: &'a S) -> Self {
        Self {
            service,
            cookies: BTreeMap::new(),
        }
    }

    /// One in which somebody is signed in.
    pub(crate) async fn of(service: &'a S, house: &House, who: &Account) -> Self {
        let mut browser = Self::new(service);
        let secure = house.app.site.scheme() == "https";
        let name = if secure {
            "__Host-kontor_session"
        } else {
            "kontor_session"
        };
        browser
            .cookies
            .insert(name.to_owned(), house.session(who).await);
        browser
    }

    pub(crate) async fn send(&mut self, mut request: TestRequest) -> Seen {
        for (name, value) in &self.cookies {
            request = request.cookie(Cookie::new(name.clone(), value.clone()));
        }
        let response = test::call_service(self.service, request.to_request()).await;
        let cookies: Vec<Cookie<'static>> = response
            .response()
            .cookies()
            .map(Cookie::into_owned)
            .collect();
        for cookie in &cookies {
            if cookie.value().is_empty() {
                self.cookies.remove(cookie.name());
            } else {
                self.cookies
                    .insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = test::read_body(response).await.to_vec();
        Seen {
            status,
            headers,
            cookies,
            body: String::from_utf8_lossy(&bytes).into_owned(),
            bytes,
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Seen {
        self.send(TestRequest::get().uri(path)).await
    }

    /// Sends a form that no page gave.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        self.send(TestRequest::post().uri(path).set_form(fields))
            .await
    }

    /// Opens a page, fills in the form that goes to `action` and sends it.
    pub(crate) async fn submit(
        &mut self,
        page: &str,
        action: &str,
        fields: &[(&str, &str)],
    ) -> Seen {
        let token = self.get(page).await.token(action);
        let mut all = vec![("form_token", token.as_str())];
        all.extend_from_slice(fields);
        self.post(action, &all).await
    }
}
