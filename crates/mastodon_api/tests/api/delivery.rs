//! Where a post went: for its author and for those who run the place.

use kontor_domain::{
    ids::{ActivityId, DeliveryId, PostId},
    user::Role,
};
use kontor_store::{
    activities::{self, Activity},
    deliveries::{self, End, NewDelivery, Priority},
    hosts,
};
use serde_json::{Value, json};

use crate::house::{House, Person};

/// A post that went to three peers: one has it, one is left alone, one refused it.
async fn posted(house: &House, author: &Person, visibility: &str) -> PostId {
    let status = house
        .call("POST", "/api/v1/statuses")
        .with(&author.token)
        .form(&format!("status=hello&visibility={visibility}"))
        .ok()
        .await;
    let id: PostId = status.id().parse().unwrap();
    let (by, now) = (author.id, house.app.now());
    let hour = std::time::Duration::from_secs(60 * 60);
    house
        .app
        .store
        .write(move |tx| {
            let activity = Activity {
                id: ActivityId(id.0),
                uri: format!("https://here.test/a/{id}"),
                account_id: by,
                body: "{}".to_owned(),
                object_uri: "o".to_owned(),
                post_id: Some(id),
                created_at: now,
            };
            activities::insert(tx, &activity)?;
            let rows: Vec<NewDelivery> = (0..3)
                .zip(["a.test", "b.test", "c.test"])
                .map(|(number, host)| NewDelivery {
                    id: DeliveryId(id.0 + number),
                    activity_id: ActivityId(id.0),
                    host: host.to_owned(),
                    inbox_url: format!("https://{host}/inbox"),
                    object_uri: "o".to_owned(),
                    priority: Priority::FanOut,
                    next_attempt_at: now,
                    created_at: now,
                })
                .collect();
            deliveries::insert_many(tx, &rows)?;
            let again = End::Again {
                at: now,
                status: None,
                why: "no answer in time".to_owned(),
            };
            let failed = End::Failed {
                status: Some(410),
                why: "the inbox answered 410".to_owned(),
            };
            let ends = [
                (DeliveryId(id.0), End::Delivered { status: 202 }),
                (DeliveryId(id.0 + 1), again),
                (DeliveryId(id.0 + 2), failed),
            ];
            deliveries::settle(tx, &ends, now)?;
            hosts::failed(tx, "b.test", now, Some(now + hour), "no answer in time")
        })
        .await
        .unwrap();
    id
}

async fn asked(house: &House, by: &Person, id: PostId, query: &str) -> (u16, Value) {
    let answer = house
        .call(
            "GET",
            format!("/api/kontor/v1/statuses/{id}/delivery{query}"),
        )
        .with(&by.token)
        .send()
        .await;
    (answer.status, answer.json)
}

#[actix_web::test]
async fn an_author_sees_where_a_post_went_and_what_became_of_it() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let id = posted(&house, &anna, "public").await;
    let (status, found) = asked(&house, &anna, id, "").await;
    assert_eq!(status, 200, "{found}");
    assert_eq!(
        (
            &found["delivered"],
            &found["waiting"],
            &found["failed"],
            &found["next"]
        ),
        (&json!(1), &json!(1), &json!(1), &Value::Null)
    );
    let states: Vec<_> = found["peers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|peer| {
            (
                peer["domain"].as_str().unwrap(),
                peer["state"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        states,
        [
            ("a.test", "delivered"),
            ("b.test", "waiting"),
            ("c.test", "failed")
        ]
    );
    let waiting = &found["peers"][1];
    assert_eq!(
        (
            &waiting["attempts"],
            &waiting["last_status"],
            &waiting["last_error"]
        ),
        (&json!(1), &Value::Null, &json!("no answer in time"))
    );
    // Not before its peer is asked again.
    let next = kontor_domain::time::parse(waiting["next_attempt_at"].as_str().unwrap()).unwrap();
    assert!(
        next > house.app.now() + std::time::Duration::from_secs(59 * 60),
        "{waiting}"
    );
    assert_eq!(found["peers"][2]["last_status"], 410);
    assert!(found["peers"][0]["last_delivered_at"].is_string());
}

#[actix_web::test]
async fn many_peers_come_in_pages() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let id = posted(&house, &anna, "public").await;
    let (_, first) = asked(&house, &anna, id, "?limit=2").await;
    assert_eq!(first["peers"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&first["next"], &first["failed"]),
        (&json!("b.test"), &json!(1))
    );
    let (_, second) = asked(&house, &anna, id, "?limit=2&after=b.test").await;
    assert_eq!(second["peers"][0]["domain"], "c.test");
    assert_eq!(second["next"], Value::Null);
}

#[actix_web::test]
async fn others_are_refused_and_learn_nothing_of_what_they_cannot_read() {
    let house = House::new().await;
    let (anna, other) = (house.person("anna").await, house.person("other").await);
    let moderator = house
        .person_as("mod", |_, user| user.role = Role::Moderator)
        .await;
    let open = posted(&house, &anna, "public").await;
    let closed = posted(&house, &anna, "direct").await;
    assert_eq!(asked(&house, &other, open, "").await.0, 403);
    assert_eq!(asked(&house, &other, closed, "").await.0, 404);
    assert_eq!(asked(&house, &other, PostId(1), "").await.0, 404);
    assert_eq!(asked(&house, &moderator, open, "").await.0, 200);
    assert_eq!(asked(&house, &moderator, closed, "").await.0, 200);
}
