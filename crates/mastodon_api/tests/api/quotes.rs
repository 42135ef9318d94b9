//! Quotes as clients make and see them.

use serde_json::{Value, json};

use crate::house::{House, Person};

async fn quote(house: &House, by: &Person, quoted: &str, more: Value) -> crate::client::Answer {
    let mut body = json!({"status": "look", "quoted_status_id": quoted});
    if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
        body.extend(more.clone());
    }
    house
        .post("/api/v1/statuses")
        .by(by)
        .json(&body)
        .send()
        .await
}

#[actix_web::test]
async fn a_post_is_quoted_counted_listed_and_withdrawn() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let first = house
        .post("/api/v1/statuses")
        .by(&anna)
        .json(&json!({"status": "first"}))
        .ok()
        .await;
    assert_eq!(
        first.json["quote_approval"],
        json!({"automatic": ["public"], "manual": [], "current_user": "automatic"})
    );
    let second = quote(&house, &bert, &first.id(), json!({})).await;
    assert_eq!(second.json["quote"]["state"], "accepted", "{}", second.text);
    assert_eq!(
        second.json["quote"]["quoted_status"]["id"],
        json!(first.id())
    );
    let third = quote(&house, &anna, &second.id(), json!({})).await.json;
    let inner = &third["quote"]["quoted_status"]["quote"];
    assert_eq!(
        (&inner["state"], &inner["quoted_status_id"]),
        (&json!("accepted"), &json!(first.id()))
    );
    house.settle().await;
    let told = house
        .get("/api/v1/notifications?types[]=quote")
        .by(&anna)
        .ok()
        .await
        .json;
    assert_eq!(
        (told.as_array().unwrap().len(), &told[0]["status"]["id"]),
        (1, &json!(second.id()))
    );
    let path = format!("/api/v1/statuses/{}", first.id());
    assert_eq!(house.get(&path).ok().await.json["quotes_count"], 1);
    let list = format!("{path}/quotes");
    assert_eq!(house.get(&list).ok().await.ids(), [second.id()]);
    let revoke = format!("{list}/{}/revoke", second.id());
    house.post(&revoke).by(&bert).fails(404).await;
    for _ in 0..2 {
        let left = house.post(&revoke).by(&anna).ok().await.json;
        assert_eq!(
            left["quote"],
            json!({"state": "revoked", "quoted_status": null})
        );
    }
    assert_eq!(house.get(&path).ok().await.json["quotes_count"], 0);
    assert!(house.get(&list).ok().await.ids().is_empty());
}

#[actix_web::test]
async fn who_may_quote_new_posts_is_set_once() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let set = |form: &str| {
        let path = "/api/v1/accounts/update_credentials";
        house.patch(path).by(&anna).form(form)
    };
    let own = set("note=x").ok().await.json;
    assert_eq!(own["source"]["quote_policy"], "public");
    let own = set("source[quote_policy]=followers").ok().await.json;
    assert_eq!(own["source"]["quote_policy"], "followers");
    let own = set("display_name=Anna").ok().await.json;
    assert_eq!(own["source"]["quote_policy"], "followers", "it stays");
    let preferences = house.get("/api/v1/preferences").by(&anna).ok().await.json;
    assert_eq!(preferences["posting:default:quote_policy"], "followers");
    assert_eq!(
        set("source[quote_policy]=friends").fails(422).await,
        "Validation failed: source[quote_policy] must be public, followers or nobody"
    );
    let automatic = async |body: Value| {
        let post = house.post("/api/v1/statuses").by(&anna).json(&body);
        post.ok().await.json["quote_approval"]["automatic"].clone()
    };
    let plain = json!({"status": "as always"});
    assert_eq!(automatic(plain.clone()).await, json!(["followers"]));
    let said = json!({"status": "for all", "quote_approval_policy": "public"});
    assert_eq!(automatic(said).await, json!(["public"]));
    let asked = json!({"status": "ask me", "quote_review_policy": "public"});
    assert_eq!(automatic(asked).await, json!([]));
    set("source[quote_policy]=public").ok().await;
    assert_eq!(automatic(plain).await, json!(["public"]));
    let other = house.get("/api/v1/preferences").by(&bert).ok().await.json;
    assert_eq!(other["posting:default:quote_policy"], "public");
}

