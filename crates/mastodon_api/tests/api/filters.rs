//! Filters of both versions: the same rows, and what they catch.

use serde_json::{Value, json};

use crate::house::{House, Person};

async fn says(house: &House, who: &Person, body: &Value) -> String {
    let post = house.post("/api/v1/statuses").by(who).json(body).ok().await;
    house.settle().await;
    post.id()
}

async fn make(house: &House, who: &Person, body: &Value) -> Value {
    house
        .post("/api/v2/filters")
        .by(who)
        .json(body)
        .ok()
        .await
        .json
}

/// What of a post is caught for somebody.
async fn filtered(house: &House, who: &Person, post: &str) -> Value {
    let path = format!("/api/v1/statuses/{post}");
    house.get(path).by(who).ok().await.json["filtered"].clone()
}

#[actix_web::test]
async fn a_filter_is_made_changed_and_gone_with_its_keywords() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let form = "title=Sea&context[]=home&context[]=public&filter_action=hide&expires_in=3600\
                &keywords_attributes[][keyword]=boat&keywords_attributes[][whole_word]=false\
                &keywords_attributes[][keyword]=ship";
    let made = house
        .post("/api/v2/filters")
        .by(&anna)
        .form(form)
        .ok()
        .await;
    let path = format!("/api/v2/filters/{}", made.id());
    assert_eq!(made.json["title"], "Sea");
    assert_eq!(made.json["context"], json!(["home", "public"]));
    assert_eq!(made.json["filter_action"], "hide");
    assert!(made.json["expires_at"].is_string());
    assert_eq!(made.json["statuses"], json!([]));
    let words = made.json["keywords"].as_array().unwrap().clone();
    assert_eq!(words[0]["keyword"], "boat");
    assert_eq!(words[0]["whole_word"], false);
    assert_eq!(words[1]["whole_word"], true);

    let change = json!({
        "title": "Water", "expires_in": "", "filter_action": "blur",
        "keywords_attributes": [
            { "id": words[0]["id"], "_destroy": true },
            { "id": words[1]["id"], "keyword": "ferry" },
            { "keyword": "raft", "whole_word": "0" },
        ],
    });
    let changed = house.put(&path).by(&anna).json(&change).ok().await.json;
    assert_eq!(changed["title"], "Water");
    assert_eq!(changed["filter_action"], "blur");
    assert_eq!(changed["expires_at"], json!(null));
    assert_eq!(changed["context"], json!(["home", "public"]));
    let now: Vec<&str> = changed["keywords"]
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word["keyword"].as_str().unwrap())
        .collect();
    assert_eq!(now, ["ferry", "raft"]);
    assert_eq!(house.get(&path).by(&anna).ok().await.json, changed);
    assert_eq!(
        house.get("/api/v2/filters").by(&anna).ok().await.json,
        json!([changed])
    );
    for wrong in [
        json!({ "title": "x" }),
        json!({ "context": ["home"] }),
        json!({ "title": "x", "context": ["nowhere"] }),
        json!({ "title": "x", "context": ["home"], "filter_action": "burn" }),
        json!({ "title": "x", "context": ["home"], "expires_in": "soon" }),
        json!({ "title": "x", "context": ["home"], "keywords_attributes": [{ "keyword": " " }] }),
    ] {
        house
            .post("/api/v2/filters")
            .by(&anna)
            .json(&wrong)
            .fails(422)
            .await;
    }
    // What is another's is not there, and neither is another filter's keyword.
    for call in [house.get(&path), house.put(&path), house.delete(&path)] {
        call.by(&bert).fails(404).await;
    }
    let other = make(&house, &bert, &json!({ "title": "b", "context": ["home"] })).await;
    let theft = json!({ "keywords_attributes": [{ "id": words[1]["id"], "_destroy": true }] });
    house
        .put(format!("/api/v2/filters/{}", other["id"].as_str().unwrap()))
        .by(&bert)
        .json(&theft)
        .fails(404)
        .await;
    assert_eq!(house.delete(&path).by(&anna).ok().await.json, json!({}));
    house.get(&path).by(&anna).fails(404).await;
}

