//! One's own profile and its pictures.

use serde_json::{Value, json};

use crate::house::{House, Person};

const PATH: &str = "/api/v1/profile";

pub fn picture(width: u32, height: u32) -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let pixels = vec![120; usize::try_from(width * height * 3).unwrap()];
    encoder
        .write_header()
        .unwrap()
        .write_image_data(&pixels)
        .unwrap();
    out.into_inner()
}

/// Width and height as the frame header of a JPEG says (ITU T.81, B.2.2).
fn size(jpeg: &[u8]) -> (u16, u16) {
    let mut at = 2;
    loop {
        let length = usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        if matches!(jpeg[at + 1], 0xc0 | 0xc2) {
            let number = |at: usize| u16::from_be_bytes([jpeg[at], jpeg[at + 1]]);
            return (number(at + 7), number(at + 5));
        }
        at += 2 + length;
    }
}

pub fn with_file(field: &str, file: &[u8]) -> Vec<u8> {
    let mut body = format!(
        "--B\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"me.png\"\r\nContent-Type: image/png\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--B--\r\n");
    body
}

async fn upload(house: &House, by: &Person, path: &str, field: &str, file: &[u8]) -> Value {
    house
        .patch(path)
        .by(by)
        .bytes("multipart/form-data; boundary=B", with_file(field, file))
        .ok()
        .await
        .json
}

pub async fn files(house: &House, url: &Value) -> Option<(u16, u16)> {
    Some(size(&house.file(url.as_str()?).await?))
}

/// Files that are still to be removed from the disk.
pub async fn waiting_removals(house: &House) -> usize {
    let now = house.app.now();
    let read = house
        .app
        .store
        .read(move |db| kontor_store::jobs::peek(db, "files", now, &[], 100));
    read.await.unwrap().len()
}

#[actix_web::test]
async fn a_profile_is_shown_as_an_editor_wants_it_and_changed_either_way() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let shown = house.get(PATH).by(&anna).ok().await.json;
    assert_eq!(
        (&shown["avatar"], &shown["header"], &shown["note"]),
        (&Value::Null, &Value::Null, &json!(""))
    );
    let changed = house
        .put(PATH)
        .by(&anna)
        .json(&json!({"display_name": "Anna", "note": "<b> & co", "fields_attributes": {"0": {"name": "a", "value": "<b>"}}}))
        .ok()
        .await
        .json;
    assert_eq!(
        (
            &changed["display_name"],
            &changed["note"],
            &changed["fields"][0]["value"]
        ),
        (&json!("Anna"), &json!("<b> & co"), &json!("<b>"))
    );
    let changed = house
        .patch(PATH)
        .by(&anna)
        .form("locked=1&show_media=true")
        .ok()
        .await
        .json;
    assert_eq!(
        (&changed["locked"], &changed["display_name"]),
        (&json!(true), &json!("Anna"))
    );
    assert_eq!(changed["show_media"], true);
}

