//! Accounts and posts found by handle and by address.

use std::collections::BTreeSet;

use kontor_actions::{
    Error, Found,
    accounts::{self, Account},
    follows::{self, Options, Wish},
    peers::{self, Wanted},
};
use kontor_domain::{audience::Audience, peer::Severity, text::Handle};
use kontor_federation::settings::{Mode, Settings};
use kontor_store::testing::{Backend, Fresh};
use serde_json::json;

use crate::{
    peer::{Person, finger_url, jrd},
    world::{World, settings, sound},
};

async fn find(world: &World, handle: &str) -> Option<Account> {
    let handle = Handle::parse(handle).unwrap();
    let id = world
        .app
        .remote
        .resolve_handle(&world.app, &handle)
        .await
        .unwrap()?;
    Some(accounts::get(&world.app, id).await.unwrap())
}

async fn at(world: &World, url: &str) -> Option<Found> {
    world
        .app
        .remote
        .resolve_url(&world.app, &url.parse().unwrap())
        .await
        .unwrap()
}

fn finger(world: &World, asked: &str, name: &str, domain: &str, subject: &str, actor: &str) {
    let body = jrd(name, subject, actor);
    world.peers.serve_as(
        &finger_url(asked, name, domain),
        200,
        "application/jrd+json",
        &body,
    );
}

#[actix_web::test]
async fn a_handle_leads_to_its_account() {
    let world = World::new().await;
    let ann = Person::new("peer.test", "ann");
    ann.lives(&world.peers);
    let found = find(&world, "@Ann@Peer.test").await;
    assert!(found.is_none(), "its server knows no Ann in that spelling");
    let found = find(&world, "ann@peer.test").await.unwrap();
    assert_eq!(
        (found.uri.as_str(), found.handle.as_str()),
        (ann.uri.as_str(), "ann@peer.test")
    );
    assert!(find(&world, "nobody@peer.test").await.is_none());
    let dead = Handle::parse("dan@dead.test").unwrap();
    assert!(matches!(
        world.app.remote.resolve_handle(&world.app, &dead).await,
        Err(Error::Remote(_))
    ));
}

#[actix_web::test]
async fn a_handle_may_be_of_another_domain_if_both_say_so() {
    let world = World::new().await;
    let ann = Person::new("peer.test", "ann");
    ann.lives(&world.peers);
    finger(
        &world,
        "peer.test",
        "ann",
        "peer.test",
        "handles.test",
        &ann.uri,
    );
    finger(
        &world,
        "handles.test",
        "ann",
        "handles.test",
        "handles.test",
        &ann.uri,
    );
    let found = find(&world, "ann@handles.test").await.unwrap();
    assert_eq!(
        (found.handle.as_str(), found.domain.as_deref()),
        ("ann@handles.test", Some("handles.test"))
    );

    // Her server says so, the other domain does not.
    let amy = Person::new("peer.test", "amy");
    amy.lives(&world.peers);
    finger(
        &world,
        "peer.test",
        "amy",
        "peer.test",
        "other.test",
        &amy.uri,
    );
    let found = find(&world, "amy@peer.test").await.unwrap();
    assert_eq!(found.handle, "amy@peer.test");

    // The other domain says so, her server does not.
    let bob = Person::new("peer.test", "bob");
    bob.lives(&world.peers);
    finger(
        &world,
        "evil.test",
        "bob",
        "evil.test",
        "evil.test",
        &bob.uri,
    );
    let found = find(&world, "bob@evil.test").await.unwrap();
    assert_eq!(found.handle, "bob@peer.test");
}

