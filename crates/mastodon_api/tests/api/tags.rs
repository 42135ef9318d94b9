//! Hashtags: used, followed, shown on profiles, and among the trends.

use serde_json::{Value, json};

use crate::house::{House, Person};

async fn says(house: &House, who: &Person, body: &Value) -> String {
    let post = house.post("/api/v1/statuses").by(who).json(body).ok().await;
    house.settle().await;
    post.id()
}

async fn ids(house: &House, who: &Person, path: &str) -> Vec<String> {
    let answer = house.get(path).by(who).ok().await;
    answer.ids().into_iter().map(str::to_owned).collect()
}

/// Uses and accounts of today.
async fn today(house: &House, tag: &str) -> (String, String) {
    let tag = house.get(format!("/api/v1/tags/{tag}")).ok().await.json;
    let history = tag["history"].as_array().unwrap();
    assert_eq!(history.len(), 7);
    let day = &history[0];
    let of = |key: &str| day[key].as_str().unwrap().to_owned();
    (of("uses"), of("accounts"))
}

fn pair(uses: &str, accounts: &str) -> (String, String) {
    (uses.to_owned(), accounts.to_owned())
}

#[actix_web::test]
async fn uses_are_counted_as_posts_come_change_and_go() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    assert_eq!(today(&house, "Ski").await, pair("0", "0"));
    let first = says(&house, &anna, &json!({ "status": "#ski" })).await;
    let second = says(&house, &anna, &json!({ "status": "#Ski again" })).await;
    says(&house, &bert, &json!({ "status": "#ski too" })).await;
    let quiet = json!({ "status": "#ski quietly", "visibility": "unlisted" });
    says(&house, &bert, &quiet).await;
    assert_eq!(today(&house, "ski").await, pair("3", "2"));
    let edit = house.put(format!("/api/v1/statuses/{first}")).by(&anna);
    edit.form("status=%23snow").ok().await;
    assert_eq!(today(&house, "ski").await, pair("2", "2"));
    assert_eq!(today(&house, "snow").await, pair("1", "1"));
    let gone = house.delete(format!("/api/v1/statuses/{second}"));
    gone.by(&anna).ok().await;
    assert_eq!(today(&house, "ski").await, pair("1", "1"));
    let sound = house
        .app
        .store
        .read(kontor_store::check::check)
        .await
        .unwrap();
    assert!(sound.is_sound(), "{sound:?}");
    let shown = house.get("/api/v1/tags/ski").ok().await.json;
    assert_eq!(shown["following"], json!(null));
    house.get("/api/v1/tags/1-2").fails(404).await;
}

#[actix_web::test]
async fn what_followed_hashtags_stand_in_comes_home() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let follow = |tag: &str| house.post(format!("/api/v1/tags/{tag}/follow")).by(&anna);
    for tag in ["Ski", "ski", "snow"] {
        let followed = follow(tag).ok().await.json;
        assert_eq!(followed["following"], true);
    }
    house
        .post("/api/v1/tags/1-2/follow")
        .by(&anna)
        .fails(404)
        .await;
    let list = house.get("/api/v1/followed_tags").by(&anna).ok().await;
    assert_eq!(list.each("name"), ["snow", "ski"]);
    let first = house.get("/api/v1/followed_tags?limit=1").by(&anna).ok();
    let next = first.await.link("next").unwrap();
    assert_eq!(house.get(next).by(&anna).ok().await.each("name"), ["ski"]);

    let ski = says(&house, &bert, &json!({ "status": "#ski" })).await;
    let both = says(&house, &bert, &json!({ "status": "#ski #snow" })).await;
    for visibility in ["unlisted", "private", "direct"] {
        let quiet = json!({ "status": "#ski", "visibility": visibility });
        says(&house, &bert, &quiet).await;
    }
    let home = "/api/v1/timelines/home";
    assert_eq!(ids(&house, &anna, home).await, [&*both, &*ski]);
    let body = json!({ "status": "answer #snow", "in_reply_to_id": ski });
    let answer = says(&house, &bert, &body).await;
    assert_eq!(ids(&house, &anna, home).await, [&*answer, &*both, &*ski]);
    for _ in 0..2 {
        let path = "/api/v1/tags/ski/unfollow";
        let unfollowed = house.post(path).by(&anna).ok().await.json;
        assert_eq!(unfollowed["following"], false);
    }
    assert_eq!(ids(&house, &anna, home).await, [&*answer, &*both]);
    // Whoever is blocked does not come home by a hashtag either.
    house
        .post(format!("/api/v1/accounts/{}/block", bert.id))
        .by(&anna)
        .ok()
        .await;
    says(&house, &bert, &json!({ "status": "#snow" })).await;
    assert_eq!(ids(&house, &anna, home).await, Vec::<String>::new());
}

