//! Appeals where those who look after a community are on several servers.

use kontor_actions::{
    Error,
    communities::{self, LogView, What},
    posts::Named,
};
use kontor_domain::{
    community::{Access, AppealState, LogAction},
    ids::AccountId,
    page::Page,
};
use serde_json::{Value, json};

use crate::{
    groups::{Garden, entry, stop},
    groups_appeals::{answered, id_in, message},
    groups_elsewhere::Bees,
    peer::Person,
    world::{World, sound},
};

/// What a host was told in the community's name.
async fn told(garden: &Garden, host: &str, kind: &str) -> Value {
    garden
        .world
        .eventually(kind, || async {
            let mut arrived = garden.world.peers.arrived_at(host).into_iter();
            let told =
                arrived.find(|one| one.kind() == kind && one.body["actor"] == garden.group.uri);
            told.map(|one| one.body)
        })
        .await
}

/// Whoever signs it answers what is known by this.
fn verdict(by: &Person, id: &str, kind: &str, appeal: &Value) -> Value {
    let mut said = by.activity(id, kind, appeal);
    said["content"] = json!("so it is");
    said
}

async fn line(world: &World, community: AccountId, by: AccountId, action: LogAction) -> LogView {
    let page = Page::first(20);
    let lines = communities::log(&world.app, Some(by), community, false, page).await;
    let mut lines = lines.unwrap().into_iter();
    lines.find(|line| line.entry.action == action).unwrap()
}

