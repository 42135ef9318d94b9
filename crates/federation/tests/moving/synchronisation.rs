//! Followers are compared with those that a peer says it has.

use kontor_domain::audience::Audience;
use kontor_net::Request;
use serde_json::{Value, json};

use crate::{peer::Person, world::World};

#[actix_web::test]
async fn followers_are_compared_and_what_one_side_lost_goes() {
    let mut world = World::new().await;
    let (anna, olaf, dora) = (
        world.person("anna").await,
        world.person("olaf").await,
        world.person("dora").await,
    );
    let bert = Person::new("peer.test", "bert");
    let far = world.known(&bert).await;
    world.follows(&anna, &far).await;
    world.follows(&olaf, &far).await;
    let list = format!("{}/followers_synchronization", bert.uri);
    // They know of anna and of dora, who does not follow, and not of olaf.
    world.peers.serve(
        &list,
        &json!({"id": list, "type": "OrderedCollection", "orderedItems": [anna.uri, dora.uri, "http://evil.test/users/x"]}),
    );
    world.run();
    let header = |digest: &str| {
        format!(
            r#"collectionId="{}/followers", url="{list}", digest="{digest}""#,
            bert.uri
        )
    };
    let send = |id: &'static str, header: String, signed: bool| {
        let create = bert.activity(id, "Create", &bert.note(id, "for you"));
        let mut letter = if signed {
            world.letter_with(
                &bert,
                &create,
                &[("collection-synchronization", header.clone())],
            )
        } else {
            world.letter(&bert, &create)
        };
        letter.set("collection-synchronization", &header);
        let net = world.net.clone();
        async move { letter.send(&net).await }
    };
    // A header that is not signed is nobody's word.
    let (status, why) = send("1", header("00"), false).await;
    assert_eq!(status, 202, "{why}");
    let (status, why) = send("2", header("00"), true).await;
    assert_eq!(status, 202, "{why}");
    world
        .eventually("the lost follow goes", || async {
            let follow = kontor_actions::follows::between(&world.app, olaf.id, far.id)
                .await
                .unwrap();
            follow.is_none().then_some(())
        })
        .await;
    assert_eq!(world.peers.fetches(&list), 1);
    let stays = kontor_actions::follows::between(&world.app, anna.id, far.id)
        .await
        .unwrap();
    assert!(stays.is_some());
    // Dora's server says that she does not follow.
    let arrived = world.arrivals("peer.test", 2).await;
    let mut undone: Vec<_> = arrived
        .iter()
        .filter(|one| one.kind() == "Undo")
        .map(|one| one.body["object"]["actor"].as_str().unwrap())
        .collect();
    undone.sort_unstable();
    let mut wanted = [dora.uri.as_str(), olaf.uri.as_str()];
    wanted.sort_unstable();
    assert_eq!(undone, wanted);
    // The same account is not asked about again at once.
    assert_eq!(send("3", header("11"), true).await.0, 202);
    world.sent().await;
    assert_eq!(world.peers.fetches(&list), 1);
    world.stop().await;
}

#[actix_web::test]
async fn each_server_is_told_of_its_own_followers_alone() {
    let mut world = World::new().await;
    let anna = world.person("anna").await;
    let bert = Person::new("peer.test", "bert");
    for person in [
        &bert,
        &Person::new("peer.test", "carl"),
        &Person::new("third.test", "dora"),
    ] {
        let far = world.known(person).await;
        world.follows(&far, &anna).await;
    }
    world.run();
    world.post(anna.id, "for you", Audience::Followers).await;
    world.post(anna.id, "for all", Audience::Public).await;
    let arrived = world.arrivals("peer.test", 2).await;
    let header = |content: &str| {
        let one = arrived
            .iter()
            .find(|one| {
                one.body["object"]["content"]
                    .as_str()
                    .unwrap()
                    .contains(content)
            })
            .unwrap();
        assert!(one.is_signed_by(
            &anna.public_key_id,
            &anna.public_key_pem,
            world.app.now().and_utc()
        ));
        one.headers
            .iter()
            .find(|(name, _)| name == "collection-synchronization")
            .map(|(_, value)| value.clone())
    };
    assert_eq!(header("for all"), None);
    let said = header("for you").unwrap();
    assert!(
        said.contains(&format!(r#"collectionId="{}""#, anna.followers_url)),
        "{said}"
    );
    let place = format!("{}_synchronization", anna.followers_url);
    assert!(said.contains(&format!(r#"url="{place}""#)), "{said}");
    let items = signed_get(&world, &bert, &place).await;
    let mut uris: Vec<_> = items["orderedItems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|uri| uri.as_str().unwrap())
        .collect();
    uris.sort_unstable();
    assert_eq!(
        uris,
        ["http://peer.test/users/bert", "http://peer.test/users/carl"]
    );
    let mut unsigned = Request::get(place.parse().unwrap());
    unsigned
        .headers
        .insert("accept", "application/activity+json".parse().unwrap());
    assert_eq!(world.net.send(unsigned).await.unwrap().status, 401);
    world.stop().await;
}

pub async fn signed_get(world: &World, by: &Person, url: &str) -> Value {
    let (status, value) = signed_answer(world, by, url).await;
    assert_eq!(status, 200);
    value
}

pub async fn signed_answer(world: &World, by: &Person, url: &str) -> (u16, Value) {
    let url = url.parse().unwrap();
    let request = kontor_federation::signature::SignRequest {
        method: "GET",
        url: &url,
        date: world.app.now().and_utc(),
        digest: None,
        content_type: None,
    };
    let headers =
        kontor_federation::signature::cavage::sign(&request, &by.key_id, &by.key.private).unwrap();
    let mut signed = Request::get(url.clone());
    signed
        .headers
        .insert("accept", "application/activity+json".parse().unwrap());
    for (name, value) in headers {
        signed.headers.insert(name, value.parse().unwrap());
    }
    let answer = world.net.send(signed).await.unwrap();
    (
        answer.status,
        serde_json::from_slice(&answer.body).unwrap_or_default(),
    )
}
