//! What a community tells those whom it concerns: who looks after it, and whose posts and membership it is about.

use std::sync::Arc;

use kontor_actions::{
    communities::{self, Deed, Source, What},
    posts::Named,
};
use kontor_store::testing::Backend;
use serde_json::{Value, json};

use crate::{
    communities::{BASE, id, made, posted, status},
    house::{House, Person},
};

async fn told(house: &House, who: &Person, kind: &str) -> Vec<Value> {
    house.settle().await;
    let path = format!("/api/v1/notifications?types[]={kind}");
    let page = house.get(path).by(who).ok().await.json;
    page.as_array().unwrap().clone()
}

/// What people were told of what was done to them, the newest first.
async fn words(house: &House, who: &Person) -> Vec<String> {
    let told = told(house, who, "moderation_warning").await;
    told.iter()
        .map(|one| {
            one["moderation_warning"]["text"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect()
}

async fn senders(house: &House, who: &Person, kind: &str) -> Vec<String> {
    let told = told(house, who, kind).await;
    told.iter()
        .map(|one| id(&one["account"]).to_owned())
        .collect()
}

async fn joins(house: &House, who: &Person, garden: &str) {
    let path = format!("{BASE}/{garden}/join");
    house.post(path).by(who).ok().await;
}

async fn membership(house: &House, who: &Person, garden: &str) -> Value {
    let path = format!("{BASE}/{garden}");
    house.get(path).by(who).ok().await.json["membership"].clone()
}

/// With anna, who owns it, and bert, who looks after it too.
async fn garden(house: &House, access: &str) -> (Person, Person, String) {
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let garden = made(house, &anna, json!({ "access": access })).await;
    let bert_id = json!({"account_id": bert.id.to_string()});
    let moderators = format!("{BASE}/{garden}/moderators");
    house.post(moderators).by(&anna).json(&bert_id).ok().await;
    (anna, bert, garden)
}

#[actix_web::test]
async fn whoever_asks_to_join_is_answered_as_whoever_asks_to_follow() {
    let house = House::new().await;
    let (anna, bert, garden) = garden(&house, "private").await;
    let (cleo, dora) = (house.person("cleo").await, house.person("dora").await);
    let kind = "follow_request";
    joins(&house, &cleo, &garden).await;
    for who in [&anna, &bert] {
        assert_eq!(senders(&house, who, kind).await, [cleo.id.to_string()]);
        let waiting = house.get("/api/v1/follow_requests").by(who).ok().await;
        assert_eq!(waiting.ids(), [cleo.id.to_string()]);
    }
    assert_eq!(told(&house, &dora, kind).await, Vec::<Value>::new());
    let answer = |who: &Person, word: &str| format!("/api/v1/follow_requests/{}/{word}", who.id);
    house
        .post(answer(&cleo, "authorize"))
        .by(&dora)
        .fails(404)
        .await;
    house.post(answer(&cleo, "authorize")).by(&bert).ok().await;
    assert_eq!(membership(&house, &cleo, &garden).await, "member");
    // It is answered for both.
    for who in [&anna, &bert] {
        assert_eq!(told(&house, who, kind).await, Vec::<Value>::new());
        let waiting = house.get("/api/v1/follow_requests").by(who).ok().await;
        assert_eq!(waiting.json, json!([]));
    }
    joins(&house, &dora, &garden).await;
    house.post(answer(&dora, "reject")).by(&anna).ok().await;
    assert_eq!(membership(&house, &dora, &garden).await, Value::Null);
    house
        .post(answer(&dora, "reject"))
        .by(&anna)
        .fails(404)
        .await;
    assert_eq!(told(&house, &bert, kind).await, Vec::<Value>::new());
}

#[actix_web::test]
async fn a_report_is_told_to_those_who_look_after_the_place() {
    let house = House::new().await;
    let (anna, bert, garden) = garden(&house, "public").await;
    let (cleo, dora) = (house.person("cleo").await, house.person("dora").await);
    let thread = posted(&house, &cleo, &status("@garden seeds for sale")).await;
    let beside = posted(&house, &cleo, &status("seeds at home")).await;
    let report = async |post: &Value| {
        let report = json!({"account_id": cleo.id.to_string(), "status_ids": [id(post)], "comment": "an advertisement"});
        house
            .post("/api/v1/reports")
            .by(&dora)
            .json(&report)
            .ok()
            .await
            .id()
    };
    let about = report(&thread).await;
    report(&beside).await;
    for who in [&anna, &bert] {
        let told = told(&house, who, "admin.report").await;
        let reports: Vec<&str> = told.iter().map(|one| id(&one["report"])).collect();
        assert_eq!(reports, [about.as_str()], "and not what is none of theirs");
        let unread = house.get("/api/v1/notifications/unread_count?types[]=admin.report");
        assert_eq!(unread.by(who).ok().await.json["count"], 1);
        let groups = house.get("/api/v2/notifications?types[]=admin.report");
        let groups = groups.by(who).ok().await.json["notification_groups"].clone();
        assert_eq!(id(&groups[0]["report"]), about);
    }
    for who in [&cleo, &dora] {
        assert_eq!(told(&house, who, "admin.report").await, Vec::<Value>::new());
    }
    let gone = format!("{BASE}/{garden}/moderators/{}", bert.id);
    house.delete(gone).by(&anna).ok().await;
    assert_eq!(
        told(&house, &bert, "admin.report").await,
        Vec::<Value>::new()
    );
}

#[actix_web::test]
async fn whoever_is_banned_hears_of_it_appeals_and_has_back_what_was_taken() {
    let house = House::new().await;
    let (anna, bert, garden) = garden(&house, "private").await;
    let cleo = house.person("cleo").await;
    joins(&house, &cleo, &garden).await;
    let let_in = format!("/api/v1/follow_requests/{}/authorize", cleo.id);
    house.post(let_in).by(&anna).ok().await;
    let thread = posted(&house, &cleo, &status("@garden seeds")).await;
    let other = posted(&house, &cleo, &status("@garden bulbs")).await;
    let at = |rest: &str| format!("{BASE}/{garden}/{rest}");
    let seen = async |post: &Value| {
        let path = format!("/api/v1/statuses/{}", id(post));
        house.get(path).by(&bert).ok().await.json["community"]["removed"].is_null()
    };
    let remove = json!({"reason": "not here"});
    let verb = at(&format!("posts/{}/remove", id(&other)));
    house.post(verb).by(&anna).json(&remove).ok().await;
    assert_eq!(
        words(&house, &cleo).await,
        ["The Garden: a post of yours was removed. not here"]
    );
    let ban = json!({"account_id": cleo.id.to_string(), "reason": "spam", "remove_posts": true});
    house.post(at("bans")).by(&anna).json(&ban).ok().await;
    assert_eq!(
        words(&house, &cleo).await[0],
        "The Garden: you are banned. spam"
    );
    assert!(!seen(&thread).await);
    // Nobody inside any more, they read what was done to them, and nothing else.
    let log = house.get(at("log")).by(&cleo).ok().await.json;
    let actions: Vec<&Value> = log
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["action"])
        .collect();
    assert_eq!(actions, ["banned", "removed", "removed"]);
    house
        .get(at("log"))
        .by(&house.person("eve").await)
        .fails(404)
        .await;
    house.get(at("log")).fails(404).await;
    let entry = id(&log[0]).to_owned();
    let appeal = at(&format!("log/{entry}/appeal"));
    let said = json!({"text": "they were free"});
    house.post(appeal).by(&cleo).json(&said).ok().await;
    let answer = at(&format!("log/{entry}/answer"));
    let upheld = json!({"uphold": true, "text": "so they were"});
    house.post(answer).by(&bert).json(&upheld).ok().await;
    house.settle().await;
    // What the ban took away is back, and what was removed before it is not.
    assert!(seen(&thread).await);
    assert!(!seen(&other).await);
    let words = words(&house, &cleo).await;
    assert!(words.contains(&"The Garden: your appeal was upheld. so they were".to_owned()));
}

#[actix_web::test]
async fn an_appeal_is_told_to_whoever_may_answer_it() {
    for backend in Backend::ALL {
        let house = House::on(backend).await;
        let (anna, bert, garden) = garden(&house, "public").await;
        let cleo = house.person("cleo").await;
        let thread = posted(&house, &cleo, &status("@garden seeds")).await;
        let at = |rest: &str| format!("{BASE}/{garden}/{rest}");
        let remove = at(&format!("posts/{}/remove", id(&thread)));
        let why = json!({"reason": "spam"});
        house.post(remove).by(&anna).json(&why).ok().await;
        let log = house.get(at("log")).by(&cleo).ok().await.json;
        let appeal = at(&format!("log/{}/appeal", id(&log[0])));
        let said = json!({"text": "they were free"});
        house.post(&appeal).by(&cleo).json(&said).ok().await;
        house.post(&appeal).by(&cleo).json(&said).fails(409).await;
        assert_eq!(
            words(&house, &bert).await,
            ["The Garden: somebody appeals against a removal. they were free"]
        );
        // Who removed it does not answer while another may; and who appeals knows.
        assert_eq!(words(&house, &anna).await, Vec::<String>::new());
        assert_eq!(words(&house, &cleo).await.len(), 1);
    }
}

#[actix_web::test]
async fn whoever_wrote_below_what_is_removed_hears_of_it_once() {
    for backend in Backend::ALL {
        let house = House::on(backend).await;
        let (anna, _, garden) = garden(&house, "public").await;
        let (cleo, dora) = (house.person("cleo").await, house.person("dora").await);
        let thread = posted(&house, &cleo, &status("@garden seeds")).await;
        let mut below = Vec::new();
        for (who, text) in [(&dora, "how many?"), (&anna, "none"), (&dora, "a pity")] {
            let answer = json!({"status": text, "in_reply_to_id": id(&thread)});
            let answer = posted(&house, who, &answer).await;
            if who.id == dora.id {
                below.push(id(&answer).to_owned());
            }
        }
        let deed = Deed {
            community: garden.parse().unwrap(),
            by: anna.id,
            reason: "dull".to_owned(),
            what: What::Remove(Named::Id(id(&thread).parse().unwrap())),
        };
        communities::act_widely(&house.app, deed, Source::Here, Arc::new(()))
            .await
            .unwrap();
        let wrote = words(&house, &cleo).await;
        assert_eq!(wrote, ["The Garden: a post of yours was removed. dull"]);
        let told = told(&house, &dora, "moderation_warning").await;
        assert_eq!(told.len(), 1);
        let said = &told[0]["moderation_warning"];
        assert_eq!(
            said["text"],
            "The Garden: posts of yours were removed. dull"
        );
        let about = said["status_ids"].as_array().unwrap().iter();
        let mut about: Vec<&str> = about.map(|one| one.as_str().unwrap()).collect();
        about.sort_by_key(|one| one.parse::<i64>().unwrap());
        assert_eq!(about, below);
        assert_eq!(words(&house, &anna).await, Vec::<String>::new());
    }
}

#[actix_web::test]
async fn the_end_of_a_ban_may_bring_back_what_was_removed() {
    let house = House::new().await;
    let (anna, bert, garden) = garden(&house, "public").await;
    let cleo = house.person("cleo").await;
    let thread = posted(&house, &cleo, &status("@garden seeds")).await;
    let path = format!("/api/v1/statuses/{}", id(&thread));
    let bans = format!("{BASE}/{garden}/bans");
    let ban = json!({"account_id": cleo.id.to_string(), "reason": "spam", "remove_posts": true});
    house.post(&bans).by(&anna).json(&ban).ok().await;
    house.get(&path).fails(404).await;
    let end = house.delete(format!("{bans}/{}", cleo.id)).by(&bert);
    end.json(&json!({"reason": "enough", "restore_posts": true}))
        .ok()
        .await;
    house.get(&path).ok().await;
    // Another ban is another one, and of none there is no end.
    house.post(&bans).by(&anna).json(&ban).ok().await;
    let bans_now = house.get(&bans).by(&anna).ok().await.json;
    assert_eq!(bans_now.as_array().unwrap().len(), 1);
    for _ in 0..2 {
        house
            .delete(format!("{bans}/{}", cleo.id))
            .by(&bert)
            .ok()
            .await;
    }
    let log = house
        .get(format!("{BASE}/{garden}/log"))
        .by(&anna)
        .ok()
        .await
        .json;
    let ends = log.as_array().unwrap().iter();
    assert_eq!(ends.filter(|one| one["action"] == "unbanned").count(), 2);
}

#[actix_web::test]
async fn nobody_hides_from_those_who_look_after_the_place() {
    let house = House::new().await;
    let (_, bert, garden) = garden(&house, "public").await;
    let (cleo, dora) = (house.person("cleo").await, house.person("dora").await);
    let thread = posted(&house, &cleo, &status("@garden seeds")).await;
    let beside = posted(&house, &cleo, &status("at home")).await;
    for who in [&bert, &dora] {
        let block = format!("/api/v1/accounts/{}/block", who.id);
        house.post(block).by(&cleo).ok().await;
    }
    let path = |post: &Value| format!("/api/v1/statuses/{}", id(post));
    house.get(path(&thread)).by(&bert).ok().await;
    house.get(path(&thread)).by(&dora).fails(404).await;
    for who in [&bert, &dora] {
        house.get(path(&beside)).by(who).fails(404).await;
    }
    // To moderate it, and for nothing else.
    for deed in ["favourite", "reblog", "bookmark"] {
        let deed = format!("{}/{deed}", path(&thread));
        house.post(deed).by(&bert).fails(404).await;
    }
    let answer = json!({"status": "no", "in_reply_to_id": id(&thread)});
    let answer = house.post("/api/v1/statuses").by(&bert).json(&answer);
    assert_ne!(answer.send().await.status, 200);
    for list in [
        format!("/api/v1/timelines/group/{garden}"),
        "/api/v1/timelines/public".to_owned(),
    ] {
        assert_eq!(house.get(list).by(&bert).ok().await.json, json!([]));
    }
    let remove = format!("{BASE}/{garden}/posts/{}/remove", id(&thread));
    house.post(remove).by(&bert).ok().await;
}

#[actix_web::test]
async fn a_thread_is_given_another_title() {
    let house = House::new().await;
    let (_, _, _) = garden(&house, "public").await;
    let cleo = house.person("cleo").await;
    let body = json!({"status": "@garden for sale", "title": "Sedes"});
    let thread = posted(&house, &cleo, &body).await;
    let path = format!("/api/v1/statuses/{}", id(&thread));
    let edit = json!({"status": "@garden for sale", "title": "Seeds"});
    let edited = house.put(&path).by(&cleo).json(&edit).ok().await.json;
    assert_eq!(edited["community"]["thread_title"], "Seeds");
    assert_ne!(edited["edited_at"], Value::Null);
    let same = house.put(&path).by(&cleo).json(&edit).ok().await.json;
    assert_eq!(
        same["edited_at"], edited["edited_at"],
        "the same again is no edit"
    );
    // Who says nothing of it leaves it as it is.
    for title in [Value::Null, json!(" ")] {
        let edit = json!({"status": "@garden for free", "title": title});
        let edited = house.put(&path).by(&cleo).json(&edit).ok().await.json;
        assert_eq!(edited["community"]["thread_title"], "Seeds");
    }
}

#[actix_web::test]
async fn nothing_but_a_thread_is_given_a_title() {
    let house = House::new().await;
    garden(&house, "public").await;
    let cleo = house.person("cleo").await;
    let thread = posted(&house, &cleo, &status("@garden seeds")).await;
    let answer = json!({"status": "and bulbs", "in_reply_to_id": id(&thread)});
    for body in [answer, status("at home")] {
        let post = posted(&house, &cleo, &body).await;
        let path = format!("/api/v1/statuses/{}", id(&post));
        let edit = json!({"status": "something else", "title": "Seeds"});
        let why = house.put(&path).by(&cleo).json(&edit).fails(422).await;
        assert!(why.to_lowercase().contains("title"), "{why}");
        let after = house.get(&path).ok().await.json;
        assert_eq!(after["content"], post["content"]);
    }
}

#[actix_web::test]
async fn an_owner_deletes_what_they_made() {
    let house = House::new().await;
    let (anna, bert, garden) = garden(&house, "public").await;
    let cleo = house.person("cleo").await;
    let thread = posted(&house, &cleo, &status("@garden seeds")).await;
    let path = format!("{BASE}/{garden}");
    for who in [&bert, &cleo] {
        house.delete(&path).by(who).fails(403).await;
    }
    let gone = house.delete(&path).by(&anna).ok().await.json;
    assert_eq!(gone["title"], "The Garden");
    house.settle().await;
    house.get(&path).fails(404).await;
    // What somebody wrote is theirs.
    house
        .get(format!("/api/v1/statuses/{}", id(&thread)))
        .ok()
        .await;
}

#[actix_web::test]
async fn nobody_learns_by_whom_they_follow_who_is_inside() {
    let house = House::new().await;
    let (anna, _, garden) = garden(&house, "private").await;
    let (cleo, dora) = (house.person("cleo").await, house.person("dora").await);
    joins(&house, &cleo, &garden).await;
    let let_in = format!("/api/v1/follow_requests/{}/authorize", cleo.id);
    house.post(let_in).by(&anna).ok().await;
    house.follows(dora.id, cleo.id).await;
    let familiar = async |whom: &str| {
        let path = format!("/api/v1/accounts/familiar_followers?id[]={whom}");
        house.get(path).by(&dora).ok().await.json[0]["accounts"].clone()
    };
    assert_eq!(familiar(&garden).await, json!([]));
    house.follows(cleo.id, anna.id).await;
    assert_eq!(
        id(&familiar(&anna.id.to_string()).await[0]),
        cleo.id.to_string()
    );
}
