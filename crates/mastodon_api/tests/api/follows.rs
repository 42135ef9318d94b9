//! Following, requests, relationships.

use kontor_domain::ids::AccountId;
use kontor_store::testing::Backend;
use serde_json::{Value, json};

use crate::house::{House, Person};

async fn follow(house: &House, by: &Person, target: AccountId) -> Value {
    house
        .post(format!("/api/v1/accounts/{target}/follow"))
        .by(by)
        .ok()
        .await
        .json
}

#[actix_web::test]
async fn a_follow_stands_at_once_and_again_it_changes_the_options() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let now = follow(&house, &anna, bert.id).await;
    assert_eq!(
        (
            &now["following"],
            &now["requested"],
            &now["showing_reblogs"],
            &now["notifying"]
        ),
        (&json!(true), &json!(false), &json!(true), &json!(false))
    );
    let path = format!("/api/v1/accounts/{}/follow", bert.id);
    let changed = house
        .post(&path)
        .by(&anna)
        .json(&json!({"reblogs": "false", "notify": 1, "languages": ["de", "en-GB"]}))
        .ok()
        .await
        .json;
    assert_eq!(
        (
            &changed["showing_reblogs"],
            &changed["notifying"],
            &changed["languages"]
        ),
        (&json!(false), &json!(true), &json!(["de", "en"]))
    );
    let again = house
        .post(&path)
        .by(&anna)
        .form("languages[]=")
        .ok()
        .await
        .json;
    assert_eq!(
        (&again["languages"], &again["notifying"]),
        (&json!([]), &json!(true))
    );
    assert_eq!(
        house
            .post(&path)
            .by(&anna)
            .form("languages[]=xx")
            .fails(422)
            .await,
        "Validation failed: languages holds what is not a language code"
    );

    let back = house
        .get(format!("/api/v1/accounts/relationships?id={}", anna.id))
        .by(&bert)
        .ok()
        .await
        .json;
    assert_eq!(
        (&back[0]["followed_by"], &back[0]["following"]),
        (&json!(true), &json!(false))
    );
    let counts = house
        .get(format!("/api/v1/accounts/{}", bert.id))
        .ok()
        .await
        .json;
    assert_eq!(counts["followers_count"], 1);

    let gone = house
        .post(format!("/api/v1/accounts/{}/unfollow", bert.id))
        .by(&anna)
        .ok()
        .await
        .json;
    assert_eq!(
        (&gone["following"], &gone["showing_reblogs"]),
        (&json!(false), &json!(false))
    );
    house
        .post(format!("/api/v1/accounts/{}/unfollow", bert.id))
        .by(&anna)
        .ok()
        .await;
}

#[actix_web::test]
async fn a_follow_in_some_languages_brings_posts_in_these_alone() {
    for backend in Backend::ALL {
        let house = House::on(backend).await;
        let (anna, bert, carl) = (
            house.person("anna").await,
            house.person("bert").await,
            house.person("carl").await,
        );
        let say = async |by: &Person, text: &str, language: &str| {
            let body = json!({"status": text, "language": language});
            let call = house.post("/api/v1/statuses").by(by).json(&body);
            call.ok().await.id()
        };
        let early = say(&bert, "eins", "de").await;
        say(&bert, "earlier", "en").await;
        let path = format!("/api/v1/accounts/{}", bert.id);
        let follow = house.post(format!("{path}/follow")).by(&anna);
        follow.json(&json!({"languages": ["de"]})).ok().await;
        let page = async |path: &str| -> Vec<String> {
            house.settle().await;
            let page = house.get(path).by(&anna).ok().await;
            page.ids().into_iter().map(str::to_owned).collect()
        };
        let home = "/api/v1/timelines/home";
        assert_eq!(page(home).await, std::slice::from_ref(&early));
        let form = house.post("/api/v1/lists").by(&anna).form("title=l");
        let list = form.ok().await.id();
        let members = json!({"account_ids": [bert.id.to_string()]});
        let put = house.post(format!("/api/v1/lists/{list}/accounts"));
        put.by(&anna).json(&members).ok().await;
        let late = say(&bert, "zwei", "de").await;
        say(&bert, "later", "en").await;
        // What others say is boosted in whatever language it is.
        let other = say(&carl, "hello", "en").await;
        let boost = house.post(format!("/api/v1/statuses/{other}/reblog"));
        let boost = boost.by(&bert).ok().await.id();
        let wanted = [boost, late, early];
        assert_eq!(page(home).await, wanted);
        let in_list = format!("/api/v1/timelines/list/{list}");
        assert_eq!(page(&in_list).await, wanted);
        // All languages again: from now on.
        let follow = house.post(format!("{path}/follow")).by(&anna);
        follow.form("languages[]=").ok().await;
        let last = say(&bert, "last", "en").await;
        assert_eq!(page(home).await.first(), Some(&last));
    }
}

