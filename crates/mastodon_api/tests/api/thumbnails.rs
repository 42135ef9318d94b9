//! The small pictures that people give their uploads.

use serde_json::{Value, json};

#[cfg(unix)]
use crate::media::{FILM, Studio, make};
use crate::{
    client::Call,
    house::{House, Person},
    media::png,
    redraft::sweep,
};

const SMALL: u32 = 32;

fn files(of: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (field, bytes) in of {
        body.extend_from_slice(
            format!("--B\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"a\"\r\nContent-Type: image/png\r\n\r\n")
                .as_bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--B--\r\n");
    body
}

fn sends<'a>(call: Call<'a>, by: &Person, of: &[(&str, &[u8])]) -> Call<'a> {
    call.by(by)
        .bytes("multipart/form-data; boundary=B", files(of))
}

/// What is shown of it is a picture of this side, written anew.
async fn assert_shows(house: &House, file: &Value, side: u32) {
    assert_eq!(file["meta"]["small"]["size"], format!("{side}x{side}"));
    assert!(file["blurhash"].is_string());
    let preview = file["preview_url"].as_str().unwrap();
    let kept = house.file(preview).await.unwrap();
    assert!(kept.starts_with(b"\xff\xd8\xff"), "not written anew");
}

#[actix_web::test]
async fn a_picture_is_shown_by_the_small_one_that_came_with_it() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let (picture, small) = (png(700), png(SMALL));
    let both = [("file", &picture[..]), ("thumbnail", &small[..])];
    for path in ["/api/v1/media", "/api/v2/media"] {
        let sent = sends(house.post(path), &anna, &both).ok().await.json;
        assert_eq!(sent["meta"]["original"]["size"], "700x700", "{path}");
        assert_shows(&house, &sent, SMALL).await;
        sweep(&house).await;
        assert_shows(&house, &sent, SMALL).await;
        let post = house.post("/api/v1/statuses").by(&anna);
        let post = post.json(&json!({"media_ids": [sent["id"]]})).ok().await;
        assert_shows(&house, &post.json["media_attachments"][0], SMALL).await;
    }
}

#[actix_web::test]
async fn another_small_picture_takes_the_place_of_the_one_before() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let sent = sends(house.post("/api/v2/media"), &anna, &[("file", &png(700))]);
    let sent = sent.ok().await;
    assert_shows(&house, &sent.json, 640).await;
    let path = format!("/api/v1/media/{}", sent.id());
    let small = png(SMALL);
    let other = [("thumbnail", &small[..])];
    sends(house.put(&path), &bert, &other).fails(404).await;
    let put = sends(house.put(&path), &anna, &other).ok().await.json;
    let bare = |url: &Value| url.as_str().unwrap().split('?').next().unwrap().to_owned();
    assert_eq!(bare(&put["url"]), bare(&sent.json["url"]));
    assert_shows(&house, &put, SMALL).await;
    sweep(&house).await;
    assert_shows(&house, &put, SMALL).await;
    let before = sent.json["preview_url"].as_str().unwrap();
    assert_eq!(house.file(before).await, None, "what was shown is kept");
}

#[cfg(unix)]
#[actix_web::test]
async fn a_film_is_shown_by_its_owners_picture_and_not_by_a_still() {
    let studio = Studio::new();
    let house = studio.house().await;
    let anna = house.person("anna").await;
    let small = png(SMALL);
    let both = [("file", FILM), ("thumbnail", &small[..])];
    for given_later in [false, true] {
        let with = if given_later { &both[..1] } else { &both[..] };
        let sent = sends(house.post("/api/v2/media"), &anna, with).send().await;
        assert_eq!(sent.status, 202, "{}", sent.text);
        let path = format!("/api/v1/media/{}", sent.id());
        if given_later {
            let put = sends(house.put(&path), &anna, &both[1..]).send().await;
            assert_eq!(put.status, 206, "{}", put.text);
        }
        make(&house).await;
        sweep(&house).await;
        let made = house.get(&path).by(&anna).ok().await.json;
        assert_eq!(made["meta"]["original"]["size"], "64x64");
        assert_shows(&house, &made, SMALL).await;
    }
}

#[actix_web::test]
async fn what_cannot_be_shown_is_refused_by_the_name_of_its_field() {
    let house = House::set(|settings| settings.limits.media.image_bytes = 5000).await;
    let anna = house.person("anna").await;
    let picture = png(SMALL);
    let broken = &b"\x89PNG\r\n\x1a\nbroken"[..];
    let sent = sends(house.post("/api/v2/media"), &anna, &[("file", &picture)]);
    let path = format!("/api/v1/media/{}", sent.ok().await.id());
    for (small, why) in [
        (broken, "cannot be read"),
        (b"GIF or so", "of a type that cannot be uploaded"),
        (&[0; 5001][..], "larger than 5000 bytes"),
    ] {
        let both = [("file", &picture[..]), ("thumbnail", small)];
        let calls = [
            sends(house.post("/api/v1/media"), &anna, &both),
            sends(house.post("/api/v2/media"), &anna, &both),
            sends(house.put(&path), &anna, &both[1..]),
        ];
        for call in calls {
            let said = call.fails(422).await;
            assert!(said.contains("thumbnail") && said.contains(why), "{said}");
        }
    }
    let both = [("file", &b"%PDF-1.7 plan"[..]), ("thumbnail", &picture[..])];
    let said = sends(house.post("/api/v2/media"), &anna, &both);
    let said = said.fails(422).await;
    assert!(
        said.contains("thumbnail") && said.contains("not shown"),
        "{said}"
    );
    let plan = sends(house.post("/api/v2/media"), &anna, &both[..1]);
    let path = format!("/api/v1/media/{}", plan.ok().await.id());
    let said = sends(house.put(&path), &anna, &both[1..]).fails(422).await;
    assert!(said.contains("thumbnail"), "{said}");
}
