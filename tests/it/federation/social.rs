//! What people do with posts and with one another, between two servers, one on each database, both ways.

use kontor_tests::{Backend, Person, Server, answer::id, answer::text, holds, until};
use serde_json::Value;

use crate::interop::pair;

/// Two people who follow each other, and a post of the second that the first has at home.
pub(super) struct Stage {
    pub alpha: Server,
    pub beta: Server,
    pub alice: Person,
    pub bob: Person,
    /// Each where the other lives.
    pub alice_there: String,
    pub bob_here: String,
    /// Bob's post, at home and as Alice's server has it.
    pub post: String,
    pub post_here: String,
}

pub(super) async fn stage(first: Backend, second: Backend) -> Stage {
    set(pair(first, second).await).await
}

/// The same on servers that are there.
pub(super) async fn set((alpha, beta): (Server, Server)) -> Stage {
    let (alice, bob) = (alpha.person("alice").await, beta.person("bob").await);
    let bob_here = alice.resolve(&bob.handle()).await;
    let alice_there = bob.resolve(&alice.handle()).await;
    alice.follows(&bob_here).await;
    bob.follows(&alice_there).await;
    let post = id(&bob.post("worth a word", "public").await);
    let post_here = id(&alice.sees("worth a word").await);
    Stage {
        alpha,
        beta,
        alice,
        bob,
        alice_there,
        bob_here,
        post,
        post_here,
    }
}

impl Stage {
    async fn act(&self, verb: &str) -> Value {
        act(&self.alice, &self.post_here, verb).await
    }

    /// Bob's post as his own server shows it.
    pub async fn at_home(&self) -> Value {
        status(&self.bob, &self.post).await
    }

    pub async fn at_rest(&self) {
        for server in [&self.alpha, &self.beta] {
            server.settles().await;
        }
        // What the first sent may have made the second answer.
        self.alpha.settles().await;
        self.alpha.check();
        self.beta.check();
    }
}

pub(super) async fn act(who: &Person, post: &str, verb: &str) -> Value {
    let path = format!("/api/v1/statuses/{post}/{verb}");
    who.client.post(&path, &[]).await.ok()
}

pub(super) async fn status(who: &Person, post: &str) -> Value {
    let path = format!("/api/v1/statuses/{post}");
    who.client.get(&path).await.ok()
}

async fn favourites_and_boosts(first: Backend, second: Backend) {
    let stage = stage(first, second).await;
    for _ in 0..2 {
        let shown = stage.act("favourite").await;
        assert_eq!(shown["favourites_count"], 1);
    }
    holds("the author sees the favourite", || async {
        stage.at_home().await["favourites_count"] == 1
    })
    .await;
    let told = until("the author is told", || async {
        stage.bob.notifications("favourite").await.pop()
    })
    .await;
    assert_eq!(told["account"]["id"], stage.alice_there);
    let boost = stage.act("reblog").await;
    assert_eq!(boost["reblog"]["id"], stage.post_here);
    holds("the author sees the boost", || async {
        stage.at_home().await["reblogs_count"] == 1
    })
    .await;
    // Bob follows Alice, and is shown his own post by her.
    let path = format!("/api/v1/accounts/{}/statuses", stage.alice_there);
    let there = stage.bob.client.get(&path).await.list();
    assert_eq!(there[0]["reblog"]["id"], stage.post);
    stage.at_rest().await;
    assert_eq!(stage.bob.notifications("reblog").await.len(), 1);

    stage.act("unfavourite").await;
    stage.act("unreblog").await;
    holds("both are taken back", || async {
        let post = stage.at_home().await;
        post["favourites_count"] == 0 && post["reblogs_count"] == 0
    })
    .await;
    assert_eq!(stage.bob.client.get(&path).await.list().len(), 0);
    assert_eq!(stage.bob.notifications("favourite").await.len(), 0);
    // Again, and the post goes with everything on it.
    stage.act("favourite").await;
    stage.act("reblog").await;
    holds("both are there again", || async {
        let post = stage.at_home().await;
        post["favourites_count"] == 1 && post["reblogs_count"] == 1
    })
    .await;
    let path = format!("/api/v1/statuses/{}", stage.post);
    stage.bob.client.delete(&path).await.ok();
    let path = format!("/api/v1/statuses/{}", text(&boost, "id"));
    holds("the post is gone", || async {
        let here = format!("/api/v1/statuses/{}", stage.post_here);
        stage.alice.client.get(&here).await.status == 404
            && stage.alice.client.get(&path).await.status == 404
    })
    .await;
    stage.at_rest().await;
}

