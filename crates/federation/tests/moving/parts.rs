//! What posts carry besides a poll and a quote: files, emoji, languages; and how an Update changes them.

use kontor_actions::{
    accounts::{self, ProfileChange},
    custom_emojis, posts,
};
use kontor_domain::audience::{Audience, Viewer};
use serde_json::{Value, json};

use crate::{peer::Person, world::World};

/// Bea follows ann; what ann says is kept.
async fn stage() -> (World, Person, accounts::Account) {
    let mut world = World::new().await;
    let bea = world.person("bea").await;
    let ann = Person::new("peer.test", "ann");
    let known = world.known(&ann).await;
    world.follows(&bea, &known).await;
    world.run();
    (world, ann, bea)
}

async fn says(world: &World, by: &Person, id: &str, kind: &str, note: &Value) -> posts::PostView {
    let activity = by.activity(id, kind, note);
    for _ in 0..2 {
        assert_eq!(world.receives(by, &activity).await.0, 202);
    }
    assert_eq!(world.outcome(&activity).await, "done");
    world.post_at(note["id"].as_str().unwrap()).await.unwrap()
}

#[actix_web::test]
async fn files_change_with_an_update_and_the_history_tells() {
    let (mut world, ann, _) = stage().await;
    let mut note = ann.note("1", "pictures");
    let file = |name: &str, alt: &str| json!({"type": "Document", "mediaType": "image/png", "url": format!("http://peer.test/{name}.png"), "name": alt, "blurhash": "UBL_:rOpGG-oBUNG"});
    note["attachment"] =
        json!([file("a", "one"), file("b", "two"), {"type": "Document", "url": "javascript:x"}]);
    let view = says(&world, &ann, "1", "Create", &note).await;
    let shown = |view: &posts::PostView| -> Vec<(String, Option<String>)> {
        let files = view.parts.attachments.iter();
        files
            .map(|file| (file.remote_url.clone().unwrap(), file.description.clone()))
            .collect()
    };
    assert_eq!(shown(&view).len(), 2);
    note["attachment"] = file("b", "deux");
    note["updated"] = json!("2026-01-02T05:00:00Z");
    let view = says(&world, &ann, "2", "Update", &note).await;
    assert_eq!(
        shown(&view),
        [("http://peer.test/b.png".to_owned(), Some("deux".to_owned()))]
    );
    let (_, versions) = posts::history(&world.app, Viewer::Anyone, view.post.id)
        .await
        .unwrap();
    let counts: Vec<usize> = versions
        .iter()
        .map(|version| {
            serde_json::from_str::<Vec<Value>>(&version.attachments)
                .unwrap()
                .len()
        })
        .collect();
    assert_eq!(counts, [2, 1]);
    // The same once more is no version, and an older one changes nothing.
    note["updated"] = json!("2026-01-02T06:00:00Z");
    let same = says(&world, &ann, "3", "Update", &note).await;
    assert_eq!(same.post.edited_at, view.post.edited_at);
    note["updated"] = json!("2026-01-02T04:00:00Z");
    note["attachment"] = json!([]);
    let old = says(&world, &ann, "4", "Update", &note).await;
    assert_eq!(shown(&old).len(), 1);
    world.stop().await;
}

#[actix_web::test]
async fn emoji_are_those_of_the_authors_server() {
    let (mut world, ann, bea) = stage().await;
    let emoji = |name: &str, picture: &str| json!({"type": "Emoji", "id": null, "name": name, "icon": {"type": "Image", "mediaType": "image/png", "url": format!("http://peer.test/{picture}.png")}});
    let mut note = ann.note("1", "hello :cat: and :dog:");
    note["tag"] = emoji(":cat:", "cat");
    let view = says(&world, &ann, "1", "Create", &note).await;
    let [cat] = view.parts.emojis.as_slice() else {
        panic!("{:?}", view.parts.emojis)
    };
    assert_eq!(
        (cat.shortcode.as_str(), cat.remote_url.as_deref()),
        ("cat", Some("http://peer.test/cat.png"))
    );
    // The picture changes for every post of that server.
    let mut other = ann.note("2", ":cat:");
    other["tag"] = emoji(":cat:", "kitten");
    says(&world, &ann, "2", "Create", &other).await;
    let view = world.post_at("http://peer.test/notes/1").await.unwrap();
    assert_eq!(
        view.parts.emojis[0].remote_url.as_deref(),
        Some("http://peer.test/kitten.png")
    );
    // Nobody here speaks with it.
    let id = world.post(bea.id, "my :cat:", Audience::Public).await;
    let own = posts::get(&world.app, Viewer::Anyone, id).await.unwrap();
    assert!(own.parts.emojis.is_empty());

    let mut document = ann.document();
    document["name"] = json!("Ann :cat:");
    document["tag"] = json!([emoji(":cat:", "cat")]);
    world.peers.serve(&ann.uri, &document);
    let update = ann.activity("3", "Update", &json!(ann.uri));
    assert_eq!(world.receives(&ann, &update).await.0, 202);
    assert_eq!(world.outcome(&update).await, "done");
    let account = world.account_at(&ann.uri).await.unwrap();
    assert_eq!(
        account.emojis,
        r#"[{"shortcode":"cat","url":"http://peer.test/cat.png"}]"#
    );
    world.stop().await;
}

