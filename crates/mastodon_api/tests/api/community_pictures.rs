//! Icons and banners of communities.

use serde_json::{Value, json};

use crate::{
    communities::{BASE, made},
    house::{House, Person},
    profile::{files, picture, waiting_removals, with_file},
};

const MULTIPART: &str = "multipart/form-data; boundary=B";

/// The same with other fields before the file.
fn form(fields: &[(&str, &str)], field: &str, file: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part =
            format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    body.extend_from_slice(&with_file(field, file));
    body
}

async fn changed(house: &House, by: &Person, path: &str, field: &str, file: &[u8]) -> Value {
    let call = house.patch(path).by(by);
    call.bytes(MULTIPART, with_file(field, file))
        .ok()
        .await
        .json
}

async fn lines(house: &House, path: &str) -> usize {
    let log = house.get(format!("{path}/log")).ok().await.json;
    log.as_array().unwrap().len()
}

#[actix_web::test]
async fn an_icon_and_a_banner_are_kept_shown_replaced_and_taken_away() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let garden = made(&house, &anna, json!({})).await;
    let path = format!("{BASE}/{garden}");
    let drawn = |folder: &str| json!(format!("https://here.test/media/{folder}/{garden}.png"));
    let seen = house.get(&path).ok().await.json;
    assert_eq!(
        (&seen["icon"], &seen["banner"]),
        (&drawn("avatars"), &drawn("headers"))
    );
    let first = changed(&house, &anna, &path, "icon", &picture(800, 600)).await;
    assert_eq!(files(&house, &first["icon"]).await, Some((400, 300)));
    assert_eq!(
        (&first["account"]["avatar"], &first["banner"]),
        (&first["icon"], &drawn("headers"))
    );
    assert_eq!(first["title"], "The Garden", "the rest stays");
    let removals = waiting_removals(&house).await;
    let second = changed(&house, &anna, &path, "icon", &picture(20, 20)).await;
    assert_ne!(second["icon"], first["icon"]);
    assert_eq!(
        waiting_removals(&house).await,
        removals + 1,
        "the one before goes"
    );
    let wide = changed(&house, &anna, &path, "banner", &picture(3000, 100)).await;
    assert_eq!(files(&house, &wide["banner"]).await, Some((1500, 50)));
    assert_eq!(wide["icon"], second["icon"]);
    let public = house.get(&path).ok().await.json;
    assert_eq!(
        (&public["icon"], &public["banner"]),
        (&wide["icon"], &wide["banner"])
    );
    for (what, folder) in [("icon", "avatars"), ("banner", "headers")] {
        let at = format!("{path}/{what}");
        let gone = house.delete(&at).by(&anna).ok().await.json;
        assert_eq!(gone[what], drawn(folder));
        let (told, removals) = (lines(&house, &path).await, waiting_removals(&house).await);
        house.delete(&at).by(&anna).ok().await;
        assert_eq!(
            (lines(&house, &path).await, waiting_removals(&house).await),
            (told, removals),
            "what is gone already is told to nobody"
        );
    }
}

#[actix_web::test]
async fn a_community_is_made_with_pictures() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let fields = [("name", "garden"), ("languages[]", "de")];
    let call = house.post(BASE).by(&anna);
    let made = call
        .bytes(MULTIPART, form(&fields, "banner", &picture(90, 30)))
        .ok()
        .await
        .json;
    assert_eq!(made["languages"], json!(["de"]));
    assert_eq!(files(&house, &made["banner"]).await, Some((90, 30)));
    // A picture that becomes nobody's goes again.
    let removals = waiting_removals(&house).await;
    let call = house.post(BASE).by(&anna);
    let again = call.bytes(MULTIPART, form(&fields, "icon", &picture(20, 20)));
    let why = again.fails(422).await;
    assert_eq!(why, "Validation failed: name has already been taken");
    assert_eq!(waiting_removals(&house).await, removals + 1);
}

#[actix_web::test]
async fn pictures_are_for_owners_and_administrators() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let chief = house
        .person_as("chief", |_, user| {
            user.role = kontor_domain::user::Role::Admin;
        })
        .await;
    let garden = made(&house, &anna, json!({})).await;
    let path = format!("{BASE}/{garden}");
    let bert_id = json!({"account_id": bert.id.to_string()});
    let moderators = format!("{path}/moderators");
    house.post(&moderators).by(&anna).json(&bert_id).ok().await;
    let file = with_file("icon", &picture(20, 20));
    let call = house.patch(&path).by(&bert);
    call.bytes(MULTIPART, file).fails(403).await;
    for what in ["icon", "banner"] {
        let at = format!("{path}/{what}");
        house.delete(&at).by(&bert).fails(403).await;
        house.delete(&at).fails(401).await;
    }
    assert_eq!(waiting_removals(&house).await, 0, "nothing was kept");
    let seen = changed(&house, &chief, &path, "icon", &picture(20, 20)).await;
    assert_eq!(files(&house, &seen["icon"]).await, Some((20, 20)));
}

#[actix_web::test]
async fn what_is_no_picture_is_refused_by_its_name() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let garden = made(&house, &anna, json!({})).await;
    let path = format!("{BASE}/{garden}");
    for field in ["icon", "banner"] {
        let text = house
            .patch(&path)
            .by(&anna)
            .json(&json!({field: "me.png"}))
            .fails(422);
        assert_eq!(
            text.await,
            format!("Validation failed: {field} must be a file")
        );
        let nonsense = house
            .patch(&path)
            .by(&anna)
            .bytes(MULTIPART, with_file(field, b"no picture"))
            .fails(422);
        assert_eq!(
            nonsense.await,
            format!(
                "Validation failed: {field} is of a type that cannot be uploaded: JPEG, PNG, GIF and WebP can"
            )
        );
    }
    let removals = waiting_removals(&house).await;
    let long = "x".repeat(200);
    let both = form(&[("title", &long)], "icon", &picture(20, 20));
    let call = house.patch(&path).by(&anna).bytes(MULTIPART, both);
    let why = call.fails(422).await;
    assert!(why.contains("title is too long"), "{why}");
    assert_eq!(waiting_removals(&house).await, removals + 1);
}
