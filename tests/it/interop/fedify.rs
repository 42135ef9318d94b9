//! Kontor and a server on Fedify, both ways: once over HTTP with draft-cavage signatures on SQLite, once over TLS with RFC 9421 on
//! PostgreSQL.

use kontor_tests::{
    Address, Backend, Person, Server, Setup,
    answer::{id, text},
    fedify::{Fedify, Knock},
    holds, tls, until,
};
use serde_json::{Value, json};

struct Meeting {
    knock: Knock,
    server: Server,
    peer: Fedify,
    ann: Person,
}

async fn meet(backend: Backend, knock: Knock, secure: bool) -> Meeting {
    let mut setup = Setup::new("alpha.test", backend);
    let mut there = Address::new("fedi.test");
    if secure {
        setup = setup.over_tls();
        there = there.over_tls();
    }
    let here = setup.address.clone();
    let server = setup.knows(&[&there]).start().await;
    let peer = tokio::task::spawn_blocking(move || Fedify::start(there, &[&here], knock))
        .await
        .unwrap();
    let ann = server.person("ann").await;
    Meeting {
        knock,
        server,
        peer,
        ann,
    }
}

impl Meeting {
    async fn all(&self) {
        self.is_followed().await;
        self.follows().await;
        self.converses().await;
        self.is_passed_on().await;
        self.parts().await;
        self.server.settles().await;
        self.server.check();
        self.believed().await;
    }

    /// Each believed what the other signed, at the first try.
    async fn believed(&self) {
        let log = self.peer.log().await;
        assert!(log.len() > 10, "{log:#?}");
        for entry in &log {
            let of = [&entry["form"], &entry["signed"], &entry["proven"]];
            let me = self.actor();
            assert_eq!(of, [&json!(self.knock.name()), &me, &me], "{entry:#}");
            assert_eq!(entry["keyKind"], "RSASSA-PKCS1-v1_5", "{entry:#}");
        }
        let posted = self.peer.posted().await;
        assert!(posted.len() > 10, "{posted:#?}");
        let refused: Vec<_> = posted.iter().filter(|one| one["status"] != 202).collect();
        // The spoiled one alone.
        assert_eq!(refused.len(), 1, "{refused:#?}");
        assert!(
            posted.iter().all(|one| one["form"] == self.knock.name()),
            "{posted:#?}"
        );
        if self.knock == Knock::Rfc9421 {
            let algorithm = "rsa-v1_5-sha256";
            assert!(
                posted.iter().all(|one| one["algorithm"] == algorithm),
                "{posted:#?}"
            );
        }
    }

    fn actor(&self) -> Value {
        json!(self.ann.actor())
    }

    /// The peer follows, and hears what is posted, changed and deleted.
    async fn is_followed(&self) {
        let (peer, ann) = (&self.peer, &self.ann);
        peer.does("follow", json!({"actor": ann.actor()})).await;
        peer.hears(
            "Accept",
            json!({"actor": self.actor(), "objectKind": "Follow"}),
        )
        .await;
        let post = ann.post("hello from here", "public").await;
        let uri = text(&post, "uri");
        let create = peer.hears("Create", json!({"object": uri})).await;
        assert!(
            text(&create, "content").contains("hello from here"),
            "{create}"
        );
        let path = format!("/api/v1/statuses/{}", id(&post));
        ann.client
            .put(&path, &[("status", "hello again")])
            .await
            .ok();
        let update = peer.hears("Update", json!({"object": uri})).await;
        assert!(text(&update, "content").contains("hello again"), "{update}");
        ann.client.delete(&path).await.ok();
        peer.hears("Delete", json!({"object": uri})).await;
    }

    /// The peer is found and followed, and what it posts, changes and deletes is seen.
    async fn follows(&self) {
        let (peer, ann) = (&self.peer, &self.ann);
        let pia = ann.resolve(&peer.actor()).await;
        ann.follows(&pia).await;
        peer.hears("Follow", json!({"object": peer.actor()})).await;
        let note = peer
            .does("post", json!({"content": "<p>from there</p>"}))
            .await;
        let seen = ann.sees("from there").await;
        assert_eq!(text(&seen, "uri"), note);
        peer.does(
            "edit",
            json!({"id": note, "content": "<p>changed there</p>"}),
        )
        .await;
        ann.sees("changed there").await;
        peer.does("delete", json!({"id": note})).await;
        holds("the deleted note is gone", || async {
            ann.client
                .get(&format!("/api/v1/statuses/{}", id(&seen)))
                .await
                .status
                == 404
        })
        .await;
    }