#[actix_web::test]
async fn hashtags_are_shown_on_profiles() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    for status in ["#ski", "#ski #sea", "#ski"] {
        says(&house, &anna, &json!({ "status": status })).await;
    }
    let secret = json!({ "status": "#ski", "visibility": "private" });
    says(&house, &anna, &secret).await;
    let suggested = house.get("/api/v1/featured_tags/suggestions").by(&anna);
    assert_eq!(suggested.ok().await.each("name"), ["ski", "sea"]);
    let new = || house.post("/api/v1/featured_tags").by(&anna);
    let ski = new().form("name=%23Ski").ok().await;
    assert_eq!(ski.json["statuses_count"], "3");
    assert!(ski.json["last_status_at"].is_string());
    assert_eq!(new().form("name=ski").ok().await.id(), ski.id());
    new().form("name=1-2").fails(422).await;
    new().fails(422).await;
    let never = house.post("/api/v1/tags/never/feature").by(&anna).ok();
    assert_eq!(never.await.json["featuring"], true);
    let of_anna = format!("/api/v1/accounts/{}/featured_tags", anna.id);
    for answer in [
        house.get(&of_anna).ok().await,
        house.get("/api/v1/featured_tags").by(&anna).ok().await,
    ] {
        assert_eq!(answer.each("name"), ["ski", "never"]);
        assert_eq!(answer.json[1]["statuses_count"], "0");
        assert_eq!(answer.json[1]["last_status_at"], json!(null));
    }
    let suggested = house.get("/api/v1/featured_tags/suggestions").by(&anna);
    assert_eq!(suggested.ok().await.each("name"), ["sea"]);
    let path = format!("/api/v1/featured_tags/{}", ski.id());
    house.delete(&path).by(&bert).fails(404).await;
    house.delete(&path).by(&anna).ok().await;
    house.delete(&path).by(&anna).fails(404).await;
    for _ in 0..2 {
        let gone = house.post("/api/v1/tags/never/unfeature").by(&anna).ok();
        assert_eq!(gone.await.json["featuring"], false);
    }
    assert_eq!(house.get(&of_anna).ok().await.json, json!([]));
}

#[actix_web::test]
async fn trends_are_what_several_wrote_of() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let carl = house.person("carl").await;
    let loved = says(&house, &anna, &json!({ "status": "#ski" })).await;
    for status in ["#ski", "#sea", "#sea"] {
        says(&house, &bert, &json!({ "status": status })).await;
    }
    let hidden = json!({ "status": "#sea", "visibility": "unlisted" });
    says(&house, &anna, &hidden).await;
    for who in [&bert, &carl] {
        let path = format!("/api/v1/statuses/{loved}/reblog");
        house.post(path).by(who).ok().await;
    }
    house.settle().await;
    for path in ["/api/v1/trends", "/api/v1/trends/tags"] {
        assert_eq!(house.get(path).ok().await.each("name"), ["ski"]);
    }
    // Posts are not ranked, however often they were boosted.
    let posts = || house.get("/api/v1/trends/statuses?limit=5");
    assert_eq!(posts().ok().await.json, json!([]));
    assert_eq!(posts().by(&carl).ok().await.json, json!([]));
}
