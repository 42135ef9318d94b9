//! Looking after communities: removals, locks, pins, bans, appeals and reports.

use serde_json::{Value, json};

use crate::{
    communities::{BASE, id, made, posted, refused, status},
    house::{House, Person},
};

/// A community of anna's, which bert looks after too, with a thread by cleo.
struct Ground {
    house: House,
    anna: Person,
    bert: Person,
    cleo: Person,
    garden: String,
    thread: String,
}

impl Ground {
    async fn new() -> Self {
        let house = House::new().await;
        let (anna, bert, cleo) = (
            house.person("anna").await,
            house.person("bert").await,
            house.person("cleo").await,
        );
        let garden = made(&house, &anna, json!({})).await;
        let moderators = format!("{BASE}/{garden}/moderators");
        let bert_id = json!({"account_id": bert.id.to_string()});
        let call = house.post(&moderators).by(&cleo).json(&bert_id);
        call.fails(403).await;
        let named = house.post(&moderators).by(&anna).json(&bert_id).ok().await;
        assert_eq!(named.json["moderators"].as_array().unwrap().len(), 2);
        let thread = posted(&house, &cleo, &status("@garden seeds\nfor sale")).await;
        assert_eq!(thread["community"]["thread_title"], "seeds");
        let thread = id(&thread).to_owned();
        Self {
            house,
            anna,
            bert,
            cleo,
            garden,
            thread,
        }
    }

    fn at(&self, rest: &str) -> String {
        format!("{BASE}/{}/{rest}", self.garden)
    }

    fn post(&self, verb: &str) -> String {
        self.at(&format!("posts/{}/{verb}", self.thread))
    }

    async fn seen(&self, who: &Person) -> crate::client::Answer {
        let path = format!("/api/v1/statuses/{}", self.thread);
        self.house.get(path).by(who).send().await
    }

    async fn log(&self, who: &Person) -> Vec<Value> {
        let log = self.house.get(self.at("log")).by(who).ok().await.json;
        log.as_array().unwrap().clone()
    }

    /// Of the newest line of the log: asks for another look. Returns where it is answered.
    async fn appeals(&self, who: &Person) -> String {
        let entry = id(&self.log(who).await[0]).to_owned();
        let words = json!({"text": "they are free"});
        let appeal = self.at(&format!("log/{entry}/appeal"));
        self.house.post(&appeal).by(who).json(&words).ok().await;
        self.at(&format!("log/{entry}/answer"))
    }
}

#[actix_web::test]
async fn posts_are_removed_locked_and_pinned() {
    let ground = Ground::new().await;
    let (house, bert, cleo) = (&ground.house, &ground.bert, &ground.cleo);
    let dora = house.person("dora").await;
    house.post(ground.post("remove")).by(cleo).fails(403).await;
    house.post(ground.post("bury")).by(bert).fails(404).await;
    let reason = json!({"reason": "an advertisement"});
    let remove = house.post(ground.post("remove")).by(bert).json(&reason);
    remove.ok().await;
    assert_eq!(ground.seen(&dora).await.status, 404);
    for who in [cleo, &ground.anna] {
        let seen = ground.seen(who).await.json;
        assert_eq!(seen["community"]["removed"], "an advertisement");
    }
    house.post(ground.post("restore")).by(bert).ok().await;
    assert_eq!(ground.seen(&dora).await.status, 200);
    house.post(ground.post("lock")).by(bert).ok().await;
    let answer = json!({"status": "why", "in_reply_to_id": ground.thread});
    refused(house, cleo, &answer, 403).await;
    posted(house, &ground.anna, &answer).await;
    house.post(ground.post("unlock")).by(bert).ok().await;
    posted(house, cleo, &answer).await;
    house.post(ground.post("pin")).by(bert).ok().await;
    let pinned = format!("/api/v1/accounts/{}/statuses?pinned=true", ground.garden);
    let shown = house.get(&pinned).ok().await.json;
    assert_eq!(id(&shown[0]), ground.thread);
    house.post(ground.post("unpin")).by(bert).ok().await;
    assert_eq!(house.get(&pinned).ok().await.json, json!([]));
}

