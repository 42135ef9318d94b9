//! What people do with posts and with one another: as it is told to other servers, and what is not taken from them.

use kontor_actions::{
    blocks,
    boosts::{self, NewBoost},
    favourites, follows, pins,
    posts::{self, Arrival, Created, Named},
    reactions, reports,
};
use kontor_domain::{
    audience::{Audience, Viewer},
    ids::{AccountId, PostId},
    page::Page,
};
use kontor_federation::settings::{Mode, Settings};
use serde_json::json;

use crate::{
    peer::{OTHER, Person},
    world::{World, settings, sound},
};

async fn boost(world: &World, by: AccountId, post: PostId, audience: Audience) -> PostId {
    let new = NewBoost {
        post: Named::Id(post),
        uri: None,
        audience,
        published: None,
    };
    match boosts::boost(&world.app, by, new, Arrival::Written).await {
        Ok(Created::New(id) | Created::Known(id)) => id,
        other => panic!("{other:?}"),
    }
}

/// Ann at a peer, whose post is here, and Bea here, whom Fan at another peer follows.
async fn stage() -> (World, Person, kontor_actions::accounts::Account, PostId) {
    let mut world = World::new().await;
    let (ann, fan) = (
        Person::new("peer.test", "ann"),
        Person::new("other.test", "fan"),
    );
    let known = world.known(&ann).await;
    let fan = world.known(&fan).await;
    let bea = world.person("bea").await;
    world.follows(&bea, &known).await;
    world.follows(&fan, &bea).await;
    world.run();
    let create = ann.activity("c1", "Create", &ann.note("1", "worth it"));
    assert_eq!(world.receives(&ann, &create).await.0, 202);
    assert_eq!(world.outcome(&create).await, "done");
    let note = world.post_at(&ann.url("/notes/1")).await.unwrap();
    (world, ann, bea, note.post.id)
}

#[actix_web::test]
async fn a_favourite_of_ours_goes_to_the_author_alone() {
    let (mut world, ann, bea, post) = stage().await;
    for _ in 0..2 {
        favourites::favourite(&world.app, bea.id, post, None)
            .await
            .unwrap();
    }
    let like = world.arrivals("peer.test", 1).await.remove(0);
    assert_eq!(
        (like.kind(), like.path.as_str(), &like.body["object"]),
        ("Like", "/users/ann/inbox", &json!(ann.url("/notes/1")))
    );
    assert_eq!(
        (&like.body["actor"], &like.body["to"], &like.body["cc"]),
        (&json!(bea.uri), &json!([ann.uri]), &json!([]))
    );
    assert!(like.body.get("content").is_none());
    favourites::unfavourite(&world.app, bea.id, post)
        .await
        .unwrap();
    reactions::react_with(&world.app, bea.id, post, "☕")
        .await
        .unwrap();
    reactions::unreact_with(&world.app, bea.id, post, "☕")
        .await
        .unwrap();
    world.sent().await;
    let arrived = world.arrivals("peer.test", 2).await;
    let undo = &arrived[1];
    assert_eq!(undo.kind(), "Undo");
    assert_eq!(undo.body["object"]["id"], like.body["id"]);
    assert_eq!(undo.body["object"]["type"], "Like");
    assert_eq!(undo.body["object"]["object"], ann.url("/notes/1"));
    assert!(world.peers.arrived_at("other.test").is_empty());
    world.stop().await;
}

#[actix_web::test]
async fn a_reaction_of_ours_is_a_like_with_an_emoji() {
    let (mut world, _, bea, post) = stage().await;
    reactions::react_with(&world.app, bea.id, post, "☕")
        .await
        .unwrap();
    let like = world.arrivals("peer.test", 1).await.remove(0);
    assert_eq!((like.kind(), &like.body["content"]), ("Like", &json!("☕")));
    reactions::unreact_with(&world.app, bea.id, post, "☕")
        .await
        .unwrap();
    let undo = world.arrivals("peer.test", 2).await.remove(1);
    assert_eq!(
        (undo.kind(), &undo.body["object"]["content"]),
        ("Undo", &json!("☕"))
    );
    world.stop().await;
}

