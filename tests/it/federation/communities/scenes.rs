//! Scenes for worlds that stand: each leaves the community as the next one needs it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use kontor_tests::{
    Actor, PUBLIC, Peer, Person,
    answer::{id, text},
    clock, holds, until,
};
use serde_json::{Value, json};

use super::{Stage, community_path, is_member, joins, mention, moderate, seen, sees};
use crate::federation::social::status;

/// What somebody elsewhere says to the community's server, which takes it.
async fn says(stage: &Stage, peer: &Peer, by: &Actor, kind: &str, object: &Value) -> Value {
    let group = text(&seen(&stage.ann, &stage.at[0]).await, "uri");
    let mut activity = peer.activity(by, kind, object);
    activity["to"] = json!([PUBLIC]);
    activity["cc"] = json!([group]);
    let inbox = stage.home.address().url("/inbox");
    peer.send(by, &inbox, &activity).await.expect(202);
    activity
}

/// Votes down are shown to nobody, and nobody here casts them: each server keeps what others do.
pub(super) async fn is_voted_down(stage: &Stage, peer: &Peer, post: &str) {
    let wren = peer.actor("wren");
    let uri = text(&status(&stage.ann, post).await, "uri");
    let query = format!(
        "SELECT count(*) AS value FROM dislikes WHERE post_id IN (SELECT id FROM posts WHERE uri = '{uri}')"
    );
    let counted = async |count: i64| {
        for server in [&stage.home, &stage.near, &stage.far] {
            let what = format!("{} keeps {count} votes down", server.address().host());
            holds(&what, || async {
                server.database().number(&query) == count
            })
            .await;
        }
    };
    let dislike = says(stage, peer, &wren, "Dislike", &json!(uri)).await;
    counted(1).await;
    says(stage, peer, &wren, "Undo", &dislike).await;
    counted(0).await;
}

/// A post of another place is boosted into the community, which shows it, and it belongs where it was.
pub(super) async fn is_shown_something(stage: &Stage, peer: &Peer) {
    let wren = peer.actor("wren");
    let note = peer.public_note(&wren, "seen on a walk");
    peer.publish(&note);
    says(stage, peer, &wren, "Announce", &note["id"]).await;
    for (who, community) in stage.everybody() {
        let post = sees(who, community, "seen on a walk").await;
        assert_eq!(post["account"]["username"], "wren", "{post}");
        assert!(post["community"].is_null(), "{post}");
    }
}

async fn pinned(who: &Person, community: &str) -> Vec<String> {
    let path = format!("/api/v1/accounts/{community}/statuses?pinned=true");
    who.client.get(&path).await.list().iter().map(id).collect()
}

/// A moderator elsewhere pins, and the owner at home unpins.
pub(super) async fn is_pinned_and_unpinned(stage: &Stage, posts: &[String; 3]) {
    let path = format!("posts/{}/pin", posts[1]);
    moderate(&stage.ben, &stage.at[1], &path, json!({})).await;
    for ((who, community), post) in stage.everybody().into_iter().zip(posts) {
        holds(&format!("{} sees it pinned", who.name), || async {
            pinned(who, community).await == [post.as_str()]
        })
        .await;
    }
    let path = format!("posts/{}/unpin", posts[0]);
    moderate(&stage.ann, &stage.at[0], &path, json!({})).await;
    for (who, community) in stage.everybody() {
        holds(&format!("{} sees nothing pinned", who.name), || async {
            pinned(who, community).await.is_empty()
        })
        .await;
    }
}

/// Somebody on the near server reports a post of the far one: whoever looks after the community sees it, wherever they are, and so do
/// the operators of all three.
pub(super) async fn is_reported(stage: &Stage, posts: &[String; 3]) {
    let eve = stage.near.person("eve").await;
    let author = id(&status(&eve, &posts[1]).await["account"]);
    let body = json!({
        "account_id": author,
        "status_ids": [posts[1]],
        "comment": "it is dear",
        "forward": true,
    });
    eve.client.post_json("/api/v1/reports", &body).await.ok();
    for (who, community) in [(&stage.ann, &stage.at[0]), (&stage.ben, &stage.at[1])] {
        let what = format!("{} sees the report", who.name);
        let report = until(&what, || async {
            let path = community_path(community, "reports");
            who.client.get(&path).await.list().pop()
        })
        .await;
        assert_eq!(report["comment"], "it is dear");
        assert_eq!(report["target_account"]["username"], "cleo");
    }
    for server in [&stage.home, &stage.near, &stage.far] {
        let what = format!("the operators of {} see it", server.address().host());
        let query = "SELECT count(*) AS value FROM reports WHERE comment = 'it is dear'";
        holds(&what, || async { server.database().number(query) > 0 }).await;
    }
    let listed = stage.home.run(&["report", "list"], "");
    assert!(listed.contains("it is dear"), "{listed}");
}

