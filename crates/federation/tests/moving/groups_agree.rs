//! That servers with members have what the community's own server has: what was taken in late, emoji, votes that turn, and what came
//! before a ban.

use kontor_actions::{communities::What, reactions};
use kontor_domain::community::Access;
use kontor_store::dislikes;
use serde_json::{Value, json};

use crate::{
    groups::{Garden, entry, stop},
    groups_elsewhere::Bees,
    peer::Person,
    world::{World, sound},
};

/// Somebody elsewhere who belongs nowhere.
async fn somebody(world: &World, name: &str) -> Person {
    let somebody = Person::new("pie.test", name);
    world.known(&somebody).await;
    somebody
}

/// What stands under a post: favourites, dislikes, and emoji.
async fn opinions(world: &World, post: &str) -> (i64, i64, Vec<String>) {
    let view = world.post_at(post).await.unwrap();
    let id = view.post.id;
    let store = &world.app.store;
    let down = store.read(move |db| dislikes::count(db, id)).await;
    let mut emoji: Vec<String> = view.reactions.into_iter().map(|one| one.name).collect();
    emoji.sort();
    (view.post.favourites_count, down.unwrap(), emoji)
}

fn is(up: i64, down: i64, emoji: &[&str]) -> (i64, i64, Vec<String>) {
    let emoji = emoji.iter().map(|&one| one.to_owned()).collect();
    (up, down, emoji)
}

fn with_content(mut opinion: Value, content: &str) -> Value {
    opinion["content"] = json!(content);
    opinion
}

