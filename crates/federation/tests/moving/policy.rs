//! What rules about other servers do to what is known of them and what they send.

use kontor_actions::peers::{self, Wanted};
use kontor_domain::notification::NotificationKind;
use kontor_domain::{
    audience::{Audience, Viewer},
    page::Page,
    peer::Severity,
};
use kontor_jobs::Stop;
use kontor_store::notifications::Selection;
use serde_json::json;

use crate::{
    peer::Person,
    world::{HERE, World},
};

async fn rule(world: &World, domain: &str, severity: Severity) {
    peers::set(&world.app, Wanted::new(domain, severity))
        .await
        .unwrap();
    world.federation.policy().refresh(&world.app).await.unwrap();
    settled(world).await;
}

/// Waits until the rules have been brought upon every account.
pub(crate) async fn settled(world: &World) {
    world
        .eventually("the rules are settled", || async {
            let depth = world
                .app
                .store
                .read(|db| kontor_store::jobs::depth(db, peers::QUEUE))
                .await
                .unwrap();
            (depth == (0, 0)).then_some(())
        })
        .await;
}

#[actix_web::test]
async fn a_block_ends_what_was_and_lets_nothing_in_or_out() {
    let mut world = World::new().await;
    world.run();
    let anna = world.person("anna").await;
    let bert = Person::new("peer.test", "bert");
    let far = world.known(&bert).await;
    world.follows(&anna, &far).await;
    world.follows(&far, &anna).await;
    let old = bert.activity("create/1", "Create", &bert.note("1", "Hello"));
    assert_eq!(world.receives(&bert, &old).await.0, 202);
    assert_eq!(world.outcome(&old).await, "done");

    rule(&world, "peer.test", Severity::Block).await;
    let far = world.account_at(&bert.uri).await.unwrap();
    assert!(far.suspended_at.is_some());
    assert_eq!((far.followers_count, far.following_count), (0, 0));
    let anna_now = world.account_at(&anna.uri).await.unwrap();
    assert_eq!((anna_now.followers_count, anna_now.following_count), (0, 0));
    let uri = bert.url("/notes/1");
    assert!(
        kontor_actions::posts::by_uri(&world.app, Viewer::Account(anna.id), uri.clone())
            .await
            .unwrap()
            .is_none(),
        "what was known is hidden"
    );
    let new = bert.activity("create/2", "Create", &bert.note("2", "Again"));
    let (status, why) = world.receives(&bert, &new).await;
    assert_eq!(status, 403, "{why}");
    assert!(why.contains("peer.test"), "{why}");
    let fetched = world.peers.all_fetches();
    let handle = kontor_domain::text::Handle::parse("@carl@peer.test").unwrap();
    assert!(
        kontor_actions::accounts::resolve(&world.app, &handle)
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(world.peers.all_fetches(), fetched, "nothing is asked there");
    let report = kontor_store::check::check;
    assert!(world.app.store.read(report).await.unwrap().is_sound());

    // Taken back, it is shown again; the follows stay ended.
    peers::remove(&world.app, "peer.test").await.unwrap();
    world.federation.policy().refresh(&world.app).await.unwrap();
    settled(&world).await;
    let far = world.account_at(&bert.uri).await.unwrap();
    assert_eq!((far.suspended_at, far.followers_count), (None, 0));
    assert!(
        kontor_actions::posts::by_uri(&world.app, Viewer::Account(anna.id), uri)
            .await
            .unwrap()
            .is_some()
    );
    assert_eq!(world.receives(&bert, &new).await.0, 202);
    world.stop().await;
}

pub fn everything() -> Selection {
    Selection {
        kinds: NotificationKind::ALL.to_vec(),
        from: None,
        include_filtered: false,
    }
}

#[actix_web::test]
async fn the_limited_are_heard_by_those_who_follow_them() {
    let mut world = World::new().await;
    world.run();
    let (anna, olaf) = (world.person("anna").await, world.person("olaf").await);
    let bert = Person::new("peer.test", "bert");
    let far = world.known(&bert).await;
    world.follows(&anna, &far).await;
    rule(&world, "peer.test", Severity::Limit).await;
    assert!(world.account_at(&bert.uri).await.unwrap().limited);

    let mut note = bert.note("1", "Hello both");
    note["tag"] = json!([
        {"type": "Mention", "href": anna.uri, "name": "@anna"},
        {"type": "Mention", "href": olaf.uri, "name": "@olaf"}
    ]);
    note["cc"] = json!([anna.uri, olaf.uri]);
    let create = bert.activity("create/1", "Create", &note);
    assert_eq!(world.receives(&bert, &create).await.0, 202);
    assert_eq!(world.outcome(&create).await, "done");
    let told = |owner| {
        let app = world.app.clone();
        async move {
            app.store
                .read(move |db| {
                    kontor_store::notifications::page(db, owner, &everything(), &Page::first(9))
                })
                .await
                .unwrap()
                .len()
        }
    };
    world
        .eventually("the one who follows is told", || async {
            (told(anna.id).await == 1).then_some(())
        })
        .await;
    world.sent().await;
    assert_eq!(told(olaf.id).await, 0);
    // Somebody of the same server who comes later is limited from the first moment.
    let carl = world.known(&Person::new("peer.test", "carl")).await;
    assert!(carl.limited);
    world.stop().await;
}

#[actix_web::test]
async fn pictures_of_those_whose_media_are_refused_are_not_kept() {
    let mut world = World::new().await;
    world.run_queues();
    let bert = Person::new("peer.test", "bert");
    let mut document = bert.document();
    document["icon"] = json!({"type": "Image", "url": "http://peer.test/bert.png"});
    bert.lives(&world.peers);
    world.peers.serve(&bert.uri, &document);
    world.reads(&bert.uri).await;
    let picture = || async { world.account_at(&bert.uri).await.unwrap().avatar_url };
    assert!(picture().await.is_some());
    let mut wanted = Wanted::new("peer.test", Severity::Allow);
    wanted.refuse.media = true;
    peers::set(&world.app, wanted).await.unwrap();
    world.federation.policy().refresh(&world.app).await.unwrap();
    settled(&world).await;
    assert_eq!(picture().await, None);
    world.reads(&bert.uri).await;
    assert_eq!(picture().await, None, "nor when it is read again");
    world.stop().await;
}

/// A command beside the server changes the rules: no word reaches it on `SQLite`, and it sees them all the same.
#[actix_web::test]
async fn a_rule_made_elsewhere_is_seen_within_a_moment() {
    let world = World::new().await;
    let stop = Stop::default();
    let watching = tokio::spawn(
        world
            .federation
            .policy()
            .clone()
            .watch(world.app.clone(), stop.clone()),
    );
    let policy = world.federation.policy();
    assert!(policy.allowed("evil.test").is_ok());
    // As another process would: without the notice of this store.
    world.fresh.as_ref().unwrap().execute(
        "INSERT INTO domain_policies (domain, severity, created_at) VALUES ('evil.test', 'block', '2026-01-01 00:00:00'); \
         UPDATE domain_policies_version SET version = version + 1",
    );
    world
        .eventually("the rule is seen", || async {
            policy.allowed("x.evil.test").is_err().then_some(())
        })
        .await;
    // In this process, at once.
    peers::remove(&world.app, "evil.test").await.unwrap();
    let before = std::time::Instant::now();
    world
        .eventually("it is seen that the rule is gone", || async {
            policy.allowed("evil.test").is_ok().then_some(())
        })
        .await;
    assert!(before.elapsed() < std::time::Duration::from_millis(900));
    stop.stop();
    watching.await.unwrap();
}

#[actix_web::test]
async fn deliveries_that_wait_for_a_blocked_server_are_dropped() {
    let mut world = World::new().await;
    let anna = world.person("anna").await;
    let bert = Person::new("peer.test", "bert");
    let far = world.known(&bert).await;
    world.follows(&far, &anna).await;
    world.run_queues();
    world.post(anna.id, "Hello", Audience::Public).await;
    world
        .eventually("a delivery waits", || async {
            let counts = world
                .app
                .store
                .read(kontor_store::deliveries::counts)
                .await
                .unwrap();
            (counts.waiting == 1).then_some(())
        })
        .await;
    rule(&world, "peer.test", Severity::Block).await;
    world.run_engine();
    world.sent().await;
    assert!(world.peers.arrived_at("peer.test").is_empty());
    world.stop().await;
}

#[actix_web::test]
async fn nobody_makes_a_rule_about_this_instance() {
    let world = World::new().await;
    for domain in [HERE, "test", "not a domain", ""] {
        let wanted = Wanted::new(domain, Severity::Block);
        assert!(
            peers::set(&world.app, wanted).await.is_err(),
            "{domain}: no rule may cover this instance"
        );
    }
}