#[actix_web::test]
async fn a_boost_of_ours_goes_to_followers_and_the_author() {
    let (mut world, ann, bea, post) = stage().await;
    let id = boost(&world, bea.id, post, Audience::Public).await;
    assert_eq!(boost(&world, bea.id, post, Audience::Public).await, id);
    for host in ["peer.test", "other.test"] {
        let announce = world.arrivals(host, 1).await.remove(0);
        assert_eq!(
            (announce.kind(), announce.path.as_str()),
            ("Announce", "/inbox")
        );
        assert_eq!(announce.body["object"], ann.url("/notes/1"));
        assert_eq!(
            announce.body["to"],
            json!(["https://www.w3.org/ns/activitystreams#Public"])
        );
        assert_eq!(announce.body["cc"], json!([bea.followers_url, ann.uri]));
        assert_eq!(
            announce.body["id"],
            format!("{}/activity", world.app.site.post(id))
        );
    }
    boosts::unboost(&world.app, bea.id, post).await.unwrap();
    for host in ["peer.test", "other.test"] {
        let undo = world.arrivals(host, 2).await.remove(1);
        assert_eq!(
            (undo.kind(), &undo.body["object"]["type"]),
            ("Undo", &json!("Announce"))
        );
        assert_eq!(
            undo.body["object"]["id"],
            format!("{}/activity", world.app.site.post(id))
        );
    }
    world.sent().await;
    assert_eq!(world.peers.arrived().len(), 4);
    sound(&world).await;
    world.stop().await;
}

#[actix_web::test]
async fn who_boosted_a_post_hears_that_it_is_gone() {
    let (mut world, ann, bea, _) = stage().await;
    let post = world.post(bea.id, "short-lived", Audience::Public).await;
    let uri = world.app.site.post(post);
    let third = Person::new("third.test", "reader");
    third.lives(&world.peers);
    for (person, kind) in [(&ann, "Announce"), (&third, "Like")] {
        let mut activity = person.activity("x1", kind, &json!(uri));
        activity["to"] = json!(["https://www.w3.org/ns/activitystreams#Public"]);
        assert_eq!(world.receives(person, &activity).await.0, 202);
        assert_eq!(world.outcome(&activity).await, "done");
    }
    posts::delete(&world.app, bea.id, post, posts::Files::Go)
        .await
        .unwrap();
    for host in ["peer.test", "third.test"] {
        let gone = world.arrivals(host, 1).await;
        assert_eq!(gone.last().unwrap().kind(), "Delete", "{host}");
    }
    sound(&world).await;
    world.stop().await;
}

#[actix_web::test]
async fn a_boosted_post_is_taken_from_its_own_server() {
    let (mut world, ann, _, _) = stage().await;
    let author = Person {
        key: &OTHER,
        ..Person::new("third.test", "author")
    };
    author.lives(&world.peers);
    let note = author.note("9", "in my words");
    world.peers.serve(&author.url("/notes/9"), &note);
    let mut forged = author.note("9", "put into my mouth");
    forged["published"] = json!("2026-01-02T03:04:05Z");
    let mut announce = ann.activity("a1", "Announce", &forged);
    announce["to"] = json!("https://www.w3.org/ns/activitystreams#Public");
    for _ in 0..2 {
        assert_eq!(world.receives(&ann, &announce).await.0, 202);
    }
    assert_eq!(world.outcome(&announce).await, "done");
    let kept = world.post_at(&author.url("/notes/9")).await.unwrap();
    assert_eq!(kept.post.content, "<p>in my words</p>");
    assert_eq!(kept.post.reblogs_count, 1);
    // Whoever nobody here follows boosts nothing into this server, and leads to no request.
    let stranger = Person::new("sloth.test", "stranger");
    stranger.lives(&world.peers);
    let before = world.peers.fetches(&author.url("/notes/10"));
    let mut announce = stranger.activity("a1", "Announce", &json!(author.url("/notes/10")));
    announce["to"] = json!("https://www.w3.org/ns/activitystreams#Public");
    assert_eq!(world.receives(&stranger, &announce).await.0, 202);
    assert_eq!(
        world.outcome(&announce).await,
        "ignored: nobody here has to do with it"
    );
    assert_eq!(world.peers.fetches(&author.url("/notes/10")), before);
    sound(&world).await;
    world.stop().await;
}

