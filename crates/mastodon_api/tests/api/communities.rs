//! Communities through their own operations and through Mastodon's.

use kontor_store::testing::Backend;
use serde_json::{Value, json};

use crate::house::{House, Person};

pub const BASE: &str = "/api/kontor/v1/communities";

pub async fn made(house: &House, owner: &Person, more: Value) -> String {
    let mut body = json!({"name": "garden", "title": "The Garden"});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let made = house.post(BASE).by(owner).json(&body).ok().await.json;
    made["id"].as_str().unwrap().to_owned()
}

async fn joined(house: &House, who: &Person, id: &str) -> Value {
    let path = format!("{BASE}/{id}/join");
    house.post(path).by(who).ok().await.json
}

pub fn status(text: &str) -> Value {
    json!({"status": text})
}

pub async fn posted(house: &House, who: &Person, body: &Value) -> Value {
    let posted = house.post("/api/v1/statuses").by(who).json(body).ok().await;
    house.settle().await;
    posted.json
}

pub async fn refused(house: &House, who: &Person, body: &Value, as_what: u16) -> String {
    let call = house.post("/api/v1/statuses").by(who).json(body);
    call.fails(as_what).await
}

pub fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

#[actix_web::test]
async fn a_community_is_made_read_changed_and_listed() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let garden = made(
        &house,
        &anna,
        json!({"rules": "Be kind.", "languages": ["de", "en"]}),
    )
    .await;
    let path = format!("{BASE}/{garden}");
    let seen = house.get(&path).ok().await.json;
    assert_eq!(
        (
            &seen["title"],
            &seen["access"],
            &seen["posting"],
            &seen["role"]
        ),
        (
            &json!("The Garden"),
            &json!("public"),
            &json!("anyone"),
            &Value::Null
        )
    );
    assert_eq!(seen["single_owner"], true);
    for (body, word) in [
        (json!({"name": "garden"}), "name"),
        (json!({"name": "no spaces"}), "name"),
        (json!({"name": "x", "access": "secret"}), "access"),
        (json!({"name": "x", "posting": "nobody"}), "posting"),
        (json!({"name": "x", "languages": ["??"]}), "languages"),
    ] {
        let call = house.post(BASE).by(&bert).json(&body);
        let why = call.fails(422).await.to_lowercase();
        assert!(why.contains(word), "{body}: {why}");
    }
    // A name is a person's or a community's.
    let call = house.post(BASE).by(&bert).json(&json!({"name": "Anna"}));
    call.fails(422).await;
    let change = json!({"title": "The Old Garden", "posting": "members", "access": "unlisted"});
    house.patch(&path).by(&bert).json(&change).fails(403).await;
    let changed = house.patch(&path).by(&anna).json(&change).ok().await.json;
    assert_eq!(
        (
            &changed["title"],
            &changed["posting"],
            &changed["access"],
            &changed["rules"]
        ),
        (
            &json!("The Old Garden"),
            &json!("members"),
            &json!("unlisted"),
            &json!("Be kind.")
        )
    );
    for access in ["private", "local"] {
        let call = house
            .patch(&path)
            .by(&anna)
            .json(&json!({"access": access}));
        call.fails(422).await;
    }
}

#[actix_web::test]
async fn communities_are_listed_joined_and_left() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let garden = made(&house, &anna, json!({"access": "unlisted"})).await;
    let path = format!("{BASE}/{garden}");
    let listed = house.get(BASE).ok().await.json;
    assert_eq!(listed, json!([]), "an unlisted one is in no list");
    joined(&house, &bert, &garden).await;
    let listed = house
        .get(format!("{BASE}?joined=true"))
        .by(&bert)
        .ok()
        .await
        .json;
    assert_eq!(
        (id(&listed[0]), &listed[0]["membership"]),
        (garden.as_str(), &json!("member"))
    );
    house.get(format!("{BASE}?joined=true")).fails(401).await;
    let left = house
        .post(format!("{path}/leave"))
        .by(&bert)
        .ok()
        .await
        .json;
    assert_eq!(left["membership"], Value::Null);
    house.get(format!("{BASE}/1")).fails(404).await;
}

