//! Quotes: with a stamp and without, allowed, refused and taken back, both ways.

use kontor_actions::{
    accounts::Account,
    notifications,
    posts::{self, Draft, Extras, Text},
    quotes::{self, Word},
};
use kontor_domain::{
    audience::{Audience, Viewer},
    ids::PostId,
    notification::NotificationKind,
    page::Page,
    quote::{Policy, QuotePolicy, QuoteState},
};
use serde_json::{Value, json};

use crate::{peer::Person, world::World};

async fn publish(world: &World, by: &Account, extras: Extras) -> kontor_actions::Result<PostId> {
    let draft = Draft {
        text: Text {
            text: "look".to_owned(),
            ..Text::default()
        },
        audience: Audience::Public,
        in_reply_to: None,
        idempotency_key: None,
        application: None,
        extras,
    };
    posts::publish(&world.app, by.id, draft).await
}

fn request(by: &Person, id: &str, quoted: &str, form: &str) -> Value {
    let mut note = by.note(id, "see");
    note[form] = json!(quoted);
    let mut request = by.activity(&format!("r{id}"), "QuoteRequest", &json!(quoted));
    request["instrument"] = note;
    request
}

async fn state(world: &World, post: PostId) -> QuoteState {
    let stub = world
        .app
        .store
        .read(move |db| kontor_store::quotes::of_post(db, post))
        .await
        .unwrap();
    stub.unwrap().state
}

#[actix_web::test]
async fn who_asks_gets_a_stamp_that_anybody_can_check_until_it_is_taken_back() {
    let mut world = World::new().await;
    let bea = world.person("bea").await;
    let ann = Person::new("peer.test", "ann");
    world.known(&ann).await;
    world.run();
    let id = world.post(bea.id, "mine", Audience::Public).await;
    let uri = world.app.site.post(id);
    let ask = request(&ann, "1", &uri, "quote");
    for _ in 0..2 {
        assert_eq!(world.receives(&ann, &ask).await.0, 202);
    }
    assert_eq!(world.outcome(&ask).await, "done");
    let accept = world.arrivals("peer.test", 1).await.remove(0).body;
    assert_eq!(
        (&accept["type"], &accept["object"]["id"]),
        (&json!("Accept"), &ask["id"])
    );
    let stamp = accept["result"].as_str().unwrap().to_owned();
    let served = world.get(&stamp).await.1;
    assert_eq!(served["type"], "QuoteAuthorization");
    assert_eq!(
        (
            &served["attributedTo"],
            &served["interactingObject"],
            &served["interactionTarget"]
        ),
        (
            &json!(bea.uri),
            &json!("http://peer.test/notes/1"),
            &json!(uri)
        )
    );
    let quoting = world.post_at("http://peer.test/notes/1").await.unwrap();
    let quote = quoting.parts.quote.as_ref().unwrap();
    assert_eq!(quote.quoted.as_ref().unwrap().post.id, id);
    let view = posts::get(&world.app, Viewer::Anyone, id).await.unwrap();
    assert_eq!(view.parts.quotes_count, 1);

    quotes::revoke(&world.app, bea.id, id, quoting.post.id)
        .await
        .unwrap();
    quotes::revoke(&world.app, bea.id, id, quoting.post.id)
        .await
        .unwrap();
    let delete = world.arrivals("peer.test", 2).await.remove(1).body;
    assert_eq!(
        (&delete["type"], &delete["object"]["id"]),
        (&json!("Delete"), &json!(stamp))
    );
    assert_eq!(world.get(&stamp).await.0, 404);
    let quoting = world.post_at("http://peer.test/notes/1").await.unwrap();
    assert!(quoting.parts.quote.unwrap().quoted.is_none());
    // Who asks once more is turned away.
    let again = request(&ann, "1", &uri, "quote");
    let mut again = again;
    again["id"] = json!("http://peer.test/activities/again");
    assert_eq!(world.receives(&ann, &again).await.0, 202);
    assert_eq!(world.outcome(&again).await, "done");
    let reject = world.arrivals("peer.test", 3).await.remove(2).body;
    assert_eq!(reject["type"], "Reject");
    world.stop().await;
}

