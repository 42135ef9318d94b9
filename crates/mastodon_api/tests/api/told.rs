//! What people asked to be told of, and what is told to those who look after people.

use kontor_actions::{
    peers::{self, Wanted},
    registrations::{self, Registration},
};
use kontor_domain::{peer::Severity, user::Role};
use kontor_store::testing::Backend;
use serde_json::{Value, json};

use crate::{
    admin::operator,
    house::{House, Person},
};

async fn says(house: &House, by: &Person, body: Value) -> String {
    let post = house.post("/api/v1/statuses").by(by).json(&body).ok().await;
    house.settle().await;
    post.id()
}

/// What somebody was told of this kind, the newest first.
pub(crate) async fn told(house: &House, who: &Person, kind: &str) -> Vec<Value> {
    house.settle().await;
    let path = format!("/api/v1/notifications?types[]={kind}");
    let page = house.get(path).by(who).ok().await.json;
    page.as_array().unwrap().clone()
}

/// The posts that they were told of.
async fn posts(house: &House, who: &Person, kind: &str) -> Vec<Value> {
    let told = told(house, who, kind).await;
    told.iter().map(|one| one["status"]["id"].clone()).collect()
}

async fn follows_all(house: &House, who: &Person, target: &Person, mut options: Value) {
    let path = format!("/api/v1/accounts/{}/follow", target.id);
    options["notify"] = json!(true);
    house.post(path).by(who).json(&options).ok().await;
}

async fn each_post_is_told(house: &House) {
    let (anna, bert, carl) = (
        house.person("anna").await,
        house.person("bert").await,
        house.person("carl").await,
    );
    let english = house.person("english").await;
    let muting = house.person("muting").await;
    follows_all(house, &anna, &bert, json!({})).await;
    follows_all(house, &muting, &bert, json!({})).await;
    follows_all(house, &english, &bert, json!({"languages": ["en"]})).await;
    let mute = house.post(format!("/api/v1/accounts/{}/mute", bert.id));
    mute.by(&muting).ok().await;
    house.follows(carl.id, bert.id).await;
    house.follows(anna.id, carl.id).await;

    let root = says(house, &carl, json!({"status": "hello"})).await;
    let first = says(house, &bert, json!({"status": "one", "language": "de"})).await;
    let mut inside = json!({"status": "two", "language": "de", "visibility": "private"});
    inside["in_reply_to_id"] = json!(first);
    let second = says(house, &bert, inside).await;
    // None of these: an answer to somebody else, a boost, what is not for her, and what is for her alone.
    let answer = json!({"status": "and you", "in_reply_to_id": root});
    says(house, &bert, answer).await;
    let boost = house.post(format!("/api/v1/statuses/{root}/reblog"));
    boost.by(&bert).ok().await;
    for text in ["@carl psst", "@anna psst"] {
        says(
            house,
            &bert,
            json!({"status": text, "visibility": "direct"}),
        )
        .await;
    }
    // Nor an edit of what she was told of.
    let edit = house.put(format!("/api/v1/statuses/{first}")).by(&bert);
    edit.json(&json!({"status": "one!"})).ok().await;

    let found = told(house, &anna, "status").await;
    let ids: Vec<&Value> = found.iter().map(|one| &one["status"]["id"]).collect();
    assert_eq!(ids, [&json!(second), &json!(first)]);
    for one in &found {
        assert_eq!(one["account"]["id"], bert.id.to_string());
        let alone = format!("ungrouped-{}", one["id"].as_str().unwrap());
        assert_eq!(one["group_key"], alone);
    }
    for who in [&carl, &bert, &muting, &english] {
        assert_eq!(posts(house, who, "status").await, Vec::<Value>::new());
    }
    // Nor what goes on in a thread that she does not want to hear of.
    let mute = house.post(format!("/api/v1/statuses/{first}/mute"));
    mute.by(&anna).ok().await;
    let more = json!({"status": "more", "in_reply_to_id": second});
    says(house, &bert, more).await;
    assert_eq!(posts(house, &anna, "status").await.len(), 2);
    // Who asks for no more of it is told of no more.
    let path = format!("/api/v1/accounts/{}/follow", bert.id);
    house.post(path).by(&anna).form("notify=false").ok().await;
    says(house, &bert, json!({"status": "three"})).await;
    assert_eq!(posts(house, &anna, "status").await.len(), 2);
}

#[actix_web::test]
async fn each_post_of_somebody_is_told_to_those_who_asked_for_it() {
    for backend in Backend::ALL {
        each_post_is_told(&House::on(backend).await).await;
    }
}