#[actix_web::test]
async fn so_many_of_one_owner_and_by_whom_the_operators_say() {
    let house = House::set(|settings| settings.limits.communities.owned = 1).await;
    let anna = house.person("anna").await;
    made(&house, &anna, json!({})).await;
    let call = house.post(BASE).by(&anna).json(&json!({"name": "pond"}));
    call.fails(403).await;
    let house = House::set(|settings| {
        settings.limits.communities.creators = kontor_actions::communities::Creators::Admins;
    })
    .await;
    let bert = house.person("bert").await;
    let call = house.post(BASE).by(&bert).json(&json!({"name": "pond"}));
    call.fails(403).await;
    let chief = house
        .person_as("chief", |_, user| {
            user.role = kontor_domain::user::Role::Admin;
        })
        .await;
    made(&house, &chief, json!({})).await;
}

/// Who may begin a thread, and who may answer in one: a stranger, a member, the owner.
#[actix_web::test]
async fn who_posts_where() {
    let yes_yes = [true, true];
    let no_no = [false, false];
    for (access, posting, stranger, member) in [
        ("public", "anyone", yes_yes, yes_yes),
        ("public", "members", [false, true], yes_yes),
        ("public", "moderators", [false, true], [false, true]),
        ("unlisted", "anyone", yes_yes, yes_yes),
        ("unlisted", "members", [false, true], yes_yes),
        ("restricted", "anyone", no_no, yes_yes),
        ("restricted", "members", no_no, yes_yes),
        ("restricted", "moderators", no_no, [false, true]),
        ("private", "anyone", no_no, yes_yes),
        ("private", "moderators", no_no, [false, true]),
        ("local", "anyone", no_no, yes_yes),
        ("local", "moderators", no_no, [false, true]),
    ] {
        let house = House::new().await;
        let (anna, bert, cleo) = (
            house.person("anna").await,
            house.person("bert").await,
            house.person("cleo").await,
        );
        let garden = made(&house, &anna, json!({"access": access, "posting": posting})).await;
        let join = joined(&house, &bert, &garden).await;
        if access == "private" {
            assert_eq!(join["membership"], "requested");
            let path = format!("{BASE}/{garden}/requests/{}/authorize", bert.id);
            house.post(path).by(&anna).ok().await;
        } else {
            assert_eq!(join["membership"], "member");
        }
        let thread = posted(&house, &anna, &status("@garden thread")).await;
        for (who, [begins, answers]) in [(&cleo, stranger), (&bert, member)] {
            let case = format!("{access} {posting} {}", who.name);
            for (body, may) in [
                (status("@garden hello"), begins),
                (
                    json!({"status": "answer", "in_reply_to_id": id(&thread)}),
                    answers,
                ),
            ] {
                let answer = house
                    .post("/api/v1/statuses")
                    .by(who)
                    .json(&body)
                    .send()
                    .await;
                if may {
                    assert_eq!(answer.status, 200, "{case}: {}", answer.text);
                    assert_eq!(id(&answer.json["community"]), garden, "{case}");
                } else {
                    // A thread that may not be read is not there.
                    assert!(
                        matches!(answer.status, 403 | 404),
                        "{case}: {}",
                        answer.text
                    );
                }
            }
        }
    }
}

#[actix_web::test]
async fn nothing_more_is_posted_in_an_archive() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let garden = made(&house, &anna, json!({})).await;
    let thread = posted(&house, &bert, &status("@garden thread")).await;
    let archive = format!("{BASE}/{garden}/archive");
    house.post(&archive).by(&bert).fails(403).await;
    let archived = house.post(&archive).by(&anna).ok().await.json;
    assert_eq!(archived["archived"], true);
    let late = json!({"status": "late", "in_reply_to_id": id(&thread)});
    refused(&house, &bert, &late, 403).await;
    refused(&house, &anna, &status("@garden late"), 403).await;
    let unarchive = format!("{BASE}/{garden}/unarchive");
    let opened = house.post(&unarchive).by(&anna).ok().await.json;
    assert_eq!(opened["archived"], false);
    posted(&house, &bert, &late).await;
}

