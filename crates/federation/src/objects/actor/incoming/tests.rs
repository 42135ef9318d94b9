//! Actor documents as other servers write them, read.

use serde_json::{Value, json};

use super::*;

const MASTODON: &str = include_str!("../../../../tests/fixtures/mastodon/actor.json");
const GOTOSOCIAL: &str = include_str!("../../../../tests/fixtures/gotosocial/actor.json");
const LEMMY: &str = include_str!("../../../../tests/fixtures/lemmy/actor.json");
const MISSKEY: &str = include_str!("../../../../tests/fixtures/misskey/actor.json");
const AKKOMA: &str = include_str!("../../../../tests/fixtures/akkoma/actor.json");

fn check(value: Value) -> Result<RemoteAccount, Unfit> {
    let actor = IncomingActor::read(value)?;
    let from = actor
        .id
        .clone()
        .unwrap_or_else(|| "https://elephant.test/x".to_owned());
    actor.check(&from.parse().unwrap())
}

fn fixture(text: &str) -> RemoteAccount {
    check(serde_json::from_str(text).unwrap()).unwrap()
}

/// Mastodon's actor with one property replaced, or, with null, without it.
fn with(path: &str, value: Value) -> Result<RemoteAccount, Unfit> {
    let mut actor: Value = serde_json::from_str(MASTODON).unwrap();
    *actor.pointer_mut(path).unwrap() = value;
    check(actor)
}

#[test]
fn mastodon() {
    let account = fixture(MASTODON);
    assert_eq!(
        account.uri,
        "https://elephant.test/ap/users/116000000000000001"
    );
    assert_eq!(
        (account.username.as_str(), account.domain.as_str()),
        ("Tusker", "elephant.test")
    );
    assert_eq!(account.published, time::parse("2026-01-04T00:00:00Z"));
    let profile = account.profile;
    assert_eq!(profile.kind, AccountKind::Person);
    assert_eq!(profile.url, "https://elephant.test/@Tusker");
    assert_eq!(profile.display_name, "Tusker :wave:");
    assert!(
        profile
            .note
            .starts_with("<p>Walks far. <a href=\"https://elephant.test/tags/savanna\"")
    );
    assert_eq!(
        profile.avatar_url.as_deref(),
        Some("https://files.elephant.test/avatars/1.png")
    );
    assert_eq!(
        profile.header_url.as_deref(),
        Some("https://files.elephant.test/headers/1.jpg")
    );
    assert_eq!(
        profile.also_known_as,
        r#"["https://old.test/users/tusker"]"#
    );
    assert!(profile.locked && profile.discoverable && !profile.indexable);
    let fields: Vec<Field> = serde_json::from_str(&profile.fields).unwrap();
    assert_eq!(fields.len(), 2);
    assert_eq!(
        (fields[1].name.as_str(), fields[1].value.as_str()),
        ("Tusks", "two")
    );
    let ends = account.endpoints;
    assert_eq!(
        ends.inbox_url,
        "https://elephant.test/ap/users/116000000000000001/inbox"
    );
    assert_eq!(
        ends.shared_inbox_url.as_deref(),
        Some("https://elephant.test/inbox")
    );
    assert_eq!(
        ends.public_key_id,
        "https://elephant.test/ap/users/116000000000000001#main-key"
    );
    assert!(ends.public_key_pem.ends_with("-----END PUBLIC KEY-----"));
}

#[test]
fn gotosocial() {
    let account = fixture(GOTOSOCIAL);
    // A key that is a document of its own, and a single field instead of a list.
    assert_eq!(
        account.endpoints.public_key_id,
        "https://sloth.test/users/moss/main-key"
    );
    assert_eq!(
        account.profile.fields,
        r#"[{"name":"speed","value":"low"}]"#
    );
    assert_eq!(account.profile.header_url, None);
}

#[test]
fn lemmy() {
    let account = fixture(LEMMY);
    assert_eq!(account.profile.kind, AccountKind::Group);
    assert_eq!(account.profile.display_name, "Gardening");
    // A community has no page of its own address and follows nobody.
    assert_eq!(account.profile.url, "https://burrow.test/c/gardening");
    assert_eq!(account.endpoints.following_url, "");
}

