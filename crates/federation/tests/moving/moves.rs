//! Accounts that move, are taken out of sight, or are deleted: here and elsewhere.

use kontor_actions::{
    account_notes, accounts, blocks, departures, follows, lists,
    moves::{self, Change},
    mutes,
};
use kontor_domain::{
    audience::Audience,
    ids::{AccountId, ListId},
};
use serde_json::{Value, json};

use crate::{
    peer::{Answer, Person},
    world::World,
};

fn moved(old: &Person, id: &str, target: &str) -> Value {
    let mut activity = old.activity(id, "Move", &json!(old.uri));
    activity["target"] = json!(target);
    activity
}

fn says(world: &World, person: &Person, property: &str, value: Value) {
    let mut document = person.document();
    document[property] = value;
    world.peers.serve(&person.uri, &document);
}

#[actix_web::test]
async fn followers_here_go_along_if_both_accounts_say_so() {
    let mut world = World::new().await;
    let anna = world.person("anna").await;
    let (old, new) = (
        Person::new("peer.test", "bert"),
        Person::new("other.test", "bert"),
    );
    let known = world.known(&old).await;
    world.follows(&anna, &known).await;
    new.lives(&world.peers);
    world.run();
    // One side alone is not enough.
    for (number, (moves, names)) in [(false, true), (true, false)].into_iter().enumerate() {
        if moves {
            says(&world, &old, "movedTo", json!(new.uri));
        }
        if names {
            says(&world, &new, "alsoKnownAs", json!([old.uri]));
        } else {
            new.lives(&world.peers);
        }
        let activity = moved(&old, &format!("no{number}"), &new.uri);
        assert_eq!(world.receives(&old, &activity).await.0, 202);
        let outcome = world.outcome(&activity).await;
        assert!(outcome.starts_with("refused"), "{outcome}");
        assert!(
            follows::between(&world.app, anna.id, known.id)
                .await
                .unwrap()
                .is_some()
        );
    }
    says(&world, &new, "alsoKnownAs", json!(old.uri));
    // The document, and not the activity, says where to.
    let elsewhere = moved(&old, "elsewhere", "http://evil.test/users/x");
    assert_eq!(world.receives(&old, &elsewhere).await.0, 202);
    assert!(world.outcome(&elsewhere).await.starts_with("refused"));
    let activity = moved(&old, "yes", &new.uri);
    assert_eq!(world.receives(&old, &activity).await.0, 202);
    assert_eq!(world.outcome(&activity).await, "done");
    let arrived = world.arrivals("other.test", 1).await;
    assert_eq!(arrived[0].kind(), "Follow");
    assert_eq!(arrived[0].body["object"], new.uri);
    let arrived = world.arrivals("peer.test", 1).await;
    assert_eq!(arrived[0].kind(), "Undo");
    world
        .eventually("the old follow ends", || async {
            let follow = follows::between(&world.app, anna.id, known.id)
                .await
                .unwrap();
            follow.is_none().then_some(())
        })
        .await;
    // Whoever has moved cannot be followed.
    let wish = follows::Wish {
        follower: anna.id,
        target: known.id,
        uri: None,
        options: follows::Options {
            show_reblogs: None,
            notify: None,
            languages: None,
        },
    };
    assert!(follows::follow(&world.app, wish).await.is_err());
    // Nobody moves again on the next day.
    let third = Person::new("third.test", "bert");
    third.lives(&world.peers);
    says(&world, &third, "alsoKnownAs", json!([old.uri]));
    says(&world, &old, "movedTo", json!(third.uri));
    let hasty = moved(&old, "hasty", &third.uri);
    assert_eq!(world.receives(&old, &hasty).await.0, 202);
    let outcome = world.outcome(&hasty).await;
    assert!(outcome.contains("30 days"), "{outcome}");
    world.sent().await;
    assert_eq!(world.peers.arrived_at("other.test").len(), 1);
    assert!(world.peers.arrived_at("third.test").is_empty());
    world.stop().await;
}

