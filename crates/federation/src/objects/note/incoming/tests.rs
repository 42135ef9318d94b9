//! Notes as other servers write them, read.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const ANN: &str = "https://here.test/users/1";

fn fixture(software: &str) -> IncomingNote {
    let text = match software {
        "mastodon" => include_str!("../../../../tests/fixtures/mastodon/note.json"),
        "gotosocial" => include_str!("../../../../tests/fixtures/gotosocial/note.json"),
        "lemmy" => include_str!("../../../../tests/fixtures/lemmy/note.json"),
        "misskey" => include_str!("../../../../tests/fixtures/misskey/note.json"),
        "akkoma" => include_str!("../../../../tests/fixtures/akkoma/note.json"),
        other => panic!("there is no fixture of {other}"),
    };
    let note = IncomingNote::read(serde_json::from_str(text).unwrap()).unwrap();
    note.check().unwrap();
    note
}

#[test]
fn mastodon() {
    let note = fixture("mastodon");
    assert_eq!(
        note.check().unwrap(),
        Identity {
            id: "https://elephant.test/ap/users/116000000000000001/statuses/116000000000000022",
            author: "https://elephant.test/ap/users/116000000000000001",
        }
    );
    let followers = "https://elephant.test/ap/users/116000000000000001/followers";
    assert_eq!(note.audience(followers), Audience::Public);
    assert_eq!(note.recipients(followers), [ANN]);
    assert_eq!(note.mentions(), [ANN]);
    assert_eq!(note.hashtags(), ["savanna"]);
    assert_eq!(note.language(&[]).as_deref(), Some("en"));
    assert!(note.sensitive());
    assert_eq!(
        note.in_reply_to.as_deref(),
        Some("https://here.test/posts/17")
    );
    assert_eq!(
        note.page().as_deref(),
        Some("https://elephant.test/@Tusker/116000000000000022")
    );
    assert_eq!(note.published(), time::read("2026-02-03T10:20:30Z"));
    assert_eq!(note.updated(), None);
    assert!(note.html(&[], 10_000).contains("Waterholes are a right."));
    assert!(!note.is_vote());
}

#[test]
fn gotosocial_writes_single_values() {
    let note = fixture("gotosocial");
    assert_eq!(
        note.audience("https://sloth.test/users/moss/followers"),
        Audience::Followers
    );
    assert_eq!(note.mentions(), [ANN]);
    assert_eq!(note.language(&[]).as_deref(), Some("de"));
    assert_eq!(
        (note.spoiler_text().as_str(), note.sensitive()),
        ("", false)
    );
}

#[test]
fn lemmy_names_its_language() {
    let note = fixture("lemmy");
    assert_eq!(note.audience(""), Audience::Public);
    assert_eq!(note.language(&[]).as_deref(), Some("en"));
    assert_eq!(
        note.in_reply_to.as_deref(),
        Some("https://here.test/posts/17")
    );
    assert_eq!(note.updated(), time::parse("2026-02-21T12:00:00Z"));
    assert_eq!(note.page(), None);
    assert_eq!(
        note.recipients(""),
        [ANN, "https://burrow.test/c/gardening"]
    );
}

#[test]
fn misskey_writes_the_public_short() {
    let note = fixture("misskey");
    assert_eq!(
        note.audience("https://planet.test/users/9xkitten01/followers"),
        Audience::Unlisted
    );
    assert_eq!(note.hashtags(), ["猫"]);
    assert_eq!(note.language(&[]), None);
    assert!(
        note.recipients("https://planet.test/users/9xkitten01/followers")
            .is_empty()
    );
}

#[test]
fn akkoma_has_content_only_by_language() {
    let note = fixture("akkoma");
    assert_eq!(
        note.audience("https://fox.test/users/vixen/followers"),
        Audience::Direct
    );
    assert!(note.html(&[], 10_000).starts_with("<p>Salut"));
    assert_eq!(note.language(&[]).as_deref(), Some("fr"));
    assert!(!note.is_vote());
}

fn note(value: Value) -> IncomingNote {
    IncomingNote::read(value).unwrap()
}

