//! What every answer has in common: errors as JSON, headers, limits.

use kontor_http::Rates;
use kontor_mastodon_api::DEPRECATED;
use serde_json::json;

use crate::{
    house::{House, Person},
    schema,
};

#[actix_web::test]
async fn what_is_not_there_is_said_in_json() {
    let house = House::new().await;
    for path in [
        "/api",
        "/api/",
        "/api/v1",
        "/api/v1/nonsense",
        "/api/v9/statuses/1",
        "/api/v1/statuses/1/2/3",
    ] {
        assert_eq!(
            house
                .get(path)
                .header("Accept", "text/html")
                .fails(404)
                .await,
            "Record not found",
            "{path}"
        );
    }
    for (method, path) in [
        ("DELETE", "/api/v1/instance"),
        ("GET", "/api/v1/apps"),
        ("PUT", "/api/v1/timelines/home"),
        ("OPTIONS", "/api/v1/instance"),
        ("GET", "/oauth/token"),
    ] {
        assert_eq!(
            house.call(method, path).fails(405).await,
            "This address does not take this method",
            "{method} {path}"
        );
    }
    let malformed = house
        .post("/api/v1/apps")
        .body("application/json", "{")
        .fails(400)
        .await;
    assert!(malformed.starts_with("The body is not JSON"), "{malformed}");
    house
        .post("/api/v1/apps")
        .body("text/csv", "a,b")
        .fails(415)
        .await;
}

#[actix_web::test]
async fn a_failure_of_ours_tells_nothing_of_the_inside() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    // The table is gone from under the server.
    house.break_database();
    let answer = house.get("/api/v1/timelines/home").by(&anna).send().await;
    assert_eq!(answer.status, 500);
    assert_eq!(
        answer.json,
        json!({"error": "Something went wrong on this server"})
    );
}

#[actix_web::test]
async fn any_site_may_use_the_api_from_a_browser() {
    let house = House::new().await;
    let preflight = house
        .options("/api/v1/statuses")
        .header("Origin", "https://client.example")
        .header("Access-Control-Request-Method", "POST")
        .header(
            "Access-Control-Request-Headers",
            "authorization,idempotency-key",
        )
        .send()
        .await;
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-origin"), Some("*"));
    assert!(
        preflight
            .header("access-control-allow-methods")
            .unwrap()
            .contains("PATCH")
    );
    let allowed = preflight.header("access-control-allow-headers").unwrap();
    assert!(allowed.contains("Authorization") && allowed.contains("Idempotency-Key"));
    for path in [
        "/api/v1/custom_emojis",
        "/api/v1/timelines/home",
        "/api/nonsense",
        "/.well-known/oauth-authorization-server",
        "/oauth/token",
    ] {
        let answer = house
            .get(path)
            .header("Origin", "https://client.example")
            .send()
            .await;
        assert_eq!(
            answer.header("access-control-allow-origin"),
            Some("*"),
            "{path}"
        );
        let exposed = answer.header("access-control-expose-headers").unwrap();
        for name in [
            "Link",
            "X-RateLimit-Reset",
            "X-RateLimit-Limit",
            "X-RateLimit-Remaining",
            "X-Request-Id",
            "Retry-After",
            "Deprecation",
            "Mastodon-Async-Refresh",
        ] {
            let mut names = exposed.split(", ");
            assert!(names.any(|exposed| exposed == name), "{name}");
        }
    }
}

#[actix_web::test]
async fn what_mastodon_deprecates_says_since_when() {
    let house = House::new().await;
    let table = kontor_mastodon_api::routes::table();
    let listed = |method: &str, path: &str| {
        let mut all = DEPRECATED.iter();
        all.find(|(verb, address, _)| *verb == method && *address == path)
    };
    for (method, path, since) in DEPRECATED {
        assert!(
            table
                .iter()
                .any(|entry| entry.method.as_str() == *method && entry.path == *path),
            "{method} {path}"
        );
        let address = path.replace("{id}", "1").replace("{group_key}", "one");
        let answer = house.call(method, address).send().await;
        let said = answer.header("deprecation");
        assert_eq!(said, Some(&*format!("@{since}")), "{method} {path}");
    }
    for (method, path) in [
        ("GET", "/api/v2/instance"),
        ("GET", "/api/v2/suggestions"),
        ("GET", "/api/v1/trends/tags"),
        ("POST", "/api/v2/media"),
        ("DELETE", "/api/v1/suggestions/1"),
    ] {
        let answer = house.call(method, path).send().await;
        assert_eq!(answer.header("deprecation"), None, "{method} {path}");
    }
    let Some(document) = schema::published() else {
        return;
    };
    for entry in &table {
        let verb = entry.method.as_str().to_lowercase();
        let deprecated = document["paths"][entry.path][&verb]["deprecated"] == true;
        if deprecated {
            assert!(
                listed(entry.method.as_str(), entry.path).is_some(),
                "{entry:?}"
            );
        }
    }
}

#[actix_web::test]
async fn answers_are_named_uncached_and_inert() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let one = house.get("/api/v1/timelines/home").by(&anna).ok().await;
    let other = house.get("/api/v1/timelines/home").fails(401);
    other.await;
    assert_eq!(one.header("cache-control"), Some("private, no-store"));
    assert_eq!(one.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(
        one.header("content-security-policy"),
        Some("default-src 'none'; frame-ancestors 'none'; form-action 'none'")
    );
    let again = house.get("/api/v1/timelines/home").by(&anna).ok().await;
    assert_eq!(one.header("x-request-id").unwrap().len(), 32);
    assert_ne!(one.header("x-request-id"), again.header("x-request-id"));
    assert_eq!(one.header("x-ratelimit-limit"), None, "the limit is off");
}

