//! Timelines: home, public, by hashtag.

use serde_json::json;

use crate::house::House;

#[actix_web::test]
async fn home_holds_ones_own_post_at_once_and_once() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    house.follows(anna.id, bert.id).await;
    let own = house
        .post("/api/v1/statuses")
        .by(&anna)
        .form("status=mine")
        .ok()
        .await
        .id();
    assert_eq!(
        house
            .get("/api/v1/timelines/home")
            .by(&anna)
            .ok()
            .await
            .ids(),
        [&*own]
    );
    let theirs = house
        .post("/api/v1/statuses")
        .by(&bert)
        .form("status=theirs")
        .ok()
        .await
        .id();
    house.settle().await;
    house.settle().await;
    assert_eq!(
        house
            .get("/api/v1/timelines/home")
            .by(&anna)
            .ok()
            .await
            .ids(),
        [&*theirs, &*own]
    );
    assert_eq!(
        house
            .get("/api/v1/timelines/home")
            .by(&bert)
            .ok()
            .await
            .ids(),
        [&*theirs]
    );
}

#[actix_web::test]
async fn public_is_what_is_public_from_here_and_elsewhere() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let far = house.stranger("farah").await;
    let here = house
        .post("/api/v1/statuses")
        .by(&anna)
        .form("status=here")
        .ok()
        .await
        .id();
    house
        .post("/api/v1/statuses")
        .by(&anna)
        .form("status=quiet&visibility=unlisted")
        .ok()
        .await;
    let there = house.arrived(&far, |_| {}).await.to_string();
    let get = |query: &str| house.get(format!("/api/v1/timelines/public{query}"));
    assert_eq!(get("").ok().await.ids(), [&*there, &*here]);
    assert_eq!(get("").by(&anna).ok().await.ids(), [&*there, &*here]);
    assert_eq!(get("?local=true").ok().await.ids(), [&*here]);
    assert_eq!(get("?remote=1").ok().await.ids(), [&*there]);
    assert_eq!(get("?only_media=true").ok().await.json, json!([]));
    assert_eq!(
        get("?local=perhaps").fails(422).await,
        "Validation failed: local must be true or false"
    );
}

#[actix_web::test]
async fn a_hashtag_is_one_in_any_spelling() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let post = async |text: &str| {
        house
            .post("/api/v1/statuses")
            .by(&anna)
            .json(&json!({"status": text}))
            .ok()
            .await
            .id()
    };
    let (one, both) = (post("#Cats").await, post("#cats and #dogs").await);
    let get = |tag: &str| house.get(format!("/api/v1/timelines/tag/{tag}"));
    assert_eq!(get("CATS").ok().await.ids(), [&*both, &*one]);
    assert_eq!(get("cats?all[]=Dogs").ok().await.ids(), [&*both]);
    assert_eq!(get("cats?none[]=dogs").ok().await.ids(), [&*one]);
    assert_eq!(
        get("cats?local=true").by(&anna).ok().await.ids(),
        [&*both, &*one]
    );
    assert_eq!(get("cats?remote=true").ok().await.json, json!([]));
    assert_eq!(get("cats?only_media=true").ok().await.json, json!([]));
    assert_eq!(get("unheard-of").ok().await.json, json!([]));
    let dogs = post("#dogs").await;
    assert_eq!(
        get("cats?any[]=dogs").ok().await.ids(),
        [&*dogs, &*both, &*one]
    );
    assert_eq!(
        get("cats?any[]=dogs&limit=2").ok().await.ids(),
        [&*dogs, &*both]
    );
}
