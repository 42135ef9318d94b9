//! Communities: their pages, lists, logs and feeds, for each kind of reader.

use kontor_actions::{
    accounts::RemoteGroup,
    communities::{self, Deed, NewCommunity, Source, What},
    posts::Text,
};
use kontor_domain::{
    account::AccountKind,
    audience::Audience,
    community::{Access, CommunityRole, Posting},
    follow::FollowState,
    ids::PostId,
    user::Role,
};
use kontor_store::{accounts::Account, follows, testing::rows};

use crate::{
    browser::{Browser, open},
    house::House,
};

const NO_INDEX: &str = "name=\"robots\" content=\"noindex\"";

pub(crate) async fn made(house: &House, new: NewCommunity) -> Account {
    communities::create(&house.app, new, true).await.unwrap()
}

pub(crate) async fn garden(house: &House, owner: &Account, access: Access) -> Account {
    let new = NewCommunity {
        access,
        title: "The <Garden>".to_owned(),
        description: "About *plants*".to_owned(),
        purpose: "To grow & to eat".to_owned(),
        rules: "Be kind.\nNo <weeds>.".to_owned(),
        languages: vec!["de".to_owned(), "en".to_owned()],
        posting: Posting::Members,
        ..NewCommunity::named("garden", owner.id)
    };
    made(house, new).await
}

pub(crate) async fn act(house: &House, group: &Account, by: &Account, what: What) {
    let deed = Deed {
        community: group.id,
        by: by.id,
        reason: "an <advertisement>".to_owned(),
        what,
    };
    communities::act(&house.app, deed, Source::Here)
        .await
        .unwrap();
}

pub(crate) async fn thread(house: &House, by: &Account, text: &str) -> PostId {
    house.post(by, text, Audience::Public).await
}

/// What somebody is in a community.
const READERS: [&str; 5] = ["nobody", "cleo", "ben", "dora", "ann"];

#[actix_web::test]
async fn every_page_shows_a_community_to_those_alone_who_may_know_it() {
    let all = &READERS[..];
    let (people, inside) = (&READERS[1..], &READERS[2..]);
    // Who comes to the page, reads the thread and the log, finds it in the list; and whether it has feeds.
    for (access, page, threads, log, listed, feeds) in [
        (Access::Public, all, all, all, all, true),
        (Access::Unlisted, all, all, all, inside, false),
        (Access::Restricted, all, all, all, all, true),
        (Access::Private, all, inside, inside, all, false),
        (Access::Local, people, people, people, people, false),
    ] {
        let house = House::new();
        let ann = house.person("ann").await;
        let (ben, cleo) = (house.person("ben").await, house.person("cleo").await);
        let dora = house.person("dora").await;
        let group = garden(&house, &ann, access).await;
        house.follows(&ben, &group).await;
        act(&house, &group, &ann, What::AddModerator(dora.id)).await;
        let id = thread(&house, &ann, "@garden tomatoes").await;
        act(&house, &group, &ann, What::Pin(id.into())).await;
        let service = open(&house).await;
        for (name, who) in [
            ("nobody", None),
            ("cleo", Some(&cleo)),
            ("ben", Some(&ben)),
            ("dora", Some(&dora)),
            ("ann", Some(&ann)),
        ] {
            let mut browser = match who {
                Some(who) => Browser::of(&service, &house, who).await,
                None => Browser::new(&service),
            };
            let case = format!("{access} for {name}");
            let status = |may: bool| if may { 200 } else { 404 };
            let seen = browser.get("/@garden").await;
            seen.is(status(page.contains(&name)));
            let words = seen.body.contains("The &#60;Garden&#62;");
            assert_eq!(words, page.contains(&name), "{case}");
            let shown = seen.body.contains("tomatoes");
            assert_eq!(shown, threads.contains(&name), "{case}");
            assert_eq!(
                seen.body.contains("href=\"/@garden/log\""),
                log.contains(&name),
                "{case}"
            );
            assert_eq!(
                !seen.body.contains(NO_INDEX),
                matches!(access, Access::Public | Access::Restricted),
                "{case}"
            );
            let post = browser.get(&format!("/@ann/{id}")).await;
            post.is(status(threads.contains(&name)));
            let place = "In the community <a href=\"/@garden\">";
            assert_eq!(post.body.contains(place), threads.contains(&name), "{case}");
            let seen = browser.get("/@garden/log").await;
            seen.is(status(log.contains(&name)));
            assert_eq!(
                seen.body.contains("Named a moderator"),
                log.contains(&name),
                "{case}"
            );
            let list = browser.get("/communities").await;
            assert_eq!(
                list.is(200).body.contains("href=\"/@garden\""),
                listed.contains(&name),
                "{case}"
            );
            for feed in ["/@garden.rss", "/@garden.atom"] {
                let seen = browser.get(feed).await;
                seen.is(status(feeds));
                assert_eq!(seen.body.contains("tomatoes"), feeds, "{case}: {feed}");
            }
        }
    }
}

