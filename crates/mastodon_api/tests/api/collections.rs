//! Collections of accounts: made, read, changed, joined and left.

use kontor_actions::Settings;
use serde_json::{Value, json};

use crate::{
    client::Answer,
    house::{House, Person},
};

pub(crate) const PATH: &str = "/api/v1/collections";

async fn make(house: &House, who: &Person, body: &Value) -> Value {
    let made = house.post(PATH).by(who).json(body).ok().await;
    made.json["collection"].clone()
}

/// One that is to be found, with these accounts in it.
pub(crate) async fn with(house: &House, who: &Person, name: &str, members: &[&Person]) -> Value {
    let ids: Vec<String> = members.iter().map(|member| member.id.to_string()).collect();
    make(
        house,
        who,
        &json!({"name": name, "discoverable": true, "account_ids": ids}),
    )
    .await
}

pub(crate) fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

pub(crate) fn names(answer: &Answer) -> Vec<&str> {
    let list = answer.json["collections"].as_array().unwrap();
    list.iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect()
}

/// Whom the items of a collection are about.
pub(crate) fn members(collection: &Value) -> Vec<String> {
    let items = collection["items"].as_array().unwrap();
    let ids = items.iter().map(|item| item["account_id"].as_str());
    let ids: Vec<String> = ids.map(|id| id.unwrap().to_owned()).collect();
    assert_eq!(collection["item_count"], json!(ids.len()));
    ids
}

