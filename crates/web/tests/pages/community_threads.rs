//! The threads of communities: their pages, their titles, and the feeds that hold them.

use actix_web::{
    body::BoxBody,
    dev::{Service, ServiceResponse},
};
use kontor_actions::{
    communities::{self, Deed, NewCommunity, Source, What},
    posts::{self, Draft, Extras, Text},
};
use kontor_domain::{audience::Audience, community::Access, ids::PostId};
use kontor_store::accounts::Account;
use roxmltree::{Document, Node};

use crate::{
    browser::{Browser, open},
    communities::{act, garden, made, thread},
    house::House,
};

/// What stands on the pages from this one on, between two words.
async fn walk<S>(browser: &mut Browser<'_, S>, start: &str, word: &str) -> (Vec<String>, usize)
where
    S: Service<actix_http::Request, Response = ServiceResponse<BoxBody>, Error = actix_web::Error>,
{
    let (mut seen, mut at) = (Vec::new(), start.to_owned());
    for pages in 1.. {
        let page = browser.get(&at).await;
        page.is(200);
        seen.extend(
            page.body
                .split(word)
                .skip(1)
                .map(|rest| rest[..2].to_owned()),
        );
        let Some((before, _)) = page.body.split_once("\" rel=\"next\"") else {
            page.says("First page");
            return (seen, pages);
        };
        at = before
            .rsplit_once("href=\"")
            .unwrap()
            .1
            .replace("&#38;", "&");
    }
    unreachable!()
}

#[actix_web::test]
async fn threads_the_log_and_the_list_have_pages() {
    let house = House::new();
    let ann = house.person("ann").await;
    let group = garden(&house, &ann, Access::Public).await;
    for number in 0..45 {
        thread(&house, &ann, &format!("@garden number-{number:02}.")).await;
    }
    let pinned = thread(&house, &ann, "@garden pinned").await;
    act(&house, &group, &ann, What::Pin(pinned.into())).await;
    for number in 0..11 {
        for what in [What::Lock(pinned.into()), What::Unlock(pinned.into())] {
            let deed = Deed {
                community: group.id,
                by: ann.id,
                reason: format!("number-{number:02}."),
                what,
            };
            communities::act(&house.app, deed, Source::Here)
                .await
                .unwrap();
        }
    }
    let pond = made(&house, NewCommunity::named("pond", ann.id)).await;
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    let numbers = |count: usize, times: usize| -> Vec<String> {
        (0..count)
            .rev()
            .flat_map(|number| std::iter::repeat_n(format!("{number:02}"), times))
            .collect()
    };
    assert_eq!(
        walk(&mut browser, "/@garden", "number-").await,
        (numbers(45, 1), 3)
    );
    assert_eq!(
        walk(&mut browser, "/@garden/log", "number-").await,
        (numbers(11, 2), 2)
    );
    browser
        .get("/communities")
        .await
        .says("href=\"/@garden\"")
        .says("href=\"/@pond\"")
        .is_silent_about("First page");
    browser
        .get(&format!("/communities?max_id={}", pond.id))
        .await
        .says("href=\"/@garden\"")
        .is_silent_about("href=\"/@pond\"")
        .says("First page");
    // What is pinned is not repeated on later pages.
    let later = browser.get(&format!("/@garden?max_id={}", i64::MAX)).await;
    later.is(200).is_silent_about("id=\"pinned\"");
    browser.get("/@garden?max_id=x").await.is(400);
    browser.get("/@garden/log?max_id=x").await.is(400);
    browser.get("/communities?max_id=x").await.is(400);
}

async fn titled(house: &House, by: &Account, title: Option<&str>, text: Text) -> PostId {
    let draft = Draft {
        text,
        audience: Audience::Public,
        in_reply_to: None,
        idempotency_key: None,
        application: None,
        extras: Extras {
            title: title.map(str::to_owned),
            ..Extras::default()
        },
    };
    posts::publish(&house.app, by.id, draft).await.unwrap()
}

#[actix_web::test]
async fn what_a_warning_hides_is_no_title() {
    let house = House::new();
    let ann = house.person("ann").await;
    garden(&house, &ann, Access::Public).await;
    let warned = |text: &str| Text {
        text: text.to_owned(),
        spoiler_text: "heavy".to_owned(),
        ..Text::default()
    };
    titled(&house, &ann, None, warned("@garden the crane fell")).await;
    let given = titled(
        &house,
        &ann,
        Some("About <it>"),
        warned("@garden the roof fell"),
    )
    .await;
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    browser
        .get("/@garden")
        .await
        .says("heavy")
        .says("About &#60;it&#62;")
        .is_silent_about("crane")
        .is_silent_about("roof");
    browser
        .get(&format!("/@ann/{given}"))
        .await
        .says("<h1><bdi>About &#60;it&#62;</bdi></h1>");
}

#[actix_web::test]
async fn feeds_of_a_community_hold_its_threads_and_who_began_them() {
    let house = House::new();
    let (ann, ben) = (house.person("ann").await, house.person("ben").await);
    let group = garden(&house, &ann, Access::Public).await;
    house.follows(&ben, &group).await;
    let text = |text: &str| Text {
        text: text.to_owned(),
        ..Text::default()
    };
    let root = titled(
        &house,
        &ben,
        Some("Roses & <co>"),
        text("@garden they grow"),
    )
    .await;
    house
        .publish(&ann, text("an answer"), Audience::Public, Some(root))
        .await;
    thread(&house, &ben, "not for the place").await;
    let service = open(&house).await;
    let mut browser = Browser::new(&service);
    let seen = browser.get("/@garden.rss").await;
    seen.is(200)
        .is_silent_about("an answer")
        .is_silent_about("not for the place");
    let document = Document::parse(&seen.body).unwrap();
    let word = |node: Node<'_, '_>, name: &str| {
        let found = node
            .descendants()
            .find(|child| child.tag_name().name() == name);
        found.unwrap().text().unwrap_or_default().to_owned()
    };
    let items: Vec<_> = document
        .descendants()
        .filter(|node| node.has_tag_name("item"))
        .collect();
    assert_eq!(items.len(), 1);
    assert_eq!(word(items[0], "title"), "Roses & <co>");
    assert_eq!(word(items[0], "creator"), "ben");
    assert_eq!(
        word(items[0], "link"),
        format!("https://here.test/@ben/{root}")
    );
    let seen = browser.get("/@garden.atom").await;
    let document = Document::parse(&seen.body).unwrap();
    let entries: Vec<_> = document
        .descendants()
        .filter(|node| node.tag_name().name() == "entry")
        .collect();
    assert_eq!(entries.len(), 1);
    assert_eq!(word(entries[0], "title"), "Roses & <co>");
    assert_eq!(word(entries[0], "name"), "ben");
    assert_eq!(word(entries[0], "uri"), "https://here.test/@ben");
}
