//! Mutes of accounts and threads, servers that people keep away from, notes.

use serde_json::json;

use crate::house::{House, Person};

async fn says(house: &House, who: &Person, text: &str) -> String {
    let body = json!({ "status": text });
    let post = house
        .post("/api/v1/statuses")
        .by(who)
        .json(&body)
        .ok()
        .await;
    house.settle().await;
    post.id()
}

async fn ids(house: &House, who: &Person, path: &str) -> Vec<String> {
    let answer = house.get(path).by(who).ok().await;
    answer.ids().into_iter().map(str::to_owned).collect()
}

#[actix_web::test]
async fn who_is_muted_is_neither_seen_nor_heard() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    house.follows(anna.id, bert.id).await;
    let own = says(&house, &anna, "mine").await;
    let before = says(&house, &bert, "@anna before").await;
    let path = |what: &str| format!("/api/v1/accounts/{}/{what}", bert.id);
    let muted = house.post(path("mute")).by(&anna).ok().await;
    assert_eq!(muted.json["muting"], true);
    assert_eq!(muted.json["muting_notifications"], true);
    assert_eq!(muted.json["muting_expires_at"], json!(null));
    assert_eq!(muted.json["following"], true);
    let during = says(&house, &bert, "@anna during").await;
    for timeline in ["home", "public"] {
        let timeline = format!("/api/v1/timelines/{timeline}");
        assert_eq!(ids(&house, &anna, &timeline).await, [&*own]);
        assert_eq!(
            ids(&house, &bert, "/api/v1/timelines/public").await.len(),
            3
        );
    }
    assert_eq!(
        ids(&house, &anna, "/api/v1/notifications").await,
        Vec::<String>::new()
    );
    // What is asked for by name is there.
    house
        .get(format!("/api/v1/statuses/{before}"))
        .by(&anna)
        .ok()
        .await;
    let list = house.get("/api/v1/mutes").by(&anna).ok().await;
    assert_eq!(list.each("username"), ["bert"]);
    assert_eq!(list.json[0]["mute_expires_at"], json!(null));
    // Muting again changes the terms.
    let again = house
        .post(path("mute"))
        .by(&anna)
        .form("notifications=false&duration=3600")
        .ok()
        .await;
    assert_eq!(again.json["muting_notifications"], false);
    assert!(again.json["muting_expires_at"].is_string());
    let heard = says(&house, &bert, "@anna heard").await;
    assert_eq!(ids(&house, &anna, "/api/v1/notifications").await.len(), 1);
    for _ in 0..2 {
        let unmuted = house.post(path("unmute")).by(&anna).ok().await;
        assert_eq!(unmuted.json["muting"], false);
    }
    assert_eq!(
        ids(&house, &anna, "/api/v1/timelines/home").await,
        [heard, during, before, own]
    );
    assert_eq!(
        house.get("/api/v1/mutes").by(&anna).ok().await.json,
        json!([])
    );
    house
        .post(format!("/api/v1/accounts/{}/mute", anna.id))
        .by(&anna)
        .fails(422)
        .await;
    house
        .post("/api/v1/accounts/1/mute")
        .by(&anna)
        .fails(404)
        .await;
}

#[actix_web::test]
async fn a_thread_leaves_out_what_the_muted_say() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let root = says(&house, &anna, "question").await;
    let body = json!({ "status": "@anna answer", "in_reply_to_id": root });
    house
        .post("/api/v1/statuses")
        .by(&bert)
        .json(&body)
        .ok()
        .await;
    let path = format!("/api/v1/statuses/{root}/context");
    let count = async |who: &Person| {
        let context = house.get(&path).by(who).ok().await.json;
        context["descendants"].as_array().unwrap().len()
    };
    assert_eq!(count(&anna).await, 1);
    house
        .post(format!("/api/v1/accounts/{}/mute", bert.id))
        .by(&anna)
        .ok()
        .await;
    assert_eq!(count(&anna).await, 0);
    assert_eq!(count(&bert).await, 1);
}

