//! What becomes of accounts, between two servers, one on each database, both ways: asked for, changed, moved, suspended, deleted.

use kontor_tests::{Backend, holds};
use serde_json::json;

use super::social::{both_ways, stage, status};

async fn profiles_and_requests(first: Backend, second: Backend) {
    let stage = stage(first, second).await;
    let (alice, bob) = (&stage.alice, &stage.bob);
    let form = [
        ("display_name", "Bob of the harbour"),
        ("note", "keeps the cranes"),
        ("locked", "true"),
        ("fields_attributes[0][name]", "Berth"),
        ("fields_attributes[0][value]", "four"),
    ];
    let path = "/api/v1/accounts/update_credentials";
    bob.client.patch(path, &form).await.ok();
    holds("the profile arrives", || async {
        let shown = alice.account(&stage.bob_here).await;
        shown["display_name"] == "Bob of the harbour"
            && shown["locked"] == true
            && shown["note"].as_str().unwrap().contains("keeps the cranes")
            && shown["fields"][0]["name"] == "Berth"
    })
    .await;

    // Who is locked decides, and may decide otherwise later.
    let carol = stage.alpha.person("carol").await;
    let carol_there = bob.resolve(&carol.handle()).await;
    for (verdict, following) in [("reject", false), ("authorize", true)] {
        let asked = carol.follow(&stage.bob_here).await;
        assert_eq!(
            (&asked["following"], &asked["requested"]),
            (&json!(false), &json!(true))
        );
        holds("the request is there", || async {
            let list = bob.client.get("/api/v1/follow_requests").await.list();
            list.iter().any(|one| one["id"] == carol_there)
        })
        .await;
        let path = format!("/api/v1/follow_requests/{carol_there}/{verdict}");
        bob.client.post(&path, &[]).await.ok();
        holds(&format!("the verdict arrives: {verdict}"), || async {
            let now = carol.relationship(&stage.bob_here).await;
            now["requested"] == false && now["following"] == following
        })
        .await;
    }
    stage.at_rest().await;
}

async fn moves(first: Backend, second: Backend) {
    let stage = stage(first, second).await;
    let (alice, bob) = (&stage.alice, &stage.bob);
    // From the second server to the first, where a follower lives; another stays behind on the second.
    let bert = stage.alpha.person("bert").await;
    let carl = stage.beta.person("carl").await;
    carl.follows(&bob.id).await;
    let (old, new) = (&bob.handle()[1..], &bert.handle()[1..]);
    let refused = stage.beta.cli(&["account", "move", "bob", "--to", new], "");
    assert!(
        !refused.status.success(),
        "the new account does not know of it"
    );
    stage
        .alpha
        .run(&["account", "alias", "bert", "add", old], "");
    stage.beta.run(&["account", "move", "bob", "--to", new], "");
    holds("the follower of the other server goes along", || async {
        alice.relationship(&bert.id).await["following"] == true
            && alice.relationship(&stage.bob_here).await["following"] == false
    })
    .await;
    let bert_there = carl.resolve(&bert.handle()).await;
    holds("the follower of the same server goes along", || async {
        carl.relationship(&bert_there).await["following"] == true
            && carl.relationship(&bob.id).await["following"] == false
    })
    .await;
    bert.post("from my new place", "public").await;
    alice.sees("from my new place").await;
    carl.sees("from my new place").await;
    stage.at_rest().await;
    assert_eq!(bert.account(&bert.id).await["followers_count"], 2);
}

async fn suspension_and_deletion(first: Backend, second: Backend) {
    let stage = stage(first, second).await;
    let (alice, bob) = (&stage.alice, &stage.bob);
    let here = format!("/api/v1/statuses/{}", stage.post_here);
    alice
        .reply(&stage.post_here, "a word on it", "public")
        .await;
    holds("the answer arrives", || async {
        stage.at_home().await["replies_count"] == 1
    })
    .await;
    for _ in 0..2 {
        stage.beta.run(&["account", "suspend", "bob"], "");
    }
    holds("the other server takes it out of sight", || async {
        alice.client.get(&here).await.status == 404
    })
    .await;
    let home = alice.whole_home().await;
    assert!(!home.iter().any(|text| text == "worth a word"), "{home:?}");
    assert_eq!(alice.account(&stage.bob_here).await["suspended"], true);
    stage.beta.run(&["account", "unsuspend", "bob"], "");
    holds("it is back", || async {
        alice.client.get(&here).await.status == 200
    })
    .await;
    assert_eq!(stage.at_home().await["replies_count"], 1);
    bob.post("here again", "public").await;
    alice.sees("here again").await;

    let unsure = stage.beta.cli(&["account", "delete", "bob"], "");
    assert!(!unsure.status.success());
    stage.beta.run(&["account", "delete", "bob", "--yes"], "");
    let account = format!("/api/v1/accounts/{}", stage.bob_here);
    holds("it is gone on the other server", || async {
        alice.client.get(&here).await.status == 404
            && alice.client.get(&account).await.status != 200
    })
    .await;
    let stranger = stage.beta.stranger();
    let answer = stranger.get_as(&bob.actor(), kontor_tests::ACTIVITY).await;
    assert_eq!(answer.status, 410);
    assert_eq!(alice.whole_home().await, ["a word on it"]);
    assert!(alice.try_resolve(&bob.handle()).await.is_none());
    let me = alice.account(&alice.id).await;
    assert_eq!(
        (&me["following_count"], &me["followers_count"]),
        (&json!(0), &json!(0))
    );
    let mine = alice
        .client
        .get(&format!("/api/v1/accounts/{}/statuses", alice.id))
        .await
        .list();
    assert_eq!(
        status(alice, &kontor_tests::answer::id(&mine[0])).await["in_reply_to_id"],
        json!(null)
    );
    stage.at_rest().await;
}

both_ways! {
    profiles_and_requests: profiles_and_requests_from_sqlite, profiles_and_requests_from_postgres;
    moves: moves_from_sqlite, moves_from_postgres;
    suspension_and_deletion: suspension_and_deletion_from_sqlite, suspension_and_deletion_from_postgres;
}
