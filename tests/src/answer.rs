//! What came back from a request.

use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde_json::Value;

#[derive(Debug, Clone)]
pub struct Answer {
    /// What was asked, for messages.
    pub asked: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// # Panics
    /// When the status is another one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert!(
            self.status == status,
            "{} answered {}, not {status}: {}",
            self.asked,
            self.status,
            self.text()
        );
        self
    }

    /// # Panics
    /// When the body is not JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|why| {
            panic!(
                "{} answered {} and no JSON ({why}): {}",
                self.asked,
                self.status,
                self.text()
            )
        })
    }

    /// The JSON of a 200.
    #[track_caller]
    pub fn ok(self) -> Value {
        self.expect(200).json()
    }

    /// The elements of the JSON array of a 200.
    #[track_caller]
    pub fn list(self) -> Vec<Value> {
        let asked = self.asked.clone();
        match self.ok() {
            Value::Array(list) => list,
            other => panic!("{asked} answered no array: {other}"),
        }
    }
}

/// The `id` of an entity.
#[track_caller]
pub fn id(entity: &Value) -> String {
    text(entity, "id")
}

#[track_caller]
pub fn text(entity: &Value, key: &str) -> String {
    entity[key]
        .as_str()
        .unwrap_or_else(|| panic!("no text `{key}` in {entity}"))
        .to_owned()
}
