//! Collections of people, between two servers, one on each database, both ways: asked for, agreed to and refused, told of, changed,
//! left and gone (FEP-7aa9).

use kontor_tests::{
    Backend, Person,
    answer::{id, text},
    holds, until,
};
use serde_json::{Value, json};

use super::social::{both_ways, stage};

const PATH: &str = "/api/v1/collections";

/// Whom a collection shows, and how each of them stands in it.
fn members(collection: &Value) -> Vec<(String, String)> {
    let items = collection["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| (text(item, "account_id"), text(item, "state")))
        .collect()
}

fn accepted(accounts: &[&str]) -> Vec<(String, String)> {
    accounts
        .iter()
        .map(|account| ((*account).to_owned(), "accepted".to_owned()))
        .collect()
}

async fn listed(who: &Person, owner: &str) -> Vec<Value> {
    let path = format!("/api/v1/accounts/{owner}/collections");
    let found = who.client.get(&path).await.ok();
    found["collections"].as_array().unwrap().clone()
}

/// There is one, called so, with these people.
async fn comes_to(who: &Person, owner: &str, name: &str, people: &[&str]) -> Value {
    let wanted = accepted(people);
    until(&format!("{name} shows {people:?}"), || async {
        let mut all = listed(who, owner).await;
        let one = all.pop()?;
        (all.is_empty() && one["name"] == name && members(&one) == wanted).then_some(one)
    })
    .await
}

async fn collections_and_consent(first: Backend, second: Backend) {
    let stage = stage(first, second).await;
    let (alice, bob) = (&stage.alice, &stage.bob);
    let (carol, dora) = (
        stage.alpha.person("carol").await,
        stage.alpha.person("dora").await,
    );
    let (carol_there, dora_there) = (
        bob.resolve(&carol.handle()).await,
        bob.resolve(&dora.handle()).await,
    );
    let there = stage.alice_there.as_str();
    let body = json!({"name": "Harbour people", "discoverable": true, "account_ids": [there]});
    let made = bob.client.post_json(PATH, &body).await.ok()["collection"].take();
    assert_eq!(
        members(&made),
        [(there.to_owned(), "pending".to_owned())],
        "her server has not been asked yet"
    );
    let path = format!("{PATH}/{}", id(&made));
    let at_home = async || bob.client.get(&path).await.ok()["collection"].take();
    holds("alice's server agrees", async || {
        members(&at_home().await) == accepted(&[there])
    })
    .await;
    // Who follows the owner comes upon it.
    comes_to(alice, &stage.bob_here, "Harbour people", &[&alice.id]).await;
    holds("alice is told", async || {
        !alice.notifications("added_to_collection").await.is_empty()
    })
    .await;

    let add = async |account: &str| {
        let path = format!("{path}/items");
        let body = json!({"account_id": account});
        bob.client.post_json(&path, &body).await
    };
    add(&carol_there).await.ok();
    let both = [alice.id.as_str(), carol.id.as_str()];
    comes_to(alice, &stage.bob_here, "Harbour people", &both).await;
    // Whoever does not want to be found is in none, though the other server does not know of it yet.
    let form = [("discoverable", "false")];
    let profile = "/api/v1/accounts/update_credentials";
    dora.client.patch(profile, &form).await.ok();
    let asked = add(&dora_there).await.ok()["collection_item"].take();
    assert_eq!(asked["state"], "pending");
    holds("dora's server refuses", async || {
        members(&at_home().await) == accepted(&[there, &carol_there])
    })
    .await;
    assert_eq!(add(&dora_there).await.status, 403, "and is not asked again");

    bob.client
        .patch(&path, &[("name", "Harbour crew")])
        .await
        .ok();
    comes_to(alice, &stage.bob_here, "Harbour crew", &both).await;
    stage.at_rest().await;
    let items = at_home().await["items"].take();
    let item = format!("{path}/items/{}", id(&items[1]));
    bob.client.delete(&item).await.ok();
    let here = comes_to(alice, &stage.bob_here, "Harbour crew", &[&alice.id]).await;

    // The leave is a document of her server's until she takes it back.
    let stranger = stage.beta.stranger();
    let uri = text(&made, "uri");
    let document = stranger.get_as(&uri, kontor_tests::ACTIVITY);
    let document = document.await.ok();
    let stamp = text(&document["orderedItems"][0], "featureAuthorization");
    let at = stage.alpha.stranger();
    let leave = at.get_as(&stamp, kontor_tests::ACTIVITY).await.ok();
    assert_eq!(
        (&leave["type"], &leave["interactingObject"]),
        (&json!("FeatureAuthorization"), &made["uri"])
    );
    let revoke = format!(
        "{PATH}/{}/items/{}/revoke",
        id(&here),
        id(&here["items"][0])
    );
    alice.client.post(&revoke, &[]).await.ok();
    holds("alice is out of it at home", async || {
        members(&at_home().await).is_empty()
    })
    .await;
    comes_to(alice, &stage.bob_here, "Harbour crew", &[]).await;
    assert_eq!(at.get_as(&stamp, kontor_tests::ACTIVITY).await.status, 404);
    assert_eq!(add(there).await.status, 403, "she left for good");

    bob.client.delete(&path).await.ok();
    holds("the collection is gone", async || {
        listed(alice, &stage.bob_here).await.is_empty()
    })
    .await;
    stage.at_rest().await;
}

both_ways! {
    collections_and_consent: collections_and_consent_from_sqlite, collections_and_consent_from_postgres;
}
