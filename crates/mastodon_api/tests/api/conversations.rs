//! Direct posts as conversations.

use serde_json::{Value, json};

use crate::house::{House, Person};

async fn says(house: &House, who: &Person, text: &str, answers: Option<&str>) -> String {
    let body = json!({ "status": text, "visibility": "direct", "in_reply_to_id": answers });
    let post = house
        .post("/api/v1/statuses")
        .by(who)
        .json(&body)
        .ok()
        .await;
    house.settle().await;
    post.id()
}

/// The last posts of somebody's conversations, and whether each is unread.
async fn list(house: &House, who: &Person) -> Vec<(String, bool)> {
    let all = house.get("/api/v1/conversations").by(who).ok().await.json;
    let all = all.as_array().unwrap().clone();
    all.iter()
        .map(|one| {
            let last = one["last_status"]["id"].as_str().unwrap().to_owned();
            (last, one["unread"].as_bool().unwrap())
        })
        .collect()
}

async fn first(house: &House, who: &Person) -> Value {
    house.get("/api/v1/conversations").by(who).ok().await.json[0].clone()
}

#[actix_web::test]
async fn a_direct_post_is_a_conversation_for_each_who_takes_part() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let carl = house.person("carl").await;
    let hello = says(&house, &anna, "@bert hello", None).await;
    assert_eq!(list(&house, &anna).await, [(hello.clone(), false)]);
    assert_eq!(list(&house, &bert).await, [(hello.clone(), true)]);
    assert_eq!(list(&house, &carl).await, []);
    let of_bert = first(&house, &bert).await;
    assert_eq!(of_bert["accounts"][0]["username"], "anna");
    assert_eq!(of_bert["accounts"].as_array().unwrap().len(), 1);
    let path = |what: &str| {
        let id = of_bert["id"].as_str().unwrap();
        format!("/api/v1/conversations/{id}{what}")
    };
    for (what, unread) in [("/read", false), ("/unread", true), ("/read", false)] {
        let marked = house.post(path(what)).by(&bert).ok().await;
        assert_eq!(marked.json["unread"], unread);
        house.post(path(what)).by(&anna).fails(404).await;
    }
    let answer = says(&house, &bert, "@anna yes", Some(&hello)).await;
    assert_eq!(list(&house, &anna).await, [(answer.clone(), true)]);
    assert_eq!(list(&house, &bert).await, [(answer.clone(), false)]);
    // Among others it is another conversation, and so it is in another thread.
    let three = says(&house, &bert, "@anna @carl and you", Some(&answer)).await;
    let anew = says(&house, &bert, "@anna anew", None).await;
    assert_eq!(
        list(&house, &anna).await,
        [
            (anew.clone(), true),
            (three.clone(), true),
            (answer.clone(), true)
        ]
    );
    assert_eq!(list(&house, &carl).await, [(three.clone(), true)]);
    let page = house
        .get("/api/v1/conversations?limit=2")
        .by(&anna)
        .ok()
        .await;
    let rest = house.get(page.link("next").unwrap()).by(&anna).ok().await;
    assert_eq!(rest.json[0]["last_status"]["id"], *answer);
    // It falls back to the post before, and goes with the only one.
    for gone in [&answer, &three] {
        let path = format!("/api/v1/statuses/{gone}");
        house.delete(path).by(&bert).ok().await;
    }
    assert_eq!(
        list(&house, &anna).await,
        [(anew.clone(), true), (hello.clone(), true)]
    );
    assert_eq!(list(&house, &carl).await, []);
    house.delete(path("")).by(&anna).fails(404).await;
    house.delete(path("")).by(&bert).ok().await;
    assert_eq!(list(&house, &bert).await, [(anew, false)]);
    house
        .get(format!("/api/v1/statuses/{hello}"))
        .by(&bert)
        .ok()
        .await;
}

#[actix_web::test]
async fn who_is_not_heard_begins_no_conversation() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    house
        .post(format!("/api/v1/accounts/{}/mute", bert.id))
        .by(&anna)
        .ok()
        .await;
    let unheard = says(&house, &bert, "@anna hello", None).await;
    assert_eq!(list(&house, &anna).await, []);
    assert_eq!(list(&house, &bert).await, [(unheard, false)]);
    // Other audiences are no conversations.
    house
        .post("/api/v1/statuses")
        .by(&anna)
        .form("status=@bert+openly")
        .ok()
        .await;
    house.settle().await;
    assert_eq!(list(&house, &anna).await, []);
}
