//! What no client would send, to the operations that `tests/it/api/hostile.py` leaves out: those of operators, which no published
//! description has, streams, which do not end, and the one that takes a token back.

use kontor_domain::user::Role;
use kontor_mastodon_api::routes::{Entry, table};
use serde_json::{Map, Value, json};

use crate::{
    access::{address_of, method},
    admin::operator,
    house::House,
};

/// Parameters that any of them takes.
const NAMES: [&str; 25] = [
    "by_domain",
    "canonical_email_hash",
    "category",
    "client_id",
    "client_secret",
    "comment",
    "domain",
    "email",
    "expires_in",
    "ip",
    "limit",
    "list",
    "max_id",
    "min_id",
    "private_comment",
    "public_comment",
    "report_id",
    "resolved",
    "rule_ids",
    "severity",
    "stream",
    "tag",
    "token",
    "type",
    "username",
];

const IDS: [&str; 6] = ["0", "-1", "9223372036854775808", "nonsense", "%00", "a%2Fb"];

fn values() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(1e300),
        json!(""),
        json!("9223372036854775808"),
        json!("\0"),
        json!("\u{202e}é'\"<%_\\"),
        json!("x".repeat(20_000)),
        json!([[], ["a", null]]),
        json!({"a": {"b": [1]}}),
    ]
}

fn is_left_out(entry: &Entry) -> bool {
    [
        "/api/v1/admin/",
        "/api/v2/admin/",
        "/api/v1/streaming",
        "/oauth/revoke",
    ]
    .iter()
    .any(|begin| entry.path.starts_with(begin))
}

#[actix_web::test]
async fn nothing_that_is_sent_to_the_rest_breaks_it() {
    let house = House::new().await;
    let chief = operator(&house, "chief", Role::Admin).await;
    let mut broken = Vec::new();
    let mut asked = 0;
    for entry in table().iter().filter(|entry| is_left_out(entry)) {
        let mut calls = Vec::new();
        for id in IDS {
            calls.push(house.call(method(entry), address_of(entry, id)));
        }
        for value in values() {
            let all: Map<String, Value> = NAMES
                .iter()
                .map(|name| ((*name).to_owned(), value.clone()))
                .collect();
            let plain = match &value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(NAMES.iter().map(|name| (*name, plain.as_str())))
                .finish();
            let path = address_of(entry, "1");
            let long = query.len() > 10_000;
            if !long {
                calls.push(house.call(method(entry), format!("{path}?{query}")));
            }
            let body = Value::Object(all);
            calls.push(house.call(method(entry), path).json(&body));
        }
        for call in calls {
            let answer = call.by(&chief).send().await;
            asked += 1;
            if answer.status >= 500 {
                broken.push(format!("{entry:?}: {} {}", answer.status, answer.text));
            }
        }
    }
    assert!(asked > 1000, "{asked} were asked");
    assert!(broken.is_empty(), "{broken:#?}");
}