#[actix_web::test]
async fn it_is_told_as_well_where_many_follow() {
    let house = House::set(|settings| settings.limits.homes_at_once = 0).await;
    each_post_is_told(&house).await;
}

#[actix_web::test]
async fn an_edit_is_told_to_those_who_boosted_and_who_quote() {
    for backend in Backend::ALL {
        let house = House::on(backend).await;
        let (anna, bert, carl) = (
            house.person("anna").await,
            house.person("bert").await,
            house.person("carl").await,
        );
        let away = house.stranger("away").await;
        let post = says(&house, &anna, json!({"status": "first"})).await;
        for by in [&anna, &bert] {
            let path = format!("/api/v1/statuses/{post}/reblog");
            house.post(path).by(by).ok().await;
        }
        let quoting = json!({"status": "look", "quoted_status_id": post});
        let quote = says(&house, &carl, quoting).await;
        let edit = async |text: &str| {
            let path = format!("/api/v1/statuses/{post}");
            let call = house.put(path).by(&anna).json(&json!({"status": text}));
            call.ok().await;
            house.settle().await;
        };
        edit("second").await;
        let before = told(&house, &bert, "update").await;
        assert_eq!(before.len(), 1);
        assert_eq!(before[0]["status"]["id"], json!(post));
        assert_eq!(before[0]["account"]["id"], anna.id.to_string());
        // The same again is no edit, and of two edits the last is told.
        edit("second").await;
        assert_eq!(told(&house, &bert, "update").await, before);
        edit("third").await;
        let after = told(&house, &bert, "update").await;
        assert_eq!(after.len(), 1);
        assert_ne!(after[0]["id"], before[0]["id"]);
        assert!(after[0]["status"]["content"].to_string().contains("third"));

        let quoted = told(&house, &carl, "quoted_update").await;
        assert_eq!(quoted.len(), 1);
        // The quote is shown, and not what changed.
        assert_eq!(quoted[0]["status"]["id"], json!(quote));
        assert_eq!(quoted[0]["account"]["id"], anna.id.to_string());
        for (who, kind) in [(&carl, "update"), (&bert, "quoted_update")] {
            assert_eq!(told(&house, who, kind).await, Vec::<Value>::new());
        }
        assert_eq!(told(&house, &anna, "update").await, Vec::<Value>::new());
        // A post of another server that changes.
        let id = house.arrived(&away, |_| {}).await;
        let path = format!("/api/v1/statuses/{id}/reblog");
        house.post(path).by(&bert).ok().await;
        let edited = kontor_domain::event::Event::PostEdited { post: id };
        let app = house.app.clone();
        let done = house
            .app
            .store
            .write(move |tx| kontor_actions::effects::apply(&app, tx, &edited));
        done.await.unwrap();
        let after = posts(&house, &bert, "update").await;
        assert_eq!(after, [json!(id.to_string()), json!(post)]);
    }
}

async fn signs_up(house: &House, name: &str) -> kontor_domain::ids::AccountId {
    let registration = Registration {
        username: name.to_owned(),
        email: None,
        password: "long enough for this".to_owned(),
        code: None,
        reason: Some("to see".to_owned()),
        address: "192.0.2.1".to_owned(),
    };
    let made = registrations::register(&house.app, registration);
    made.await.unwrap().account.id
}

#[actix_web::test]
async fn those_who_look_after_people_are_told_who_signed_up() {
    for backend in Backend::ALL {
        let house = House::on(backend).await;
        let role = |role: Role| {
            move |_: &mut kontor_actions::accounts::Account,
                  user: &mut kontor_store::users::User| user.role = role
        };
        let chief = house.person_as("chief", role(Role::Admin)).await;
        let mona = house.person_as("mona", role(Role::Moderator)).await;
        let anna = house.person("anna").await;
        let mut new = Vec::new();
        for name in ["nina", "otto"] {
            let id = signs_up(&house, name).await;
            // Who waits to be approved is nobody yet.
            assert_eq!(told(&house, &mona, "admin.sign_up").await.len(), new.len());
            for _ in 0..2 {
                let approved = registrations::approve(&house.app, mona.id, id);
                approved.await.unwrap();
            }
            new.push(json!(id.to_string()));
        }
        new.reverse();
        for who in [&chief, &mona] {
            let found = told(&house, who, "admin.sign_up").await;
            let ids: Vec<Value> = found
                .iter()
                .map(|one| one["account"]["id"].clone())
                .collect();
            assert_eq!(ids, new);
        }
        let groups = house.get("/api/v2/notifications").by(&mona).ok().await;
        let groups = groups.json["notification_groups"].clone();
        assert_eq!(
            (&groups[0]["type"], &groups[0]["notifications_count"]),
            (&json!("admin.sign_up"), &json!(2))
        );
        assert_eq!(groups[0]["sample_account_ids"], json!(new));
        let none = Vec::<Value>::new();
        assert_eq!(told(&house, &anna, "admin.sign_up").await, none);
        let unread = async |count: i64, groups: i64| {
            for (version, unread) in [("v1", count), ("v2", groups)] {
                let path = format!("/api/{version}/notifications/unread_count");
                let found = house.get(path).by(&mona).ok().await.json;
                assert_eq!(found, json!({ "count": unread }), "{version}");
            }
        };
        unread(2, 1).await;
        // Who looks after nobody any more has no such news.
        house.database().execute(&format!(
            "UPDATE users SET role = 'user' WHERE account_id = {}",
            mona.id
        ));
        assert_eq!(told(&house, &mona, "admin.sign_up").await, none);
        let groups = house.get("/api/v2/notifications").by(&mona).ok().await;
        assert_eq!(groups.json["notification_groups"], json!([]));
        unread(0, 0).await;
        assert_eq!(told(&house, &chief, "admin.sign_up").await.len(), 2);
    }
}