#[actix_web::test]
async fn keywords_and_posts_of_a_filter_have_addresses_of_their_own() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let filter = make(&house, &anna, &json!({ "title": "a", "context": ["home"] })).await;
    let path = format!("/api/v2/filters/{}", filter["id"].as_str().unwrap());
    let word = house
        .post(format!("{path}/keywords"))
        .by(&anna)
        .form("keyword=Boat");
    let word = word.ok().await;
    assert_eq!(word.json["whole_word"], true);
    let of_word = format!("/api/v2/filters/keywords/{}", word.id());
    assert_eq!(house.get(&of_word).by(&anna).ok().await.json, word.json);
    let changed = house
        .put(&of_word)
        .by(&anna)
        .form("whole_word=false")
        .ok()
        .await;
    assert_eq!(changed.json["keyword"], "Boat");
    assert_eq!(changed.json["whole_word"], false);
    let list = house.get(format!("{path}/keywords")).by(&anna).ok().await;
    assert_eq!(list.json, json!([changed.json]));
    for call in [
        house.get(&of_word),
        house.put(&of_word),
        house.delete(&of_word),
    ] {
        call.by(&bert).fails(404).await;
    }
    house
        .post(format!("{path}/keywords"))
        .by(&bert)
        .form("keyword=x")
        .fails(404)
        .await;
    house.delete(&of_word).by(&anna).ok().await;
    house.delete(&of_word).by(&anna).fails(404).await;

    let secret = json!({ "status": "mine alone", "visibility": "private" });
    let secret = says(&house, &bert, &secret).await;
    let open = says(&house, &bert, &json!({ "status": "open" })).await;
    let add = |post: &str| {
        let call = house.post(format!("{path}/statuses")).by(&anna);
        call.json(&json!({ "status_id": post }))
    };
    add(&secret).fails(404).await;
    let row = add(&open).ok().await;
    add(&open).fails(422).await;
    house
        .post(format!("{path}/statuses"))
        .by(&anna)
        .fails(422)
        .await;
    assert_eq!(row.json["status_id"], *open);
    let list = house.get(format!("{path}/statuses")).by(&anna).ok().await;
    assert_eq!(list.json, json!([row.json]));
    let caught = filtered(&house, &anna, &open).await;
    assert_eq!(caught[0]["status_matches"], json!([open]));
    assert_eq!(caught[0]["keyword_matches"], json!(null));
    let of_row = format!("/api/v2/filters/statuses/{}", row.id());
    house.get(&of_row).by(&bert).fails(404).await;
    assert_eq!(house.get(&of_row).by(&anna).ok().await.json, row.json);
    house.delete(&of_row).by(&bert).fails(404).await;
    house.delete(&of_row).by(&anna).ok().await;
    assert_eq!(filtered(&house, &anna, &open).await, json!([]));
}