#[actix_web::test]
async fn a_token_may_come_in_the_query_and_a_bad_one_is_told_how() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    house
        .get(format!("/api/v1/preferences?access_token={}", anna.token))
        .ok()
        .await;
    let refused = house
        .get("/api/v1/preferences")
        .with("nonsense")
        .send()
        .await;
    assert_eq!(
        (refused.status, &refused.json),
        (401, &json!({"error": "The access token is invalid"}))
    );
    assert!(
        refused
            .header("www-authenticate")
            .unwrap()
            .starts_with("Bearer ")
    );
}

#[actix_web::test]
async fn who_asks_too_often_must_wait() {
    let house = House::limited(3).await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let get = |by| house.get("/api/v1/preferences").by(by);
    // The first request of a token counts by address: it was not known to be good.
    let first = get(&anna).ok().await;
    assert_eq!(
        (
            first.header("x-ratelimit-limit"),
            first.header("x-ratelimit-remaining")
        ),
        (Some("3"), Some("2"))
    );
    let reset = kontor_domain::time::parse(first.header("x-ratelimit-reset").unwrap()).unwrap();
    assert!(reset > house.app.now());
    get(&bert).ok().await;
    for _ in 0..3 {
        get(&anna).ok().await;
    }
    let refused = get(&anna).send().await;
    assert_eq!(
        (refused.status, &refused.json),
        (429, &json!({"error": "Too many requests"}))
    );
    assert_eq!(refused.header("x-ratelimit-remaining"), Some("0"));
    assert!(refused.header("retry-after").is_some());
    assert_eq!(refused.header("access-control-allow-origin"), Some("*"));
    get(&bert).ok().await;
    // By address one is left; made-up tokens do not make more of it.
    house
        .get("/api/v1/preferences")
        .with("made-up-2")
        .fails(401)
        .await;
    house
        .get("/api/v1/preferences")
        .with("made-up-3")
        .fails(429)
        .await;
    house.app.clock.advance(std::time::Duration::from_secs(300));
    get(&anna).ok().await;
}

#[actix_web::test]
async fn many_tokens_of_one_person_win_nothing() {
    let house = House::rated(Rates {
        of_account: 5,
        ..Rates::default()
    })
    .await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let second = house.token(anna.id, "read").await;
    let get = |token: &str| house.get("/api/v1/preferences").with(token);
    // The first request of each token counts by address.
    for token in [&anna.token, &second, &bert.token] {
        get(token).ok().await;
    }
    for _ in 0..2 {
        get(&anna.token).ok().await;
        get(&second).ok().await;
    }
    let last = get(&anna.token).ok().await;
    assert_eq!(
        (
            last.header("x-ratelimit-limit"),
            last.header("x-ratelimit-remaining")
        ),
        (Some("5"), Some("0"))
    );
    get(&second).fails(429).await;
    get(&bert.token).ok().await;
    house.app.clock.advance(std::time::Duration::from_secs(300));
    get(&second).ok().await;
}

#[actix_web::test]
async fn uploads_and_deletions_are_counted_by_themselves() {
    let house = House::rated(Rates {
        uploads: 2,
        deletions: 2,
        ..Rates::default()
    })
    .await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let posts = async |by: &Person| {
        let post = house.post("/api/v1/statuses").by(by).form("status=x");
        post.ok().await.id()
    };
    let boosted = posts(&bert).await;
    let boost = format!("/api/v1/statuses/{boosted}/reblog");
    house.post(boost).by(&anna).ok().await;
    for path in ["/api/v1/media", "/%61pi/v2/media"] {
        house.post(path).by(&anna).form("file=x").fails(422).await;
    }
    let refused = house.post("/api/v2/media").by(&anna).send().await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.header("x-ratelimit-limit"), Some("2"));
    let wait: u32 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!(wait <= 30 * 60);
    for undo in [
        ("DELETE", format!("/api/v1/statuses/{}", posts(&anna).await)),
        ("POST", format!("/api/v1/statuses/{boosted}/unreblog")),
    ] {
        house.call(undo.0, undo.1).by(&anna).ok().await;
    }
    let third = format!("/api/v1/statuses/{}", posts(&anna).await);
    house.delete(&third).by(&anna).fails(429).await;
    house.get(&third).by(&anna).ok().await;
    house
        .delete(format!("/api/v1/statuses/{boosted}"))
        .by(&bert)
        .ok()
        .await;
    // Not for five minutes only.
    house
        .app
        .clock
        .advance(std::time::Duration::from_secs(30 * 60));
    house.delete(&third).by(&anna).ok().await;
}

/// The router decodes what is percent-encoded; the count must not be fooled by it.
#[actix_web::test]
async fn an_address_spelled_otherwise_is_counted_too() {
    let house = House::limited(2).await;
    for (method, path, status) in [
        ("GET", "/%61pi/v1/preferences", 401),
        ("POST", "/%6fauth/token", 400),
        ("GET", "/%61pi/v1/preferences", 429),
        ("POST", "/%6Fauth/token", 429),
        ("GET", "/api%2fv1/preferences", 404),
    ] {
        let answer = house.call(method, path).send().await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
        if status != 404 {
            assert_eq!(
                answer.header("access-control-allow-origin"),
                Some("*"),
                "{path}"
            );
        }
    }
}

#[actix_web::test]
async fn the_head_of_what_can_be_read_can_be_read() {
    let house = House::new().await;
    for (path, status) in [
        ("/api/v1/custom_emojis", 200),
        ("/api/v1/preferences", 401),
        ("/api/v1/statuses/1", 404),
        ("/.well-known/oauth-authorization-server", 200),
        ("/api/v1/annual_reports", 404),
        ("/api/v1/apps", 405),
        ("/oauth/token", 405),
    ] {
        let answer = house.call("HEAD", path).send().await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
    }
}
