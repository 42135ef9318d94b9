//! What Lemmy 1.0 says, in its shapes, by its sources: of members of one of ours, and of what is in a group of its own.

use kontor_actions::{
    boosts,
    communities::What,
    posts::{self, Named},
    reports,
};
use kontor_domain::{audience::Audience, community::Access, page::Page};
use serde_json::{Value, json};

use crate::{
    groups::{Garden, PUBLIC, entry, stop},
    groups_elsewhere::Bees,
    peer::Person,
    world::sound,
};

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

/// A garden with a moderator at a server like Lemmy's, a thread, an answer to it, and an answer to that.
async fn branch() -> (Garden, Person, Person, [String; 3]) {
    let garden = Garden::new(Access::Public).await;
    let mole = garden.member("burrow.test", "mole", true).await;
    let warden = garden.member("burrow.test", "warden", true).await;
    let account = garden.world.account_at(&warden.uri).await.unwrap();
    garden
        .moderates(garden.ann.id, What::AddModerator(account.id))
        .await
        .unwrap();
    let thread = garden.thread(&mole, "moles").await;
    let first = answer(&garden, &mole, "first", &thread).await;
    let second = answer(&garden, &mole, "second", &first).await;
    (garden, mole, warden, [thread, first, second])
}

fn reply(garden: &Garden, by: &Person, id: &str, to: &str) -> Value {
    let mut note = by.note(id, id);
    note["inReplyTo"] = json!(to);
    note["cc"] = json!([garden.group.uri]);
    note["audience"] = json!(garden.group.uri);
    garden.said(by, &format!("create-{id}"), "Create", &note)
}

async fn answer(garden: &Garden, by: &Person, id: &str, to: &str) -> String {
    let create = reply(garden, by, id, to);
    garden.done(by, &create).await;
    create["object"]["id"].as_str().unwrap().to_owned()
}

/// Which of them stand.
async fn standing(garden: &Garden, posts: &[String]) -> Vec<bool> {
    let mut standing = Vec::new();
    for uri in posts {
        let stub = garden.stub(uri).await;
        standing.push(stub.is_some_and(|stub| stub.removed_at.is_none()));
    }
    standing
}

#[actix_web::test]
async fn a_removal_with_its_replies_takes_the_branch_away_and_brings_it_back() {
    let (garden, _, warden, posts) = branch().await;
    let mut delete = garden.said(&warden, "delete", "Delete", &json!(posts[1]));
    delete["summary"] = json!("worms");
    delete["withReplies"] = json!(true);
    garden.done(&warden, &delete).await;
    assert_eq!(standing(&garden, &posts).await, [true, false, false]);
    let undo = garden.said(&warden, "undo", "Undo", &delete);
    garden.done(&warden, &undo).await;
    assert_eq!(standing(&garden, &posts).await, [true, true, true]);
    // Without it what is below stays.
    let mut delete = garden.said(&warden, "delete-2", "Delete", &json!(posts[1]));
    delete["summary"] = json!("");
    delete["withReplies"] = json!(false);
    garden.done(&warden, &delete).await;
    assert_eq!(standing(&garden, &posts).await, [true, false, true]);
    let passed = garden.passed_on("burrow.test").await;
    let words = passed
        .iter()
        .filter(|(kind, _)| kind == "Delete" || kind == "Undo");
    assert_eq!(words.count(), 3, "{passed:?}");
    sound(&garden.world).await;
    stop(garden).await;
}

#[actix_web::test]
async fn the_end_of_a_ban_restores_what_it_took_away_if_it_says_so() {
    let (garden, mole, warden, posts) = branch().await;
    for (number, restored) in [("1", true), ("2", false)] {
        let mut block = garden.said(
            &warden,
            &format!("block-{number}"),
            "Block",
            &json!(mole.uri),
        );
        block["target"] = json!(garden.group.uri);
        block["removeData"] = json!(true);
        block["summary"] = json!("worms");
        garden.done(&warden, &block).await;
        assert_eq!(standing(&garden, &posts).await, [false, false, false]);
        block["removeData"] = json!(null);
        let mut undo = garden.said(&warden, &format!("undo-{number}"), "Undo", &block);
        undo["restoreData"] = json!(restored);
        garden.done(&warden, &undo).await;
        assert_eq!(standing(&garden, &posts).await, [restored; 3]);
    }
    sound(&garden.world).await;
    stop(garden).await;
}