#[actix_web::test]
async fn who_may_quote_is_the_authors_choice() {
    let house = House::new().await;
    let (anna, bert, carl) = (
        house.person("anna").await,
        house.person("bert").await,
        house.person("carl").await,
    );
    house.follows(bert.id, anna.id).await;
    let body = json!({"status": "for followers", "quote_approval_policy": "followers"});
    let post = house
        .post("/api/v1/statuses")
        .by(&anna)
        .json(&body)
        .ok()
        .await
        .id();
    assert_eq!(quote(&house, &bert, &post, json!({})).await.status, 200);
    assert_eq!(quote(&house, &carl, &post, json!({})).await.status, 422);
    let path = format!("/api/v1/statuses/{post}");
    let seen = house.get(&path).by(&carl).ok().await.json;
    assert_eq!(
        seen["quote_approval"],
        json!({"automatic": ["followers"], "manual": [], "current_user": "denied"})
    );
    let policy = format!("{path}/interaction_policy");
    house
        .put(&policy)
        .by(&carl)
        .form("quote_approval_policy=public")
        .fails(404)
        .await;
    house
        .put(&policy)
        .by(&anna)
        .form("quote_approval_policy=everyone")
        .fails(422)
        .await;
    house
        .put(&policy)
        .by(&anna)
        .form("quote_approval_policy=public")
        .ok()
        .await;
    assert_eq!(quote(&house, &carl, &post, json!({})).await.status, 200);
    let body = json!({"status": "x", "visibility": "private"});
    let closed = house
        .post("/api/v1/statuses")
        .by(&anna)
        .json(&body)
        .ok()
        .await
        .id();
    assert_eq!(quote(&house, &bert, &closed, json!({})).await.status, 422);
    assert_eq!(quote(&house, &carl, &closed, json!({})).await.status, 404);
}

#[actix_web::test]
async fn a_quote_shows_nothing_that_the_reader_may_not_read() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let body = json!({"status": "a secret", "visibility": "private"});
    let secret = house
        .post("/api/v1/statuses")
        .by(&anna)
        .json(&body)
        .ok()
        .await
        .id();
    let own = quote(&house, &anna, &secret, json!({})).await;
    assert_eq!(
        own.json["quote"]["quoted_status"]["id"],
        json!(secret),
        "{}",
        own.text
    );
    for answer in [
        house
            .get(format!("/api/v1/statuses/{}", own.id()))
            .by(&bert)
            .ok()
            .await,
        house
            .get(format!("/api/v1/statuses/{}", own.id()))
            .ok()
            .await,
        house.get("/api/v1/timelines/public").ok().await,
    ] {
        assert!(!answer.text.contains("a secret"), "{}", answer.text);
    }
    let seen = house
        .get(format!("/api/v1/statuses/{}", own.id()))
        .by(&bert)
        .ok()
        .await
        .json;
    assert_eq!(
        seen["quote"],
        json!({"state": "unauthorized", "quoted_status": null})
    );
    house
        .delete(format!("/api/v1/statuses/{secret}"))
        .by(&anna)
        .ok()
        .await;
    let left = house
        .get(format!("/api/v1/statuses/{}", own.id()))
        .by(&anna)
        .ok()
        .await
        .json;
    assert_eq!(
        left["quote"],
        json!({"state": "deleted", "quoted_status": null})
    );
}