#[actix_web::test]
async fn an_account_of_ours_moves_and_its_followers_are_told() {
    let mut world = World::new().await;
    let (anna, olaf) = (world.person("anna").await, world.person("olaf").await);
    let follower = Person::new("peer.test", "carl");
    let far = world.known(&follower).await;
    world.follows(&far, &anna).await;
    world.follows(&olaf, &anna).await;
    let new = Person::new("other.test", "anna");
    let target = world.known(&new).await;
    world.run();
    let refused = moves::depart(&world.app, anna.id, target.id)
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("alsoKnownAs"), "{refused}");
    says(&world, &new, "alsoKnownAs", json!([anna.uri]));
    world.reads(&new.uri).await;
    moves::depart(&world.app, anna.id, target.id).await.unwrap();
    moves::depart(&world.app, anna.id, target.id).await.unwrap();
    let arrived = world.arrivals("peer.test", 1).await;
    let told = &arrived[0].body;
    assert_eq!(
        (&told["type"], &told["object"], &told["target"]),
        (&json!("Move"), &json!(anna.uri), &json!(new.uri))
    );
    let arrived = world.arrivals("other.test", 1).await;
    assert_eq!(
        (arrived[0].kind(), &arrived[0].body["actor"]),
        ("Follow", &json!(olaf.uri))
    );
    world.sent().await;
    assert_eq!(world.peers.arrived_at("peer.test").len(), 1, "told once");
    let anna = accounts::get(&world.app, anna.id).await.unwrap();
    assert_eq!(anna.moved_to_uri.as_deref(), Some(new.uri.as_str()));
    assert_eq!(
        anna.followers_count, 1,
        "those elsewhere decide for themselves"
    );
    world.stop().await;
}

/// Olaf follows anna and has her in a list, mona mutes her, beth blocks her, nina remembers something.
struct Circle {
    olaf: AccountId,
    mona: AccountId,
    beth: AccountId,
    nina: AccountId,
    list: ListId,
}

async fn circle(world: &World, anna: AccountId) -> Circle {
    let app = &world.app;
    let olaf = world.person("olaf").await.id;
    let mona = world.person("mona").await.id;
    let beth = world.person("beth").await.id;
    let nina = world.person("nina").await.id;
    let wish = follows::Wish {
        follower: olaf,
        target: anna,
        uri: None,
        options: follows::Options {
            show_reblogs: Some(false),
            notify: Some(true),
            languages: Some("[\"de\"]".to_owned()),
        },
    };
    follows::follow(app, wish).await.unwrap();
    let new = lists::NewList {
        title: "Friends".to_owned(),
        replies_policy: kontor_domain::list::RepliesPolicy::List,
        exclusive: false,
    };
    let list = lists::create(app, olaf, new).await.unwrap().id;
    lists::add(app, olaf, list, vec![anna]).await.unwrap();
    let terms = mutes::Terms {
        hide_notifications: false,
        lasting: Some(std::time::Duration::from_secs(3600)),
    };
    mutes::mute(app, mona, anna, terms).await.unwrap();
    blocks::block(app, beth, anna, None).await.unwrap();
    account_notes::set(app, nina, anna, "met in May")
        .await
        .unwrap();
    Circle {
        olaf,
        mona,
        beth,
        nina,
        list,
    }
}

