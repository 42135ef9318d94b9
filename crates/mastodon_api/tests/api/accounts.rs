//! Accounts: one's own and others'.

use serde_json::{Value, json};

use crate::house::House;

#[actix_web::test]
async fn ones_own_account_comes_with_its_source() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let own = house
        .get("/api/v1/accounts/verify_credentials")
        .by(&anna)
        .ok()
        .await;
    assert_eq!(own.json["acct"], "anna");
    assert_eq!(own.json["source"]["privacy"], "public");
    assert_eq!(own.json["source"]["follow_requests_count"], 0);
    assert_eq!(own.json["role"]["permissions"], "0");
    assert_eq!(
        own.json["avatar"],
        format!("https://here.test/media/avatars/{}.png", anna.id)
    );
    assert_eq!(
        own.json["header"],
        format!("https://here.test/media/headers/{}.png", anna.id)
    );
    let token = house.token(anna.id, "profile").await;
    assert_eq!(
        house
            .get("/api/v1/accounts/verify_credentials")
            .with(&token)
            .ok()
            .await
            .json,
        own.json
    );
}

#[actix_web::test]
async fn a_profile_is_changed_by_multipart_form_or_json() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let path = "/api/v1/accounts/update_credentials";
    let fields = [
        ("display_name", "Anna A."),
        ("note", "Likes <b>cats</b>\n\n#birds"),
        ("locked", "true"),
        ("bot", "1"),
        ("discoverable", "false"),
        ("fields_attributes[0][name]", "Site"),
        ("fields_attributes[0][value]", "https://a.example"),
        ("fields_attributes[1][name]", "Room"),
        ("fields_attributes[1][value]", "<12>"),
        ("source[privacy]", "private"),
        ("source[sensitive]", "on"),
        ("source[language]", "de-AT"),
        ("avatar", ""),
        ("unknown", "x"),
    ];
    let own = house
        .patch(path)
        .by(&anna)
        .multipart(&fields)
        .ok()
        .await
        .json;
    assert_eq!(own["display_name"], "Anna A.");
    assert_eq!(own["locked"], true);
    assert_eq!(own["bot"], true);
    assert_eq!(own["discoverable"], false);
    assert_eq!(own["source"]["note"], "Likes <b>cats</b>\n\n#birds");
    assert!(
        own["note"].as_str().unwrap().contains("&lt;b&gt;"),
        "{}",
        own["note"]
    );
    assert_eq!(own["fields"][1]["value"], "&lt;12&gt;");
    assert_eq!(own["source"]["fields"][1]["value"], "<12>");
    assert_eq!(
        own["source"]["fields"][0],
        json!({"name": "Site", "value": "https://a.example", "verified_at": null})
    );
    assert_eq!(
        [
            &own["source"]["privacy"],
            &own["source"]["sensitive"],
            &own["source"]["language"]
        ],
        ["private", "true", "de"]
            .map(|v| if v == "true" { json!(true) } else { json!(v) })
            .each_ref()
    );

    let own = house
        .patch(path)
        .by(&anna)
        .json(&json!({"locked": "0", "fields_attributes": {"0": {"name": "A", "value": "b"}}}))
        .ok()
        .await
        .json;
    assert_eq!(own["locked"], false);
    assert_eq!(own["display_name"], "Anna A.", "what is absent stays");
    assert_eq!(own["fields"].as_array().unwrap().len(), 1);

    let own = house
        .patch(path)
        .by(&anna)
        .form("note=&display_name=&source[language]=&locked=&indexable=on")
        .ok()
        .await
        .json;
    assert_eq!(
        (&own["note"], &own["display_name"]),
        (&json!(""), &json!(""))
    );
    assert_eq!(own["source"]["language"], Value::Null);
    assert_eq!(own["indexable"], true);
    assert_eq!(own["locked"], false, "an empty truth value is none");
    assert_eq!(own["source"]["privacy"], "private");
}

#[actix_web::test]
async fn what_a_profile_cannot_have_is_refused_by_name() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let patch = || house.patch("/api/v1/accounts/update_credentials").by(&anna);
    let long = "x".repeat(101);
    assert_eq!(
        patch()
            .form(&format!("display_name={long}"))
            .fails(422)
            .await,
        "Validation failed: display_name is too long (maximum is 100 characters)"
    );
    assert_eq!(
        patch().form("source[privacy]=direct").fails(422).await,
        "Validation failed: source[privacy] must be public, unlisted or private"
    );
    assert_eq!(
        patch().form("source[language]=xx").fails(422).await,
        "Validation failed: source[language] is not a language code"
    );
    for picture in ["avatar", "header"] {
        let long = "x".repeat(151);
        assert_eq!(
            patch()
                .form(&format!("{picture}_description={long}"))
                .fails(422)
                .await,
            format!(
                "Validation failed: {picture}_description is too long (maximum is 150 characters)"
            )
        );
    }
    let domains = || json!((0..11).map(|n| format!("d{n}.test")).collect::<Vec<_>>());
    assert_eq!(
        patch()
            .json(&json!({"attribution_domains": domains()}))
            .fails(422)
            .await,
        "Validation failed: attribution_domains has more than 10 entries"
    );
    assert_eq!(
        patch()
            .form("attribution_domains[]=blog.test/me")
            .fails(422)
            .await,
        "Validation failed: attribution_domains holds what is no domain"
    );
    let file = "--B\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n1\r\n--B--\r\n";
    assert_eq!(
        patch()
            .body("multipart/form-data; boundary=B", file)
            .fails(422)
            .await,
        "Validation failed: avatar is of a type that cannot be uploaded: JPEG, PNG, GIF and WebP can"
    );
}

