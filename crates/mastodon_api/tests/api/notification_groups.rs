//! Notifications as groups, and who may tell somebody something.

use kontor_domain::time::{from_millis, millis};
use kontor_store::testing::Backend;
use serde_json::{Value, json};

use crate::house::{House, Person};

async fn does(house: &House, who: &Person, path: String) {
    house.post(path).by(who).ok().await;
    house.settle().await;
}

async fn says(house: &House, who: &Person, body: &Value) -> String {
    let post = house.post("/api/v1/statuses").by(who).json(body).ok().await;
    house.settle().await;
    post.id()
}

/// Anna's post, favourited by three, one of whom boosts it too and mentions her.
async fn scene(house: &House) -> (Person, Vec<Person>, String) {
    let anna = house.person("anna").await;
    let post = says(house, &anna, &json!({ "status": "good" })).await;
    let mut others = Vec::new();
    for name in ["bert", "carl", "dora"] {
        let other = house.person(name).await;
        does(house, &other, format!("/api/v1/statuses/{post}/favourite")).await;
        others.push(other);
    }
    does(house, &others[0], format!("/api/v1/statuses/{post}/reblog")).await;
    says(house, &others[0], &json!({ "status": "@anna well" })).await;
    (anna, others, post)
}

#[actix_web::test]
async fn what_is_done_to_one_post_is_one_group() {
    let house = House::new().await;
    let (anna, others, post) = scene(&house).await;
    let get = |query: &str| house.get(format!("/api/v2/notifications{query}")).by(&anna);
    let all = get("").ok().await.json;
    let groups = all["notification_groups"].as_array().unwrap();
    let kinds: Vec<&str> = groups
        .iter()
        .map(|group| group["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["mention", "reblog", "favourite"]);
    let favourites = &groups[2];
    assert_eq!(favourites["notifications_count"], 3);
    assert_eq!(favourites["status_id"], *post);
    let who: Vec<String> = others
        .iter()
        .rev()
        .map(|other| other.id.to_string())
        .collect();
    assert_eq!(favourites["sample_account_ids"], json!(who));
    assert_eq!(groups[1]["notifications_count"], 1);
    let mention = groups[0]["page_max_id"].as_str().unwrap();
    assert_eq!(groups[0]["group_key"], format!("ungrouped-{mention}"));
    // Each account and each post once, and nobody missing.
    let mut ids: Vec<&str> = all["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|account| account["id"].as_str().unwrap())
        .collect();
    ids.sort_unstable();
    let mut wanted = who.clone();
    wanted.sort();
    assert_eq!(ids, wanted);
    assert_eq!(all["statuses"].as_array().unwrap().len(), 2);
    assert_eq!(all.get("partial_accounts"), None);

    let partial = get("?expand_accounts=partial_avatars").ok().await.json;
    assert_eq!(partial["accounts"].as_array().unwrap().len(), 2);
    assert_eq!(
        partial["partial_accounts"][0]["id"],
        others[1].id.to_string()
    );
    get("?expand_accounts=none").fails(422).await;

    let apart = get("?grouped_types[]=reblog&types[]=favourite")
        .ok()
        .await
        .json;
    let apart = apart["notification_groups"].as_array().unwrap();
    assert_eq!(apart.len(), 3);
    assert!(
        apart[0]["group_key"]
            .as_str()
            .unwrap()
            .starts_with("ungrouped-")
    );

    let page = get("?limit=2").ok().await;
    assert_eq!(
        page.json["notification_groups"].as_array().unwrap().len(),
        2
    );
    let rest = house.get(page.link("next").unwrap()).by(&anna).ok().await;
    assert_eq!(rest.json["notification_groups"][0], *favourites);
    let back = house.get(rest.link("prev").unwrap()).by(&anna).ok().await;
    assert_eq!(
        back.json["notification_groups"],
        page.json["notification_groups"]
    );

    let count = async |query: &str| {
        let path = format!("/api/v2/notifications/unread_count{query}");
        house.get(path).by(&anna).ok().await.json["count"].clone()
    };
    assert_eq!(count("").await, 3);
    assert_eq!(count("?grouped_types[]=none").await, 5);
    assert_eq!(count("?limit=1").await, 1);
    let bert = format!("?account_id={}", others[0].id);
    assert_eq!(count(&bert).await, 3);
    let from = get(&bert).ok().await.json;
    assert_eq!(from["notification_groups"].as_array().unwrap().len(), 3);
    assert_eq!(from["accounts"][0]["id"], others[0].id.to_string());
    let some = format!("{bert}&exclude_types[]=favourite&include_filtered=false");
    assert_eq!(count(&some).await, 2);
}

#[actix_web::test]
async fn a_group_is_looked_at_and_put_away() {
    let house = House::new().await;
    let (anna, others, _) = scene(&house).await;
    let all = house.get("/api/v2/notifications").by(&anna).ok().await.json;
    let key = |at: usize| {
        all["notification_groups"][at]["group_key"]
            .as_str()
            .unwrap()
    };
    let path = |at: usize, what: &str| format!("/api/v2/notifications/{}{what}", key(at));
    for at in [0, 2] {
        let one = house.get(path(at, "")).by(&anna).ok().await.json;
        assert_eq!(one["notification_groups"][0]["group_key"], key(at));
        house.get(path(at, "")).by(&others[0]).fails(404).await;
    }
    let who = house.get(path(2, "/accounts")).by(&anna).ok().await;
    assert_eq!(who.each("username"), ["dora", "carl", "bert"]);
    let who = house.get(path(0, "/accounts")).by(&anna).ok().await;
    assert_eq!(who.each("username"), ["bert"]);
    house
        .get("/api/v2/notifications/none/accounts")
        .by(&anna)
        .fails(404)
        .await;
    does(&house, &others[0], path(2, "/dismiss")).await;
    for at in [0, 2] {
        does(&house, &anna, path(at, "/dismiss")).await;
    }
    let left = house.get("/api/v1/notifications").by(&anna).ok().await;
    assert_eq!(left.each("type"), ["reblog"]);
    let id = left.ids()[0].to_owned();
    let old = house.post("/api/v1/notifications/dismiss").by(&anna);
    old.form(&format!("id={id}")).ok().await;
    let several = format!("/api/v1/notifications/destroy_multiple?ids[]={id}");
    house.delete(several).by(&anna).ok().await;
    assert_eq!(
        house.get("/api/v1/notifications").by(&anna).ok().await.json,
        json!([])
    );
}

#[actix_web::test]
async fn a_policy_holds_strangers_back_until_they_are_accepted() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let carl = house.person("carl").await;
    let path = "/api/v2/notifications/policy";
    let usual = house.get(path).by(&anna).ok().await.json;
    assert_eq!(usual["for_not_following"], "accept");
    assert_eq!(usual["for_limited_accounts"], "filter");
    let changed = house
        .put(path)
        .by(&anna)
        .form("for_not_following=filter")
        .ok()
        .await
        .json;
    assert_eq!(changed["for_not_following"], "filter");
    assert_eq!(changed["for_bots"], "accept");
    house
        .patch(path)
        .by(&anna)
        .form("for_bots=burn")
        .fails(422)
        .await;
    let old = house
        .get("/api/v1/notifications/policy")
        .by(&anna)
        .ok()
        .await
        .json;
    assert_eq!(old["filter_not_following"], true);

    says(&house, &bert, &json!({ "status": "@anna hello" })).await;
    let secret = json!({ "status": "@anna in private", "visibility": "direct" });
    let secret = says(&house, &bert, &secret).await;
    says(&house, &carl, &json!({ "status": "@anna buy" })).await;
    let told = async |query: &str| {
        let path = format!("/api/v1/notifications{query}");
        house
            .get(path)
            .by(&anna)
            .ok()
            .await
            .json
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(told("").await, 0);
    assert_eq!(told("?include_filtered=true").await, 3);
    let conversations = house.get("/api/v1/conversations").by(&anna);
    assert_eq!(conversations.ok().await.json, json!([]));
    let requests = house
        .get("/api/v1/notifications/requests")
        .by(&anna)
        .ok()
        .await;
    assert_eq!(requests.json[1]["account"]["username"], "bert");
    assert_eq!(requests.json[1]["notifications_count"], "2");
    assert_eq!(requests.json[1]["last_status"]["id"], *secret);
    let summary = house.get(path).by(&anna).ok().await.json["summary"].clone();
    assert_eq!(
        summary,
        json!({ "pending_requests_count": 2, "pending_notifications_count": 3 })
    );
    let ids = requests.ids();
    let one = format!("/api/v1/notifications/requests/{}", ids[1]);
    assert_eq!(house.get(&one).by(&anna).ok().await.json, requests.json[1]);
    house.get(&one).by(&bert).fails(404).await;
    let accept = format!("{one}/accept");
    house.post(&accept).by(&bert).fails(404).await;
    house.post(&accept).by(&anna).ok().await;
    house.post(&accept).by(&anna).fails(404).await;
    assert_eq!(told("").await, 2);
    let conversations = house.get("/api/v1/conversations").by(&anna).ok().await;
    assert_eq!(conversations.json[0]["last_status"]["id"], *secret);
    let dismiss = house
        .post("/api/v1/notifications/requests/dismiss")
        .by(&anna);
    dismiss.form(&format!("id[]={}", ids[0])).ok().await;
    assert_eq!(told("?include_filtered=true").await, 2);
}

#[actix_web::test]
async fn what_is_held_back_is_grouped_for_those_who_ask() {
    for backend in Backend::ALL {
        let house = House::on(backend).await;
        let (anna, bert) = (house.person("anna").await, house.person("bert").await);
        let path = "/api/v2/notifications/policy";
        let hold = house.put(path).by(&anna).form("for_not_following=filter");
        hold.ok().await;
        let post = says(&house, &anna, &json!({ "status": "good" })).await;
        does(&house, &bert, format!("/api/v1/statuses/{post}/favourite")).await;
        says(&house, &bert, &json!({ "status": "@anna hello" })).await;
        let groups = async |query: &str| {
            let path = format!("/api/v2/notifications{query}");
            house.get(path).by(&anna).ok().await.json["notification_groups"].clone()
        };
        assert_eq!(groups("").await, json!([]), "{backend:?}");
        let held = groups("?include_filtered=true").await;
        let kinds = [&held[0]["type"], &held[1]["type"]];
        assert_eq!(kinds, ["mention", "favourite"], "{backend:?}");
        assert_eq!(held[1]["notifications_count"], 1, "{backend:?}");
        assert_eq!(held[1]["sample_account_ids"], json!([bert.id.to_string()]));
    }
}

#[actix_web::test]
async fn who_was_accepted_is_heard_and_who_was_dismissed_is_not() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let carl = house.person("carl").await;
    let path = "/api/v2/notifications/policy";
    house
        .put(path)
        .by(&anna)
        .form("for_not_following=filter")
        .ok()
        .await;
    let told = async |query: &str| {
        let path = format!("/api/v1/notifications{query}");
        house
            .get(path)
            .by(&anna)
            .ok()
            .await
            .json
            .as_array()
            .unwrap()
            .len()
    };
    for who in [&bert, &carl] {
        says(&house, who, &json!({ "status": "@anna hello" })).await;
    }
    let requests = house
        .get("/api/v1/notifications/requests")
        .by(&anna)
        .ok()
        .await;
    let ids = requests.ids();
    for (answer, id) in [("accept", ids[1]), ("dismiss", ids[0])] {
        let call = house.post(format!("/api/v1/notifications/requests/{answer}"));
        call.by(&anna).form(&format!("id[]={id}")).ok().await;
    }
    assert_eq!(told("?include_filtered=true").await, 1);
    for who in [&bert, &carl] {
        says(&house, who, &json!({ "status": "@anna again" })).await;
    }
    assert_eq!(told("").await, 2);
    assert_eq!(told("?include_filtered=true").await, 3);
    let merged = house.get("/api/v1/notifications/requests/merged").by(&anna);
    assert_eq!(merged.ok().await.json, json!({ "merged": true }));
    let drop = house.patch(path).by(&anna).form("for_not_following=drop");
    drop.ok().await;
    says(&house, &carl, &json!({ "status": "@anna buy it" })).await;
    assert_eq!(told("?include_filtered=true").await, 3);
    // Whom one follows is a stranger no more.
    house.follows(anna.id, carl.id).await;
    says(&house, &carl, &json!({ "status": "@anna thanks" })).await;
    assert_eq!(told("").await, 3);
}

#[actix_web::test]
async fn each_rule_of_a_policy_holds_what_it_says() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let long_ago = from_millis(millis(house.app.now()) - 90 * 24 * 60 * 60 * 1000).unwrap();
    let told = async || {
        let all = house.get("/api/v1/notifications").by(&anna).ok().await;
        all.json.as_array().unwrap().len()
    };
    let set = async |form: &str| {
        let path = "/api/v2/notifications/policy";
        house.put(path).by(&anna).form(form).ok().await;
    };
    let bot = house
        .person_as("robot", |account, _| {
            account.kind = kontor_domain::account::AccountKind::Service;
            account.created_at = long_ago;
        })
        .await;
    let aged = house
        .person_as("aged", |account, _| account.created_at = long_ago)
        .await;
    let young = house.person("young").await;
    let open = |text: &str| json!({ "status": format!("@anna {text}") });
    set("for_new_accounts=drop&for_bots=drop").await;
    says(&house, &young, &open("new")).await;
    says(&house, &bot, &open("beep")).await;
    assert_eq!(told().await, 0);
    says(&house, &aged, &open("old")).await;
    assert_eq!(told().await, 1);
    set("for_new_accounts=accept&for_bots=accept&for_not_followers=drop").await;
    says(&house, &aged, &open("no follower")).await;
    assert_eq!(told().await, 1);
    set("for_not_followers=accept&for_private_mentions=drop").await;
    let question = json!({ "status": "@aged tell me", "visibility": "direct" });
    let question = says(&house, &anna, &question).await;
    let unasked = json!({ "status": "@anna psst", "visibility": "direct" });
    says(&house, &aged, &unasked).await;
    assert_eq!(told().await, 1);
    let asked = json!({ "status": "@anna so", "visibility": "direct", "in_reply_to_id": question });
    says(&house, &aged, &asked).await;
    assert_eq!(told().await, 2);
}
