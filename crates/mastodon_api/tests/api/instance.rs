//! What the server says of itself.

use kontor_actions::accounts::ensure_instance_actor;
use serde_json::json;

use crate::house::House;

#[actix_web::test]
async fn both_versions_describe_the_same_place() {
    let house = House::new().await;
    ensure_instance_actor(&house.app).await.unwrap();
    let anna = house.person("anna").await;
    house
        .post("/api/v1/statuses")
        .by(&anna)
        .form("status=x")
        .ok()
        .await;
    house.stranger("farah").await;

    let two = house.get("/api/v2/instance").ok().await.json;
    assert_eq!(
        (
            &two["domain"],
            &two["title"],
            &two["usage"]["users"]["active_month"]
        ),
        (&json!("here.test"), &json!("Here"), &json!(1))
    );
    assert_eq!(two["registrations"]["enabled"], true);
    assert_eq!(two["registrations"]["approval_required"], true);
    assert_eq!(two["configuration"]["statuses"]["max_characters"], 500);
    assert_eq!(two["configuration"]["urls"]["streaming"], "wss://here.test");
    assert_eq!(two["contact"]["email"], "desk@here.test");
    let accounts = &two["configuration"]["accounts"];
    let limits = &house.app.settings.limits;
    assert_eq!(accounts["max_featured_tags"], limits.featured_tags);
    assert_eq!(accounts["max_pinned_statuses"], limits.pins);
    for picture in ["avatar", "header"] {
        let most = limits.profiles.picture_description_characters;
        let said = &accounts[format!("max_{picture}_description_length")];
        assert_eq!(*said, most);
    }
    assert_eq!(two["api_versions"], json!({"mastodon": 10}));
    assert_eq!(
        two["wrapstodon"],
        json!(null),
        "level 8 without yearly reports"
    );
    // Clients read a number from the first characters.
    let version = two["version"].as_str().unwrap();
    assert!(
        version[..3]
            .parse::<f32>()
            .is_ok_and(|number| number >= 4.6),
        "{version}"
    );
    assert!(version.contains("Kontor"), "{version}");

    let one = house.get("/api/v1/instance").ok().await.json;
    assert_eq!(
        (&one["uri"], &one["version"], &one["max_toot_chars"]),
        (&json!("here.test"), &two["version"], &json!(500))
    );
    assert_eq!(
        one["stats"],
        json!({"user_count": 1, "status_count": 1, "domain_count": 1})
    );
    assert_eq!(one["rules"], two["rules"]);
}

#[actix_web::test]
async fn rules_and_peers_are_listed() {
    let house = House::new().await;
    house.stranger("farah").await;
    let rules = house.get("/api/v1/instance/rules").ok().await;
    assert_eq!(rules.ids(), ["1", "2"]);
    assert_eq!(rules.json[0]["text"], "Be kind.");
    assert_eq!(
        house.get("/api/v1/instance/peers").ok().await.json,
        json!(["away.test"])
    );
}

#[actix_web::test]
async fn texts_of_the_operators_are_there_when_they_wrote_them() {
    let house = House::new().await;
    for what in ["extended_description", "privacy_policy", "terms_of_service"] {
        let path = format!("/api/v1/instance/{what}");
        assert_eq!(house.get(path).fails(404).await, "Record not found");
    }
    let now = house.app.now();
    let text = |html: &str| kontor_actions::Document {
        html: html.to_owned(),
        updated_at: now,
    };
    let terms = |day: &str| kontor_actions::Terms {
        effective: day.parse().unwrap(),
        html: format!("<p>from {day}</p>"),
    };
    let (described, private) = (text("<p>us</p>"), text("<p>yours</p>"));
    let versions = vec![
        terms("2020-01-01"),
        terms("2021-01-01"),
        terms("2999-01-01"),
    ];
    let house = House::set(|settings| {
        settings.about.extended_description = Some(described);
        settings.about.privacy_policy = Some(private);
        settings.about.terms_of_service = versions;
    })
    .await;
    let get = |what: &str| house.get(format!("/api/v1/instance/{what}")).ok();
    assert_eq!(
        get("extended_description").await.json["content"],
        "<p>us</p>"
    );
    assert_eq!(get("privacy_policy").await.json["content"], "<p>yours</p>");
    ensure_instance_actor(&house.app).await.unwrap();
    let urls = house.get("/api/v2/instance").ok().await.json["configuration"]["urls"].clone();
    assert_eq!(urls["privacy_policy"], "https://here.test/privacy-policy");
    assert_eq!(
        urls["terms_of_service"],
        "https://here.test/terms-of-service"
    );
    assert_eq!(
        get("terms_of_service").await.json,
        json!({"effective_date": "2021-01-01", "effective": true, "content": "<p>from 2021-01-01</p>", "succeeded_by": "2999-01-01"})
    );
    let last = get("terms_of_service/2999-01-01").await.json;
    assert_eq!(
        (&last["effective"], &last["succeeded_by"]),
        (&json!(false), &json!(null))
    );
    for day in ["2021-01-02", "yesterday"] {
        let path = format!("/api/v1/instance/terms_of_service/{day}");
        house.get(path).fails(404).await;
    }
}

