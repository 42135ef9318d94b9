//! What hangs on a post: files, polls, quotes and the pages that it links to.

use kontor_actions::{
    polls,
    posts::{self, Draft, Extras, Text},
    quotes,
};
use kontor_domain::{
    attachment::AttachmentKind,
    audience::Audience,
    ids::{AttachmentId, CardId, PostId},
};
use kontor_store::{
    accounts::Account,
    attachments::{self, Attachment},
    cards,
    posts::Post,
    testing::rows,
};
use roxmltree::Document;

use crate::{
    browser::{Browser, open},
    house::House,
};

fn file(house: &House, post: &Post, position: i32, url: &str) -> Attachment {
    Attachment {
        id: AttachmentId(house.app.id()),
        account_id: post.account_id,
        post_id: Some(post.id),
        position: Some(position),
        kind: AttachmentKind::of(None, url),
        media_type: Some("image/jpeg".to_owned()).filter(|_| url.contains(".jpg")),
        file: None,
        preview_file: None,
        remote_url: Some(url.to_owned()),
        remote_preview_url: None,
        description: None,
        blurhash: None,
        focus_x: None,
        focus_y: None,
        width: Some(640),
        height: Some(480),
        preview_width: None,
        preview_height: None,
        duration_ms: None,
        created_at: house.app.now(),
        file_name: None,
        file_size: None,
        frame_rate: None,
        bit_rate: None,
    }
}

/// A post from elsewhere with files.
async fn arrived(house: &House, by: &Account, change: impl FnOnce(&mut Post)) -> Post {
    let mut post = rows::post(house.app.id(), by);
    change(&mut post);
    house.arrived(post.clone()).await;
    let files = [
        Attachment {
            description: Some("Two <otters>".to_owned()),
            ..file(house, &post, 0, "https://there.test/otters.jpg")
        },
        file(house, &post, 1, "https://there.test/plain.jpg"),
        Attachment {
            description: Some("They sing".to_owned()),
            ..file(house, &post, 2, "https://there.test/song.mp3")
        },
        file(house, &post, 3, "javascript:alert(1)"),
        file(house, &post, 4, "http://there.test/unsafe.jpg"),
    ];
    house
        .app
        .store
        .write(move |tx| attachments::insert(tx, &files))
        .await
        .unwrap();
    post
}

/// The files of a post, in their order.
async fn ids(house: &House, post: &Post) -> Vec<AttachmentId> {
    let id = post.id;
    let rows = house
        .app
        .store
        .read(move |db| attachments::of_posts(db, &[id]));
    rows.await.unwrap().iter().map(|(_, row)| row.id).collect()
}

#[actix_web::test]
async fn pictures_have_their_descriptions_and_other_files_are_links() {
    let house = House::new();
    let anna = house.stranger("anna").await;
    let post = arrived(&house, &anna, |_| ()).await;
    let ids = ids(&house, &post).await;
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    let page = browser.get(&format!("/@anna@there.test/{}", post.id)).await;
    let picture = |at: usize, alt: &str| format!("src=\"/media/remote/{}\" alt=\"{alt}\"", ids[at]);
    page.is(200)
        .says(&picture(0, "Two &#60;otters&#62;"))
        .says(&picture(1, "Picture without a description"))
        // Nobody's browser is sent to the other server to show a page.
        .is_silent_about("src=\"https://there.test")
        .says("width=\"640\" height=\"480\"")
        .says("<a href=\"https://there.test/song.mp3\" rel=\"noopener noreferrer\">Sound: <bdi>They sing</bdi></a>")
        .is_silent_about("javascript:")
        // The policy of a page over TLS lets no such picture in.
        .is_silent_about("src=\"http://")
        .says("<a href=\"http://there.test/unsafe.jpg\" rel=\"noopener noreferrer\">Picture</a>")
        .is_silent_about("Sensitive</span>");
    let lists = browser.get("/@anna@there.test").await;
    lists.is(200).says("alt=\"Two &#60;otters&#62;\"");
}

#[actix_web::test]
async fn where_nothing_is_kept_pictures_are_shown_by_their_own_servers() {
    let mut settings = crate::house::settings();
    settings.limits.media.remote.cache_bytes = 0;
    let house = House::with("https", settings);
    let anna = house.stranger("anna").await;
    let post = arrived(&house, &anna, |_| ()).await;
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    let page = browser.get(&format!("/@anna@there.test/{}", post.id)).await;
    page.is(200)
        .says("src=\"https://there.test/otters.jpg\" alt=\"Two &#60;otters&#62;\"")
        .is_silent_about("/media/remote/");
    let id = ids(&house, &post).await[0];
    browser.get(&format!("/media/remote/{id}")).await.is(404);
}

