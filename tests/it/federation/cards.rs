//! Pages that posts link to: read once, shown beside every post that links to them, to those who may read the post.

use std::sync::{Arc, Mutex};

use kontor_tests::{
    Address, Backend, Client, Setup,
    answer::{id, text},
    client::query,
    holds,
    http::{Reply, Request, serve},
    until,
};
use serde_json::{Value, json};

use super::social::{Stage, set};

/// A site with a few pages, which counts who asks for what.
struct Site {
    address: Address,
    asked: Arc<Mutex<Vec<String>>>,
    _server: tokio::task::JoinHandle<()>,
}

/// One red point, twice as wide.
const PICTURE: &[u8] = include_bytes!("../../fixtures/cards/picture.png");

fn page(path: &str) -> Reply {
    let answer = |status, content_type, body: &[u8]| Reply::Answer {
        status,
        content_type,
        body: body.to_vec(),
    };
    let html = |body: &str| answer(200, "text/html; charset=utf-8", body.as_bytes());
    match path {
        "/article" => html(
            "<!doctype html><html lang=en><title>Plain</title><meta property=og:title content='An &amp; article'>\
             <meta property=og:description content='What it says'><meta property=og:image content='/picture.png'>\
             <meta property=og:site_name content='The Site'><meta name=author content=Ada>",
        ),
        "/other" => {
            html("<title>Another page</title><meta property=og:image content='/broken.png'>")
        }
        "/secret" => html("<title>zzcardmark</title>"),
        "/picture.png" => answer(200, "image/png", PICTURE),
        "/broken.png" => answer(200, "image/png", b"no picture"),
        "/empty" => html("<p>nothing to say"),
        "/text" => answer(200, "text/plain", b"<title>no page</title>"),
        "/huge" => html(&format!("<title>huge</title>{}", "x".repeat(300_000))),
        _ => answer(404, "text/html", b"<title>not here</title>"),
    }
}

impl Site {
    async fn start(name: &str) -> Self {
        let address = Address::new(name);
        let listener = tokio::net::TcpListener::bind(address.socket())
            .await
            .unwrap();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = asked.clone();
        let server = serve(listener, move |request: Request| {
            seen.lock().unwrap().push(request.path.clone());
            page(&request.path)
        });
        Self {
            address,
            asked,
            _server: server,
        }
    }

    fn asked(&self, path: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|asked| *asked == path).count()
    }
}

/// The card of a post once it has one.
async fn card(client: &Client, post: &str) -> Value {
    until("the post has its card", async || {
        let status = client.get(&format!("/api/v1/statuses/{post}")).await.ok();
        Some(status["card"].clone()).filter(|card| !card.is_null())
    })
    .await
}

async fn none(client: &Client, post: &str) -> bool {
    let status = client.get(&format!("/api/v1/statuses/{post}")).await.ok();
    status["card"].is_null()
}

/// Two servers with a friend on each, and two sites, of which the first server speaks with one alone.
struct World {
    stage: Stage,
    site: Site,
    refused: Site,
}

async fn world(first: Backend, second: Backend) -> World {
    let site = Site::start("site.test").await;
    let refused = Site::start("refused.test").await;
    let setup = |name, backend| {
        Setup::new(name, backend)
            .with("cards.enabled", "true")
            .with("cards.delay_seconds", "1")
            .with("cards.page_bytes", "200000")
    };
    let (alpha, beta) = (setup("alpha.test", first), setup("beta.test", second));
    let (a, b) = (alpha.address.clone(), beta.address.clone());
    let mut alpha = alpha
        .knows(&[&b, &site.address, &refused.address])
        .prepare();
    alpha.run(&["peer", "block", &refused.address.authority()], "");
    alpha.start().await;
    let beta = beta
        .knows(&[&a, &site.address, &refused.address])
        .start()
        .await;
    World {
        stage: set((alpha, beta)).await,
        site,
        refused,
    }
}

fn linking(words: &str, url: &str) -> String {
    format!("{words} {url}#part")
}

async fn cards(first: Backend, second: Backend) {
    let world = world(first, second).await;
    let post = shown(&world).await;
    counted(&world).await;
    changed(&world, &post).await;
    refused(&world).await;
    secret(&world).await;
    for server in [&world.stage.alpha, &world.stage.beta] {
        server.check();
    }
}

