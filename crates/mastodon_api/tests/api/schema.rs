//! Holds answers against the published OpenAPI description of the API, where `KONTOR_MASTODON_OPENAPI` names the file of it.

use std::sync::OnceLock;

use serde_json::Value;

const VARIABLE: &str = "KONTOR_MASTODON_OPENAPI";

/// `None`: the variable is not set.
#[expect(
    clippy::disallowed_methods,
    reason = "the description is not ours to ship, so the environment names it"
)]
pub fn published() -> Option<&'static Value> {
    static DOCUMENT: OnceLock<Option<Value>> = OnceLock::new();
    let read = || {
        let Ok(path) = std::env::var(VARIABLE) else {
            eprintln!(
                "{VARIABLE} is not set: answers are not held against the published description of the API"
            );
            return None;
        };
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|why| panic!("{VARIABLE} names {path}: {why}"));
        Some(serde_json::from_str(&text).unwrap_or_else(|why| panic!("{path} is not JSON: {why}")))
    };
    DOCUMENT.get_or_init(read).as_ref()
}

/// Where the description itself is mistaken: it has one filter where the documentation, and every server, has a list of them, and
/// leaves the first form of the policy out, so that its address looks like a notification's.
const MISTAKEN: &[(&str, &str)] = &[
    ("GET", "/api/v1/filters"),
    ("GET", "/api/v1/notifications/policy"),
];

/// Fails when a good answer to this request is not as the description has it.
pub fn check(method: &str, path: &str, answer: &Value) {
    let Some(document) = published() else { return };
    if MISTAKEN.contains(&(method, path)) {
        return;
    }
    let Some(operation) = operation(document, method, path.split('?').next().unwrap()) else {
        return;
    };
    let Some(schema) = operation.pointer("/responses/200/content/application~1json/schema") else {
        return;
    };
    let mut faults = Vec::new();
    Checker { document }.check(schema, answer, "", &mut faults);
    assert!(
        faults.is_empty(),
        "{method} {path} answers otherwise than published:\n{}\n{answer:#}",
        faults.join("\n")
    );
}

/// The one whose address fits with the most fixed parts.
fn operation<'a>(document: &'a Value, method: &str, path: &str) -> Option<&'a Value> {
    let fits = |template: &str| {
        let (theirs, ours): (Vec<_>, Vec<_>) =
            (template.split('/').collect(), path.split('/').collect());
        let fixed = theirs
            .iter()
            .zip(&ours)
            .filter(|(their, our)| their == our)
            .count();
        let fits = theirs.len() == ours.len()
            && theirs
                .iter()
                .zip(&ours)
                .all(|(their, our)| their == our || their.starts_with('{'));
        fits.then_some(fixed)
    };
    let paths = document["paths"].as_object().unwrap();
    let (_, item) = paths
        .iter()
        .filter_map(|(template, item)| Some((fits(template)?, item)))
        .max_by_key(|(fixed, _)| *fixed)?;
    item.get(method.to_lowercase())
}

/// Words of Pleroma's, of which the description knows nothing. Who did not ask for them gets none.
fn is_pleromas(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|word| word.starts_with("pleroma:"))
}

struct Checker<'a> {
    document: &'a Value,
}

impl Checker<'_> {
    /// The part of JSON Schema that the description uses.
    fn check(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        if let Some(reference) = schema["$ref"].as_str() {
            let target = self
                .document
                .pointer(reference.trim_start_matches('#'))
                .expect("references lead somewhere");
            return self.check(target, value, at, faults);
        }
        if let Some(all) = schema["allOf"].as_array() {
            for part in all {
                self.check(part, value, at, faults);
            }
        }
        if let Some(some) = schema["oneOf"].as_array() {
            self.some(some, value, at, faults);
        }
        if !of_type(&schema["type"], value) {
            faults.push(format!("{at}: {value} is not {}", schema["type"]));
            return;
        }
        if let Some(words) = schema["enum"].as_array()
            && !value.is_null()
            && !words.contains(value)
            && !is_pleromas(value)
        {
            faults.push(format!("{at}: {value} is none of {words:?}"));
        }
        match value {
            Value::String(text) => format(
                schema["format"].as_str().unwrap_or_default(),
                text,
                at,
                faults,
            ),
            Value::Array(list) if schema.get("items").is_some() => {
                for (index, value) in list.iter().enumerate() {
                    self.check(&schema["items"], value, &format!("{at}/{index}"), faults);
                }
            }
            Value::Object(map) => self.members(schema, map, at, faults),
            _ => {}
        }
    }

    fn some(&self, schemas: &[Value], value: &Value, at: &str, faults: &mut Vec<String>) {
        let mut best: Option<Vec<String>> = None;
        for schema in schemas {
            let mut found = Vec::new();
            self.check(schema, value, at, &mut found);
            if best.as_ref().is_none_or(|best| found.len() < best.len()) {
                best = Some(found);
            }
        }
        faults.extend(best.into_iter().flatten());
    }

    fn members(
        &self,
        schema: &Value,
        map: &serde_json::Map<String, Value>,
        at: &str,
        faults: &mut Vec<String>,
    ) {
        for name in schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
        {
            if !map.contains_key(name) {
                faults.push(format!("{at}: has no {name}"));
            }
        }
        for (name, value) in map {
            if let Some(schema) = schema["properties"].get(name) {
                self.check(schema, value, &format!("{at}/{name}"), faults);
            } else if schema["additionalProperties"].is_object() {
                self.check(
                    &schema["additionalProperties"],
                    value,
                    &format!("{at}/{name}"),
                    faults,
                );
            }
        }
    }
}

