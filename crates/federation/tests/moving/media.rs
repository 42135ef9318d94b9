//! Pictures, files, emoji and reports of servers from which they are not taken, and those that lie there.

use kontor_actions::{
    cards,
    peers::{self, Wanted},
    posts, reports,
};
use kontor_domain::{audience::Viewer, page::Page, peer::Severity};
use kontor_federation::settings::{Mode, Settings};
use kontor_store::testing::{Backend, Fresh};
use serde_json::{Value, json};

use crate::{
    peer::Person,
    policy::settled,
    world::{HERE, World, settings},
};

pub(crate) async fn refuse(world: &World, domain: &str, change: impl FnOnce(&mut Wanted)) {
    let mut wanted = Wanted::new(domain, Severity::Allow);
    change(&mut wanted);
    peers::set(&world.app, wanted).await.unwrap();
    follow_rules(world).await;
}

pub(crate) async fn lift(world: &World, domain: &str) {
    peers::remove(&world.app, domain).await.unwrap();
    follow_rules(world).await;
}

async fn follow_rules(world: &World) {
    world.federation.policy().refresh(&world.app).await.unwrap();
    settled(world).await;
}

fn emoji(name: &str, host: &str) -> Value {
    json!({"type": "Emoji", "name": format!(":{name}:"), "icon": {"type": "Image", "url": format!("http://{host}/{name}.png")}})
}

/// With a file on its own server and one on another, and an emoji of each.
fn note(by: &Person, id: &str) -> Value {
    let mut note = by.note(id, "look :own: :other:");
    let file = |host: &str, icon: &str| {
        json!({"type": "Document", "mediaType": "image/png", "url": format!("http://{host}/{id}.png"),
               "icon": {"type": "Image", "url": format!("http://{icon}/{id}-small.png")}})
    };
    note["attachment"] = json!([
        file("peer.test", "peer.test"),
        file("tube.test", "tube.test")
    ]);
    note["tag"] = json!([emoji("own", "peer.test"), emoji("other", "tube.test")]);
    note
}

/// The hosts of what is shown with a post: of its files, and of its emoji.
async fn shown(world: &World, by: &Person, id: &str) -> (Vec<String>, Vec<String>) {
    let view = world
        .post_at(&by.url(&format!("/notes/{id}")))
        .await
        .unwrap();
    let host = |url: &str| url.split('/').nth(2).unwrap().to_owned();
    let files = view.parts.attachments.iter();
    let mut emojis: Vec<String> = view
        .parts
        .emojis
        .iter()
        .filter_map(|emoji| emoji.remote_url.as_deref().map(host))
        .collect();
    emojis.sort_unstable();
    let files = files.filter_map(|file| file.remote_url.as_deref().map(host));
    (files.collect(), emojis)
}

fn hosts(names: &[&str]) -> (Vec<String>, Vec<String>) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    (names.clone(), names)
}

async fn says(world: &World, by: &Person, id: &str) {
    let create = by.activity(&format!("create/{id}"), "Create", &note(by, id));
    assert_eq!(world.receives(by, &create).await.0, 202);
    assert_eq!(world.outcome(&create).await, "done");
}

#[actix_web::test]
async fn files_and_emoji_of_refused_hosts_are_hidden_and_none_come() {
    for backend in Backend::ALL {
        let fresh = Fresh::new(backend);
        let mut world = World::on(fresh.store(), settings()).await;
        world.run_queues();
        let (anna, bert) = (world.person("anna").await, Person::new("peer.test", "bert"));
        let far = world.known(&bert).await;
        world.follows(&anna, &far).await;
        says(&world, &bert, "1").await;
        let all = hosts(&["peer.test", "tube.test"]);
        assert_eq!(shown(&world, &bert, "1").await, all);

        // Of the host where some of it lies.
        refuse(&world, "tube.test", |wanted| wanted.refuse.media = true).await;
        says(&world, &bert, "2").await;
        for id in ["1", "2"] {
            assert_eq!(
                shown(&world, &bert, id).await,
                hosts(&["peer.test"]),
                "{id}"
            );
        }
        lift(&world, "tube.test").await;
        assert_eq!(shown(&world, &bert, "1").await, all, "shown again");
        assert_eq!(
            shown(&world, &bert, "2").await.0,
            ["peer.test"],
            "never kept"
        );

        // Of the account's own server, wherever it lies.
        refuse(&world, "peer.test", |wanted| wanted.refuse.media = true).await;
        says(&world, &bert, "3").await;
        for id in ["1", "2", "3"] {
            assert_eq!(shown(&world, &bert, id).await, hosts(&[]), "{id}");
        }
        lift(&world, "peer.test").await;
        assert_eq!(shown(&world, &bert, "1").await, all);

        // A host that is not spoken with at all.
        refuse(&world, "tube.test", |wanted| {
            wanted.severity = Severity::Block;
        })
        .await;
        says(&world, &bert, "4").await;
        for id in ["1", "4"] {
            assert_eq!(
                shown(&world, &bert, id).await,
                hosts(&["peer.test"]),
                "{id}"
            );
        }
        world.stop().await;
    }
}

