//! Threads without a title: each server gets them in a form that it takes, and those that read titles show nothing twice.

use kontor_actions::posts::{self, ChangedExtras, Text};
use kontor_domain::{audience::Audience, community::Access, ids::PostId};
use kontor_store::community_posts;
use serde_json::{Value, json};

use crate::{
    groups::{Garden, PUBLIC, stop},
    groups_elsewhere::Bees,
    peer::Person,
    world::{World, sound},
};

/// The activities of a type that reached a host, out of the Announce that held them.
fn heard(world: &World, host: &str, kind: &str) -> Vec<Value> {
    let arrived = world.peers.arrived_at(host).into_iter();
    arrived
        .map(|one| {
            let mut body = one.body;
            if body["type"] == "Announce" && body["object"].is_object() {
                body["object"].take()
            } else {
                body
            }
        })
        .filter(|body| body["type"] == kind)
        .collect()
}

async fn title(world: &World, post: PostId) -> (Option<String>, bool) {
    let row = world
        .app
        .store
        .read(move |db| community_posts::of_post(db, post))
        .await
        .unwrap()
        .unwrap();
    (row.title, row.titled)
}

async fn rewrite(world: &World, by: &kontor_actions::accounts::Account, post: PostId, text: &str) {
    let text = Text {
        text: text.to_owned(),
        ..Text::default()
    };
    posts::rewrite(&world.app, by.id, post, text).await.unwrap();
}

/// In what form, and under what title.
fn form(activity: &Value) -> (&str, Option<&str>) {
    let object = &activity["object"];
    (object["type"].as_str().unwrap(), object["name"].as_str())
}

#[actix_web::test]
async fn what_is_passed_on_has_its_first_line_above_it_and_others_get_a_note() {
    let garden = Garden::new(Access::Public).await;
    let world = &garden.world;
    garden.member("board.test", "mole", true).await;
    let ella = world.known(&Person::new("elephant.test", "ella")).await;
    world.follows(&ella, &garden.ann).await;
    let post = world
        .post(garden.ann.id, "@garden Beans\nand peas", Audience::Public)
        .await;
    world.sent().await;
    let own = world.post_at(&world.app.site.post(post)).await.unwrap();
    rewrite(world, &garden.ann, post, "@garden Onions\nand leeks").await;
    world.sent().await;
    let there = |kind: &str| heard(world, "board.test", kind);
    let others = |kind: &str| heard(world, "elephant.test", kind);
    for (kind, name) in [("Create", "Beans"), ("Update", "Onions")] {
        let (passed, plain) = (there(kind), others(kind));
        assert_eq!((passed.len(), plain.len()), (1, 1), "{kind}");
        assert_eq!(form(&passed[0]), ("Page", Some(name)));
        assert_eq!(form(&plain[0]), ("Note", None));
        assert_eq!(
            passed[0]["object"]["content"],
            plain[0]["object"]["content"]
        );
        assert!(passed[0]["proof"].is_object(), "{kind}");
    }
    // Here it is what it was.
    let content = &own.post.content;
    assert!(
        content.contains("Beans") && !content.contains("<h2>"),
        "{content}"
    );
    assert_eq!(title(world, post).await, (Some("Onions".to_owned()), false));
    let (status, note) = world.get(&world.app.site.post(post)).await;
    assert_eq!((status, &note["type"]), (200, &json!("Note")));
    // In the outbox it stands inside an Announce, on a page: Lemmy would read what stands in the collection itself, and for each
    // mention of the group the group anew, and its outbox.
    let (_, outbox) = world.get(&garden.group.outbox_url).await;
    assert_eq!(outbox.get("orderedItems"), None);
    let (_, page) = world.get(outbox["first"].as_str().unwrap()).await;
    let shown = &page["orderedItems"][0];
    assert_eq!(
        (&shown["type"], form(&shown["object"])),
        (&json!("Announce"), ("Page", Some("Onions")))
    );
    sound(world).await;
    stop(garden).await;
}

#[actix_web::test]
async fn a_title_that_changes_here_changes_elsewhere() {
    let garden = Garden::new(Access::Public).await;
    let world = &garden.world;
    garden.member("board.test", "mole", true).await;
    let text = "@garden Beans\nand peas";
    let post = world.post(garden.ann.id, text, Audience::Public).await;
    world.sent().await;
    let text = Text {
        text: text.to_owned(),
        ..Text::default()
    };
    let extras = ChangedExtras {
        title: Some("Vegetables".to_owned()),
        ..ChangedExtras::default()
    };
    posts::rewrite_with(&world.app, garden.ann.id, post, text, extras)
        .await
        .unwrap();
    world.sent().await;
    let given = Some("Vegetables".to_owned());
    assert_eq!(title(world, post).await, (given, true));
    let told = heard(world, "board.test", "Update");
    assert_eq!(told.len(), 1);
    assert_eq!(form(&told[0]), ("Page", Some("Vegetables")));
    sound(world).await;
    stop(garden).await;
}