#[actix_web::test]
async fn nobody_quotes_a_post_against_its_policy() {
    let mut world = World::new().await;
    let bea = world.person("bea").await;
    let cid = world.person("cid").await;
    let ann = Person::new("peer.test", "ann");
    world.known(&ann).await;
    world.run();
    let extras = Extras {
        quote_policy: Some(QuotePolicy::Nobody),
        ..Extras::default()
    };
    let id = publish(&world, &bea, extras).await.unwrap();
    let uri = world.app.site.post(id);
    for (number, form) in [
        ("1", "quote"),
        ("2", "_misskey_quote"),
        ("3", "quoteUri"),
        ("4", "quoteUrl"),
    ] {
        let ask = request(&ann, number, &uri, form);
        assert_eq!(world.receives(&ann, &ask).await.0, 202);
        assert_eq!(world.outcome(&ask).await, "done");
        let quoting = world
            .post_at(&format!("http://peer.test/notes/{number}"))
            .await
            .unwrap();
        assert!(quoting.parts.quote.unwrap().quoted.is_none(), "{form}");
        assert_eq!(state(&world, quoting.post.id).await, QuoteState::Rejected);
    }
    let rejects = world.arrivals("peer.test", 4).await;
    assert!(rejects.iter().all(|reject| reject.kind() == "Reject"));
    let extras = || Extras {
        quoted: Some(id),
        ..Extras::default()
    };
    assert!(publish(&world, &cid, extras()).await.is_err());
    assert!(publish(&world, &bea, extras()).await.is_ok(), "one's own");
    let note = world.get(&uri).await.1;
    assert_eq!(
        note["interactionPolicy"]["canQuote"]["automaticApproval"],
        json!([bea.uri])
    );
    world.stop().await;
}

#[actix_web::test]
async fn we_ask_and_tell_when_we_may() {
    let mut world = World::new().await;
    let bea = world.person("bea").await;
    let ann = Person::new("peer.test", "ann");
    let known = world.known(&ann).await;
    world.follows(&known, &bea).await;
    world.follows(&bea, &known).await;
    world.run();
    let mut note = ann.note("1", "quote me");
    note["interactionPolicy"] = json!({"canQuote": {"automaticApproval": ["https://www.w3.org/ns/activitystreams#Public"]}});
    let create = ann.activity("1", "Create", &note);
    assert_eq!(world.receives(&ann, &create).await.0, 202);
    assert_eq!(world.outcome(&create).await, "done");
    let quoted = world
        .post_at("http://peer.test/notes/1")
        .await
        .unwrap()
        .post
        .id;
    let extras = Extras {
        quoted: Some(quoted),
        ..Extras::default()
    };
    let id = publish(&world, &bea, extras).await.unwrap();
    assert_eq!(state(&world, id).await, QuoteState::Pending);
    let arrived = world.arrivals("peer.test", 2).await;
    let find = |kind: &str| {
        arrived
            .iter()
            .find(|one| one.kind() == kind)
            .unwrap()
            .body
            .clone()
    };
    let (create, ask) = (find("Create"), find("QuoteRequest"));
    assert_eq!(
        (&ask["object"], &ask["instrument"]["quote"]),
        (
            &json!("http://peer.test/notes/1"),
            &json!("http://peer.test/notes/1")
        )
    );
    assert!(
        create["object"]["content"]
            .as_str()
            .unwrap()
            .starts_with("<p class=\"quote-inline\">RE: ")
    );
    assert!(create["object"].get("quoteAuthorization").is_none());

    let stamp = "http://peer.test/stamps/1";
    let mut accept = ann.activity("2", "Accept", &ask["id"]);
    accept["result"] = json!(stamp);
    let document = |quoting: &str| json!({"id": stamp, "type": "QuoteAuthorization", "attributedTo": ann.uri, "interactingObject": quoting, "interactionTarget": "http://peer.test/notes/1"});
    // A stamp for another post is none.
    world
        .peers
        .serve(stamp, &document("http://here.test/posts/1"));
    assert_eq!(world.receives(&ann, &accept).await.0, 202);
    assert!(
        world
            .outcome(&accept)
            .await
            .starts_with("refused: the stamp")
    );
    world
        .peers
        .serve(stamp, &document(&world.app.site.post(id)));
    accept["id"] = json!("http://peer.test/activities/3");
    assert_eq!(world.receives(&ann, &accept).await.0, 202);
    assert_eq!(world.outcome(&accept).await, "done");
    assert_eq!(state(&world, id).await, QuoteState::Accepted);
    let update = world.arrivals("peer.test", 3).await.remove(2).body;
    assert_eq!(
        (&update["type"], &update["object"]["quoteAuthorization"]),
        (&json!("Update"), &json!(stamp))
    );

    // Nobody else takes it back.
    let bob = Person::new("other.test", "bob");
    bob.lives(&world.peers);
    let delete = |by: &Person, id: &str| by.activity(id, "Delete", &json!(stamp));
    let foreign = delete(&bob, "1");
    assert_eq!(world.receives(&bob, &foreign).await.0, 202);
    assert!(world.outcome(&foreign).await.starts_with("refused"));
    let own = delete(&ann, "4");
    assert_eq!(world.receives(&ann, &own).await.0, 202);
    assert_eq!(world.outcome(&own).await, "done");
    assert_eq!(state(&world, id).await, QuoteState::Revoked);
    world.stop().await;
}

