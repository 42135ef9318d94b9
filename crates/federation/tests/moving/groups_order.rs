//! An answer that comes before what it answers: no order holds between two posts of a server, and it belongs in the community all the same.

use std::time::{Duration, Instant};

use kontor_domain::{
    community::Access,
    ids::{InboxId, JobId},
};
use kontor_federation::settings::Settings;
use kontor_store::{
    inbox::{self, Received},
    jobs::{self, Job},
};
use serde_json::{Value, json};

use crate::{
    groups::{Garden, entry, stop},
    groups_elsewhere::Bees,
    peer::{Answer, Person},
    world::{World, settings, sound},
};

pub(crate) fn answer(garden: &Garden, by: &Person, id: &str, to: &Value) -> Value {
    let mut answer = garden.page(by, id);
    answer["type"] = json!("Note");
    answer["inReplyTo"] = to["id"].clone();
    answer.as_object_mut().unwrap().remove("name");
    answer
}

fn address(post: &Value) -> &str {
    post["id"].as_str().unwrap()
}

#[actix_web::test]
async fn an_answer_that_overtakes_its_thread_brings_it() {
    let world = World::with(Settings {
        failure_memory: Duration::ZERO,
        ..settings()
    })
    .await;
    let garden = Garden::in_world(world, Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let thread = garden.page(&mole, "moles");
    let first = answer(&garden, &mole, "first", &thread);
    let second = answer(&garden, &mole, "second", &first);
    let peers = &garden.world.peers;
    peers.serve(address(&first), &first);
    peers.serve_as(address(&thread), 503, "text/plain", "");
    let create = |id: &str, post: &Value| garden.said(&mole, id, "Create", post);
    let overtakes = create("create-second", &second);
    assert_eq!(garden.world.receives(&mole, &overtakes).await.0, 202);
    garden
        .world
        .eventually("the thread is asked for", || async {
            (!peers.asked(address(&thread)).is_empty()).then_some(())
        })
        .await;
    // Alone it would belong nowhere.
    assert_eq!(garden.stub(address(&second)).await, None);
    let vote = garden.said(&mole, "like", "Like", &json!(address(&second)));
    assert_eq!(garden.world.receives(&mole, &vote).await.0, 202);
    peers.serve(address(&thread), &thread);
    assert_eq!(garden.world.outcome(&overtakes).await, "done");
    assert_eq!(garden.world.outcome(&vote).await, "done");
    for post in [&thread, &first, &second] {
        let stub = garden.stub(address(post)).await.unwrap();
        assert_eq!(stub.community_id, Some(garden.group.id), "{post}");
    }
    for (id, post) in [("create-moles", &thread), ("create-first", &first)] {
        garden.done(&mole, &create(id, post)).await;
    }
    let mut passed_on = garden.passed_on("board.test").await;
    passed_on.sort();
    let mut wanted = [&thread, &first, &second]
        .map(|post| entry("Create", address(post)))
        .to_vec();
    wanted.push(entry("Like", address(&second)));
    wanted.sort();
    assert_eq!(passed_on, wanted);
    sound(&garden.world).await;
    stop(garden).await;
}

#[actix_web::test]
async fn an_answer_to_what_is_nowhere_stands_by_itself() {
    let garden = Garden::new(Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let nowhere = garden.page(&mole, "nowhere");
    let alone = answer(&garden, &mole, "alone", &nowhere);
    let create = garden.said(&mole, "create-alone", "Create", &alone);
    garden.done(&mole, &create).await;
    let stub = garden.stub(address(&alone)).await.unwrap();
    assert_eq!(stub.community_id, None);
    assert!(garden.passed_on("board.test").await.is_empty());
    stop(garden).await;
}

#[actix_web::test]
async fn a_server_that_does_not_answer_is_not_waited_for() {
    let world = World::with(Settings {
        answer_patience: Duration::ZERO,
        answer_timeout: Duration::from_millis(100),
        ..settings()
    })
    .await;
    let garden = Garden::in_world(world, Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    garden.world.peers.answer("sloth.test", Answer::Mute);
    let thread = garden.page(&Person::new("sloth.test", "sloth"), "trees");
    let alone = answer(&garden, &mole, "alone", &thread);
    let began = Instant::now();
    let create = garden.said(&mole, "create-alone", "Create", &alone);
    garden.done(&mole, &create).await;
    assert!(began.elapsed() < Duration::from_secs(5));
    let stub = garden.stub(address(&alone)).await.unwrap();
    assert_eq!(stub.community_id, None);
}

#[actix_web::test]
async fn nothing_is_asked_for_an_answer_by_whoever_may_not_post_there() {
    let garden = Garden::new(Access::Restricted).await;
    let mole = garden.member("board.test", "mole", true).await;
    let eve = Person::new("evil.test", "eve");
    garden.world.known(&eve).await;
    let thread = garden.page(&mole, "moles");
    // Whoever may post there would wait for it.
    let peers = &garden.world.peers;
    peers.serve_as(address(&thread), 503, "text/plain", "");
    let alone = answer(&garden, &eve, "alone", &thread);
    let create = garden.said(&eve, "create-alone", "Create", &alone);
    garden.done(&eve, &create).await;
    let stub = garden.stub(address(&alone)).await.unwrap();
    assert_eq!(stub.community_id, None);
    stop(garden).await;
}

/// It came, and waits in this lane for another day.
async fn waits(world: &World, by: &Person, activity: &Value, lane: String) {
    let now = world.app.now();
    let received = Received {
        id: InboxId(world.app.id()),
        activity_uri: activity["id"].as_str().unwrap().to_owned(),
        actor_uri: by.uri.clone(),
        host: by.host.clone(),
        body: activity.to_string(),
        received_at: now,
        done_at: None,
        outcome: None,
    };
    let job = Job {
        id: JobId(world.app.id()),
        queue: kontor_actions::inbox::QUEUE.to_owned(),
        lane: Some(lane),
        payload: received.id.to_string(),
        attempts: 1,
        run_at: now + chrono::Duration::days(1),
        locked_until: None,
        last_error: None,
        failed_at: None,
        created_at: now,
        share: Some(by.host.clone()),
    };
    world
        .app
        .store
        .write(move |tx| {
            inbox::insert_if_new(tx, &received)?;
            jobs::insert(tx, &job)
        })
        .await
        .unwrap();
}

#[actix_web::test]
async fn a_vote_waits_for_nothing_that_brings_no_post() {
    let garden = Garden::new(Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let eve = Person::new("evil.test", "eve");
    let page = garden.page(&mole, "moles");
    let lane = || address(&page).to_owned();
    let delete = garden.said(&mole, "delete", "Delete", &json!(address(&page)));
    waits(&garden.world, &mole, &delete, lane()).await;
    // Somebody else's word about it, which is refused when it can be read at last.
    let create = garden.said(&eve, "create", "Create", &page);
    waits(&garden.world, &eve, &create, lane()).await;
    let like = garden.said(&mole, "like", "Like", &json!(address(&page)));
    let outcome = garden.outcome(&mole, &like).await;
    assert_eq!(outcome, "ignored: no such post");
    stop(garden).await;
}

#[actix_web::test]
async fn a_vote_that_a_group_passes_on_waits_for_nothing_that_brings_no_post() {
    let bees = Bees::new(|_, _| ()).await;
    bees.world.follows(&bees.ann, &bees.account).await;
    let crow = Person::new("pie.test", "crow");
    let page = bees.page(&crow, "honey");
    let lane = format!("{} {}", bees.group.uri, address(&page));
    let delete = crow.activity("delete", "Delete", &json!(address(&page)));
    let announce = bees.announce("1", &delete);
    waits(&bees.world, &bees.group, &announce, lane).await;
    let like = crow.activity("like", "Like", &json!(address(&page)));
    let announce = bees.announce("2", &like);
    let (status, why) = bees.world.receives(&bees.group, &announce).await;
    assert_eq!(status, 202, "{why}");
    let outcome = bees.world.outcome(&announce).await;
    assert!(outcome.starts_with("ignored"), "{outcome}");
}
