//! Notes: created, changed and deleted, both ways.

use kontor_actions::{
    posts::{self, Draft, Text},
    timelines,
};
use kontor_domain::{
    audience::{Audience, Viewer},
    page::Page,
};
use serde_json::json;

use crate::{
    peer::{Arrived, OTHER, Person},
    world::World,
};

#[actix_web::test]
async fn a_post_goes_to_followers_and_to_those_it_names() {
    let mut world = World::new().await;
    let bea = world.person("bea").await;
    let (ann, amy) = (
        Person::new("peer.test", "ann"),
        Person::new("peer.test", "amy"),
    );
    let (bob, cid) = (
        Person::new("other.test", "bob"),
        Person::new("third.test", "cid"),
    );
    for person in [&ann, &amy, &bob] {
        let known = world.known(person).await;
        world.follows(&known, &bea).await;
    }
    world.known(&cid).await;
    world.run();
    let id = world
        .post(bea.id, "hello @cid@third.test", Audience::Public)
        .await;
    world.sent().await;
    let one = |host: &str| {
        let mut arrived = world.peers.arrived_at(host);
        assert_eq!(arrived.len(), 1, "{host}: {arrived:?}");
        arrived.remove(0)
    };
    for host in ["peer.test", "other.test", "third.test"] {
        let create = one(host);
        assert_eq!((create.kind(), create.path.as_str()), ("Create", "/inbox"));
        assert!(create.is_signed_by(
            &bea.public_key_id,
            &bea.public_key_pem,
            world.app.now().and_utc()
        ));
    }
    let create = one("third.test").body;
    let uri = world.app.site.post(id);
    assert_eq!(create["id"], format!("{uri}/activity"));
    assert_eq!(create["object"]["id"], uri);
    assert_eq!(create["object"]["attributedTo"], bea.uri);
    assert_eq!(
        create["to"],
        json!(["https://www.w3.org/ns/activitystreams#Public"])
    );
    assert!(create["cc"].as_array().unwrap().contains(&json!(cid.uri)));

    let text = Text {
        text: "hello again @cid@third.test".to_owned(),
        ..Text::default()
    };
    posts::rewrite(&world.app, bea.id, id, text).await.unwrap();
    posts::delete(&world.app, bea.id, id, posts::Files::Go)
        .await
        .unwrap();
    world.sent().await;
    for host in ["peer.test", "other.test", "third.test"] {
        let arrived = world.peers.arrived_at(host);
        let last = arrived.last().unwrap();
        assert_eq!(last.kind(), "Delete");
        assert_eq!(last.body["object"], json!({"id": uri, "type": "Tombstone"}));
        // An edit that nobody could see any more need not have gone.
        if arrived.len() == 3 {
            assert_eq!(arrived[1].kind(), "Update");
            assert!(arrived[1].body["object"]["updated"].is_string());
        }
    }
    world.stop().await;
}

