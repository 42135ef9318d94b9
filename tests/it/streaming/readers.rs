//! What is pushed is what the timeline would show: to each reader their own.

use kontor_tests::{Backend, Setup, Socket, answer::id};
use serde_json::{Value, json};

fn contents(frames: &[Value]) -> Vec<String> {
    let mut seen: Vec<String> = frames
        .iter()
        .filter(|frame| frame["event"] == "update")
        .map(|frame| {
            let status = kontor_tests::stream::payload(frame);
            let stream = frame["stream"][0].as_str().unwrap().to_owned();
            let content = kontor_tests::person::plain(status["content"].as_str().unwrap());
            format!("{stream}: {content}")
        })
        .collect();
    seen.sort();
    seen
}

async fn aversions_hold(backend: Backend) {
    let server = Setup::new("alpha.test", backend).start().await;
    let mut people = Vec::new();
    for name in ["alice", "bert", "cora", "reader", "plain"] {
        people.push(server.person(name).await);
    }
    let [alice, bert, cora, reader, plain] = &people[..] else {
        unreachable!()
    };
    for author in [alice, bert, cora] {
        for follower in [reader, plain] {
            follower.follows(&author.id).await;
        }
    }
    reader
        .client
        .post(&format!("/api/v1/accounts/{}/mute", bert.id), &[])
        .await
        .ok();
    cora.client
        .post(&format!("/api/v1/accounts/{}/block", reader.id), &[])
        .await
        .ok();
    let mut sockets = Vec::new();
    for person in [reader, plain] {
        let mut socket = Socket::open(server.address(), &person.token, "stream=user").await;
        socket.subscribe(&json!({ "stream": "public" })).await;
        sockets.push(socket);
    }
    alice.post("by alice", "public").await;
    bert.post("by bert", "public").await;
    cora.post("by cora", "public").await;
    alice.post("alice to friends", "private").await;
    alice.post("@bert alice to one", "direct").await;
    let boosted = id(&bert.post("boosted from bert", "unlisted").await);
    alice
        .client
        .post(&format!("/api/v1/statuses/{boosted}/reblog"), &[])
        .await
        .ok();
    alice.post("alice of @bert", "public").await;
    server.settles().await;
    alice.post("fence1", "public").await;
    assert_eq!(
        contents(&sockets[0].before("fence1").await),
        [
            "public: alice of @bert",
            "public: by alice",
            "user: alice to friends",
            "user: by alice",
        ]
    );
    let plain = contents(&sockets[1].before("fence1").await);
    assert_eq!(
        plain,
        [
            "public: alice of @bert",
            "public: by alice",
            "public: by bert",
            "public: by cora",
            "user: alice of @bert",
            "user: alice to friends",
            "user: boosted from bert",
            "user: by alice",
            "user: by bert",
            "user: by cora",
        ]
    );
    server.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn aversions_hold_sqlite() {
    aversions_hold(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn aversions_hold_postgres() {
    aversions_hold(Backend::Postgres).await;
}

/// Many readers of one post, each with a relation of their own to it: what is rendered once for those who see the same is for
/// each of them exactly what the API answers.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_sees_a_post_in_a_way_of_their_own_is_pushed_it_so() {
    let server = Setup::new("alpha.test", Backend::Sqlite).start().await;
    let author = server.person("author").await;
    let quoted = server.person("quoted").await;
    let mut readers = Vec::new();
    for name in [
        "one", "two", "favours", "keeps", "votes", "filters", "blocks", "boosts", "reacts",
        "follows",
    ] {
        let reader = server.person(name).await;
        reader.follows(&author.id).await;
        readers.push(reader);
    }
    let of = |name: &str| readers.iter().find(|reader| reader.name == name).unwrap();
    let inner = id(&quoted.post("what is quoted", "public").await);
    of("follows").follows(&quoted.id).await;
    of("blocks")
        .client
        .post(&format!("/api/v1/accounts/{}/block", quoted.id), &[])
        .await
        .ok();
    let poll = json!({
        "status": "what do you say", "visibility": "public", "quoted_status_id": inner,
    });
    let post = id(&author
        .client
        .post_json("/api/v1/statuses", &poll)
        .await
        .ok());
    let path = format!("/api/v1/statuses/{post}");
    for (name, deed) in [
        ("favours", "favourite"),
        ("keeps", "bookmark"),
        ("boosts", "reblog"),
    ] {
        of(name)
            .client
            .post(&format!("{path}/{deed}"), &[])
            .await
            .ok();
    }
    let path_of_inner = format!("/api/v1/statuses/{inner}");
    of("votes")
        .client
        .post(&format!("{path_of_inner}/favourite"), &[])
        .await
        .ok();
    of("reacts")
        .client
        .put(
            &format!("/api/v1/pleroma/statuses/{post}/reactions/🎉"),
            &[],
        )
        .await
        .ok();
    let filter = json!({ "title": "say", "context": ["home"], "keywords_attributes": [{ "keyword": "say" }] });
    of("filters")
        .client
        .post_json("/api/v2/filters", &filter)
        .await
        .ok();
    server.settles().await;
    let mut sockets = Vec::new();
    for reader in &readers {
        let mut socket = Socket::open(server.address(), &reader.token, "stream=user").await;
        socket.caught_up().await;
        sockets.push(socket);
    }
    // A boost of it by one whom all of them follow is pushed to all whose home it enters; an edit to whoever has it.
    author
        .client
        .put(
            &path,
            &[
                ("status", "what do you say now"),
                ("quoted_status_id", &inner),
            ],
        )
        .await
        .ok();
    server.settles().await;
    let mut different = std::collections::HashSet::new();
    for (reader, socket) in readers.iter().zip(&mut sockets) {
        let update = socket.expect(&json!(["user"]), "status.update").await;
        let asked = reader.client.get(&path).await.ok();
        assert_eq!(update, asked, "{}", reader.name);
        different.insert(update.to_string());
    }
    assert!(different.len() >= 7, "{} ways to see it", different.len());
}