fn of_type(wanted: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the description has a type {other}"),
    };
    match wanted {
        Value::String(name) => is(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(is),
        _ => true,
    }
}

fn format(name: &str, text: &str, at: &str, faults: &mut Vec<String>) {
    let good = match name {
        "date-time" => kontor_domain::time::parse(text).is_some() && text.ends_with('Z'),
        "date" => {
            text.len() == 10 && kontor_domain::time::parse(&format!("{text}T00:00:00Z")).is_some()
        }
        "uri" => url::Url::parse(text).is_ok(),
        "email" => text.contains('@'),
        _ => true,
    };
    if !good {
        faults.push(format!("{at}: `{text}` is not a {name}"));
    }
}

#[test]
fn the_checker_finds_what_is_wrong() {
    let document = serde_json::json!({ "s": {
        "type": "object",
        "required": ["id", "at"],
        "properties": {
            "id": { "type": "string" },
            "at": { "type": ["string", "null"], "format": "date-time" },
            "kind": { "oneOf": [{ "type": "string", "enum": ["a"] }, { "type": "null" }] },
            "list": { "type": "array", "items": { "$ref": "#/s" } },
        },
    } });
    let faults = |value: Value| {
        let mut faults = Vec::new();
        Checker {
            document: &document,
        }
        .check(&document["s"], &value, "", &mut faults);
        faults.len()
    };
    assert_eq!(
        faults(serde_json::json!({ "id": "1", "at": null, "kind": "a", "more": 1 })),
        0
    );
    assert_eq!(faults(serde_json::json!({ "id": 1 })), 2);
    assert_eq!(
        faults(serde_json::json!({ "id": "1", "at": "yesterday", "kind": "b" })),
        2
    );
    assert_eq!(
        faults(serde_json::json!({ "id": "1", "at": null, "list": [{ "id": "2" }, 3] })),
        2
    );
}

/// Every published operation is built, or said not to be, or another door's.
#[test]
fn every_published_operation_has_its_place() {
    let Some(document) = published() else { return };
    let shape = |path: &str| {
        let parts = path
            .split('/')
            .map(|part| if part.starts_with('{') { "{}" } else { part });
        parts.collect::<Vec<_>>().join("/")
    };
    let built = kontor_mastodon_api::routes::table();
    let mut known: Vec<(String, String)> = built
        .iter()
        .map(|entry| (entry.method.to_string(), shape(entry.path)))
        .collect();
    known.extend(
        kontor_mastodon_api::NOT_YET
            .iter()
            .map(|(method, path)| ((*method).to_owned(), shape(path))),
    );
    // The consent page is `web`'s, and whether the process lives is for the server to say.
    known.extend(["/oauth/authorize", "/health"].map(|path| ("GET".to_owned(), path.to_owned())));
    let mut missing = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["get", "post", "put", "patch", "delete"] {
            let operation = (method.to_uppercase(), shape(path));
            if item.get(method).is_some() && !known.contains(&operation) {
                missing.push(operation);
            }
        }
    }
    assert!(
        missing.is_empty(),
        "neither in `routes` nor in `NOT_YET`: {missing:?}"
    );
}

/// What the document of communities describes is what there is.
#[test]
fn the_operations_of_communities_are_described() {
    let text = include_str!("../../../../docs/communities.openapi.json");
    let document: serde_json::Value = serde_json::from_str(text).unwrap();
    let mut described: Vec<String> = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let named: Vec<&str> = operation["parameters"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|parameter| parameter["in"] == "path")
                .map(|parameter| parameter["name"].as_str().unwrap())
                .collect();
            assert_eq!(named.len(), path.matches('{').count(), "{path}");
            described.push(format!("{} {path}", method.to_uppercase()));
        }
    }
    let mut built: Vec<String> = kontor_mastodon_api::routes::table()
        .iter()
        .filter(|entry| entry.path.starts_with("/api/kontor/v1/communities"))
        .map(|entry| format!("{} {}", entry.method, entry.path))
        .collect();
    described.sort();
    built.sort();
    assert_eq!(described, built);
}