#[actix_web::test]
async fn what_is_shown_of_a_profile_is_its_owners_choice() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let path = "/api/v1/accounts/update_credentials";
    upload(&house, &anna, path, "avatar", &picture(20, 20)).await;
    let changed = house
        .patch(PATH)
        .by(&anna)
        .json(&json!({
            "show_media": false, "show_media_replies": "0", "show_featured": false, "hide_collections": true,
            "avatar_description": " Anna at sea ",
            "attribution_domains": ["https://Blog.test/", "*.news.test", "blog.test", ""],
        }))
        .ok()
        .await
        .json;
    let said = |shown: &Value, key: &str| shown[key].clone();
    for key in ["show_media", "show_media_replies", "show_featured"] {
        assert_eq!(said(&changed, key), false, "{key}");
    }
    assert_eq!(changed["hide_collections"], true);
    assert_eq!(
        changed["attribution_domains"],
        json!(["blog.test", "news.test"])
    );
    assert_eq!(changed["avatar_description"], "Anna at sea");
    let shown = house
        .get(format!("/api/v1/accounts/{}", anna.id))
        .ok()
        .await
        .json;
    for key in [
        "show_media",
        "show_media_replies",
        "show_featured",
        "hide_collections",
        "avatar_description",
        "header_description",
    ] {
        assert_eq!(said(&shown, key), said(&changed, key), "{key}");
    }
    let own = house.patch(path).by(&anna).form("show_media=true").ok();
    let own = own.await.json;
    assert_eq!(
        (&own["show_media"], &own["show_featured"]),
        (&json!(true), &json!(false)),
        "what is absent stays"
    );
    assert_eq!(
        own["source"]["attribution_domains"],
        json!(["blog.test", "news.test"])
    );
    // Another picture shows something else.
    let other = upload(&house, &anna, path, "avatar", &picture(30, 30)).await;
    assert_eq!(other["avatar_description"], "");
    let none = house.patch(path).by(&anna).form("attribution_domains[]=");
    assert_eq!(
        none.ok().await.json["source"]["attribution_domains"],
        json!([])
    );
    // Whether somebody elsewhere hides theirs, their own server knows.
    let far = house.stranger("far").await;
    let far = house.get(format!("/api/v1/accounts/{}", far.id)).ok().await;
    assert_eq!(far.json["hide_collections"], Value::Null);
}

#[actix_web::test]
async fn pictures_are_made_small_shown_replaced_and_taken_away() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let first = upload(&house, &anna, PATH, "avatar", &picture(800, 600)).await;
    assert_eq!(files(&house, &first["avatar"]).await, Some((400, 300)));
    let path = "/api/v1/accounts/update_credentials";
    let second = upload(&house, &anna, path, "avatar", &picture(20, 20)).await;
    assert_ne!(second["avatar"], first["avatar"]);
    assert_eq!(files(&house, &second["avatar"]).await, Some((20, 20)));
    let header = upload(&house, &anna, path, "header", &picture(3000, 100)).await;
    assert_eq!(files(&house, &header["header"]).await, Some((1500, 50)));
    assert_eq!(header["avatar"], second["avatar"], "the other one stays");
    let public = house
        .get(format!("/api/v1/accounts/{}", anna.id))
        .ok()
        .await;
    assert_eq!(public.json["avatar"], second["avatar"]);
    for _ in 0..2 {
        let gone = house
            .delete("/api/v1/profile/avatar")
            .by(&anna)
            .ok()
            .await
            .json;
        assert_eq!(
            gone["avatar"],
            format!("https://here.test/media/avatars/{}.png", anna.id)
        );
        assert_eq!(gone["header"], header["header"]);
    }
    let gone = house
        .delete("/api/v1/profile/header")
        .by(&anna)
        .ok()
        .await
        .json;
    assert_eq!(
        gone["header"],
        format!("https://here.test/media/headers/{}.png", anna.id)
    );
    assert_eq!(
        house.get(PATH).by(&anna).ok().await.json["header"],
        Value::Null
    );
    // A picture that does not become the profile's goes again.
    let removals = waiting_removals(&house).await;
    let mut both = with_file("avatar", &picture(20, 20));
    both.truncate(both.len() - "--B--\r\n".len());
    both.extend_from_slice(b"--B\r\nContent-Disposition: form-data; name=\"display_name\"\r\n\r\n");
    both.extend_from_slice("x".repeat(200).as_bytes());
    both.extend_from_slice(b"\r\n--B--\r\n");
    house
        .patch(PATH)
        .by(&anna)
        .bytes("multipart/form-data; boundary=B", both)
        .fails(422)
        .await;
    assert_eq!(waiting_removals(&house).await, removals + 1);
    let text = house.patch(PATH).by(&anna).form("avatar=me.png").fails(422);
    assert_eq!(text.await, "Validation failed: avatar must be a file");
    let nonsense = house.patch(PATH).by(&anna).bytes(
        "multipart/form-data; boundary=B",
        with_file("header", b"no picture"),
    );
    assert_eq!(
        nonsense.fails(422).await,
        "Validation failed: header is of a type that cannot be uploaded: JPEG, PNG, GIF and WebP can"
    );
}