#[actix_web::test]
async fn nobody_follows_themselves_or_nobody() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    assert_eq!(
        house
            .post(format!("/api/v1/accounts/{}/follow", anna.id))
            .by(&anna)
            .fails(422)
            .await,
        "Validation failed: id is your own account"
    );
    house
        .post("/api/v1/accounts/1/follow")
        .by(&anna)
        .fails(404)
        .await;
    house
        .post("/api/v1/accounts/1/unfollow")
        .by(&anna)
        .fails(404)
        .await;
}

#[actix_web::test]
async fn a_locked_account_is_asked_and_answers() {
    let house = House::new().await;
    let (anna, carl) = (house.person("anna").await, house.person("carl").await);
    let bert = house
        .person_as("bert", |account, _| account.locked = true)
        .await;
    for by in [&anna, &carl] {
        let asked = follow(&house, by, bert.id).await;
        assert_eq!(
            (&asked["following"], &asked["requested"]),
            (&json!(false), &json!(true))
        );
    }
    let waiting = house.get("/api/v1/follow_requests").by(&bert).ok().await;
    assert_eq!(waiting.ids(), [carl.id.to_string(), anna.id.to_string()]);
    let own = house
        .get("/api/v1/accounts/verify_credentials")
        .by(&bert)
        .ok()
        .await
        .json;
    assert_eq!(own["source"]["follow_requests_count"], 2);

    let seen = house
        .get(format!("/api/v1/accounts/relationships?id[]={}", anna.id))
        .by(&bert)
        .ok()
        .await
        .json;
    assert_eq!(seen[0]["requested_by"], true);
    let let_in = house
        .post(format!("/api/v1/follow_requests/{}/authorize", anna.id))
        .by(&bert)
        .ok()
        .await
        .json;
    assert_eq!(
        (&let_in["followed_by"], &let_in["requested_by"]),
        (&json!(true), &json!(false))
    );
    let turned_away = house
        .post(format!("/api/v1/follow_requests/{}/reject", carl.id))
        .by(&bert)
        .ok()
        .await
        .json;
    assert_eq!(
        (&turned_away["followed_by"], &turned_away["requested_by"]),
        (&json!(false), &json!(false))
    );

    assert_eq!(
        house
            .get("/api/v1/follow_requests")
            .by(&bert)
            .ok()
            .await
            .json,
        json!([])
    );
    house
        .post(format!("/api/v1/follow_requests/{}/reject", carl.id))
        .by(&bert)
        .fails(404)
        .await;
    house
        .post(format!("/api/v1/follow_requests/{}/reject", anna.id))
        .by(&bert)
        .fails(404)
        .await;
    let still = house
        .get(format!("/api/v1/accounts/relationships?id[]={}", bert.id))
        .by(&anna)
        .ok()
        .await
        .json;
    assert_eq!(
        still[0]["following"], true,
        "rejecting ends no follow that stands"
    );
}

