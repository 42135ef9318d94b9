//! The directory, suggestions, familiar followers, endorsements.

use kontor_domain::text::Handle;
use serde_json::{Value, json};

use crate::house::House;

#[actix_web::test]
async fn the_directory_has_those_who_want_to_be_found() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    house
        .person_as("bert", |account, _| account.discoverable = false)
        .await;
    let far = house.stranger("far").await;
    let new = house.get("/api/v1/directory?order=new").ok().await;
    assert_eq!(new.each("acct"), ["far@away.test", "anna"]);
    let local = house
        .get("/api/v1/directory?order=new&local=true")
        .ok()
        .await;
    assert_eq!(local.each("acct"), ["anna"]);
    let second = house
        .get("/api/v1/directory?order=new&limit=1&offset=1")
        .ok()
        .await;
    assert_eq!(second.each("acct"), ["anna"]);
    let active = house.get("/api/v1/directory").ok().await;
    assert_eq!(active.json, json!([]), "nobody has posted");
    house
        .post("/api/v1/statuses")
        .by(&anna)
        .form("status=here")
        .ok()
        .await;
    assert_eq!(
        house.get("/api/v1/directory").ok().await.each("acct"),
        ["anna"]
    );
    let block = format!("/api/v1/accounts/{}/block", far.id);
    house.post(block).by(&anna).ok().await;
    let hers = house
        .get("/api/v1/directory?order=new")
        .by(&anna)
        .ok()
        .await;
    assert_eq!(hers.each("acct"), ["anna"]);
    assert_eq!(
        house.get("/api/v1/directory?order=old").fails(422).await,
        "Validation failed: order must be active or new"
    );
    let beyond = house
        .get("/api/v1/directory?order=new&offset=2000")
        .ok()
        .await;
    assert_eq!(beyond.json, json!([]));
}

#[actix_web::test]
async fn suggestions_have_true_reasons_and_are_dismissed_for_good() {
    let house = House::set(|settings| {
        settings.about.featured_accounts = vec![Handle::parse("zoe").unwrap()];
    })
    .await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let (carl, zoe) = (house.person("carl").await, house.person("zoe").await);
    house.follows(anna.id, bert.id).await;
    house.follows(bert.id, carl.id).await;
    house.follows(bert.id, zoe.id).await;
    house.follows(bert.id, anna.id).await;
    let list = || house.get("/api/v2/suggestions").by(&anna);
    let found = list().ok().await.json;
    let shown: Vec<(&Value, &Value)> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (&one["account"]["acct"], &one["sources"]))
        .collect();
    assert_eq!(
        shown,
        [
            (&json!("zoe"), &json!(["featured", "friends_of_friends"])),
            (&json!("carl"), &json!(["friends_of_friends"])),
        ]
    );
    let v1 = house
        .get("/api/v1/suggestions?limit=1")
        .by(&anna)
        .ok()
        .await;
    assert_eq!(v1.each("acct"), ["zoe"]);
    for _ in 0..2 {
        house
            .delete(format!("/api/v1/suggestions/{}", zoe.id))
            .by(&anna)
            .ok()
            .await;
    }
    let left = house.get("/api/v1/suggestions").by(&anna).ok().await;
    assert_eq!(left.each("acct"), ["carl"]);
    // Bert was asked nothing: the dismissal is hers alone.
    let his = house.get("/api/v1/suggestions").by(&carl).ok().await;
    assert_eq!(his.each("acct"), ["zoe"]);
    house
        .post(format!("/api/v1/accounts/{}/mute", carl.id))
        .by(&anna)
        .ok()
        .await;
    assert_eq!(list().ok().await.json, json!([]));
    house
        .delete("/api/v1/suggestions/1")
        .by(&anna)
        .fails(404)
        .await;
}

#[actix_web::test]
async fn familiar_followers_come_in_the_order_of_the_question() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let (carl, dora) = (house.person("carl").await, house.person("dora").await);
    house.follows(anna.id, bert.id).await;
    house.follows(bert.id, dora.id).await;
    house.follows(carl.id, dora.id).await;
    let found = house
        .get(format!(
            "/api/v1/accounts/familiar_followers?id[]={}&id[]=1&id[]={}",
            dora.id, carl.id
        ))
        .by(&anna)
        .ok()
        .await;
    assert_eq!(found.ids(), [dora.id.to_string(), carl.id.to_string()]);
    assert_eq!(found.json[0]["accounts"][0]["acct"], "bert");
    assert_eq!(found.json[0]["accounts"].as_array().unwrap().len(), 1);
    assert_eq!(found.json[1]["accounts"], json!([]));
    let many: Vec<String> = (1..100).map(|id| format!("id[]={id}")).collect();
    let many = many.join("&");
    house
        .get(format!("/api/v1/accounts/familiar_followers?{many}"))
        .by(&anna)
        .fails(422)
        .await;
}

#[actix_web::test]
async fn one_shows_whom_one_follows_and_no_longer_when_that_ends() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let act = |verb: &str| {
        house
            .post(format!("/api/v1/accounts/{}/{verb}", bert.id))
            .by(&anna)
    };
    assert_eq!(
        act("pin").fails(422).await,
        "Validation failed: id must be of somebody whom you follow already"
    );
    act("follow").ok().await;
    for verb in ["endorse", "pin"] {
        assert_eq!(act(verb).ok().await.json["endorsed"], true, "{verb}");
    }
    let own = house.get("/api/v1/endorsements").by(&anna).ok().await;
    assert_eq!(own.each("acct"), ["bert"]);
    let of = |id| format!("/api/v1/accounts/{id}/endorsements");
    let seen = house.get(of(anna.id)).ok().await;
    assert_eq!(seen.each("acct"), ["bert"]);
    assert_eq!(house.get(of(bert.id)).ok().await.json, json!([]));
    for verb in ["unpin", "unendorse"] {
        assert_eq!(act(verb).ok().await.json["endorsed"], false, "{verb}");
    }
    act("endorse").ok().await;
    act("unfollow").ok().await;
    assert_eq!(house.get(of(anna.id)).ok().await.json, json!([]));
    let path = format!("/api/v1/accounts/relationships?id[]={}", bert.id);
    let stands = house.get(path).by(&anna).ok().await;
    assert_eq!(stands.json[0]["endorsed"], false);
    house
        .post("/api/v1/accounts/1/pin")
        .by(&anna)
        .fails(404)
        .await;
}

#[actix_web::test]
async fn the_direct_timeline_is_for_those_addressed() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let carl = house.person("carl").await;
    for (text, visibility) in [("@bert psst", "direct"), ("@bert hello", "public")] {
        house
            .post("/api/v1/statuses")
            .by(&anna)
            .json(&json!({"status": text, "visibility": visibility}))
            .ok()
            .await;
    }
    for (who, count) in [(&anna, 1), (&bert, 1), (&carl, 0)] {
        let list = house.get("/api/v1/timelines/direct").by(who).ok().await;
        assert_eq!(list.ids().len(), count, "{}", who.name);
    }
}