#[actix_web::test]
async fn a_server_on_the_list_shows_nothing_of_one_that_is_not() {
    let mut world = World::with(Settings {
        mode: Mode::Allowlist,
        allowed: ["peer.test".to_owned()].into(),
        ..settings()
    })
    .await;
    world.run_queues();
    let (anna, bert) = (world.person("anna").await, Person::new("peer.test", "bert"));
    let mut document = bert.document();
    document["icon"] = json!({"type": "Image", "url": "http://peer.test/bert.png"});
    document["image"] = json!({"type": "Image", "url": "http://tube.test/bert.png"});
    document["name"] = json!("Bert :own: :other:");
    document["tag"] = json!([emoji("own", "peer.test"), emoji("other", "tube.test")]);
    bert.lives(&world.peers);
    world.peers.serve(&bert.uri, &document);
    world.reads(&bert.uri).await;
    let far = world.account_at(&bert.uri).await.unwrap();
    assert_eq!(far.avatar_url.as_deref(), Some("http://peer.test/bert.png"));
    assert_eq!(far.header_url, None);
    assert_eq!(
        far.emojis,
        r#"[{"shortcode":"own","url":"http://peer.test/own.png"}]"#
    );
    world.follows(&anna, &far).await;
    says(&world, &bert, "1").await;
    assert_eq!(shown(&world, &bert, "1").await, hosts(&["peer.test"]));
    // An emoji that is given to a post, of a picture that is not taken.
    let mut like = bert.activity("like", "Like", &json!(bert.url("/notes/1")));
    like["content"] = json!(":other:");
    like["tag"] = json!([emoji("other", "tube.test")]);
    assert_eq!(world.receives(&bert, &like).await.0, 202);
    assert_eq!(world.outcome(&like).await, "done");
    let view = world.post_at(&bert.url("/notes/1")).await.unwrap();
    assert!(view.reactions.is_empty(), "{:?}", view.reactions);
    world.stop().await;
}

#[actix_web::test]
async fn earlier_versions_and_reactions_show_nothing_of_a_refused_host() {
    for backend in Backend::ALL {
        let fresh = Fresh::new(backend);
        let mut world = World::on(fresh.store(), settings()).await;
        world.run_queues();
        let (anna, bert) = (world.person("anna").await, Person::new("peer.test", "bert"));
        let far = world.known(&bert).await;
        world.follows(&anna, &far).await;
        says(&world, &bert, "1").await;
        let mut changed = bert.note("1", "look no more");
        changed["updated"] = json!("2026-02-03T12:00:00Z");
        let mut like = bert.activity("like", "Like", &json!(bert.url("/notes/1")));
        like["content"] = json!(":other:");
        like["tag"] = json!([emoji("other", "tube.test")]);
        for activity in [bert.activity("2", "Update", &changed), like] {
            assert_eq!(world.receives(&bert, &activity).await.0, 202);
            assert_eq!(world.outcome(&activity).await, "done");
        }
        let seen = || async {
            let view = world.post_at(&bert.url("/notes/1")).await.unwrap();
            let (_, versions) = posts::history(&world.app, Viewer::Anyone, view.post.id)
                .await
                .unwrap();
            let there = |host: &str| versions[0].attachments.contains(host);
            let pictures = view.reactions.iter().map(|one| one.url.is_some());
            (
                there("peer.test/1.png"),
                there("tube.test"),
                pictures.collect::<Vec<_>>(),
            )
        };
        assert_eq!(seen().await, (true, true, vec![true]));
        refuse(&world, "tube.test", |wanted| wanted.refuse.media = true).await;
        assert_eq!(seen().await, (true, false, vec![false]));
        lift(&world, "tube.test").await;
        assert_eq!(seen().await, (true, true, vec![false]), "{backend:?}");
        world.stop().await;
    }
}