#[actix_web::test]
async fn a_moderator_elsewhere_is_told_of_an_appeal_and_upholds_it() {
    let (garden, keeper) = Garden::kept(Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let thread = garden.thread(&mole, "moles").await;
    let remove = What::Remove(Named::Uri(thread.clone()));
    garden.moderates(garden.ann.id, remove).await.unwrap();
    let appeal = message(&garden, &mole, "1", "they are free", Some(&thread));
    garden.done(&mole, &appeal).await;

    let asked = told(&garden, "planet.test", "Appeal").await;
    assert_eq!(asked["to"], json!([keeper.uri]));
    assert_eq!(asked["object"], id_in(&appeal));
    assert_eq!(asked["attributedTo"], mole.uri);
    assert_eq!(asked["content"], "they are free");
    let against = json!({"type": "Delete", "object": thread, "target": garden.group.uri, "summary": "because"});
    assert_eq!(asked["target"], against);
    // Whoever looks after nothing decides nothing.
    let outcome = garden
        .outcome(&mole, &verdict(&mole, "own", "Accept", &asked["object"]))
        .await;
    assert!(outcome.starts_with("refused"), "{outcome}");
    let upheld = verdict(&keeper, "accept", "Accept", &asked["object"]);
    garden.done(&keeper, &upheld).await;
    assert_eq!(garden.stub(&thread).await.unwrap().removed_at, None);
    let (world, id) = (&garden.world, garden.group.id);
    let removed = line(world, id, garden.ann.id, LogAction::Removed).await;
    let account = world.account_at(&keeper.uri).await.unwrap();
    assert_eq!(removed.entry.appeal_state, Some(AppealState::Upheld));
    assert_eq!(removed.entry.answered_by, Some(account.id));
    assert_eq!(removed.entry.answer.as_deref(), Some("so it is"));
    // Everybody hears of it from the community.
    let note = answered(&garden, &mole).await;
    let content = note.body["object"]["content"].as_str().unwrap();
    assert!(content.contains("was upheld") && content.contains("so it is"));
    let passed_on = garden.passed_on("board.test").await;
    assert!(passed_on.contains(&entry("Undo", &thread)), "{passed_on:?}");
    world
        .eventually("the keeper is told how it was answered", || async {
            let mut arrived = world.peers.arrived_at("planet.test").into_iter();
            arrived.find(|one| one.kind() == "Accept" && one.body["object"] == asked["object"])
        })
        .await;
    let late = verdict(&keeper, "reject", "Reject", &asked["object"]);
    let outcome = garden.outcome(&keeper, &late).await;
    assert!(outcome.starts_with("refused"), "{outcome}");
    sound(&garden.world).await;
    stop(garden).await;
}

#[actix_web::test]
async fn a_moderator_elsewhere_rejects_the_appeal_of_somebody_here() {
    let (garden, keeper) = Garden::kept(Access::Public).await;
    let (world, id) = (&garden.world, garden.group.id);
    let bob = world.person("bob").await;
    let ban = What::Ban {
        account: bob.id,
        until: None,
        purge: false,
    };
    garden.moderates(garden.ann.id, ban).await.unwrap();
    let banned = line(world, id, bob.id, LogAction::Banned).await.entry;
    communities::appeal(&world.app, bob.id, banned.id, "I did not".to_owned())
        .await
        .unwrap();
    let asked = told(&garden, "planet.test", "Appeal").await;
    assert_eq!(asked["object"], asked["id"]);
    assert_eq!(asked["target"]["type"], "Block");
    assert_eq!(asked["target"]["object"], bob.uri);
    let rejected = verdict(&keeper, "reject", "Reject", &asked["object"]);
    garden.done(&keeper, &rejected).await;
    let banned = line(world, id, bob.id, LogAction::Banned).await.entry;
    assert_eq!(banned.appeal_state, Some(AppealState::Rejected));
    let view = communities::get(&world.app, Some(bob.id), id);
    assert!(view.await.unwrap().banned.is_some());
    sound(world).await;
    stop(garden).await;
}

#[actix_web::test]
async fn a_moderator_here_is_told_of_appeals_elsewhere_and_its_server_decides() {
    let drone = Person::new("pie.test", "drone");
    let bees = Bees::new(|world, _| drone.lives(&world.peers)).await;
    bees.world.follows(&bees.ann, &bees.account).await;
    let (world, hive, ann) = (&bees.world, bees.account.id, bees.ann.id);
    let app = &world.app;
    let name = json!(drone.url("/notes/appeal"));
    let appeal = |id: &str| {
        let mut appeal = bees.group.activity(id, "Appeal", &name);
        appeal["attributedTo"] = json!(drone.uri);
        appeal["content"] = json!("it was honey");
        appeal["target"] = json!({"type": "Delete", "object": drone.url("/notes/honey"), "target": bees.group.uri, "summary": "sticky"});
        appeal
    };
    let (status, why) = world.receives(&bees.group, &appeal("early")).await;
    assert_eq!(status, 202, "{why}");
    let outcome = world.outcome(&appeal("early")).await;
    assert!(outcome.starts_with("ignored"), "{outcome}");
    bees.moderated_by_ann().await;
    for id in ["1", "2"] {
        bees.done(&appeal(id)).await;
    }
    let open = || communities::log(app, Some(ann), hive, true, Page::first(20));
    let lines = open().await.unwrap();
    assert_eq!(lines.len(), 1);
    let found = &lines[0].entry;
    assert_eq!(found.action, LogAction::Removed);
    assert_eq!(found.reason, "sticky");
    assert_eq!(found.appeal.as_deref(), Some("it was honey"));
    let bob = world.person("bob").await;
    let seen = line(world, hive, bob.id, LogAction::Removed).await;
    assert_eq!(seen.entry.appeal, None, "it is for moderators");
    let refused = communities::answer(app, bob.id, found.id, true, String::new()).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");

    communities::answer(app, ann, found.id, true, "so it was".to_owned())
        .await
        .unwrap();
    world.sent().await;
    let arrived = world.peers.arrived_at("board.test");
    let said = arrived.iter().find(|one| one.kind() == "Accept").unwrap();
    assert_eq!(said.body["actor"], bees.ann.uri);
    assert_eq!(said.body["object"], name);
    assert_eq!(said.body["content"], "so it was");
    assert_eq!(open().await.unwrap().len(), 1, "its server decides");
    let closed = verdict(&bees.group, "closed", "Accept", &name);
    bees.done(&closed).await;
    assert!(open().await.unwrap().is_empty());
    let line = line(world, hive, ann, LogAction::Removed).await.entry;
    assert_eq!(line.appeal_state, Some(AppealState::Upheld));
    assert_eq!(line.answer.as_deref(), Some("so it is"));
    let again = communities::answer(app, ann, line.id, false, String::new()).await;
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    sound(world).await;
}