#[actix_web::test]
async fn what_people_here_hold_of_an_account_goes_along() {
    let mut world = World::new().await;
    let anna = world.person("anna").await;
    let circle = circle(&world, anna.id).await;
    let new = Person::new("other.test", "anna");
    let target = world.known(&new).await;
    account_notes::set(&world.app, circle.nina, target.id, "new")
        .await
        .unwrap();
    world.run();
    says(&world, &new, "alsoKnownAs", json!([anna.uri]));
    let url = new.uri.parse().unwrap();
    let app = &world.app;
    app.remote.resolve_url(app, &url).await.unwrap();
    moves::depart(app, anna.id, target.id).await.unwrap();
    world
        .eventually("the old follow ends", || async {
            let follow = follows::between(app, circle.olaf, anna.id).await.unwrap();
            follow.is_none().then_some(())
        })
        .await;
    let follow = follows::between(app, circle.olaf, target.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (
            follow.show_reblogs,
            follow.notify,
            follow.languages.as_str()
        ),
        (false, true, "[\"de\"]")
    );
    let held = lists::holding(app, circle.olaf, target.id).await.unwrap();
    assert_eq!(
        held.iter().map(|list| list.id).collect::<Vec<_>>(),
        [circle.list]
    );
    let stands = |by: AccountId| async move {
        let found = follows::relationships(app, by, vec![target.id])
            .await
            .unwrap();
        found.into_iter().next().unwrap()
    };
    let name = format!("@anna@{}", app.site.domain());
    let muted = stands(circle.mona).await;
    let mute = muted.mute.unwrap();
    assert!(!mute.hide_notifications && mute.expires_at.is_some());
    assert_eq!(muted.note, format!("Moved from {name}, whom you muted."));
    let blocked = stands(circle.beth).await;
    assert!(blocked.blocking);
    assert_eq!(
        blocked.note,
        format!("Moved from {name}, whom you blocked.")
    );
    assert_eq!(
        stands(circle.nina).await.note,
        format!("Moved from {name}:\nmet in May\nnew")
    );
    world.stop().await;
}

#[actix_web::test]
async fn an_alias_stands_in_the_document_and_is_told() {
    let mut world = World::new().await;
    let anna = world.person("anna").await;
    let other = world.known(&Person::new("other.test", "anna")).await;
    let far = world.known(&Person::new("peer.test", "carl")).await;
    world.follows(&far, &anna).await;
    world.run();
    for change in [Change::Add, Change::Add, Change::Remove, Change::Remove] {
        moves::alias(&world.app, anna.id, change, other.id)
            .await
            .unwrap();
    }
    assert!(
        moves::alias(&world.app, anna.id, Change::Add, anna.id)
            .await
            .is_err()
    );
    let arrived = world.arrivals("peer.test", 2).await;
    world.sent().await;
    assert_eq!(arrived.len(), 2, "doing it twice changes nothing");
    assert!(arrived.iter().all(|one| one.kind() == "Update"));
    let account = accounts::get(&world.app, anna.id).await.unwrap();
    assert!(moves::aliases(&account).is_empty());
    world.stop().await;
}

#[actix_web::test]
async fn a_suspended_account_is_bare_until_it_comes_back() {
    let mut world = World::new().await;
    let anna = world.person("anna").await;
    let far = world.known(&Person::new("peer.test", "carl")).await;
    world.follows(&far, &anna).await;
    // Somebody who never had to do with her may know her all the same.
    world.known(&Person::new("third.test", "dora")).await;
    let post = world.post(anna.id, "Hello", Audience::Public).await;
    world.run();
    world.arrivals("peer.test", 1).await;
    departures::suspend(&world.app, anna.id).await.unwrap();
    departures::suspend(&world.app, anna.id).await.unwrap();
    let arrived = world.arrivals("peer.test", 2).await;
    let told = &arrived[1].body;
    assert_eq!(
        (&told["type"], &told["object"]["suspended"]),
        (&json!("Update"), &json!(true))
    );
    assert_eq!(told["object"]["summary"], "");
    assert!(world.post_at(&world.app.site.post(post)).await.is_none());
    departures::unsuspend(&world.app, anna.id).await.unwrap();
    departures::unsuspend(&world.app, anna.id).await.unwrap();
    let arrived = world.arrivals("peer.test", 3).await;
    assert!(arrived[2].body["object"].get("suspended").is_none());
    world.sent().await;
    assert_eq!(world.peers.arrived_at("peer.test").len(), 3);
    let told = world.peers.arrived_at("third.test");
    let suspended: Vec<_> = told
        .iter()
        .map(|one| one.body["object"].get("suspended").is_some())
        .collect();
    assert_eq!(suspended, [true, false]);
    assert!(world.post_at(&world.app.site.post(post)).await.is_some());
    world.stop().await;
}