/// A page is shown with the post that links to it, here and there, and is asked for once by each server.
async fn shown(world: &World) -> String {
    let World { stage, site, .. } = world;
    let (alice, bob) = (&stage.alice, &stage.bob);
    let link = site.address.url("/article");

    let post = id(&alice.post(&linking("read this", &link), "public").await);
    let shown = card(&alice.client, &post).await;
    assert_eq!(
        (
            &shown["title"],
            &shown["description"],
            &shown["provider_name"]
        ),
        (
            &json!("An & article"),
            &json!("What it says"),
            &json!("The Site")
        )
    );
    assert_eq!(
        (&shown["type"], &shown["url"]),
        (&json!("link"), &json!(link))
    );
    assert_eq!(shown["authors"][0]["name"], "Ada");
    assert_eq!(
        (&shown["width"], &shown["height"]),
        (&json!(20), &json!(10))
    );
    assert!(shown["blurhash"].as_str().unwrap().len() > 5);
    // The picture is ours, and not the site's.
    let image = text(&shown, "image");
    let path = image
        .strip_prefix(&stage.alpha.address().url(""))
        .expect("an address of this server");
    let picture = alice.client.get(path).await.expect(200);
    assert!(picture.header("content-type").starts_with("image/"));
    let alone = alice
        .client
        .get(&format!("/api/v1/statuses/{post}/card"))
        .await
        .ok();
    assert_eq!(alone["title"], "An & article");

    // Where it was sent it is shown as well, and each server asked once, whoever else links to it.
    let there = id(&bob.sees("read this").await);
    assert_eq!(card(&bob.client, &there).await["title"], "An & article");
    let second = id(&bob.post(&linking("me too", &link), "public").await);
    card(&bob.client, &second).await;
    assert_eq!(
        card(&alice.client, &id(&alice.sees("me too").await)).await["title"],
        "An & article"
    );
    for quiet in [&stage.alpha, &stage.beta] {
        quiet.settles().await;
    }
    assert_eq!((site.asked("/article"), site.asked("/picture.png")), (2, 2));

    post
}

/// Two accounts linked to it.
async fn counted(world: &World) {
    let World { stage, site, .. } = world;
    let alice = &stage.alice;
    let link = site.address.url("/article");
    let links = stage
        .alpha
        .stranger()
        .get("/api/v1/trends/links")
        .await
        .list();
    assert_eq!(links.len(), 1);
    assert_eq!(links[0]["url"], json!(link));
    assert_eq!(
        (
            &links[0]["history"][0]["uses"],
            &links[0]["history"][0]["accounts"]
        ),
        (&json!("2"), &json!("2"))
    );
    let path = query("/api/v1/timelines/link", &[("url", &link)]);
    let posts = alice.client.get(&path).await.list();
    assert_eq!(posts.len(), 2);
    assert_eq!(
        alice
            .client
            .get(&query(
                "/api/v1/timelines/link",
                &[("url", "https://x.test/")]
            ))
            .await
            .status,
        404
    );
}

/// Another text, another card; and none.
async fn changed(world: &World, post: &str) {
    let World { stage, site, .. } = world;
    let alice = &stage.alice;
    let path = format!("/api/v1/statuses/{post}");
    let other = site.address.url("/other");
    alice
        .client
        .put(&path, &[("status", &linking("read this instead", &other))])
        .await
        .ok();
    let title = async |wanted: Option<&str>| {
        let status = alice.client.get(&path).await.ok();
        status["card"]["title"].as_str() == wanted
    };
    holds("the other page is shown", || title(Some("Another page"))).await;
    assert_eq!(
        card(&alice.client, post).await["image"],
        Value::Null,
        "its picture is none"
    );
    alice
        .client
        .put(&path, &[("status", "read nothing")])
        .await
        .ok();
    assert!(title(None).await);
}

/// What is no page, or is too much, or of whom we do not speak with.
async fn refused(world: &World) {
    let World {
        stage,
        site,
        refused,
    } = world;
    let alice = &stage.alice;
    for (site, page) in [
        (site, "/empty"),
        (site, "/text"),
        (site, "/huge"),
        (site, "/nothing"),
        (refused, "/article"),
    ] {
        let post = id(&alice
            .post(&linking("look", &site.address.url(page)), "unlisted")
            .await);
        stage.alpha.settles().await;
        assert!(none(&alice.client, &post).await, "{page}");
    }
    stage.beta.settles().await;
    assert_eq!(refused.asked("/article"), 1, "beta speaks with it");
    assert_eq!(
        site.asked("/huge"),
        2,
        "it is not asked for again and again"
    );
}

/// A card is seen by those who see the post.
async fn secret(world: &World) {
    let World { stage, site, .. } = world;
    let alice = &stage.alice;
    let secret = site.address.url("/secret");
    let post = id(&alice.post(&linking("for you", &secret), "direct").await);
    assert_eq!(card(&alice.client, &post).await["title"], "zzcardmark");
    let carol = stage.alpha.person("carol").await;
    for path in [
        format!("/api/v1/statuses/{post}/card"),
        format!("/api/v1/statuses/{post}"),
        query("/api/v1/timelines/link", &[("url", &secret)]),
        "/api/v1/trends/links".to_owned(),
    ] {
        for client in [&carol.client, &stage.alpha.stranger()] {
            let answer = client.get(&path).await;
            assert!(!answer.text().contains("zzcardmark"), "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_shown_beside_the_posts_that_link_to_them_sqlite_and_postgres() {
    cards(Backend::Sqlite, Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_shown_beside_the_posts_that_link_to_them_postgres_and_sqlite() {
    cards(Backend::Postgres, Backend::Sqlite).await;
}
