//! What people are told: notifications one by one and in groups, who is held back, conversations, announcements, pushes, streams.

use kontor_actions::announcements::{self, Draft};
use serde_json::{Value, json};

use super::{Cast, Tour, id};
use crate::house::Person;

pub(super) async fn are_told(tour: &Tour, cast: &Cast) {
    let anna = &cast.anna;
    one_by_one(tour, anna).await;
    in_groups(tour, anna).await;
    let several = tour.gets(anna, "/api/v1/notifications").await;
    let ids = several.ids();
    let old = json!({"id": ids[0]});
    tour.posts(anna, "/api/v1/notifications/dismiss", old).await;
    let two = format!(
        "/api/v1/notifications/destroy_multiple?ids[]={}&ids[]={}",
        ids[1], ids[2]
    );
    tour.deletes(anna, &two).await;
    tour.does(anna, "/api/v1/notifications/clear").await;
    strangers_are_held_back(tour, cast).await;
    conversations_and_news(tour, anna).await;
    applications_are_woken(tour, anna).await;
    for stream in [
        "user",
        "user/notification",
        "public",
        "public/local",
        "public/remote",
        "hashtag?tag=ski",
        "hashtag/local?tag=ski",
        "direct",
    ] {
        let path = format!("/api/v1/streaming/{stream}");
        let opened = tour.gets(anna, &path).await;
        assert_eq!(opened.header("content-type"), Some("text/event-stream"));
    }
}

async fn one_by_one(tour: &Tour, anna: &Person) {
    let all = tour.gets(anna, "/api/v1/notifications?limit=40").await;
    let kinds = all.each("type");
    for kind in ["mention", "favourite", "reblog", "quote"] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    let path = format!("/api/v1/notifications/{}", all.ids()[0]);
    tour.gets(anna, &path).await;
    tour.does(anna, &format!("{path}/dismiss")).await;
    tour.gets(anna, "/api/v1/notifications/unread_count").await;
}

/// By the address of today and by that of the first attempts.
async fn in_groups(tour: &Tour, anna: &Person) {
    for base in ["/api/v2/notifications", "/api/v2_alpha/notifications"] {
        let all = tour.gets(anna, base).await.json;
        let groups = all["notification_groups"].as_array().unwrap();
        let favourites = groups.iter().find(|group| group["type"] == "favourite");
        let group = favourites.unwrap_or(&groups[0]);
        let key = group["group_key"].as_str().unwrap();
        let one = format!("{base}/{key}");
        tour.gets(anna, &one).await;
        tour.gets(anna, &format!("{one}/accounts")).await;
        tour.gets(anna, &format!("{base}/unread_count")).await;
        tour.does(anna, &format!("{one}/dismiss")).await;
    }
}

/// Four strangers write to dora: she hears one after the other, or not.
async fn strangers_are_held_back(tour: &Tour, cast: &Cast) {
    let dora = &cast.dora;
    let (v1, v2) = (
        "/api/v1/notifications/policy",
        "/api/v2/notifications/policy",
    );
    tour.changes(dora, v2, json!({"for_not_following": "filter"}))
        .await;
    tour.changes(dora, v1, json!({"filter_not_following": true}))
        .await;
    for policy in [v1, v2] {
        tour.gets(dora, policy).await;
    }
    for who in [&cast.anna, &cast.bert, &cast.carl, &cast.eve] {
        let body = json!({"status": "@dora hello"});
        tour.posts(who, "/api/v1/statuses", body).await;
    }
    tour.house.settle().await;
    let base = "/api/v1/notifications/requests";
    let requests = tour.gets(dora, base).await;
    let ids = requests.ids();
    assert_eq!(ids.len(), 4);
    tour.gets(dora, &format!("{base}/{}", ids[0])).await;
    tour.does(dora, &format!("{base}/{}/accept", ids[0])).await;
    tour.does(dora, &format!("{base}/{}/dismiss", ids[1])).await;
    for (answer, at) in [("accept", 2), ("dismiss", 3)] {
        let path = format!("{base}/{answer}");
        tour.posts(dora, &path, json!({"id": [ids[at]]})).await;
    }
    tour.gets(dora, &format!("{base}/merged")).await;
}

async fn conversations_and_news(tour: &Tour, anna: &Person) {
    let list = tour.gets(anna, "/api/v1/conversations").await.json;
    let path = format!("/api/v1/conversations/{}", id(&list[0]));
    for mark in ["read", "unread"] {
        tour.does(anna, &format!("{path}/{mark}")).await;
    }
    tour.deletes(anna, &path).await;
    let draft = Draft {
        text: "Hello @anna, #news".to_owned(),
        starts_at: None,
        ends_at: None,
        all_day: false,
    };
    let told = announcements::create(&tour.house.app, draft).await.unwrap();
    let path = format!("/api/v1/announcements/{told}");
    let party = format!("{path}/reactions/%F0%9F%8E%89");
    tour.call(anna, "PUT", &party, None).await;
    let list = tour.gets(anna, "/api/v1/announcements").await.json;
    assert_ne!(list[0]["reactions"], json!([]));
    tour.deletes(anna, &party).await;
    tour.does(anna, &format!("{path}/dismiss")).await;
}

/// The keys are those of RFC 8291, section 5.
async fn applications_are_woken(tour: &Tour, anna: &Person) {
    let path = "/api/v1/push/subscription";
    let wish = json!({
        "subscription": {
            "endpoint": "https://push.test/1",
            "keys": {
                "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
                "auth": "BTBZMqHH6r4Tts7J_aSIgg",
            },
            "standard": true,
        },
        "data": {"alerts": {"mention": true}, "policy": "all"},
    });
    let made = tour.posts(anna, path, wish).await.json;
    assert_eq!(made["alerts"]["mention"], true);
    let change: Value = json!({"data": {"alerts": {"follow": true}}});
    let changed = tour.changes(anna, path, change).await.json;
    assert_eq!(changed["alerts"]["follow"], true);
    assert_eq!(tour.gets(anna, path).await.json, changed);
    tour.deletes(anna, path).await;
}