#[actix_web::test]
async fn what_is_sensitive_is_opened_by_the_reader() {
    let house = House::new();
    let anna = house.stranger("anna").await;
    let bare = arrived(&house, &anna, |post| post.sensitive = true).await;
    let warned = arrived(&house, &anna, |post| {
        post.sensitive = true;
        post.spoiler_text = "wet".to_owned();
    })
    .await;
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    for (post, folds) in [
        (bare, "Sensitive</span> 4 files"),
        (warned, "<bdi>wet</bdi>"),
    ] {
        let page = browser.get(&format!("/@anna@there.test/{}", post.id)).await;
        page.is(200).says(folds);
        let main = page.body.split_once("main-post").unwrap().1;
        let (before, inside) = main.split_once("<details").unwrap();
        let picture = format!("src=\"/media/remote/{}\"", ids(&house, &post).await[0]);
        assert!(!before.contains(&picture), "{before}");
        let (inside, after) = inside.split_once("</details>").unwrap();
        assert!(inside.contains(&picture) && !after.contains(&picture));
        assert_eq!(page.body.matches("<details").count(), 1);
    }
}

async fn publish(house: &House, by: &Account, text: &str, extras: Extras) -> PostId {
    let draft = Draft {
        text: Text {
            text: text.to_owned(),
            ..Text::default()
        },
        audience: Audience::Public,
        in_reply_to: None,
        idempotency_key: None,
        application: None,
        extras,
    };
    posts::publish(&house.app, by.id, draft).await.unwrap()
}

#[actix_web::test]
async fn a_poll_shows_its_choices_and_how_many_chose_them() {
    let house = House::new();
    let (ann, ben) = (house.person("ann").await, house.person("ben").await);
    let poll = |hide_totals| Extras {
        poll: Some(polls::Wish {
            choices: vec!["up & away".to_owned(), "down".to_owned()],
            multiple: false,
            hide_totals,
            seconds: 3600,
        }),
        ..Extras::default()
    };
    let open_one = publish(&house, &ann, "Which?", poll(false)).await;
    let hidden = publish(&house, &ann, "Guess", poll(true)).await;
    for id in [open_one, hidden] {
        polls::vote(&house.app, ben.id, id, vec![1]).await.unwrap();
    }
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    browser
        .get(&format!("/@ann/{open_one}"))
        .await
        .is(200)
        .says("<bdi>up &#38; away</bdi> <span class=\"note\">0 votes</span>")
        .says("<bdi>down</bdi> <span class=\"note\">1 vote</span>")
        .says("1 person")
        .says("Ends <time");
    browser
        .get(&format!("/@ann/{hidden}"))
        .await
        .is(200)
        .says("<bdi>down</bdi></li>")
        .is_silent_about("1 vote");
}

#[actix_web::test]
async fn a_quote_is_shown_to_who_may_read_it_and_explained_to_others() {
    let house = House::new();
    let (ann, ben) = (house.person("ann").await, house.person("ben").await);
    let open_one = house.post(&ann, "for all of you", Audience::Public).await;
    let closed = house
        .post(&ann, "for my friends", Audience::Followers)
        .await;
    let quoting = |quoted| Extras {
        quoted: Some(quoted),
        ..Extras::default()
    };
    let first = publish(&house, &ben, "see", quoting(open_one)).await;
    let second = publish(&house, &ann, "see too", quoting(closed)).await;
    let service = open(&house).await;
    let mut stranger = Browser::new(&service);
    let mut author = Browser::of(&service, &house, &ann).await;
    stranger
        .get(&format!("/@ben/{first}"))
        .await
        .is(200)
        .says("<blockquote class=\"quoted\"")
        .says("for all of you")
        .says(&format!("href=\"/@ann/{open_one}\""));
    stranger
        .get(&format!("/@ann/{second}"))
        .await
        .is(200)
        .says("A post that you cannot read")
        .is_silent_about("for my friends");
    stranger
        .get("/@ann")
        .await
        .is_silent_about("for my friends");
    author
        .get(&format!("/@ann/{second}"))
        .await
        .says("for my friends");
    quotes::revoke(&house.app, ann.id, open_one, first)
        .await
        .unwrap();
    stranger
        .get(&format!("/@ben/{first}"))
        .await
        .says("does not allow this quote")
        .is_silent_about("for all of you");
}

