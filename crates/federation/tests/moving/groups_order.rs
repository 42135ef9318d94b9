//! An answer that comes before what it answers: no order holds between two posts of a server, and it belongs in the community all the same.

use std::time::Duration;

use kontor_domain::community::Access;
use kontor_federation::settings::Settings;
use serde_json::{Value, json};

use crate::{
    groups::{Garden, entry, stop},
    peer::Person,
    world::{World, settings, sound},
};

fn answer(garden: &Garden, by: &Person, id: &str, to: &Value) -> Value {
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
