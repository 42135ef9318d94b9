//! Who asks to join a private community that has moderators elsewhere: what they are told, and what they answer.

use kontor_actions::{
    Error,
    accounts::Account,
    communities,
    follows::{self, Options, Wish},
};
use kontor_domain::{community::Access, follow::FollowState, page::Page};
use kontor_store::notifications;
use serde_json::{Value, json};

use crate::{
    groups::{Garden, stop},
    groups_elsewhere::{Bees, elsewhere},
    peer::Person,
    policy::everything,
    synchronisation::signed_answer,
    world::sound,
};

/// Somebody elsewhere asks to be let in.
async fn asks(garden: &Garden, host: &str, name: &str) -> (Person, Account) {
    let person = Person::new(host, name);
    let account = garden.world.known(&person).await;
    let follow = person.activity("follow", "Follow", &json!(garden.group.uri));
    garden.done(&person, &follow).await;
    assert_eq!(
        state(garden, &account).await,
        Some(FollowState::Pending),
        "{name}"
    );
    (person, account)
}

async fn state(garden: &Garden, follower: &Account) -> Option<FollowState> {
    let known = follows::between(&garden.world.app, follower.id, garden.group.id).await;
    known.unwrap().map(|follow| follow.state)
}

#[actix_web::test]
async fn those_who_wait_are_listed_for_moderators_and_their_servers() {
    let (garden, keeper) = Garden::kept(Access::Private).await;
    let world = &garden.world;
    let (mole, _) = asks(&garden, "board.test", "mole").await;
    let (_, document) = world.get(&garden.group.uri).await;
    let list = document["joinRequests"].as_str().unwrap().to_owned();
    let page = format!("{list}?page=true");
    let stranger = Person::new("planet.test", "stranger");
    world.known(&stranger).await;
    for url in [&list, &page] {
        assert_eq!(world.get(url).await.0, 404);
        for other in [&mole, &stranger] {
            assert_eq!(
                signed_answer(world, other, url).await.0,
                404,
                "{}",
                other.uri
            );
        }
    }
    let (status, whole) = signed_answer(world, &keeper, &list).await;
    assert_eq!((status, &whole["first"]), (200, &json!(page)));
    let (status, listed) = signed_answer(world, &keeper, &page).await;
    assert_eq!(status, 200);
    assert_eq!(listed["orderedItems"], json!([mole.uri]));
    stop(garden).await;
    // Whoever lets everybody in has no such list.
    let garden = Garden::new(Access::Public).await;
    let (_, document) = garden.world.get(&garden.group.uri).await;
    assert_eq!(document["joinRequests"], Value::Null);
    stop(garden).await;
}

#[actix_web::test]
async fn a_moderator_elsewhere_lets_people_in_and_turns_them_away() {
    let (garden, keeper) = Garden::kept(Access::Private).await;
    let (mole, mole_here) = asks(&garden, "board.test", "mole").await;
    let (crow, crow_here) = asks(&garden, "pie.test", "crow").await;
    let said = |by: &Person, id: &str, kind: &str, object: Value| {
        let mut said = by.activity(id, kind, &object);
        said["to"] = json!([garden.group.uri]);
        said
    };
    let wish = |of: &Person| json!({"type": "Follow", "actor": of.uri, "object": garden.group.uri});
    for (by, id) in [(&mole, "1"), (&crow, "2")] {
        let outcome = garden
            .outcome(by, &said(by, id, "Accept", wish(&mole)))
            .await;
        assert!(outcome.starts_with("refused"), "{outcome}");
    }
    assert_eq!(state(&garden, &mole_here).await, Some(FollowState::Pending));
    // By its two ends, and by its address.
    garden
        .done(&keeper, &said(&keeper, "3", "Accept", wish(&mole)))
        .await;
    assert_eq!(
        state(&garden, &mole_here).await,
        Some(FollowState::Accepted)
    );
    let address = json!(crow.activity("follow", "Follow", &Value::Null)["id"]);
    garden
        .done(&keeper, &said(&keeper, "4", "Reject", address))
        .await;
    assert_eq!(state(&garden, &crow_here).await, None);
    // Whom somebody let in, nobody puts out by a late answer.
    let late = said(&keeper, "5", "Reject", wish(&mole));
    let outcome = garden.outcome(&keeper, &late).await;
    assert!(outcome.starts_with("ignored"), "{outcome}");
    assert_eq!(
        state(&garden, &mole_here).await,
        Some(FollowState::Accepted)
    );
    // The community says so itself to whoever asked.
    for (host, kind) in [("board.test", "Accept"), ("pie.test", "Reject")] {
        garden
            .world
            .eventually("the answer", || async {
                let mut arrived = garden.world.peers.arrived_at(host).into_iter();
                arrived.find(|one| one.kind() == kind && one.body["actor"] == garden.group.uri)
            })
            .await;
    }
    sound(&garden.world).await;
    stop(garden).await;
}