#[actix_web::test]
async fn whoever_is_banned_neither_posts_nor_votes() {
    let ground = Ground::new().await;
    let (house, bert, cleo) = (&ground.house, &ground.bert, &ground.cleo);
    let dora = house.person("dora").await;
    let bans = ground.at("bans");
    let cleo_id = cleo.id.to_string();
    let ban = json!({"account_id": cleo_id, "reason": "again", "remove_posts": true});
    house.post(&bans).by(cleo).json(&ban).fails(403).await;
    let owner = json!({"account_id": ground.anna.id.to_string()});
    house.post(&bans).by(bert).json(&owner).fails(403).await;
    let past = json!({"account_id": cleo_id, "expires_at": "2001-01-01T00:00:00Z"});
    house.post(&bans).by(bert).json(&past).fails(422).await;
    house.post(&bans).by(bert).json(&ban).ok().await;
    assert_eq!(ground.seen(&dora).await.status, 404, "taken away as well");
    refused(house, cleo, &status("@garden more seeds"), 403).await;
    let other = posted(house, &ground.anna, &status("@garden rain")).await;
    let favourite = format!("/api/v1/statuses/{}/favourite", id(&other));
    house.post(&favourite).by(cleo).fails(403).await;
    house.post(&favourite).by(&dora).ok().await;
    let banned = house.get(&bans).by(&ground.anna).ok().await.json;
    assert_eq!(banned[0]["reason"], "again");
    house.get(&bans).by(&dora).fails(403).await;
    let unban = house.delete(format!("{bans}/{}", cleo.id)).by(bert);
    unban.ok().await;
    house.post(&favourite).by(cleo).ok().await;
}

#[actix_web::test]
async fn the_log_says_what_was_done_and_by_whom_if_it_may() {
    let ground = Ground::new().await;
    let (house, anna, bert) = (&ground.house, &ground.anna, &ground.bert);
    for verb in ["remove", "restore", "lock", "unlock", "pin", "unpin"] {
        house.post(ground.post(verb)).by(bert).ok().await;
    }
    let ban = json!({"account_id": ground.cleo.id.to_string(), "reason": "again"});
    house.post(ground.at("bans")).by(bert).json(&ban).ok().await;
    let unban = ground.at(&format!("bans/{}", ground.cleo.id));
    house.delete(unban).by(bert).ok().await;
    let log = ground.log(&ground.cleo).await;
    let actions: Vec<&str> = log
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        [
            "unbanned",
            "banned",
            "unpinned",
            "pinned",
            "unlocked",
            "locked",
            "restored",
            "removed",
            "moderator_added"
        ]
    );
    assert_eq!(log[1]["moderator"]["username"], "bert");
    let hidden = json!({"names_moderators": false});
    let path = format!("{BASE}/{}", ground.garden);
    house.patch(&path).by(anna).json(&hidden).ok().await;
    let log = ground.log(&ground.cleo).await;
    assert!(log.iter().all(|entry| entry["moderator"].is_null()));
    let roles: Vec<&str> = log
        .iter()
        .map(|entry| entry["role"].as_str().unwrap())
        .collect();
    assert_eq!(
        (roles[0], roles[9]),
        ("owner", "owner"),
        "edited, and bert named"
    );
    assert!(roles[1..9].iter().all(|role| *role == "moderator"));
    assert_eq!(ground.log(bert).await[2]["moderator"]["username"], "bert");
    let demoted = ground.at(&format!("moderators/{}", bert.id));
    house.delete(demoted).by(anna).ok().await;
    house.post(ground.post("lock")).by(bert).fails(403).await;
}