#[actix_web::test]
async fn whom_an_edit_leaves_out_hears_of_the_deletion() {
    let mut world = World::new().await;
    let bea = world.person("bea").await;
    let bob = Person::new("other.test", "bob");
    let cid = Person::new("third.test", "cid");
    world.known(&bob).await;
    world.known(&cid).await;
    world.run();
    for (audience, updates) in [(Audience::Direct, 0), (Audience::Public, 1)] {
        let before = world.peers.arrived_at("other.test").len();
        let text = "for @bob@other.test and @cid@third.test";
        let id = world.post(bea.id, text, audience).await;
        world.sent().await;
        let text = Text {
            text: "for @cid@third.test alone".to_owned(),
            ..Text::default()
        };
        posts::rewrite(&world.app, bea.id, id, text).await.unwrap();
        world.sent().await;
        let kinds = || {
            let arrived = world.peers.arrived_at("other.test");
            let kinds = arrived.iter().skip(before);
            kinds.map(|one| one.kind().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(kinds().len(), 1 + updates, "{audience}: {:?}", kinds());
        posts::delete(&world.app, bea.id, id, posts::Files::Go)
            .await
            .unwrap();
        world.sent().await;
        assert_eq!(kinds().last().unwrap(), "Delete", "{audience}");
    }
    world.stop().await;
}

#[actix_web::test]
async fn a_closed_post_goes_to_nobody_else() {
    let mut world = World::new().await;
    let bea = world.person("bea").await;
    let (ann, bob, cid) = (
        Person::new("peer.test", "ann"),
        Person::new("other.test", "bob"),
        Person::new("third.test", "cid"),
    );
    let known = world.known(&ann).await;
    world.follows(&known, &bea).await;
    world.known(&bob).await;
    world.known(&cid).await;
    world.run();
    world
        .post(bea.id, "for you alone @bob@other.test", Audience::Direct)
        .await;
    world.sent().await;
    assert_eq!(world.peers.arrived().len(), 1);
    let create = world.peers.arrived_at("other.test").remove(0);
    assert_eq!(create.path, "/users/bob/inbox");
    assert_eq!(
        (&create.body["to"], &create.body["cc"]),
        (&json!([bob.uri]), &json!([]))
    );

    let id = world.post(bea.id, "for friends", Audience::Followers).await;
    world.sent().await;
    assert_eq!(world.peers.arrived_at("peer.test").len(), 1);
    assert_eq!(world.peers.arrived().len(), 2);
    posts::delete(&world.app, bea.id, id, posts::Files::Go)
        .await
        .unwrap();
    world.sent().await;
    assert_eq!(world.peers.arrived_at("peer.test").len(), 2);
    assert_eq!(world.peers.arrived().len(), 3);
    world.stop().await;
}

#[actix_web::test]
async fn a_reply_reaches_whom_it_answers_and_threads_here() {
    let mut world = World::new().await;
    let bea = world.person("bea").await;
    let ann = Person::new("peer.test", "ann");
    ann.lives(&world.peers);
    world.run();
    let id = world.post(bea.id, "question", Audience::Public).await;
    let mut answer = ann.note("1", "answer");
    answer["inReplyTo"] = json!(world.app.site.post(id));
    let create = ann.activity("1", "Create", &answer);
    assert_eq!(world.receives(&ann, &create).await.0, 202);
    assert_eq!(world.outcome(&create).await, "done");
    let reply = world.post_at("http://peer.test/notes/1").await.unwrap();
    assert_eq!(reply.post.in_reply_to_id, Some(id));
    let text = Text {
        text: "thanks".to_owned(),
        ..Text::default()
    };
    let draft = Draft {
        text,
        audience: Audience::Unlisted,
        in_reply_to: Some(reply.post.id),
        idempotency_key: None,
        application: None,
        extras: kontor_actions::posts::Extras::default(),
    };
    posts::publish(&world.app, bea.id, draft).await.unwrap();
    let thanks = world.arrivals("peer.test", 1).await.remove(0);
    assert_eq!(
        thanks.body["object"]["inReplyTo"],
        "http://peer.test/notes/1"
    );
    world.stop().await;
}

/// The Create is late, or is sent once more.
#[actix_web::test]
async fn a_change_that_overtakes_its_note_stays() {
    let mut world = World::new().await;
    let bea = world.person("bea").await;
    let ann = Person::new("peer.test", "ann");
    let known = world.known(&ann).await;
    world.follows(&bea, &known).await;
    world.run();
    let first = ann.note("1", "one");
    let mut second = ann.note("1", "two");
    second["updated"] = json!("2026-01-03T00:00:00Z");
    for (id, kind, note) in [
        ("2", "Update", &second),
        ("1", "Create", &first),
        ("3", "Create", &first),
    ] {
        let activity = ann.activity(id, kind, note);
        assert_eq!(world.receives(&ann, &activity).await.0, 202);
        assert_eq!(world.outcome(&activity).await, "done", "{kind} {id}");
        let view = world.post_at("http://peer.test/notes/1").await.unwrap();
        assert_eq!(view.post.content, "<p>two</p>", "{kind} {id}");
    }
    let home = timelines::home(&world.app, bea.id, Page::first(9)).await;
    assert_eq!(home.unwrap().len(), 1);
    world.stop().await;
}

#[actix_web::test]
async fn a_note_changes_and_goes_by_its_author_alone() {
    let mut world = World::new().await;
    let bea = world.person("bea").await;
    let ann = Person::new("peer.test", "ann");
    let amy = Person {
        key: &OTHER,
        ..Person::new("peer.test", "amy")
    };
    amy.lives(&world.peers);
    let known = world.known(&ann).await;
    world.follows(&bea, &known).await;
    world.run();
    let mut acts = Vec::new();
    let mut act = async |from: &Person, id: &str, kind: &str, object: &serde_json::Value| {
        let activity = from.activity(id, kind, object);
        let status = world.receives(from, &activity).await.0;
        if status == 403 {
            return "403 at the inbox".to_owned();
        }
        assert_eq!(status, 202);
        acts.push(id.to_owned());
        world.outcome(&activity).await
    };
    let uri = "http://peer.test/notes/1";
    assert_eq!(
        act(&ann, "1", "Create", &ann.note("1", "one")).await,
        "done"
    );
    let mut second = ann.note("1", "two");
    second["updated"] = json!("2026-01-03T00:00:00Z");
    assert_eq!(act(&amy, "2", "Update", &second).await, "403 at the inbox");
    assert_eq!(act(&ann, "3", "Update", &second).await, "done");
    let mut older = ann.note("1", "one and a half");
    older["updated"] = json!("2026-01-02T12:00:00Z");
    assert_eq!(act(&ann, "4", "Update", &older).await, "done");
    assert_eq!(world.post_at(uri).await.unwrap().post.content, "<p>two</p>");
    assert!(
        act(&amy, "5", "Delete", &json!(uri))
            .await
            .starts_with("refused: ")
    );
    assert!(world.post_at(uri).await.is_some());
    assert_eq!(
        act(
            &ann,
            "6",
            "Delete",
            &json!({"id": uri, "type": "Tombstone"})
        )
        .await,
        "done"
    );
    assert!(world.post_at(uri).await.is_none());
    // It does not come back, and what was deleted before it came does not come at all.
    assert_eq!(
        act(&ann, "7", "Create", &ann.note("1", "one")).await,
        "ignored: it was deleted before"
    );
    assert_eq!(
        act(&ann, "8", "Delete", &json!("http://peer.test/notes/2")).await,
        "done"
    );
    assert_eq!(
        act(&ann, "9", "Create", &ann.note("2", "late")).await,
        "ignored: it was deleted before"
    );
    assert_eq!(
        act(&ann, "10", "Delete", &json!("http://other.test/notes/2")).await,
        "refused: the object is on another server than the actor"
    );
    world.stop().await;
}

#[actix_web::test]
async fn what_nobody_here_asked_for_is_not_kept() {
    let mut world = World::new().await;
    let ann = Person::new("peer.test", "ann");
    ann.lives(&world.peers);
    let bea = world.person("bea").await;
    world.run();
    let create = ann.activity("1", "Create", &ann.note("1", "hello"));
    assert_eq!(world.receives(&ann, &create).await.0, 202);
    assert_eq!(
        world.outcome(&create).await,
        "ignored: nobody here has to do with it"
    );
    // A vote is no post, and neither is a profile.
    let mut vote = ann.note("2", "");
    vote["inReplyTo"] = json!("http://peer.test/polls/1");
    vote["name"] = json!("yes");
    vote.as_object_mut().unwrap().remove("content");
    let create = ann.activity("2", "Create", &vote);
    assert_eq!(world.receives(&ann, &create).await.0, 202);
    assert!(world.outcome(&create).await.starts_with("ignored: a vote"));
    let mut profile = ann.note("3", "la la");
    profile["type"] = json!("Profile");
    let create = ann.activity("3", "Create", &profile);
    assert_eq!(world.receives(&ann, &create).await.0, 202);
    assert_eq!(world.outcome(&create).await, "ignored: object of Profile");
    // Who is mentioned has to do with it.
    let mut mention = ann.note("4", "hello bea");
    mention["tag"] = json!({"type": "Mention", "href": bea.uri, "name": "@bea@here.test"});
    let create = ann.activity("4", "Create", &mention);
    assert_eq!(world.receives(&ann, &create).await.0, 202);
    assert_eq!(world.outcome(&create).await, "done");
    // Wherever in the list.
    let mut crowd = ann.note("5", "hello all");
    let mut tags: Vec<_> = (0..300)
        .map(|n| json!({"type": "Mention", "href": format!("http://peer.test/users/{n}")}))
        .collect();
    tags.push(json!({"type": "Mention", "href": bea.uri}));
    crowd["tag"] = json!(tags);
    let create = ann.activity("5", "Create", &crowd);
    assert_eq!(world.receives(&ann, &create).await.0, 202);
    assert_eq!(world.outcome(&create).await, "done");
    world.stop().await;
}

#[actix_web::test]
async fn a_note_that_is_only_named_is_read_at_its_origin() {
    let mut world = World::new().await;
    let ann = Person::new("peer.test", "ann");
    let mallory = Person {
        key: &OTHER,
        ..Person::new("evil.test", "mallory")
    };
    mallory.lives(&world.peers);
    let known = world.known(&ann).await;
    let bea = world.person("bea").await;
    world.follows(&bea, &known).await;
    world.run();
    let note = ann.note("1", "true words");
    world.peers.serve("http://peer.test/notes/1", &note);
    // Somebody else's Create of it, by name.
    let forged = mallory.activity("1", "Create", &json!("http://peer.test/notes/1"));
    assert_eq!(world.receives(&mallory, &forged).await.0, 202);
    assert_eq!(
        world.outcome(&forged).await,
        "refused: the actor is not the author"
    );
    assert!(world.post_at("http://peer.test/notes/1").await.is_none());
    let create = ann.activity("1", "Create", &json!("http://peer.test/notes/1"));
    assert_eq!(world.receives(&ann, &create).await.0, 202);
    assert_eq!(world.outcome(&create).await, "done");
    assert_eq!(
        world
            .post_at("http://peer.test/notes/1")
            .await
            .unwrap()
            .post
            .content,
        "<p>true words</p>"
    );
    // An author who is another by the note's own word.
    let mut borrowed = mallory.note("2", "x");
    borrowed["attributedTo"] = json!("http://evil.test/users/other");
    let create = mallory.activity("2", "Create", &borrowed);
    assert_eq!(world.receives(&mallory, &create).await.0, 403);
    world.stop().await;
}

#[actix_web::test]
async fn a_closed_note_is_for_those_it_was_sent_to() {
    let mut world = World::new().await;
    let ann = Person::new("peer.test", "ann");
    let known = world.known(&ann).await;
    let (bea, cleo) = (world.person("bea").await, world.person("cleo").await);
    world.follows(&cleo, &known).await;
    world.run();
    let mut direct = ann.note("1", "psst");
    direct["to"] = json!([bea.uri]);
    direct["cc"] = json!([]);
    let create = ann.activity("1", "Create", &direct);
    assert_eq!(world.receives(&ann, &create).await.0, 202);
    assert_eq!(world.outcome(&create).await, "done");
    let id = world
        .post_at("http://peer.test/notes/1")
        .await
        .unwrap()
        .post
        .id;
    assert!(
        posts::get(&world.app, Viewer::Account(bea.id), id)
            .await
            .is_ok()
    );
    assert!(
        posts::get(&world.app, Viewer::Account(cleo.id), id)
            .await
            .is_err()
    );
    assert!(posts::get(&world.app, Viewer::Anyone, id).await.is_err());
    world.stop().await;
}

#[actix_web::test]
async fn a_thread_is_completed_upward_and_not_without_end() {
    let mut world = World::with(kontor_federation::settings::Settings {
        thread_depth: 4,
        ..crate::world::settings()
    })
    .await;
    let ann = Person::new("peer.test", "ann");
    let known = world.known(&ann).await;
    let bea = world.person("bea").await;
    world.follows(&bea, &known).await;
    for n in 1..10 {
        let mut note = ann.note(&n.to_string(), "up");
        note["inReplyTo"] = json!(format!("http://peer.test/notes/{}", n - 1));
        world
            .peers
            .serve(&format!("http://peer.test/notes/{n}"), &note);
    }
    world.run();
    let mut note = ann.note("10", "down here");
    note["inReplyTo"] = json!("http://peer.test/notes/9");
    let create = ann.activity("1", "Create", &note);
    assert_eq!(world.receives(&ann, &create).await.0, 202);
    world.outcome(&create).await;
    world
        .eventually("four steps up", || async {
            world.post_at("http://peer.test/notes/6").await
        })
        .await;
    world
        .eventually("the jobs end", || async {
            let depth = world
                .app
                .store
                .read(|db| kontor_store::jobs::depth(db, "threads"))
                .await
                .unwrap();
            (depth == (0, 0)).then_some(())
        })
        .await;
    assert!(world.post_at("http://peer.test/notes/5").await.is_none());
    let lowest = world.post_at("http://peer.test/notes/10").await.unwrap();
    assert_eq!(
        lowest.post.parent_uri.as_deref(),
        Some("http://peer.test/notes/9")
    );
    assert!(lowest.post.in_reply_to_id.is_some());
    assert!(
        world
            .peers
            .arrived()
            .iter()
            .all(|arrived: &Arrived| arrived.kind() != "Create")
    );
    world.stop().await;
}
