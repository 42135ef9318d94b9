//! Who can read what: each audience, by each viewer, on each page that shows posts.

use kontor_actions::posts::{self, Text};
use kontor_domain::audience::Audience;
use kontor_store::{accounts::Account, posts::Post, testing::rows};

use crate::{
    browser::{Browser, open},
    house::House,
};

#[actix_web::test]
async fn every_page_shows_a_post_to_those_alone_who_may_read_it() {
    let house = House::new();
    let (author, follower) = (house.person("author").await, house.person("follower").await);
    let (mentioned, member) = (
        house.person("mentioned").await,
        house.person("member").await,
    );
    house.follows(&follower, &author).await;
    let mut posts = Vec::new();
    for audience in [
        Audience::Public,
        Audience::Unlisted,
        Audience::Followers,
        Audience::Direct,
    ] {
        let text = format!("@mentioned hear hear secret-{audience} #harbour");
        posts.push((audience, house.post(&author, &text, audience).await));
    }
    let service = open(&house).await;
    let open_ones = [Audience::Public, Audience::Unlisted];
    let all = [
        Audience::Public,
        Audience::Unlisted,
        Audience::Followers,
        Audience::Direct,
    ];
    let for_followers = [Audience::Public, Audience::Unlisted, Audience::Followers];
    for (who, readable) in [
        (None, &open_ones[..]),
        (Some(&member), &open_ones[..]),
        (Some(&follower), &for_followers[..]),
        (Some(&mentioned), &all[..]),
        (Some(&author), &all[..]),
    ] {
        let mut browser = match who {
            Some(who) => Browser::of(&service, &house, who).await,
            None => Browser::new(&service),
        };
        let name = who.map_or("nobody", |who| who.username.as_str());
        let first = browser.get("/").await;
        let public = browser.get("/public").await;
        let tag = browser.get("/tags/Harbour").await;
        let profile = browser.get("/@author").await;
        let answers = browser.get("/@author?with=answers").await;
        let rss = browser.get("/@author.rss").await;
        let atom = browser.get("/@author.atom").await;
        for (audience, id) in &posts {
            let word = format!("secret-{audience}");
            let may = readable.contains(audience);
            let published = *audience == Audience::Public;
            for (page, expected) in [
                (&profile, may),
                (&answers, may),
                (&public, published),
                (&tag, published),
                (&rss, published),
                (&atom, published),
            ] {
                page.is(200);
                assert_eq!(
                    page.body.contains(&word),
                    expected,
                    "{word} for {name}: {}",
                    page.body
                );
            }
            if who.is_none() {
                assert_eq!(
                    first.body.contains(&word),
                    published,
                    "{word} on the first page"
                );
            }
            let page = browser.get(&format!("/@author/{id}")).await;
            if may {
                page.is(200).says(&word);
            } else {
                page.is(404).is_silent_about(&word);
            }
        }
    }
}

#[actix_web::test]
async fn a_thread_leaves_out_what_the_viewer_may_not_read() {
    let house = House::new();
    let (ann, ben) = (house.person("ann").await, house.person("ben").await);
    let text = |text: &str| Text {
        text: text.to_owned(),
        ..Text::default()
    };
    let root = house.post(&ann, "root words", Audience::Public).await;
    let secret = house
        .publish(
            &ben,
            text("@ann hidden words"),
            Audience::Direct,
            Some(root),
        )
        .await;
    let below = house
        .publish(
            &ann,
            text("@ben open words"),
            Audience::Public,
            Some(secret),
        )
        .await;
    let service = open(&house).await;
    let mut anyone = Browser::new(&service);
    anyone
        .get(&format!("/@ann/{root}"))
        .await
        .says("root words")
        .says("open words")
        .is_silent_about("hidden words");
    anyone
        .get(&format!("/@ann/{below}"))
        .await
        .says("open words")
        .says("root words")
        .is_silent_about("hidden words");
    let mut author = Browser::of(&service, &house, &ann).await;
    author
        .get(&format!("/@ann/{root}"))
        .await
        .says("hidden words");
}

