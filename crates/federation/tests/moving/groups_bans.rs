//! Bans with an end: what is said of it on the wire, read from it, and what is so when it has passed.

use kontor_actions::communities::What;
use kontor_domain::{
    community::{Access, LogAction},
    ids::AccountId,
    time::{Time, rfc3339},
};
use kontor_store::communities::{self, Ban};
use serde_json::{Value, json};

use crate::{
    groups::{Garden, stop},
    groups_elsewhere::Bees,
    peer::Person,
    world::{World, sound},
};

/// The ban that is in force.
async fn ban_of(world: &World, community: AccountId, uri: &str) -> Option<Ban> {
    let (account, now) = (world.account_at(uri).await.unwrap().id, world.app.now());
    let read = world
        .app
        .store
        .read(move |db| communities::banned(db, community, account, now));
    read.await.unwrap()
}

/// The bans that the group passed on to a host, as they were said.
async fn told(garden: &Garden, host: &str) -> Vec<Value> {
    garden.world.sent().await;
    let arrived = garden.world.peers.arrived_at(host).into_iter();
    arrived
        .filter(|arrived| arrived.kind() == "Announce")
        .map(|arrived| arrived.body["object"].clone())
        .filter(|inner| inner["type"] == "Block")
        .collect()
}

fn in_hours(world: &World, hours: i64) -> Time {
    world.app.now() + chrono::Duration::hours(hours)
}

#[actix_web::test]
async fn a_ban_with_an_end_says_so_and_ends() {
    let garden = Garden::new(Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let thread = garden.thread(&mole, "moles").await;
    let world = &garden.world;
    let until = in_hours(world, 1);
    let ban = What::Ban {
        account: world.account_at(&mole.uri).await.unwrap().id,
        until: Some(until),
        purge: false,
    };
    garden.moderates(garden.ann.id, ban).await.unwrap();
    let told = told(&garden, "board.test").await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["object"], mole.uri);
    assert_eq!(told[0]["target"], garden.group.uri);
    assert_eq!(told[0]["endTime"], rfc3339(until));
    let vote = |id: &str| garden.said(&mole, id, "Like", &json!(thread));
    let outcome = garden.outcome(&mole, &vote("1")).await;
    assert!(outcome.starts_with("refused"), "{outcome}");
    world
        .app
        .clock
        .advance(std::time::Duration::from_secs(60 * 60 + 1));
    assert_eq!(ban_of(world, garden.group.id, &mole.uri).await, None);
    garden.done(&mole, &vote("2")).await;
    let later = garden.thread(&mole, "later").await;
    let later = garden.stub(&later).await.unwrap();
    assert_eq!(later.community_id, Some(garden.group.id));
    sound(world).await;
    stop(garden).await;
}

/// Lemmy and PieFed call it `endTime`, Mbin `expires`.
#[actix_web::test]
async fn a_moderator_elsewhere_says_when_a_ban_ends() {
    let garden = Garden::new(Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let warden = garden.member("burrow.test", "warden", true).await;
    let world = &garden.world;
    let account = world.account_at(&warden.uri).await.unwrap();
    garden
        .moderates(garden.ann.id, What::AddModerator(account.id))
        .await
        .unwrap();
    for (name, hours) in [("endTime", 1), ("expires", 2)] {
        let until = in_hours(world, hours);
        let id = format!("block-{hours}");
        let mut block = garden.said(&warden, &id, "Block", &json!(mole.uri));
        block["target"] = json!(garden.group.uri);
        block[name] = json!(rfc3339(until));
        garden.done(&warden, &block).await;
        let kept = ban_of(world, garden.group.id, &mole.uri).await.unwrap();
        assert_eq!(kept.expires_at, Some(until), "{name}");
        let told = told(&garden, "board.test").await;
        assert_eq!(told.last().unwrap()[name], rfc3339(until), "{told:?}");
    }
    sound(world).await;
    stop(garden).await;
}

#[actix_web::test]
async fn a_ban_that_is_over_before_it_is_told_took_away_what_it_took_away() {
    let bees = Bees::new(|_, _| ()).await;
    bees.world.follows(&bees.ann, &bees.account).await;
    let (drone, crow) = (
        Person::new("board.test", "drone"),
        Person::new("pie.test", "crow"),
    );
    drone.lives(&bees.world.peers);
    crow.lives(&bees.world.peers);
    let page = bees.page(&crow, "honey");
    let uri = page["id"].as_str().unwrap();
    bees.world.peers.serve(uri, &page);
    bees.done(&bees.announce("1", &crow.activity("create", "Create", &page)))
        .await;
    assert_eq!(bees.stub(uri).await.unwrap().removed_at, None);
    let mut block = drone.activity("block", "Block", &json!(crow.uri));
    block["target"] = json!(bees.group.uri);
    block["summary"] = json!("sticky");
    block["removeData"] = json!(true);
    block["endTime"] = json!("2026-01-02T03:04:05Z");
    bees.done(&bees.announce("2", &block)).await;
    assert!(bees.stub(uri).await.unwrap().removed_at.is_some());
    assert_eq!(
        ban_of(&bees.world, bees.account.id, &crow.uri).await,
        None,
        "it is over"
    );
    let drone = bees.world.account_at(&drone.uri).await.unwrap();
    assert!(
        bees.log()
            .await
            .contains(&(LogAction::Banned, Some(drone.id)))
    );
    sound(&bees.world).await;
}