#[actix_web::test]
async fn those_who_look_after_people_are_told_what_is_reported() {
    for backend in Backend::ALL {
        let house = House::on(backend).await;
        let mona = house
            .person_as("mona", |_, user| user.role = Role::Moderator)
            .await;
        let (anna, bert) = (house.person("anna").await, house.person("bert").await);
        // That does not keep it from her.
        let block = house.post(format!("/api/v1/accounts/{}/block", mona.id));
        block.by(&anna).ok().await;
        let report = async |by: &Person| {
            let body = json!({"account_id": bert.id.to_string(), "comment": "look"});
            let call = house.post("/api/v1/reports").by(by).json(&body);
            call.ok().await.json
        };
        let first = report(&anna).await;
        // She has one of him to look at already, and her own is no news to her.
        report(&anna).await;
        report(&mona).await;
        let found = told(&house, &mona, "admin.report").await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["report"], first);
        assert_eq!(found[0]["status"], Value::Null);
        assert_eq!(found[0]["account"]["id"], anna.id.to_string());
        assert_eq!(first["target_account"]["id"], bert.id.to_string());
        let id = found[0]["id"].as_str().unwrap();
        let one = house.get(format!("/api/v1/notifications/{id}")).by(&mona);
        assert_eq!(one.ok().await.json, found[0]);
        let groups = house.get("/api/v2/notifications").by(&mona).ok().await;
        let group = &groups.json["notification_groups"][0];
        assert_eq!(group["report"], first);
        assert_eq!(group["group_key"], format!("ungrouped-{id}"));
        assert_eq!(
            told(&house, &bert, "admin.report").await,
            Vec::<Value>::new()
        );

        house
            .database()
            .execute("UPDATE reports SET resolved_at = '2026-01-01 00:00:00'");
        let next = report(&anna).await;
        let found = told(&house, &mona, "admin.report").await;
        assert_eq!((found.len(), &found[0]["report"]["id"]), (2, &next["id"]));
    }
}

/// Brings the operators' rules upon all accounts.
async fn ruled(house: &House) {
    loop {
        let now = house.app.now();
        let due = house
            .app
            .store
            .read(move |db| kontor_store::jobs::peek(db, peers::QUEUE, now, &[], 10));
        let due = due.await.unwrap();
        if due.is_empty() {
            return;
        }
        for job in due {
            let done = peers::queue(&house.app).handler.run(&job).await;
            assert_eq!(format!("{done:?}"), "Finished");
        }
    }
}

/// What an event says, without when.
fn said(told: &Value) -> Value {
    let mut event = told["event"].clone();
    for key in ["id", "created_at"] {
        assert!(event.as_object_mut().unwrap().remove(key).is_some());
    }
    event
}