async fn reactions_and_pins(first: Backend, second: Backend) {
    let stage = stage(first, second).await;
    let path = format!(
        "/api/v1/pleroma/statuses/{}/reactions/%E2%98%95",
        stage.post_here
    );
    for _ in 0..2 {
        stage.alice.client.put(&path, &[]).await.ok();
    }
    let shown = until("the reaction is there", || async {
        let post = stage.at_home().await;
        post["pleroma"]["emoji_reactions"].get(0).cloned()
    })
    .await;
    assert_eq!((&shown["name"], &shown["count"]), (&"☕".into(), &1.into()));
    stage.at_rest().await;
    let kind = "pleroma:emoji_reaction";
    assert_eq!(stage.bob.notifications(kind).await.len(), 1);
    stage.alice.client.delete(&path).await.ok();
    holds("the reaction is gone", || async {
        stage.at_home().await["pleroma"]["emoji_reactions"] == serde_json::json!([])
    })
    .await;

    let pinned = format!("/api/v1/accounts/{}/statuses?pinned=true", stage.bob_here);
    for _ in 0..2 {
        act(&stage.bob, &stage.post, "pin").await;
    }
    holds("the pin is there", || async {
        let list = stage.alice.client.get(&pinned).await.list();
        list.iter().map(id).collect::<Vec<_>>() == [stage.post_here.clone()]
    })
    .await;
    let featured = format!("{}/featured", stage.bob.actor());
    let collection = stage
        .beta
        .stranger()
        .get_as(&featured, kontor_tests::ACTIVITY)
        .await
        .ok();
    assert_eq!(
        (
            &collection["totalItems"],
            &collection["orderedItems"][0]["type"]
        ),
        (&1.into(), &"Note".into())
    );
    act(&stage.bob, &stage.post, "unpin").await;
    holds("the pin is gone", || async {
        stage.alice.client.get(&pinned).await.list().is_empty()
    })
    .await;
    stage.at_rest().await;
}

async fn blocks_and_reports(first: Backend, second: Backend) {
    let stage = stage(first, second).await;
    let form = [
        ("account_id", stage.bob_here.as_str()),
        ("status_ids[]", stage.post_here.as_str()),
        ("comment", "zzreportzz"),
        ("forward", "true"),
    ];
    let report = stage.alice.client.post("/api/v1/reports", &form).await.ok();
    assert_eq!(report["forwarded"], true);
    let listed = until("the report arrives", || async {
        let listed = stage.beta.run(&["report", "list"], "");
        listed.contains("zzreportzz").then_some(listed)
    })
    .await;
    assert!(
        listed.contains(&text(&stage.at_home().await, "uri")),
        "{listed}"
    );
    assert!(
        !listed.contains("alice"),
        "who reported is not told: {listed}"
    );
    let number = listed.split(' ').next().unwrap().to_owned();
    stage.beta.run(&["report", "resolve", &number], "");
    assert_eq!(
        stage.beta.run(&["report", "list"], "").trim(),
        "no open reports"
    );

    let path = |verb: &str| format!("/api/v1/accounts/{}/{verb}", stage.bob_here);
    for _ in 0..2 {
        let now = stage.alice.client.post(&path("block"), &[]).await.ok();
        assert_eq!(now["blocking"], true);
    }
    holds("the blocked one is apart", || async {
        let related = stage.bob.relationship(&stage.alice_there).await;
        related["blocked_by"] == true
            && related["following"] == false
            && related["followed_by"] == false
    })
    .await;
    let here = format!("/api/v1/statuses/{}", stage.post_here);
    assert_eq!(stage.alice.client.get(&here).await.status, 404);
    let refused = format!("/api/v1/accounts/{}/follow", stage.alice_there);
    assert_eq!(stage.bob.client.post(&refused, &[]).await.status, 403);
    stage.alice.client.post(&path("unblock"), &[]).await.ok();
    holds("the block is over", || async {
        stage.bob.relationship(&stage.alice_there).await["blocked_by"] == false
    })
    .await;
    stage.bob.follows(&stage.alice_there).await;
    stage
        .alice
        .client
        .post(&path("remove_from_followers"), &[])
        .await
        .ok();
    holds("the follower is gone", || async {
        stage.bob.relationship(&stage.alice_there).await["following"] == false
    })
    .await;
    stage.at_rest().await;
}

macro_rules! both_ways {
    ($($name:ident: $forth:ident, $back:ident;)+) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $forth() {
                $name(Backend::Sqlite, Backend::Postgres).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn $back() {
                $name(Backend::Postgres, Backend::Sqlite).await;
            }
        )+
    };
}
pub(super) use both_ways;

both_ways! {
    favourites_and_boosts: favourites_and_boosts_from_sqlite, favourites_and_boosts_from_postgres;
    reactions_and_pins: reactions_and_pins_from_sqlite, reactions_and_pins_from_postgres;
    blocks_and_reports: blocks_and_reports_from_sqlite, blocks_and_reports_from_postgres;
}
