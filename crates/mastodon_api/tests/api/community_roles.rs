//! Who owns communities and looks after them, and which of them this server shows before others.

use kontor_domain::user::Role;
use serde_json::{Value, json};

use crate::{
    communities::{BASE, id, made, posted, status},
    house::{House, Person},
};

async fn admin(house: &House) -> Person {
    house
        .person_as("chief", |_, user| user.role = Role::Admin)
        .await
}

#[actix_web::test]
async fn members_become_owners_and_moderators() {
    let house = House::new().await;
    let (anna, bert, cleo) = (
        house.person("anna").await,
        house.person("bert").await,
        house.person("cleo").await,
    );
    let garden = made(&house, &anna, json!({})).await;
    let member = |who: &Person| format!("{BASE}/{garden}/members/{}", who.id);
    let role = |role: &str| json!({"role": role});
    let join = format!("{BASE}/{garden}/join");
    house.post(&join).by(&bert).ok().await;
    let patch =
        |by: &Person, who: &Person, word: &str| house.patch(member(who)).by(by).json(&role(word));
    for word in ["owner", "moderator"] {
        patch(&bert, &bert, word).fails(403).await;
    }
    for (who, word) in [(&cleo, "owner"), (&anna, "moderator"), (&bert, "king")] {
        let why = patch(&anna, who, word).fails(422).await.to_lowercase();
        let field = if word == "owner" { "account" } else { "role" };
        assert!(why.contains(field), "{word}: {why}");
    }
    let seen = patch(&anna, &bert, "owner").ok().await.json;
    assert_eq!(seen["single_owner"], false);
    let named = |seen: &Value| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let moderators = seen["moderators"].as_array().unwrap();
        let mut named: Vec<_> = moderators
            .iter()
            .map(|one| (text(&one["account"]["username"]), text(&one["role"])))
            .collect();
        named.sort();
        named
    };
    let pair = |name: &str, role: &str| (name.to_owned(), role.to_owned());
    assert_eq!(named(&seen), [pair("anna", "owner"), pair("bert", "owner")]);
    let seen = patch(&anna, &anna, "moderator").ok().await.json;
    assert_eq!(
        named(&seen),
        [pair("anna", "moderator"), pair("bert", "owner")]
    );
    assert_eq!(seen["single_owner"], true);
    assert_eq!(seen["role"], "moderator");
    // The new owner decides, and whoever is a moderator gives that up by themselves.
    patch(&anna, &cleo, "moderator").fails(403).await;
    patch(&bert, &cleo, "moderator").ok().await;
    let seen = patch(&anna, &anna, "member").ok().await.json;
    assert_eq!(
        (&seen["role"], &seen["membership"]),
        (&Value::Null, &json!("member"))
    );
    let log = house.get(format!("{BASE}/{garden}/log")).ok().await.json;
    let lines: Vec<(&str, &str)> = log
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            (
                line["action"].as_str().unwrap(),
                line["role"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            ("moderator_removed", "moderator"),
            ("moderator_added", "owner"),
            ("owner_removed", "owner"),
            ("owner_added", "owner"),
        ]
    );
}

#[actix_web::test]
async fn who_looks_after_it_is_told_by_one_rule() {
    let house = House::new().await;
    let (anna, bert, cleo) = (
        house.person("anna").await,
        house.person("bert").await,
        house.person("cleo").await,
    );
    let chief = admin(&house).await;
    let garden = made(&house, &anna, json!({"names_moderators": false})).await;
    let path = format!("{BASE}/{garden}");
    for who in [&bert, &cleo] {
        house.post(format!("{path}/join")).by(who).ok().await;
    }
    let role = json!({"role": "moderator"});
    let member = format!("{path}/members/{}", bert.id);
    house.patch(&member).by(&anna).json(&role).ok().await;
    for (who, told) in [
        (None, false),
        (Some(&cleo), false),
        (Some(&bert), true),
        (Some(&anna), true),
        (Some(&chief), true),
    ] {
        let get = |path: &str| match who {
            Some(who) => house.get(path).by(who),
            None => house.get(path),
        };
        let seen = get(&path).ok().await.json;
        let listed = get(BASE).ok().await.json[0].take();
        let count = if told { 2 } else { 0 };
        for seen in [&seen, &listed] {
            assert_eq!(seen["moderators"].as_array().unwrap().len(), count);
            // How many own it says of nobody who they are.
            assert_eq!(seen["owners_count"], 1);
            assert_eq!(seen["single_owner"], true);
        }
        let log = get(&format!("{path}/log")).ok().await.json;
        assert_eq!(log[0]["action"], "moderator_added");
        assert_eq!(log[0]["account"].is_object(), told, "{log}");
    }
    let members = format!("/api/v1/groups/{garden}/members");
    let named = house.get(&members).by(&cleo).ok().await.json;
    assert_eq!(named, json!([]));
    let named = house.get(&members).by(&bert).ok().await.json;
    assert_eq!(named.as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn administrators_say_which_communities_come_first() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let chief = admin(&house).await;
    let garden = made(&house, &anna, json!({})).await;
    let pond = made(&house, &anna, json!({"name": "pond"})).await;
    let featured = format!("{BASE}?featured=true");
    assert_eq!(house.get(&featured).ok().await.json, json!([]));
    let feature = format!("{BASE}/{garden}/feature");
    house.post(&feature).by(&anna).fails(403).await;
    for _ in 0..2 {
        let seen = house.post(&feature).by(&chief).ok().await.json;
        assert_eq!(seen["featured"], true);
    }
    let listed = house.get(&featured).ok().await.json;
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(id(&listed[0]), garden);
    let all = house.get(BASE).ok().await.json;
    assert_eq!([id(&all[0]), id(&all[1])], [&pond, &garden]);
    let log = house.get(format!("{BASE}/{garden}/log")).ok().await.json;
    let lines = log.as_array().unwrap();
    assert_eq!(lines.len(), 1, "once");
    assert_eq!(
        (&lines[0]["action"], &lines[0]["role"]),
        (&json!("featured"), &json!("administrator"))
    );
    let unfeature = format!("{BASE}/{garden}/unfeature");
    house.post(&unfeature).by(&anna).fails(403).await;
    let seen = house.post(&unfeature).by(&chief).ok().await.json;
    assert_eq!(seen["featured"], false);
    assert_eq!(house.get(&featured).ok().await.json, json!([]));
    let nothing = format!("{BASE}/{}/feature", anna.id);
    house.post(nothing).by(&chief).fails(404).await;
}

/// What Lemmy calls to feature a post in its community is to pin it.
#[actix_web::test]
async fn a_post_is_featured_in_its_community() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let garden = made(&house, &anna, json!({})).await;
    let thread = posted(&house, &anna, &status("@garden seeds")).await;
    let pinned = format!("/api/v1/accounts/{garden}/statuses?pinned=true");
    let verb = |verb: &str| format!("{BASE}/{garden}/posts/{}/{verb}", id(&thread));
    house.post(verb("feature")).by(&anna).ok().await;
    let shown = house.get(&pinned).ok().await.json;
    assert_eq!(id(&shown[0]), id(&thread));
    house.post(verb("unfeature")).by(&anna).ok().await;
    assert_eq!(house.get(&pinned).ok().await.json, json!([]));
}