#[actix_web::test]
async fn nobody_brings_in_posts_of_servers_that_are_not_spoken_with() {
    let allowed = ["peer.test".to_owned()].into();
    let mut world = World::with(Settings {
        mode: Mode::Allowlist,
        allowed,
        ..settings()
    })
    .await;
    let ann = Person::new("peer.test", "ann");
    let known = world.known(&ann).await;
    let bea = world.person("bea").await;
    world.follows(&bea, &known).await;
    let author = Person::new("third.test", "author");
    author.lives(&world.peers);
    let note = author.note("9", "smuggled");
    world.peers.serve(&author.url("/notes/9"), &note);
    world.run();
    for (at, object) in [json!(author.url("/notes/9")), note].iter().enumerate() {
        let mut announce = ann.activity(&format!("a{at}"), "Announce", object);
        announce["to"] = json!("https://www.w3.org/ns/activitystreams#Public");
        assert_eq!(world.receives(&ann, &announce).await.0, 202);
        assert_eq!(
            world.outcome(&announce).await,
            "refused: third.test is not a server that this one speaks with"
        );
    }
    assert!(world.post_at(&author.url("/notes/9")).await.is_none());
    assert_eq!(world.peers.fetches(&author.url("/notes/9")), 0);
    world.stop().await;
}

#[actix_web::test]
async fn nobody_acts_on_what_they_may_not_read_or_undoes_what_is_not_theirs() {
    let (mut world, ann, bea, _) = stage().await;
    let mallory = Person::new("evil.test", "mallory");
    let known = world.known(&mallory).await;
    let secret = world
        .post(bea.id, "for followers", Audience::Followers)
        .await;
    let uri = world.app.site.post(secret);
    for kind in ["Like", "Announce", "EmojiReact", "Dislike"] {
        let mut activity = mallory.activity(kind, kind, &json!(uri));
        activity["content"] = json!("☕");
        activity["to"] = json!("https://www.w3.org/ns/activitystreams#Public");
        assert_eq!(world.receives(&mallory, &activity).await.0, 202);
        assert_eq!(
            world.outcome(&activity).await,
            "refused: Record not found",
            "{kind}"
        );
    }
    let open = world.post(bea.id, "for all", Audience::Public).await;
    let like = ann.activity("l1", "Like", &json!(world.app.site.post(open)));
    assert_eq!(world.receives(&ann, &like).await.0, 202);
    assert_eq!(world.outcome(&like).await, "done");
    for (at, object) in [like["id"].clone(), like.clone()].iter().enumerate() {
        let undo = mallory.activity(&format!("u{at}"), "Undo", object);
        assert_eq!(world.receives(&mallory, &undo).await.0, 202);
        assert_eq!(
            world.outcome(&undo).await,
            "refused: it is not the actor's to undo"
        );
    }
    let view = posts::get(&world.app, Viewer::Anyone, open).await.unwrap();
    assert_eq!(view.post.favourites_count, 1);

    // Once blocked, even what everyone may read is out of reach.
    blocks::block(&world.app, bea.id, known.id, None)
        .await
        .unwrap();
    let like = mallory.activity("l2", "Like", &json!(world.app.site.post(open)));
    assert_eq!(world.receives(&mallory, &like).await.0, 202);
    assert_eq!(world.outcome(&like).await, "refused: Record not found");
    world.stop().await;
}