/// A thread in a community elsewhere that people here belong to.
async fn honey(bees: &Bees) -> String {
    bees.world.follows(&bees.ann, &bees.account).await;
    let drone = Person::new("board.test", "drone");
    drone.lives(&bees.world.peers);
    let page = bees.page(&drone, "honey");
    let create = drone.activity("create", "Create", &page);
    bees.done(&bees.announce("honey", &create)).await;
    page["id"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn what_was_refused_and_is_taken_in_by_a_change_of_it_is_passed_on() {
    let garden = Garden::new(Access::Restricted).await;
    garden.member("board.test", "mole", true).await;
    garden.member("elephant.test", "ella", false).await;
    let crow = somebody(&garden.world, "crow").await;
    let page = garden.page(&crow, "shiny");
    let uri = page["id"].as_str().unwrap();
    let create = garden.said(&crow, "create", "Create", &page);
    let refused = garden.outcome(&crow, &create).await;
    assert_eq!(refused, "refused: Only members post in this community");
    let account = garden.world.account_at(&crow.uri).await.unwrap();
    garden.world.follows(&account, &garden.group).await;
    let mut edited = page.clone();
    edited["content"] = json!("<p>shinier</p>");
    edited["updated"] = json!("2026-01-02T04:04:05Z");
    let update = garden.said(&crow, "update", "Update", &edited);
    garden.done(&crow, &update).await;
    let stub = garden.stub(uri).await.unwrap();
    assert_eq!(stub.community_id, Some(garden.group.id));
    assert_eq!(garden.passed_on("board.test").await, [entry("Update", uri)]);
    let told = garden.passed_on("elephant.test").await;
    assert_eq!(told, [entry("post", uri)]);
    sound(&garden.world).await;
    stop(garden).await;
}

#[actix_web::test]
async fn what_a_group_passes_on_a_change_of_comes_by_that_if_it_is_not_here() {
    let bees = Bees::new(|_, _| ()).await;
    bees.world.follows(&bees.ann, &bees.account).await;
    let drone = Person::new("board.test", "drone");
    drone.lives(&bees.world.peers);
    let mut page = bees.page(&drone, "honey");
    let uri = page["id"].as_str().unwrap().to_owned();
    for (id, words) in [("1", "<p>sweet</p>"), ("2", "<p>sweeter</p>")] {
        page["content"] = json!(words);
        page["updated"] = json!(bees.world.app.now().and_utc().to_rfc3339());
        let update = drone.activity(&format!("update-{id}"), "Update", &page);
        bees.done(&bees.announce(id, &update)).await;
        let view = bees.world.post_at(&uri).await.unwrap();
        assert!(view.post.content.contains(words), "{}", view.post.content);
        assert_eq!(view.post.community_id, Some(bees.account.id));
    }
    assert_eq!(bees.shown().await, [uri]);
    sound(&bees.world).await;
}

#[actix_web::test]
async fn emoji_are_passed_on_as_what_they_are() {
    let garden = Garden::new(Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let crow = somebody(&garden.world, "crow").await;
    let bob = garden.world.person("bob").await;
    let thread = garden.thread(&mole, "moles").await;
    let post = garden.stub(&thread).await.unwrap().id;
    let said = |id: &str, kind: &str, content: &str| {
        with_content(garden.said(&crow, id, kind, &json!(thread)), content)
    };
    let given = [
        said("1", "Like", "🌱"),
        said("2", "EmojiReact", "🌷"),
        said("3", "EmojiReact", "❤"),
    ];
    for opinion in &given {
        garden.done(&crow, opinion).await;
    }
    let plain = garden.said(&crow, "4", "Like", &json!(thread));
    garden.done(&crow, &plain).await;
    let app = &garden.world.app;
    reactions::react_with(app, bob.id, post, "☕")
        .await
        .unwrap();
    let all = is(1, 0, &["☕", "❤", "🌱", "🌷"]);
    assert_eq!(opinions(&garden.world, &thread).await, all);
    garden.passed_on("board.test").await;
    // What is taken back ends that and nothing else.
    for (number, opinion) in given.iter().enumerate() {
        let undo = garden.said(&crow, &format!("undo-{number}"), "Undo", opinion);
        garden.done(&crow, &undo).await;
    }
    let app = &garden.world.app;
    reactions::unreact_with(app, bob.id, post, "☕")
        .await
        .unwrap();
    assert_eq!(opinions(&garden.world, &thread).await, is(1, 0, &[]));
    garden.passed_on("board.test").await;
    let arrived = garden.world.peers.arrived_at("board.test").into_iter();
    let mut told: Vec<(String, String)> = arrived
        .filter(|one| one.kind() == "Announce")
        .map(|one| one.body["object"].clone())
        .map(|inner| match inner["type"].as_str().unwrap() {
            "Undo" => ("Undo".to_owned(), inner["object"]["content"].clone()),
            kind => (kind.to_owned(), inner["content"].clone()),
        })
        .filter(|(kind, _)| kind != "Create")
        .map(|(kind, content)| (kind, content.as_str().unwrap_or_default().to_owned()))
        .collect();
    told.sort();
    let mut wanted = [
        entry("EmojiReact", "❤"),
        entry("EmojiReact", "🌷"),
        entry("Like", ""),
        entry("Like", "☕"),
        entry("Like", "🌱"),
        entry("Undo", "☕"),
        entry("Undo", "❤"),
        entry("Undo", "🌱"),
        entry("Undo", "🌷"),
    ];
    wanted.sort();
    assert_eq!(told, wanted);
    sound(&garden.world).await;
    stop(garden).await;
}

#[actix_web::test]
async fn emoji_that_a_group_passes_on_are_no_favourites() {
    let bees = Bees::new(|_, _| ()).await;
    let thread = honey(&bees).await;
    let crow = somebody(&bees.world, "crow").await;
    let said = |id: &str, kind: &str| crow.activity(id, kind, &json!(thread));
    let seed = with_content(said("1", "Like"), "🌱");
    let heart = with_content(said("2", "EmojiReact"), "❤");
    for (id, opinion) in [("1", &seed), ("2", &heart), ("3", &said("3", "Like"))] {
        bees.done(&bees.announce(id, opinion)).await;
    }
    let all = is(1, 0, &["❤", "🌱"]);
    assert_eq!(opinions(&bees.world, &thread).await, all);
    for (id, opinion) in [("4", &seed), ("5", &heart)] {
        let undo = crow.activity(&format!("undo-{id}"), "Undo", opinion);
        bees.done(&bees.announce(id, &undo)).await;
    }
    assert_eq!(opinions(&bees.world, &thread).await, is(1, 0, &[]));
    sound(&bees.world).await;
}

/// As Lemmy says it: nothing is taken back before.
#[actix_web::test]
async fn whoever_turns_from_up_to_down_has_one_vote() {
    let garden = Garden::new(Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let crow = somebody(&garden.world, "crow").await;
    let thread = garden.thread(&mole, "moles").await;
    let votes = [
        ("1", "Like", is(1, 0, &[])),
        ("2", "Dislike", is(0, 1, &[])),
        ("3", "Like", is(1, 0, &[])),
    ];
    for (id, kind, left) in &votes {
        let vote = garden.said(&crow, id, kind, &json!(thread));
        garden.done(&crow, &vote).await;
        assert_eq!(&opinions(&garden.world, &thread).await, left, "{kind}");
    }
    let told = garden.passed_on("board.test").await;
    let wanted = ["Create", "Like", "Dislike", "Like"].map(|kind| entry(kind, &thread));
    assert_eq!(told, wanted);
    sound(&garden.world).await;
    stop(garden).await;

    let bees = Bees::new(|_, _| ()).await;
    let thread = honey(&bees).await;
    let crow = somebody(&bees.world, "crow").await;
    for (id, kind, left) in &votes {
        let vote = crow.activity(id, kind, &json!(thread));
        bees.done(&bees.announce(id, &vote)).await;
        assert_eq!(&opinions(&bees.world, &thread).await, left, "{kind}");
    }
    sound(&bees.world).await;
}

#[actix_web::test]
async fn a_vote_that_is_taken_back_by_its_id_is_taken_back_everywhere() {
    let garden = Garden::new(Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let crow = somebody(&garden.world, "crow").await;
    let thread = garden.thread(&mole, "moles").await;
    let opinions = [
        ("1", "Like", None),
        ("2", "Dislike", None),
        ("3", "Like", Some("🌱")),
        ("4", "EmojiReact", Some("❤")),
    ];
    for (id, kind, content) in opinions {
        let mut opinion = garden.said(&crow, id, kind, &json!(thread));
        if let Some(content) = content {
            opinion = with_content(opinion, content);
        }
        garden.done(&crow, &opinion).await;
        // Nobody else takes it back.
        let foreign = garden.said(&mole, &format!("no-{id}"), "Undo", &opinion["id"]);
        garden.outcome(&mole, &foreign).await;
        let undo = garden.said(&crow, &format!("undo-{id}"), "Undo", &opinion["id"]);
        garden.done(&crow, &undo).await;
        garden.passed_on("board.test").await;
    }
    assert_eq!(self::opinions(&garden.world, &thread).await, is(0, 0, &[]));
    let arrived = garden.world.peers.arrived_at("board.test").into_iter();
    let told: Vec<Value> = arrived
        .filter(|one| one.kind() == "Announce" && one.body["object"]["type"] == "Undo")
        .map(|one| one.body["object"]["object"].clone())
        .collect();
    let wanted = opinions.map(|(id, kind, content)| {
        let mut wanted = json!({
            "id": crow.url(&format!("/activities/{id}")),
            "type": kind,
            "actor": crow.uri,
            "object": thread,
        });
        if let Some(content) = content {
            wanted = with_content(wanted, content);
        }
        wanted
    });
    assert_eq!(told, wanted);
    sound(&garden.world).await;
    stop(garden).await;
}

#[actix_web::test]
async fn what_came_before_a_ban_is_passed_on_unless_the_ban_takes_it_away() {
    for purge in [false, true] {
        let world = World::with_limits(|limits| {
            limits.communities.posts_a_minute_by_one = 0;
        });
        let garden = Garden::in_world(world.await, Access::Public).await;
        garden.member("board.test", "mole", true).await;
        let crow = garden.member("pie.test", "crow", true).await;
        let thread = garden.thread(&crow, "shiny").await;
        assert!(garden.passed_on_so_far("board.test").is_empty());
        let ban = What::Ban {
            account: garden.world.account_at(&crow.uri).await.unwrap().id,
            until: None,
            purge,
        };
        garden.moderates(garden.ann.id, ban).await.unwrap();
        let mut told = garden.passed_on("board.test").await;
        told.sort();
        let mut wanted = vec![entry("Block", &crow.uri)];
        if !purge {
            wanted.push(entry("Create", &thread));
        }
        assert_eq!(told, wanted, "{purge}");
        sound(&garden.world).await;
        stop(garden).await;
    }
}

#[actix_web::test]
async fn what_a_group_passes_on_of_somebody_banned_it_took_in_before() {
    let bees = Bees::new(|_, _| ()).await;
    let thread = honey(&bees).await;
    let (crow, drone) = (
        somebody(&bees.world, "crow").await,
        Person::new("board.test", "drone"),
    );
    let mut block = drone.activity("block", "Block", &json!(crow.uri));
    block["target"] = json!(bees.group.uri);
    bees.done(&bees.announce("1", &block)).await;
    let own = crow.activity("own", "Like", &json!(thread));
    bees.world.receives(&crow, &own).await;
    let outcome = bees.world.outcome(&own).await;
    assert_eq!(outcome, "refused: You are banned from this community");
    let like = crow.activity("earlier", "Like", &json!(thread));
    bees.done(&bees.announce("2", &like)).await;
    assert_eq!(opinions(&bees.world, &thread).await, is(1, 0, &[]));
    sound(&bees.world).await;
}
