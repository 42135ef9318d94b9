//! A locked account: the follow waits for its answer, and both servers agree on what it is.

use kontor_tests::{Backend, Person, answer::id, holds, until};
use serde_json::Value;

use super::pair;

/// What each of the two says of the follow from alice to bob, by its own data: `following` and `requested` at alice's server,
/// `followed_by` and `requested_by` at bob's, and the counts of both.
async fn story(alice: &Person, remote_bob: &str, bob: &Person, remote_alice: &str) -> Vec<Value> {
    let (out, back) = (
        alice.relationship(remote_bob).await,
        bob.relationship(remote_alice).await,
    );
    vec![
        out["following"].clone(),
        out["requested"].clone(),
        back["followed_by"].clone(),
        back["requested_by"].clone(),
        alice.account(&alice.id).await["following_count"].clone(),
        alice.account(remote_bob).await["followers_count"].clone(),
        bob.account(&bob.id).await["followers_count"].clone(),
        bob.account(remote_alice).await["following_count"].clone(),
    ]
}

fn waiting() -> Vec<Value> {
    [
        false.into(),
        true.into(),
        false.into(),
        true.into(),
        0.into(),
        0.into(),
        0.into(),
        0.into(),
    ]
    .to_vec()
}

fn standing() -> Vec<Value> {
    [
        true.into(),
        false.into(),
        true.into(),
        false.into(),
        1.into(),
        1.into(),
        1.into(),
        1.into(),
    ]
    .to_vec()
}

fn nothing() -> Vec<Value> {
    [
        false.into(),
        false.into(),
        false.into(),
        false.into(),
        0.into(),
        0.into(),
        0.into(),
        0.into(),
    ]
    .to_vec()
}

async fn the_follow_waits(first: Backend, second: Backend) {
    let (alpha, beta) = pair(first, second).await;
    let (alice, bob) = (alpha.person("alice").await, beta.person("bob").await);
    let locked = bob
        .client
        .patch("/api/v1/accounts/update_credentials", &[("locked", "true")])
        .await
        .ok();
    assert_eq!(locked["locked"], true);
    let remote_bob = alice.resolve(&bob.handle()).await;
    assert_eq!(alice.account(&remote_bob).await["locked"], true);

    let asked = alice.follow(&remote_bob).await;
    assert_eq!(
        (&asked["following"], &asked["requested"]),
        (&Value::Bool(false), &Value::Bool(true))
    );
    let request = until("bob sees the request", || async {
        bob.client
            .get("/api/v1/follow_requests")
            .await
            .list()
            .into_iter()
            .next()
    })
    .await;
    assert_eq!(
        request["acct"],
        format!("alice@{}", alice.server.authority())
    );
    let remote_alice = id(&request);
    holds("bob is told of it, once", async || {
        bob.notifications("follow_request").await.len() == 1
    })
    .await;
    assert_eq!(
        story(&alice, &remote_bob, &bob, &remote_alice).await,
        waiting()
    );
    // What bob posts meanwhile is not for alice, who is no follower yet.
    bob.post("for followers alone", "private").await;

    // Turned away: nothing is left on either side.
    let rejected = bob
        .client
        .post(
            &format!("/api/v1/follow_requests/{remote_alice}/reject"),
            &[],
        )
        .await
        .ok();
    assert_eq!(rejected["followed_by"], false);
    agree(
        "after the rejection",
        &alice,
        &remote_bob,
        &bob,
        &remote_alice,
        &nothing(),
    )
    .await;
    assert!(
        bob.client
            .get("/api/v1/follow_requests")
            .await
            .list()
            .is_empty()
    );

    // Asked again, let in.
    alice.follow(&remote_bob).await;
    holds("bob sees the second request", || async {
        !bob.client
            .get("/api/v1/follow_requests")
            .await
            .list()
            .is_empty()
    })
    .await;
    let accepted = bob
        .client
        .post(
            &format!("/api/v1/follow_requests/{remote_alice}/authorize"),
            &[],
        )
        .await
        .ok();
    assert_eq!(accepted["followed_by"], true);
    agree(
        "after the acceptance",
        &alice,
        &remote_bob,
        &bob,
        &remote_alice,
        &standing(),
    )
    .await;
    bob.post("now for alice too", "private").await;
    let seen = alice.sees("now for alice too").await;
    assert_eq!(seen["visibility"], "private");
    assert!(
        !alice
            .whole_home()
            .await
            .iter()
            .any(|text| text.contains("for followers alone"))
    );

    // Following once more changes nothing and inflates nothing.
    let again = alice.follow(&remote_bob).await;
    assert_eq!(again["following"], true);
    agree(
        "after following again",
        &alice,
        &remote_bob,
        &bob,
        &remote_alice,
        &standing(),
    )
    .await;

    // Left, and asked for once more.
    alice.unfollow(&remote_bob).await;
    agree(
        "after leaving",
        &alice,
        &remote_bob,
        &bob,
        &remote_alice,
        &nothing(),
    )
    .await;
    alice.follow(&remote_bob).await;
    agree(
        "after asking a third time",
        &alice,
        &remote_bob,
        &bob,
        &remote_alice,
        &waiting(),
    )
    .await;
    // The request is taken back before it is answered.
    alice.unfollow(&remote_bob).await;
    agree(
        "after taking it back",
        &alice,
        &remote_bob,
        &bob,
        &remote_alice,
        &nothing(),
    )
    .await;

    for server in [&alpha, &beta] {
        server.settles().await;
        server.check();
    }
}

async fn agree(
    when: &str,
    alice: &Person,
    remote_bob: &str,
    bob: &Person,
    remote_alice: &str,
    expected: &[Value],
) {
    holds(
        &format!("both servers agree {when} that it is {expected:?}"),
        || async { story(alice, remote_bob, bob, remote_alice).await == expected },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_account_on_postgres_is_asked_from_sqlite() {
    the_follow_waits(Backend::Sqlite, Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_account_on_sqlite_is_asked_from_postgres() {
    the_follow_waits(Backend::Postgres, Backend::Sqlite).await;
}