#[actix_web::test]
async fn a_collection_is_made_read_changed_and_gone() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let made = make(
        &house,
        &anna,
        &json!({
            "name": "Gardens", "description": "People who grow things", "language": "en-GB",
            "tag_name": "#Garden", "sensitive": "false", "discoverable": "1",
            "account_ids": [bert.id.to_string(), bert.id.to_string()],
        }),
    )
    .await;
    let path = format!("{PATH}/{}", id(&made));
    assert_eq!(
        made["uri"],
        format!("https://here.test/collections/{}", id(&made))
    );
    assert_eq!((&made["url"], &made["local"]), (&Value::Null, &json!(true)));
    assert_eq!(made["account_id"], anna.id.to_string());
    assert_eq!(made["language"], "en");
    let tag = json!({"name": "garden", "url": "https://here.test/tags/garden"});
    assert_eq!(made["tag"], tag);
    assert_eq!(
        (&made["sensitive"], &made["discoverable"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(members(&made), [bert.id.to_string()]);
    assert_eq!(made["items"][0]["state"], "accepted");
    let whole = house.get(&path).ok().await.json;
    assert_eq!(whole["collection"], made);
    let accounts = whole["accounts"].as_array().unwrap();
    let accounts: Vec<&Value> = accounts.iter().map(|one| &one["acct"]).collect();
    assert_eq!(accounts, ["anna", "bert"]);
    // Every kind of body, and both verbs.
    let changed = house.put(&path).by(&anna).form("name=Flowers&tag_name=");
    let changed = changed.ok().await.json["collection"].clone();
    assert_eq!(
        (&changed["name"], &changed["tag"]),
        (&json!("Flowers"), &Value::Null)
    );
    assert_eq!(changed["description"], made["description"]);
    assert_eq!(changed["items"], made["items"]);
    let changed = house
        .patch(&path)
        .by(&anna)
        .multipart(&[("sensitive", "on"), ("discoverable", "off")]);
    let changed = changed.ok().await.json["collection"].clone();
    assert_eq!(
        (&changed["sensitive"], &changed["discoverable"]),
        (&json!(true), &json!(false))
    );
    for call in [house.patch(&path), house.delete(&path)] {
        assert_eq!(
            call.by(&bert).fails(403).await,
            "This action is not allowed"
        );
    }
    assert_eq!(house.delete(&path).by(&anna).ok().await.json, json!({}));
    for call in [house.get(&path), house.delete(&path), house.patch(&path)] {
        call.by(&anna).fails(404).await;
    }
}

#[actix_web::test]
async fn what_cannot_be_said_of_a_collection_is_named() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let plain = make(&house, &anna, &json!({"name": "Plain"})).await;
    // What is not said is not assumed.
    assert_eq!(
        (&plain["description"], &plain["language"]),
        (&json!(""), &Value::Null)
    );
    assert_eq!(
        (&plain["sensitive"], &plain["discoverable"]),
        (&json!(false), &json!(false))
    );
    let path = format!("{PATH}/{}", id(&plain));
    for (body, says) in [
        (json!({"name": " "}), "name can't be blank"),
        (
            json!({"name": "n".repeat(41)}),
            "name is too long (maximum is 40 characters)",
        ),
        (
            json!({"name": "n", "description": "d".repeat(101)}),
            "description is too long (maximum is 100 characters)",
        ),
        (
            json!({"name": "n", "language": "xx"}),
            "language is not a language code",
        ),
        (
            json!({"name": "n", "tag_name": "a b"}),
            "tag_name is not a hashtag",
        ),
    ] {
        let says = format!("Validation failed: {says}");
        assert_eq!(
            house.post(PATH).by(&anna).json(&body).fails(422).await,
            says
        );
        assert_eq!(
            house.patch(&path).by(&anna).json(&body).fails(422).await,
            says
        );
    }
    assert_eq!(
        house.post(PATH).by(&anna).fails(422).await,
        "Validation failed: name can't be blank"
    );
    let body = json!({"name": "n", "account_ids": ["anna"]});
    for call in [house.post(PATH), house.patch(&path)] {
        assert_eq!(
            call.by(&anna).json(&body).fails(422).await,
            "Validation failed: account_ids must be ids of accounts"
        );
    }
    let body = json!({"account_ids": [anna.id.to_string()]});
    let refused = house.patch(&path).by(&anna).json(&body).fails(422).await;
    assert!(
        refused.contains("account_ids cannot be changed here"),
        "{refused}"
    );
}

#[actix_web::test]
async fn there_are_as_many_as_the_operators_let_be() {
    let few = |settings: &mut Settings| {
        settings.limits.collections = 1;
        settings.limits.collection_accounts = 1;
    };
    let house = House::set(few).await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let both = json!({"name": "n", "account_ids": [anna.id.to_string(), bert.id.to_string()]});
    let refused = house.post(PATH).by(&anna).json(&both).fails(422).await;
    assert!(
        refused.contains("account_ids are more than the 1"),
        "{refused}"
    );
    let made = with(&house, &anna, "One", &[&bert]).await;
    let refused = house.post(PATH).by(&anna).form("name=Two").fails(422).await;
    assert_eq!(
        refused,
        "Validation failed: base You have 1 collections already, and no more can be made"
    );
    let items = format!("{PATH}/{}/items", id(&made));
    let one_more = format!("account_id={}", anna.id);
    let refused = house.post(items).by(&anna).form(&one_more).fails(422).await;
    assert!(
        refused.contains("account_id is one more than the 1"),
        "{refused}"
    );
}

#[actix_web::test]
async fn accounts_are_added_when_they_may_be_and_removed() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let shy = house
        .person_as("shy", |account, _| account.discoverable = false)
        .await;
    let far = house.stranger("far").await;
    let made = with(&house, &anna, "People", &[]).await;
    let items = format!("{PATH}/{}/items", id(&made));
    let add = |account: String| {
        let body = json!({"account_id": account});
        house.post(&items).by(&anna).json(&body)
    };
    let mut added = Vec::new();
    for _ in 0..2 {
        let answer = add(bert.id.to_string()).ok().await;
        added.push(answer.json["collection_item"].clone());
    }
    assert_eq!(added[0], added[1]);
    assert_eq!(added[0]["account_id"], bert.id.to_string());
    assert_eq!(added[0]["state"], "accepted");
    assert_eq!(
        add(shy.id.to_string()).fails(403).await,
        "This account may not be featured in a collection"
    );
    assert_eq!(
        add(far.id.to_string()).fails(403).await,
        "This account may not be featured in a collection",
        "its server says nothing of it"
    );
    assert_eq!(
        add("1".to_owned()).fails(422).await,
        "Validation failed: account_id must be known here"
    );
    assert_eq!(
        house.post(&items).by(&anna).fails(422).await,
        "Validation failed: account_id can't be blank"
    );
    let by_bert = house.post(&items).by(&bert);
    let body = json!({"account_id": anna.id.to_string()});
    by_bert.json(&body).fails(403).await;
    let item = format!("{items}/{}", id(&added[0]));
    house.delete(&item).by(&bert).fails(403).await;
    assert_eq!(house.delete(&item).by(&anna).ok().await.json, json!({}));
    house.delete(&item).by(&anna).fails(404).await;
    // Who was taken out may come back.
    add(bert.id.to_string()).ok().await;
}

