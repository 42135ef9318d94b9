//! Files of deleted posts: to be posted again, or gone.

use serde_json::json;

use crate::{
    house::{House, Person},
    media::upload,
};

/// Removes what is to be removed.
pub(crate) async fn sweep(house: &House) {
    let now = house.app.now();
    let store = &house.app.store;
    let due = store.read(move |db| kontor_store::jobs::peek(db, "files", now, &[], 100));
    for job in due.await.unwrap() {
        let queue = kontor_actions::uploads::queue(&house.app);
        assert_eq!(format!("{:?}", queue.handler.run(&job).await), "Done");
        let done = store.write(move |tx| kontor_store::jobs::finish(tx, job.id).map(drop));
        done.await.unwrap();
    }
}

/// Anna's post with a picture, and the picture.
async fn with_picture(house: &House, anna: &Person) -> (String, serde_json::Value) {
    let made = upload(house, anna, &[("description", "Grey")]).await;
    let body = json!({"status": "wrong", "media_ids": [made["id"]]});
    let call = house.post("/api/v1/statuses").by(anna).json(&body);
    (format!("/api/v1/statuses/{}", call.ok().await.id()), made)
}

#[actix_web::test]
async fn the_files_of_a_deleted_post_can_be_posted_again() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let (path, made) = with_picture(&house, &anna).await;
    // What only an earlier version shows is not there to be posted again.
    let other = upload(&house, &anna, &[]).await;
    let both = json!({"status": "wrong", "media_ids": [made["id"], other["id"]]});
    house.put(&path).by(&anna).json(&both).ok().await;
    let one = json!({"status": "wrong", "media_ids": [made["id"]]});
    house.put(&path).by(&anna).json(&one).ok().await;
    let gone = house.delete(&path).by(&anna).ok().await.json;
    assert_eq!(gone["text"], "wrong");
    assert_eq!(gone["media_attachments"][0]["id"], made["id"]);
    sweep(&house).await;
    assert!(house.file(made["url"].as_str().unwrap()).await.is_some());
    assert!(house.file(other["url"].as_str().unwrap()).await.is_none());

    let draft = json!({"status": "right", "media_ids": [made["id"]]});
    let call = house.post("/api/v1/statuses").by(&bert).json(&draft);
    call.fails(422).await;
    let lost = json!({"status": "right", "media_ids": [other["id"]]});
    let call = house.post("/api/v1/statuses").by(&anna).json(&lost);
    call.fails(422).await;
    let call = house.post("/api/v1/statuses").by(&anna).json(&draft);
    let again = call.ok().await.json;
    let shown = &again["media_attachments"][0];
    assert_eq!(
        (&shown["id"], &shown["description"]),
        (&made["id"], &json!("Grey"))
    );
}

#[actix_web::test]
async fn the_files_of_a_deleted_post_go_at_once_or_when_nobody_wants_them() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    for query in ["?delete_media=true", ""] {
        let (path, made) = with_picture(&house, &anna).await;
        let deleted = house.delete(format!("{path}{query}")).by(&anna);
        deleted.ok().await;
        let waits = query.is_empty();
        sweep(&house).await;
        let url = made["url"].as_str().unwrap();
        assert_eq!(house.file(url).await.is_some(), waits, "{query}");
        assert_eq!(kontor_actions::uploads::tidy(&house.app).await.unwrap(), 0);
        house
            .database()
            .execute("UPDATE attachments SET created_at = '2026-01-01 00:00:00'");
        let gone = kontor_actions::uploads::tidy(&house.app).await.unwrap();
        assert_eq!(gone, usize::from(waits));
        sweep(&house).await;
        assert!(house.file(url).await.is_none(), "{query}");
        let draft = json!({"status": "again", "media_ids": [made["id"]]});
        let call = house.post("/api/v1/statuses").by(&anna).json(&draft);
        call.fails(422).await;
    }
}