#[actix_web::test]
async fn a_deleted_account_is_gone_everywhere() {
    let mut world = World::new().await;
    let (anna, olaf) = (world.person("anna").await, world.person("olaf").await);
    let follower = world.known(&Person::new("peer.test", "carl")).await;
    // Somebody who never had to do with her may know her all the same.
    world.known(&Person::new("third.test", "dora")).await;
    world.follows(&follower, &anna).await;
    world.follows(&anna, &olaf).await;
    world.follows(&olaf, &anna).await;
    let post = world.post(anna.id, "Hello", Audience::Public).await;
    world.run();
    world.arrivals("peer.test", 1).await;
    departures::delete(&world.app, anna.id).await.unwrap();
    departures::delete(&world.app, anna.id).await.unwrap();
    let told = world.arrivals("third.test", 1).await;
    assert_eq!(
        (&told[0].body["type"], &told[0].body["object"]),
        (&json!("Delete"), &json!(anna.uri))
    );
    assert!(told[0].is_signed_by(
        &anna.public_key_id,
        &anna.public_key_pem,
        world.app.now().and_utc()
    ));
    world.arrivals("peer.test", 2).await;
    world
        .eventually("everything of hers is erased", || async {
            let depth = world
                .app
                .store
                .read(|db| kontor_store::jobs::depth(db, departures::QUEUE))
                .await
                .unwrap();
            (depth == (0, 0)).then_some(())
        })
        .await;
    world.sent().await;
    assert_eq!(world.peers.arrived_at("third.test").len(), 1, "told once");
    let status = |path: String| {
        let net = world.net.clone();
        async move {
            let mut request = kontor_net::Request::get(path.parse().unwrap());
            request
                .headers
                .insert("accept", "application/activity+json".parse().unwrap());
            net.send(request).await.unwrap().status
        }
    };
    assert_eq!(status(anna.uri.clone()).await, 410);
    assert_eq!(status(world.app.site.post(post)).await, 410);
    let row = accounts::get(&world.app, anna.id).await.unwrap();
    assert_eq!(
        (row.followers_count, row.following_count, row.statuses_count),
        (0, 0, 0)
    );
    let olaf = accounts::get(&world.app, olaf.id).await.unwrap();
    assert_eq!((olaf.followers_count, olaf.following_count), (0, 0));
    assert!(
        world
            .app
            .store
            .read(kontor_store::check::check)
            .await
            .unwrap()
            .is_sound()
    );
    assert!(departures::unsuspend(&world.app, anna.id).await.is_err());
    let again = accounts::create_local(&world.app, accounts::NewLocal::person("anna")).await;
    assert!(again.is_err(), "the name is nobody else's");
    world.stop().await;
}

#[actix_web::test]
async fn what_is_known_of_somebody_is_read_again_when_it_is_old() {
    let mut world = World::new().await;
    world.run_queues();
    let anna = world.person("anna").await;
    let bert = Person::new("peer.test", "bert");
    let far = world.known(&bert).await;
    world.follows(&anna, &far).await;
    says(&world, &bert, "name", json!("Bert the Second"));
    let like = |id: &str| bert.activity(id, "Like", &json!("http://here.test/posts/1"));
    assert_eq!(world.receives(&bert, &like("1")).await.0, 202);
    world.outcome(&like("1")).await;
    assert_eq!(world.account_at(&bert.uri).await.unwrap().display_name, "");
    let old = "UPDATE accounts SET fetched_at = '2020-01-01 00:00:00' WHERE domain IS NOT NULL";
    world.fresh.as_ref().unwrap().execute(old);
    assert_eq!(world.receives(&bert, &like("2")).await.0, 202);
    world
        .eventually("it is read again", || async {
            let name = world.account_at(&bert.uri).await.unwrap().display_name;
            (name == "Bert the Second").then_some(())
        })
        .await;
    // Gone there is gone here.
    world.fresh.as_ref().unwrap().execute(old);
    world.peers.gone(&bert.uri);
    assert_eq!(world.receives(&bert, &like("3")).await.0, 202);
    world
        .eventually("it is forgotten", || async {
            world.account_at(&bert.uri).await.is_none().then_some(())
        })
        .await;
    assert!(
        world
            .app
            .store
            .read(kontor_store::check::check)
            .await
            .unwrap()
            .is_sound()
    );
    world.stop().await;
}