#[actix_web::test]
async fn a_handle_is_one_persons() {
    let world = World::new().await;
    let ann = Person::new("peer.test", "ann");
    let known = world.known(&ann).await;
    // Another person of the same name, whom WebFinger does not name.
    let mut second = ann.document();
    let uri = "http://peer.test/people/ann";
    second["id"] = json!(uri);
    second["publicKey"] =
        json!({"id": format!("{uri}#main-key"), "owner": uri, "publicKeyPem": ann.key.pem});
    world.peers.serve(uri, &second);
    assert_eq!(at(&world, uri).await, None);
    // WebFinger names both: the first comer keeps the name.
    let both = json!({"subject": "acct:ann@peer.test", "links": [
        {"rel": "self", "type": "application/activity+json", "href": ann.uri},
        {"rel": "self", "type": "application/activity+json", "href": uri},
    ]});
    world.peers.serve_as(
        &ann.finger_url(),
        200,
        "application/jrd+json",
        &both.to_string(),
    );
    world.app.clock.advance(std::time::Duration::from_secs(6));
    assert_eq!(at(&world, uri).await, None);
    assert_eq!(at(&world, &ann.uri).await, Some(Found::Account(known.id)));
    // It names the other alone: the name has a new owner.
    finger(&world, "peer.test", "ann", "peer.test", "peer.test", uri);
    assert!(matches!(at(&world, uri).await, Some(Found::Account(id)) if id != known.id));
    assert!(world.account_at(&ann.uri).await.is_none());
}

/// A person and a group of one name at one server, as Lemmy has them.
fn namesakes(world: &World) -> (Person, Person) {
    let person = Person::new("peer.test", "garden");
    let mut group = person.clone();
    group.uri = group.url("/c/garden");
    group.key_id = format!("{}#main-key", group.uri);
    let mut document = group.document();
    document["type"] = json!("Group");
    document["attributedTo"] = json!(format!("{}/moderators", group.uri));
    world.peers.serve(&person.uri, &person.document());
    world.peers.serve(&group.uri, &document);
    let link = |actor: &str, kind: &str| {
        json!({
            "rel": "self",
            "type": "application/activity+json",
            "href": actor,
            "properties": {"https://www.w3.org/ns/activitystreams#type": kind},
        })
    };
    let links = [link(&group.uri, "Group"), link(&person.uri, "Person")];
    let both = json!({"subject": "acct:garden@peer.test", "links": links});
    world.peers.serve_as(
        &person.finger_url(),
        200,
        "application/jrd+json",
        &both.to_string(),
    );
    (person, group)
}

/// Somebody asks both, each in its own inbox.
async fn follows_both(world: &World, (bea, gardener, garden): (&Account, &Account, &Account)) {
    for target in [gardener, garden] {
        let options = Options {
            show_reblogs: None,
            notify: None,
            languages: None,
        };
        let wish = Wish {
            follower: bea.id,
            target: target.id,
            uri: None,
            options,
        };
        follows::follow(&world.app, wish).await.unwrap();
    }
    let follows: BTreeSet<(String, String)> = world
        .arrivals("peer.test", 2)
        .await
        .into_iter()
        .filter(|arrived| arrived.kind() == "Follow")
        .map(|it| (it.path, it.body["object"].as_str().unwrap().to_owned()))
        .collect();
    let asked = [garden, gardener].map(|to| {
        let path = to.uri.trim_start_matches("http://peer.test");
        (format!("{path}/inbox"), to.uri.clone())
    });
    assert_eq!(follows, BTreeSet::from(asked));
}

/// Somebody writes to both.
async fn names_both(world: &World, (bea, gardener, garden): (&Account, &Account, &Account)) {
    let text = "!garden@peer.test and @garden@peer.test";
    world.post(bea.id, text, Audience::Public).await;
    let create = world
        .eventually("the post arrives", || async {
            let arrived = world.peers.arrived_at("peer.test");
            arrived.into_iter().find(|it| it.kind() == "Create")
        })
        .await;
    let note = &create.body["object"];
    let named: BTreeSet<&str> = note["tag"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|tag| tag["type"] == "Mention")
        .map(|tag| tag["href"].as_str().unwrap())
        .collect();
    assert_eq!(
        named,
        BTreeSet::from([garden.uri.as_str(), gardener.uri.as_str()])
    );
    let content = note["content"].as_str().unwrap();
    for (sign, url) in [("!", &garden.url), ("@", &gardener.url)] {
        let link = format!("{url}\" class=\"u-url mention\">{sign}<span>garden</span>");
        assert!(content.contains(&link), "{content}");
    }
}

