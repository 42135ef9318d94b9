//! A person at the pages: keeps cookies, follows redirects on its own server, fills in forms with the tokens that are in them.

use std::collections::BTreeMap;

use reqwest::Method;

use crate::{Address, Answer, client, server::PASSWORD};

pub struct Browser {
    http: reqwest::Client,
    server: Address,
    cookies: BTreeMap<String, String>,
}

/// A form as it stands on a page.
#[derive(Debug, Clone)]
pub struct Form {
    pub action: String,
    pub fields: BTreeMap<String, String>,
}

impl Browser {
    pub fn new(server: &Address) -> Self {
        Self {
            http: client::plain(&[server]),
            server: server.clone(),
            cookies: BTreeMap::new(),
        }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.go(Method::GET, path, None).await
    }

    /// Sends a form of a page that was read before, with these fields changed.
    pub async fn submit(&mut self, page: &Answer, changes: &[(&str, &str)]) -> Answer {
        let named = changes.first().map_or("", |(name, _)| *name);
        let mut form = forms(&page.text())
            .into_iter()
            .find(|form| form.fields.contains_key(named))
            .unwrap_or_else(|| panic!("no form with `{named}` on {}: {}", page.asked, page.text()));
        for (name, value) in changes {
            form.fields.insert((*name).to_owned(), (*value).to_owned());
        }
        let path = if form.action.is_empty() {
            page.asked.clone()
        } else {
            form.action.clone()
        };
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&form.fields)
            .finish();
        self.go(Method::POST, &path, Some(body)).await
    }

    /// # Panics
    /// When the person is not signed in afterwards.
    pub async fn sign_in(&mut self, name: &str) {
        let page = self.get("/sign-in").await.expect(200);
        let after = self
            .submit(&page, &[("login", name), ("password", PASSWORD)])
            .await;
        assert!(
            after.status == 200 && !after.asked.contains("/sign-in"),
            "{name} cannot sign in: {}",
            after.text()
        );
    }

    async fn go(&mut self, method: Method, path: &str, body: Option<String>) -> Answer {
        let (mut method, mut body) = (method, body);
        // What was asked is an address on the second round.
        let mut url = match path.split_once("http://") {
            Some((_, rest)) => format!("http://{rest}"),
            None => self.server.url(path),
        };
        for _ in 0..10 {
            let mut request = self
                .http
                .request(method.clone(), &url)
                .header("accept", "text/html");
            if !self.cookies.is_empty() {
                let cookies: Vec<String> = self
                    .cookies
                    .iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                request = request.header("cookie", cookies.join("; "));
            }
            if let Some(body) = body.take() {
                request = request
                    .header("content-type", "application/x-www-form-urlencoded")
                    .body(body);
                request = request.header("origin", self.server.url(""));
            }
            let response = request
                .send()
                .await
                .unwrap_or_else(|why| panic!("{url}: {why:?}"));
            self.keep(response.headers());
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let asked = format!("{method} {url}");
            let answer = Answer {
                asked,
                status,
                headers,
                body: response.bytes().await.expect("a body"),
            };
            let on = answer.header("location").to_owned();
            if !(300..400).contains(&status) || on.is_empty() {
                return answer;
            }
            url = if on.starts_with('/') {
                self.server.url(&on)
            } else {
                on
            };
            if !url.starts_with(&self.server.url("/")) {
                return answer;
            }
            method = Method::GET;
        }
        panic!("{url} is a circle of redirects");
    }

    fn keep(&mut self, headers: &reqwest::header::HeaderMap) {
        for header in headers.get_all("set-cookie") {
            let text = header.to_str().unwrap_or_default();
            let Some((name, rest)) = text.split_once('=') else {
                continue;
            };
            let value = rest.split(';').next().unwrap_or_default();
            if value.is_empty() || text.to_ascii_lowercase().contains("max-age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// The forms of a page, with the values of their inputs.
pub fn forms(html: &str) -> Vec<Form> {
    html.split("<form")
        .skip(1)
        .map(|rest| rest.split("</form").next().unwrap_or_default())
        .map(form)
        .collect()
}

fn form(html: &str) -> Form {
    let action =
        attribute(html.split('>').next().unwrap_or_default(), "action").unwrap_or_default();
    let fields = html
        .split("<input")
        .skip(1)
        .map(|rest| rest.split('>').next().unwrap_or_default())
        .filter_map(|tag| {
            Some((
                attribute(tag, "name")?,
                attribute(tag, "value").unwrap_or_default(),
            ))
        })
        .collect();
    Form { action, fields }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(
        value
            .replace("&quot;", "\"")
            .replace("&#34;", "\"")
            .replace("&#39;", "'")
            .replace("&#38;", "&")
            .replace("&amp;", "&"),
    )
}