#[test]
fn an_author_is_on_the_server_of_the_note() {
    let of =
        |id: &str, author: Value| note(json!({"type": "Note", "id": id, "attributedTo": author}));
    assert!(
        of(
            "https://a.test/1",
            json!(["https://a.test/ann", "https://b.test/bob"])
        )
        .check()
        .is_ok()
    );
    for (id, author, field) in [
        (
            "https://a.test/1",
            json!("https://b.test/bob"),
            "attributedTo",
        ),
        (
            "https://a.test/1",
            json!("https://a.test:8443/ann"),
            "attributedTo",
        ),
        ("https://a.test/1", json!(null), "attributedTo"),
        ("urn:uuid:1", json!("https://a.test/ann"), "id"),
    ] {
        assert_eq!(
            of(id, author.clone()).check().unwrap_err().field,
            field,
            "{id} {author}"
        );
    }
    assert_eq!(
        note(json!({"type": "Profile"})).check().unwrap_err().field,
        "type"
    );
    assert_eq!(
        note(json!({"type": "Note"})).check().unwrap_err().field,
        "id"
    );
}

#[test]
fn an_author_without_followers_has_no_followers_only_posts() {
    let to_nobody = note(json!({"to": [""], "cc": []}));
    assert_eq!(to_nobody.audience(""), Audience::Direct);
}

#[test]
fn another_authors_followers_are_not_the_authors() {
    let note = note(json!({"to": ["https://a.test/other/followers"]}));
    assert_eq!(
        note.audience("https://a.test/ann/followers"),
        Audience::Direct
    );
}

#[test]
fn the_language_is_that_of_the_content() {
    let of = |value: Value| note(value).language(&[]);
    assert_eq!(
        of(json!({"content": "b", "contentMap": {"de": "a", "fr": "b"}})).as_deref(),
        Some("fr")
    );
    assert_eq!(of(json!({"content": "c", "contentMap": {"de": "a"}})), None);
    assert_eq!(
        of(json!({"content": "c", "language": "pt-BR"})).as_deref(),
        Some("pt")
    );
    assert_eq!(
        of(json!({"content": "c", "contentMap": {"und": "c"}})),
        None
    );
    assert_eq!(
        of(json!({"content": "c", "contentMap": ["c"], "language": 7})),
        None
    );
}

#[test]
fn a_vote_is_no_post() {
    let vote = json!({"type": "Note", "name": "Yes", "inReplyTo": "https://here.test/posts/1"});
    assert!(note(vote).is_vote());
}

#[test]
fn scripts_and_control_characters_do_not_arrive() {
    let note = note(
        json!({"content": "<p onclick=x>a\u{0}</p><script>b</script>", "summary": "one\ntwo\u{0}"}),
    );
    assert!(
        !note.html(&[], 10_000).contains('\0')
            && !note.html(&[], 10_000).contains("script")
            && !note.html(&[], 10_000).contains("onclick")
    );
    assert_eq!(note.spoiler_text(), "one two");
}

#[test]
fn lists_end() {
    let tags: Vec<_> = (0..1000)
        .flat_map(|n| {
            [
                json!({"type": "Mention", "href": format!("https://a.test/{n}")}),
                json!({"type": "Hashtag", "name": format!("#tag{n}")}),
            ]
        })
        .collect();
    let note = note(json!({"tag": tags}));
    // Which of them are looked up is decided where it is known who is here.
    assert_eq!(note.mentions().len(), 1000);
    assert_eq!(note.hashtags().len(), MAX_HASHTAGS);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        Just(json!("https://a.test/1")),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec(("(id|type|href|url|name|identifier)", inner), 0..4)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

const PROPERTIES: [&str; 17] = [
    "id",
    "type",
    "attributedTo",
    "to",
    "cc",
    "content",
    "contentMap",
    "name",
    "summary",
    "sensitive",
    "inReplyTo",
    "published",
    "updated",
    "url",
    "tag",
    "language",
    "@context",
];

proptest! {
    /// Whatever a peer writes where: it reads, and nothing that is asked of it fails.
    #[test]
    fn any_object_reads(values in proptest::collection::vec(any_json(), PROPERTIES.len())) {
        let object: Map<String, Value> = PROPERTIES.iter().map(|&name| name.to_owned()).zip(values).collect();
        let note = note(Value::Object(object));
        let _either = note.check();
        let html = note.html(&[], 10_000);
        prop_assert!(!html.contains('\0') && !html.contains("<script"));
        prop_assert!(!note.spoiler_text().contains('\n'));
        prop_assert!(note.language(&[]).is_none_or(|language| !language.is_empty()));
        prop_assert!(note.recipients("").iter().all(|id| web_address(id).is_some()));
        let _all = (note.audience(""), note.hashtags(), note.page(), note.published(), note.sensitive());
    }
}
