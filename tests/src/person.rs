//! A local person with a token: what people do, said in one word each. What a test is about, it asks of `client` itself.

use reqwest::Method;
use serde_json::Value;

use crate::{
    Address, Client,
    answer::{id, text},
    client::query,
    until,
};

#[derive(Debug, Clone)]
pub struct Person {
    pub name: String,
    pub server: Address,
    pub token: String,
    pub client: Client,
    /// The id of the account on its own server.
    pub id: String,
}

impl Person {
    pub async fn with_token(server: &Address, name: &str, token: &str) -> Self {
        let client = Client::stranger(server).with_token(token);
        let account = client.get("/api/v1/accounts/verify_credentials").await.ok();
        Self {
            name: name.to_owned(),
            server: server.clone(),
            token: token.to_owned(),
            client,
            id: id(&account),
        }
    }

    /// `@name@host:port`
    pub fn handle(&self) -> String {
        format!("@{}@{}", self.name, self.server.authority())
    }

    /// The id of the actor on the wire.
    pub fn actor(&self) -> String {
        self.server.url(&format!("/users/{}", self.id))
    }

    /// The account of a handle or an address, wherever it is; returns its id here.
    pub async fn resolve(&self, what: &str) -> String {
        id(&self
            .try_resolve(what)
            .await
            .unwrap_or_else(|| panic!("{} cannot find {what}", self.name)))
    }

    pub async fn try_resolve(&self, what: &str) -> Option<Value> {
        let found = self
            .client
            .get(&query(
                "/api/v2/search",
                &[("q", what), ("resolve", "true")],
            ))
            .await
            .ok();
        found["accounts"]
            .as_array()
            .and_then(|list| list.first().cloned())
    }

    pub async fn post(&self, status: &str, visibility: &str) -> Value {
        self.client
            .post(
                "/api/v1/statuses",
                &[("status", status), ("visibility", visibility)],
            )
            .await
            .ok()
    }

    pub async fn reply(&self, to: &str, status: &str, visibility: &str) -> Value {
        let form = [
            ("status", status),
            ("visibility", visibility),
            ("in_reply_to_id", to),
        ];
        self.client.post("/api/v1/statuses", &form).await.ok()
    }

    /// A form with a file in it: in which field, by which name, and what it holds.
    pub fn form(
        &self,
        (method, path): (Method, &str),
        fields: &[(&str, &str)],
        (field, file, bytes): (&str, &str, &[u8]),
    ) -> reqwest::RequestBuilder {
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend(
                format!(
                    "--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
                )
                .bytes(),
            );
        }
        body.extend(
            format!(
                "--edge\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{file}\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n"
            )
            .bytes(),
        );
        body.extend(bytes);
        body.extend(b"\r\n--edge--\r\n");
        self.client
            .request(method, path)
            .header("content-type", "multipart/form-data; boundary=edge")
            .body(body)
    }

    /// Uploads a file; what the server says of it.
    pub async fn uploads(&self, name: &str, bytes: &[u8], fields: &[(&str, &str)]) -> Value {
        let request = self.form(
            (Method::POST, "/api/v2/media"),
            fields,
            ("file", name, bytes),
        );
        let sent = self.client.send(request).await;
        assert!((200..300).contains(&sent.status), "{}", sent.text());
        sent.json()
    }

    /// A post that comes once, however often it is sent.
    pub fn post_once(&self, status: &str, key: &str) -> reqwest::RequestBuilder {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("status", status)
            .finish();
        self.client
            .request(Method::POST, "/api/v1/statuses")
            .header("idempotency-key", key)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
    }

    pub async fn home(&self) -> Vec<Value> {
        self.client
            .get("/api/v1/timelines/home?limit=40")
            .await
            .list()
    }

    /// The texts of the whole home timeline, newest first, read page by page.
    pub async fn whole_home(&self) -> Vec<String> {
        let mut texts = Vec::new();
        let mut path = "/api/v1/timelines/home?limit=40".to_owned();
        loop {
            let page = self.client.get(&path).await.list();
            let Some(last) = page.last() else {
                return texts;
            };
            path = format!("/api/v1/timelines/home?limit=40&max_id={}", id(last));
            texts.extend(page.iter().map(|status| plain(&text(status, "content"))));
        }
    }

    /// Waits until a post with this in it is in the home timeline.
    pub async fn sees(&self, marker: &str) -> Value {
        until(
            &format!("{} sees \"{marker}\" at home", self.name),
            || async move {
                self.home()
                    .await
                    .into_iter()
                    .find(|status| text(status, "content").contains(marker))
            },
        )
        .await
    }

    pub async fn follow(&self, account: &str) -> Value {
        self.client
            .post(&format!("/api/v1/accounts/{account}/follow"), &[])
            .await
            .ok()
    }

    pub async fn unfollow(&self, account: &str) -> Value {
        self.client
            .post(&format!("/api/v1/accounts/{account}/unfollow"), &[])
            .await
            .ok()
    }

    /// Follows and waits until the follow stands.
    pub async fn follows(&self, account: &str) {
        self.follow(account).await;
        crate::holds(&format!("{} follows {account}", self.name), || async move {
            self.relationship(account).await["following"] == true
        })
        .await;
    }

    pub async fn relationship(&self, account: &str) -> Value {
        let path = query("/api/v1/accounts/relationships", &[("id[]", account)]);
        self.client
            .get(&path)
            .await
            .list()
            .into_iter()
            .next()
            .unwrap_or_else(|| panic!("no relationship to {account}"))
    }

    pub async fn account(&self, account: &str) -> Value {
        self.client
            .get(&format!("/api/v1/accounts/{account}"))
            .await
            .ok()
    }

    pub async fn notifications(&self, kind: &str) -> Vec<Value> {
        self.client
            .get(&query("/api/v1/notifications", &[("types[]", kind)]))
            .await
            .list()
    }

    /// The id here of a post that has this address.
    pub async fn find_post(&self, uri: &str) -> Option<String> {
        let found = self
            .client
            .get(&query("/api/v2/search", &[("q", uri), ("resolve", "true")]))
            .await
            .ok();
        found["statuses"]
            .as_array()
            .and_then(|list| list.first())
            .map(id)
    }
}

/// The text of simple HTML.
pub fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut within = false;
    for letter in html.chars() {
        match letter {
            '<' => within = true,
            '>' => within = false,
            other if !within => text.push(other),
            _ => {}
        }
    }
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}