#[actix_web::test]
async fn a_person_and_a_group_of_one_name_are_two() {
    for backend in Backend::ALL {
        for first in ["@garden@peer.test", "!garden@peer.test"] {
            let fresh = Fresh::new(backend);
            let mut world = World::on(fresh.store(), settings()).await;
            let (person, group) = namesakes(&world);
            world.run();
            let bea = world.person("bea").await;
            find(&world, first).await.unwrap();
            // Whoever knows the group knows the person, whom the name means first.
            assert!(world.account_at(&person.uri).await.is_some(), "{first}");
            let gardener = find(&world, "@garden@peer.test").await.unwrap();
            let garden = find(&world, "!garden@peer.test").await.unwrap();
            assert_eq!((&gardener.uri, &garden.uri), (&person.uri, &group.uri));
            for (handle, id) in [
                ("garden@peer.test", gardener.id),
                ("!Garden@peer.test", garden.id),
            ] {
                let asked = Handle::parse(handle).unwrap();
                let known = accounts::lookup(&world.app, &asked).await.unwrap();
                assert_eq!(known.id, id, "{handle}");
            }
            follows_both(&world, (&bea, &gardener, &garden)).await;
            names_both(&world, (&bea, &gardener, &garden)).await;
            sound(&world).await;
            world.stop().await;
        }
    }
}

#[actix_web::test]
async fn a_group_is_no_person_even_where_nobody_else_has_its_name() {
    let world = World::new().await;
    let ann = Person::new("peer.test", "ann");
    ann.lives(&world.peers);
    assert!(find(&world, "!ann@peer.test").await.is_none());
    let known = world.known(&ann).await;
    assert_eq!(known.handle, "ann@peer.test");
    // It becomes a group: now it is one.
    let mut document = ann.document();
    document["type"] = json!("Group");
    document["attributedTo"] = json!(format!("{}/moderators", ann.uri));
    world.peers.serve(&ann.uri, &document);
    world.app.clock.advance(std::time::Duration::from_secs(6));
    for handle in ["!ann@peer.test", "@ann@peer.test"] {
        let found = find(&world, handle).await.unwrap();
        assert_eq!(
            (found.id, found.handle.as_str()),
            (known.id, "!ann@peer.test")
        );
    }
}

#[actix_web::test]
async fn a_group_is_not_taken_for_a_person_who_cannot_be_reached() {
    let world = World::new().await;
    let (person, group) = namesakes(&world);
    world.peers.serve_as(&person.uri, 503, "text/plain", "");
    let garden = Handle::parse("@garden@peer.test").unwrap();
    assert!(matches!(
        world.app.remote.resolve_handle(&world.app, &garden).await,
        Err(Error::Remote(_))
    ));
    let found = find(&world, "!garden@peer.test").await.unwrap();
    assert_eq!(found.uri, group.uri);
    // There is no person any more.
    world.peers.gone(&person.uri);
    world.app.clock.advance(std::time::Duration::from_secs(6));
    let found = find(&world, "@garden@peer.test").await.unwrap();
    assert_eq!(found.uri, group.uri);
}

#[actix_web::test]
async fn an_address_leads_to_an_actor_or_a_post() {
    let world = World::new().await;
    let ann = Person::new("peer.test", "ann");
    ann.lives(&world.peers);
    // The page of a profile answers with the actor.
    world.peers.serve("http://peer.test/@ann", &ann.document());
    let Some(Found::Account(id)) = at(&world, "http://peer.test/@ann").await else {
        panic!("nobody is there")
    };
    assert_eq!(accounts::get(&world.app, id).await.unwrap().uri, ann.uri);
    let mut note = ann.note("1", "hello");
    note["url"] = json!("http://peer.test/@ann/1");
    world.peers.serve("http://peer.test/notes/1", &note);
    world.peers.serve("http://peer.test/@ann/1", &note);
    let Some(Found::Post(id)) = at(&world, "http://peer.test/@ann/1").await else {
        panic!("nothing is there")
    };
    assert_eq!(
        at(&world, "http://peer.test/notes/1").await,
        Some(Found::Post(id))
    );
    assert_eq!(
        world
            .post_at("http://peer.test/notes/1")
            .await
            .unwrap()
            .post
            .url,
        "http://peer.test/@ann/1"
    );
}