#[actix_web::test]
async fn what_happened_is_counted_by_weeks() {
    let house = House::new().await;
    let anna = house
        .person_as("anna", |_, user| {
            user.last_active_at = kontor_domain::time::from_millis(0).unwrap();
        })
        .await;
    house
        .post("/api/v1/statuses")
        .by(&anna)
        .form("status=x")
        .ok()
        .await;
    let weeks = house.get("/api/v1/instance/activity").ok().await.json;
    assert_eq!(weeks.as_array().unwrap().len(), 12);
    assert_eq!(
        (
            &weeks[0]["statuses"],
            &weeks[0]["logins"],
            &weeks[0]["registrations"]
        ),
        (&json!("1"), &json!("1"), &json!("1"))
    );
    assert_eq!(weeks[1]["statuses"], "0");
    let began = |at: usize| weeks[at]["week"].as_str().unwrap().parse::<i64>().unwrap();
    assert_eq!(began(0) - began(1), 7 * 24 * 60 * 60);
}

#[actix_web::test]
async fn languages_have_codes_and_names() {
    let house = House::new().await;
    let list = house.get("/api/v1/instance/languages").ok().await;
    assert!(list.each("code").contains(&"de"));
    assert!(list.each("name").contains(&"German"));
}

#[actix_web::test]
async fn peers_are_found_by_their_beginning() {
    let house = House::new().await;
    house.stranger("farah").await;
    let find = |q: &str| house.get(format!("/api/v1/peers/search?q={q}")).ok();
    assert_eq!(find("AWAY").await.json, json!(["away.test"]));
    for other in ["way", "", "%25"] {
        assert_eq!(find(other).await.json, json!([]), "{other}");
    }
}

#[actix_web::test]
async fn a_post_is_shown_to_other_websites_if_everyone_may_read_it() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let post = |visibility: &str| {
        let body = json!({"status": "a <word>", "visibility": visibility});
        house.post("/api/v1/statuses").by(&anna).json(&body).ok()
    };
    let (open, closed) = (post("unlisted").await.json, post("private").await.json);
    let path = |post: &serde_json::Value| {
        format!(
            "/api/oembed?maxwidth=300&url={}",
            post["url"].as_str().unwrap()
        )
    };
    let shown = house.get(path(&open)).ok().await.json;
    assert_eq!(
        (
            &shown["type"],
            &shown["author_name"],
            &shown["width"],
            &shown["title"]
        ),
        (
            &json!("rich"),
            &json!("anna"),
            &json!(300),
            &json!("anna: a <word>")
        )
    );
    assert!(shown["html"].as_str().unwrap().contains("a &lt;word&gt;"));
    house.get(path(&closed)).fails(404).await;
    house
        .get("/api/oembed?url=https://away.test/1")
        .fails(404)
        .await;
    house.get("/api/oembed").fails(404).await;
}

#[actix_web::test]
async fn whether_answers_are_asked_for_is_said_while_they_are() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let far = house.stranger("farah").await;
    let post = house.arrived(&far, |_| {}).await;
    house
        .app
        .store
        .write(move |tx| {
            kontor_store::contexts::insert(
                tx,
                &kontor_store::contexts::Context {
                    post_id: post,
                    context_uri: None,
                    replies_uri: Some("https://away.test/replies".to_owned()),
                    checked_at: None,
                    ask_at: None,
                },
            )
        })
        .await
        .unwrap();
    let context = house
        .get(format!("/api/v1/statuses/{post}/context"))
        .by(&anna)
        .ok()
        .await;
    let id = format!("context-{post}");
    assert_eq!(
        context.header("Mastodon-Async-Refresh"),
        Some(format!("id=\"{id}\", retry=5").as_str())
    );
    let path = format!("/api/v1_alpha/async_refreshes/{id}");
    let running = house.get(&path).by(&anna).ok().await.json;
    assert_eq!(
        running["async_refresh"],
        json!({"id": id, "status": "running", "result_count": null})
    );
    house.database().execute("DELETE FROM jobs");
    let done = house.get(&path).by(&anna).ok().await.json;
    assert_eq!(done["async_refresh"]["status"], "finished");
    house
        .get("/api/v1_alpha/async_refreshes/1")
        .by(&anna)
        .fails(404)
        .await;
}
