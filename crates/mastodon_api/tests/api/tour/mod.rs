//! A tour through all that is served of Mastodon's API: each operation once, with something to show, each answer held against the
//! published description. What is owed is in the table of routes; communities have a tour of their own.

mod accounts;
mod instance;
mod kept;
mod notifications;
mod operators;
mod posts;

use std::{cell::RefCell, collections::BTreeMap};

use kontor_actions::{MailSettings, Settings, accounts::ensure_instance_actor};
use kontor_domain::user::{Registrations, Role};
use kontor_mastodon_api::{NOT_YET, routes::table};
use serde_json::Value;

use crate::{
    admin::operator,
    client::{Answer, Call},
    house::{House, Person},
    schema,
};

/// A WebSocket is opened by `tests/it/streaming`.
const ELSEWHERE: (&str, &str) = ("GET", "/api/v1/streaming");

/// Posts are ranked by nothing here.
const NOTHING_IN_IT: &str = "/api/v1/trends/statuses";

/// Doors of other crates: the page of consent, and whether the process lives.
const OTHER_DOORS: [&str; 2] = ["/oauth/authorize", "/health"];

/// What others than Mastodon named.
const OTHERS: [&str; 4] = [
    "/api/kontor/",
    "/api/v1/pleroma/",
    "/api/v1/groups",
    "/api/v1/timelines/group/",
];

struct Tour {
    house: House,
    /// Each operation that answered well, and whether something was in an answer of it.
    done: RefCell<BTreeMap<String, bool>>,
}

/// Who goes on it. Anna follows bert, who follows dora; everything is done to eve; chief is an operator.
struct Cast {
    anna: Person,
    bert: Person,
    carl: Person,
    dora: Person,
    eve: Person,
    chief: Person,
}

/// An operation as the table of routes has it.
fn named(method: &str, path: &str) -> String {
    let path = path.split('?').next().unwrap();
    let entry = table()
        .into_iter()
        .filter(|entry| entry.method.as_str() == method)
        .filter_map(|entry| Some((schema::fits(entry.path, path)?, entry.path)))
        .max_by_key(|(fixed, _)| *fixed);
    let (_, template) = entry.unwrap_or_else(|| panic!("{method} {path} is in no table"));
    format!("{method} {template}")
}

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

impl Tour {
    async fn sends(&self, call: Call<'_>) -> Answer {
        let (method, path) = call.asks();
        let name = named(method, path);
        let answer = call.ok().await;
        let full = match &answer.json {
            Value::Array(list) => !list.is_empty(),
            Value::Object(members) => !members.is_empty(),
            _ => true,
        };
        *self.done.borrow_mut().entry(name).or_default() |= full;
        answer
    }

    async fn call(
        &self,
        by: &Person,
        method: &'static str,
        path: &str,
        body: Option<&Value>,
    ) -> Answer {
        let call = self.house.call(method, path).by(by);
        let call = match body {
            Some(body) => call.json(body),
            None => call,
        };
        self.sends(call).await
    }

    async fn gets(&self, by: &Person, path: &str) -> Answer {
        self.call(by, "GET", path, None).await
    }

    /// Does something that needs no more words.
    async fn does(&self, by: &Person, path: &str) -> Answer {
        self.call(by, "POST", path, None).await
    }

    async fn posts(&self, by: &Person, path: &str, body: Value) -> Answer {
        self.call(by, "POST", path, Some(&body)).await
    }

    /// By both methods that change something.
    async fn changes(&self, by: &Person, path: &str, body: Value) -> Answer {
        self.call(by, "PUT", path, Some(&body)).await;
        self.call(by, "PATCH", path, Some(&body)).await
    }

    async fn deletes(&self, by: &Person, path: &str) -> Answer {
        self.call(by, "DELETE", path, None).await
    }
}

