//! What owners do with the whole of a community, on its server and elsewhere: each time all three say the same.

use kontor_tests::{
    Person,
    answer::{id, text},
    holds, until,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    Stage, are_looking_after_it, community_path, is_member, joins, moderate,
    posting::{begins, begins_in_vain},
    rules::{changes, is_known_everywhere},
    seen,
};
use crate::federation::shapes::picture;

/// What it says of itself, with words that come out as HTML.
async fn is_described(stage: &Stage, html: &str) {
    for (who, community) in stage.everybody() {
        holds(&format!("{} reads {html}", who.name), || async {
            let seen = seen(who, community).await;
            text(&seen, "description").contains(html)
        })
        .await;
    }
}

/// Title, description, who begins threads, and a picture of its own: the group says so itself.
pub(super) async fn says_something_else(stage: &Stage) {
    let ann = &stage.ann;
    let mut drawn = Vec::new();
    for (who, community) in stage.everybody() {
        drawn.push(text(&seen(who, community).await, "icon"));
    }
    let path = format!("/api/kontor/v1/communities/{}", stage.at[0]);
    let fields = [
        ("title", "The Greater Garden"),
        ("description", "with *trees*"),
        ("rules", "Be kind."),
        ("posting", "moderators"),
    ];
    let request = ann.form(
        (Method::PATCH, &path),
        &fields,
        ("icon", "leaf.png", &picture()),
    );
    ann.client.send(request).await.ok();
    let wanted =
        json!({"title": "The Greater Garden", "rules": "Be kind.", "posting": "moderators"});
    is_known_everywhere(stage, &wanted).await;
    is_described(stage, "<em>trees</em>").await;
    for ((who, community), before) in stage.everybody().into_iter().zip(drawn) {
        holds(&format!("{} sees the picture", who.name), || async {
            text(&seen(who, community).await, "icon") != before
        })
        .await;
    }
    let anyone = json!({"posting": "anyone"});
    changes(ann, &stage.at[0], &anyone).await;
    is_known_everywhere(stage, &anyone).await;
}

/// Nothing more is posted, by whomever, until it is opened again.
pub(super) async fn is_archived_for_a_while(stage: &Stage) {
    let (ann, ben) = (&stage.ann, &stage.ben);
    moderate(ann, &stage.at[0], "archive", json!({})).await;
    let late = json!({"status": "@garden too late"});
    let refused = ann.client.post_json("/api/v1/statuses", &late).await;
    assert_eq!(refused.status, 403);
    begins_in_vain(stage, ben, "too late as well").await;
    is_known_everywhere(stage, &json!({"archived": true})).await;
    moderate(ann, &stage.at[0], "unarchive", json!({})).await;
    is_known_everywhere(stage, &json!({"archived": false})).await;
    begins(stage, ben, "it is open again").await;
}

/// Everybody's server knows who is what there.
async fn have_roles(stage: &Stage, wanted: &Value) {
    for (who, community) in stage.everybody() {
        holds(&format!("{wanted} for {}", who.name), || async {
            let seen = seen(who, community).await;
            let mut roles = json!({});
            for one in seen["moderators"].as_array().unwrap() {
                roles[text(&one["account"], "username")] = one["role"].clone();
            }
            roles == *wanted
        })
        .await;
    }
}

fn whom(account: &str) -> Value {
    json!({"account_id": account})
}