#[actix_web::test]
async fn an_author_who_wants_to_be_asked_lets_each_quote_stand_or_not() {
    let house = House::new().await;
    let (anna, bert, carl) = (
        house.person("anna").await,
        house.person("bert").await,
        house.person("carl").await,
    );
    let body = json!({"status": "ask me", "quote_approval_policy": "nobody", "quote_review_policy": "public"});
    let post = house
        .post("/api/v1/statuses")
        .by(&anna)
        .json(&body)
        .ok()
        .await
        .id();
    let seen = house
        .get(format!("/api/v1/statuses/{post}"))
        .by(&bert)
        .ok()
        .await
        .json;
    assert_eq!(
        seen["quote_approval"],
        json!({"automatic": [], "manual": ["public"], "current_user": "manual"})
    );
    let first = quote(&house, &bert, &post, json!({})).await;
    let second = quote(&house, &carl, &post, json!({})).await;
    for asked in [&first, &second] {
        assert_eq!(
            asked.json["quote"],
            json!({"state": "pending", "quoted_status": null}),
            "{}",
            asked.text
        );
    }
    house.settle().await;
    let told = house
        .get("/api/v1/notifications?types[]=quote")
        .by(&anna)
        .ok()
        .await
        .json;
    assert_eq!(told.as_array().unwrap().len(), 2);
    assert_eq!(told[0]["status"]["quote"]["state"], "pending");
    let list = "/api/kontor/v1/quote_requests";
    assert_eq!(
        house.get(list).by(&anna).ok().await.ids(),
        [second.id(), first.id()]
    );
    assert_eq!(
        house
            .get(format!("{list}?max_id={}", second.id()))
            .by(&anna)
            .ok()
            .await
            .ids(),
        [first.id()]
    );
    assert!(house.get(list).by(&bert).ok().await.ids().is_empty());

    let accept = format!("{list}/{}/accept", first.id());
    house.post(&accept).by(&carl).fails(404).await;
    house.post(&accept).by(&bert).fails(404).await;
    for _ in 0..2 {
        let stands = house.post(&accept).by(&anna).ok().await.json;
        assert_eq!(stands["quote"]["state"], "accepted");
        assert_eq!(stands["quote"]["quoted_status"]["id"], json!(post));
    }
    let reject = format!("{list}/{}/reject", second.id());
    for _ in 0..2 {
        let refused = house.post(&reject).by(&anna).ok().await.json;
        assert_eq!(
            refused["quote"],
            json!({"state": "rejected", "quoted_status": null})
        );
    }
    // What was said is said.
    house
        .post(format!("{list}/{}/accept", second.id()))
        .by(&anna)
        .fails(404)
        .await;
    assert!(house.get(list).by(&anna).ok().await.ids().is_empty());
    assert_eq!(
        house
            .get(format!("/api/v1/statuses/{post}/quotes"))
            .ok()
            .await
            .ids(),
        [first.id()]
    );
    house.settle().await;
    let told = house
        .get("/api/v1/notifications?types[]=quote")
        .by(&anna)
        .ok()
        .await
        .json;
    assert_eq!(told.as_array().unwrap().len(), 2, "told once");
}

#[actix_web::test]
async fn who_may_ask_is_said_later_too() {
    let house = House::new().await;
    let (anna, bert, carl) = (
        house.person("anna").await,
        house.person("bert").await,
        house.person("carl").await,
    );
    house.follows(bert.id, anna.id).await;
    let body = json!({"status": "first", "quote_approval_policy": "nobody"});
    let post = house
        .post("/api/v1/statuses")
        .by(&anna)
        .json(&body)
        .ok()
        .await
        .id();
    assert_eq!(quote(&house, &bert, &post, json!({})).await.status, 422);
    let policy = format!("/api/v1/statuses/{post}/interaction_policy");
    house
        .put(&policy)
        .by(&anna)
        .form("quote_review_policy=some")
        .fails(422)
        .await;
    house
        .put(&policy)
        .by(&anna)
        .form("quote_review_policy=followers")
        .ok()
        .await;
    let asked = quote(&house, &bert, &post, json!({})).await;
    assert_eq!(asked.json["quote"]["state"], "pending", "{}", asked.text);
    assert_eq!(quote(&house, &carl, &post, json!({})).await.status, 422);
}
