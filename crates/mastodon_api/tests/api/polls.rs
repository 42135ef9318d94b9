//! Polls as clients make, see and answer them.

use serde_json::{Value, json};

use crate::house::House;

/// Where the poll of a post is.
fn at(made: &Value) -> String {
    format!("/api/v1/polls/{}", made["poll"]["id"].as_str().unwrap())
}

fn poll(status: &str, poll: &Value) -> Value {
    json!({"status": status, "poll": poll})
}

#[actix_web::test]
async fn a_poll_is_made_seen_and_answered() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    // As forms and sloppy JSON have it.
    let made = house.post("/api/v1/statuses").by(&anna).form("status=what&poll[options][]=tea&poll[options][]=milk&poll[expires_in]=3600&poll[hide_totals]=true").ok().await.json;
    let shown = &made["poll"];
    assert_eq!(
        (
            &shown["multiple"],
            &shown["expired"],
            &shown["voters_count"]
        ),
        (&json!(false), &json!(false), &json!(0))
    );
    assert_eq!(
        shown["options"],
        json!([{"title": "tea", "votes_count": null}, {"title": "milk", "votes_count": null}])
    );
    assert_eq!(
        (&shown["voted"], &shown["own_votes"]),
        (&json!(true), &json!([])),
        "the author sees the results"
    );
    assert_ne!(shown["id"], made["id"], "a poll has an id of its own");
    let id = made["id"].as_str().unwrap();
    house.get(format!("/api/v1/polls/{id}")).fails(404).await;
    let path = at(&made);
    let anyone = house.get(&path).ok().await.json;
    assert!(anyone.get("voted").is_none());
    let votes = format!("{path}/votes");
    house
        .post(&votes)
        .by(&anna)
        .json(&json!({"choices": [0]}))
        .fails(422)
        .await;
    house
        .post(&votes)
        .by(&bert)
        .json(&json!({"choices": [0, 1]}))
        .fails(422)
        .await;
    house
        .post(&votes)
        .by(&bert)
        .json(&json!({"choices": [7]}))
        .fails(422)
        .await;
    house
        .post(&votes)
        .by(&bert)
        .json(&json!({"choices": []}))
        .fails(422)
        .await;
    let voted = house
        .post(&votes)
        .by(&bert)
        .form("choices[]=1")
        .ok()
        .await
        .json;
    assert_eq!(
        (&voted["voted"], &voted["own_votes"], &voted["voters_count"]),
        (&json!(true), &json!([1]), &json!(1))
    );
    house
        .post(&votes)
        .by(&bert)
        .json(&json!({"choices": ["1"]}))
        .fails(422)
        .await;
}

#[actix_web::test]
async fn other_choices_are_another_poll() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let first = poll(
        "what",
        &json!({"options": ["tea", "milk"], "expires_in": 3600}),
    );
    let made = house
        .post("/api/v1/statuses")
        .by(&anna)
        .json(&first)
        .ok()
        .await
        .json;
    let votes = format!("{}/votes", at(&made));
    house
        .post(&votes)
        .by(&bert)
        .json(&json!({"choices": [1]}))
        .ok()
        .await;
    let path = format!("/api/v1/statuses/{}", made["id"].as_str().unwrap());
    let edit = poll(
        "what",
        &json!({"options": ["tea", "water"], "expires_in": "3600", "multiple": "true"}),
    );
    let edited = house.put(&path).by(&anna).json(&edit).ok().await.json;
    let asked = &edited["poll"];
    assert_eq!(
        (&asked["id"], &asked["votes_count"], &asked["multiple"]),
        (&made["poll"]["id"], &json!(0), &json!(true))
    );
    let history = house.get(format!("{path}/history")).ok().await.json;
    assert_eq!(history[0]["poll"]["options"][1]["title"], "milk");
    assert_eq!(history[1]["poll"]["options"][1]["title"], "water");
    let report = house
        .app
        .store
        .read(kontor_store::check::check)
        .await
        .unwrap();
    assert!(report.is_sound(), "{report:?}");
}

/// As with Mastodon: its clients leave out the poll that is to go.
#[actix_web::test]
async fn an_edit_without_a_poll_takes_it_away() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let wish = json!({"options": ["tea", "milk"], "expires_in": 3600});
    let made = house.post("/api/v1/statuses").by(&anna);
    let made = made.json(&poll("what", &wish)).ok().await;
    let path = format!("/api/v1/statuses/{}", made.id());
    let votes = format!("{}/votes", at(&made.json));
    let vote = house.post(&votes).by(&bert).json(&json!({"choices": [1]}));
    vote.ok().await;
    // The same poll is no other.
    let same = house.put(&path).by(&anna).json(&poll("what", &wish));
    let same = same.ok().await.json;
    assert_eq!(
        (&same["poll"]["votes_count"], &same["edited_at"]),
        (&json!(1), &json!(null))
    );
    let edited = house.put(&path).by(&anna).form("status=never+mind");
    let edited = edited.ok().await.json;
    assert_eq!(edited["poll"], json!(null));
    house.get(at(&made.json)).fails(404).await;
    let history = house.get(format!("{path}/history")).ok().await.json;
    assert_eq!(history[0]["poll"]["options"][1]["title"], "milk");
    assert!(history[1]["poll"].is_null());
    let report = house
        .app
        .store
        .read(kontor_store::check::check)
        .await
        .unwrap();
    assert!(report.is_sound(), "{report:?}");
}

#[actix_web::test]
async fn what_is_no_poll_is_refused() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    for bad in [
        json!({"options": ["a"], "expires_in": 3600}),
        json!({"options": ["a", "a"], "expires_in": 3600}),
        json!({"options": ["a", " "], "expires_in": 3600}),
        json!({"options": ["a", "b"]}),
        json!({"options": ["a", "b"], "expires_in": 10}),
        json!({"options": ["a", "b"], "expires_in": 99_999_999}),
        json!({"options": ["a", "x".repeat(200)], "expires_in": 3600}),
        json!({"options": ["1", "2", "3", "4", "5", "6", "7", "8", "9"], "expires_in": 3600}),
    ] {
        let why = house
            .post("/api/v1/statuses")
            .by(&anna)
            .json(&poll("x", &bad))
            .fails(422)
            .await;
        assert!(why.contains("poll"), "{bad}: {why}");
    }
    let plain = house
        .post("/api/v1/statuses")
        .by(&anna)
        .json(&json!({"status": "x"}))
        .ok()
        .await;
    house
        .get(format!("/api/v1/polls/{}", plain.id()))
        .fails(404)
        .await;
}

#[actix_web::test]
async fn a_poll_is_for_those_who_may_read_its_post() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let body = json!({"status": "friends", "visibility": "private", "poll": {"options": ["a", "b"], "expires_in": 3600}});
    let made = house
        .post("/api/v1/statuses")
        .by(&anna)
        .json(&body)
        .ok()
        .await;
    let path = at(&made.json);
    house.get(&path).by(&bert).fails(404).await;
    house.get(&path).fails(404).await;
    house
        .post(format!("{path}/votes"))
        .by(&bert)
        .json(&json!({"choices": [0]}))
        .fails(404)
        .await;
}