#[actix_web::test]
async fn a_profile_loses_what_lies_on_a_refused_host() {
    let mut world = World::new().await;
    world.run_queues();
    let bert = Person::new("peer.test", "bert");
    let mut document = bert.document();
    document["icon"] = json!({"type": "Image", "url": "http://tube.test/bert.png"});
    bert.lives(&world.peers);
    world.peers.serve(&bert.uri, &document);
    world.reads(&bert.uri).await;
    let picture = || async { world.account_at(&bert.uri).await.unwrap().avatar_url };
    assert!(picture().await.is_some());
    refuse(&world, "tube.test", |wanted| wanted.refuse.media = true).await;
    assert_eq!(picture().await, None);
    world.stop().await;
}

/// What a page said is said no more once its host is blocked, and it is read anew when it may be.
#[actix_web::test]
async fn a_card_goes_with_the_host_of_its_page() {
    let mut world = World::new().await;
    world.run_queues();
    let (anna, bert) = (world.person("anna").await, Person::new("peer.test", "bert"));
    let far = world.known(&bert).await;
    world.follows(&anna, &far).await;
    let page = "http://press.test/news";
    let html = "<!doctype html><title>News</title>";
    world.peers.serve_as(page, 200, "text/html", html);
    let link = |id: &str| bert.note(id, &format!("<a href=\"{page}\">news</a>"));
    for id in ["1", "2"] {
        let create = bert.activity(id, "Create", &link(id));
        assert_eq!(world.receives(&bert, &create).await.0, 202);
        assert_eq!(world.outcome(&create).await, "done");
        // The link is followed after a while, so that not all servers come at once.
        world
            .fresh
            .as_ref()
            .unwrap()
            .execute("UPDATE jobs SET run_at = '2020-01-01 00:00:00' WHERE queue = 'cards'");
        let post = world
            .post_at(&bert.url(&format!("/notes/{id}")))
            .await
            .unwrap();
        let card = async || {
            cards::of_post(&world.app, Viewer::Anyone, post.post.id)
                .await
                .unwrap()
        };
        world
            .eventually("the page is read", || async { card().await.map(drop) })
            .await;
        if id == "1" {
            refuse(&world, "press.test", |wanted| {
                wanted.severity = Severity::Block;
            })
            .await;
            assert_eq!(card().await, None);
            lift(&world, "press.test").await;
        }
    }
    world.stop().await;
}

#[actix_web::test]
async fn reports_of_a_server_that_cries_wolf_are_not_taken() {
    let mut world = World::new().await;
    world.run_queues();
    let (anna, bert) = (world.person("anna").await, Person::new("peer.test", "bert"));
    world.known(&bert).await;
    let flag = |id: &str| {
        bert.activity(
            id,
            "Flag",
            &json!([anna.uri, format!("http://{HERE}/posts/{id}")]),
        )
    };
    let reported = || async {
        reports::open(&world.app, Page::first(9))
            .await
            .unwrap()
            .len()
    };
    refuse(&world, "peer.test", |wanted| wanted.refuse.reports = true).await;
    assert_eq!(world.receives(&bert, &flag("1")).await.0, 202);
    let outcome = world.outcome(&flag("1")).await;
    assert!(outcome.starts_with("ignored: reports"), "{outcome}");
    assert_eq!(reported().await, 0);
    lift(&world, "peer.test").await;
    assert_eq!(world.receives(&bert, &flag("2")).await.0, 202);
    assert_eq!(world.outcome(&flag("2")).await, "done");
    assert_eq!(reported().await, 1);
    world.stop().await;
}