#[actix_web::test]
async fn a_page_says_what_the_community_says_of_itself() {
    let house = House::new();
    let (ann, ben) = (house.person("ann").await, house.person("ben").await);
    let group = garden(&house, &ann, Access::Restricted).await;
    act(&house, &group, &ann, What::AddModerator(ben.id)).await;
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    let page = browser.get("/@garden").await;
    for words in [
        "<h1><bdi>The &#60;Garden&#62;</bdi></h1>",
        "@garden@here.test",
        "<em>plants</em>",
        "To grow &#38; to eat",
        "Be kind.\nNo &#60;weeds&#62;.",
        "Restricted",
        "Anyone can read here; members post.",
        "Members begin threads.",
        "German, English",
        "2 members",
        "<h2>Owner</h2>",
        "<a href=\"/@ann\">",
        "<h2>Moderator</h2>",
        "<a href=\"/@ben\">",
        "Join from anywhere",
        "No threads that you can read.",
        "property=\"og:title\" content=\"The &#60;Garden&#62; (@garden@here.test)\"",
        "property=\"og:description\" content=\"About plants\"",
        "rel=\"canonical\" href=\"https://here.test/@garden\"",
        "href=\"/@garden.rss\"",
        "href=\"/@garden.atom\"",
    ] {
        page.is(200).says(words);
    }
    page.says(&format!("href=\"{}\"", group.uri))
        .says(&format!("/media/headers/{}.png", group.id))
        .is_silent_about("archived")
        .is_silent_about("<form");
    communities::archive(&house.app, ann.id, group.id, true)
        .await
        .unwrap();
    browser
        .get("/@garden")
        .await
        .says("This community is archived");
    browser.get("/communities").await.says("Archived");
    browser.get("/").await.says("href=\"/communities\"");
    // Other spellings lead there.
    for (path, location) in [
        ("/@garden@here.test", "/@garden"),
        ("/@garden@here.test/log", "/@garden/log"),
    ] {
        let seen = browser.get(path).await;
        assert_eq!((seen.status.as_u16(), seen.location()), (308, location));
    }
    browser.get("/@ann/log").await.is(404);
    browser.get("/@nobody/log").await.is(404);
}

#[actix_web::test]
async fn a_page_says_what_one_is_there() {
    let house = House::new();
    let (ann, ben) = (house.person("ann").await, house.person("ben").await);
    let (cleo, dora) = (house.person("cleo").await, house.person("dora").await);
    let eve = house.person("eve").await;
    let group = garden(&house, &ann, Access::Private).await;
    house.follows(&ben, &group).await;
    let waits = rows::follow(house.app.id(), cleo.id, group.id, FollowState::Pending);
    house
        .app
        .store
        .write(move |tx| follows::insert_if_new(tx, &waits).map(drop))
        .await
        .unwrap();
    act(&house, &group, &ann, What::AddModerator(dora.id)).await;
    let ban = What::Ban {
        account: eve.id,
        until: None,
        purge: false,
    };
    act(&house, &group, &ann, ban).await;
    let service = open(&house).await;
    for (who, words) in [
        (&ann, "You own this community."),
        (&ben, "You belong to this community."),
        (&cleo, "You asked to join this community."),
        (&dora, "You are a moderator of this community."),
        (&eve, "You are banned from this community."),
    ] {
        let mut browser = Browser::of(&service, &house, who).await;
        let page = browser.get("/@garden").await;
        page.is(200).says(words);
        assert_eq!(page.header("cache-control"), "private, no-store");
        let warned = page.body.contains("You are its only owner");
        assert_eq!(warned, who.id == ann.id);
    }
    act(
        &house,
        &group,
        &ann,
        What::SetRole(ben.id, Some(CommunityRole::Owner)),
    )
    .await;
    let mut browser = Browser::of(&service, &house, &ann).await;
    let page = browser.get("/@garden").await;
    page.is(200).is_silent_about("only owner");
}

