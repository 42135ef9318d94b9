//! How much of a community goes out in a minute, and in which form when that is learnt meanwhile.

use std::time::Duration;

use kontor_actions::{communities::What, favourites, posts::Named};
use kontor_domain::{community::Access, ids::JobId, time};
use kontor_store::{deliveries, jobs};
use serde_json::json;

use crate::{
    groups::{Garden, entry, stop},
    peer::Person,
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

/// A minute begins now, so that none ends in the middle of what follows. What waits for it is seen by who looks anew.
async fn begin_minute(garden: &mut Garden) {
    garden.world.stop().await;
    let over = time::millis(garden.world.app.now()).rem_euclid(60_000);
    let left = Duration::from_millis(u64::try_from(60_000 - over).unwrap());
    garden.world.app.clock.advance(left);
    garden.world.run();
}

/// Everything is done but what waits for another minute, of which there is so much.
async fn waiting(garden: &Garden, wanted: i64) {
    let world = &garden.world;
    let look = || async {
        let left = world.app.store.read(|db| {
            let (events, _) = jobs::depth(db, "events")?;
            let (relays, _) = jobs::depth(db, "relays")?;
            Ok::<_, kontor_store::Error>((events, relays, deliveries::counts(db)?.waiting))
        });
        (left.await.unwrap() == (0, wanted, 0)).then_some(())
    };
    world.eventually("what is too much waits", look).await;
}

/// Somebody elsewhere who belongs nowhere, and has a say all the same.
async fn voter(garden: &Garden, name: &str) -> Person {
    let voter = Person::new("pie.test", name);
    garden.world.known(&voter).await;
    voter
}

async fn votes(garden: &Garden, name: &str, kind: &str, post: &str) {
    let voter = voter(garden, name).await;
    let id = format!("{name}-{}", post.rsplit('/').next().unwrap());
    let vote = garden.said(&voter, &id, kind, &json!(post));
    garden.done(&voter, &vote).await;
}

async fn likes(garden: &Garden, by: &Person, id: &str, post: &str) {
    let like = garden.said(by, id, "Like", &json!(post));
    garden.done(by, &like).await;
}

async fn takes_back(garden: &Garden, by: &Person, id: &str, post: &str) {
    let like = json!({"id": by.url(&format!("/activities/{id}")), "type": "Like", "actor": by.uri, "object": post});
    let undo = garden.said(by, &format!("undo-{id}"), "Undo", &like);
    garden.done(by, &undo).await;
}

async fn counted(garden: &Garden, post: &str) -> i64 {
    let view = garden.world.post_at(post).await.unwrap();
    view.post.favourites_count
}

#[actix_web::test]
async fn votes_beyond_so_many_in_a_minute_are_told_later() {
    let world = World::with_limits(|limits| limits.communities.votes_a_minute = 2).await;
    let mut garden = Garden::in_world(world, Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    garden.member("fox.test", "fox", true).await;
    let bob = garden.world.person("bob").await;
    let thread = garden.thread(&mole, "moles").await;
    garden.world.sent().await;
    begin_minute(&mut garden).await;
    for (name, kind) in [("one", "Like"), ("two", "Dislike"), ("three", "Like")] {
        votes(&garden, name, kind, &thread).await;
    }
    favourites::favourite(&garden.world.app, bob.id, Named::Uri(thread.clone()), None)
        .await
        .unwrap();
    waiting(&garden, 2).await;
    let mut wanted = vec![
        entry("Create", &thread),
        entry("Like", &thread),
        entry("Dislike", &thread),
    ];
    for host in ["board.test", "fox.test"] {
        assert_eq!(garden.passed_on_so_far(host), wanted, "{host}");
    }
    // All are counted here, and what people here think the author's own server hears from them.
    assert_eq!(counted(&garden, &thread).await, 3);
    let from_bob = |host: &str| {
        let arrived = garden.world.peers.arrived_at(host).into_iter();
        arrived
            .filter(|one| one.kind() == "Like" && one.body["actor"] == bob.uri)
            .count()
    };
    assert_eq!((from_bob("board.test"), from_bob("fox.test")), (1, 0));
    // Posts are no votes; a moderator's word about the post does not hurry those that wait.
    let other = garden.thread(&mole, "voles").await;
    let lock = What::Lock(Named::Uri(thread.clone()));
    garden.moderates(garden.ann.id, lock).await.unwrap();
    waiting(&garden, 2).await;
    begin_minute(&mut garden).await;
    wanted.extend([
        entry("Create", &other),
        entry("Lock", &thread),
        entry("Like", &thread),
        entry("Like", &thread),
    ]);
    wanted.sort();
    for host in ["board.test", "fox.test"] {
        let mut told = garden.passed_on(host).await;
        told.sort();
        assert_eq!(told, wanted, "{host}");
    }
    sound(&garden.world).await;
    stop(garden).await;
}

#[actix_web::test]
async fn of_votes_that_wait_what_stands_at_last_is_told() {
    let world = World::with_limits(|limits| limits.communities.votes_a_minute = 1).await;
    let mut garden = Garden::in_world(world, Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let thread = garden.thread(&mole, "moles").await;
    let (crow, crab) = (voter(&garden, "crow").await, voter(&garden, "crab").await);
    garden.world.sent().await;
    begin_minute(&mut garden).await;
    likes(&garden, &crow, "1", &thread).await;
    // Nobody has heard of it, and nobody is told that it is taken back.
    likes(&garden, &crab, "2", &thread).await;
    waiting(&garden, 1).await;
    takes_back(&garden, &crab, "2", &thread).await;
    waiting(&garden, 0).await;
    // What everybody has heard of is taken back, and said again before anybody knows: it takes that place.
    takes_back(&garden, &crow, "1", &thread).await;
    likes(&garden, &crow, "3", &thread).await;
    waiting(&garden, 1).await;
    let mut wanted = vec![entry("Create", &thread), entry("Like", &thread)];
    assert_eq!(garden.passed_on_so_far("board.test"), wanted);
    // Others know of an earlier one: that this is taken back is news to them.
    takes_back(&garden, &crow, "3", &thread).await;
    waiting(&garden, 1).await;
    begin_minute(&mut garden).await;
    wanted.push(entry("Undo", &thread));
    assert_eq!(garden.passed_on("board.test").await, wanted);
    assert_eq!(counted(&garden, &thread).await, 0);
    sound(&garden.world).await;
    stop(garden).await;
}

#[actix_web::test]
async fn a_vote_that_turned_is_told_though_it_is_taken_back_while_it_waits() {
    let world = World::with_limits(|limits| limits.communities.votes_a_minute = 1).await;
    let mut garden = Garden::in_world(world, Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let thread = garden.thread(&mole, "moles").await;
    let crow = voter(&garden, "crow").await;
    garden.world.sent().await;
    begin_minute(&mut garden).await;
    likes(&garden, &crow, "1", &thread).await;
    let down = garden.said(&crow, "2", "Dislike", &json!(thread));
    garden.done(&crow, &down).await;
    waiting(&garden, 1).await;
    assert_eq!(counted(&garden, &thread).await, 0);
    // What everybody heard of ended with it, and by nothing else.
    let undo = garden.said(&crow, "undo-2", "Undo", &down);
    garden.done(&crow, &undo).await;
    waiting(&garden, 2).await;
    begin_minute(&mut garden).await;
    waiting(&garden, 1).await;
    begin_minute(&mut garden).await;
    let told = garden.passed_on("board.test").await;
    let wanted = ["Create", "Like", "Dislike", "Undo"].map(|kind| entry(kind, &thread));
    assert_eq!(told, wanted);
    sound(&garden.world).await;
    stop(garden).await;
}

#[actix_web::test]
async fn a_vote_that_waits_on_what_is_deleted_is_told_to_nobody() {
    let world = World::with_limits(|limits| limits.communities.votes_a_minute = 1).await;
    let mut garden = Garden::in_world(world, Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let thread = garden.thread(&mole, "moles").await;
    garden.world.sent().await;
    begin_minute(&mut garden).await;
    votes(&garden, "crow", "Like", &thread).await;
    votes(&garden, "crab", "Like", &thread).await;
    waiting(&garden, 1).await;
    let delete = garden.said(&mole, "delete", "Delete", &json!(thread));
    garden.done(&mole, &delete).await;
    begin_minute(&mut garden).await;
    let told = garden.passed_on("board.test").await;
    let wanted = ["Create", "Like", "Delete"].map(|kind| entry(kind, &thread));
    assert_eq!(told, wanted);
    stop(garden).await;
}

#[actix_web::test]
async fn no_more_votes_wait_than_may() {
    let world = World::with_limits(|limits| {
        limits.communities.votes_a_minute = 1;
        limits.communities.votes_waiting = 1;
    });
    let mut garden = Garden::in_world(world.await, Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let thread = garden.thread(&mole, "moles").await;
    garden.world.sent().await;
    begin_minute(&mut garden).await;
    for name in ["crow", "crab", "eel"] {
        votes(&garden, name, "Like", &thread).await;
    }
    waiting(&garden, 1).await;
    begin_minute(&mut garden).await;
    let told = garden.passed_on("board.test").await;
    let wanted = ["Create", "Like", "Like"].map(|kind| entry(kind, &thread));
    assert_eq!(told, wanted);
    assert_eq!(counted(&garden, &thread).await, 3, "here all count");
    stop(garden).await;
}

#[actix_web::test]
async fn nobody_s_votes_take_the_place_of_all_others() {
    let world = World::with_limits(|limits| limits.communities.votes_a_minute_by_one = 1).await;
    let mut garden = Garden::in_world(world, Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let (first, other) = (
        garden.thread(&mole, "moles").await,
        garden.thread(&mole, "voles").await,
    );
    garden.world.sent().await;
    begin_minute(&mut garden).await;
    for (name, post) in [("crow", &first), ("crow", &other), ("crab", &other)] {
        votes(&garden, name, "Like", post).await;
    }
    waiting(&garden, 1).await;
    let mut told = garden.passed_on_so_far("board.test");
    told.sort();
    let mut wanted = [
        entry("Create", &first),
        entry("Create", &other),
        entry("Like", &first),
        entry("Like", &other),
    ];
    wanted.sort();
    assert_eq!(told, wanted);
    assert_eq!(counted(&garden, &other).await, 2);
    begin_minute(&mut garden).await;
    let likes = |told: &[(String, String)]| {
        told.iter()
            .filter(|one| **one == entry("Like", &other))
            .count()
    };
    assert_eq!(likes(&garden.passed_on("board.test").await), 2);
    sound(&garden.world).await;
    stop(garden).await;
}

#[actix_web::test]
async fn a_vote_that_is_too_large_is_counted_here_alone() {
    let world = World::with_limits(|limits| limits.communities.vote_bytes = 1500).await;
    let garden = Garden::in_world(world, Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let thread = garden.thread(&mole, "moles").await;
    let crow = Person::new("pie.test", "crow");
    garden.world.known(&crow).await;
    let mut like = garden.said(&crow, "like", "Like", &json!(thread));
    like["summary"] = json!("so good ".repeat(200));
    garden.done(&crow, &like).await;
    assert_eq!(counted(&garden, &thread).await, 1);
    votes(&garden, "crab", "Like", &thread).await;
    // What is no vote may be larger.
    let mut page = garden.page(&mole, "long");
    page["content"] = json!(format!("<p>{}</p>", "long ".repeat(500)));
    let create = garden.said(&mole, "create-long", "Create", &page);
    garden.done(&mole, &create).await;
    let mut told = garden.passed_on("board.test").await;
    told.sort();
    let mut wanted = [
        entry("Create", &thread),
        entry("Create", page["id"].as_str().unwrap()),
        entry("Like", &thread),
    ];
    wanted.sort();
    assert_eq!(told, wanted);
    assert_eq!(counted(&garden, &thread).await, 2);
    sound(&garden.world).await;
    stop(garden).await;
}
