//! Lists and their timelines.

use serde_json::{Value, json};

use crate::house::{House, Person};

async fn says(house: &House, who: &Person, body: &Value) -> String {
    let post = house.post("/api/v1/statuses").by(who).json(body).ok().await;
    house.settle().await;
    post.id()
}

async fn make(house: &House, who: &Person, body: &Value) -> String {
    house
        .post("/api/v1/lists")
        .by(who)
        .json(body)
        .ok()
        .await
        .id()
}

async fn add(house: &House, who: &Person, list: &str, members: &[&Person]) {
    let ids: Vec<String> = members.iter().map(|member| member.id.to_string()).collect();
    house
        .post(format!("/api/v1/lists/{list}/accounts"))
        .by(who)
        .json(&json!({ "account_ids": ids }))
        .ok()
        .await;
}

async fn ids(house: &House, who: &Person, path: &str) -> Vec<String> {
    let answer = house.get(path).by(who).ok().await;
    answer.ids().into_iter().map(str::to_owned).collect()
}

#[actix_web::test]
async fn a_list_is_made_changed_and_gone() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let id = make(&house, &anna, &json!({ "title": "Desk" })).await;
    let path = format!("/api/v1/lists/{id}");
    let wanted = json!({ "id": id, "title": "Desk", "replies_policy": "list", "exclusive": false });
    assert_eq!(house.get(&path).by(&anna).ok().await.json, wanted);
    assert_eq!(
        house.get("/api/v1/lists").by(&anna).ok().await.json,
        json!([wanted])
    );
    let changed = house
        .put(&path)
        .by(&anna)
        .form("replies_policy=none&exclusive=true");
    let wanted = json!({ "id": id, "title": "Desk", "replies_policy": "none", "exclusive": true });
    assert_eq!(changed.ok().await.json, wanted);
    house.put(&path).by(&anna).form("title=+").fails(422).await;
    house
        .put(&path)
        .by(&anna)
        .form("replies_policy=some")
        .fails(422)
        .await;
    house
        .post("/api/v1/lists")
        .by(&anna)
        .form("exclusive=true")
        .fails(422)
        .await;
    for call in [house.get(&path), house.put(&path), house.delete(&path)] {
        call.by(&bert).fails(404).await;
    }
    for of in ["accounts", "accounts?limit=0"] {
        house.get(format!("{path}/{of}")).by(&bert).fails(404).await;
    }
    house
        .get(format!("/api/v1/timelines/list/{id}"))
        .by(&bert)
        .fails(404)
        .await;
    assert_eq!(house.delete(&path).by(&anna).ok().await.json, json!({}));
    house.delete(&path).by(&anna).fails(404).await;
}

#[actix_web::test]
async fn members_are_followed_and_leave_with_the_follow() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let carl = house.person("carl").await;
    let id = make(&house, &anna, &json!({ "title": "Desk" })).await;
    let path = format!("/api/v1/lists/{id}/accounts");
    let body = json!({ "account_ids": [bert.id.to_string()] });
    house.post(&path).by(&anna).json(&body).fails(404).await;
    for other in [&bert, &carl] {
        house.follows(anna.id, other.id).await;
    }
    let early = says(&house, &bert, &json!({ "status": "early" })).await;
    add(&house, &anna, &id, &[&bert, &carl, &anna]).await;
    house.post(&path).by(&anna).json(&body).fails(422).await;
    let members = house.get(format!("{path}?limit=0")).by(&anna).ok().await;
    assert_eq!(members.each("username"), ["anna", "carl", "bert"]);
    let first = house.get(format!("{path}?limit=2")).by(&anna).ok().await;
    let rest = house.get(first.link("next").unwrap()).by(&anna).ok().await;
    assert_eq!(rest.each("username"), ["bert"]);
    let holding = format!("/api/v1/accounts/{}/lists", bert.id);
    assert_eq!(ids(&house, &anna, &holding).await, [&*id]);
    assert_eq!(ids(&house, &bert, &holding).await, Vec::<String>::new());
    let timeline = format!("/api/v1/timelines/list/{id}");
    assert_eq!(ids(&house, &anna, &timeline).await, [&*early]);
    let own = says(&house, &anna, &json!({ "status": "own" })).await;
    let quiet = json!({ "status": "quiet", "visibility": "private" });
    let quiet = says(&house, &carl, &quiet).await;
    assert_eq!(
        ids(&house, &anna, &timeline).await,
        [&*quiet, &*own, &*early]
    );
    house
        .post(format!("/api/v1/accounts/{}/unfollow", bert.id))
        .by(&anna)
        .ok()
        .await;
    assert_eq!(ids(&house, &anna, &timeline).await, [&*quiet, &*own]);
    assert_eq!(ids(&house, &anna, &holding).await, Vec::<String>::new());
    for _ in 0..2 {
        let query = format!("{path}?account_ids[]={}", carl.id);
        assert_eq!(house.delete(query).by(&anna).ok().await.json, json!({}));
    }
    assert_eq!(ids(&house, &anna, &timeline).await, [&*own]);
}

#[actix_web::test]
async fn a_list_may_keep_its_members_from_home_and_choose_its_answers() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let carl = house.person("carl").await;
    house.follows(anna.id, bert.id).await;
    house.follows(anna.id, carl.id).await;
    let id = make(
        &house,
        &anna,
        &json!({ "title": "Desk", "exclusive": true }),
    )
    .await;
    add(&house, &anna, &id, &[&bert]).await;
    let question = says(&house, &carl, &json!({ "status": "question" })).await;
    let answer = json!({ "status": "answer", "in_reply_to_id": question });
    let answer = says(&house, &bert, &answer).await;
    let home = "/api/v1/timelines/home";
    assert_eq!(ids(&house, &anna, home).await, [&*question]);
    let timeline = format!("/api/v1/timelines/list/{id}");
    let path = format!("/api/v1/lists/{id}");
    assert_eq!(ids(&house, &anna, &timeline).await, Vec::<String>::new());
    house
        .patch(&path)
        .by(&anna)
        .form("replies_policy=followed&exclusive=0")
        .ok()
        .await;
    assert_eq!(ids(&house, &anna, &timeline).await, [&*answer]);
    assert_eq!(ids(&house, &anna, home).await, [&*answer, &*question]);
}