#[actix_web::test]
async fn home_holds_what_one_follows_in_order_and_in_pages() {
    let house = House::new();
    let ann = house.person("ann").await;
    for number in 0..45 {
        house
            .post(&ann, &format!("number-{number:02}."), Audience::Public)
            .await;
    }
    let service = open(&house).await;
    for (mut browser, start) in [
        (Browser::of(&service, &house, &ann).await, "/"),
        (Browser::new(&service), "/"),
        (Browser::new(&service), "/@ann"),
    ] {
        let mut seen = Vec::new();
        let mut at = start.to_owned();
        for pages in 1.. {
            let page = browser.get(&at).await;
            page.is(200);
            seen.extend(
                page.body
                    .split("number-")
                    .skip(1)
                    .map(|rest| rest[..2].to_owned()),
            );
            let Some((before, _)) = page.body.split_once("\" rel=\"next\"") else {
                assert_eq!(pages, 3);
                page.says("Newest posts");
                break;
            };
            at = before
                .rsplit_once("href=\"")
                .unwrap()
                .1
                .replace("&#38;", "&");
        }
        let expected: Vec<String> = (0..45).rev().map(|number| format!("{number:02}")).collect();
        assert_eq!(seen, expected, "{start}");
    }
}

#[actix_web::test]
async fn a_post_shows_its_audience_warning_language_and_edit() {
    let house = House::new();
    let ann = house.person("ann").await;
    let text = Text {
        text: "der <b>Kran</b>".to_owned(),
        spoiler_text: "heavy <i>".to_owned(),
        language: Some("de".to_owned()),
        ..Text::default()
    };
    let id = house
        .publish(&ann, text.clone(), Audience::Unlisted, None)
        .await;
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    let path = format!("/@ann/{id}");
    let page = browser.get(&path).await;
    page.says("Unlisted")
        .says("<details")
        .says("heavy &#60;i&#62;")
        .says("lang=\"de\"")
        .is_silent_about("Edited");
    page.says("der &lt;b&gt;Kran");
    // What a warning hides is no title and no description either.
    let head = page.body.split_once("</head>").unwrap().0;
    assert!(head.contains("heavy") && !head.contains("Kran"), "{head}");
    house.app.clock.advance(std::time::Duration::from_secs(60));
    posts::rewrite(
        &house.app,
        ann.id,
        id,
        Text {
            text: "der andere Kran".to_owned(),
            ..text
        },
    )
    .await
    .unwrap();
    browser
        .get(&path)
        .await
        .says("Edited")
        .says("der andere Kran");
}

#[actix_web::test]
async fn pages_name_the_object_and_its_one_address() {
    let house = House::new();
    let ann = house.person("ann").await;
    let id = house.post(&ann, "hello", Audience::Public).await;
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    let post = browser.get(&format!("/@ann/{id}")).await;
    post.says(&format!(
        "type=\"application/activity+json\" href=\"https://here.test/posts/{id}\""
    ));
    post.says(&format!(
        "rel=\"canonical\" href=\"https://here.test/@ann/{id}\""
    ))
    .says("property=\"og:title\"");
    let profile = browser.get("/@ann").await;
    profile.says(&format!(
        "type=\"application/activity+json\" href=\"{}\"",
        ann.uri
    ));
    profile
        .says("rel=\"canonical\" href=\"https://here.test/@ann\"")
        .says("href=\"/@ann.rss\"")
        .says("href=\"/@ann.atom\"");
    // Other spellings lead there.
    for (path, location) in [
        (format!("/@someone/{id}"), format!("/@ann/{id}")),
        ("/@ann@here.test".to_owned(), "/@ann".to_owned()),
    ] {
        let seen = browser.get(&path).await;
        assert_eq!(
            (seen.status.as_u16(), seen.location()),
            (308, location.as_str()),
            "{path}"
        );
    }
    browser.get("/@Ann").await.is(200);
    browser.get(&format!("/@ANN/{id}")).await.is(200);
}

#[actix_web::test]
async fn search_engines_are_let_in_by_the_author_alone() {
    const NO: &str = "name=\"robots\" content=\"noindex\"";
    let house = House::new();
    let shy = house.person("shy").await;
    let known = house
        .account(Account {
            indexable: true,
            ..rows::local_account(house.app.id(), "known")
        })
        .await;
    let there = rows::remote_account(house.app.id(), "there", "there.test");
    let there = house
        .account(Account {
            indexable: true,
            ..there
        })
        .await;
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    for (account, audience, indexed) in [
        (&shy, Audience::Public, false),
        (&known, Audience::Public, true),
        (&known, Audience::Unlisted, false),
        (&there, Audience::Public, false),
    ] {
        let id = house.app.id();
        house
            .arrived(Post {
                audience,
                ..rows::post(id, account)
            })
            .await;
        let profile = if account.is_local() {
            format!("/@{}", account.username)
        } else {
            "/@there@there.test".to_owned()
        };
        let page = browser.get(&format!("{profile}/{id}")).await;
        page.is(200);
        assert_eq!(page.body.contains(NO), !indexed, "{profile} {audience}");
        let page = browser.get(&profile).await;
        assert_eq!(
            page.body.contains(NO),
            !(account.is_local() && account.indexable),
            "{profile}"
        );
    }
    browser.get("/").await.is_silent_about(NO);
    browser.get("/sign-in").await.says(NO);
    browser.get("/tags/x").await.says(NO);
}

