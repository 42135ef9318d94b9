//! What goes on beside: somebody comes and goes, a private community has its own talk, threads are pinned, and the owner changes.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use kontor_tests::answer::id;
use reqwest::Method;
use serde_json::json;
use tokio::task::JoinHandle;

use super::members::{Member, PACE};

/// What is said in the private community, and how often by each of two.
pub(super) const WHISPER: &str = "kept inside";
pub(super) const WHISPERS: usize = 4;

/// Somebody joins and leaves, over and over, until told to stop.
pub(super) fn comes_and_goes(gus: &Member, stop: &Arc<AtomicBool>) -> JoinHandle<()> {
    let (gus, stop) = (gus.clone(), stop.clone());
    tokio::spawn(async move {
        for verb in ["follow", "unfollow"].iter().cycle() {
            let path = format!("/api/v1/accounts/{}/{verb}", gus.community);
            gus.ask(Method::POST, &path, &json!({})).await;
            tokio::time::sleep(PACE * 4).await;
            if stop.load(Ordering::Relaxed) {
                break;
            }
        }
    })
}

/// A private community: somebody from another server asks to join, is let in, and both post.
pub(super) fn whispers(shed: &[Member; 2]) -> JoinHandle<()> {
    let [ann, ben] = shed.clone();
    tokio::spawn(async move {
        let follow = format!("/api/v1/accounts/{}/follow", ben.community);
        ben.ask(Method::POST, &follow, &json!({})).await;
        let asker = loop {
            if let Some(one) = ann.get(&ann.path("/requests")).await.list().pop() {
                break id(&one);
            }
            tokio::time::sleep(PACE).await;
        };
        let authorize = ann.path(&format!("/requests/{asker}/authorize"));
        ann.post(&authorize, &json!({}), "authorize").await;
        while ben.get(&ben.path("")).await.ok()["membership"] != "member" {
            tokio::time::sleep(PACE).await;
        }
        for number in 0..WHISPERS {
            for (name, member) in [("ann", &ann), ("ben", &ben)] {
                let words = format!("{} {WHISPER} {number} of {name}.", member.mention);
                let key = format!("whisper {name} {number}");
                let body = json!({"status": words});
                member.post("/api/v1/statuses", &body, &key).await;
                tokio::time::sleep(PACE).await;
            }
        }
    })
}

/// A thread is pinned and taken down, over and over, until told to stop; in the end it is pinned, or not.
pub(super) fn pins(
    member: &Member,
    thread: &str,
    stays: bool,
    stop: &Arc<AtomicBool>,
) -> JoinHandle<()> {
    let (member, stop) = (member.clone(), stop.clone());
    let [pin, unpin] = ["pin", "unpin"].map(|verb| member.path(&format!("/posts/{thread}/{verb}")));
    tokio::spawn(async move {
        let nothing = json!({});
        loop {
            for path in [&pin, &unpin] {
                member.ask(Method::POST, path, &nothing).await;
                tokio::time::sleep(PACE * 2).await;
            }
            if stop.load(Ordering::Relaxed) {
                break;
            }
        }
        if stays {
            member.ask(Method::POST, &pin, &nothing).await;
        }
    })
}

/// The owner gives it another title, and makes somebody elsewhere its owner; whoever administers its server hands it back, and dismisses
/// the other. Over and over, until told to stop; returns the title that it has in the end.
pub(super) fn presides(
    (ann, chief): (&Member, &Member),
    hal: &str,
    stop: &Arc<AtomicBool>,
) -> JoinHandle<String> {
    let (ann, chief, stop) = (ann.clone(), chief.clone(), stop.clone());
    let dismissed = ann.path(&format!("/moderators/{hal}"));
    let to_hal = json!({"account_id": hal});
    tokio::spawn(async move {
        let (it, transfer) = (ann.path(""), ann.path("/transfer"));
        let (to_ann, nothing) = (json!({"account_id": ann.who.id}), json!({}));
        let mut round = 0;
        loop {
            round += 1;
            let title = format!("Place {round}");
            let change = json!({"title": title, "description": format!("as of *{round}*")});
            for (by, method, path, body) in [
                (&ann, Method::PATCH, &it, &change),
                (&ann, Method::POST, &transfer, &to_hal),
                (&chief, Method::POST, &transfer, &to_ann),
                (&chief, Method::DELETE, &dismissed, &nothing),
            ] {
                by.ask(method, path, body).await;
                tokio::time::sleep(PACE).await;
            }
            if stop.load(Ordering::Relaxed) {
                return title;
            }
        }
    })
}