#[actix_web::test]
async fn what_is_undone_before_it_comes_never_comes() {
    let (mut world, ann, bea, _) = stage().await;
    let post = world.post(bea.id, "overtaken", Audience::Public).await;
    for kind in ["Like", "Announce"] {
        let mut activity = ann.activity(kind, kind, &json!(world.app.site.post(post)));
        activity["to"] = json!("https://www.w3.org/ns/activitystreams#Public");
        let undo = ann.activity(&format!("undo{kind}"), "Undo", &activity);
        for sent in [&undo, &activity] {
            assert_eq!(world.receives(&ann, sent).await.0, 202);
            world.outcome(sent).await;
        }
        assert_eq!(
            world.outcome(&activity).await,
            "ignored: it was deleted before"
        );
    }
    let view = posts::get(&world.app, Viewer::Anyone, post).await.unwrap();
    assert_eq!(
        (view.post.favourites_count, view.post.reblogs_count),
        (0, 0)
    );
    world.stop().await;
}

#[actix_web::test]
async fn nobody_takes_back_what_a_neighbour_will_say() {
    let (mut world, ann, bea, _) = stage().await;
    let known = world.account_at(&ann.uri).await.unwrap();
    world.follows(&bea, &known).await;
    // Of one server, so that the address could be theirs.
    let mallory = Person::new("peer.test", "mallory");
    world.known(&mallory).await;
    let note = ann.note("mine", "still here");
    let undo = mallory.activity("grab", "Undo", &note["id"]);
    assert_eq!(world.receives(&mallory, &undo).await.0, 202);
    assert_eq!(
        world.outcome(&undo).await,
        "ignored: nothing known is undone"
    );
    let create = ann.activity("say", "Create", &note);
    assert_eq!(world.receives(&ann, &create).await.0, 202);
    assert_eq!(world.outcome(&create).await, "done");
    world.stop().await;
}

#[actix_web::test]
async fn a_block_of_ours_is_told_and_ends_follows() {
    let (mut world, ann, bea, _) = stage().await;
    let known = world.account_at(&ann.uri).await.unwrap();
    let follow = ann.activity("f1", "Follow", &json!(bea.uri));
    assert_eq!(world.receives(&ann, &follow).await.0, 202);
    assert_eq!(world.arrivals("peer.test", 1).await[0].kind(), "Accept");
    for _ in 0..2 {
        blocks::block(&world.app, bea.id, known.id, None)
            .await
            .unwrap();
    }
    world.sent().await;
    let arrived = world.arrivals("peer.test", 4).await;
    let said: Vec<(&str, Option<&str>)> = arrived[1..]
        .iter()
        .map(|one| (one.kind(), one.body["object"]["type"].as_str()))
        .collect();
    assert_eq!(
        said,
        [
            ("Undo", Some("Follow")),
            ("Reject", Some("Follow")),
            ("Block", None)
        ]
    );
    assert_eq!(arrived[3].body["object"], ann.uri);
    // Whoever asks again is turned away, and not left to wait.
    let again = ann.activity("f2", "Follow", &json!(bea.uri));
    assert_eq!(world.receives(&ann, &again).await.0, 202);
    let reject = world.arrivals("peer.test", 5).await.remove(4);
    assert_eq!(
        (reject.kind(), &reject.body["object"]["id"]),
        ("Reject", &again["id"])
    );
    blocks::unblock(&world.app, bea.id, known.id).await.unwrap();
    let undo = world.arrivals("peer.test", 6).await.remove(5);
    assert_eq!(
        (undo.kind(), &undo.body["object"]["id"]),
        ("Undo", &arrived[3].body["id"])
    );
    sound(&world).await;
    world.stop().await;
}

#[actix_web::test]
async fn a_block_from_elsewhere_ends_follows_too() {
    let (mut world, ann, bea, post) = stage().await;
    let known = world.account_at(&ann.uri).await.unwrap();
    let block = ann.activity("b1", "Block", &json!(bea.uri));
    for _ in 0..2 {
        assert_eq!(world.receives(&ann, &block).await.0, 202);
    }
    assert_eq!(world.outcome(&block).await, "done");
    let undo = world.arrivals("peer.test", 1).await.remove(0);
    assert_eq!(
        (undo.kind(), &undo.body["object"]["type"]),
        ("Undo", &json!("Follow"))
    );
    assert!(
        follows::between(&world.app, bea.id, known.id)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        posts::get(&world.app, Viewer::Account(bea.id), post)
            .await
            .is_err()
    );
    sound(&world).await;
    world.stop().await;
}

