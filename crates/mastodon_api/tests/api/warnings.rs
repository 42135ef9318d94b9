//! What operators do with somebody's account and say to them: when they hear of it, and of what they do not.

use kontor_actions::{notifications, pushes::Push};
use kontor_domain::{
    ids::{AccountId, NotificationId},
    user::Role,
};
use kontor_store::{jobs, testing::Backend};
use serde_json::{Value, json};

use crate::{
    admin::operator,
    house::{House, Person},
    told::told,
};

const KIND: &str = "moderation_warning";

async fn acts(house: &House, by: &Person, on: AccountId, act: Value) -> u16 {
    let path = format!("/api/v1/admin/accounts/{on}/action");
    house.post(path).by(by).json(&act).send().await.status
}

#[actix_web::test]
async fn nobody_hears_of_what_was_neither_done_nor_said() {
    for backend in Backend::ALL {
        let house = House::on(backend).await;
        let chief = operator(&house, "chief", Role::Admin).await;
        let (anna, bert) = (house.person("anna").await, house.person("bert").await);
        let far = house.stranger("far").await;
        let post = house.post("/api/v1/statuses").by(&bert).form("status=bad");
        let post = post.ok().await.id();
        let report = json!({"account_id": bert.id.to_string(), "status_ids": [post]});
        let report = house.post("/api/v1/reports").by(&anna).json(&report);
        let report = report.ok().await.id();

        // A report that comes to nothing.
        let closed = json!({"type": "none", "report_id": report});
        assert_eq!(acts(&house, &chief, bert.id, closed).await, 200);
        let of_bert = told(&house, &bert, KIND).await;
        assert_eq!(of_bert, Vec::<Value>::new());
        let path = format!("/api/v1/admin/reports/{report}");
        let shown = house.get(path).by(&chief).ok().await.json;
        assert_eq!(shown["action_taken"], true);
        // What holds already.
        for _ in 0..2 {
            let quiet = json!({"type": "silence"});
            assert_eq!(acts(&house, &chief, anna.id, quiet).await, 200);
            assert_eq!(told(&house, &anna, KIND).await.len(), 1);
        }
        // The posts of somebody else.
        let about = json!({"type": "none", "text": "Report no more.", "report_id": report});
        assert_eq!(acts(&house, &chief, anna.id, about).await, 200);
        let said = told(&house, &anna, KIND).await[0]["moderation_warning"].take();
        assert_eq!(
            (&said["text"], &said["status_ids"]),
            (&json!("Report no more."), &Value::Null)
        );
        // Words that would reach nobody are refused, with what goes with them.
        let silenced = async || {
            let path = format!("/api/v1/admin/accounts/{}", far.id);
            house.get(path).by(&chief).ok().await.json["silenced"].clone()
        };
        let hush = json!({"type": "silence", "text": "Hush."});
        assert_eq!(acts(&house, &chief, far.id, hush).await, 422);
        assert_eq!(silenced().await, false);
        let quiet = json!({"type": "silence", "send_email_notification": true});
        assert_eq!(acts(&house, &chief, far.id, quiet).await, 200);
        assert_eq!(silenced().await, true);
    }
}

#[actix_web::test]
async fn whoever_could_not_sign_in_reads_it_later() {
    let house = House::new().await;
    let chief = operator(&house, "chief", Role::Moderator).await;
    let anna = house.person("anna").await;
    let path = format!("/api/v1/admin/accounts/{}", anna.id);
    for (kind, undo) in [("disable", "enable"), ("suspend", "unsuspend")] {
        let act = json!({"type": kind, "text": "For a while."});
        assert_eq!(acts(&house, &chief, anna.id, act).await, 200);
        let own = house.get("/api/v1/notifications").by(&anna);
        own.fails(403).await;
        let undone = house.post(format!("{path}/{undo}")).by(&chief);
        undone.ok().await;
        let said = told(&house, &anna, KIND).await[0]["moderation_warning"].take();
        assert_eq!(said["action"], kind);
    }
    let others = format!("/api/v1/notifications?exclude_types[]={KIND}");
    let others = house.get(others).by(&anna).ok().await.json;
    assert_eq!(others, json!([]));
}

/// The keys are those of RFC 8291, section 5.
#[actix_web::test]
async fn an_application_that_asks_for_it_is_woken() {
    let house = House::new().await;
    let chief = operator(&house, "chief", Role::Admin).await;
    let anna = house.person("anna").await;
    let waiting = async || {
        let now = house.app.now();
        let due = house
            .app
            .store
            .read(move |db| jobs::peek(db, "pushes", now, &[], 10));
        due.await.unwrap().len()
    };
    for (alerts, pushes) in [(json!({"mention": true}), 0), (json!({KIND: true}), 1)] {
        let wish = json!({
            "subscription": {
                "endpoint": "https://push.test/1",
                "keys": {
                    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
                    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
                },
            },
            "data": {"alerts": alerts},
        });
        let call = house.post("/api/v1/push/subscription").by(&anna);
        call.json(&wish).ok().await;
        let act = json!({"type": "none", "text": "Be kind."});
        assert_eq!(acts(&house, &chief, anna.id, act).await, 200);
        assert_eq!(waiting().await, pushes);
    }
    let newest = told(&house, &anna, KIND).await[0]["id"].take();
    let newest: NotificationId = newest.as_str().unwrap().parse().unwrap();
    let push = Push {
        view: notifications::get(&house.app, anna.id, newest)
            .await
            .unwrap(),
        token: "token".to_owned(),
        locale: "en".to_owned(),
    };
    let text = kontor_mastodon_api::push_payload(&house.app.site, &push, 4000);
    let payload: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&payload["notification_type"], &payload["body"]),
        (&json!(KIND), &json!("Be kind."))
    );
}
