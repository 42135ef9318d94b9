//! How much of a community goes out in a minute, and in which form when that is learnt meanwhile.

use std::time::Duration;

use kontor_actions::{communities::What, posts::Named};
use kontor_domain::{community::Access, ids::JobId};
use kontor_store::jobs;
use serde_json::json;

use crate::{
    groups::{Garden, entry, stop},
    world::{World, sound},
};

/// What waits of what is about one thing, in its order.
async fn to_come(garden: &Garden, about: &str) -> Vec<JobId> {
    let (about, now) = (about.to_owned(), garden.world.app.now());
    garden
        .world
        .app
        .store
        .read(move |db| jobs::to_come(db, "relays", &about, now))
        .await
        .unwrap()
        .into_iter()
        .map(|job| job.id)
        .collect()
}

#[actix_web::test]
async fn what_is_too_much_for_a_minute_goes_out_later_and_of_changes_the_newest() {
    // None at all in a minute, so that no minute ends in the middle.
    let world = World::with_limits(|limits| limits.communities.posts_a_minute_by_one = 0).await;
    let mut garden = Garden::in_world(world, Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    garden.member("elephant.test", "ella", false).await;
    let thread = garden.thread(&mole, "moles").await;
    assert_eq!(
        garden.stub(&thread).await.unwrap().community_id,
        Some(garden.group.id)
    );
    assert_eq!(to_come(&garden, &thread).await.len(), 1);
    for (id, words) in [("1", "voles"), ("2", "badgers")] {
        let mut page = garden.page(&mole, "moles");
        page["content"] = json!(format!("<p>about {words}</p>"));
        page["updated"] = json!(format!("2026-01-02T04:0{id}:05Z"));
        let update = garden.said(&mole, &format!("update-{id}"), "Update", &page);
        garden.done(&mole, &update).await;
    }
    let waiting = to_come(&garden, &thread).await;
    assert_eq!(waiting.len(), 2, "the thread, and one change of it");
    let heard = |host: &str| {
        let arrived = garden.world.peers.arrived_at(host).into_iter();
        arrived.filter(|one| one.kind() == "Announce").count()
    };
    assert_eq!((heard("board.test"), heard("elephant.test")), (0, 0));

    // Its time comes.
    garden.world.stop().await;
    let now = garden.world.app.now();
    garden
        .world
        .app
        .store
        .write(move |tx| {
            waiting
                .iter()
                .try_for_each(|id| jobs::put_off(tx, *id, now, "a test"))
        })
        .await
        .unwrap();
    garden.world.run();
    assert_eq!(
        garden.passed_on("board.test").await,
        [entry("Create", &thread), entry("Update", &thread)]
    );
    let arrived = garden.world.peers.arrived_at("board.test").into_iter();
    let update = arrived
        .filter(|one| one.body["object"]["type"] == "Update")
        .map(|one| one.body["object"]["object"]["content"].clone());
    assert_eq!(update.collect::<Vec<_>>(), ["<p>about badgers</p>"]);
    assert_eq!(
        garden.passed_on("elephant.test").await,
        [entry("post", &thread)]
    );
    sound(&garden.world).await;
    stop(garden).await;
}

#[actix_web::test]
async fn a_moderator_s_word_does_not_wait_and_what_is_deleted_does_not_go() {
    let world = World::with_limits(|limits| limits.communities.posts_a_minute_by_one = 0).await;
    let garden = Garden::in_world(world, Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let (kept, gone) = (
        garden.thread(&mole, "kept").await,
        garden.thread(&mole, "gone").await,
    );
    let lock = What::Lock(Named::Uri(kept.clone()));
    garden.moderates(garden.ann.id, lock).await.unwrap();
    let delete = garden.said(&mole, "delete", "Delete", &json!(gone));
    garden.done(&mole, &delete).await;
    let mut told = garden.passed_on("board.test").await;
    told.sort();
    let mut wanted = [
        entry("Create", &kept),
        entry("Lock", &kept),
        entry("Delete", &gone),
    ];
    wanted.sort();
    assert_eq!(told, wanted);
    stop(garden).await;
}

#[actix_web::test]
async fn a_server_that_is_understood_late_gets_a_thread_in_one_form() {
    let mut garden = Garden::new(Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    garden.member("elephant.test", "ella", false).await;
    let before = garden.thread(&mole, "before").await;
    garden.passed_on("elephant.test").await;
    // It is taken in at once, and what goes out of it waits.
    garden.world.stop().await;
    let between = garden.thread(&mole, "between").await;
    tokio::time::sleep(Duration::from_millis(10)).await;
    garden.learn("elephant.test").await;
    garden.world.run();
    let after = garden.thread(&mole, "after").await;
    let mut told = garden.passed_on("elephant.test").await;
    told.sort();
    let mut wanted = [
        entry("post", &before),
        entry("post", &between),
        entry("Create", &after),
    ];
    wanted.sort();
    assert_eq!(told, wanted);
    sound(&garden.world).await;
    stop(garden).await;
}