#[actix_web::test]
async fn accounts_are_found_by_id_and_name() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let far = house.stranger("farah").await;
    let shown = house
        .get(format!("/api/v1/accounts/{}", anna.id))
        .ok()
        .await;
    assert_eq!(shown.json["acct"], "anna");
    assert_eq!(
        shown.json["source"],
        Value::Null,
        "only its owner sees the source"
    );
    let remote = house
        .get(format!("/api/v1/accounts/{}", far.id))
        .ok()
        .await
        .json;
    assert_eq!(
        (&remote["acct"], &remote["username"]),
        (&json!("farah@away.test"), &json!("farah"))
    );

    let both = house
        .get(format!(
            "/api/v1/accounts?id[]={}&id[]=99&id[]=x&id[]={}&id[]={}",
            far.id, anna.id, anna.id
        ))
        .ok()
        .await;
    assert_eq!(both.ids(), [far.id.to_string(), anna.id.to_string()]);

    for name in ["anna", "ANNA", "@anna", "anna@here.test"] {
        assert_eq!(
            house
                .get(format!("/api/v1/accounts/lookup?acct={name}"))
                .ok()
                .await
                .id(),
            anna.id.to_string()
        );
    }
    assert_eq!(
        house
            .get("/api/v1/accounts/lookup?acct=farah%40AWAY.test")
            .ok()
            .await
            .id(),
        far.id.to_string()
    );
    for path in [
        "/api/v1/accounts/1",
        "/api/v1/accounts/x",
        "/api/v1/accounts/99999999999999999999999",
        "/api/v1/accounts/lookup?acct=nobody",
        "/api/v1/accounts/lookup",
        "/api/v1/accounts/lookup?acct=a@b@c",
    ] {
        assert_eq!(
            house.get(path).fails(404).await,
            "Record not found",
            "{path}"
        );
    }
}

#[actix_web::test]
async fn what_an_account_posted_is_chosen_by_parameters() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let post = |text: &'static str, more: Value| {
        let mut body = json!({"status": text});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        house.post("/api/v1/statuses").by(&anna).json(&body)
    };
    let first = post("one #Cats", json!({})).ok().await.id();
    let theirs = house
        .post("/api/v1/statuses")
        .by(&bert)
        .form("status=by+bert")
        .ok()
        .await
        .id();
    let reply = post("an answer", json!({"in_reply_to_id": theirs}))
        .ok()
        .await
        .id();
    let private = post("for followers", json!({"visibility": "private"}))
        .ok()
        .await
        .id();
    let path = format!("/api/v1/accounts/{}/statuses", anna.id);

    assert_eq!(
        house.get(&path).by(&anna).ok().await.ids(),
        [&*private, &*reply, &*first]
    );
    assert_eq!(house.get(&path).ok().await.ids(), [&*reply, &*first]);
    assert_eq!(
        house
            .get(format!("{path}?exclude_replies=true&exclude_reblogs=true"))
            .ok()
            .await
            .ids(),
        [&*first]
    );
    assert_eq!(
        house.get(format!("{path}?tagged=cats")).ok().await.ids(),
        [&*first]
    );
    assert_eq!(
        house.get(format!("{path}?pinned=true")).ok().await.json,
        json!([])
    );
    assert_eq!(
        house.get(format!("{path}?only_media=1")).ok().await.json,
        json!([])
    );
    assert_eq!(
        house.get("/api/v1/accounts/1/statuses").fails(404).await,
        "Record not found"
    );
    house.follows(bert.id, anna.id).await;
    assert_eq!(
        house.get(&path).by(&bert).ok().await.ids(),
        [&*private, &*reply, &*first]
    );
}

#[actix_web::test]
async fn where_an_account_went_is_shown_if_both_say_so() {
    let house = House::new().await;
    let new = house.stranger("new").await;
    let far = new.uri.clone();
    let anna = house
        .person_as("anna", move |account, _| {
            account.moved_to_uri = Some(far.clone());
        })
        .await;
    let path = format!("/api/v1/accounts/{}", anna.id);
    assert_eq!(house.get(&path).ok().await.json["moved"], Value::Null);
    let aliases = serde_json::json!([format!("https://here.test/users/{}", anna.id)]);
    house.database().execute(&format!(
        "UPDATE accounts SET also_known_as = '{aliases}' WHERE id = {}",
        new.id
    ));
    let lookup = "/api/v1/accounts/lookup?acct=anna".to_owned();
    let own = "/api/v1/accounts/verify_credentials".to_owned();
    for path in [path, lookup, own] {
        let shown = house.get(&path).by(&anna).ok().await.json;
        assert_eq!(shown["moved"]["acct"], "new@away.test", "{path}");
        assert_eq!(shown["moved"]["moved"], Value::Null);
    }
    let ids = format!("/api/v1/accounts?id[]={}", anna.id);
    let listed = house.get(ids).ok().await.json;
    assert_eq!(listed[0]["moved"]["acct"], "new@away.test");
    let post = house.post("/api/v1/statuses").by(&anna);
    let post = post.form("status=over there").ok().await.id();
    let shown = house
        .get(format!("/api/v1/statuses/{post}"))
        .ok()
        .await
        .json;
    assert_eq!(shown["account"]["moved"]["acct"], "new@away.test");
}