#[actix_web::test]
async fn accounts_say_whether_they_may_be_added() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let shy = house
        .person_as("shy", |account, _| account.discoverable = false)
        .await;
    let far = house.stranger("far").await;
    for (account, automatic, current_user) in [
        (anna.id, json!(["public"]), "automatic"),
        (shy.id, json!([]), "denied"),
        (far.id, json!([]), "missing"),
    ] {
        let shown = house.get(format!("/api/v1/accounts/{account}")).ok().await;
        assert_eq!(
            shown.json["feature_approval"],
            json!({"automatic": automatic, "manual": [], "current_user": current_user})
        );
    }
    let own = house
        .get("/api/v1/accounts/verify_credentials")
        .by(&anna)
        .ok()
        .await;
    assert_eq!(own.json["role"]["collection_limit"], 10);
}

#[actix_web::test]
async fn who_is_in_a_collection_finds_it_and_leaves_it_for_good() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let carl = house.person("carl").await;
    let hidden = json!({"name": "Hidden", "account_ids": [bert.id.to_string()]});
    let hidden = make(&house, &anna, &hidden).await;
    with(&house, &carl, "Open", &[&bert, &anna]).await;
    for path in [
        format!("/api/v1/accounts/{}/in_collections", bert.id),
        format!("/api/v1/{}/in_collections", bert.id),
    ] {
        let own = house.get(&path).by(&bert).ok().await;
        assert_eq!(names(&own), ["Open", "Hidden"]);
        assert_eq!(
            house.get(&path).by(&anna).fails(403).await,
            "This action is not allowed"
        );
        house.get(&path).fails(401).await;
    }
    let item = id(&hidden["items"][0]);
    let revoke = format!("{PATH}/{}/items/{item}/revoke", id(&hidden));
    for other in [&anna, &carl] {
        house.post(&revoke).by(other).fails(403).await;
    }
    for _ in 0..2 {
        assert_eq!(house.post(&revoke).by(&bert).ok().await.json, json!({}));
    }
    let path = format!("{PATH}/{}", id(&hidden));
    let whole = house.get(&path).by(&anna).ok().await.json;
    assert_eq!(members(&whole["collection"]), Vec::<String>::new());
    house
        .delete(format!("{path}/items/{item}"))
        .by(&anna)
        .fails(404)
        .await;
    let again = format!("account_id={}", bert.id);
    assert_eq!(
        house
            .post(format!("{path}/items"))
            .by(&anna)
            .form(&again)
            .fails(403)
            .await,
        "This account does not want to be in this collection"
    );
    let own = format!("/api/v1/accounts/{}/in_collections", bert.id);
    assert_eq!(names(&house.get(own).by(&bert).ok().await), ["Open"]);
}

#[actix_web::test]
async fn who_is_put_into_a_collection_is_told_while_they_are_in_it() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let made = with(&house, &anna, "People", &[&anna]).await;
    let items = format!("{PATH}/{}/items", id(&made));
    let body = json!({"account_id": bert.id.to_string()});
    let put = async || {
        let added = house.post(&items).by(&anna).json(&body).ok().await;
        id(&added.json["collection_item"]).to_owned()
    };
    let told = async |who: &Person| {
        house.settle().await;
        house.get("/api/v1/notifications").by(who).ok().await.json
    };
    // It was taken back before anybody was told.
    let item = put().await;
    house.delete(format!("{items}/{item}")).by(&anna).ok().await;
    assert_eq!(told(&bert).await, json!([]));
    let item = put().await;
    let one = told(&bert).await[0].clone();
    assert_eq!(one["type"], "added_to_collection");
    assert_eq!(
        (&one["account"]["acct"], &one["status"]),
        (&json!("anna"), &Value::Null)
    );
    assert_eq!(one["collection"]["id"], made["id"]);
    assert_eq!(
        members(&one["collection"]),
        [anna.id.to_string(), bert.id.to_string()]
    );
    let groups = house.get("/api/v2/notifications").by(&bert).ok().await.json;
    assert_eq!(
        groups["notification_groups"],
        json!([]),
        "groups know no such type"
    );
    assert_eq!(told(&anna).await, json!([]), "of what she did herself");
    house.delete(format!("{items}/{item}")).by(&anna).ok().await;
    assert_eq!(told(&bert).await, json!([]));
    let item = put().await;
    assert_eq!(told(&bert).await.as_array().unwrap().len(), 1);
    let revoke = format!("{items}/{item}/revoke");
    house.post(revoke).by(&bert).ok().await;
    assert_eq!(told(&bert).await, json!([]));
}