#[actix_web::test]
async fn an_appeal_is_answered_by_another() {
    let ground = Ground::new().await;
    let (house, anna, bert, cleo) = (&ground.house, &ground.anna, &ground.bert, &ground.cleo);
    house.post(ground.post("remove")).by(bert).ok().await;
    let entry = id(&ground.log(cleo).await[0]).to_owned();
    let appeal = ground.at(&format!("log/{entry}/appeal"));
    let words = json!({"text": "they are free"});
    house.post(&appeal).by(anna).json(&words).fails(404).await;
    let blank = json!({"text": " "});
    house.post(&appeal).by(cleo).json(&blank).fails(422).await;
    let answer = ground.appeals(cleo).await;
    let again = house.post(&appeal).by(cleo).json(&words).send().await;
    assert!(matches!(again.status, 409 | 422), "{}", again.text);
    house.get(ground.at("appeals")).by(cleo).fails(404).await;
    let open = house.get(ground.at("appeals")).by(anna).ok().await.json;
    assert_eq!(id(&open[0]), entry);
    assert_eq!(open[0]["appeal"]["text"], "they are free");
    let upheld = json!({"uphold": true, "text": "so they are"});
    house.post(&answer).by(cleo).json(&upheld).fails(403).await;
    house.post(&answer).by(bert).json(&upheld).fails(403).await;
    house.post(&answer).by(anna).json(&upheld).ok().await;
    let seen = ground.seen(cleo).await.json;
    assert_eq!(seen["community"]["removed"], Value::Null);
    let log = ground.log(cleo).await;
    assert_eq!(log[0]["action"], "restored");
    let told = json!({"text": "they are free", "state": "upheld", "answer": "so they are"});
    assert_eq!(log[1]["appeal"], told);
}

#[actix_web::test]
async fn nobody_answers_an_appeal_of_their_own() {
    let ground = Ground::new().await;
    let (house, anna, bert, cleo) = (&ground.house, &ground.anna, &ground.bert, &ground.cleo);
    let moderators = ground.at("moderators");
    let third = json!({"account_id": cleo.id.to_string()});
    house.post(&moderators).by(anna).json(&third).ok().await;
    let own = posted(house, bert, &status("@garden leaves")).await;
    let remove = ground.at(&format!("posts/{}/remove", id(&own)));
    house.post(remove).by(anna).ok().await;
    let answer = ground.appeals(bert).await;
    let upheld = json!({"uphold": true});
    house.post(&answer).by(bert).json(&upheld).fails(403).await;
    // Who did it does not judge it either, while there is somebody else.
    house.post(&answer).by(anna).json(&upheld).fails(403).await;
    let demoted = ground.at(&format!("moderators/{}", cleo.id));
    house.delete(demoted).by(anna).ok().await;
    house.post(&answer).by(anna).json(&upheld).ok().await;
}

#[actix_web::test]
async fn a_report_reaches_those_who_look_after_the_place() {
    let house = House::new().await;
    let (anna, bert, cleo) = (
        house.person("anna").await,
        house.person("bert").await,
        house.person("cleo").await,
    );
    let garden = made(&house, &anna, json!({})).await;
    let thread = posted(&house, &cleo, &status("@garden seeds")).await;
    let report =
        json!({"account_id": cleo.id.to_string(), "status_ids": [id(&thread)], "comment": "dull"});
    house
        .post("/api/v1/reports")
        .by(&bert)
        .json(&report)
        .ok()
        .await;
    let path = format!("{BASE}/{garden}/reports");
    house.get(&path).by(&cleo).fails(403).await;
    let seen = house.get(&path).by(&anna).ok().await.json;
    assert_eq!(seen[0]["comment"], "dull");
    let resolve = format!("{path}/{}/resolve", id(&seen[0]));
    house.post(&resolve).by(&bert).fails(403).await;
    house.post(&resolve).by(&anna).ok().await;
    assert_eq!(house.get(&path).by(&anna).ok().await.json, json!([]));
}
