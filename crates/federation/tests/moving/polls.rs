//! Polls: asked here and voted in elsewhere, and the other way round.

use kontor_actions::{
    Error,
    polls::{self, Wish},
    posts::{self, Draft, Extras, Text},
};
use kontor_domain::{
    audience::{Audience, Viewer},
    ids::PostId,
    time::rfc3339,
};
use serde_json::{Value, json};

use crate::{peer::Person, world::World};

async fn ask(
    world: &World,
    by: &kontor_actions::accounts::Account,
    multiple: bool,
    seconds: i64,
) -> PostId {
    let wish = Wish {
        choices: vec!["tea".to_owned(), "milk".to_owned()],
        multiple,
        hide_totals: false,
        seconds,
    };
    let draft = Draft {
        text: Text {
            text: "what?".to_owned(),
            ..Text::default()
        },
        audience: Audience::Public,
        in_reply_to: None,
        idempotency_key: None,
        application: None,
        extras: Extras {
            poll: Some(wish),
            ..Extras::default()
        },
    };
    posts::publish(&world.app, by.id, draft).await.unwrap()
}

fn vote(by: &Person, poll: &str, id: &str, choice: &str) -> Value {
    let note = json!({
        "id": by.url(&format!("/votes/{id}")), "type": "Note", "name": choice, "attributedTo": by.uri,
        "inReplyTo": poll, "to": [poll.rsplit_once("/posts").unwrap().0]
    });
    by.activity(&format!("v{id}"), "Create", &note)
}

async fn counts(world: &World, id: PostId) -> (Vec<i64>, Option<i64>) {
    let view = posts::get(&world.app, Viewer::Anyone, id).await.unwrap();
    let poll = view.parts.poll.unwrap();
    let counts = poll.choices.iter().map(|choice| choice.votes_count);
    (counts.collect(), poll.poll.voters_count)
}

#[actix_web::test]
async fn a_poll_goes_out_as_a_question_and_votes_come_back() {
    let mut world = World::new().await;
    let bea = world.person("bea").await;
    let (ann, bob) = (
        Person::new("peer.test", "ann"),
        Person::new("other.test", "bob"),
    );
    let known = world.known(&ann).await;
    world.follows(&known, &bea).await;
    world.known(&bob).await;
    world.run();
    let id = ask(&world, &bea, false, 3600).await;
    let uri = world.app.site.post(id);
    let create = world.arrivals("peer.test", 1).await.remove(0).body;
    let question = &create["object"];
    assert_eq!(question["type"], "Question");
    assert!(question["endTime"].is_string() && question.get("anyOf").is_none());
    assert_eq!(
        question["oneOf"],
        json!([
            {"type": "Note", "name": "tea", "replies": {"type": "Collection", "totalItems": 0}},
            {"type": "Note", "name": "milk", "replies": {"type": "Collection", "totalItems": 0}}
        ])
    );
    for (from, number, choice, outcome) in [
        (&ann, "1", "tea", "done"),
        (&bob, "2", "milk", "done"),
        (&ann, "3", "milk", "ignored: a vote that is one too many"),
        (&ann, "4", "beer", "refused: the poll has no such choice"),
    ] {
        let vote = vote(from, &uri, number, choice);
        for _ in 0..2 {
            assert_eq!(world.receives(from, &vote).await.0, 202);
        }
        assert_eq!(world.outcome(&vote).await, outcome, "{choice}");
    }
    assert_eq!(counts(&world, id).await, (vec![1, 1], Some(2)));
    // A vote is no post.
    assert!(world.post_at("http://peer.test/votes/1").await.is_none());
    let view = posts::get(&world.app, Viewer::Anyone, id).await.unwrap();
    assert_eq!(view.post.replies_count, 0);
    let report = world
        .app
        .store
        .read(kontor_store::check::check)
        .await
        .unwrap();
    assert!(report.is_sound(), "{report:?}");
    world.stop().await;
}

#[actix_web::test]
async fn tallies_are_told_at_once_for_many_votes_and_at_the_end() {
    let mut world = World::with_limits(|limits| {
        limits.poll_seconds_min = 1;
        limits.poll_tally_pause = std::time::Duration::from_millis(1500);
    })
    .await;
    let bea = world.person("bea").await;
    let ann = Person::new("peer.test", "ann");
    world.known(&ann).await;
    world.run();
    let id = ask(&world, &bea, true, 6).await;
    let uri = world.app.site.post(id);
    for (number, choice) in [("1", "tea"), ("2", "milk")] {
        let vote = vote(&ann, &uri, number, choice);
        assert_eq!(world.receives(&ann, &vote).await.0, 202);
        assert_eq!(world.outcome(&vote).await, "done");
    }
    // She does not follow, and hears of it because she voted.
    let tally = world.arrivals("peer.test", 1).await.remove(0).body;
    assert_eq!(tally["type"], "Update");
    assert!(tally["object"].get("updated").is_none(), "{tally}");
    assert_eq!(tally["object"]["votersCount"], 1);
    assert_eq!(tally["object"]["anyOf"][1]["replies"]["totalItems"], 1);
    let end = world.arrivals("peer.test", 2).await.remove(1).body;
    assert!(end["object"]["closed"].is_string(), "{end}");
    let late = vote(&ann, &uri, "9", "tea");
    assert_eq!(world.receives(&ann, &late).await.0, 202);
    assert_eq!(world.outcome(&late).await, "ignored: the poll has ended");
    let (app, owner) = (&world.app, bea.id);
    let told = kontor_actions::notifications::page(
        app,
        owner,
        kontor_actions::notifications::Selection {
            kinds: vec![kontor_domain::notification::NotificationKind::Poll],
            from: None,
            include_filtered: false,
        },
        kontor_domain::page::Page::first(10),
    )
    .await
    .unwrap();
    assert_eq!(told.len(), 1);
    world.stop().await;
}