    /// Replies, likes and boosts, and what is taken back.
    async fn converses(&self) {
        let (peer, ann) = (&self.peer, &self.ann);
        let post = ann.post("say something", "public").await;
        let (uri, here) = (
            text(&post, "uri"),
            format!("/api/v1/statuses/{}", id(&post)),
        );
        peer.hears("Create", json!({"object": uri})).await;
        let answer =
            json!({"content": "<p>something</p>", "inReplyTo": uri, "mention": ann.actor()});
        let reply = peer.does("post", answer).await;
        let told = until("the reply is a mention", || async {
            ann.notifications("mention").await.into_iter().next()
        })
        .await;
        assert_eq!(told["status"]["uri"], reply);
        assert_eq!(told["status"]["in_reply_to_id"], post["id"]);
        let mine = ann.reply(&id(&told["status"]), "thank you", "public").await;
        peer.hears(
            "Create",
            json!({"object": text(&mine, "uri"), "inReplyTo": reply}),
        )
        .await;

        let there = json!({"actor": ann.actor(), "object": uri});
        let like = peer.does("like", there.clone()).await;
        let boost = peer.does("boost", there).await;
        self.counts(&here, 1).await;
        for activity in [like, boost] {
            peer.does("undo", json!({"actor": ann.actor(), "activity": activity}))
                .await;
        }
        self.counts(&here, 0).await;

        let its = format!("/api/v1/statuses/{}", id(&told["status"]));
        for (deed, kind, undo) in [
            ("favourite", "Like", "unfavourite"),
            ("reblog", "Announce", "unreblog"),
        ] {
            ann.client.post(&format!("{its}/{deed}"), &[]).await.ok();
            peer.hears(kind, json!({"actor": self.actor(), "object": reply}))
                .await;
            ann.client.post(&format!("{its}/{undo}"), &[]).await.ok();
            peer.hears("Undo", json!({"actor": self.actor(), "objectKind": kind}))
                .await;
        }
    }

    /// What a third one brings is believed if it is proven, and only then.
    async fn is_passed_on(&self) {
        let (peer, ann) = (&self.peer, &self.ann);
        let inbox = self.server.address().url("/inbox");
        let pass =
            |content, instead| json!({"content": content, "instead": instead, "inbox": inbox});
        let spoiled = peer
            .did("pass", pass("what was said", json!("what was not")))
            .await;
        assert_eq!(spoiled["status"], 401);
        let proven = peer.did("pass", pass("proven words", json!(null))).await;
        assert_eq!(proven["status"], 202);
        ann.sees("proven words").await;
        self.server.settles().await;
        let home = ann.whole_home().await;
        assert!(
            !home.iter().any(|text| text.contains("what was")),
            "{home:?}"
        );
        assert_eq!(ann.find_post(&text(&spoiled, "id")).await, None);
    }

    async fn counts(&self, path: &str, wanted: u64) {
        holds(&format!("{path} has {wanted} likes and boosts"), || async {
            let post = self.ann.client.get(path).await.ok();
            post["favourites_count"] == wanted && post["reblogs_count"] == wanted
        })
        .await;
    }

    /// Both leave.
    async fn parts(&self) {
        let (peer, ann) = (&self.peer, &self.ann);
        let pia = ann.resolve(&peer.actor()).await;
        ann.unfollow(&pia).await;
        peer.hears(
            "Undo",
            json!({"actor": self.actor(), "objectKind": "Follow"}),
        )
        .await;
        let follow = peer.does("follow", json!({"actor": ann.actor()})).await;
        peer.does("undo", json!({"actor": ann.actor(), "activity": follow}))
            .await;
        holds("the peer follows no more", || async {
            ann.account(&ann.id).await["followers_count"] == 0
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_on_fedify_over_http_with_draft_cavage_signatures() {
    meet(Backend::Sqlite, Knock::Cavage, false)
        .await
        .all()
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_on_fedify_over_tls_with_rfc_9421_signatures() {
    let meeting = meet(Backend::Postgres, Knock::Rfc9421, true).await;
    assert!(!tls::speaks_plainly(meeting.server.address()).await);
    meeting.all().await;
}