#[actix_web::test]
async fn a_lock_of_an_answer_holds_for_what_is_below_it() {
    let (garden, mole, warden, posts) = branch().await;
    let lock = garden.said(&warden, "lock", "Lock", &json!(posts[1]));
    garden.done(&warden, &lock).await;
    for (id, to) in [("third", &posts[2]), ("fourth", &posts[1])] {
        let outcome = garden.outcome(&mole, &reply(&garden, &mole, id, to)).await;
        assert!(outcome.starts_with("refused"), "{id}: {outcome}");
    }
    answer(&garden, &mole, "beside", &posts[0]).await;
    let undo = garden.said(&warden, "unlock", "Undo", &lock);
    garden.done(&warden, &undo).await;
    answer(&garden, &mole, "fifth", &posts[2]).await;
    stop(garden).await;
}

#[actix_web::test]
async fn a_delete_without_a_summary_is_its_author_s() {
    let (garden, mole, warden, posts) = branch().await;
    let mut delete = garden.said(&mole, "delete", "Delete", &json!(posts[2]));
    delete["summary"] = json!(null);
    garden.done(&mole, &delete).await;
    assert_eq!(garden.stub(&posts[2]).await, None);
    // Of anybody else's it is a removal, with or without one.
    let delete = garden.said(&warden, "remove", "Delete", &json!(posts[1]));
    garden.done(&warden, &delete).await;
    let stub = garden.stub(&posts[1]).await.unwrap();
    assert!(stub.removed_at.is_some());
    stop(garden).await;
}

#[actix_web::test]
async fn an_author_brings_back_what_they_deleted() {
    let garden = Garden::new(Access::Public).await;
    let mole = garden.member("burrow.test", "mole", true).await;
    let thread = garden.thread(&mole, "moles").await;
    let page = garden.page(&mole, "moles");
    let delete = garden.said(&mole, "delete", "Delete", &json!(thread));
    let undo = garden.said(&mole, "undo", "Undo", &delete);
    let outcome = garden.outcome(&mole, &undo).await;
    assert!(outcome.starts_with("ignored"), "it is there: {outcome}");
    garden.done(&mole, &delete).await;
    assert_eq!(garden.stub(&thread).await, None);
    // Its server has it no more, whatever is said.
    garden.world.peers.gone(&thread);
    let undo = garden.said(&mole, "undo-2", "Undo", &delete);
    let outcome = garden.outcome(&mole, &undo).await;
    assert!(outcome.starts_with("refused"), "{outcome}");
    // Nobody else brings it back.
    garden.world.peers.serve(&thread, &page);
    let eve = Person::new("evil.test", "eve");
    garden.world.known(&eve).await;
    let undo = garden.said(&eve, "undo", "Undo", &delete);
    let outcome = garden.outcome(&eve, &undo).await;
    assert!(outcome.starts_with("refused"), "{outcome}");
    assert_eq!(garden.stub(&thread).await, None);
    let undo = garden.said(&mole, "undo-3", "Undo", &delete);
    garden.done(&mole, &undo).await;
    let stub = garden.stub(&thread).await.unwrap();
    assert_eq!(stub.community_id, Some(garden.group.id));
    assert_eq!(
        garden.passed_on("burrow.test").await,
        [
            entry("Create", &thread),
            entry("Delete", &thread),
            entry("Undo", &thread)
        ]
    );
    // What moderators took away does not come back by way of its end.
    let removed = What::Remove(Named::Uri(thread.clone()));
    garden.moderates(garden.ann.id, removed).await.unwrap();
    let delete = garden.said(&mole, "delete-2", "Delete", &json!(thread));
    garden.done(&mole, &delete).await;
    let undo = garden.said(&mole, "undo-4", "Undo", &delete);
    let outcome = garden.outcome(&mole, &undo).await;
    assert!(outcome.starts_with("refused"), "{outcome}");
    assert_eq!(garden.stub(&thread).await, None);
    let deleted = posts::was_deleted(&garden.world.app, thread.clone()).await;
    assert!(deleted.unwrap(), "what does not come back is deleted still");
    sound(&garden.world).await;
    stop(garden).await;
}

#[actix_web::test]
async fn a_delete_of_what_never_came_is_taken_back_by_whoever_sent_it() {
    let garden = Garden::new(Access::Public).await;
    let mole = garden.member("burrow.test", "mole", true).await;
    let page = garden.page(&mole, "moles");
    let thread = page["id"].as_str().unwrap();
    garden.world.peers.serve(thread, &page);
    let delete = garden.said(&mole, "delete", "Delete", &json!(thread));
    garden.done(&mole, &delete).await;
    // Nobody else does, from the same server neither.
    let eve = garden.member("burrow.test", "eve", true).await;
    let undo = garden.said(&eve, "undo-1", "Undo", &delete);
    let outcome = garden.outcome(&eve, &undo).await;
    assert!(outcome.starts_with("ignored"), "{outcome}");
    let said = garden.said(&eve, "delete-1", "Delete", &json!(thread));
    garden.done(&eve, &said).await;
    let undo = garden.said(&eve, "undo-2", "Undo", &said);
    let outcome = garden.outcome(&eve, &undo).await;
    assert!(outcome.starts_with("refused"), "{outcome}");
    assert_eq!(garden.stub(thread).await, None);
    let undo = garden.said(&mole, "undo", "Undo", &delete);
    garden.done(&mole, &undo).await;
    let stub = garden.stub(thread).await.unwrap();
    assert_eq!(stub.community_id, Some(garden.group.id));
    sound(&garden.world).await;
    stop(garden).await;
}