fn furnished(settings: &mut Settings) {
    settings.registrations = Registrations::Open;
    settings.mail = Some(MailSettings::default());
    let text = |html: &str| kontor_actions::Document {
        html: html.to_owned(),
        updated_at: kontor_domain::time::from_millis(1_700_000_000_000).unwrap(),
    };
    settings.about.extended_description = Some(text("<p>us</p>"));
    settings.about.privacy_policy = Some(text("<p>yours</p>"));
    settings.about.terms_of_service = vec![kontor_actions::Terms {
        effective: "2021-01-01".parse().unwrap(),
        html: "<p>ours</p>".to_owned(),
    }];
}

async fn arrives(house: &House) -> Cast {
    let cast = Cast {
        anna: house.person("anna").await,
        bert: house.person("bert").await,
        carl: house.person("carl").await,
        dora: house.person("dora").await,
        eve: house.person("eve").await,
        chief: operator(house, "chief", Role::Admin).await,
    };
    house.follows(cast.anna.id, cast.bert.id).await;
    house.follows(cast.bert.id, cast.dora.id).await;
    house.follows(cast.eve.id, cast.anna.id).await;
    house.stranger("far").await;
    cast
}

#[actix_web::test]
async fn every_operation_answers_as_published_and_shows_something() {
    let house = House::set(furnished).await;
    ensure_instance_actor(&house.app).await.unwrap();
    let cast = arrives(&house).await;
    let tour = Tour {
        house,
        done: RefCell::default(),
    };
    let written = Box::pin(posts::are_written(&tour, &cast)).await;
    Box::pin(kept::is_kept(&tour, &cast, &written)).await;
    Box::pin(posts::are_shown(&tour, &cast, &written)).await;
    Box::pin(notifications::are_told(&tour, &cast)).await;
    Box::pin(accounts::are_shown(&tour, &cast)).await;
    Box::pin(accounts::meet(&tour, &cast)).await;
    Box::pin(operators::look_after_people(&tour, &cast)).await;
    Box::pin(operators::keep_the_house(&tour, &cast)).await;
    Box::pin(instance::is_described(&tour)).await;
    Box::pin(instance::lets_applications_in(&tour, &cast)).await;
    let done = tour.done.into_inner();
    let missing: Vec<String> = table()
        .iter()
        .filter(|entry| !OTHERS.iter().any(|other| entry.path.starts_with(other)))
        .filter(|entry| (entry.method.as_str(), entry.path) != ELSEWHERE)
        .map(|entry| format!("{} {}", entry.method, entry.path))
        .filter(|name| !done.contains_key(name))
        .collect();
    assert!(missing.is_empty(), "nobody came by {missing:#?}");
    if let Some(document) = schema::published() {
        assert_all_of_it(document, &done);
    }
}

/// What is published was seen, but for what is said not to be yet; and no list was empty each time.
fn assert_all_of_it(document: &Value, done: &BTreeMap<String, bool>) {
    let shaped = |name: &str| {
        let (method, path) = name.split_once(' ').unwrap();
        format!("{method} {}", schema::shape(path))
    };
    let seen: BTreeMap<String, bool> = done
        .iter()
        .map(|(name, full)| (shaped(name), *full))
        .collect();
    let excused = |method: &str, path: &str| {
        let is = |(other, place): &(&str, &str)| {
            *other == method && schema::shape(place) == schema::shape(path)
        };
        NOT_YET.iter().any(is) || is(&ELSEWHERE) || OTHER_DOORS.contains(&path)
    };
    let (mut missing, mut empty) = (Vec::new(), Vec::new());
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let Some(operation) = item.get(method.to_lowercase()) else {
                continue;
            };
            let name = shaped(&format!("{method} {path}"));
            let answer = &operation["responses"]["200"]["content"]["application/json"];
            match seen.get(&name) {
                None if !excused(method, path) => missing.push(name),
                Some(false) if answer["schema"]["type"] == "array" && path != NOTHING_IN_IT => {
                    empty.push(name);
                }
                _ => {}
            }
        }
    }
    assert!(missing.is_empty(), "published, and not seen: {missing:#?}");
    assert!(empty.is_empty(), "lists with nothing in them: {empty:#?}");
}
