//! docs/communities.openapi.json, held against the table of operations and against what each of them answers.

use std::{cell::RefCell, collections::BTreeSet};

use kontor_domain::user::Role;
use kontor_mastodon_api::routes::{Needs, table};
use serde_json::{Value, json};

use crate::{
    communities::{BASE, id, posted, status},
    house::{House, Person},
    schema,
};

/// How every list is paged.
const PAGING: [&str; 4] = ["max_id", "since_id", "min_id", "limit"];

/// The operations that are described, and each with its description.
fn described() -> Vec<(String, &'static Value)> {
    let paths = schema::communities()["paths"].as_object().unwrap();
    let mut all = Vec::new();
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().unwrap() {
            all.push((format!("{} {path}", method.to_uppercase()), operation));
        }
    }
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    all
}

fn parameters<'a>(operation: &'a Value, place: &str) -> Vec<&'a str> {
    let parameters = operation["parameters"].as_array().unwrap();
    parameters
        .iter()
        .filter(|parameter| parameter["in"] == place)
        .map(|parameter| parameter["name"].as_str().unwrap())
        .collect()
}

fn is_list(operation: &Value) -> bool {
    operation["responses"]["200"]["content"]["application/json"]["schema"]["type"] == "array"
}

/// Who may call it, as a description says it: the scopes of a token, and whether it goes without one.
fn called_by(operation: &Value) -> (Vec<&str>, bool) {
    let ways = operation["security"].as_array().unwrap();
    let scopes = ways.iter().filter_map(|way| way["oauth2"].as_array());
    let scopes = scopes.flatten().filter_map(Value::as_str).collect();
    (scopes, ways.contains(&json!({})))
}

#[test]
fn the_operations_of_communities_are_described() {
    let mut built: Vec<(String, Needs)> = table()
        .iter()
        .filter(|entry| entry.path.starts_with(BASE))
        .map(|entry| (format!("{} {}", entry.method, entry.path), entry.needs))
        .collect();
    built.sort_by(|(one, _), (other, _)| one.cmp(other));
    let described = described();
    assert!(
        built
            .iter()
            .map(|(name, _)| name)
            .eq(described.iter().map(|(name, _)| name)),
        "{built:?}"
    );
    for ((name, needs), (_, operation)) in built.iter().zip(&described) {
        let in_address: Vec<&str> = name
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .collect();
        assert_eq!(parameters(operation, "path"), in_address, "{name}");
        let mut asked: Vec<&str> = Vec::new();
        if name.ends_with(BASE) && is_list(operation) {
            asked.extend(["joined", "featured"]);
        }
        if is_list(operation) {
            asked.extend(PAGING);
        }
        assert_eq!(parameters(operation, "query"), asked, "{name}");
        let (scopes, without) = called_by(operation);
        let (any, anybody) = match needs {
            Needs::Person(any) => (any, false),
            Needs::IfToken(any) => (any, true),
            other => panic!("{name} needs {other:?}"),
        };
        assert_eq!(without, anybody, "{name}");
        assert!(
            !scopes.is_empty() && scopes.iter().all(|scope| any.contains(scope)),
            "{name}: {scopes:?}, and {any:?} are enough"
        );
    }
}

/// What is to be sent is asked for: without it, or with an empty body, nothing is done.
#[actix_web::test]
async fn what_is_described_as_required_is() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let mut asked = 0;
    for (name, operation) in described() {
        let body = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        let Some(reference) = body.as_str() else {
            continue;
        };
        let at = format!("{}/required", reference.trim_start_matches('#'));
        let required = schema::communities().pointer(&at).unwrap();
        let Some(field) = required[0].as_str() else {
            continue;
        };
        let (method, path) = name.split_once(' ').unwrap();
        let method = match method {
            "POST" => "POST",
            "PATCH" => "PATCH",
            other => panic!("{other} requires something"),
        };
        let path = path.replace("{account_id}", "1").replace("{entry_id}", "1");
        let path = path.replace("{id}", "1");
        let call = house.call(method, path).by(&anna).json(&json!({}));
        let why = call.fails(422).await.to_lowercase();
        assert!(why.contains(field), "{name}: {why}");
        asked += 1;
    }
    assert_eq!(asked, 6);
}

