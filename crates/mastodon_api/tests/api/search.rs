//! Search, here and at a peer.

use kontor_actions::{Found, accounts::Account};
use kontor_domain::{account::AccountKind, ids::AccountId};
use serde_json::json;

use crate::house::House;

#[actix_web::test]
async fn people_and_hashtags_are_found_by_their_beginning() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bertha").await);
    house
        .post("/api/v1/statuses")
        .by(&anna)
        .json(&json!({"status": "#Berlin and #Bern"}))
        .ok()
        .await;
    let found = house.get("/api/v2/search?q=ber").ok().await.json;
    assert_eq!(found["accounts"][0]["id"], bert.id.to_string());
    let mut tags: Vec<_> = found["hashtags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    tags.sort_unstable();
    assert_eq!(tags, ["berlin", "bern"]);
    assert_eq!(found["statuses"], json!([]));
    let only = house
        .get("/api/v2/search?q=ber&type=accounts&limit=1")
        .by(&anna)
        .ok()
        .await
        .json;
    assert_eq!(
        (
            only["accounts"].as_array().unwrap().len(),
            only["hashtags"].as_array().unwrap().len()
        ),
        (1, 0)
    );
    let only = house
        .get("/api/v2/search?q=%23ber&type=hashtags")
        .by(&anna)
        .ok()
        .await
        .json;
    assert_eq!(
        (
            only["accounts"].as_array().unwrap().len(),
            only["hashtags"].as_array().unwrap().len()
        ),
        (0, 2)
    );
    assert_eq!(
        house.get("/api/v2/search").ok().await.json,
        json!({"accounts": [], "statuses": [], "hashtags": [], "collections": []})
    );
    house.get("/api/v2/search?q=x&type=cats").fails(422).await;
}

/// The group `garden` at the peer.
async fn garden_away(house: &House) -> AccountId {
    let id = AccountId(house.app.id());
    let uri = "https://away.test/c/garden".to_owned();
    let row = kontor_store::testing::rows::remote_account(id.0, "garden", "away.test");
    let row = Account {
        handle: "!garden@away.test".to_owned(),
        kind: AccountKind::Group,
        url: uri.clone(),
        uri,
        ..row
    };
    let insert = house
        .app
        .store
        .write(move |tx| kontor_store::accounts::insert(tx, &row));
    insert.await.unwrap();
    id
}

#[actix_web::test]
async fn a_group_is_found_by_its_sign_and_a_person_of_its_name_by_theirs() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let ours = crate::communities::made(&house, &anna, json!({})).await;
    let id = garden_away(&house).await;
    house.elsewhere.knows("!bees@away.test", Found::Account(id));
    let first = |q: &'static str| {
        let call = house.get(format!("/api/v2/search?{q}")).by(&anna);
        async move { call.ok().await.json["accounts"][0]["id"].clone() }
    };
    let group = json!(id.to_string());
    for q in [
        "q=!garden@away.test",
        "q=!garden@away.test&resolve=true",
        "q=@garden@away.test&resolve=true",
        "q=!bees@away.test&resolve=true",
    ] {
        assert_eq!(first(q).await, group, "{q}");
    }
    assert_eq!(first("q=!garden").await, json!(ours));
    let person = house.stranger("garden").await;
    assert_eq!(
        first("q=@garden@away.test&resolve=true").await,
        json!(person.id.to_string())
    );
    assert_eq!(first("q=!garden@away.test&resolve=true").await, group);
    let lookup = |acct: &str| house.get(format!("/api/v1/accounts/lookup?acct={acct}"));
    for (acct, id) in [
        ("!garden@away.test", id),
        ("@garden@away.test", person.id),
        ("garden@away.test", person.id),
    ] {
        let found = lookup(acct).ok().await.json;
        assert_eq!(found["id"], id.to_string(), "{acct}");
        assert_eq!(found["acct"], "garden@away.test");
    }
    lookup("!anna").fails(404).await;
}

#[actix_web::test]
async fn a_group_and_a_person_of_its_name_are_linked_to_in_a_post() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    garden_away(&house).await;
    let person = house.stranger("garden").await;
    let text = json!({"status": "!garden@away.test @garden@away.test"});
    let post = house.post("/api/v1/statuses").by(&anna).json(&text);
    let post = post.ok().await.json;
    let mentions = post["mentions"].as_array().unwrap();
    let mut named: Vec<&str> = mentions
        .iter()
        .map(|it| it["url"].as_str().unwrap())
        .collect();
    named.sort_unstable();
    assert_eq!(named, [person.url.as_str(), "https://away.test/c/garden"]);
    let content = post["content"].as_str().unwrap();
    assert!(content.contains(">!<span>garden</span>"), "{content}");
    assert!(content.contains(">@<span>garden</span>"), "{content}");
}

