//! Files of other servers, as they are answered from here, and on the pages of posts that not everybody may read.

use std::sync::Arc;

use actix_web::test::TestRequest;
use kontor_actions::{App, Error, FileBounds, Found, Remote, Result};
use kontor_domain::{
    audience::Audience,
    event::Event,
    ids::{AccountId, AttachmentId},
    text::Handle,
};
use kontor_store::{Tx, accounts::Account, attachments, posts::Post, testing::rows};

use crate::{
    browser::{Browser, open},
    house::{House, settings},
};

/// A server with a file of each kind.
struct Gallery;

const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n and so on";
const FILM: &[u8] = b"\0\0\0\x20ftypisom and so on";

#[async_trait::async_trait]
impl Remote for Gallery {
    fn speaks_with(&self, _: &str) -> bool {
        true
    }

    fn publish(&self, _: &App, _: &mut Tx<'_>, _: &Post, _: &[AccountId]) -> Result<()> {
        Ok(())
    }

    fn tell(&self, _: &App, _: &mut Tx<'_>, _: &Event) -> Result<()> {
        Ok(())
    }

    async fn resolve_handle(&self, _: &App, _: &Handle) -> Result<Option<AccountId>> {
        Ok(None)
    }

    async fn resolve_url(&self, _: &App, _: &url::Url) -> Result<Option<Found>> {
        Ok(None)
    }

    fn takes_file(&self, _: &str, _: Option<&str>, _: &url::Url) -> bool {
        true
    }

    async fn join_requests(&self, _: &App, _: &Account) -> Result<Option<Vec<AccountId>>> {
        Ok(None)
    }

    async fn fetch_file(&self, _: &App, url: &url::Url, _: FileBounds) -> Result<Vec<u8>> {
        match url.path() {
            "/picture.png" => Ok(PICTURE.to_vec()),
            "/film.mp4" => Ok(FILM.to_vec()),
            "/page.png" => Ok(b"<!doctype html><script>alert(1)</script>".to_vec()),
            "/away.png" => Err(Error::Remote("it is away".to_owned())),
            _ => Err(Error::NotFound),
        }
    }
}

/// A post from elsewhere with these files.
async fn arrived(
    house: &House,
    by: &Account,
    audience: Audience,
    names: &[&str],
) -> (Post, Vec<AttachmentId>) {
    let post = Post {
        audience,
        ..rows::post(house.app.id(), by)
    };
    house.arrived(post.clone()).await;
    let files: Vec<_> = names
        .iter()
        .map(|name| {
            let url = format!("https://there.test/{name}");
            rows::remote_file(house.app.id(), &post, &url)
        })
        .collect();
    let ids = files.iter().map(|file| file.id).collect();
    house
        .app
        .store
        .write(move |tx| attachments::insert(tx, &files))
        .await
        .unwrap();
    (post, ids)
}

fn path(id: AttachmentId) -> String {
    format!("/media/remote/{id}")
}

#[actix_web::test]
async fn a_file_is_answered_as_what_it_is_and_never_run() {
    let house = House::beyond(settings(), Arc::new(Gallery));
    let zoe = house.stranger("zoe").await;
    let names = ["picture.png", "film.mp4"];
    let (_, ids) = arrived(&house, &zoe, Audience::Public, &names).await;
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    let bare = path(ids[0]);
    for (path, kind, bytes) in [
        (bare.clone(), "image/png", PICTURE),
        (format!("{bare}/small"), "image/png", PICTURE),
        (path(ids[1]), "video/mp4", FILM),
    ] {
        let seen = browser.get(&path).await;
        assert_eq!(seen.is(200).bytes, bytes);
        assert_eq!(seen.header("content-type"), kind);
        assert_eq!(seen.header("cache-control"), "public, max-age=86400");
        assert_eq!(seen.header("x-content-type-options"), "nosniff");
        let policy = seen.header("content-security-policy");
        assert_eq!(policy, "default-src 'none'; sandbox");
    }
    let part = TestRequest::get()
        .uri(&path(ids[1]))
        .insert_header(("range", "bytes=4-7"));
    let part = browser.send(part).await;
    assert_eq!(part.is(206).body, "ftyp");
    let range = format!("bytes 4-7/{}", FILM.len());
    assert_eq!(part.header("content-range"), range);
}

#[actix_web::test]
async fn what_cannot_be_shown_is_not_there() {
    let house = House::beyond(settings(), Arc::new(Gallery));
    let zoe = house.stranger("zoe").await;
    let names = ["page.png", "gone.png", "away.png", "plan.pdf"];
    let (_, ids) = arrived(&house, &zoe, Audience::Public, &names).await;
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    for (id, status) in ids.into_iter().zip([404, 404, 502, 404]) {
        for path in [path(id), format!("{}/small", path(id))] {
            let seen = browser.get(&path).await;
            seen.is(status).is_silent_about("alert(1)");
        }
    }
    for path in [
        "/media/remote/1",
        "/media/remote/x",
        "/media/remote/1/large",
        "/media/remote/99999999999999999999",
    ] {
        browser.get(path).await.is(404);
    }
}

#[actix_web::test]
async fn the_pages_of_closed_posts_show_their_files_to_their_readers() {
    let house = House::beyond(settings(), Arc::new(Gallery));
    let (ann, eve) = (house.person("ann").await, house.person("eve").await);
    let zoe = house.stranger("zoe").await;
    house.follows(&ann, &zoe).await;
    let names = ["picture.png", "film.mp4"];
    let (post, ids) = arrived(&house, &zoe, Audience::Followers, &names).await;
    let service = open(&house).await;
    let mut reader = Browser::of(&service, &house, &ann).await;
    let page = reader.get(&format!("/@zoe@there.test/{}", post.id)).await;
    let (picture, film) = (path(ids[0]), path(ids[1]));
    page.is(200)
        .says(&format!("src=\"{picture}\""))
        .says(&format!(
            "<a href=\"{film}\" rel=\"noopener noreferrer\">Film</a>"
        ));
    for path in [&picture, &film] {
        let seen = reader.get(path).await;
        assert_eq!(seen.is(200).header("cache-control"), "private, max-age=600");
        Browser::new(&service).get(path).await.is(404);
        let mut other = Browser::of(&service, &house, &eve).await;
        other.get(path).await.is(404);
    }
}