#[actix_web::test]
async fn a_community_elsewhere_gets_a_title_and_its_echo_doubles_nothing() {
    let bees = Bees::new(|_, _| ()).await;
    let (world, ann) = (&bees.world, &bees.ann);
    world.follows(ann, &bees.account).await;
    let ella = world.known(&Person::new("elephant.test", "ella")).await;
    world.follows(&ella, ann).await;
    // Who follows her at the community's own server hears of it there once.
    let drone = world.known(&Person::new("board.test", "drone")).await;
    world.follows(&drone, ann).await;
    let text = "@bees@board.test Honey\nis ripe";
    let post = world.post(ann.id, text, Audience::Public).await;
    world.sent().await;
    let (there, others) = (
        heard(world, "board.test", "Create"),
        heard(world, "elephant.test", "Create"),
    );
    assert_eq!((there.len(), others.len()), (1, 1));
    assert_eq!(form(&there[0]), ("Page", Some("Honey")));
    assert_eq!(form(&others[0]), ("Note", None));
    assert_eq!(there[0]["id"], others[0]["id"]);
    assert!(there[0]["to"].as_array().unwrap().contains(&json!(PUBLIC)));
    let uri = world.app.site.post(post);
    let before = world.post_at(&uri).await.unwrap().post;
    bees.done(&bees.announce("echo", &there[0])).await;
    let after = world.post_at(&uri).await.unwrap().post;
    assert_eq!((&after.content, after.edited_at), (&before.content, None));
    assert_eq!(bees.shown().await, [uri]);
    assert_eq!(title(world, post).await, (Some("Honey".to_owned()), false));
    sound(world).await;
}

#[actix_web::test]
async fn a_page_under_its_own_first_line_is_read_as_its_text_alone() {
    let garden = Garden::new(Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let long = "word ".repeat(60);
    for (id, name, content, titled) in [
        (
            "1",
            "Beans",
            "<p><span>@garden</span> Beans<br>and peas</p>",
            false,
        ),
        ("2", "word word…", long.as_str(), false),
        ("3", "Peas", "<p>Beans<br>and peas</p>", true),
    ] {
        let mut page = garden.page(&mole, id);
        page["name"] = json!(name);
        page["content"] = json!(content);
        let create = garden.said(&mole, &format!("create-{id}"), "Create", &page);
        garden.done(&mole, &create).await;
        let uri = page["id"].as_str().unwrap();
        let view = garden.world.post_at(uri).await.unwrap();
        let (_, given) = title(&garden.world, view.post.id).await;
        assert_eq!(given, titled, "{name}");
        let shown = &view.post.content;
        assert_eq!(shown.contains("<h2>"), titled, "{shown}");
        assert_eq!(shown.contains("href"), titled, "{shown}");
    }
    stop(garden).await;
}

#[actix_web::test]
async fn a_title_that_changes_elsewhere_changes_here() {
    let garden = Garden::new(Access::Public).await;
    let mole = garden.member("board.test", "mole", true).await;
    let thread = garden.thread(&mole, "moles").await;
    let id = garden.stub(&thread).await.unwrap().id;
    assert_eq!(
        title(&garden.world, id).await,
        (Some("On moles".to_owned()), true)
    );
    for (number, name, expected) in [
        ("1", Some("On voles"), ("On voles", true)),
        ("2", None, ("about moles", false)),
    ] {
        let mut page = garden.page(&mole, "moles");
        page["updated"] = json!(format!("2026-01-02T04:0{number}:05Z"));
        if let Some(name) = name {
            page["name"] = json!(name);
        } else {
            page["type"] = json!("Note");
            page.as_object_mut().unwrap().remove("name");
        }
        let update = garden.said(&mole, &format!("update-{number}"), "Update", &page);
        garden.done(&mole, &update).await;
        let (name, given) = expected;
        assert_eq!(
            title(&garden.world, id).await,
            (Some(name.to_owned()), given)
        );
    }
    stop(garden).await;
}

/// Mastodon writes no titles, and gives no proofs: what the group says of its thread is the group's word.
#[actix_web::test]
async fn a_thread_from_a_server_without_titles_is_passed_on_with_one() {
    let garden = Garden::new(Access::Public).await;
    garden.member("board.test", "mole", true).await;
    let ella = garden.member("elephant.test", "ella", false).await;
    let mut note = ella.note("1", "@garden Waterholes</p><p>Who digs them?");
    note["inReplyTo"] = json!(null);
    note["tag"] =
        json!([{"type": "Mention", "href": garden.group.uri, "name": "@garden@here.test"}]);
    note["cc"] = json!([format!("{}/followers", ella.uri), garden.group.uri]);
    let mut create = ella.activity("1", "Create", &note);
    create["to"] = note["to"].clone();
    create["cc"] = note["cc"].clone();
    create["signature"] = json!({"type": "RsaSignature2017", "signatureValue": "x"});
    garden.done(&ella, &create).await;
    let mut answer = ella.note("2", "I do.");
    answer["inReplyTo"] = note["id"].clone();
    let create_answer = ella.activity("2", "Create", &answer);
    garden.done(&ella, &create_answer).await;
    garden.world.sent().await;
    let passed = heard(&garden.world, "board.test", "Create");
    let of = |uri: &Value| {
        passed
            .iter()
            .find(|one| one["object"]["id"] == *uri)
            .unwrap()
    };
    let thread = of(&note["id"]);
    assert_eq!(form(thread), ("Page", Some("Waterholes")));
    assert_eq!(thread.get("signature"), None);
    assert_eq!(thread["object"]["content"], note["content"]);
    assert_eq!(form(of(&answer["id"])), ("Note", None));
    stop(garden).await;
}