#[actix_web::test]
async fn a_poll_from_elsewhere_is_voted_in_and_counted_by_its_server() {
    let mut world = World::new().await;
    let bea = world.person("bea").await;
    let ann = Person::new("peer.test", "ann");
    let known = world.known(&ann).await;
    world.follows(&bea, &known).await;
    world.run();
    let end = rfc3339(world.app.now() + chrono::Duration::days(1));
    let mut question = ann.note("q", "what?");
    question["type"] = json!("Question");
    question["anyOf"] = json!([{"type": "Note", "name": "tea", "replies": {"totalItems": 4}}, {"type": "Note", "name": "milk"}]);
    question["endTime"] = json!(end);
    let create = ann.activity("1", "Create", &question);
    assert_eq!(world.receives(&ann, &create).await.0, 202);
    assert_eq!(world.outcome(&create).await, "done");
    let id = world
        .post_at("http://peer.test/notes/q")
        .await
        .unwrap()
        .post
        .id;
    polls::vote(&world.app, bea.id, id, vec![1, 0])
        .await
        .unwrap();
    assert!(matches!(
        polls::vote(&world.app, bea.id, id, vec![1]).await,
        Err(Error::Invalid {
            field: "choices",
            ..
        })
    ));
    assert_eq!(counts(&world, id).await.0, [5, 1]);
    let votes = world.arrivals("peer.test", 2).await;
    let mut names: Vec<String> = votes
        .iter()
        .map(|vote| {
            let note = &vote.body["object"];
            assert_eq!(
                (vote.path.as_str(), &note["inReplyTo"]),
                ("/users/ann/inbox", &json!("http://peer.test/notes/q"))
            );
            assert_eq!(
                (&note["to"], note.get("content")),
                (&json!([ann.uri]), None)
            );
            note["name"].as_str().unwrap().to_owned()
        })
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["milk", "tea"]);

    // New tallies are no new version, other choices are.
    question["anyOf"][0]["replies"]["totalItems"] = json!(40);
    question["votersCount"] = json!(30);
    let update = ann.activity("2", "Update", &question);
    assert_eq!(world.receives(&ann, &update).await.0, 202);
    assert_eq!(world.outcome(&update).await, "done");
    assert_eq!(counts(&world, id).await, (vec![40, 0], Some(30)));
    let view = posts::get(&world.app, Viewer::Account(bea.id), id)
        .await
        .unwrap();
    assert!(view.post.edited_at.is_none());
    assert_eq!(view.parts.poll.unwrap().own_votes, [0, 1]);
    question["anyOf"][1]["name"] = json!("beer");
    question["updated"] = json!(rfc3339(world.app.now()));
    let update = ann.activity("3", "Update", &question);
    assert_eq!(world.receives(&ann, &update).await.0, 202);
    assert_eq!(world.outcome(&update).await, "done");
    let view = posts::get(&world.app, Viewer::Account(bea.id), id)
        .await
        .unwrap();
    assert!(view.post.edited_at.is_some() && view.parts.poll.unwrap().own_votes.is_empty());
    world.stop().await;
}

#[actix_web::test]
async fn a_poll_that_the_voter_may_not_read_is_not_there() {
    let mut world = World::new().await;
    let bea = world.person("bea").await;
    let ann = Person::new("peer.test", "ann");
    world.known(&ann).await;
    world.run();
    let wish = Wish {
        choices: vec!["tea".to_owned(), "milk".to_owned()],
        multiple: false,
        hide_totals: false,
        seconds: 3600,
    };
    let draft = Draft {
        text: Text {
            text: "for friends".to_owned(),
            ..Text::default()
        },
        audience: Audience::Followers,
        in_reply_to: None,
        idempotency_key: None,
        application: None,
        extras: Extras {
            poll: Some(wish),
            ..Extras::default()
        },
    };
    let id = posts::publish(&world.app, bea.id, draft).await.unwrap();
    let vote = vote(&ann, &world.app.site.post(id), "1", "tea");
    assert_eq!(world.receives(&ann, &vote).await.0, 202);
    assert_eq!(world.outcome(&vote).await, "refused: there is no such poll");
    world.stop().await;
}