/// The owner locks a thread, a moderator elsewhere opens it again.
pub(super) async fn is_locked_and_opened(stage: &Stage, posts: &[String; 3]) {
    let (ann, ben, cleo) = (&stage.ann, &stage.ben, &stage.cleo);
    let locked = async |wanted: bool| {
        for ((who, _), post) in stage.everybody().into_iter().zip(posts) {
            holds(&format!("{} sees locked: {wanted}", who.name), || async {
                status(who, post).await["community"]["locked"] == wanted
            })
            .await;
        }
    };
    let lock = format!("posts/{}/lock", posts[0]);
    moderate(ann, &stage.at[0], &lock, json!({})).await;
    locked(true).await;
    let answer = json!({"status": "once more", "in_reply_to_id": posts[2]});
    let refused = cleo.client.post_json("/api/v1/statuses", &answer).await;
    assert_eq!(refused.status, 403);
    let unlock = format!("posts/{}/unlock", posts[1]);
    moderate(ben, &stage.at[1], &unlock, json!({})).await;
    locked(false).await;
    cleo.client
        .post_json("/api/v1/statuses", &answer)
        .await
        .ok();
    for ((who, _), post) in stage.everybody().into_iter().zip(posts) {
        holds(&format!("{} sees the answer", who.name), || async {
            let path = format!("/api/v1/statuses/{post}/context");
            who.client.get(&path).await.text().contains("once more")
        })
        .await;
    }
}

/// Everybody is told of a ban and of its end, which is returned.
pub(super) async fn is_banned_for_a_moment(stage: &Stage, dan: &Person) -> SystemTime {
    let now = clock::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let end = UNIX_EPOCH + Duration::from_secs(now + 6);
    let expires_at = clock::rfc3339(end);
    let there = stage.ann.resolve(&dan.handle()).await;
    let body = json!({"account_id": there, "reason": "a moment", "expires_at": expires_at});
    moderate(&stage.ann, &stage.at[0], "bans", body).await;
    for (who, community) in stage.everybody() {
        let path = community_path(community, "log");
        let what = format!("the log tells {} of the ban", who.name);
        let entry = until(&what, || async {
            let log = who.client.get(&path).await.list();
            log.into_iter().find(|entry| entry["reason"] == "a moment")
        })
        .await;
        assert_eq!(entry["action"], "banned");
        assert_eq!(entry["account"]["username"], "dan");
        let told = text(&entry, "expires_at");
        assert!(told.starts_with(expires_at.trim_end_matches('Z')), "{told}");
    }
    let body = json!({"status": format!("{} let me", mention(stage))});
    let tried = dan.client.post_json("/api/v1/statuses", &body).await.status;
    // On a busy machine it may be over by now.
    if clock::now() < end {
        assert_eq!(tried, 403);
    }
    end
}

/// The end has passed, which nobody has to say.
pub(super) async fn may_post_again(stage: &Stage, dan: &Person, end: SystemTime) {
    if let Ok(left) = end.duration_since(clock::now()) {
        tokio::time::sleep(left).await;
    }
    let body = json!({"status": format!("{} here I am", mention(stage))});
    holds("the ban is over", || async {
        let posted = dan.client.post_json("/api/v1/statuses", &body).await;
        posted.status == 200
    })
    .await;
    stage.everywhere("here I am").await;
}

/// The owner ends a ban. No member is left on the server of whom it concerns, and that is told all the same.
pub(super) async fn is_let_in_again(stage: &Stage) {
    let (ann, cleo) = (&stage.ann, &stage.cleo);
    let there = ann.resolve(&cleo.handle()).await;
    let ban = community_path(&stage.at[0], &format!("bans/{there}"));
    ann.client.delete(&ban).await.ok();
    holds("whoever was banned is told", || async {
        seen(cleo, &stage.at[2]).await["banned"] == false
    })
    .await;
    joins(cleo, &stage.at[2]).await;
    is_member(cleo, &stage.at[2]).await;
    let body = json!({"status": format!("{} back for good", mention(stage))});
    cleo.client.post_json("/api/v1/statuses", &body).await.ok();
    stage.everywhere("back for good").await;
}

/// Whoever looked after it from elsewhere does so no more.
pub(super) async fn is_moderated_from_home_alone(stage: &Stage, posts: &[String; 3]) {
    let (ann, ben) = (&stage.ann, &stage.ben);
    let there = ann.resolve(&ben.handle()).await;
    let path = community_path(&stage.at[0], &format!("moderators/{there}"));
    ann.client.delete(&path).await.ok();
    for (who, community) in stage.everybody() {
        holds(&format!("{} sees one moderator", who.name), || async {
            let moderators = seen(who, community).await["moderators"].take();
            moderators
                .as_array()
                .is_some_and(|all| all.len() == 1 && all[0]["account"]["username"] == "ann")
        })
        .await;
    }
    let path = community_path(&stage.at[1], &format!("posts/{}/lock", posts[1]));
    let refused = ben.client.post_json(&path, &json!({})).await;
    assert_eq!(refused.status, 403);
}

/// Whoever left joins again, and is sent what comes from then on.
pub(super) async fn joins_again(stage: &Stage) {
    joins(&stage.ben, &stage.at[1]).await;
    is_member(&stage.ben, &stage.at[1]).await;
    let body = json!({"status": "@garden beans are in"});
    stage
        .ann
        .client
        .post_json("/api/v1/statuses", &body)
        .await
        .ok();
    stage.everywhere("beans are in").await;
}