#[actix_web::test]
async fn what_cannot_be_trusted_is_not_found() {
    let world = World::new().await;
    let ann = Person::new("peer.test", "ann");
    ann.lives(&world.peers);
    // A copy on another server, of an actor and of a note.
    world.peers.serve("http://evil.test/ann", &ann.document());
    world
        .peers
        .serve("http://evil.test/1", &ann.note("1", "forged"));
    // A note whose author is on another server.
    let mut note = Person::new("evil.test", "mallory").note("2", "forged");
    note["attributedTo"] = json!(ann.uri);
    world.peers.serve("http://evil.test/notes/2", &note);
    world
        .peers
        .serve_as("http://peer.test/page", 200, "text/html", "<html></html>");
    world.peers.serve_as(
        "http://peer.test/json",
        200,
        "application/json",
        &ann.note("3", "upload").to_string(),
    );
    world.peers.serve_as(
        "http://peer.test/deep",
        200,
        "application/activity+json",
        &"[".repeat(10_000),
    );
    world.peers.gone("http://peer.test/gone");
    for url in [
        "http://evil.test/ann",
        "http://evil.test/1",
        "http://evil.test/notes/2",
        "http://peer.test/page",
        "http://peer.test/json",
        "http://peer.test/deep",
        "http://peer.test/gone",
        "http://peer.test/absent",
        "http://here.test/users/1",
    ] {
        assert_eq!(at(&world, url).await, None, "{url}");
    }
    assert!(world.account_at(&ann.uri).await.is_none());
}

#[actix_web::test]
async fn a_document_is_fetched_once_for_all_who_want_it_now() {
    let world = World::new().await;
    let ann = Person::new("peer.test", "ann");
    ann.lives(&world.peers);
    let all = futures_util::future::join_all((0..20).map(|_| at(&world, &ann.uri))).await;
    assert!(
        all.iter().all(|found| found.is_some() && *found == all[0]),
        "{all:?}"
    );
    assert!(
        world.peers.fetches(&ann.uri) <= 2,
        "{}",
        world.peers.fetches(&ann.uri)
    );
    let misses =
        futures_util::future::join_all((0..20).map(|_| at(&world, "http://peer.test/absent")))
            .await;
    assert!(misses.iter().all(Option::is_none));
    assert_eq!(world.peers.fetches("http://peer.test/absent"), 1);
}

#[actix_web::test]
async fn nobody_is_asked_whom_we_do_not_speak_with() {
    let world = World::with(Settings {
        mode: Mode::Allowlist,
        allowed: ["other.test".to_owned()].into(),
        ..settings()
    })
    .await;
    let ann = Person::new("peer.test", "ann");
    ann.lives(&world.peers);
    assert!(find(&world, "ann@peer.test").await.is_none());
    assert_eq!(at(&world, &ann.uri).await, None);
    assert_eq!(world.peers.all_fetches(), 0);
}

#[actix_web::test]
async fn a_rule_that_is_lifted_is_no_failure_that_is_remembered() {
    let world = World::new().await;
    let ann = Person::new("peer.test", "ann");
    ann.lives(&world.peers);
    let policy = world.federation.policy();
    peers::set(&world.app, Wanted::new("peer.test", Severity::Block))
        .await
        .unwrap();
    policy.refresh(&world.app).await.unwrap();
    assert_eq!(at(&world, &ann.uri).await, None);
    peers::remove(&world.app, "peer.test").await.unwrap();
    policy.refresh(&world.app).await.unwrap();
    assert!(at(&world, &ann.uri).await.is_some());
}
