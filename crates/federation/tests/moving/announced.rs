//! What a group passes on, in whatever order it comes.

use serde_json::{Value, json};

use crate::{
    peer::Person,
    trust::{modern, proven},
    world::{World, settings},
};

struct Stage {
    world: World,
    group: Person,
    bert: Person,
}

/// Anna is in a group elsewhere, where Bert writes, who proves what he says.
async fn stage() -> Stage {
    let world = World::with(settings()).await;
    let anna = world.person("anna").await;
    let group = Person::new("board.test", "garden");
    let mut document = group.document();
    document["type"] = json!("Group");
    document["attributedTo"] = json!(format!("{}/moderators", group.uri));
    group.lives(&world.peers);
    world.peers.serve(&group.uri, &document);
    world.reads(&group.uri).await;
    let known = world.account_at(&group.uri).await.unwrap();
    world.follows(&anna, &known).await;
    let (bert, document) = modern("peer.test", "bert");
    world.known(&bert).await;
    world.peers.serve(&bert.uri, &document);
    Stage { world, group, bert }
}

impl Stage {
    fn page(&self, id: &str) -> Value {
        let mut page = self.bert.note(id, "in the garden");
        page["type"] = json!("Page");
        page["name"] = json!("A title");
        page["audience"] = json!(self.group.uri);
        page["cc"] = json!([self.group.uri]);
        page
    }

    fn says(&self, id: &str, kind: &str, object: &Value) -> Value {
        let inner = self.bert.activity(id, kind, object);
        let mut announce = self
            .group
            .activity(id, "Announce", &proven(&self.bert, &inner));
        announce["to"] = json!(["https://www.w3.org/ns/activitystreams#Public"]);
        announce
    }

    async fn hears(&self, activity: &Value) {
        let (status, why) = self.world.receives(&self.group, activity).await;
        assert_eq!(status, 202, "{why}");
    }
}

#[actix_web::test]
async fn a_post_and_its_end_come_in_either_order_and_it_is_gone() {
    let mut stage = stage().await;
    stage.world.run_queues();
    let deleted =
        |id: &str| json!({"id": stage.bert.url(&format!("/notes/{id}")), "type": "Tombstone"});
    let (create, delete) = (
        stage.says("c1", "Create", &stage.page("1")),
        stage.says("d1", "Delete", &deleted("1")),
    );
    stage.hears(&create).await;
    assert_eq!(stage.world.outcome(&create).await, "done");
    assert!(
        stage
            .world
            .post_at(&stage.bert.url("/notes/1"))
            .await
            .is_some()
    );
    stage.hears(&delete).await;
    assert_eq!(stage.world.outcome(&delete).await, "done");
    assert!(
        stage
            .world
            .post_at(&stage.bert.url("/notes/1"))
            .await
            .is_none()
    );

    let (create, delete) = (
        stage.says("c2", "Create", &stage.page("2")),
        stage.says("d2", "Delete", &deleted("2")),
    );
    stage.hears(&delete).await;
    assert_eq!(stage.world.outcome(&delete).await, "done");
    stage.hears(&create).await;
    let outcome = stage.world.outcome(&create).await;
    assert_eq!(outcome, "refused: it is gone");
    assert!(
        stage
            .world
            .post_at(&stage.bert.url("/notes/2"))
            .await
            .is_none()
    );
    stage.world.stop().await;
}

/// One after another, though many are acted on at the same time.
#[actix_web::test]
async fn what_is_said_of_one_post_is_acted_on_in_its_order() {
    let mut stage = stage().await;
    let mut last = Vec::new();
    for n in 0..8 {
        let (page, id) = (stage.page(&n.to_string()), n.to_string());
        let mut edited = page.clone();
        edited["content"] = json!("<p>changed</p>");
        edited["updated"] = json!("2026-01-03T03:04:05Z");
        stage
            .hears(&stage.says(&format!("c{id}"), "Create", &page))
            .await;
        let update = stage.says(&format!("u{id}"), "Update", &edited);
        stage.hears(&update).await;
        last.push((update, page["id"].as_str().unwrap().to_owned()));
    }
    stage.world.run_queues();
    for (update, uri) in last {
        assert_eq!(stage.world.outcome(&update).await, "done");
        let view = stage.world.post_at(&uri).await.unwrap();
        assert!(
            view.post.content.contains("changed"),
            "{}",
            view.post.content
        );
    }
    stage.world.stop().await;
}