#[actix_web::test]
async fn quotes_between_others_stand_by_their_stamps() {
    let mut world = World::new().await;
    let bea = world.person("bea").await;
    let (ann, bob) = (
        Person::new("peer.test", "ann"),
        Person::new("other.test", "bob"),
    );
    let known = world.known(&ann).await;
    world.follows(&bea, &known).await;
    bob.lives(&world.peers);
    let mut quoted = bob.note("9", "quoted");
    quoted["interactionPolicy"] =
        json!({"canQuote": {"automaticApproval": [], "manualApproval": []}});
    world.peers.serve("http://other.test/notes/9", &quoted);
    world.run();
    let stamp = "http://other.test/stamps/1";
    let mut note = ann.note("1", "stamped");
    note["quote"] = json!("http://other.test/notes/9");
    note["quoteAuthorization"] = json!(stamp);
    world.peers.serve(stamp, &json!({"id": stamp, "type": "QuoteAuthorization", "attributedTo": bob.uri, "interactingObject": "http://peer.test/notes/1", "interactionTarget": "http://other.test/notes/9"}));
    let mut bare = ann.note("2", "without");
    bare["tag"] = json!([{"type": "Link", "mediaType": "application/activity+json", "href": "http://other.test/notes/9", "name": "RE: x"}]);
    for (number, note) in [("1", note), ("2", bare)] {
        let create = ann.activity(number, "Create", &note);
        assert_eq!(world.receives(&ann, &create).await.0, 202);
        assert_eq!(world.outcome(&create).await, "done");
    }
    let shown = world
        .eventually("the quoted post comes", || async {
            let view = world.post_at("http://peer.test/notes/1").await?;
            view.parts.quote?.quoted
        })
        .await;
    assert_eq!(shown.post.uri, "http://other.test/notes/9");
    let bare = world.post_at("http://peer.test/notes/2").await.unwrap();
    assert!(bare.parts.quote.unwrap().quoted.is_none());
    world.stop().await;
}

/// The policy of a post of ours, by which somebody elsewhere may ask.
async fn to_be_asked(world: &World, by: &Account) -> (PostId, String) {
    let extras = Extras {
        quote_policy: Some(QuotePolicy::Nobody),
        quote_review: Some(QuotePolicy::Public),
        ..Extras::default()
    };
    let id = publish(world, by, extras).await.unwrap();
    (id, world.app.site.post(id))
}