#[actix_web::test]
async fn a_community_is_handed_on() {
    let house = House::new().await;
    let (anna, bert, cleo) = (
        house.person("anna").await,
        house.person("bert").await,
        house.person("cleo").await,
    );
    let garden = made(&house, &anna, json!({})).await;
    let at = |rest: &str| format!("{BASE}/{garden}/{rest}");
    let role = async |who: &Person| {
        let seen = house.get(format!("{BASE}/{garden}")).by(who).ok().await;
        seen.json["role"].clone()
    };
    let to = |who: &Person| json!({"account_id": who.id.to_string()});
    house
        .post(at("transfer"))
        .by(&bert)
        .json(&to(&bert))
        .fails(403)
        .await;
    house
        .post(at("transfer"))
        .by(&anna)
        .json(&to(&bert))
        .ok()
        .await;
    assert_eq!(
        (role(&anna).await, role(&bert).await),
        (json!("moderator"), json!("owner"))
    );
    // The owner leaves: whoever looks after it here for the longest is next.
    joined(&house, &cleo, &garden).await;
    house.post(at("leave")).by(&bert).ok().await;
    assert_eq!(
        (role(&anna).await, role(&bert).await),
        (json!("owner"), Value::Null)
    );
    house.post(at("leave")).by(&anna).ok().await;
    assert_eq!(role(&cleo).await, json!("owner"));
    // With nobody here to hand it on to, it has no owner until an administrator names one.
    house.post(at("leave")).by(&cleo).ok().await;
    assert_eq!(role(&cleo).await, Value::Null);
    let chief = house
        .person_as("chief", |_, user| {
            user.role = kontor_domain::user::Role::Admin;
        })
        .await;
    house
        .post(at("transfer"))
        .by(&chief)
        .json(&to(&anna))
        .ok()
        .await;
    assert_eq!(role(&anna).await, json!("owner"));
    let log = house.get(at("log")).ok().await.json;
    let inherited = log
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["action"] == "inherited");
    assert_eq!(inherited.count(), 2);
}

