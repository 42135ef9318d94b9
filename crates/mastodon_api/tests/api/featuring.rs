//! Collections across servers, as clients see them: who may be asked, what is kept of others, and what one hears of it.

use kontor_actions::{
    accounts::Account,
    featuring::{self, RemoteCollection},
};
use kontor_domain::collection::{Curators, FeaturePolicy};
use kontor_store::testing::rows;
use serde_json::json;

use crate::{
    collections::{PATH, id, members, names, with},
    house::House,
};

/// Somebody elsewhere, with what their server says of being in collections.
async fn stranger_who_says(house: &House, name: &str, policy: &FeaturePolicy) -> Account {
    let account = Account {
        feature_policy: Some(serde_json::to_string(policy).unwrap()),
        ..rows::remote_account(house.app.id(), name, "away.test")
    };
    let row = account.clone();
    house
        .app
        .store
        .write(move |tx| kontor_store::accounts::insert(tx, &row))
        .await
        .unwrap();
    account
}

fn everybody() -> Curators {
    Curators {
        public: true,
        ..Curators::default()
    }
}

#[actix_web::test]
async fn somebody_elsewhere_is_asked_and_their_owner_alone_sees_them_until_they_answer() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let asks = FeaturePolicy {
        manual: everybody(),
        ..FeaturePolicy::default()
    };
    let far = stranger_who_says(&house, "far", &asks).await;
    let nobody = stranger_who_says(&house, "hermit", &FeaturePolicy::default()).await;
    let some = FeaturePolicy {
        automatic: Curators {
            followers: true,
            following: true,
            ..Curators::default()
        },
        ..FeaturePolicy::default()
    };
    let some = stranger_who_says(&house, "some", &some).await;
    for (account, said) in [
        (
            &far,
            json!({"automatic": [], "manual": ["public"], "current_user": "manual"}),
        ),
        (
            &nobody,
            json!({"automatic": [], "manual": [], "current_user": "denied"}),
        ),
        (
            &some,
            json!({"automatic": ["followers", "following"], "manual": [], "current_user": "unknown"}),
        ),
    ] {
        let shown = house
            .get(format!("/api/v1/accounts/{}", account.id))
            .ok()
            .await;
        assert_eq!(shown.json["feature_approval"], said);
    }
    let made = with(&house, &anna, "People", &[&bert]).await;
    let path = format!("{PATH}/{}", id(&made));
    let items = format!("{path}/items");
    let add = |account: &Account| {
        let body = json!({"account_id": account.id.to_string()});
        house.post(&items).by(&anna).json(&body)
    };
    add(&nobody).fails(403).await;
    add(&some).fails(403).await;
    house.follows(anna.id, some.id).await;
    assert_eq!(
        add(&some).ok().await.json["collection_item"]["state"],
        "pending"
    );
    let asked = add(&far).ok().await.json["collection_item"].clone();
    assert_eq!(asked["state"], "pending");
    assert_eq!(add(&far).ok().await.json["collection_item"], asked);
    let all = [bert.id, some.id, far.id].map(|id| id.to_string());
    let own = house.get(&path).by(&anna).ok().await.json;
    assert_eq!(members(&own["collection"]), all);
    for answer in [
        house.get(&path).by(&bert).ok().await,
        house.get(&path).ok().await,
    ] {
        assert_eq!(members(&answer.json["collection"]), [bert.id.to_string()]);
        assert_eq!(answer.json["accounts"].as_array().unwrap().len(), 2);
    }
    house
        .delete(format!("{items}/{}", id(&asked)))
        .by(&anna)
        .ok()
        .await;
    let own = house.get(&path).by(&anna).ok().await.json;
    assert_eq!(members(&own["collection"]), all[..2]);
}

#[actix_web::test]
async fn a_collection_of_another_server_is_shown_as_theirs() {
    let house = House::new().await;
    let bert = house.person("bert").await;
    let far = house.stranger("far").await;
    let said = RemoteCollection {
        uri: "https://away.test/c/1".to_owned(),
        url: Some("https://away.test/@far/c/1".to_owned()),
        name: "Far people".to_owned(),
        description: "all of them".to_owned(),
        language: None,
        tag: Some("far".to_owned()),
        sensitive: true,
        discoverable: true,
        published: None,
        updated: None,
    };
    let kept = featuring::keep(&house.app, far.id, said, None)
        .await
        .unwrap();
    let ask = "https://away.test/requests/1".to_owned();
    featuring::judge(&house.app, far.id, kept.id, bert.id, ask)
        .await
        .unwrap();
    let list = house
        .get(format!("/api/v1/accounts/{}/collections", far.id))
        .ok()
        .await;
    assert_eq!(names(&list), ["Far people"]);
    let shown = &list.json["collections"][0];
    assert_eq!(
        (&shown["local"], &shown["uri"], &shown["url"]),
        (
            &json!(false),
            &json!("https://away.test/c/1"),
            &json!("https://away.test/@far/c/1")
        )
    );
    assert_eq!(members(shown), [bert.id.to_string()]);
    let whole = house.get(format!("{PATH}/{}", kept.id)).ok().await.json;
    assert_eq!(whole["accounts"][0]["id"], far.id.to_string());
    house.settle().await;
    let told = house.get("/api/v1/notifications").by(&bert).ok().await.json;
    assert_eq!(told[0]["type"], "added_to_collection");
    assert_eq!(told[0]["collection"]["local"], false);
    let item = id(&shown["items"][0]);
    let revoke = format!("{PATH}/{}/items/{item}/revoke", kept.id);
    house.post(&revoke).by(&bert).ok().await;
    let whole = house.get(format!("{PATH}/{}", kept.id)).ok().await.json;
    assert_eq!(members(&whole["collection"]), Vec::<String>::new());
    let change = format!("{PATH}/{}", kept.id);
    let named = json!({"name": "mine"});
    house.patch(&change).by(&bert).json(&named).fails(403).await;
}

#[actix_web::test]
async fn who_is_in_a_collection_is_told_once_a_day_that_its_owner_changed_it() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let made = with(&house, &anna, "People", &[&anna, &bert]).await;
    let path = format!("{PATH}/{}", id(&made));
    for name in ["People", "Others", "Yet others"] {
        let body = json!({"name": name});
        house.patch(&path).by(&anna).json(&body).ok().await;
    }
    house.settle().await;
    let told = house.get("/api/v1/notifications").by(&bert).ok().await.json;
    let kinds: Vec<&str> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["collection_update", "added_to_collection"]);
    assert_eq!(
        (&told[0]["account"]["acct"], &told[0]["collection"]["name"]),
        (&json!("anna"), &json!("Yet others"))
    );
    let own = house.get("/api/v1/notifications").by(&anna).ok().await.json;
    assert_eq!(own, json!([]), "of what she did herself");
    let groups = house.get("/api/v2/notifications").by(&bert).ok().await.json;
    assert_eq!(
        groups["notification_groups"],
        json!([]),
        "groups know no such type"
    );
    let only = house
        .get("/api/v1/notifications?types[]=collection_update")
        .by(&bert)
        .ok()
        .await
        .json;
    assert_eq!(only.as_array().unwrap().len(), 1);
    let item = made["items"][1]["id"].as_str().unwrap();
    let remove = format!("{path}/items/{item}");
    house.delete(&remove).by(&anna).ok().await;
    let told = house.get("/api/v1/notifications").by(&bert).ok().await.json;
    assert_eq!(told, json!([]));
}
