//! What the server of a post lets people here do with it (GoToSocial's interaction policies).

use kontor_actions::{
    Error,
    accounts::Account,
    boosts::{self, NewBoost},
    favourites,
    posts::{self, Arrival, Draft, Extras, Named, Text},
};
use kontor_domain::{audience::Audience, ids::PostId};
use serde_json::{Value, json};

use crate::{peer::Person, world::World};

/// What somebody is told who tries to answer, favourite and boost a post.
async fn tries(world: &World, by: &Account, post: PostId) -> [bool; 3] {
    let draft = Draft {
        text: Text {
            text: "yes".to_owned(),
            ..Text::default()
        },
        audience: Audience::Public,
        in_reply_to: Some(post),
        idempotency_key: None,
        application: None,
        extras: Extras::default(),
    };
    let boost = NewBoost {
        post: Named::Id(post),
        uri: None,
        audience: Audience::Public,
        published: None,
    };
    let done = [
        posts::publish(&world.app, by.id, draft).await.map(drop),
        favourites::favourite(&world.app, by.id, post, None)
            .await
            .map(drop),
        boosts::boost(&world.app, by.id, boost, Arrival::Written)
            .await
            .map(drop),
    ];
    done.map(|done| match done {
        Ok(()) => true,
        Err(Error::Forbidden(why)) => {
            assert!(why.contains("lets only some people"), "{why}");
            false
        }
        Err(other) => panic!("{other:?}"),
    })
}

#[actix_web::test]
async fn who_is_not_let_do_something_there_is_told_so_here() {
    let mut world = World::new().await;
    let [bea, cid, dot] = [
        world.person("bea").await,
        world.person("cid").await,
        world.person("dot").await,
    ];
    let ann = Person::new("peer.test", "ann");
    let known = world.known(&ann).await;
    world.follows(&bea, &known).await;
    world.follows(&known, &cid).await;
    world.run();
    let followers = ann.document()["followers"].clone();
    let following = ann.document()["following"].clone();
    let says = |id: &str, policy: Value| {
        let mut note = ann.note(id, "take care");
        note["interactionPolicy"] = policy;
        note
    };
    let to = |who: &Value| json!({"automaticApproval": who, "manualApproval": []});
    let keep = |id: &'static str, note: Value| {
        let (world, ann) = (&world, &ann);
        async move {
            let create = ann.activity(id, "Create", &note);
            assert_eq!(world.receives(ann, &create).await.0, 202);
            assert_eq!(world.outcome(&create).await, "done");
            let uri = note["id"].as_str().unwrap().to_owned();
            world.post_at(&uri).await.unwrap().post.id
        }
    };

    let mixed = json!({
        "canReply": to(&json!([followers])),
        "canLike": to(&json!([following])),
        "canAnnounce": to(&json!([dot.uri, ann.uri]))
    });
    let post = keep("1", says("1", mixed)).await;
    assert_eq!(tries(&world, &bea, post).await, [true, false, false]);
    assert_eq!(tries(&world, &cid, post).await, [false, true, false]);
    assert_eq!(tries(&world, &dot, post).await, [false, false, true]);

    // Who is mentioned may answer; asking for leave is not done here, but a like may wait for it there.
    let nobody = to(&json!([ann.uri]));
    let asks = json!({"automaticApproval": [], "manualApproval": ["https://www.w3.org/ns/activitystreams#Public"]});
    let mut note = says("2", json!({"canReply": nobody, "canLike": asks}));
    note["cc"] = json!([cid.uri]);
    note["tag"] = json!([{"type": "Mention", "href": cid.uri, "name": "@cid"}]);
    let post = keep("2", note.clone()).await;
    assert_eq!(tries(&world, &bea, post).await, [false, true, true]);
    assert_eq!(tries(&world, &cid, post).await, [true, true, true]);

    // A new version says it anew.
    note["interactionPolicy"] = json!({});
    note["updated"] = json!("2026-01-02T05:00:00Z");
    let update = ann.activity("3", "Update", &note);
    assert_eq!(world.receives(&ann, &update).await.0, 202);
    assert_eq!(world.outcome(&update).await, "done");
    assert_eq!(tries(&world, &dot, post).await, [true, true, true]);
    world.stop().await;
}
