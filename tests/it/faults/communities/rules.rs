//! A community whose owner changes who may post there, over and over, while somebody writes whose server is not told of it: the community
//! takes in what it lets in, and of everything else their server hears that it does not.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use kontor_tests::{
    Person,
    answer::{id, text},
    wait,
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::{
    ARRIVAL, community, elsewhere_of,
    members::{Member, PACE},
    views::difference,
};

pub(super) struct Yard {
    /// Its owner, at home.
    ann: Member,
    /// Belongs to it, on the second server.
    ben: Member,
    /// Belongs to nothing, on the third one, which is told of no change for that reason.
    ida: Member,
}

impl Yard {
    pub(super) async fn new(ann: &Person, ben: &Person, ida: &Person) -> Self {
        let yard = community(ann, "yard", "public").await;
        let inside = elsewhere_of(&yard, ben).await;
        ben.follows(&inside.community).await;
        Self {
            ben: inside,
            ida: elsewhere_of(&yard, ida).await,
            ann: yard,
        }
    }

    async fn sets(&self, change: &Value) {
        self.ann
            .ask(Method::PATCH, &self.ann.path(""), change)
            .await;
        tokio::time::sleep(PACE).await;
    }

    async fn archives(&self, verb: &str) {
        let path = self.ann.path(&format!("/{verb}"));
        self.ann.ask(Method::POST, &path, &json!({})).await;
        tokio::time::sleep(PACE).await;
    }

    /// Their server knows of nothing that would forbid it.
    async fn writes(&self, written: &mut Vec<String>) {
        let number = written.len();
        let body = json!({"status": format!("{} number {number} in the yard", self.ida.mention)});
        let key = format!("yard {number}");
        let post = self.ida.post("/api/v1/statuses", &body, &key).await.ok();
        written.push(id(&post));
        tokio::time::sleep(PACE).await;
    }

    /// Until told to stop. Returns what was written, as the third server calls it; the last of it is not let in.
    pub(super) fn changes(&self, stop: &Arc<AtomicBool>) -> JoinHandle<Vec<String>> {
        let stop = stop.clone();
        let yard = Self {
            ann: self.ann.clone(),
            ben: self.ben.clone(),
            ida: self.ida.clone(),
        };
        tokio::spawn(async move {
            let mut written = Vec::new();
            loop {
                let restricted = json!({"access": "restricted", "posting": "anyone"});
                let open = json!({"access": "public"});
                for change in [&restricted, &open] {
                    yard.sets(change).await;
                    yard.writes(&mut written).await;
                }
                yard.archives("archive").await;
                yard.writes(&mut written).await;
                yard.archives("unarchive").await;
                yard.sets(&json!({"posting": "moderators"})).await;
                if stop.load(Ordering::Relaxed) {
                    yard.writes(&mut written).await;
                    return written;
                }
            }
        })
    }

    /// Each server says the same of it, and of each post whether it is there.
    pub(super) async fn agrees(&self, written: &[String]) {
        wait::within(ARRIVAL, "the yard is the same everywhere", async || {
            let seen = self.ben.get(&self.ben.path("")).await.ok();
            let said = ["access", "posting", "archived"].map(|name| seen[name].clone());
            let same = said == [json!("public"), json!("moderators"), json!(false)];
            let inside = [self.ann.states().await, self.ben.states().await];
            (same && difference(&[&inside[0], &inside[1]]).is_none()).then_some(())
        })
        .await;
        for post in written {
            let path = format!("/api/v1/statuses/{post}");
            wait::within(ARRIVAL, "it is known what became of it", async || {
                let post = self.ida.get(&path).await.ok();
                let uri = text(&post, "uri");
                let taken = self.ann.states().await.contains_key(&uri);
                (post["community"]["removed"].is_string() != taken).then_some(())
            })
            .await;
        }
        let last = format!("/api/v1/statuses/{}", written.last().unwrap());
        let last = self.ida.get(&last).await.ok();
        assert!(last["community"]["removed"].is_string(), "{last}");
    }
}