#[actix_web::test]
async fn a_request_waits_for_its_author_where_the_author_wants_to_be_asked() {
    let mut world = World::new().await;
    let bea = world.person("bea").await;
    let ann = Person::new("peer.test", "ann");
    world.known(&ann).await;
    world.run();
    let (id, uri) = to_be_asked(&world, &bea).await;
    let policy = world.get(&uri).await.1["interactionPolicy"]["canQuote"].clone();
    assert_eq!(
        policy,
        json!({"automaticApproval": [bea.uri], "manualApproval": ["https://www.w3.org/ns/activitystreams#Public"]})
    );
    for number in ["1", "2"] {
        let ask = request(&ann, number, &uri, "quote");
        for _ in 0..2 {
            assert_eq!(world.receives(&ann, &ask).await.0, 202);
        }
        assert_eq!(world.outcome(&ask).await, "done");
    }
    let waiting = || async {
        let views = quotes::requests(&world.app, bea.id, Page::first(10))
            .await
            .unwrap();
        views
            .into_iter()
            .map(|view| view.post.uri.clone())
            .collect::<Vec<_>>()
    };
    let mut both = waiting().await;
    both.sort();
    assert_eq!(
        both,
        ["http://peer.test/notes/1", "http://peer.test/notes/2"]
    );
    let told = || async {
        let quotes = notifications::Selection {
            kinds: vec![NotificationKind::Quote],
            from: None,
            include_filtered: false,
        };
        let found = notifications::page(&world.app, bea.id, quotes, Page::first(10));
        found.await.unwrap().len()
    };
    world
        .eventually("both are told", || async {
            (told().await == 2).then_some(())
        })
        .await;
    let [first, second] = ["1", "2"].map(|number| format!("http://peer.test/notes/{number}"));
    let first = world.post_at(&first).await.unwrap().post.id;
    let second = world.post_at(&second).await.unwrap().post.id;
    assert_eq!(state(&world, first).await, QuoteState::Pending);

    for _ in 0..2 {
        quotes::answer(&world.app, bea.id, first, Word::Accept)
            .await
            .unwrap();
        quotes::answer(&world.app, bea.id, second, Word::Reject)
            .await
            .unwrap();
    }
    let mut answers = world.arrivals("peer.test", 2).await;
    answers.sort_by_key(|arrival| arrival.kind().to_owned());
    let [accept, reject] = answers.as_slice() else {
        panic!("{answers:?}")
    };
    assert_eq!((accept.kind(), reject.kind()), ("Accept", "Reject"));
    assert_eq!(
        accept.body["object"]["id"],
        "http://peer.test/activities/r1"
    );
    assert_eq!(
        reject.body["object"]["id"],
        "http://peer.test/activities/r2"
    );
    let stamp = accept.body["result"].as_str().unwrap();
    let served = world.get(stamp).await.1;
    assert_eq!(
        (&served["type"], &served["interactionTarget"]),
        (&json!("QuoteAuthorization"), &json!(uri))
    );
    let view = posts::get(&world.app, Viewer::Anyone, id).await.unwrap();
    assert_eq!(view.parts.quotes_count, 1);
    assert!(waiting().await.is_empty());
    // Whoever asks again is answered again.
    let mut again = request(&ann, "2", &uri, "quote");
    again["id"] = json!("http://peer.test/activities/again");
    assert_eq!(world.receives(&ann, &again).await.0, 202);
    let reject = world.arrivals("peer.test", 3).await.remove(2);
    assert_eq!(
        (reject.kind(), &reject.body["object"]["id"]),
        ("Reject", &again["id"])
    );
    world.stop().await;
}

#[actix_web::test]
async fn a_new_policy_is_told_to_who_has_the_post() {
    let mut world = World::new().await;
    let bea = world.person("bea").await;
    let ann = Person::new("peer.test", "ann");
    let known = world.known(&ann).await;
    world.follows(&known, &bea).await;
    world.run();
    let (id, _) = to_be_asked(&world, &bea).await;
    assert_eq!(world.arrivals("peer.test", 1).await[0].kind(), "Create");
    for _ in 0..2 {
        quotes::set_policy(&world.app, bea.id, id, Policy::NOBODY)
            .await
            .unwrap();
    }
    let update = world.arrivals("peer.test", 2).await.remove(1);
    assert_eq!(update.kind(), "Update");
    assert_eq!(
        update.body["object"]["interactionPolicy"]["canQuote"]["manualApproval"],
        json!([])
    );
    assert!(
        update.body["object"].get("updated").is_none(),
        "it is no edit"
    );
    world.stop().await;
}
