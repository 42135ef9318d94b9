//! Parameters: one reader for queries and bodies (forms, multipart, JSON) by the nesting rules of Rails, which clients of the
//! Mastodon API write by. They are read into a type of the handler's own: see `lenient` for what is forgiven.

mod body;
mod error;
mod files;
mod lenient;
mod nesting;
#[cfg(test)]
mod tests;

use std::ops::Deref;

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub use error::{Error, Problem};
pub use files::File;
pub use lenient::read;

use crate::Settings;

/// What was sent with a request, in its query and its body; the body wins where both name the same. Unknown names are passed
/// over, `null` counts as absent. Make `T` a struct with `#[derive(Deserialize, Default)] #[serde(default)]`.
#[derive(Debug)]
pub struct Params<T> {
    values: T,
    files: Vec<File>,
}

impl<T> Params<T> {
    pub fn into_inner(self) -> T {
        self.values
    }

    /// The files of a `multipart/form-data` body. The value of their parameter is the file's name.
    pub fn files(&self) -> &[File] {
        &self.files
    }
}

impl<T> Deref for Params<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.values
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Params<T> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let req = req.clone();
        let payload = payload.take();
        Box::pin(async move {
            let settings = Settings::of(&req);
            let mut all = query(&req)?;
            let body = body::read(&req, payload, &settings).await?;
            all.extend(body.values);
            Ok(Self {
                values: read(Value::Object(all))?,
                files: body.files,
            })
        })
    }
}

/// What the query alone says.
pub fn from_query<T: DeserializeOwned>(req: &HttpRequest) -> Result<T, Error> {
    read(Value::Object(query(req)?))
}

fn query(req: &HttpRequest) -> Result<Map<String, Value>, Error> {
    nesting::form(req.query_string().as_bytes(), &Settings::of(req))
}