#[actix_web::test]
async fn what_is_removed_is_gone_and_what_is_pinned_stands_first() {
    let house = House::new();
    let (ann, ben) = (house.person("ann").await, house.person("ben").await);
    let group = garden(&house, &ann, Access::Public).await;
    house.follows(&ben, &group).await;
    let first = thread(&house, &ben, "@garden first-thread").await;
    let second = thread(&house, &ben, "@garden second-thread").await;
    let third = thread(&house, &ben, "@garden third-thread").await;
    act(&house, &group, &ann, What::Pin(first.into())).await;
    act(&house, &group, &ann, What::Lock(second.into())).await;
    act(&house, &group, &ann, What::Remove(third.into())).await;
    let service = open(&house).await;
    let mut anyone = Browser::new(&service);
    let page = anyone.get("/@garden").await;
    page.is(200).is_silent_about("third-thread");
    let (pinned, threads) = page.body.split_once("<h2 id=\"threads\">").unwrap();
    let pinned = pinned.split_once("<h2 id=\"pinned\">").unwrap().1;
    assert!(pinned.contains("first-thread") && !pinned.contains("Locked"));
    assert!(threads.contains("first-thread") && threads.contains("second-thread"));
    assert_eq!(threads.matches("Locked").count(), 1);
    assert!(threads.contains(&format!("href=\"/@ben/{second}\"")));
    anyone
        .get(&format!("/@ben/{second}"))
        .await
        .says("This thread is locked");
    anyone
        .get(&format!("/@ben/{first}"))
        .await
        .is_silent_about("This thread is locked");
    anyone.get(&format!("/@ben/{third}")).await.is(404);
    for feed in ["/@garden.rss", "/@garden.atom", "/@ben", "/@ben.rss"] {
        let seen = anyone.get(feed).await;
        seen.is(200)
            .says("first-thread")
            .is_silent_about("third-thread");
    }
    // Its author and the moderators read it where it stands, and nowhere else.
    for who in [&ann, &ben] {
        let mut browser = Browser::of(&service, &house, who).await;
        browser
            .get(&format!("/@ben/{third}"))
            .await
            .is(200)
            .says("Moderators took this post out of the community")
            .says("an &#60;advertisement&#62;");
        browser
            .get("/@garden")
            .await
            .is_silent_about("third-thread");
    }
}

#[actix_web::test]
async fn what_this_server_features_comes_first_in_the_list() {
    let house = House::new();
    let ann = house.person("ann").await;
    let chief = house.member("chief", Role::Admin).await;
    let garden = garden(&house, &ann, Access::Public).await;
    made(&house, NewCommunity::named("pond", ann.id)).await;
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    let heading = "<h2 id=\"featured\">Featured</h2>";
    browser.get("/communities").await.is_silent_about(heading);
    communities::feature(&house.app, chief.id, garden.id, true)
        .await
        .unwrap();
    let page = browser.get("/communities").await;
    let (before, after) = page.body.split_once("<h2 id=\"all\">").unwrap();
    assert!(before.contains(heading));
    for (name, first) in [("garden", true), ("pond", false)] {
        let link = format!("href=\"/@{name}\"");
        assert_eq!(before.contains(&link), first, "{name}");
        assert!(after.contains(&link), "{name}");
    }
}

#[actix_web::test]
async fn the_log_names_those_alone_whom_the_community_names() {
    let house = House::new();
    let (ann, ben) = (house.person("ann").await, house.person("ben").await);
    let cleo = house.person("cleo").await;
    let ground = |name: &str, names: bool| NewCommunity {
        names_moderators: names,
        ..NewCommunity::named(name, ann.id)
    };
    for (name, names) in [("garden", true), ("pond", false)] {
        let group = made(&house, ground(name, names)).await;
        act(&house, &group, &ann, What::AddModerator(ben.id)).await;
        let id = thread(&house, &cleo, &format!("@{name} hello")).await;
        act(&house, &group, &ben, What::Remove(id.into())).await;
        let ban = What::Ban {
            account: cleo.id,
            until: None,
            purge: false,
        };
        act(&house, &group, &ben, ban).await;
        let service = open(&house).await;
        let mut anyone = Browser::new(&service);
        let log = anyone.get(&format!("/@{name}/log")).await;
        log.is(200)
            .says("Removed a post")
            .says(&format!("https://here.test/posts/{id}"))
            .says("an &#60;advertisement&#62;")
            .says("Banned somebody")
            .says("For good")
            .says("<a href=\"/@cleo\">")
            .says(NO_INDEX);
        let by_ben = log.body.matches("by <a href=\"/@ben\">").count();
        assert_eq!(by_ben, if names { 2 } else { 0 }, "{name}");
        for role in ["by a moderator", "by an owner"] {
            assert_eq!(log.body.contains(role), !names, "{name}: {role}");
        }
        let page = anyone.get(&format!("/@{name}")).await;
        assert_eq!(page.body.contains("<a href=\"/@ben\">"), names, "{name}");
        assert_eq!(page.body.contains("<h2>Owner</h2>"), names, "{name}");
        // Those who look after it know each other.
        let mut browser = Browser::of(&service, &house, &ann).await;
        browser
            .get(&format!("/@{name}/log"))
            .await
            .says("by <a href=\"/@ben\">");
        browser
            .get(&format!("/@{name}"))
            .await
            .says("<h2>Owner</h2>")
            .says("<a href=\"/@ben\">");
    }
}