#[actix_web::test]
async fn a_follower_whose_inbox_is_gone_is_read_again_and_forgotten() {
    the_followers_are_read_again_when_their_inbox_answers(410).await;
}

#[actix_web::test]
async fn a_follower_whose_inbox_is_not_there_is_read_again_and_forgotten() {
    the_followers_are_read_again_when_their_inbox_answers(404).await;
}

async fn the_followers_are_read_again_when_their_inbox_answers(status: u16) {
    let mut world = World::new().await;
    let anna = world.person("anna").await;
    let bert = Person::new("peer.test", "bert");
    // Of dora her server says nothing certain.
    let dora = Person::new("peer.test", "dora");
    let (far, near) = (
        world.known(&bert).await,
        world.known(&Person::new("peer.test", "carl")).await,
    );
    for account in [&far, &near, &world.known(&dora).await] {
        world.follows(account, &anna).await;
    }
    world.peers.serve_as(&dora.uri, 404, "text/plain", "");
    world.peers.gone(&bert.uri);
    world.peers.answer("peer.test", Answer::Status(status));
    world.run();
    let before = world.peers.fetches(&bert.uri);
    world.post(anna.id, "Hello", Audience::Public).await;
    world.arrivals("peer.test", 1).await;
    world.sent().await;
    assert_eq!(world.peers.fetches(&bert.uri), before, "read a moment ago");
    let old = "UPDATE accounts SET fetched_at = '2020-01-01 00:00:00' WHERE domain IS NOT NULL";
    world.fresh.as_ref().unwrap().execute(old);
    world.post(anna.id, "Hello again", Audience::Public).await;
    world
        .eventually("whoever is gone is forgotten", || async {
            world.account_at(&bert.uri).await.is_none().then_some(())
        })
        .await;
    assert!(
        world.account_at(&near.uri).await.is_some(),
        "and nobody else"
    );
    let asked = world
        .eventually("whoever cannot be read is left alone", || async {
            let account = world.account_at(&dora.uri).await.unwrap();
            let now = world.app.now();
            let lately = |at| now - at < chrono::Duration::hours(1);
            let asked = world.peers.fetches(&dora.uri);
            account.fetched_at.is_some_and(lately).then_some(asked)
        })
        .await;
    world
        .post(anna.id, "Hello once more", Audience::Public)
        .await;
    world.sent().await;
    assert_eq!(world.peers.fetches(&dora.uri), asked);
    crate::world::sound(&world).await;
    world.stop().await;
}

#[actix_web::test]
async fn an_account_that_its_own_server_suspended_is_out_of_sight() {
    let mut world = World::new().await;
    world.run_queues();
    let bert = Person::new("peer.test", "bert");
    world.known(&bert).await;
    let update = |id: &str| bert.activity(id, "Update", &json!({"id": bert.uri, "type": "Person"}));
    says(&world, &bert, "suspended", json!(true));
    assert_eq!(world.receives(&bert, &update("1")).await.0, 202);
    assert_eq!(world.outcome(&update("1")).await, "done");
    assert!(
        world
            .account_at(&bert.uri)
            .await
            .unwrap()
            .suspended_at
            .is_some()
    );
    let create = bert.activity("2", "Create", &bert.note("2", "still here"));
    assert_eq!(world.receives(&bert, &create).await.0, 403);
    // Its own server brings it back.
    says(&world, &bert, "suspended", json!(false));
    assert_eq!(world.receives(&bert, &update("3")).await.0, 202);
    assert_eq!(world.outcome(&update("3")).await, "done");
    assert_eq!(
        world.account_at(&bert.uri).await.unwrap().suspended_at,
        None
    );
    world.stop().await;
}
