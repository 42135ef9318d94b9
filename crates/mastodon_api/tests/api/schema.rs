//! Holds answers against the published OpenAPI description of the API, where `KONTOR_MASTODON_OPENAPI` names the file of it, and those of
//! communities against our own.

use std::{path::Path, sync::OnceLock};

use serde_json::Value;

const VARIABLE: &str = "KONTOR_MASTODON_OPENAPI";

/// The path of the description. `None`: the variable is not set.
#[expect(
    clippy::disallowed_methods,
    reason = "the description is not ours to ship, so the environment names it"
)]
fn place() -> Option<String> {
    let path = std::env::var(VARIABLE).ok();
    if path.is_none() {
        eprintln!(
            "{VARIABLE} is not set: answers are not held against the published description of the API"
        );
    }
    path
}

/// `None`: the variable is not set.
pub fn published() -> Option<&'static Value> {
    static DOCUMENT: OnceLock<Option<Value>> = OnceLock::new();
    let read = || {
        let path = place()?;
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|why| panic!("{VARIABLE} names {path}: {why}"));
        Some(serde_json::from_str(&text).unwrap_or_else(|why| panic!("{path} is not JSON: {why}")))
    };
    DOCUMENT.get_or_init(read).as_ref()
}

/// How much each operation is needed by the clients that people use, by a table beside the description: method, address and tier.
/// `None`: there is no such table.
fn tiers() -> Option<Vec<[String; 3]>> {
    let table = Path::new(&place()?).with_file_name("endpoints.tsv");
    let Ok(text) = std::fs::read_to_string(&table) else {
        eprintln!("there is no endpoints.tsv beside the description: tiers are not looked at");
        return None;
    };
    let mut lines = text
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>());
    let head = lines.next().expect("the table has a head");
    let column = |name: &str| head.iter().position(|cell| *cell == name).unwrap();
    let columns = ["method", "path", "tier"].map(column);
    let rows = lines.map(|cells| columns.map(|at| cells[at].to_owned()));
    Some(rows.collect())
}

/// Where the description itself is mistaken: it has one filter where the documentation, and every server, has a list of them, and
/// leaves the first form of the policy out, so that its address looks like a notification's.
const MISTAKEN: &[(&str, &str)] = &[
    ("GET", "/api/v1/filters"),
    ("GET", "/api/v1/notifications/policy"),
];

/// Ours, of what Mastodon has no word for.
pub fn communities() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    let text = include_str!("../../../../docs/communities.openapi.json");
    DOCUMENT.get_or_init(|| serde_json::from_str(text).expect("the description is JSON"))
}

/// What an operation may say no with, and describes then.
const REFUSALS: [u16; 5] = [401, 403, 404, 409, 422];

/// Fails when a good answer to this request is not as the descriptions have it, or another one not as ours has it.
pub fn check(method: &str, path: &str, status: u16, answer: &Value) {
    let path = path.split('?').next().unwrap();
    if status == 200
        && !MISTAKEN.contains(&(method, path))
        && let Some(document) = published()
    {
        let published = Checker {
            document,
            closed: false,
        };
        published.answers((method, path), status, answer);
    }
    let ours = Checker {
        document: communities(),
        closed: true,
    };
    ours.answers((method, path), status, answer);
}

/// Fails when what was sent, and taken, is not as ours has it.
pub fn check_sent(method: &str, path: &str, body: &Value) {
    let document = communities();
    let Some((_, operation)) = operation(document, method, path.split('?').next().unwrap()) else {
        return;
    };
    let schema = operation.pointer("/requestBody/content/application~1json/schema");
    let schema = schema.unwrap_or_else(|| panic!("{method} {path} is described without a body"));
    let mut faults = Vec::new();
    let ours = Checker {
        document,
        closed: true,
    };
    ours.check(schema, body, "", &mut faults);
    assert!(
        faults.is_empty(),
        "{method} {path} takes what is not described:\n{}\n{body:#}",
        faults.join("\n")
    );
}

/// Fails when something that is Mastodon's has anything of a community that is not as ours has it.
pub fn holds(name: &str, value: &Value) {
    let document = communities();
    let schema = document.pointer(&format!("/components/schemas/{name}"));
    let schema = schema.unwrap_or_else(|| panic!("{name} is not described"));
    let mut faults = Vec::new();
    let ours = Checker {
        document,
        closed: true,
    };
    ours.check(schema, value, "", &mut faults);
    assert!(
        faults.is_empty(),
        "this is no {name}:\n{}\n{value:#}",
        faults.join("\n")
    );
}

/// The operation of communities that a request is for, as the description writes it.
pub fn named(method: &str, path: &str) -> String {
    let path = path.split('?').next().unwrap();
    let (template, _) = operation(communities(), method, path)
        .unwrap_or_else(|| panic!("{method} {path} is not described"));
    format!("{method} {template}")
}

/// How many parts of an address are those of the template. `None`: it is another.
pub fn fits(template: &str, path: &str) -> Option<usize> {
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
}