#[actix_web::test]
async fn our_own_emoji_go_out_with_their_picture() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_owned();
    let world = World::with_limits(|limits| limits.media.path = place).await;
    let bea = world.person("bea").await;
    let mut picture = Vec::new();
    let mut encoder = png::Encoder::new(&mut picture, 2, 2);
    encoder.set_color(png::ColorType::Grayscale);
    encoder
        .write_header()
        .unwrap()
        .write_image_data(&[0, 255, 0, 255])
        .unwrap();
    custom_emojis::import(&world.app, "cat".to_owned(), picture.clone())
        .await
        .unwrap();
    custom_emojis::import(&world.app, "cat".to_owned(), picture.clone())
        .await
        .unwrap();
    assert!(
        custom_emojis::import(&world.app, "c t".to_owned(), picture)
            .await
            .is_err()
    );
    assert!(
        custom_emojis::import(&world.app, "dog".to_owned(), b"<svg/>".to_vec())
            .await
            .is_err()
    );
    assert_eq!(custom_emojis::list(&world.app).await.unwrap().len(), 1);
    let id = world.post(bea.id, "look :cat:", Audience::Public).await;
    let note = world.get(&world.app.site.post(id)).await.1;
    let tag = &note["tag"][0];
    assert_eq!(
        (&tag["type"], &tag["name"], &tag["icon"]["mediaType"]),
        (&json!("Emoji"), &json!(":cat:"), &json!("image/png"))
    );
    let tag = tag.clone();
    let document = world.get(tag["id"].as_str().unwrap()).await.1;
    assert_eq!(document["icon"], tag["icon"]);
    let change = ProfileChange {
        display_name: Some("Bea :cat: :none:".to_owned()),
        ..ProfileChange::default()
    };
    accounts::update_profile(&world.app, bea.id, change)
        .await
        .unwrap();
    assert_eq!(world.get(&bea.uri).await.1["tag"], json!([tag]));
    let shown = accounts::get(&world.app, bea.id).await.unwrap();
    let url = tag["icon"]["url"].as_str().unwrap();
    assert_eq!(
        shown.emojis,
        format!(r#"[{{"shortcode":"cat","url":"{url}"}}]"#)
    );
    custom_emojis::remove(&world.app, "cat".to_owned())
        .await
        .unwrap();
    assert!(
        custom_emojis::remove(&world.app, "cat".to_owned())
            .await
            .is_err()
    );
    let note = world.get(&world.app.site.post(id)).await.1;
    assert_eq!(note["tag"], json!([]));
    assert_eq!(world.get(&bea.uri).await.1["tag"], json!([]));
    let shown = accounts::get(&world.app, bea.id).await.unwrap();
    assert_eq!(shown.emojis, "[]");
}

#[actix_web::test]
async fn of_several_languages_the_one_that_is_spoken_here_is_shown() {
    let (mut world, ann, _) = stage().await;
    let mut note = ann.note("1", "");
    note.as_object_mut().unwrap().remove("content");
    note["contentMap"] = json!({"de": "<p>Hallo</p>", "en": "<p>Hello</p>"});
    let view = says(&world, &ann, "1", "Create", &note).await;
    assert_eq!(
        (view.post.content.as_str(), view.post.language.as_deref()),
        ("<p>Hello</p>", Some("en"))
    );
    note["contentMap"] = json!({"de": "<p>Hallo</p>"});
    note["updated"] = json!("2026-01-02T05:00:00Z");
    let view = says(&world, &ann, "2", "Update", &note).await;
    assert_eq!(
        (view.post.content.as_str(), view.post.language.as_deref()),
        ("<p>Hallo</p>", Some("de"))
    );
    world.stop().await;
}
