//! Those who belong to the community, look after it, and do what comes to their minds.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use kontor_tests::{
    Answer, Client, Person,
    answer::{id, text},
    dice::Dice,
    until,
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

/// Between two deeds of one person.
pub(super) const PACE: Duration = Duration::from_millis(120);

/// The end of what is edited.
pub(super) const EDITED: &str = "So it is.";

/// In threads that are for others to do something with.
pub(super) const STEADY: &str = "stays as it is";

/// Somebody who belongs to the community and looks after it.
#[derive(Clone)]
pub(super) struct Member {
    pub(super) who: Person,
    /// The community as their server has it, and how it is mentioned.
    pub(super) community: String,
    pub(super) mention: String,
    pub(super) others: Others,
}

/// People as a member's server has them: one whom moderators ban and let in again, and one whom the owner makes a moderator and dismisses.
#[derive(Clone, Default)]
pub(super) struct Others {
    pub(super) eve: String,
    /// The owner alone knows.
    pub(super) finn: Option<String>,
}

/// Asks until the server is there; whatever it answers then. Who is told that a request took too long to come may send it again.
async fn insist(client: &Client, request: impl Fn() -> reqwest::RequestBuilder) -> Answer {
    loop {
        match client.try_send(request()).await {
            Ok(answer) if answer.status < 500 && answer.status != 408 => return answer,
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

impl Member {
    pub(super) async fn get(&self, path: &str) -> Answer {
        let client = &self.who.client;
        insist(client, || client.request(Method::GET, path)).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value, key: &str) -> Answer {
        let client = &self.who.client;
        insist(client, || {
            let request = client.request(Method::POST, path).json(body);
            request.header("idempotency-key", key)
        })
        .await
    }

    pub(super) fn path(&self, rest: &str) -> String {
        format!("/api/kontor/v1/communities/{}{rest}", self.community)
    }

    /// What their server calls a thread, when it has it.
    pub(super) async fn has(&self, uri: &str) -> String {
        until(&format!("{} has {uri}", self.who.name), async || {
            let all = self.all().await;
            let found = all.iter().find(|post| text(post, "uri") == uri);
            found.map(id)
        })
        .await
    }

    /// One thing after another, until told to stop. Returns how many.
    pub(super) fn acts(&self, number: u64, seed: u64, stop: &Arc<AtomicBool>) -> JoinHandle<usize> {
        let (member, stop) = (self.clone(), stop.clone());
        tokio::spawn(async move {
            let mut dice = Dice::of(seed.wrapping_add(number));
            let mut done = 0;
            while !stop.load(Ordering::Relaxed) {
                member.act(&mut dice, number, done).await;
                done += 1;
                tokio::time::sleep(PACE).await;
            }
            done
        })
    }

    async fn act(&self, dice: &mut Dice, number: u64, count: usize) {
        let path = format!("/api/v1/timelines/group/{}?limit=20", self.community);
        let mut known = self.get(&path).await.list();
        known.retain(|post| !text(post, "content").contains(STEADY));
        let key = format!("{number} {count}");
        let words = format!("member {number} deed {count}.");
        let chosen = usize::try_from(dice.below(20))
            .ok()
            .and_then(|at| known.get(at));
        let (Some(post), deed @ 3..) = (chosen, dice.below(18)) else {
            let body = json!({"status": format!("{} {words}", self.mention)});
            self.post("/api/v1/statuses", &body, &key).await;
            return;
        };
        let answers = post["in_reply_to_id"].as_str().is_some();
        let is_own = |post: &Value| post["account"]["id"] == self.who.id.as_str();
        let path = format!("/api/v1/statuses/{}", id(post));
        match deed {
            // Answers stand below threads, and threads stay: what answers something that is just being deleted belongs nowhere.
            3 | 4 if !answers => {
                let body = json!({"status": words, "in_reply_to_id": id(post)});
                self.post("/api/v1/statuses", &body, &key).await;
            }
            5 if is_own(post) && answers => self.ask(Method::DELETE, &path, &json!({})).await,
            6 => {
                self.post(&format!("{path}/unfavourite"), &json!({}), &key)
                    .await;
            }
            7 | 8 => {
                if let Some(own) = known.iter().find(|post| is_own(post)) {
                    self.edit(own, &words).await;
                }
            }
            9..17 => self.moderate(deed, post, &words, &key).await,
            _ => {
                self.post(&format!("{path}/favourite"), &json!({}), &key)
                    .await;
            }
        }
    }

    /// What may be asked twice.
    pub(super) async fn ask(&self, method: Method, path: &str, body: &Value) {
        let client = &self.who.client;
        insist(client, || client.request(method.clone(), path).json(body)).await;
    }

    async fn edit(&self, post: &Value, words: &str) {
        let before = if post["in_reply_to_id"].is_string() {
            String::new()
        } else {
            format!("{} ", self.mention)
        };
        let path = format!("/api/v1/statuses/{}", id(post));
        let body = json!({"status": format!("{before}{words} {EDITED}")});
        self.ask(Method::PUT, &path, &body).await;
    }

    async fn moderate(&self, deed: u64, post: &Value, words: &str, key: &str) {
        let verb = |verb: &str| self.path(&format!("/posts/{}/{verb}", id(post)));
        let reason = json!({"reason": words});
        let Others { eve, finn } = &self.others;
        match (deed, finn) {
            (9, _) => drop(self.post(&verb("remove"), &reason, key).await),
            (10, _) => drop(self.post(&verb("restore"), &json!({}), key).await),
            (11, _) => drop(self.post(&verb("lock"), &reason, key).await),
            (12, _) => drop(self.post(&verb("unlock"), &json!({}), key).await),
            (13, _) => {
                let body = json!({"account_id": eve, "reason": words});
                self.post(&self.path("/bans"), &body, key).await;
            }
            (15, Some(finn)) => {
                let body = json!({"account_id": finn});
                self.post(&self.path("/moderators"), &body, key).await;
            }
            (16, Some(finn)) => {
                let path = self.path(&format!("/moderators/{finn}"));
                self.ask(Method::DELETE, &path, &json!({})).await;
            }
            _ => {
                let path = self.path(&format!("/bans/{eve}"));
                self.ask(Method::DELETE, &path, &json!({})).await;
            }
        }
    }
}