#[actix_web::test]
async fn what_is_for_people_here_is_nothing_to_a_visitor() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let garden = made(&house, &anna, json!({"access": "local"})).await;
    let paths = [
        format!("{BASE}/{garden}"),
        format!("{BASE}/{garden}/log"),
        format!("/api/v1/accounts/{garden}"),
        format!("/api/v1/accounts/{garden}/statuses"),
        format!("/api/v1/accounts/{garden}/followers"),
        "/api/v1/accounts/lookup?acct=garden".to_owned(),
    ];
    for path in &paths {
        house.get(path).fails(404).await;
        house.get(path).by(&bert).ok().await;
    }
    let some = house
        .get(format!("/api/v1/accounts?id[]={garden}"))
        .ok()
        .await
        .json;
    assert_eq!(some, json!([]));
    let found = house.get("/api/v2/search?q=@garden").ok().await.json;
    assert_eq!(found["accounts"], json!([]));
    let found = house
        .get("/api/v2/search?q=@garden")
        .by(&bert)
        .ok()
        .await
        .json;
    assert_eq!(id(&found["accounts"][0]), garden);
    let members = house
        .get(format!("{BASE}/{garden}/members"))
        .by(&bert)
        .send()
        .await;
    assert_eq!(
        members.status, 404,
        "who belongs to a closed one is its members' business"
    );
    joined(&house, &bert, &garden).await;
    let members = house
        .get(format!("{BASE}/{garden}/members"))
        .by(&bert)
        .ok()
        .await
        .json;
    assert_eq!(members.as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn what_somebody_looks_after_is_listed_whatever_else_they_join_since() {
    for backend in Backend::ALL {
        let house = House::on(backend).await;
        let (anna, bert) = (house.person("anna").await, house.person("bert").await);
        let garden = made(&house, &anna, json!({})).await;
        let orchard = made(&house, &bert, json!({"name": "orchard"})).await;
        joined(&house, &anna, &orchard).await;
        let page = |query: &str| format!("/api/v1/groups/followed?limit=1{query}");
        for (query, first) in [("", &orchard), ("&filter=moderating", &garden)] {
            let listed = house.get(page(query)).by(&anna).ok().await;
            assert_eq!(listed.ids(), [first.as_str()], "{query}");
        }
    }
}

#[actix_web::test]
async fn the_names_that_mitra_has() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let body = json!({"name": "garden", "description": "About *plants*"});
    let group = house
        .post("/api/v1/groups")
        .by(&anna)
        .json(&body)
        .ok()
        .await
        .json;
    let garden = id(&group).to_owned();
    assert_eq!(
        (&group["group"], &group["username"]),
        (&json!(true), &json!("garden"))
    );
    let source = format!("/api/v1/groups/{garden}/source");
    assert_eq!(
        house.get(&source).by(&anna).ok().await.json,
        json!({"description": "About *plants*"})
    );
    house.get(&source).by(&bert).fails(404).await;
    let path = format!("/api/v1/groups/{garden}");
    let change = json!({"description": "About trees"});
    house.patch(&path).by(&bert).json(&change).fails(403).await;
    let changed = house.patch(&path).by(&anna).json(&change).ok().await.json;
    assert!(changed["note"].as_str().unwrap().contains("trees"));
    let followed = async |who: &Person, query: &str| {
        let path = format!("/api/v1/groups/followed{query}");
        house
            .get(path)
            .by(who)
            .ok()
            .await
            .json
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(
        (followed(&anna, "").await, followed(&bert, "").await),
        (1, 0)
    );
    house
        .post(format!("/api/v1/accounts/{garden}/follow"))
        .by(&bert)
        .ok()
        .await;
    assert_eq!(followed(&bert, "").await, 1);
    assert_eq!(followed(&bert, "?filter=moderating").await, 0);
    assert_eq!(followed(&anna, "?filter=moderating").await, 1);
    let odd = house.get("/api/v1/groups/followed?filter=odd").by(&bert);
    odd.fails(422).await;
    let members = house
        .get(format!("/api/v1/groups/{garden}/members"))
        .by(&bert)
        .ok()
        .await
        .json;
    assert_eq!(members[0]["affiliation"], "admin");
    assert_eq!(members[0]["account"]["username"], "anna");
    let thread = posted(&house, &bert, &status("@garden oaks")).await;
    let answer = json!({"status": "and elms", "in_reply_to_id": id(&thread)});
    let answer = posted(&house, &anna, &answer).await;
    let timeline = house
        .get(format!("/api/v1/timelines/group/{garden}"))
        .by(&bert)
        .ok()
        .await;
    let ids: Vec<&str> = timeline.json.as_array().unwrap().iter().map(id).collect();
    assert_eq!(ids, [id(&answer), id(&thread)]);
    house
        .get("/api/v1/timelines/group/1")
        .by(&bert)
        .fails(404)
        .await;
}

#[actix_web::test]
async fn a_list_says_what_one_is_in_each() {
    let house = House::set(|settings| settings.limits.communities.owned = 50).await;
    let anna = house.person("anna").await;
    for n in 0..12 {
        made(&house, &anna, json!({"name": format!("garden{n}")})).await;
    }
    for path in [
        format!("{BASE}?limit=12"),
        format!("{BASE}?joined=true&limit=12"),
    ] {
        let all = house.get(&path).by(&anna).ok().await.json;
        assert_eq!(all.as_array().unwrap().len(), 12);
        assert!(
            all.as_array()
                .unwrap()
                .iter()
                .all(|one| one["role"] == "owner")
        );
    }
}