#[actix_web::test]
async fn the_page_that_a_post_links_to_is_shown_with_its_picture() {
    let house = House::new();
    let ann = house.person("ann").await;
    let linked = house
        .post(&ann, "read https://paper.test/otters", Audience::Public)
        .await;
    let unread = house
        .post(&ann, "or https://paper.test/nothing", Audience::Public)
        .await;
    let now = house.app.now();
    let ids = [CardId(house.app.id()), CardId(house.app.id())];
    house
        .app
        .store
        .write(move |tx| {
            let card = cards::Card {
                found: true,
                title: "Otters & rivers".to_owned(),
                description: "All <about> them".to_owned(),
                provider_name: "Paper".to_owned(),
                image_file: Some("card.jpg".to_owned()),
                image_description: "A river".to_owned(),
                ..cards::Card::new(ids[0], "https://paper.test/o".to_owned(), now)
            };
            assert!(cards::insert_if_new(tx, &card)?);
            let empty = cards::Card::new(ids[1], "https://paper.test/n".to_owned(), now);
            assert!(cards::insert_if_new(tx, &empty)?);
            cards::detach(tx, linked)?;
            cards::detach(tx, unread)?;
            cards::attach(tx, linked, ids[0])?;
            cards::attach(tx, unread, ids[1])
        })
        .await
        .unwrap();
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    browser
        .get(&format!("/@ann/{linked}"))
        .await
        .is(200)
        .says("class=\"link-card\" href=\"https://paper.test/o\"")
        .says("src=\"/media/files/card.jpg\" alt=\"A river\"")
        .says("Otters &#38; rivers")
        .says("All &#60;about&#62; them");
    browser
        .get(&format!("/@ann/{unread}"))
        .await
        .is(200)
        .is_silent_about("link-card");
}

#[actix_web::test]
async fn feeds_name_the_files_of_their_posts() {
    let house = House::new();
    let ann = house.person("ann").await;
    let post = arrived(&house, &ann, |_| ()).await;
    let own = Attachment {
        file: Some("own.jpg".to_owned()),
        file_size: Some(1234),
        remote_url: None,
        ..file(&house, &post, 5, "x.jpg")
    };
    house
        .app
        .store
        .write(move |tx| attachments::insert(tx, std::slice::from_ref(&own)))
        .await
        .unwrap();
    // What not everybody may read is in no feed, and neither are its files.
    arrived(&house, &ann, |post| post.audience = Audience::Followers).await;
    let service = open(&house).await;
    let feed = Browser::new(&service).get("/@ann.rss").await;
    feed.is(200);
    let document = Document::parse(&feed.body).unwrap();
    let enclosures: Vec<[&str; 3]> = document
        .descendants()
        .filter(|node| node.has_tag_name("enclosure"))
        .map(|node| ["url", "length", "type"].map(|name| node.attribute(name).unwrap()))
        .collect();
    assert_eq!(
        enclosures,
        [
            ["https://there.test/otters.jpg", "0", "image/jpeg"],
            ["https://there.test/plain.jpg", "0", "image/jpeg"],
            [
                "https://there.test/song.mp3",
                "0",
                "application/octet-stream"
            ],
            ["http://there.test/unsafe.jpg", "0", "image/jpeg"],
            [
                "https://here.test/media/files/own.jpg",
                "1234",
                "image/jpeg"
            ],
        ]
    );
    let feed = Browser::new(&service).get("/@ann.atom").await;
    feed.is(200);
    let document = Document::parse(&feed.body).unwrap();
    let enclosures: Vec<(&str, Option<&str>, Option<&str>)> = document
        .descendants()
        .filter(|node| node.attribute("rel") == Some("enclosure"))
        .map(|node| {
            (
                node.attribute("href").unwrap(),
                node.attribute("type"),
                node.attribute("title"),
            )
        })
        .collect();
    assert_eq!(
        enclosures,
        [
            (
                "https://there.test/otters.jpg",
                Some("image/jpeg"),
                Some("Two <otters>")
            ),
            ("https://there.test/plain.jpg", Some("image/jpeg"), None),
            ("https://there.test/song.mp3", None, Some("They sing")),
            ("http://there.test/unsafe.jpg", Some("image/jpeg"), None),
            (
                "https://here.test/media/files/own.jpg",
                Some("image/jpeg"),
                None
            ),
        ]
    );
}
