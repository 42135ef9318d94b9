//! What Mastodon's own entities say of communities, beside what Mastodon says.

use kontor_store::testing::Backend;
use serde_json::{Value, json};

use crate::{
    communities::{BASE, id, made, posted, status},
    house::{House, Person},
    schema,
};

/// What a timeline says of who boosted its first post there.
async fn in_timeline(house: &House, by: &Person, garden: &str) -> Value {
    let page = format!("/api/v1/accounts/{garden}/statuses");
    let seen = house.get(page).by(by).ok().await.json;
    let account = &seen[0]["account"];
    assert_eq!(account["id"], garden);
    account["community"].clone()
}

#[actix_web::test]
async fn an_account_says_what_its_community_is() {
    for backend in Backend::ALL {
        let house = House::on(backend).await;
        let beside = house.beside().await;
        let anna = house.person("anna").await;
        let garden = made(&house, &anna, json!({"languages": ["de"]})).await;
        posted(&house, &anna, &status("@garden Tomatoes")).await;
        let account = house
            .get(format!("/api/v1/accounts/{garden}"))
            .ok()
            .await
            .json;
        let whole = house.get(format!("{BASE}/{garden}")).ok().await.json;
        let mut wanted = json!({
            "access": "public",
            "posting": "anyone",
            "archived": false,
            "languages": ["de"],
            "members_count": account["followers_count"],
            "names_moderators": whole["names_moderators"],
        });
        assert_eq!(account["community"], wanted);
        for (name, value) in wanted.as_object().unwrap() {
            assert_eq!(&whole[name], value, "{name}");
        }
        assert_eq!(in_timeline(&house, &anna, &garden).await, wanted);
        // Another process changes it.
        let change = json!({"access": "unlisted", "posting": "members"});
        let path = format!("{BASE}/{garden}");
        beside.patch(&path).by(&anna).json(&change).ok().await;
        for (name, value) in change.as_object().unwrap() {
            wanted[name] = value.clone();
        }
        assert_eq!(in_timeline(&house, &anna, &garden).await, wanted);
        let archive = format!("{path}/archive");
        beside.post(&archive).by(&anna).ok().await;
        wanted["archived"] = json!(true);
        assert_eq!(in_timeline(&house, &anna, &garden).await, wanted);
        let person = house.get(format!("/api/v1/accounts/{}", anna.id)).ok();
        assert_eq!(person.await.json.get("community"), None);
    }
}

async fn relationships(house: &House, by: &Person, ids: &[&str]) -> Value {
    let ids: Vec<String> = ids.iter().map(|id| format!("id[]={id}")).collect();
    let path = format!("/api/v1/accounts/relationships?{}", ids.join("&"));
    let seen = house.get(path).by(by).ok().await.json;
    for one in seen.as_array().unwrap() {
        schema::holds("Relationship", one);
    }
    seen
}

fn standing(membership: Option<&str>, role: Option<&str>, banned: bool) -> Value {
    json!({"membership": membership, "role": role, "banned": banned})
}

#[actix_web::test]
async fn a_post_says_where_it_belongs() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let garden = made(&house, &anna, json!({})).await;
    let new = json!({"status": "@garden Tomatoes", "title": "For sale"});
    schema::holds("NewStatus", &new);
    let thread = posted(&house, &bert, &new).await;
    let answer = json!({"status": "How many?", "in_reply_to_id": id(&thread)});
    let answer = posted(&house, &anna, &answer).await;
    let change = json!({"status": "@garden Tomatoes", "title": "For free"});
    schema::holds("ChangedStatus", &change);
    let path = format!("/api/v1/statuses/{}", id(&thread));
    let changed = house.put(&path).by(&bert).json(&change).ok().await.json;
    let remove = format!("{BASE}/{garden}/posts/{}/remove", id(&thread));
    let why = json!({"reason": "sold"});
    house.post(remove).by(&anna).json(&why).ok().await;
    let removed = house.get(&path).by(&bert).ok().await.json;
    for (post, title, why) in [
        (&thread, json!("For sale"), Value::Null),
        (&answer, Value::Null, Value::Null),
        (&changed, json!("For free"), Value::Null),
        (&removed, json!("For free"), json!("sold")),
    ] {
        schema::holds("Status", post);
        let place = &post["community"];
        assert_eq!(place["id"], garden);
        assert_eq!((&place["thread_title"], &place["removed"]), (&title, &why));
    }
    let home = posted(&house, &bert, &status("at home")).await;
    assert_eq!(home.get("community"), None);
}

#[actix_web::test]
async fn a_relationship_says_what_one_is_in_a_community() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let open = made(&house, &anna, json!({})).await;
    let closed = json!({"name": "shed", "access": "private"});
    let closed = made(&house, &anna, closed).await;
    let anna_id = anna.id.to_string();
    let seen = relationships(&house, &bert, &[&open, &closed, &anna_id]).await;
    assert_eq!(seen[0]["community"], standing(None, None, false));
    assert_eq!(seen[1]["community"], standing(None, None, false));
    assert_eq!(seen[2].get("community"), None, "she is no community");
    for (id, membership) in [(&open, "member"), (&closed, "requested")] {
        let path = format!("/api/v1/accounts/{id}/follow");
        let answer = house.post(path).by(&bert).ok().await.json;
        let wanted = standing(Some(membership), None, false);
        assert_eq!(answer["community"], wanted);
        let seen = relationships(&house, &bert, &[id]).await;
        assert_eq!(seen[0]["community"], wanted);
    }
    let seen = relationships(&house, &anna, &[&open]).await;
    let owner = standing(Some("member"), Some("owner"), false);
    assert_eq!(seen[0]["community"], owner);
    let ban = json!({"account_id": bert.id.to_string(), "reason": "weeds"});
    let bans = format!("{BASE}/{open}/bans");
    house.post(&bans).by(&anna).json(&ban).ok().await;
    let seen = relationships(&house, &bert, &[&open, &closed]).await;
    assert_eq!(seen[0]["community"]["banned"], true);
    assert_eq!(seen[1]["community"]["banned"], false);
}

#[actix_web::test]
async fn many_communities_cost_what_one_costs() {
    let house = House::forgetful(Backend::Sqlite).await;
    let anna = house.person("anna").await;
    let mut gardens = Vec::new();
    for name in ["one", "two", "three"] {
        gardens.push(made(&house, &anna, json!({"name": name})).await);
    }
    let gardens: Vec<&str> = gardens.iter().map(String::as_str).collect();
    let mut costs = Vec::new();
    // What a first request does besides is done by the first.
    for ids in [&gardens[..1], &gardens[..1], &gardens[..]] {
        let before = house.app.store.statements();
        relationships(&house, &anna, ids).await;
        costs.push(house.app.store.statements() - before);
    }
    assert_eq!(costs[1], costs[2]);
}
