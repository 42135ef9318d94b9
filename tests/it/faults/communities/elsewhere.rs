//! Somebody on a server of another kind, who says to the community's server what no Kontor says, or what may be said twice.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use kontor_tests::{Actor, Letter, PUBLIC, Peer, answer::text};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::members::PACE;

pub(super) struct Wren {
    peer: Peer,
    who: Actor,
    inbox: String,
    group: String,
}

/// Before something is sent again.
const AGAIN: Duration = Duration::from_millis(20);

/// What wren showed to the community, and what they reported, each once.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) shown: Vec<String>,
    pub(super) reports: Vec<String>,
}

impl Wren {
    pub(super) fn new(peer: Peer, inbox: String, group: String) -> Self {
        Self {
            who: peer.actor("wren"),
            peer,
            inbox,
            group,
        }
    }

    /// Until it is taken. An activity that came before changes nothing.
    async fn says(&self, kind: &str, object: &Value, more: &Value) -> Value {
        let mut activity = self.peer.activity(&self.who, kind, object);
        activity["to"] = json!([PUBLIC]);
        activity["cc"] = json!([self.group]);
        for (name, value) in more.as_object().into_iter().flatten() {
            activity[name] = value.clone();
        }
        loop {
            let letter = Letter::activity(&self.inbox, &activity).signed(&self.who.key);
            let sent = letter.try_send(&self.peer.http).await;
            match sent.map_or(0, |answer| answer.status) {
                202 => break,
                // Nobody answers, or too slow, or the process that took the signature has died.
                0 | 401 | 408 | 429 | 500.. => tokio::time::sleep(AGAIN).await,
                other => panic!("{kind} is answered {other}"),
            }
        }
        tokio::time::sleep(PACE).await;
        activity
    }

    /// Votes each of the threads down and takes it back, shows something to the community, and reports the last of them; over and over,
    /// until told to stop. In the end the first thread is voted down.
    pub(super) fn acts(
        self: &Arc<Self>,
        threads: [String; 3],
        stop: &Arc<AtomicBool>,
    ) -> JoinHandle<Said> {
        let (wren, stop) = (self.clone(), stop.clone());
        tokio::spawn(async move {
            let nothing = json!({});
            let mut said = Said::default();
            loop {
                for thread in &threads {
                    let down = wren.says("Dislike", &json!(thread), &nothing).await;
                    wren.says("Undo", &down, &nothing).await;
                }
                let round = said.reports.len();
                let note = wren
                    .peer
                    .public_note(&wren.who, &format!("seen on walk {round}"));
                wren.peer.publish(&note);
                wren.says("Announce", &note["id"], &nothing).await;
                said.shown.push(text(&note, "id"));
                let why = format!("dull {round}");
                let for_it = json!({"to": [wren.group], "cc": [], "content": why});
                wren.says("Flag", &json!(threads[2]), &for_it).await;
                said.reports.push(why);
                if stop.load(Ordering::Relaxed) {
                    break;
                }
            }
            wren.says("Dislike", &json!(threads[0]), &nothing).await;
            said
        })
    }
}
