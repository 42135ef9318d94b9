//! Where clients find files of other servers.

use kontor_actions::{accounts::Account, uploads};
use kontor_domain::{
    audience::Audience,
    ids::{AttachmentId, PostId, RevisionId},
};
use kontor_store::{
    attachments::{self, Attachment},
    posts::{self, Revision},
    testing::rows,
};
use serde_json::{Value, json};

use crate::house::{House, Person};

fn there(name: &str) -> String {
    format!("https://away.test/{name}")
}

/// A post from elsewhere with a picture, which has a small one, a film, and something that nothing shows.
async fn carrying(
    house: &House,
    author: &Account,
    audience: Audience,
) -> (PostId, Vec<Attachment>) {
    let id = house
        .arrived(author, move |post| post.audience = audience)
        .await;
    let post = rows::post(id.0, author);
    let mut files: Vec<Attachment> = ["a.png", "b.mp4", "c.pdf"]
        .iter()
        .map(|name| rows::remote_file(house.app.id(), &post, &there(name)))
        .collect();
    files[0].remote_preview_url = Some(there("a-small.png"));
    let kept = files.clone();
    house
        .app
        .store
        .write(move |tx| attachments::insert(tx, &kept))
        .await
        .unwrap();
    (id, files)
}

async fn shown(house: &House, by: &Person, id: PostId) -> Vec<Value> {
    let path = format!("/api/v1/statuses/{id}");
    let post = house.get(path).by(by).ok().await.json;
    post["media_attachments"].as_array().unwrap().clone()
}

fn here(id: AttachmentId) -> String {
    format!("https://here.test/media/remote/{id}")
}

#[actix_web::test]
async fn what_is_shown_from_here_has_an_address_here_and_says_where_it_lies() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let zoe = house.stranger("zoe").await;
    let (id, files) = carrying(&house, &zoe, Audience::Public).await;
    let seen = shown(&house, &anna, id).await;
    let (picture, film, other) = (&seen[0], &seen[1], &seen[2]);
    let own = here(files[0].id);
    assert_eq!(picture["url"], own);
    assert_eq!(picture["preview_url"], format!("{own}/small"));
    assert_eq!(picture["remote_url"], there("a.png"));
    assert_eq!(picture["preview_remote_url"], there("a-small.png"));
    for (key, path) in [("url", "/a.png"), ("preview_url", "/a-small.png")] {
        let url = picture[key].as_str().unwrap();
        assert_eq!(house.remote_file(url).await.as_deref(), Some(path));
    }
    assert_eq!(film["type"], "video");
    assert_eq!(film["url"], here(files[1].id));
    assert_eq!(film["preview_url"], json!(null));
    assert_eq!(film["remote_url"], there("b.mp4"));
    assert_eq!(other["type"], "unknown");
    assert_eq!(other["url"], there("c.pdf"));
    assert_eq!(house.remote_file(&here(files[2].id)).await, None);
}

#[actix_web::test]
async fn what_is_not_for_everybody_is_addressed_to_its_reader() {
    let house = House::new().await;
    uploads::prepare(&house.app).await.unwrap();
    let (anna, eve) = (house.person("anna").await, house.person("eve").await);
    let zoe = house.stranger("zoe").await;
    house.follows(anna.id, zoe.id).await;
    let (id, files) = carrying(&house, &zoe, Audience::Followers).await;
    let path = format!("/api/v1/statuses/{id}");
    house.get(path).by(&eve).fails(404).await;
    let seen = shown(&house, &anna, id).await;
    let own = here(files[0].id);
    for (key, bare, name) in [
        ("url", own.clone(), "/a.png"),
        ("preview_url", format!("{own}/small"), "/a-small.png"),
    ] {
        let url = seen[0][key].as_str().unwrap();
        assert!(
            url.starts_with(&format!("{bare}?pass={}-", anna.id)),
            "{url}"
        );
        assert_eq!(house.remote_file(url).await.as_deref(), Some(name));
        assert_eq!(house.remote_file(&bare).await, None);
        // A pass is for one file.
        let (_, pass) = url.split_once('?').unwrap();
        let other = format!("{}?{pass}", here(files[1].id));
        assert_eq!(house.remote_file(&other).await, None);
    }
}

#[actix_web::test]
async fn an_earlier_version_shows_what_is_carried_no_longer_from_where_it_lies() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let zoe = house.stranger("zoe").await;
    let (id, files) = carrying(&house, &zoe, Audience::Public).await;
    let gone = rows::remote_file(house.app.id(), &rows::post(id.0, &zoe), &there("old.png"));
    let before = [gone, files[0].clone()];
    let revision = Revision {
        id: RevisionId(house.app.id()),
        post_id: id,
        content: "<p>before</p>".to_owned(),
        spoiler_text: String::new(),
        sensitive: false,
        created_at: house.app.now(),
        attachments: serde_json::to_string(&before).unwrap(),
        poll_options: None,
    };
    house
        .app
        .store
        .write(move |tx| posts::insert_revision(tx, &revision))
        .await
        .unwrap();
    let path = format!("/api/v1/statuses/{id}/history");
    let history = house.get(path).by(&anna).ok().await.json;
    let urls = |version: usize| {
        let files = history[version]["media_attachments"].as_array().unwrap();
        let urls = files.iter().map(|file| file["url"].as_str().unwrap());
        urls.collect::<Vec<_>>()
    };
    let (old, own) = (there("old.png"), here(files[0].id));
    assert_eq!(urls(0), [old.as_str(), own.as_str()]);
    assert_eq!(urls(1)[0], own);
}

#[actix_web::test]
async fn where_nothing_is_kept_files_are_shown_by_their_own_servers() {
    let house = House::set(|settings| settings.limits.media.remote.cache_bytes = 0).await;
    let anna = house.person("anna").await;
    let zoe = house.stranger("zoe").await;
    let (id, files) = carrying(&house, &zoe, Audience::Public).await;
    let seen = shown(&house, &anna, id).await;
    assert_eq!(seen[0]["url"], there("a.png"));
    assert_eq!(seen[0]["preview_url"], there("a-small.png"));
    assert_eq!(seen[1]["url"], there("b.mp4"));
    assert_eq!(house.remote_file(&here(files[0].id)).await, None);
}