#[actix_web::test]
async fn nothing_is_told_of_a_muted_thread() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let root = says(&house, &anna, "question").await;
    let path = |what: &str| format!("/api/v1/statuses/{root}/{what}");
    assert_eq!(
        house.post(path("mute")).by(&anna).ok().await.json["muted"],
        true
    );
    let answer = async |text: &str| {
        let body = json!({ "status": text, "in_reply_to_id": root });
        let post = house
            .post("/api/v1/statuses")
            .by(&bert)
            .json(&body)
            .ok()
            .await;
        house.post(path("favourite")).by(&bert).ok().await;
        house.settle().await;
        post.id()
    };
    let unheard = answer("@anna unheard").await;
    let shown = house.get(format!("/api/v1/statuses/{unheard}"));
    assert_eq!(shown.by(&anna).ok().await.json["muted"], true);
    let shown = house.get(format!("/api/v1/statuses/{unheard}"));
    assert_eq!(shown.by(&bert).ok().await.json["muted"], false);
    assert_eq!(
        house.get("/api/v1/notifications").by(&anna).ok().await.json,
        json!([])
    );
    for _ in 0..2 {
        let unmuted = house.post(path("unmute")).by(&anna).ok().await;
        assert_eq!(unmuted.json["muted"], false);
    }
    answer("@anna heard").await;
    let told = house.get("/api/v1/notifications").by(&anna).ok().await;
    assert_eq!(told.each("type"), ["mention"]);
    house
        .post("/api/v1/statuses/1/mute")
        .by(&anna)
        .fails(404)
        .await;
}

#[actix_web::test]
async fn a_server_is_kept_away_from() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let far = house.stranger("farah").await;
    house.follows(anna.id, far.id).await;
    house.follows(far.id, anna.id).await;
    house.arrived(&far, |_| {}).await;
    assert_eq!(
        ids(&house, &anna, "/api/v1/timelines/public").await.len(),
        1
    );
    let preview = house.get("/api/v1/domain_blocks/preview?domain=away.test");
    assert_eq!(
        preview.by(&anna).ok().await.json,
        json!({ "following_count": 1, "followers_count": 1 })
    );
    for _ in 0..2 {
        let blocked = house.post("/api/v1/domain_blocks").by(&anna);
        assert_eq!(blocked.form("domain=AWAY.test").ok().await.json, json!({}));
    }
    let path = format!("/api/v1/accounts/relationships?id={}", far.id);
    let stands = house.get(&path).by(&anna).ok().await.json;
    assert_eq!(stands[0]["domain_blocking"], true);
    assert_eq!(stands[0]["following"], false);
    assert_eq!(stands[0]["followed_by"], false);
    assert_eq!(
        ids(&house, &anna, "/api/v1/timelines/public").await,
        Vec::<String>::new()
    );
    house
        .post(format!("/api/v1/accounts/{}/follow", far.id))
        .by(&anna)
        .fails(403)
        .await;
    let list = house.get("/api/v1/domain_blocks").by(&anna).ok().await;
    assert_eq!(list.json, json!(["away.test"]));
    for _ in 0..2 {
        house
            .delete("/api/v1/domain_blocks?domain=away.test")
            .by(&anna)
            .ok()
            .await;
    }
    assert_eq!(
        ids(&house, &anna, "/api/v1/timelines/public").await.len(),
        1
    );
    for wrong in ["here.test", "", "a b"] {
        let body = json!({ "domain": wrong });
        let call = house.post("/api/v1/domain_blocks").by(&anna).json(&body);
        call.fails(422).await;
    }
}

#[actix_web::test]
async fn a_note_is_for_its_writer_alone() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let path = format!("/api/v1/accounts/{}/note", bert.id);
    let noted = house.post(&path).by(&anna).form("comment=met+at+sea").ok();
    assert_eq!(noted.await.json["note"], "met at sea");
    let of_bert = format!("/api/v1/accounts/relationships?id={}", bert.id);
    for (who, note) in [(&anna, "met at sea"), (&bert, "")] {
        let stands = house.get(&of_bert).by(who).ok().await.json;
        assert_eq!(stands[0]["note"], note);
    }
    let long = "x".repeat(2001);
    house
        .post(&path)
        .by(&anna)
        .json(&json!({ "comment": long }))
        .fails(422)
        .await;
    let gone = house.post(&path).by(&anna).form("comment=").ok().await;
    assert_eq!(gone.json["note"], "");
    house
        .post("/api/v1/accounts/1/note")
        .by(&anna)
        .fails(404)
        .await;
}