#[actix_web::test]
async fn what_an_author_brings_back_in_a_group_elsewhere_is_shown_again() {
    let bees = Bees::new(|_, _| ()).await;
    bees.world.follows(&bees.ann, &bees.account).await;
    let drone = Person::new("board.test", "drone");
    drone.lives(&bees.world.peers);
    let page = bees.page(&drone, "honey");
    let uri = page["id"].as_str().unwrap();
    bees.world.peers.serve(uri, &page);
    let create = drone.activity("create", "Create", &page);
    bees.done(&bees.announce("1", &create)).await;
    let delete = drone.activity("delete", "Delete", &json!(uri));
    bees.world.peers.gone(uri);
    bees.done(&bees.announce("2", &delete)).await;
    assert_eq!(bees.stub(uri).await, None);
    bees.world.peers.serve(uri, &page);
    let undo = drone.activity("undo", "Undo", &delete);
    bees.done(&bees.announce("3", &undo)).await;
    let stub = bees.stub(uri).await.unwrap();
    assert_eq!(stub.community_id, Some(bees.account.id));
    assert_eq!(bees.shown().await, [uri]);
    // Brought back, and then cut short.
    boosts::unboost(&bees.world.app, bees.account.id, stub.id)
        .await
        .unwrap();
    assert!(bees.shown().await.is_empty());
    bees.done(&bees.announce("4", &undo)).await;
    assert_eq!(bees.shown().await, [uri]);
    sound(&bees.world).await;
}

/// The group had heard of the end of it before it had the post, and passed neither on.
#[actix_web::test]
async fn what_comes_back_in_a_group_elsewhere_may_never_have_been_here() {
    let bees = Bees::new(|_, _| ()).await;
    bees.world.follows(&bees.ann, &bees.account).await;
    let drone = Person::new("board.test", "drone");
    drone.lives(&bees.world.peers);
    let page = bees.page(&drone, "honey");
    let uri = page["id"].as_str().unwrap();
    bees.world.peers.serve(uri, &page);
    let delete = drone.activity("delete", "Delete", &json!(uri));
    let undo = drone.activity("undo", "Undo", &delete);
    bees.done(&bees.announce("1", &undo)).await;
    let stub = bees.stub(uri).await.unwrap();
    assert_eq!(stub.community_id, Some(bees.account.id));
    assert_eq!(bees.shown().await, [uri]);
    sound(&bees.world).await;
}

#[actix_web::test]
async fn a_vote_that_was_called_deleted_does_not_come_back_as_a_post() {
    let garden = Garden::new(Access::Public).await;
    let mole = garden.member("burrow.test", "mole", true).await;
    let vote = format!("{}/votes/1", mole.uri);
    let note = json!({
        "id": vote, "type": "Note", "name": "yes", "attributedTo": mole.uri, "to": [garden.group.uri],
        "inReplyTo": format!("{}/polls/1", garden.group.uri), "published": "2026-01-01T00:00:00Z",
    });
    garden.world.peers.serve(&vote, &note);
    let delete = garden.said(&mole, "delete", "Delete", &json!(vote));
    garden.done(&mole, &delete).await;
    let undo = garden.said(&mole, "undo", "Undo", &delete);
    let outcome = garden.outcome(&mole, &undo).await;
    assert!(outcome.starts_with("ignored"), "{outcome}");
    assert_eq!(garden.stub(&vote).await, None);
    stop(garden).await;
}

/// Lemmy looks for the public in `to` alone.
#[actix_web::test]
async fn what_is_deleted_in_an_unlisted_community_says_so_to_everyone() {
    let garden = Garden::new(Access::Unlisted).await;
    garden.member("burrow.test", "mole", true).await;
    let world = &garden.world;
    let post = world
        .post(garden.ann.id, "@garden Beans", Audience::Unlisted)
        .await;
    world.sent().await;
    posts::delete(&world.app, garden.ann.id, post, posts::Files::Go)
        .await
        .unwrap();
    world.sent().await;
    let arrived = world.peers.arrived_at("burrow.test");
    let delete = arrived
        .iter()
        .map(|one| &one.body["object"])
        .find(|one| one["type"] == "Delete");
    let to = &delete.unwrap()["to"];
    assert!(to.as_array().unwrap().contains(&json!(PUBLIC)), "{to}");
    stop(garden).await;
}