#[actix_web::test]
async fn people_are_told_which_follows_ended_with_a_server() {
    for backend in Backend::ALL {
        let house = House::on(backend).await;
        let (anna, bert, carl) = (
            house.person("anna").await,
            house.person("bert").await,
            house.person("carl").await,
        );
        for name in ["farah", "finn"] {
            let far = house.stranger(name).await;
            house.follows(anna.id, far.id).await;
            house.follows(far.id, bert.id).await;
            if name == "finn" {
                house.follows(bert.id, far.id).await;
            }
        }
        house.follows(carl.id, anna.id).await;
        let kind = "severed_relationships";
        for _ in 0..2 {
            let block = house.post("/api/v1/domain_blocks").by(&anna);
            block.form("domain=away.test").ok().await;
        }
        let of_anna = told(&house, &anna, kind).await;
        assert_eq!(of_anna.len(), 1);
        assert_eq!(of_anna[0]["account"]["id"], anna.id.to_string());
        assert_eq!(
            said(&of_anna[0]),
            json!({
                "type": "user_domain_block", "purged": true, "target_name": "away.test",
                "followers_count": 0, "following_count": 2,
            })
        );
        let block = Wanted::new("away.test", Severity::Block);
        peers::set(&house.app, block).await.unwrap();
        ruled(&house).await;
        let of_bert = told(&house, &bert, kind).await;
        assert_eq!(of_bert.len(), 1, "{of_bert:?}");
        assert_eq!(
            said(&of_bert[0]),
            json!({
                "type": "domain_block", "purged": true, "target_name": "away.test",
                "followers_count": 2, "following_count": 1,
            })
        );
        let groups = house.get("/api/v2/notifications").by(&bert).ok().await;
        let group = &groups.json["notification_groups"][0];
        assert_eq!(group["event"], of_bert[0]["event"]);
        // What had ended before does not end again, and nothing of carl's did.
        assert_eq!(told(&house, &anna, kind).await, of_anna);
        assert_eq!(told(&house, &carl, kind).await, Vec::<Value>::new());
    }
}

#[actix_web::test]
async fn people_are_told_what_operators_did_and_said() {
    for backend in Backend::ALL {
        let house = House::on(backend).await;
        let chief = operator(&house, "chief", Role::Admin).await;
        let (anna, bert) = (house.person("anna").await, house.person("bert").await);
        let rude = says(&house, &anna, json!({"status": "rude"})).await;
        let report = json!({"account_id": anna.id.to_string(), "status_ids": [rude]});
        let report = house.post("/api/v1/reports").by(&bert).json(&report);
        let report = report.ok().await.id();
        let acts = async |who: &Person, act: Value| {
            let path = format!("/api/v1/admin/accounts/{}/action", who.id);
            house.post(path).by(&chief).json(&act).send().await
        };
        let kind = "moderation_warning";
        let about = json!({"type": "none", "text": " Be kind. ", "report_id": report});
        assert_eq!(acts(&anna, about).await.status, 200);
        let covered = json!({"type": "sensitive", "send_email_notification": "true"});
        assert_eq!(acts(&anna, covered).await.status, 200);
        let quiet = json!({"type": "silence", "send_email_notification": "false"});
        assert_eq!(acts(&anna, quiet).await.status, 200);
        let long = json!({"type": "none", "text": "x".repeat(2001)});
        let long = acts(&anna, long).await;
        assert_eq!(long.status, 422);
        assert!(long.json["error"].as_str().unwrap().contains("text"));
        let told_anna = told(&house, &anna, kind).await;
        let said: Vec<Value> = told_anna
            .iter()
            .map(|one| &one["moderation_warning"])
            .map(|said| {
                json!([
                    said["action"],
                    said["text"],
                    said["status_ids"],
                    said["appeal"]
                ])
            })
            .collect();
        assert_eq!(
            said,
            [
                json!(["sensitive", "", null, null]),
                json!(["none", "Be kind.", [rude], null]),
            ]
        );
        // Nobody hears who it was.
        for one in &told_anna {
            let whose = &one["moderation_warning"]["target_account"]["id"];
            assert_eq!(
                (whose, &one["account"]["id"]),
                (&json!(anna.id.to_string()), whose)
            );
        }
        assert!(
            !told_anna
                .iter()
                .any(|one| one.to_string().contains("chief"))
        );
        for other in [&bert, &chief] {
            assert_eq!(told(&house, other, kind).await, Vec::<Value>::new());
        }
        let path = format!("/api/v2/notifications?types[]={kind}");
        let groups = house.get(path).by(&anna).ok().await;
        let groups = groups.json["notification_groups"]
            .as_array()
            .unwrap()
            .clone();
        let grouped: Vec<&Value> = groups
            .iter()
            .map(|one| &one["moderation_warning"])
            .collect();
        let alone: Vec<&Value> = told_anna
            .iter()
            .map(|one| &one["moderation_warning"])
            .collect();
        assert_eq!(grouped, alone);
        let closed = house
            .get(format!("/api/v1/admin/reports/{report}"))
            .by(&chief)
            .ok()
            .await;
        assert_eq!(closed.json["action_taken"], true);
        // What cannot be done is not said.
        let gone = json!({"type": "disable", "report_id": "1"});
        assert_eq!(acts(&anna, gone).await.status, 404);
        assert_eq!(told(&house, &anna, kind).await.len(), 2);
    }
}