#[actix_web::test]
async fn relationships_come_in_the_order_asked() {
    let house = House::new().await;
    let (anna, bert, carl) = (
        house.person("anna").await,
        house.person("bert").await,
        house.person("carl").await,
    );
    follow(&house, &anna, carl.id).await;
    let path = format!(
        "/api/v1/accounts/relationships?id[]={}&id[]=12&id[]={}&id[]={}",
        carl.id, bert.id, carl.id
    );
    let found = house.get(path).by(&anna).ok().await;
    assert_eq!(found.ids(), [carl.id.to_string(), bert.id.to_string()]);
    assert_eq!(found.json[0]["following"], true);
    // One id as a number in JSON, in the body of a GET.
    let one = house
        .get("/api/v1/accounts/relationships")
        .by(&anna)
        .json(&json!({"id": bert.id.0}))
        .ok()
        .await;
    assert_eq!(one.ids(), [bert.id.to_string()]);
    assert_eq!(
        house
            .get("/api/v1/accounts/relationships")
            .by(&anna)
            .ok()
            .await
            .json,
        json!([])
    );
}

#[actix_web::test]
async fn followers_are_listed_by_when_they_came() {
    let house = House::new().await;
    let bert = house.person("bert").await;
    let mut came = Vec::new();
    for name in ["anna", "carl", "dora"] {
        let person = house.person(name).await;
        follow(&house, &person, bert.id).await;
        came.insert(0, person.id.to_string());
    }
    let path = format!("/api/v1/accounts/{}/followers", bert.id);
    let first = house.get(format!("{path}?limit=2")).ok().await;
    assert_eq!(first.ids(), came[..2]);
    let rest = house.get(first.link("next").unwrap()).ok().await;
    assert_eq!(rest.ids(), came[2..]);
    assert_eq!(rest.link("next"), None, "a short page is the last");
    assert_eq!(
        house.get(rest.link("prev").unwrap()).ok().await.ids(),
        came[..2]
    );
    assert_eq!(
        house
            .get(format!("/api/v1/accounts/{}/following", bert.id))
            .ok()
            .await
            .json,
        json!([])
    );
    let following = house
        .get(format!("/api/v1/accounts/{}/following", came[0]))
        .ok()
        .await;
    assert_eq!(following.ids(), [bert.id.to_string()]);
    house.get("/api/v1/accounts/1/followers").fails(404).await;
    house.get("/api/v1/accounts/1/following").fails(404).await;
}

#[actix_web::test]
async fn who_follows_whom_is_kept_from_others_and_from_those_who_are_blocked() {
    for backend in Backend::ALL {
        let house = House::on(backend).await;
        let (anna, bert) = (house.person("anna").await, house.person("bert").await);
        let carl = house.person("carl").await;
        follow(&house, &anna, bert.id).await;
        follow(&house, &bert, anna.id).await;
        let seen = async |by: Option<&Person>| {
            let mut both = Vec::new();
            for which in ["followers", "following"] {
                let call = house.get(format!("/api/v1/accounts/{}/{which}", anna.id));
                let call = match by {
                    Some(person) => call.by(person),
                    None => call,
                };
                both.push(call.ok().await.json.as_array().unwrap().len());
            }
            both
        };
        house
            .post(format!("/api/v1/accounts/{}/block", carl.id))
            .by(&anna)
            .ok()
            .await;
        assert_eq!(seen(Some(&carl)).await, [0, 0], "{backend:?}");
        assert_eq!(seen(Some(&bert)).await, [1, 1], "{backend:?}");
        assert_eq!(seen(None).await, [1, 1], "{backend:?}");
        let own = house
            .patch("/api/v1/accounts/update_credentials")
            .by(&anna)
            .form("hide_collections=true")
            .ok()
            .await
            .json;
        assert_eq!(own["hide_collections"], true);
        assert_eq!(own["source"]["hide_collections"], true);
        for by in [None, Some(&bert), Some(&carl)] {
            assert_eq!(seen(by).await, [0, 0], "{backend:?}");
        }
        assert_eq!(seen(Some(&anna)).await, [1, 1], "{backend:?}");
        let shown = house
            .get(format!("/api/v1/accounts/{}", anna.id))
            .ok()
            .await
            .json;
        assert_eq!(shown["followers_count"], 1, "how many is told");
    }
}