#[actix_web::test]
async fn others_find_what_is_to_be_found_a_part_at_a_time() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    for name in ["One", "Two", "Three"] {
        with(&house, &anna, name, &[]).await;
    }
    let hidden = make(&house, &anna, &json!({"name": "Hidden"})).await;
    let path = format!("/api/v1/accounts/{}/collections", anna.id);
    let short = format!("/api/v1/{}/collections", anna.id);
    for path in [&path, &short] {
        let own = house.get(path).by(&anna).ok().await;
        assert_eq!(names(&own), ["Hidden", "Three", "Two", "One"]);
        assert_eq!(own.link("next"), None);
        let found = house.get(path).by(&bert).ok().await;
        assert_eq!(names(&found), ["Three", "Two", "One"]);
        assert_eq!(names(&house.get(path).ok().await), ["Three", "Two", "One"]);
    }
    // Not to be found is not secret.
    house.get(format!("{PATH}/{}", id(&hidden))).ok().await;
    let first = house.get(format!("{path}?limit=2")).ok().await;
    assert_eq!(names(&first), ["Three", "Two"]);
    assert_eq!(first.link("prev"), None);
    let next = first.link("next").unwrap();
    assert_eq!(next, format!("{path}?limit=2&offset=2"));
    let second = house.get(next).ok().await;
    assert_eq!(names(&second), ["One"]);
    assert_eq!(second.link("next"), None);
    let back = second.link("prev").unwrap();
    assert_eq!(names(&house.get(back).ok().await), ["Three", "Two"]);
    let before = house.get(format!("{path}?offset=-3&limit=1")).ok().await;
    assert_eq!(names(&before), ["Three"]);
    house.get("/api/v1/accounts/1/collections").fails(404).await;
}

#[actix_web::test]
async fn who_is_blocked_sees_nothing_and_is_seen_by_nobody_there() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let carl = house.person("carl").await;
    let hers = with(&house, &anna, "Hers", &[&bert, &carl]).await;
    let others = with(&house, &carl, "Others", &[&anna, &bert]).await;
    let block = format!("/api/v1/accounts/{}/block", bert.id);
    house.post(block).by(&anna).ok().await;
    let path = format!("{PATH}/{}", id(&hers));
    house.get(&path).by(&bert).fails(404).await;
    let list = format!("/api/v1/accounts/{}/collections", anna.id);
    assert_eq!(
        names(&house.get(list).by(&bert).ok().await),
        Vec::<&str>::new()
    );
    let left = house.get(&path).by(&anna).ok().await.json;
    assert_eq!(members(&left["collection"]), [carl.id.to_string()]);
    // In a collection of somebody else's, neither of the two comes upon the other.
    let path = format!("{PATH}/{}", id(&others));
    for (who, seen) in [
        (&anna, vec![anna.id.to_string()]),
        (&bert, vec![bert.id.to_string()]),
        (&carl, vec![anna.id.to_string(), bert.id.to_string()]),
    ] {
        let whole = house.get(&path).by(who).ok().await.json;
        assert_eq!(members(&whole["collection"]), seen, "{}", who.name);
        assert_eq!(
            whole["accounts"].as_array().unwrap().len(),
            seen.len() + 1,
            "{}",
            who.name
        );
    }
    kontor_actions::departures::suspend(&house.app, anna.id)
        .await
        .unwrap();
    let whole = house.get(&path).ok().await.json;
    assert_eq!(members(&whole["collection"]), [bert.id.to_string()]);
    house.get(format!("{PATH}/{}", id(&hers))).fails(404).await;
}

#[actix_web::test]
async fn many_collections_cost_what_few_cost() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    for number in 0..8 {
        let body = json!({
            "name": format!("Number {number}"), "tag_name": format!("tag{number}"), "discoverable": true,
            "account_ids": [anna.id.to_string(), bert.id.to_string()],
        });
        make(&house, &anna, &body).await;
    }
    let path = format!("/api/v1/accounts/{}/collections", anna.id);
    let cost = async |limit: usize| {
        let before = house.app.store.statements();
        let answer = house.get(format!("{path}?limit={limit}")).ok().await;
        assert_eq!(names(&answer).len(), limit);
        house.app.store.statements() - before
    };
    let few = cost(2).await;
    assert!(few > 0);
    assert_eq!(few, cost(8).await);
}