#[actix_web::test]
async fn what_is_known_of_others_is_shown_with_a_way_to_the_original() {
    let house = House::new();
    let ben = house.stranger("ben").await;
    let id = house.app.id();
    house
        .arrived(Post {
            content: "<p>from <em>there</em></p>".to_owned(),
            ..rows::post(id, &ben)
        })
        .await;
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    let profile = browser.get("/@ben@there.test").await;
    profile
        .is(200)
        .says("@ben@there.test")
        .says("href=\"https://there.test/@ben\"")
        .says("<p>from <em>there</em></p>");
    profile
        .says("rel=\"canonical\" href=\"https://there.test/@ben\"")
        .is_silent_about(".rss");
    browser
        .get(&format!("/@ben@there.test/{id}"))
        .await
        .is(200)
        .says("Original post");
    browser.get("/@ben.rss").await.is(404);
    browser.get("/@ben").await.is(404);
    browser.get("/@nobody@there.test").await.is(404);
}

#[actix_web::test]
async fn what_is_gone_says_so_and_what_never_was_does_not() {
    let house = House::new();
    let ann = house.person("ann").await;
    let away = Account {
        suspended_at: Some(house.app.now()),
        ..rows::local_account(house.app.id(), "away")
    };
    house.account(away).await;
    let id = house.post(&ann, "hello", Audience::Public).await;
    posts::delete(&house.app, ann.id, id, posts::Files::Go)
        .await
        .unwrap();
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    browser
        .get(&format!("/@ann/{id}"))
        .await
        .is(410)
        .says("This was deleted");
    for path in [
        "/@ann/1",
        "/@ann/99999999999999999999",
        "/@ann/x",
        "/@nobody",
        "/@",
        "/@a b",
        "/@away",
        "/@ann/",
        "/tags/",
        "/tags/a-b",
    ] {
        browser
            .get(&path.replace(' ', "%20"))
            .await
            .is(404)
            .says("Nothing is here");
    }
}

#[actix_web::test]
async fn the_instance_itself_has_no_profile() {
    let house = House::new();
    kontor_actions::accounts::ensure_instance_actor(&house.app)
        .await
        .unwrap();
    let service = open(&house).await;
    Browser::new(&service).get("/@here.test").await.is(404);
}

#[actix_web::test]
async fn numbers_on_the_first_page_are_counted() {
    let house = House::new();
    let ann = house.person("ann").await;
    house.person("ben").await;
    house.stranger("far").await;
    house.post(&ann, "one", Audience::Public).await;
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    browser
        .get("/")
        .await
        .says("<strong>2</strong> people")
        .says("<strong>1</strong> post<")
        .says("<strong>1</strong> partner<")
        .says("2 rules");
    browser
        .get("/about")
        .await
        .is(200)
        .says("<li>Be &#60;kind&#62;.</li>")
        .says("Members invite new members");
}

#[actix_web::test]
async fn an_answer_names_whom_it_answers() {
    let house = House::new();
    let (ann, ben) = (house.person("ann").await, house.person("ben").await);
    let root = house.post(&ann, "root", Audience::Public).await;
    let text = |text: &str| Text {
        text: text.to_owned(),
        ..Text::default()
    };
    let answer = house
        .publish(&ben, text("@ann yes"), Audience::Public, Some(root))
        .await;
    house
        .publish(&ben, text("without a name"), Audience::Public, Some(answer))
        .await;
    let far = house.stranger("far").await;
    let orphan = Post {
        in_reply_to_uri: Some("https://there.test/1".to_owned()),
        ..rows::post(house.app.id(), &far)
    };
    house.arrived(orphan).await;
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    let page = browser.get("/@ben?with=answers").await;
    page.says(&format!(
        "<a href=\"/@ann/{root}\">In answer to <bdi>ann</bdi></a>"
    ));
    page.says(&format!(
        "<a href=\"/@ben/{answer}\">In answer to <bdi>ben</bdi></a>"
    ));
    browser
        .get("/@far@there.test?with=answers")
        .await
        .says("In answer to another post");
    let page = browser.get(&format!("/@ann/{root}")).await;
    page.says("1 answer<");
    assert_eq!(page.body.matches("<article").count(), 3);
}