#[actix_web::test]
async fn what_a_filter_catches_says_so_to_its_owner_alone() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    house.follows(anna.id, bert.id).await;
    let filter = json!({
        "title": "Sea", "context": ["home", "notifications"],
        "keywords_attributes": [{ "keyword": "boat" }, { "keyword": "wave", "whole_word": false }],
    });
    let filter = make(&house, &anna, &filter).await;
    let caught = says(
        &house,
        &bert,
        &json!({ "status": "@anna the BOAT and waves" }),
    )
    .await;
    let free = says(&house, &bert, &json!({ "status": "boats" })).await;
    let warned = json!({ "status": "x", "spoiler_text": "a boat" });
    let warned = says(&house, &bert, &warned).await;
    let own = says(&house, &anna, &json!({ "status": "my boat" })).await;
    let found = filtered(&house, &anna, &caught).await;
    assert_eq!(found[0]["keyword_matches"], json!(["boat", "wave"]));
    assert_eq!(found[0]["status_matches"], json!(null));
    assert_eq!(found[0]["filter"]["title"], "Sea");
    assert_eq!(found[0]["filter"]["id"], filter["id"]);
    assert_eq!(
        filtered(&house, &anna, &warned).await[0]["keyword_matches"],
        json!(["boat"])
    );
    for post in [&free, &own] {
        assert_eq!(filtered(&house, &anna, post).await, json!([]));
    }
    assert_eq!(filtered(&house, &bert, &caught).await, json!([]));
    let anyone = house.get(format!("/api/v1/statuses/{caught}")).ok().await;
    assert_eq!(anyone.json.get("filtered"), None);
    let told = house.get("/api/v1/notifications").by(&anna).ok().await.json;
    assert_eq!(told[0]["status"]["filtered"], found);
    // A boost is caught by what it boosts.
    house
        .post(format!("/api/v1/statuses/{caught}/reblog"))
        .by(&bert)
        .ok()
        .await;
    let home = house.get(format!("/api/v1/accounts/{}/statuses", bert.id));
    let home = home.by(&anna).ok().await.json;
    assert_eq!(home[0]["reblog"]["filtered"], found);
    assert_eq!(home[0]["filtered"], found);
    // One that has ended catches nothing.
    let path = format!("/api/v2/filters/{}", filter["id"].as_str().unwrap());
    house.put(&path).by(&anna).form("expires_in=0").ok().await;
    assert_eq!(filtered(&house, &anna, &caught).await, json!([]));
}

#[actix_web::test]
async fn older_clients_see_each_keyword_as_a_filter() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let new = || house.post("/api/v1/filters").by(&anna);
    let form = "phrase=boat&context[]=home&irreversible=true&whole_word=true&expires_in=60";
    let made = new().form(form).ok().await;
    assert_eq!(made.json["phrase"], "boat");
    assert_eq!(made.json["irreversible"], true);
    assert!(made.json["expires_at"].is_string());
    new().form("context[]=home").fails(422).await;
    new().form("phrase=x").fails(422).await;
    let path = format!("/api/v1/filters/{}", made.id());
    let changed = house.put(&path).by(&anna);
    let changed = changed.form("phrase=ship&context[]=thread&irreversible=false&expires_in=");
    let changed = changed.ok().await.json;
    assert_eq!(changed["phrase"], "ship");
    assert_eq!(changed["context"], json!(["thread"]));
    assert_eq!(changed["irreversible"], false);
    assert_eq!(changed["expires_at"], json!(null));
    let new_style = house.get("/api/v2/filters").by(&anna).ok().await.json;
    assert_eq!(new_style[0]["title"], "ship");
    assert_eq!(new_style[0]["filter_action"], "warn");
    let two = json!({
        "title": "two", "context": ["home"],
        "keywords_attributes": [{ "keyword": "a" }, { "keyword": "b" }],
    });
    let two = make(&house, &anna, &two).await;
    let list = house.get("/api/v1/filters").by(&anna).ok().await;
    assert_eq!(list.each("phrase"), ["ship", "a", "b"]);
    let of_a = format!("/api/v1/filters/{}", list.ids()[1]);
    assert_eq!(house.get(&of_a).by(&anna).ok().await.json["phrase"], "a");
    house
        .put(&of_a)
        .by(&anna)
        .form("irreversible=1")
        .fails(422)
        .await;
    house.put(&of_a).by(&anna).form("phrase=c").ok().await;
    for call in [house.delete(&of_a), house.delete(&path)] {
        call.by(&anna).ok().await;
    }
    house.get(&path).by(&anna).fails(404).await;
    let left = house.get("/api/v2/filters").by(&anna).ok().await;
    assert_eq!(left.ids(), [two["id"].as_str().unwrap()]);
}