#[actix_web::test]
async fn an_appeal_is_for_those_whom_it_concerns() {
    let house = House::new();
    let (ann, cleo) = (house.person("ann").await, house.person("cleo").await);
    let group = garden(&house, &ann, Access::Public).await;
    house.follows(&cleo, &group).await;
    let id = thread(&house, &cleo, "@garden hello").await;
    act(&house, &group, &ann, What::Remove(id.into())).await;
    let page = kontor_domain::page::Page::first(1);
    let log = communities::log(&house.app, None, group.id, false, page)
        .await
        .unwrap();
    let text = "it was <free>".to_owned();
    communities::appeal(&house.app, cleo.id, log[0].entry.id, text)
        .await
        .unwrap();
    let service = open(&house).await;
    for (who, may) in [(None, false), (Some(&cleo), true), (Some(&ann), true)] {
        let mut browser = match who {
            Some(who) => Browser::of(&service, &house, who).await,
            None => Browser::new(&service),
        };
        let log = browser.get("/@garden/log").await;
        let shown = log.is(200).body.contains("it was &#60;free&#62;");
        assert_eq!(shown, may);
    }
}

#[actix_web::test]
async fn a_post_says_where_it_belongs_and_an_answer_that_its_thread_is_locked() {
    let house = House::new();
    let ann = house.person("ann").await;
    let group = garden(&house, &ann, Access::Public).await;
    let root = thread(&house, &ann, "@garden root").await;
    let text = Text {
        text: "below".to_owned(),
        ..Text::default()
    };
    let below = house
        .publish(&ann, text, Audience::Public, Some(root))
        .await;
    act(&house, &group, &ann, What::Lock(root.into())).await;
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    for id in [root, below] {
        browser
            .get(&format!("/@ann/{id}"))
            .await
            .says("In the community <a href=\"/@garden\">")
            .says("This thread is locked");
    }
    let first = browser.get("/").await;
    first.says("In <a href=\"/@garden\"><bdi>The &#60;Garden&#62;</bdi></a>");
    // At home it stands once, as the community's and not as a boost.
    let mut home = Browser::of(&service, &house, &ann).await;
    home.get("/")
        .await
        .says("root")
        .is_silent_about("Boosted by");
}

#[actix_web::test]
async fn groups_elsewhere_have_the_page_of_what_they_are() {
    let house = House::new();
    let group = |name: &str| Account {
        kind: AccountKind::Group,
        ..rows::remote_account(house.app.id(), name, "there.test")
    };
    let channel = house.account(group("films")).await;
    let board = house.account(group("board")).await;
    let said = RemoteGroup {
        moderators_url: "https://there.test/board/moderators".to_owned(),
        access: Access::Public,
        posting: Posting::Anyone,
        names_moderators: true,
        archived: None,
        purpose: Some("For boards".to_owned()),
        rules: Some("No nails".to_owned()),
        languages: None,
    };
    let app = house.app.clone();
    house
        .app
        .store
        .write(move |tx| communities::ensure_remote(&app, tx, board.id, &said))
        .await
        .unwrap();
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    browser
        .get(&format!("/@films@{}", channel.domain.unwrap()))
        .await
        .is(200)
        .says("Follow from anywhere");
    browser
        .get("/@board@there.test")
        .await
        .is(200)
        .says("Join from anywhere")
        .says("Original page")
        .says("For boards")
        .says("No nails")
        .says(NO_INDEX)
        .is_silent_about(".rss");
    browser.get("/@board@there.test/log").await.is(200);
    browser.get("/@films@there.test/log").await.is(404);
}