/// An address without the names of what stands in it.
pub fn shape(path: &str) -> String {
    let parts = path
        .split('/')
        .map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// The one whose address fits with the most fixed parts.
fn operation<'a>(document: &'a Value, method: &str, path: &str) -> Option<(&'a str, &'a Value)> {
    let paths = document["paths"].as_object().unwrap();
    let (template, item, _) = paths
        .iter()
        .filter_map(|(template, item)| Some((template.as_str(), item, fits(template, path)?)))
        .max_by_key(|(_, _, fixed)| *fixed)?;
    Some((template, item.get(method.to_lowercase())?))
}

/// Words of Pleroma's, of which the description knows nothing. Who did not ask for them gets none.
fn is_pleromas(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|word| word.starts_with("pleroma:"))
}

struct Checker<'a> {
    document: &'a Value,
    /// What an object has that says what it must have is all described.
    closed: bool,
}

impl Checker<'_> {
    fn answers(&self, (method, path): (&str, &str), status: u16, answer: &Value) {
        let Some((_, operation)) = operation(self.document, method, path) else {
            return;
        };
        let at = format!("/responses/{status}/content/application~1json/schema");
        let Some(schema) = operation.pointer(&at) else {
            let owed = self.closed && (status == 200 || REFUSALS.contains(&status));
            assert!(!owed, "{method} {path}: {status} is not described");
            return;
        };
        let mut faults = Vec::new();
        self.check(schema, answer, "", &mut faults);
        assert!(
            faults.is_empty(),
            "{method} {path} answers {status} otherwise than described:\n{}\n{answer:#}",
            faults.join("\n")
        );
    }

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
            } else if self.closed && schema["required"].is_array() {
                faults.push(format!("{at}: {name} is not described"));
            }
        }
        let most = schema["maxProperties"].as_u64();
        if most.is_some_and(|most| u64::try_from(map.len()).is_ok_and(|len| len > most)) {
            faults.push(format!("{at}: has more than it may"));
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

/// Addresses that the card of a page may lack: they are empty then, with Mastodon too.
const CARDS_LACK: [&str; 3] = ["/author_url", "/provider_url", "/embed_url"];

fn format(name: &str, text: &str, at: &str, faults: &mut Vec<String>) {
    let good = match name {
        "date-time" => kontor_domain::time::parse(text).is_some() && text.ends_with('Z'),
        "date" => {
            text.len() == 10 && kontor_domain::time::parse(&format!("{text}T00:00:00Z")).is_some()
        }
        "uri" => {
            let may_lack = text.is_empty() && CARDS_LACK.iter().any(|name| at.ends_with(name));
            may_lack || url::Url::parse(text).is_ok()
        }
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
            "none": { "type": "object", "maxProperties": 0 },
        },
    } });
    let found = |closed: bool, value: Value| {
        let mut faults = Vec::new();
        let checker = Checker {
            document: &document,
            closed,
        };
        checker.check(&document["s"], &value, "", &mut faults);
        faults.len()
    };
    let faults = |value: Value| found(false, value);
    let more = serde_json::json!({ "id": "1", "at": null, "kind": "a", "more": 1 });
    assert_eq!(faults(more.clone()), 0);
    assert_eq!(found(true, more), 1);
    assert_eq!(
        faults(serde_json::json!({ "id": "1", "at": null, "none": { "some": 1 } })),
        1
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

/// The method and the shape of each operation that is built.
fn built() -> Vec<(String, String)> {
    kontor_mastodon_api::routes::table()
        .iter()
        .map(|entry| (entry.method.to_string(), shape(entry.path)))
        .collect()
}

/// Every published operation is built, or said not to be, or another door's.
#[test]
fn every_published_operation_has_its_place() {
    let Some(document) = published() else { return };
    let mut known = built();
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

/// What clients need that another crate serves: the page of consent, and how servers are found.
const OTHER_DOORS: [(&str, &str); 6] = [
    ("GET", "/oauth/authorize"),
    ("POST", "/oauth/authorize"),
    ("GET", "/.well-known/host-meta"),
    ("GET", "/.well-known/nodeinfo"),
    ("GET", "/.well-known/webfinger"),
    ("GET", "/nodeinfo/2.0"),
];

/// What the instance says that it does not do: `configuration.translation` is off.
const SAID_NOT_TO_BE: (&str, &str) = ("POST", "/api/v1/statuses/{id}/translate");

/// The first tier is what nearly every client needs, the second what several do.
#[test]
fn what_clients_need_is_built() {
    let Some(tiers) = tiers() else { return };
    let built = built();
    let mut needed = 0;
    let mut missing = Vec::new();
    for [method, path, tier] in tiers {
        let named = (method.as_str(), path.as_str());
        if !matches!(tier.as_str(), "T1" | "T2") || named == SAID_NOT_TO_BE {
            continue;
        }
        needed += 1;
        if !OTHER_DOORS.contains(&named) && !built.contains(&(method.clone(), shape(&path))) {
            missing.push(format!("{tier} {method} {path}"));
        }
    }
    assert!(needed > 100, "the table has {needed} of these tiers alone");
    assert!(missing.is_empty(), "{missing:#?}");
}
