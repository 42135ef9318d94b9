//! Feeds: well-formed whatever is in them, and complete as their formats want them.

use kontor_actions::posts::Text;
use kontor_domain::{audience::Audience, time};
use kontor_store::{accounts::Account, posts::Post, testing::rows};
use roxmltree::{Document, Node};

use crate::{
    browser::{Browser, open},
    house::House,
};

fn child<'a>(node: Node<'a, 'a>, name: &str) -> Node<'a, 'a> {
    let found = node
        .children()
        .find(|child| child.tag_name().name() == name);
    found.unwrap_or_else(|| panic!("{} has no {name}", node.tag_name().name()))
}

fn text<'a>(node: Node<'a, 'a>, name: &str) -> &'a str {
    child(node, name).text().unwrap_or_default()
}

async fn populated() -> House {
    let house = House::new();
    let ann = Account {
        display_name: "Ann \u{8}& <Co> \"'".to_owned(),
        note: "<p>We &amp; you</p>".to_owned(),
        ..rows::local_account(house.app.id(), "ann")
    };
    let ann = house.account(ann).await;
    let ben = house.person("ben").await;
    house
        .post(&ann, "first & <foremost> #harbour", Audience::Public)
        .await;
    let warned = Text {
        text: "the end".to_owned(),
        spoiler_text: "a & <b>".to_owned(),
        ..Text::default()
    };
    house.publish(&ann, warned, Audience::Public, None).await;
    let bens = house.post(&ben, "question", Audience::Public).await;
    let answer = Text {
        text: "answer to another".to_owned(),
        ..Text::default()
    };
    house
        .publish(&ann, answer, Audience::Public, Some(bens))
        .await;
    house
        .arrived(Post {
            content: "<p>odd\u{8}\u{fffe} ]]> text</p>".to_owned(),
            ..rows::post(house.app.id(), &ann)
        })
        .await;
    house
}

#[actix_web::test]
async fn rss_is_well_formed_and_complete() {
    let house = populated().await;
    let service = open(&house).await;
    let seen = Browser::new(&service).get("/@ann.rss").await;
    seen.is(200).is_silent_about("answer to another");
    assert_eq!(
        seen.header("content-type"),
        "application/rss+xml; charset=utf-8"
    );
    assert!(seen.header("cache-control").starts_with("public"));
    let document = Document::parse(&seen.body).unwrap();
    let rss = document.root_element();
    assert_eq!(
        (rss.tag_name().name(), rss.attribute("version")),
        ("rss", Some("2.0"))
    );
    let channel = child(rss, "channel");
    assert_eq!(text(channel, "title"), "Ann & <Co> \"' (@ann@here.test)");
    assert_eq!(text(channel, "link"), "https://here.test/@ann");
    assert_eq!(text(channel, "description"), "We & you");
    let items: Vec<Node<'_, '_>> = channel
        .children()
        .filter(|node| node.has_tag_name("item"))
        .collect();
    assert_eq!(items.len(), 3);
    for item in &items {
        assert_eq!(text(*item, "guid"), text(*item, "link"));
        assert!(text(*item, "link").starts_with("https://here.test/"));
        assert!(chrono::DateTime::parse_from_rfc2822(text(*item, "pubDate")).is_ok());
        assert!(!text(*item, "title").is_empty());
    }
    let newest_first: Vec<&str> = items.iter().map(|item| text(*item, "title")).collect();
    assert_eq!(
        newest_first,
        ["odd ]]> text", "a & <b>", "first & <foremost> #harbour"]
    );
    assert!(
        text(items[1], "description")
            .starts_with("<p><strong>Content warning:</strong> a &amp; &lt;b&gt;</p>")
    );
    assert_eq!(text(items[2], "category"), "harbour");
}

#[actix_web::test]
async fn atom_is_well_formed_and_complete() {
    let house = populated().await;
    let service = open(&house).await;
    let seen = Browser::new(&service).get("/@ann.atom").await;
    seen.is(200).is_silent_about("answer to another");
    assert_eq!(
        seen.header("content-type"),
        "application/atom+xml; charset=utf-8"
    );
    let document = Document::parse(&seen.body).unwrap();
    let feed = document.root_element();
    assert_eq!(
        feed.tag_name().namespace(),
        Some("http://www.w3.org/2005/Atom")
    );
    assert_eq!(text(feed, "id"), "https://here.test/@ann.atom");
    assert!(time::parse(text(feed, "updated")).is_some());
    assert_eq!(text(child(feed, "author"), "name"), "Ann & <Co> \"'");
    let entries: Vec<Node<'_, '_>> = feed
        .children()
        .filter(|node| node.tag_name().name() == "entry")
        .collect();
    assert_eq!(entries.len(), 3);
    for entry in entries {
        for name in ["id", "title", "updated", "published", "content"] {
            assert!(!text(entry, name).is_empty(), "{name}");
        }
    }
}
