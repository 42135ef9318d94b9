//! What Lemmy 1.0 says of what is in a group of its own, in its shapes, by its sources.

use kontor_actions::reports;
use kontor_domain::page::Page;
use serde_json::json;

use crate::{groups_elsewhere::Bees, peer::Person, world::sound};

/// Whoever reports it may be on a third server: the group passes it on to those who look after it.
#[actix_web::test]
async fn a_report_that_a_group_passes_on_reaches_its_moderators_here() {
    let bees = Bees::new(|_, _| ()).await;
    bees.world.follows(&bees.ann, &bees.account).await;
    let (drone, crow) = (
        Person::new("board.test", "drone"),
        Person::new("pie.test", "crow"),
    );
    drone.lives(&bees.world.peers);
    let page = bees.page(&drone, "honey");
    let uri = page["id"].as_str().unwrap();
    bees.world.peers.serve(uri, &page);
    let create = drone.activity("create", "Create", &page);
    bees.done(&bees.announce("1", &create)).await;
    let flag = |id: &str| {
        json!({
            "actor": crow.uri,
            "to": [bees.group.uri],
            "object": uri,
            "summary": "sticky",
            "content": null,
            "type": "Flag",
            "id": crow.url(&format!("/activities/flag/{id}")),
            "audience": bees.group.uri,
        })
    };
    // Nobody here looks after it.
    let announce = bees.announce("2", &flag("1"));
    let (status, _) = bees.world.receives(&bees.group, &announce).await;
    assert_eq!(status, 202);
    let outcome = bees.world.outcome(&announce).await;
    assert!(outcome.starts_with("ignored"), "{outcome}");
    bees.moderated_by_ann().await;
    bees.done(&bees.announce("3", &flag("2"))).await;
    let app = &bees.world.app;
    let kept = reports::of_community(app, bees.ann.id, bees.account.id, Page::first(5));
    let kept = kept.await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].report.comment, "sticky");
    assert_eq!(kept[0].by.id, bees.account.id, "the group's word");
    assert_eq!(kept[0].subjects[0].uri, uri);
    sound(&bees.world).await;
}
