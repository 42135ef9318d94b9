//! Who may post in a community, and who comes upon it: its own server decides, whatever others know of it so far.

use kontor_tests::{Person, answer::text, holds};
use serde_json::{Value, json};

use super::{
    Stage, are_looking_after_it, mention, moderate,
    owners::dismisses,
    rules::{changes, is_known_everywhere},
    shown,
};

pub(super) async fn begins(stage: &Stage, who: &Person, words: &str) -> [String; 3] {
    let body = json!({"status": format!("{} {words}", mention(stage))});
    who.client.post_json("/api/v1/statuses", &body).await.ok();
    stage.everywhere(words).await
}

/// What is refused is nowhere in it but perhaps where it was written, whose server may know that it will be, or not yet.
async fn stays_out(stage: &Stage, words: &str) {
    stage.quiet().await;
    let query = format!(
        "SELECT count(*) AS value FROM posts WHERE content LIKE '%{words}%' AND community_id IS NOT NULL"
    );
    for (server, who, community) in [
        (&stage.home, &stage.ann, &stage.at[0]),
        (&stage.far, &stage.cleo, &stage.at[2]),
    ] {
        assert_eq!(shown(who, community, words).await, None, "{words}");
        assert_eq!(server.database().number(&query), 0, "{words}");
    }
}

/// Somebody of the near server posts what may not be posted.
async fn posts_in_vain(stage: &Stage, who: &Person, body: &Value, words: &str) {
    let posted = who.client.post_json("/api/v1/statuses", body).await;
    assert!(matches!(posted.status, 200 | 403), "{}", posted.text());
    stays_out(stage, words).await;
}

pub(super) async fn begins_in_vain(stage: &Stage, who: &Person, words: &str) {
    let body = json!({"status": format!("{} {words}", mention(stage))});
    posts_in_vain(stage, who, &body, words).await;
}

async fn answers_in_vain(stage: &Stage, who: &Person, to: &str, words: &str) {
    let body = json!({"status": words, "in_reply_to_id": to});
    posts_in_vain(stage, who, &body, words).await;
}

async fn answers(stage: &Stage, who: &Person, to: &str, posts: &[String; 3], words: &str) {
    let body = json!({"status": words, "in_reply_to_id": to});
    who.client.post_json("/api/v1/statuses", &body).await.ok();
    for ((reader, _), post) in stage.everybody().into_iter().zip(posts) {
        holds(&format!("{} sees {words:?}", reader.name), || async {
            let path = format!("/api/v1/statuses/{post}/context");
            reader.client.get(&path).await.text().contains(words)
        })
        .await;
    }
}

/// Members, moderators, and anybody again. Who does not belong to it answers all the same.
pub(super) async fn says_who_begins_threads(stage: &Stage, eve: &Person) {
    let (ann, ben, cleo) = (&stage.ann, &stage.ben, &stage.cleo);
    changes(ann, &stage.at[0], &json!({"posting": "members"})).await;
    begins_in_vain(stage, eve, "a stranger begins").await;
    let posts = begins(stage, ben, "a member begins").await;
    answers(stage, eve, &posts[1], &posts, "a stranger answers").await;
    changes(ann, &stage.at[0], &json!({"posting": "moderators"})).await;
    begins_in_vain(stage, ben, "another member begins").await;
    let cleo_here = ann.resolve(&cleo.handle()).await;
    let body = json!({"account_id": cleo_here});
    moderate(ann, &stage.at[0], "moderators", body).await;
    are_looking_after_it(stage, &["ann", "cleo"]).await;
    begins(stage, cleo, "a moderator begins").await;
    dismisses(ann, &stage.at[0], &cleo_here).await;
    are_looking_after_it(stage, &["ann"]).await;
    let anyone = json!({"posting": "anyone"});
    changes(ann, &stage.at[0], &anyone).await;
    is_known_everywhere(stage, &anyone).await;
    begins(stage, eve, "anybody begins").await;
}

/// Members alone post, and answer; anybody reads.
pub(super) async fn is_restricted(stage: &Stage, eve: &Person) {
    let (ann, ben, cleo) = (&stage.ann, &stage.ben, &stage.cleo);
    changes(ann, &stage.at[0], &json!({"access": "restricted"})).await;
    begins_in_vain(stage, eve, "from beyond the fence").await;
    let posts = begins(stage, ben, "among members").await;
    answers_in_vain(stage, eve, &posts[1], "over the fence").await;
    answers(stage, cleo, &posts[2], &posts, "inside the fence").await;
    for (server, post) in [&stage.home, &stage.near, &stage.far]
        .into_iter()
        .zip(&posts)
    {
        let path = format!("/api/v1/statuses/{post}/context");
        let context = server.stranger().get(&path).await.expect(200).text();
        assert!(context.contains("inside the fence"), "{context}");
    }
}

/// What begins there is in nobody's public timeline, and what else its author says is.
pub(super) async fn is_unlisted(stage: &Stage) {
    let (ann, ben, cleo) = (&stage.ann, &stage.ben, &stage.cleo);
    let unlisted = json!({"access": "unlisted"});
    changes(ann, &stage.at[0], &unlisted).await;
    is_known_everywhere(stage, &unlisted).await;
    for who in [ben, cleo] {
        let ann_there = who.resolve(&ann.handle()).await;
        who.follows(&ann_there).await;
    }
    begins(stage, ann, "in a low voice").await;
    begins(stage, cleo, "low from afar").await;
    ann.post("out in the open", "public").await;
    for server in [&stage.home, &stage.near, &stage.far] {
        let public = async || -> Vec<String> {
            let path = "/api/v1/timelines/public?limit=40";
            let listed = server.stranger().get(path).await.list();
            listed.iter().map(|post| text(post, "content")).collect()
        };
        let shows = |all: &[String], words: &str| all.iter().any(|one| one.contains(words));
        let host = server.address().host();
        holds(&format!("{host} shows what is public"), || async {
            shows(&public().await, "out in the open")
        })
        .await;
        let all = public().await;
        for words in ["in a low voice", "low from afar"] {
            assert!(!shows(&all, words), "{host}: {words}");
        }
    }
}
