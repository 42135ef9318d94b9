//! A client in a test: builds requests, reads answers, and holds each against the descriptions there are.

use actix_web::{
    body::to_bytes,
    http::header::{HeaderMap, LINK},
    test::TestRequest,
};
use serde_json::Value;

use crate::{
    house::{House, Person},
    schema,
};

pub struct Call<'a> {
    house: &'a House,
    method: &'static str,
    path: String,
    req: TestRequest,
    /// The body, where it is JSON.
    sent: Option<Value>,
}

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    pub json: Value,
}

macro_rules! methods {
    ($($name:ident $method:literal)+) => {
        impl House {
            $(pub fn $name(&self, path: impl Into<String>) -> Call<'_> {
                self.call($method, path)
            })+
        }
    };
}

methods! { get "GET" post "POST" put "PUT" patch "PATCH" delete "DELETE" options "OPTIONS" }

impl House {
    pub fn call(&self, method: &'static str, path: impl Into<String>) -> Call<'_> {
        let path = path.into();
        let req = TestRequest::with_uri(&path).method(method.parse().unwrap());
        Call {
            house: self,
            method,
            path,
            req,
            sent: None,
        }
    }
}

impl Call<'_> {
    /// By which method it asks for what.
    pub fn asks(&self) -> (&'static str, &str) {
        (self.method, &self.path)
    }

    pub fn by(self, person: &Person) -> Self {
        let token = person.token.clone();
        self.with(&token)
    }

    pub fn with(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.req = self.req.insert_header((name, value));
        self
    }

    pub fn json(mut self, body: &Value) -> Self {
        self.sent = Some(body.clone());
        self.body("application/json", body.to_string())
    }

    pub fn form(self, body: &str) -> Self {
        self.body("application/x-www-form-urlencoded", body)
    }

    pub fn multipart(self, fields: &[(&str, &str)]) -> Self {
        let parts = fields.iter().map(|(name, value)| {
            format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        });
        let body: String = parts.collect();
        self.body(
            "multipart/form-data; boundary=B",
            format!("{body}--B--\r\n"),
        )
    }

    pub fn body(self, kind: &str, body: impl Into<String>) -> Self {
        self.bytes(kind, body.into())
    }

    pub fn bytes(mut self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        self.req = self
            .req
            .insert_header(("Content-Type", kind))
            .set_payload(body.into());
        self
    }

    pub async fn send(self) -> Answer {
        let (method, path, sent) = (self.method, self.path.clone(), self.sent.clone());
        let answer = self.answer().await;
        if answer.header("content-type") != Some("text/event-stream") {
            schema::check(method, &path, answer.status, &answer.json);
        }
        if let Some(body) = sent.filter(|_| answer.status == 200) {
            schema::check_sent(method, &path, &body);
        }
        answer
    }

    async fn answer(self) -> Answer {
        let res = (self.house.http)(self.req.to_request()).await;
        let (status, headers) = (res.status().as_u16(), res.headers().clone());
        let endless = headers
            .get("content-type")
            .is_some_and(|kind| kind == "text/event-stream");
        if endless {
            return Answer {
                status,
                headers,
                text: String::new(),
                json: Value::Null,
            };
        }
        let bytes = to_bytes(res.into_body())
            .await
            .unwrap_or_else(|_| panic!("the body of {} breaks off", self.path));
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer {
            status,
            headers,
            text,
            json,
        }
    }

    /// Sends and expects to succeed.
    pub async fn ok(self) -> Answer {
        let what = format!("{} {}", self.method, self.path);
        let answer = self.send().await;
        assert_eq!(answer.status, 200, "{what}: {}", answer.text);
        answer
    }

    /// Sends and expects to fail so. Returns what the error says.
    pub async fn fails(self, status: u16) -> String {
        let what = format!("{} {}", self.method, self.path);
        let answer = self.send().await;
        assert_eq!(answer.status, status, "{what}: {}", answer.text);
        answer.json["error"]
            .as_str()
            .unwrap_or_else(|| panic!("{what}: no error in {}", answer.text))
            .to_owned()
    }
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn id(&self) -> String {
        self.json["id"].as_str().unwrap().to_owned()
    }

    /// One member of each element of a list.
    pub fn each(&self, key: &str) -> Vec<&str> {
        self.json
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item[key].as_str().unwrap())
            .collect()
    }

    pub fn ids(&self) -> Vec<&str> {
        self.each("id")
    }

    /// The path and query of a link, as the client would call it next.
    pub fn link(&self, rel: &str) -> Option<String> {
        let links = self.headers.get(LINK)?.to_str().unwrap();
        let link = links
            .split(", ")
            .find(|link| link.ends_with(&format!("rel=\"{rel}\"")))?;
        let url = link.split_once('>').unwrap().0.trim_start_matches('<');
        Some(
            url.strip_prefix("https://here.test")
                .expect("links are absolute, on the public name")
                .to_owned(),
        )
    }
}