#[actix_web::test]
async fn a_report_goes_to_the_server_of_the_reported_in_the_instances_name() {
    let (mut world, ann, bea, post) = stage().await;
    let known = world.account_at(&ann.uri).await.unwrap();
    let draft = |forward| reports::Draft {
        target: known.id,
        posts: vec![post],
        category: kontor_domain::report::ReportCategory::Spam,
        comment: "again and again".to_owned(),
        rules: Vec::new(),
        forward,
        forward_to: Vec::new(),
    };
    reports::file(&world.app, bea.id, draft(false))
        .await
        .unwrap();
    reports::file(&world.app, bea.id, draft(true))
        .await
        .unwrap();
    let flag = world.arrivals("peer.test", 1).await.remove(0);
    assert_eq!(
        (flag.kind(), &flag.body["actor"], &flag.body["content"]),
        (
            "Flag",
            &json!(world.app.site.url("/actor")),
            &json!("again and again")
        )
    );
    assert_eq!(flag.body["object"], json!([ann.uri, ann.url("/notes/1")]));
    assert!(!flag.body.to_string().contains(&bea.uri));
    world.sent().await;
    assert_eq!(world.peers.arrived().len(), 1);
    world.stop().await;
}

#[actix_web::test]
async fn a_pin_of_ours_is_told_and_the_collection_holds_the_post() {
    let (mut world, _, bea, _) = stage().await;
    let post = world
        .post(bea.id, "read this first", Audience::Public)
        .await;
    pins::pin(&world.app, bea.id, post).await.unwrap();
    world.sent().await;
    let arrived = world.arrivals("other.test", 2).await;
    let add = arrived.last().unwrap();
    assert_eq!(
        (add.kind(), &add.body["object"], &add.body["target"]),
        (
            "Add",
            &json!(world.app.site.post(post)),
            &json!(bea.featured_url)
        )
    );
    pins::unpin(&world.app, bea.id, post).await.unwrap();
    let arrived = world.arrivals("other.test", 3).await;
    assert_eq!(arrived[2].kind(), "Remove");
    world.stop().await;
}

#[actix_web::test]
async fn pinned_posts_are_replaced_at_once() {
    let (mut world, ann, bea, first) = stage().await;
    let known = world.account_at(&ann.uri).await.unwrap();
    let mut ids = vec![first];
    for number in 2..4 {
        let id = number.to_string();
        let create = ann.activity(&format!("c{id}"), "Create", &ann.note(&id, &id));
        assert_eq!(world.receives(&ann, &create).await.0, 202);
        assert_eq!(world.outcome(&create).await, "done");
        let note = world.post_at(&ann.url(&format!("/notes/{id}"))).await;
        ids.push(note.unwrap().post.id);
    }
    let other = world.post(bea.id, "not ann's", Audience::Public).await;
    let pinned = || async {
        let (_, views) = pins::page(&world.app, Viewer::Anyone, known.id, Page::first(10))
            .await
            .unwrap();
        views
            .into_iter()
            .map(|view| view.post.id)
            .collect::<Vec<_>>()
    };
    let wanted = [
        vec![ids[2], ids[0], other, ids[2]],
        vec![ids[0], ids[1]],
        vec![],
    ];
    let shown = [vec![ids[2], ids[0]], vec![ids[0], ids[1]], vec![]];
    for (wanted, shown) in wanted.into_iter().zip(shown) {
        for _ in 0..2 {
            pins::replace(&world.app, known.id, wanted.clone())
                .await
                .unwrap();
            assert_eq!(pinned().await, shown);
        }
    }
    // Another's post cannot be pinned, nor one's own to another's place.
    let mut add = ann.activity("p1", "Add", &json!(world.app.site.post(other)));
    add["target"] = json!(format!("{}/featured", ann.uri));
    assert_eq!(world.receives(&ann, &add).await.0, 202);
    assert!(world.outcome(&add).await.starts_with("ignored: `target`"));
    world.stop().await;
}