/// Lemmy's community, saying something else too.
fn group(more: &Value) -> RemoteGroup {
    let mut actor: Value = serde_json::from_str(LEMMY).unwrap();
    for (name, value) in more.as_object().unwrap() {
        actor[name] = value.clone();
    }
    check(actor).unwrap().group.unwrap()
}

#[test]
fn a_community_says_in_our_words_what_it_is() {
    let said = group(&json!({
        "access": "unlisted",
        "posting": "members",
        "archived": true,
        "postingRestrictedToMods": true,
        "manuallyApprovesFollowers": true,
        "purpose": "To grow",
        "rules": "Be kind",
        "language": [{"identifier": "de", "name": "German"}, {"identifier": "en", "name": "English"}],
    }));
    assert_eq!(
        (said.access, said.posting, said.archived),
        (Access::Unlisted, Posting::Members, Some(true))
    );
    assert_eq!(
        (said.purpose.as_deref(), said.rules.as_deref()),
        (Some("To grow"), Some("Be kind"))
    );
    assert_eq!(said.languages.unwrap(), ["de", "en"]);
}

#[test]
fn what_a_community_says_in_no_word_of_ours_is_what_others_say() {
    for (more, access, posting) in [
        (json!({}), Access::Public, Posting::Anyone),
        (
            json!({"manuallyApprovesFollowers": true, "postingRestrictedToMods": true}),
            Access::Private,
            Posting::Moderators,
        ),
        // What never leaves a server cannot be said.
        (
            json!({"access": "local", "posting": "nobody"}),
            Access::Public,
            Posting::Anyone,
        ),
        (
            json!({"access": ["unlisted"], "posting": 7, "postingRestrictedToMods": true}),
            Access::Public,
            Posting::Moderators,
        ),
        (
            json!({"access": "secret", "manuallyApprovesFollowers": true}),
            Access::Private,
            Posting::Anyone,
        ),
    ] {
        let said = group(&more);
        assert_eq!((said.access, said.posting), (access, posting), "{more}");
    }
    let said = group(
        &json!({"archived": "yes", "purpose": {"en": "to grow"}, "rules": ["be kind"], "language": [7, {}]}),
    );
    assert_eq!(
        (said.archived, said.purpose, said.rules, said.languages),
        (None, None, None, None)
    );
    let languages = |language: Value| group(&json!({"language": language})).languages;
    assert_eq!(languages(json!([])), Some(Vec::new()));
    assert_eq!(languages(json!(null)), None);
    assert_eq!(
        languages(json!({"identifier": "de"})),
        Some(vec!["de".to_owned()])
    );
    let many: Vec<Value> = (0..1000)
        .map(|n| json!({"identifier": n.to_string()}))
        .collect();
    assert_eq!(languages(json!(many)).unwrap().len(), MAX_LANGUAGES);
}

#[test]
fn misskey() {
    let account = fixture(MISSKEY);
    assert_eq!(
        (
            account.profile.display_name.as_str(),
            account.profile.note.as_str()
        ),
        ("", "")
    );
    assert_eq!(
        account.endpoints.shared_inbox_url.as_deref(),
        Some("https://planet.test/inbox")
    );
    assert_eq!(account.profile.also_known_as, "[]");
    assert!(account.published.is_none());
}

#[test]
fn akkoma() {
    let account = fixture(AKKOMA);
    assert_eq!(account.profile.kind, AccountKind::Service);
    assert_eq!(account.profile.note, "quick<br>brown");
    assert_eq!(
        account.profile.avatar_url.as_deref(),
        Some("https://fox.test/media/a.png")
    );
}