/// What was done so far, and what it answered: each answer is held against the description where it is read.
struct Tour {
    house: House,
    done: RefCell<BTreeSet<String>>,
}

impl Tour {
    async fn does(&self, by: &Person, method: &'static str, path: &str, body: Value) -> Value {
        let call = self.house.call(method, path).by(by);
        let call = if body.is_null() {
            call
        } else {
            call.json(&body)
        };
        let answer = call.ok().await.json;
        let name = schema::named(method, path);
        self.done.borrow_mut().insert(name);
        answer
    }

    async fn posts(&self, by: &Person, path: &str, body: Value) -> Value {
        self.does(by, "POST", path, body).await
    }

    /// A list that something is in, read as the description says that it may be.
    async fn lists(&self, by: &Person, path: &str) -> Vec<Value> {
        let list = async |query: &str| {
            let path = format!("{path}?{query}");
            let listed = self.does(by, "GET", &path, Value::Null).await;
            listed.as_array().unwrap().clone()
        };
        assert_eq!(list("limit=1").await.len(), 1, "{path}");
        for query in [
            "max_id=1",
            "since_id=9000000000000000000",
            "min_id=9000000000000000000",
        ] {
            assert!(list(query).await.is_empty(), "{path}: {query}");
        }
        list("").await
    }
}

fn whom(person: &Person) -> Value {
    json!({"account_id": person.id.to_string(), "reason": "so it is"})
}

#[actix_web::test]
async fn every_operation_of_communities_answers_as_described() {
    let house = House::new().await;
    let chief = house
        .person_as("chief", |_, user| user.role = Role::Admin)
        .await;
    let mut people = Vec::new();
    for name in ["anna", "bert", "cleo", "dora"] {
        people.push(house.person(name).await);
    }
    let [anna, bert, cleo, dora] =
        <[Person; 4]>::try_from(people).unwrap_or_else(|people| panic!("{} people", people.len()));
    let tour = Tour {
        house,
        done: RefCell::default(),
    };
    let garden = is_made_and_joined(&tour, &anna, [&bert, &cleo, &dora]).await;
    is_closed_to_some(&tour, &anna, [&bert, &cleo]).await;
    is_looked_after(&tour, &garden, &anna, [&bert, &cleo, &dora]).await;
    posts_are_moderated(&tour, &garden, [&anna, &bert, &cleo]).await;
    // What owners and operators do with the whole of it.
    for (by, rest) in [
        (&anna, "archive"),
        (&anna, "unarchive"),
        (&chief, "feature"),
        (&chief, "unfeature"),
        (&cleo, "leave"),
    ] {
        let path = format!("{garden}/{rest}");
        tour.posts(by, &path, Value::Null).await;
    }
    let transfer = format!("{garden}/transfer");
    let seen = tour.posts(&anna, &transfer, whom(&bert)).await;
    assert_eq!(seen["role"], "moderator", "{seen}");
    let log = tour.lists(&bert, &format!("{garden}/log")).await;
    assert!(log.len() > 10, "{log:?}");
    let gone = tour.does(&bert, "DELETE", &garden, Value::Null).await;
    assert_eq!(gone["role"], "owner");
    let described: BTreeSet<String> = described().into_iter().map(|(name, _)| name).collect();
    assert_eq!(tour.done.into_inner(), described);
}

async fn is_made_and_joined(tour: &Tour, anna: &Person, members: [&Person; 3]) -> String {
    let new = json!({
        "name": "garden",
        "title": "The Garden",
        "description": "About *plants*",
        "purpose": "to sow",
        "rules": "Be kind.",
        "languages": ["en"],
        "access": "public",
        "posting": "anyone",
        "names_moderators": true,
    });
    let made = tour.posts(anna, BASE, new).await;
    let garden = format!("{BASE}/{}", id(&made));
    let change = json!({"title": "The Old Garden", "posting": "members"});
    tour.does(anna, "PATCH", &garden, change).await;
    for picture in ["icon", "banner"] {
        let path = format!("{garden}/{picture}");
        tour.does(anna, "DELETE", &path, Value::Null).await;
    }
    for who in members {
        let path = format!("{garden}/join");
        let seen = tour.posts(who, &path, Value::Null).await;
        assert_eq!(seen["membership"], "member");
    }
    tour.does(anna, "GET", &garden, Value::Null).await;
    assert_eq!(tour.lists(anna, BASE).await.len(), 1);
    let members = tour.lists(anna, &format!("{garden}/members")).await;
    assert_eq!(members.len(), 4);
    garden
}