#[actix_web::test]
async fn a_peer_is_asked_only_by_persons_who_want_it() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let far = house.stranger("farah").await;
    let there = house.arrived(&far, |_| {}).await;
    house
        .elsewhere
        .knows("farah@away.test", Found::Account(far.id));
    house
        .elsewhere
        .knows("https://away.test/posts/9", Found::Post(there));
    let resolve = |q: &str| house.get(format!("/api/v2/search?resolve=true&q={q}"));
    assert_eq!(
        resolve("@farah@away.test").by(&anna).ok().await.json["accounts"][0]["acct"],
        "farah@away.test"
    );
    assert_eq!(
        resolve("https://away.test/posts/9")
            .by(&anna)
            .ok()
            .await
            .json["statuses"][0]["id"],
        there.to_string()
    );
    assert_eq!(
        resolve("https://away.test/posts/9&account_id=1")
            .by(&anna)
            .ok()
            .await
            .json["statuses"],
        json!([])
    );
    assert_eq!(
        resolve("@nobody@away.test").by(&anna).ok().await.json["accounts"],
        json!([]),
        "what is not found is no error"
    );
    let unasked = house
        .get("/api/v2/search?q=https://away.test/posts/9")
        .by(&anna)
        .ok()
        .await
        .json;
    assert_eq!(unasked["statuses"], json!([]));
    resolve("@farah@away.test").fails(401).await;
    house.get("/api/v2/search?q=a&offset=5").fails(401).await;
}

#[actix_web::test]
async fn the_address_of_a_post_here_finds_it_for_its_readers() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let post = house
        .post("/api/v1/statuses")
        .by(&anna)
        .form("status=x&visibility=private")
        .ok()
        .await;
    let url = post.json["url"].as_str().unwrap();
    let find = |by| {
        house
            .get(format!("/api/v2/search?resolve=true&q={url}"))
            .by(by)
    };
    assert_eq!(find(&anna).ok().await.json["statuses"][0]["id"], post.id());
    assert_eq!(find(&bert).ok().await.json["statuses"], json!([]));
}

#[actix_web::test]
async fn accounts_are_searched_alone_too() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let berta = house.person("berta").await;
    let far = house.stranger("farah").await;
    house
        .elsewhere
        .knows("farah@away.test", Found::Account(far.id));
    house.follows(anna.id, berta.id).await;
    let get = |query: &str| {
        house
            .get(format!("/api/v1/accounts/search?{query}"))
            .by(&anna)
    };
    let mut found: Vec<String> = get("q=bert")
        .ok()
        .await
        .ids()
        .iter()
        .map(|id| (*id).to_owned())
        .collect();
    found.sort();
    assert_eq!(found, [bert.id.to_string(), berta.id.to_string()]);
    assert_eq!(
        get("q=bert&following=true").ok().await.ids(),
        [berta.id.to_string()]
    );
    assert_eq!(get("q=bert&limit=1").ok().await.ids().len(), 1);
    assert_eq!(
        get("q=farah@away.test&resolve=true").ok().await.ids(),
        [far.id.to_string()]
    );
    assert_eq!(get("q=").ok().await.json, json!([]));
}

#[actix_web::test]
async fn posts_are_found_by_their_words_and_operators() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let open = house
        .person_as("olga", |account, _| account.indexable = true)
        .await;
    let say = async |who, text: &str| {
        let call = house.post("/api/v1/statuses").by(who);
        call.json(&json!({"status": text})).ok().await.id()
    };
    let mine = say(&anna, "A lighthouse at night").await;
    let offered = say(&open, "Our lighthouse, by day #Coast").await;
    say(&bert, "A lighthouse that is not offered").await;
    let find = async |query: &str| {
        let path = format!("/api/v2/search?{query}");
        let found = house.get(path).by(&anna).ok().await.json;
        let ids = found["statuses"].as_array().unwrap().iter();
        ids.map(|status| status["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let both = [offered.clone(), mine.clone()];
    assert_eq!(find("q=LIGHTHOUSE").await, both);
    assert_eq!(find("q=lighthouse&type=statuses&limit=1").await, both[..1]);
    assert_eq!(find("q=lighthouse&type=statuses&offset=1").await, both[1..]);
    assert_eq!(
        find("q=lighthouse&offset=1").await,
        both,
        "without a type there is no offset"
    );
    assert_eq!(
        find(&format!("q=lighthouse&max_id={offered}")).await,
        both[1..]
    );
    assert_eq!(
        find(&format!("q=lighthouse&min_id={mine}")).await,
        both[..1]
    );
    assert_eq!(
        find(&format!("q=lighthouse&account_id={}", anna.id)).await,
        both[1..]
    );
    assert_eq!(find("q=lighthouse+-night").await, both[..1]);
    assert_eq!(find("q=%22at+night%22").await, both[1..]);
    assert_eq!(find("q=from:olga+%23coast").await, both[..1]);
    assert_eq!(find("q=lighthouse+in:library").await, both[1..]);
    assert!(find("q=lighthouse&type=accounts").await.is_empty());
    assert!(find("q=lighthous").await.is_empty());
    let nobody = house.get("/api/v2/search?q=lighthouse").ok().await.json;
    assert_eq!(nobody["statuses"], json!([]), "for those who signed in");
    for (query, why) in [
        (
            "q=before:soon",
            "q says before:soon, and a day is written as 2026-01-31",
        ),
        ("q=x&type=statuses&offset=1001", "offset is more than 1000"),
    ] {
        let answer = house
            .get(format!("/api/v2/search?{query}"))
            .by(&anna)
            .fails(422)
            .await;
        assert_eq!(answer, format!("Validation failed: {why}"));
    }
}
