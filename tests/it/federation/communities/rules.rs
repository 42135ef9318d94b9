//! What a community says of itself, as each server has it; and what becomes of a thread that it does not take in.

use kontor_tests::{
    Person,
    answer::{id, text},
    holds, until,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Stage, community_path, is_member, joins, mention, moderate, seen, shown};
use crate::federation::social::status;

pub(super) async fn changes(who: &Person, community: &str, body: &Value) {
    let path = format!("/api/kontor/v1/communities/{community}");
    let request = who.client.request(Method::PATCH, &path).json(body);
    who.client.send(request).await.ok();
}

pub(super) async fn is_known_everywhere(stage: &Stage, wanted: &Value) {
    for (who, community) in stage.everybody() {
        holds(&format!("{} sees {wanted}", who.name), || async {
            let seen = seen(who, community).await;
            let mut wanted = wanted.as_object().unwrap().iter();
            wanted.all(|(name, value)| seen[name] == *value)
        })
        .await;
    }
}

/// Writes in the community, and returns what comes of it: the status, and the post.
async fn writes(stage: &Stage, who: &Person, words: &str) -> (u16, Option<Value>) {
    let body = json!({"status": format!("{} {words}", mention(stage))});
    let answer = who.client.post_json("/api/v1/statuses", &body).await;
    if answer.status == 200 {
        (200, Some(answer.ok()))
    } else {
        (answer.status, None)
    }
}

/// Its owner at home changes it: everybody's server knows, and refuses at once what the community's own would.
pub(super) async fn are_known_and_kept(stage: &Stage) {
    let (ann, ben) = (&stage.ann, &stage.ben);
    let dan = stage.near.person("dan").await;
    let says = json!({
        "purpose": "To grow and to eat",
        "rules": "Be kind.",
        "languages": ["de", "en"],
        "access": "restricted",
    });
    changes(ann, &stage.at[0], &says).await;
    is_known_everywhere(stage, &says).await;
    assert_eq!(writes(stage, &dan, "let me in").await.0, 403);
    assert_eq!(writes(stage, ben, "plums are ripe").await.0, 200);
    stage.everywhere("plums are ripe").await;
    let says = json!({"access": "unlisted", "posting": "members", "languages": []});
    changes(ann, &stage.at[0], &says).await;
    is_known_everywhere(stage, &says).await;
    assert_eq!(writes(stage, &dan, "let me in").await.0, 403);
    assert_eq!(writes(stage, ben, "pears are ripe").await.0, 200);
    for ((who, _), post) in stage
        .everybody()
        .into_iter()
        .zip(stage.everywhere("pears are ripe").await)
    {
        let post = status(who, &post).await;
        assert_eq!(post["visibility"], "unlisted", "{post}");
    }
    moderate(ann, &stage.at[0], "archive", json!({})).await;
    // What is archived is told beside the posting rule, which stays.
    let archived = json!({"archived": true, "posting": "members"});
    is_known_everywhere(stage, &archived).await;
    assert_eq!(writes(stage, ben, "too late").await.0, 403);
    moderate(ann, &stage.at[0], "unarchive", json!({})).await;
    is_known_everywhere(stage, &json!({"archived": false})).await;
}

/// An owner elsewhere changes it with the API of their own server.
pub(super) async fn are_changed_from_elsewhere(stage: &Stage) {
    let (ann, ben) = (&stage.ann, &stage.ben);
    let there = ann.resolve(&ben.handle()).await;
    let path = community_path(&stage.at[0], &format!("members/{there}"));
    let request = ann.client.request(Method::PATCH, &path);
    let request = request.json(&json!({"role": "owner"}));
    ann.client.send(request).await.ok();
    holds("ben owns it", || async {
        seen(ben, &stage.at[1]).await["role"] == "owner"
    })
    .await;
    let says = json!({
        "purpose": "To share",
        "rules": "",
        "languages": ["fr"],
        "access": "public",
        "posting": "anyone",
    });
    changes(ben, &stage.at[1], &says).await;
    is_known_everywhere(stage, &says).await;
    moderate(ben, &stage.at[1], "archive", json!({})).await;
    is_known_everywhere(stage, &json!({"archived": true})).await;
    moderate(ben, &stage.at[1], "unarchive", json!({})).await;
    is_known_everywhere(stage, &json!({"archived": false})).await;
}

/// Nobody on the far server belongs to it any more, so that server is not told of a new rule, and lets somebody write. The author is told
/// what came of it.
pub(super) async fn are_told_to_whom_they_turn_away(stage: &Stage) {
    let (ann, cleo) = (&stage.ann, &stage.cleo);
    let path = format!("/api/v1/accounts/{}/unfollow", stage.at[2]);
    cleo.client.post(&path, &[]).await.ok();
    holds("cleo has left", || async {
        seen(ann, &stage.at[0]).await["members_count"] == 2
    })
    .await;
    stage.rest().await;
    changes(ann, &stage.at[0], &json!({"posting": "moderators"})).await;
    stage.rest().await;
    assert_eq!(seen(cleo, &stage.at[2]).await["posting"], "anyone");
    let (written, post) = writes(stage, cleo, "figs are ripe").await;
    assert_eq!(written, 200);
    let post = id(&post.unwrap());
    let why = "Only moderators begin threads in this community";
    holds("the author sees that it was not taken in", || async {
        status(cleo, &post).await["community"]["removed"] == why
    })
    .await;
    let eve = stage.far.person("eve").await;
    let path = format!("/api/v1/statuses/{post}");
    assert_eq!(eve.client.get(&path).await.status, 404);
    for (who, community) in stage.everybody() {
        assert_eq!(shown(who, community, "figs are ripe").await, None);
    }
    let path = community_path(&stage.at[2], "log");
    let line = until("the log says so", || async {
        let log = cleo.client.get(&path).await.list();
        log.into_iter().find(|entry| entry["action"] == "refused")
    })
    .await;
    assert_eq!(text(&line, "reason"), why);
    assert_eq!(line["role"], "community");
    assert_eq!(line["account"]["username"], "cleo");
    let log = eve.client.get(&path).await.list();
    let told = log.iter().any(|entry| entry["action"] == "refused");
    assert!(!told, "nobody else is told: {log:?}");
    // With a member there its server knows again.
    joins(cleo, &stage.at[2]).await;
    is_member(cleo, &stage.at[2]).await;
    changes(ann, &stage.at[0], &json!({"purpose": "To share all"})).await;
    is_known_everywhere(stage, &json!({"posting": "moderators"})).await;
    assert_eq!(writes(stage, cleo, "figs again").await.0, 403);
    // It may be posted now, and its author says it anew: it is taken in, here and everywhere.
    changes(ann, &stage.at[0], &json!({"posting": "anyone"})).await;
    is_known_everywhere(stage, &json!({"posting": "anyone"})).await;
    let body = json!({"status": format!("{} figs after all", mention(stage))});
    let path = format!("/api/v1/statuses/{post}");
    let request = cleo.client.request(Method::PUT, &path).json(&body);
    cleo.client.send(request).await.ok();
    stage.everywhere("figs after all").await;
    let kept = status(cleo, &post).await;
    assert_eq!(kept["community"]["removed"], Value::Null);
}
