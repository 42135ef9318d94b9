//! A request's body, whatever the method: a form, a multipart form or JSON, within bounds.

use actix_multipart::Multipart;
use actix_web::{HttpRequest, dev::Payload, http::header, rt::time::timeout};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use serde_json::{Map, Value};

use super::{
    Error, File, Problem,
    nesting::{Tree, form, too_deep, without_nul},
};
use crate::Settings;

#[derive(Default)]
pub(super) struct Body {
    pub(super) values: Map<String, Value>,
    pub(super) files: Vec<File>,
}

impl Body {
    fn of(values: Map<String, Value>) -> Self {
        Self {
            values,
            files: Vec::new(),
        }
    }
}

pub(super) async fn read(
    req: &HttpRequest,
    payload: Payload,
    settings: &Settings,
) -> Result<Body, Error> {
    timeout(settings.body_timeout, read_all(req, payload, settings))
        .await
        .unwrap_or_else(|_| {
            Err(Error::new(
                Problem::TooSlow,
                "The body did not arrive in time",
            ))
        })
}

async fn read_all(req: &HttpRequest, payload: Payload, settings: &Settings) -> Result<Body, Error> {
    let kind = req
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let kind = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    if kind == "multipart/form-data" {
        return multipart(req, payload, settings).await;
    }
    let bytes = collect(req, payload, settings).await?;
    if bytes.is_empty() {
        return Ok(Body::default());
    }
    match kind.as_str() {
        "application/json" => Ok(Body::of(json(&bytes, settings)?)),
        // Some clients name no type.
        "application/x-www-form-urlencoded" | "" => Ok(Body::of(form(&bytes, settings)?)),
        _ => Err(Error::new(
            Problem::Unsupported,
            "The body must be application/json, application/x-www-form-urlencoded or multipart/form-data",
        )),
    }
}

fn too_large(settings: &Settings) -> Error {
    Error::new(
        Problem::TooLarge,
        format!("The body is larger than {} bytes", settings.body_bytes),
    )
}

async fn collect(
    req: &HttpRequest,
    mut payload: Payload,
    settings: &Settings,
) -> Result<Bytes, Error> {
    let announced = req
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > settings.body_bytes) {
        return Err(too_large(settings));
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| Error::new(Problem::Malformed, "The body ended early"))?;
        if body.len() + chunk.len() > settings.body_bytes {
            return Err(too_large(settings));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn json(bytes: &[u8], settings: &Settings) -> Result<Map<String, Value>, Error> {
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|why| Error::new(Problem::Malformed, format!("The body is not JSON: {why}")))?;
    let Value::Object(map) = value else {
        return Err(Error::new(
            Problem::Malformed,
            "The body must be a JSON object",
        ));
    };
    let mut count = 0;
    check(Value::Object(map), settings, 0, &mut count).map(|value| match value {
        Value::Object(map) => map,
        _ => Map::new(),
    })
}

/// The bounds of forms hold for JSON.
fn check(
    value: Value,
    settings: &Settings,
    depth: usize,
    count: &mut usize,
) -> Result<Value, Error> {
    *count += 1;
    // The object around it all is not a parameter.
    if *count > settings.params + 1 {
        return Err(Error::new(
            Problem::TooLarge,
            format!("There are more than {} parameters", settings.params),
        ));
    }
    if depth > settings.nesting {
        return Err(too_deep(settings.nesting));
    }
    Ok(match value {
        Value::String(text) => Value::String(without_nul(text)),
        Value::Array(list) => {
            let list = list
                .into_iter()
                .map(|value| check(value, settings, depth + 1, count));
            Value::Array(list.collect::<Result<_, _>>()?)
        }
        Value::Object(map) => {
            let map = map
                .into_iter()
                .map(|(name, value)| Ok((name, check(value, settings, depth + 1, count)?)));
            Value::Object(map.collect::<Result<_, Error>>()?)
        }
        plain => plain,
    })
}

async fn multipart(
    req: &HttpRequest,
    payload: Payload,
    settings: &Settings,
) -> Result<Body, Error> {
    let malformed = |_| Error::new(Problem::Malformed, "The multipart body cannot be read");
    let mut parts = Multipart::new(req.headers(), payload);
    let (mut tree, mut files, mut size) = (Tree::new(settings), Vec::new(), 0_usize);
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(malformed)?;
        let mut body = BytesMut::new();
        while let Some(chunk) = part.next().await {
            let chunk = chunk.map_err(malformed)?;
            size += chunk.len();
            if size > settings.body_bytes {
                return Err(too_large(settings));
            }
            body.extend_from_slice(&chunk);
        }
        let Some(field) = part.name().map(str::to_owned) else {
            continue;
        };
        let file = part
            .content_disposition()
            .and_then(|about| about.get_filename().map(str::to_owned));
        match file {
            None => {
                let text = String::from_utf8(body.to_vec())
                    .map_err(|_| Error::new(Problem::Malformed, "The parameters are not UTF-8"))?;
                tree.put(&field, text)?;
            }
            Some(name) => {
                tree.put(&field, name.clone())?;
                let content_type = part.content_type().map(ToString::to_string);
                files.push(File {
                    field,
                    name,
                    content_type,
                    bytes: body.freeze(),
                });
            }
        }
    }
    Ok(Body {
        values: tree.into_inner(),
        files,
    })
}