/// The owner makes somebody elsewhere the owner, who does from there what owners do; an administrator hands it back, and the other steps
/// down.
pub(super) async fn is_handed_over_and_back(stage: &Stage) {
    let (ann, ben) = (&stage.ann, &stage.ben);
    let ben_here = ann.resolve(&ben.handle()).await;
    moderate(ann, &stage.at[0], "transfer", whom(&ben_here)).await;
    let handed_over = json!({"ben": "owner", "ann": "moderator"});
    have_roles(stage, &handed_over).await;
    is_owned_from_elsewhere(stage).await;
    let chief = stage.home.administrator("chief").await;
    moderate(&chief, &stage.at[0], "transfer", whom(&ann.id)).await;
    let handed_back = json!({"ann": "owner", "ben": "moderator"});
    have_roles(stage, &handed_back).await;
    // Whose server knows that they own it no longer is refused at once.
    let path = format!("/api/kontor/v1/communities/{}", stage.at[1]);
    let change = json!({"title": "Still mine"});
    let request = ben.client.request(Method::PATCH, &path).json(&change);
    ben.client.send(request).await.expect(403);
    stage.quiet().await;
    have_roles(stage, &handed_back).await;
    dismisses(ben, &stage.at[1], &ben.id).await;
    have_roles(stage, &json!({"ann": "owner"})).await;
}

pub(super) async fn dismisses(by: &Person, community: &str, whom: &str) {
    let path = community_path(community, &format!("moderators/{whom}"));
    by.client.delete(&path).await.ok();
}

/// The owner edits, appoints and dismisses: their server asks for it, and the community's does it.
async fn is_owned_from_elsewhere(stage: &Stage) {
    let (ann, ben, cleo) = (&stage.ann, &stage.ben, &stage.cleo);
    let change = json!({"title": "The Far Garden", "description": "kept from *afar*"});
    changes(ben, &stage.at[1], &change).await;
    is_known_everywhere(stage, &json!({"title": "The Far Garden"})).await;
    is_described(stage, "<em>afar</em>").await;
    let cleo_there = ben.resolve(&cleo.handle()).await;
    moderate(ben, &stage.at[1], "moderators", whom(&cleo_there)).await;
    are_looking_after_it(stage, &["ann", "ben", "cleo"]).await;
    dismisses(ben, &stage.at[1], &cleo_there).await;
    are_looking_after_it(stage, &["ann", "ben"]).await;
    // The log says who, and as what.
    let path = community_path(&stage.at[0], "log");
    for action in ["edited", "moderator_added", "moderator_removed"] {
        let entry = until(&format!("the log says {action}"), || async {
            let log = ann.client.get(&path).await.list();
            log.into_iter().find(|entry| entry["action"] == action)
        })
        .await;
        assert_eq!(entry["moderator"]["username"], "ben", "{entry}");
        assert_eq!(entry["role"], "owner", "{entry}");
    }
    begins(stage, ben, "from its owner").await;
}

/// Who asks to join is known to a moderator on another server, who lets in or turns away whoever it is.
pub(super) async fn people_are_let_in_from_elsewhere(stage: &Stage) {
    let (ann, ben) = (&stage.ann, &stage.ben);
    let ben_here = ann.resolve(&ben.handle()).await;
    moderate(ann, &stage.at[0], "moderators", whom(&ben_here)).await;
    have_roles(stage, &json!({"ann": "owner", "ben": "moderator"})).await;
    let requests = community_path(&stage.at[1], "requests");
    stage
        .cleo
        .client
        .get(&community_path(&stage.at[2], "requests"))
        .await
        .expect(403);
    let (dan, fay) = (
        stage.far.person("dan").await,
        stage.near.person("fay").await,
    );
    for (who, community, verb) in [
        (&dan, &stage.at[2], "authorize"),
        (&fay, &stage.at[1], "reject"),
    ] {
        joins(who, community).await;
        let waiting = until(&format!("ben sees that {} waits", who.name), || async {
            let waiting = ben.client.get(&requests).await.list();
            waiting
                .into_iter()
                .find(|one| text(one, "username") == who.name)
        })
        .await;
        let path = format!("requests/{}/{verb}", id(&waiting));
        moderate(ben, &stage.at[1], &path, json!({})).await;
        if verb == "authorize" {
            is_member(who, community).await;
        } else {
            holds("fay waits no more", || async {
                seen(who, community).await["membership"].is_null()
            })
            .await;
        }
    }
    assert!(ben.client.get(&requests).await.list().is_empty());
}