#[test]
fn a_server_speaks_for_itself_alone() {
    let actor = IncomingActor::read(serde_json::from_str(MASTODON).unwrap()).unwrap();
    for elsewhere in [
        "https://evil.test/x",
        "https://elephant.test:8443/x",
        "http://elephant.test/x",
        "https://a.elephant.test/",
    ] {
        let refused = actor.check(&elsewhere.parse().unwrap()).unwrap_err();
        assert_eq!(refused.field, "id", "{elsewhere}");
    }
    for (path, field) in [
        ("/inbox", "inbox"),
        ("/outbox", "outbox"),
        ("/followers", "followers"),
        ("/following", "following"),
        ("/featured", "featured"),
        ("/endpoints/sharedInbox", "endpoints.sharedInbox"),
        ("/publicKey/id", "publicKey"),
        ("/publicKey/owner", "publicKey"),
    ] {
        let refused = with(path, json!("https://evil.test/users/1")).unwrap_err();
        assert_eq!(refused.field, field);
    }
    // A page or a picture elsewhere does no harm: the page is not believed, the picture is.
    let account = with("/url", json!("https://evil.test/@Tusker")).unwrap();
    assert_eq!(account.profile.url, account.uri);
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    for (path, value, field) in [
        ("/id", json!(null), "id"),
        ("/id", json!("acct:tusker@elephant.test"), "id"),
        ("/type", json!("Note"), "type"),
        ("/type", json!(7), "type"),
        ("/preferredUsername", json!(null), "preferredUsername"),
        ("/preferredUsername", json!(""), "preferredUsername"),
        ("/preferredUsername", json!("a b"), "preferredUsername"),
        ("/preferredUsername", json!("a@b.test"), "preferredUsername"),
        (
            "/preferredUsername",
            json!("a".repeat(129)),
            "preferredUsername",
        ),
        ("/inbox", json!(null), "inbox"),
        ("/inbox", json!("javascript:alert(1)"), "inbox"),
        ("/publicKey", json!(null), "publicKey"),
        (
            "/publicKey/owner",
            json!("https://elephant.test/ap/users/2"),
            "publicKey",
        ),
        (
            "/publicKey/publicKeyPem",
            json!("no key"),
            "publicKey.publicKeyPem",
        ),
        (
            "/publicKey/publicKeyPem",
            json!(format!("-----BEGIN {}", "x".repeat(9000))),
            "publicKey.publicKeyPem",
        ),
    ] {
        let actor: Value = serde_json::from_str(MASTODON).unwrap();
        let from = actor["id"].as_str().unwrap().parse().unwrap();
        let mut actor = actor;
        *actor.pointer_mut(path).unwrap() = value.clone();
        let refused = IncomingActor::read(actor)
            .unwrap()
            .check(&from)
            .unwrap_err();
        assert_eq!(refused.field, field, "{path} = {value}");
        assert!(
            refused.to_string().contains(&format!("`{field}`")),
            "{refused}"
        );
    }
}

#[test]
fn what_is_optional_may_be_nonsense() {
    for path in [
        "/name",
        "/summary",
        "/url",
        "/published",
        "/icon",
        "/image",
        "/tag",
        "/attachment",
        "/alsoKnownAs",
        "/discoverable",
    ] {
        for value in [
            json!(null),
            json!(7),
            json!({"a": {"b": []}}),
            json!([[], {}, null, true]),
        ] {
            assert!(with(path, value.clone()).is_ok(), "{path} = {value}");
        }
    }
}

#[test]
fn nothing_is_longer_than_it_is_stored() {
    let account = with("/name", json!("n\u{0}".repeat(10_000))).unwrap();
    assert_eq!(account.profile.display_name, "n".repeat(MAX_NAME));
    let account = with("/summary", json!("<p>x</p>".repeat(10_000))).unwrap();
    assert!(account.profile.note.len() <= MAX_SUMMARY_BYTES);
    let many: Vec<_> = (0..100)
        .map(|n| json!({"type": "PropertyValue", "name": n.to_string(), "value": "v"}))
        .collect();
    let fields: Vec<Field> =
        serde_json::from_str(&with("/attachment", json!(many)).unwrap().profile.fields).unwrap();
    assert_eq!(fields.len(), MAX_FIELDS);
}

#[test]
fn one_of_several_keys_is_the_actors_own() {
    let mut actor: Value = serde_json::from_str(MASTODON).unwrap();
    let own = actor["publicKey"].clone();
    actor["publicKey"] = json!([{"id": "https://evil.test/k", "owner": "https://evil.test/1", "publicKeyPem": "x"}, 7, own]);
    assert!(
        check(actor)
            .unwrap()
            .endpoints
            .public_key_id
            .ends_with("#main-key")
    );
}

#[test]
fn a_port_is_part_of_the_domain() {
    let text = MASTODON.replace("https://elephant.test", "http://localhost:4001");
    assert_eq!(fixture(&text).domain, "localhost:4001");
}
