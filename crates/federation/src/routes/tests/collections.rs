//! Collections over HTTP.

use serde_json::json;

use super::*;

/// Follows `next` from the first page to the end: how many items each page had, and all of them.
async fn walk(house: &House, address: &str, items: &str) -> (Vec<usize>, Vec<Value>) {
    let collection = house.document(path(address)).await.json();
    let mut next = collection["first"].as_str().map(ToOwned::to_owned);
    let (mut sizes, mut all) = (Vec::new(), Vec::new());
    while let Some(address) = next {
        let page = house.document(path(&address)).await.json();
        assert_eq!(page["id"], address);
        assert_eq!(page["partOf"], collection["id"]);
        let found = page[items].as_array().unwrap();
        sizes.push(found.len());
        all.extend(found.iter().cloned());
        next = page["next"].as_str().map(ToOwned::to_owned);
    }
    (sizes, all)
}

#[actix_web::test]
async fn an_outbox_holds_what_is_open_and_nothing_else() {
    let house = House::new().await;
    let follower = house.remote(21, "fred", "friend.test").await;
    house.follow(follower.id, house.ann.id).await;
    let mut open = Vec::new();
    for n in 0..45 {
        let audience = [
            Audience::Public,
            Audience::Followers,
            Audience::Unlisted,
            Audience::Direct,
        ][n % 4];
        let view = house
            .publish(&house.ann, &format!("{n} @fred@friend.test"), audience)
            .await;
        if audience.is_open() {
            open.push(view.post.uri.clone());
        }
    }
    let collection = house.document("/users/11/outbox").await.json();
    assert_eq!(collection["type"], "OrderedCollection");
    assert_eq!(collection["totalItems"], open.len());
    let (sizes, items) = walk(&house, "https://here.test/users/11/outbox", "orderedItems").await;
    assert_eq!(sizes, [20, 3]);
    let ids: Vec<&str> = items
        .iter()
        .map(|item| item["object"]["id"].as_str().unwrap())
        .collect();
    let newest_first: Vec<&str> = open.iter().rev().map(String::as_str).collect();
    assert_eq!(ids, newest_first);
    assert!(items.iter().all(|item| item["type"] == "Create"));
    // Whoever asks: the page is one for all.
    let signed = house
        .signed("/users/11/outbox?page=true", &follower)
        .await
        .json();
    assert_eq!(signed["orderedItems"], json!(items[..20]));
}

#[actix_web::test]
async fn pages_lead_back() {
    let house = House::new().await;
    for n in 0..25 {
        house
            .publish(&house.ann, &n.to_string(), Audience::Public)
            .await;
    }
    let first = house.document("/users/11/outbox?page=true").await.json();
    let second = house
        .document(path(first["next"].as_str().unwrap()))
        .await
        .json();
    assert_eq!(second["orderedItems"].as_array().unwrap().len(), 5);
    let back = house
        .document(path(second["prev"].as_str().unwrap()))
        .await
        .json();
    assert_eq!(back["orderedItems"], first["orderedItems"]);
    let beyond = house
        .document(path(first["prev"].as_str().unwrap()))
        .await
        .json();
    assert_eq!(
        (&beyond["orderedItems"], beyond.get("next")),
        (&json!([]), None)
    );
}

#[actix_web::test]
async fn followers_and_following() {
    let house = House::new().await;
    let mut followers = Vec::new();
    for n in 0..50 {
        let account = house.remote(100 + n, &format!("p{n}"), "many.test").await;
        house.follow(account.id, house.ann.id).await;
        followers.push(json!(account.uri));
    }
    house.follow(house.ann.id, house.bob.id).await;
    // Asked, and not yet accepted.
    house.follow(house.ann.id, AccountId(100)).await;
    assert_eq!(
        house.document("/users/11/followers").await.json()["totalItems"],
        50
    );
    let (sizes, items) = walk(
        &house,
        "https://here.test/users/11/followers",
        "orderedItems",
    )
    .await;
    assert_eq!(sizes, [40, 10]);
    followers.reverse();
    assert_eq!(items, followers);
    assert_eq!(
        house.document("/users/11/following").await.json()["totalItems"],
        1
    );
    let (_, items) = walk(
        &house,
        "https://here.test/users/11/following",
        "orderedItems",
    )
    .await;
    assert_eq!(items, [json!(house.bob.uri)]);
    // Who keeps them to themselves says how many they are.
    let hidden = kontor_actions::accounts::ProfileChange {
        hide_collections: Some(true),
        ..Default::default()
    };
    kontor_actions::accounts::update_profile(&house.app, house.ann.id, hidden)
        .await
        .unwrap();
    for (which, many) in [("followers", 50), ("following", 1)] {
        let address = format!("/users/11/{which}");
        let collection = house.document(&address).await.json();
        assert_eq!(
            (&collection["totalItems"], collection.get("first")),
            (&json!(many), None)
        );
        for part in ["page=true", "max_id=9000000000000000000"] {
            let page = house.document(&format!("{address}?{part}")).await;
            assert_eq!(page.status, 404, "{which} {part}");
        }
    }
}

#[actix_web::test]
async fn nothing_is_pinned() {
    let house = House::new().await;
    let featured = house.document("/users/11/featured").await.json();
    assert_eq!(featured["id"], "https://here.test/users/11/featured");
    assert_eq!(
        (&featured["totalItems"], &featured["orderedItems"]),
        (&json!(0), &json!([]))
    );
}

#[actix_web::test]
async fn replies_that_everyone_may_read() {
    let house = House::new().await;
    let fred = house.remote(21, "fred", "friend.test").await;
    let parent = house.publish(&house.ann, "Well?", Audience::Public).await;
    let mut open = Vec::new();
    for n in 0..45 {
        let audience = if n == 7 {
            Audience::Followers
        } else {
            Audience::Public
        };
        let view = house
            .answer(&house.bob, &n.to_string(), audience, Some(parent.post.id))
            .await;
        if audience.is_open() {
            open.push(json!(view.post.uri));
        }
    }
    let post = kontor_store::posts::Post {
        uri: "https://friend.test/notes/1".to_owned(),
        ..cast::reply(i64::MAX - 1, &fred, &parent.post)
    };
    house
        .app
        .store
        .write(move |tx| kontor_store::posts::insert(tx, &post))
        .await
        .unwrap();
    open.push(json!("https://friend.test/notes/1"));
    // An answer to an answer is not an answer to this.
    let nested = open[0]
        .as_str()
        .unwrap()
        .rsplit('/')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    house
        .answer(&house.ann, "nested", Audience::Public, Some(nested))
        .await;

    let collection = house
        .document(&format!("{}/replies", path(&parent.post.uri)))
        .await
        .json();
    assert_eq!(collection["type"], "Collection");
    assert_eq!(collection["totalItems"], 44);
    let (sizes, items) = walk(&house, &format!("{}/replies", parent.post.uri), "items").await;
    assert_eq!(sizes, [40, 5]);
    assert_eq!(items, open);
}

#[actix_web::test]
async fn nonsense_for_a_page_is_told() {
    let house = House::new().await;
    for path in [
        "/users/11/outbox?max_id=x",
        "/users/11/followers?min_id=1.5",
        "/users/x/outbox",
        "/users/99/followers",
    ] {
        let got = house.document(path).await;
        assert!(got.status.is_client_error(), "{path}: {}", got.status);
        assert_eq!(
            got.header("content-type"),
            "application/problem+json",
            "{path}"
        );
    }
}
