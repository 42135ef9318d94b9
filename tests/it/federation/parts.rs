//! What hangs on posts, between two servers, one on each database, both ways: polls with their votes, quotes with their consent.

use kontor_tests::{
    Backend, Person,
    answer::{id, text},
    holds, until,
};
use serde_json::{Value, json};

use super::social::{act, both_ways, set, stage, status};
use crate::interop::pair_with;

/// Votes for the choices of a post's poll, and how many voted.
async fn tally(who: &Person, post: &str) -> (Vec<Value>, Value) {
    let poll = status(who, post).await["poll"].take();
    let choices = poll["options"].as_array().unwrap();
    let votes = choices.iter().map(|choice| choice["votes_count"].clone());
    (votes.collect(), poll["voters_count"].clone())
}

async fn tallies_are(who: &Person, post: &str, votes: &[u64], people: u64) {
    let wanted = (
        votes.iter().map(|votes| json!(votes)).collect(),
        json!(people),
    );
    holds(&format!("{} sees {wanted:?}", who.name), || async {
        tally(who, post).await == wanted
    })
    .await;
}

async fn polls_and_votes(first: Backend, second: Backend) {
    let settings = [
        ("limits.poll_seconds_min", "1"),
        ("limits.poll_tally_seconds", "1"),
    ];
    let stage = set(pair_with(first, second, &settings).await).await;
    let (alice, bob) = (&stage.alice, &stage.bob);
    let carol = stage.alpha.person("carol").await;
    let ask = |question: &str, seconds: u64, multiple: bool| {
        let poll =
            json!({"options": ["tea", "milk", "rum"], "expires_in": seconds, "multiple": multiple});
        json!({"status": question, "poll": poll})
    };
    let vote = async |who: &Person, post: &str, choices: &[usize]| {
        let poll = text(&status(who, post).await["poll"], "id");
        let path = format!("/api/v1/polls/{poll}/votes");
        who.client
            .post_json(&path, &json!({"choices": choices}))
            .await
    };

    let body = ask("what to drink", 600, false);
    let asked = bob.client.post_json("/api/v1/statuses", &body).await.ok();
    let (there, here) = (id(&asked), id(&alice.sees("what to drink").await));
    vote(alice, &here, &[1]).await.ok();
    assert_eq!(
        vote(alice, &here, &[2]).await.status,
        422,
        "one choice, once"
    );
    tallies_are(bob, &there, &[0, 1, 0], 1).await;
    vote(&carol, &here, &[2]).await.ok();
    for (who, post) in [(bob, &there), (alice, &here), (&carol, &here)] {
        tallies_are(who, post, &[0, 1, 1], 2).await;
    }
    let shown = status(alice, &here).await["poll"].take();
    assert_eq!(
        (&shown["voted"], &shown["own_votes"]),
        (&json!(true), &json!([1]))
    );
    assert_eq!(shown["multiple"], false);

    let body = ask("what else", 8, true);
    let asked = bob.client.post_json("/api/v1/statuses", &body).await.ok();
    let (there, here) = (id(&asked), id(&alice.sees("what else").await));
    vote(alice, &here, &[0, 2]).await.ok();
    tallies_are(bob, &there, &[1, 0, 1], 1).await;
    for (who, post) in [(bob, &there), (alice, &here)] {
        holds(
            &format!("{} sees that the poll has ended", who.name),
            || async { status(who, post).await["poll"]["expired"] == true },
        )
        .await;
        tallies_are(who, post, &[1, 0, 1], 1).await;
        let told = until(&format!("{} is told of it", who.name), || async {
            who.notifications("poll").await.pop()
        })
        .await;
        assert_eq!(told["status"]["id"], *post);
    }
    assert_eq!(vote(&carol, &here, &[0]).await.status, 422, "it has ended");
    // They do not come to rest before the first poll ends.
    for server in [&stage.alpha, &stage.beta] {
        assert_eq!(server.database().given_up(), Vec::<String>::new());
        server.check();
    }
}

async fn state(who: &Person, post: &str) -> Value {
    status(who, post).await["quote"]["state"].take()
}

async fn quotes_and_consent(first: Backend, second: Backend) {
    let stage = stage(first, second).await;
    let (alice, bob) = (&stage.alice, &stage.bob);
    let quote = async |post: &str, words: &str| {
        let body = json!({"status": words, "quoted_status_id": post});
        alice.client.post_json("/api/v1/statuses", &body).await
    };
    let mine = id(&quote(&stage.post_here, "look at this").await.ok());
    holds("the quote is agreed to", || async {
        state(alice, &mine).await == "accepted"
    })
    .await;
    let theirs = id(&bob.sees("look at this").await);
    let seen = until("the author sees the quote", || async {
        let seen = status(bob, &theirs).await;
        (seen["quote"]["state"] == "accepted").then_some(seen)
    })
    .await;
    assert_eq!(seen["quote"]["quoted_status"]["id"], stage.post);
    let told = until("the author is told", || async {
        bob.notifications("quote").await.pop()
    })
    .await;
    assert_eq!(told["status"]["id"], theirs);
    assert_eq!(stage.at_home().await["quotes_count"], 1);

    // The stamp is a document of the author's server until it is taken back.
    let note = stage.alpha.stranger();
    let note = note
        .get_as(&text(&seen, "uri"), kontor_tests::ACTIVITY)
        .await
        .ok();
    let stamp = text(&note, "quoteAuthorization");
    let at = stage.beta.stranger();
    let shown = at.get_as(&stamp, kontor_tests::ACTIVITY).await.ok();
    assert_eq!(shown["type"], "QuoteAuthorization");
    assert_eq!(shown["interactingObject"], note["id"]);
    let revoke = format!("/api/v1/statuses/{}/quotes/{theirs}/revoke", stage.post);
    for _ in 0..2 {
        bob.client.post(&revoke, &[]).await.ok();
    }
    holds("the consent is taken back", || async {
        state(alice, &mine).await == "revoked" && state(bob, &theirs).await == "revoked"
    })
    .await;
    assert!(status(alice, &mine).await["quote"]["quoted_status"].is_null());
    assert_eq!(at.get_as(&stamp, kontor_tests::ACTIVITY).await.status, 404);
    assert_eq!(stage.at_home().await["quotes_count"], 0);

    // Whoever wants no quotes gets none.
    let body = json!({"status": "not to be quoted", "quote_approval_policy": "nobody"});
    bob.client.post_json("/api/v1/statuses", &body).await.ok();
    let closed = id(&alice.sees("not to be quoted").await);
    let refused = quote(&closed, "all the same").await;
    assert!((400..500).contains(&refused.status), "{}", refused.text());

    // A quoted post that goes leaves a quote of nothing.
    let other = id(&bob.post("here for a while", "public").await);
    let seen = id(&alice.sees("here for a while").await);
    let again = id(&quote(&seen, "look at that").await.ok());
    holds("the other quote is agreed to", || async {
        state(alice, &again).await == "accepted"
    })
    .await;
    bob.client
        .delete(&format!("/api/v1/statuses/{other}"))
        .await
        .ok();
    holds("what was quoted is gone", || async {
        let shown = status(alice, &again).await["quote"].take();
        shown["state"] == "deleted" && shown["quoted_status"].is_null()
    })
    .await;
    act(alice, &again, "favourite").await;
    stage.at_rest().await;
}

both_ways! {
    polls_and_votes: polls_and_votes_from_sqlite, polls_and_votes_from_postgres;
    quotes_and_consent: quotes_and_consent_from_sqlite, quotes_and_consent_from_postgres;
}