#[actix_web::test]
async fn a_moderator_here_answers_those_who_wait_elsewhere() {
    let [drone, crow] = ["drone", "crow"].map(|name| Person::new("pie.test", name));
    let bees = Bees::new(|world, group| {
        drone.lives(&world.peers);
        crow.lives(&world.peers);
        let list = group.url("/c/bees/waiting");
        let nobody = group.url("/u/nobody");
        let waiting = json!({"id": list, "type": "OrderedCollection", "orderedItems": [drone.uri, nobody, crow.uri]});
        world.peers.serve(&list, &waiting);
    })
    .await;
    bees.world.follows(&bees.ann, &bees.account).await;
    let (app, ann, hive) = (&bees.world.app, bees.ann.id, bees.account.id);
    let waiting = || communities::requests(app, ann, hive, Page::first(40));
    let refused = waiting().await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    bees.moderated_by_ann().await;
    // Its server lists nobody.
    assert!(matches!(waiting().await, Err(Error::NotFound)));
    let mut document = elsewhere("board.test").1;
    document["joinRequests"] = json!(bees.group.url("/c/bees/waiting"));
    bees.world.peers.serve(&bees.group.uri, &document);
    let mut known: Vec<String> = waiting()
        .await
        .unwrap()
        .into_iter()
        .map(|(_, account)| account.uri)
        .collect();
    known.sort();
    assert_eq!(known, [crow.uri.clone(), drone.uri.clone()]);
    for (who, accept) in [(&drone, true), (&crow, false)] {
        let account = bees.world.account_at(&who.uri).await.unwrap();
        communities::settle_request(app, ann, hive, account.id, accept)
            .await
            .unwrap();
    }
    bees.world.sent().await;
    let arrived = bees.world.peers.arrived_at("board.test");
    for (who, kind) in [(&drone, "Accept"), (&crow, "Reject")] {
        let said = arrived.iter().find(|one| one.kind() == kind).unwrap();
        assert_eq!(said.body["actor"], bees.ann.uri);
        assert_eq!(said.body["to"], json!([bees.group.uri]));
        assert_eq!(
            said.body["object"],
            json!({"type": "Follow", "actor": who.uri, "object": bees.group.uri})
        );
    }
}

/// Every follow of a group elsewhere waits for its server: that is nothing for those who look after it here.
#[actix_web::test]
async fn nobody_here_is_told_who_asks_a_server_elsewhere() {
    let bees = Bees::new(|_, _| ()).await;
    let (world, ann) = (&bees.world, bees.ann.id);
    world.follows(&bees.ann, &bees.account).await;
    bees.moderated_by_ann().await;
    let olaf = world.person("olaf").await;
    let wish = Wish {
        follower: olaf.id,
        target: bees.account.id,
        uri: None,
        options: Options {
            show_reblogs: None,
            notify: None,
            languages: None,
        },
    };
    let asked = follows::follow(&world.app, wish).await.unwrap();
    assert_eq!(asked, FollowState::Pending);
    world.sent().await;
    let page = Page::first(9);
    let told = world
        .app
        .store
        .read(move |db| notifications::page(db, ann, &everything(), &page));
    assert_eq!(told.await.unwrap(), []);
}