/// Two ask to belong to a private one: one is let in, and one is not.
async fn is_closed_to_some(tour: &Tour, anna: &Person, [bert, cleo]: [&Person; 2]) {
    let new = json!({"name": "shed", "access": "private"});
    let shed = format!("{BASE}/{}", id(&tour.posts(anna, BASE, new).await));
    for (who, verb) in [(bert, "authorize"), (cleo, "reject")] {
        let seen = tour.posts(who, &format!("{shed}/join"), Value::Null).await;
        assert_eq!(seen["membership"], "requested");
        tour.lists(anna, &format!("{shed}/requests")).await;
        let path = format!("{shed}/requests/{}/{verb}", who.id);
        tour.posts(anna, &path, Value::Null).await;
    }
}

/// People are named and dismissed, and banned for a while.
async fn is_looked_after(
    tour: &Tour,
    garden: &str,
    anna: &Person,
    [bert, cleo, dora]: [&Person; 3],
) {
    let role = json!({"role": "moderator", "reason": "they know"});
    let path = format!("{garden}/members/{}", bert.id);
    tour.does(anna, "PATCH", &path, role).await;
    let moderators = format!("{garden}/moderators");
    tour.posts(anna, &moderators, whom(cleo)).await;
    let reason = json!({"reason": "no longer"});
    let path = format!("{moderators}/{}", cleo.id);
    tour.does(anna, "DELETE", &path, reason.clone()).await;
    let bans = format!("{garden}/bans");
    let mut ban = whom(dora);
    ban["expires_at"] = json!("2099-01-01T00:00:00Z");
    ban["remove_posts"] = json!(true);
    tour.posts(bert, &bans, ban).await;
    assert_eq!(tour.lists(bert, &bans).await.len(), 1);
    let path = format!("{bans}/{}", dora.id);
    tour.does(bert, "DELETE", &path, reason).await;
}

/// By every verb that is described; and what people say to it.
async fn posts_are_moderated(tour: &Tour, garden: &str, [anna, bert, cleo]: [&Person; 3]) {
    let house = &tour.house;
    let thread = posted(house, cleo, &status("@garden seeds\nfor sale")).await;
    let at = format!("{garden}/posts/{}", id(&thread));
    let verbs = schema::communities()["paths"]
        .as_object()
        .unwrap()
        .iter()
        .find(|(path, _)| path.ends_with("/{verb}"))
        .map(|(_, item)| &item["post"]["parameters"][2]["schema"]["enum"])
        .unwrap();
    let verbs: Vec<&str> = verbs
        .as_array()
        .unwrap()
        .iter()
        .map(|verb| verb.as_str().unwrap())
        .collect();
    for verb in verbs.into_iter().chain(["remove"]) {
        let path = format!("{at}/{verb}");
        let reason = json!({"reason": "an advertisement"});
        tour.posts(bert, &path, reason).await;
    }
    let log = format!("{garden}/log");
    let removed = tour.lists(cleo, &log).await.swap_remove(0);
    assert_eq!(removed["action"], "removed");
    let at = format!("{log}/{}", id(&removed));
    let words = json!({"text": "they are free"});
    tour.posts(cleo, &format!("{at}/appeal"), words).await;
    let open = tour.lists(anna, &format!("{garden}/appeals")).await;
    assert_eq!(id(&open[0]), id(&removed));
    let answer = json!({"uphold": true, "text": "so they are"});
    tour.posts(anna, &format!("{at}/answer"), answer).await;
    let report = json!({
        "account_id": cleo.id.to_string(),
        "status_ids": [id(&thread)],
        "comment": "dull",
    });
    let path = "/api/v1/reports";
    house.post(path).by(bert).json(&report).ok().await;
    let reports = format!("{garden}/reports");
    let open = tour.lists(anna, &reports).await;
    let resolve = format!("{reports}/{}/resolve", id(&open[0]));
    tour.posts(anna, &resolve, Value::Null).await;
}
