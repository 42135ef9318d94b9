//! Coming from another site to follow, like, boost, answer or write.

use std::sync::Arc;

use kontor_actions::{
    App, Error, FileBounds, Found, Remote, Result, accounts::Account, follows, posts, timelines,
};
use kontor_domain::{
    audience::{Audience, Viewer},
    event::Event,
    follow::FollowState,
    ids::AccountId,
    page::Page,
    text::Handle,
};
use kontor_store::{Tx, accounts, posts::Post, testing::rows};

use crate::{
    browser::{Browser, between, open},
    house::{House, settings},
};

/// One account is out there, and is known here once somebody asked for it.
struct Beyond;

const ANNA: &str = "https://there.test/users/anna";

async fn keep(app: &App) -> Result<AccountId> {
    let account = rows::remote_account(app.id(), "anna", "there.test");
    app.store
        .write(move |tx| {
            if let Some(known) = accounts::by_handle(tx, "anna@there.test")? {
                return Ok(known.id);
            }
            accounts::insert(tx, &account)?;
            Ok(account.id)
        })
        .await
}

#[async_trait::async_trait]
impl Remote for Beyond {
    fn speaks_with(&self, _: &str) -> bool {
        true
    }

    fn publish(&self, _: &App, _: &mut Tx<'_>, _: &Post, _: &[AccountId]) -> Result<()> {
        Ok(())
    }

    fn tell(&self, _: &App, _: &mut Tx<'_>, _: &Event) -> Result<()> {
        Ok(())
    }

    async fn resolve_handle(&self, app: &App, handle: &Handle) -> Result<Option<AccountId>> {
        if handle.username == "anna" {
            keep(app).await.map(Some)
        } else {
            Ok(None)
        }
    }

    async fn resolve_url(&self, app: &App, url: &url::Url) -> Result<Option<Found>> {
        if url.as_str() == ANNA {
            keep(app).await.map(|id| Some(Found::Account(id)))
        } else {
            Ok(None)
        }
    }

    fn takes_file(&self, _: &str, _: Option<&str>, _: &url::Url) -> bool {
        true
    }

    async fn join_requests(&self, _: &App, _: &Account) -> Result<Option<Vec<AccountId>>> {
        Ok(None)
    }

    async fn fetch_file(&self, _: &App, _: &url::Url, _: FileBounds) -> Result<Vec<u8>> {
        Err(Error::NotFound)
    }
}

fn address(query: &str) -> String {
    format!("/authorize_interaction?{query}")
}

#[actix_web::test]
async fn who_is_not_signed_in_signs_in_and_comes_back() {
    let house = House::beyond(settings(), Arc::new(Beyond));
    let service = open(&house).await;
    let path = address("uri=acct%3Aanna%40there.test&intent=follow");
    let mut visitor = Browser::new(&service);
    let sent_on = visitor.get(&path).await;
    assert_eq!(sent_on.is(303).status, 303);
    let sign_in = visitor.get(sent_on.location()).await;
    let next = between(&sign_in.is(200).body, "name=\"next\" value=\"", "\"");
    let next = next.replace("&#38;", "&").replace("&amp;", "&");
    // Nobody was asked for on behalf of a visitor.
    let known = accounts_named(&house, "anna@there.test").await;
    assert_eq!(known, 0);
    let ann = house.person("ann").await;
    let mut browser = Browser::of(&service, &house, &ann).await;
    browser.get(&next).await.is(200).says("@anna@there.test");
    assert_eq!(accounts_named(&house, "anna@there.test").await, 1);
}

async fn accounts_named(house: &House, handle: &'static str) -> usize {
    let found = house
        .app
        .store
        .read(move |db| accounts::by_handle(db, handle))
        .await
        .unwrap();
    usize::from(found.is_some())
}

#[actix_web::test]
async fn an_account_is_followed_by_the_form_and_by_nothing_else() {
    for name in [
        "acct:anna@there.test",
        "@anna@there.test",
        "https://there.test/users/anna",
    ] {
        let house = House::beyond(settings(), Arc::new(Beyond));
        let service = open(&house).await;
        let ann = house.person("ann").await;
        let mut browser = Browser::of(&service, &house, &ann).await;
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("uri", name)
            .finish();
        let path = address(&query);
        let page = browser.get(&path).await;
        page.is(200).says("<h1>Follow ").says("@anna@there.test");
        let id = between(&page.body, "action=\"/authorize_interaction/follow/", "\"");
        let target = AccountId(id.parse().unwrap());
        let state = || async {
            let follow = follows::between(&house.app, ann.id, target).await.unwrap();
            follow.map(|follow| follow.state)
        };
        assert_eq!(state().await, None, "{name}");
        let action = format!("/authorize_interaction/follow/{id}");
        browser
            .post(&action, &[("form_token", "made up")])
            .await
            .is(403);
        assert_eq!(state().await, None);
        let done = browser.submit(&path, &action, &[]).await;
        assert_eq!(done.is(303).location(), "/@anna@there.test");
        assert_eq!(state().await, Some(FollowState::Pending));
        browser
            .get(&path)
            .await
            .says("You asked to follow this account")
            .is_silent_about("action=\"/authorize_interaction/follow/");
    }
}

#[actix_web::test]
async fn one_does_not_follow_oneself() {
    let house = House::new();
    let service = open(&house).await;
    let ann = house.person("ann").await;
    let mut browser = Browser::of(&service, &house, &ann).await;
    browser
        .get(&address(
            "uri=https%3A%2F%2Fhere.test%2F%40ann&intent=follow",
        ))
        .await
        .is(200)
        .says("This is your own account");
}

#[actix_web::test]
async fn a_post_is_liked_boosted_and_answered() {
    let house = House::new();
    let service = open(&house).await;
    let (ann, ben) = (house.person("ann").await, house.person("ben").await);
    let post = house
        .post(&ben, "Otters hold hands", Audience::Unlisted)
        .await;
    let uri = format!("uri=https%3A%2F%2Fhere.test%2F%40ben%2F{post}");
    let mut browser = Browser::of(&service, &house, &ann).await;
    let shown = || async {
        posts::get(&house.app, Viewer::Account(ann.id), post)
            .await
            .unwrap()
    };

    // Each intent offers its own; without one there is all.
    let any = browser.get(&address(&uri)).await;
    any.is(200).says("Otters hold hands");
    for (intent, word) in [
        ("like", "Like"),
        ("announce", "Boost"),
        ("create", "Publish"),
    ] {
        let button = format!("type=\"submit\">{word}</button>");
        any.says(&button);
        let page = browser
            .get(&address(&format!("{uri}&intent={intent}")))
            .await;
        page.says(&button);
        for other in ["Like", "Boost", "Publish"]
            .into_iter()
            .filter(|other| *other != word)
        {
            page.is_silent_about(&format!("type=\"submit\">{other}</button>"));
        }
    }
    assert!(!shown().await.standing.favourited);

    let path = address(&uri);
    for deed in ["like", "announce"] {
        let action = format!("/authorize_interaction/{deed}/{post}");
        let done = browser.submit(&path, &action, &[]).await;
        assert_eq!(done.is(303).location(), format!("/@ben/{post}"));
    }
    let standing = shown().await.standing;
    assert!(standing.favourited && standing.boosted);
    browser
        .get(&path)
        .await
        .says("You like this post.")
        .says("You boosted this post.");

    let page = browser.get(&path).await;
    page.says("@ben ").is_silent_about("value=\"public\"");
    page.says("<option value=\"unlisted\" selected>");
    let action = format!("/authorize_interaction/create/{post}");
    let once = between(&page.body, "name=\"once\" value=\"", "\"");
    let fields = [
        ("form_token", page.token(&action)),
        ("once", once),
        ("text", "@ben They do".to_owned()),
        ("audience", "unlisted".to_owned()),
    ];
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    for _ in 0..2 {
        browser.post(&action, &fields).await.is(303);
    }
    let context = posts::context(&house.app, Viewer::Account(ann.id), post)
        .await
        .unwrap();
    let [answer] = context.descendants.as_slice() else {
        panic!("{:?}", context.descendants)
    };
    assert_eq!(
        (answer.post.in_reply_to_id, answer.post.audience),
        (Some(post), Audience::Unlisted)
    );
}

#[actix_web::test]
async fn a_text_is_written_with_what_the_other_site_put_in() {
    let house = House::new();
    let service = open(&house).await;
    let ann = house.person("ann").await;
    let mut browser = Browser::of(&service, &house, &ann).await;
    let path = address("intent=create&content=Read+%3Cthis%3E&uri=");
    browser
        .get(&path)
        .await
        .is(200)
        .says("Read &#60;this&#62;</textarea>");
    let action = "/authorize_interaction/create/0";
    let empty = browser
        .submit(&path, action, &[("text", "  "), ("audience", "public")])
        .await;
    empty.is(422).says("role=\"alert\"");
    let long = "x".repeat(house.app.settings.limits.post_characters + 1);
    let refused = browser
        .submit(&path, action, &[("text", &long), ("audience", "public")])
        .await;
    refused.is(422).says(&long);
    browser
        .submit(&path, action, &[("text", "hi"), ("audience", "everyone")])
        .await
        .is(400);
    browser
        .submit(
            &path,
            action,
            &[("text", "Read it"), ("audience", "direct")],
        )
        .await
        .is(303);
    let own = timelines::account(
        &house.app,
        Viewer::Account(ann.id),
        ann.id,
        timelines::Selection::All,
        Page::first(10),
    )
    .await
    .unwrap();
    assert_eq!(own.len(), 1);
    assert_eq!(own[0].post.audience, Audience::Direct);
}

#[actix_web::test]
async fn what_one_may_not_read_and_what_is_not_there_look_the_same() {
    let house = House::new();
    let service = open(&house).await;
    let (ann, ben) = (house.person("ann").await, house.person("ben").await);
    let secret = house.post(&ben, "to myself", Audience::Direct).await;
    let mut browser = Browser::of(&service, &house, &ann).await;
    let mut seen = Vec::new();
    for post in [secret.0, 1] {
        let page = browser
            .get(&address(&format!(
                "uri=https%3A%2F%2Fhere.test%2F%40ben%2F{post}"
            )))
            .await;
        page.is(404).is_silent_about("to myself");
        seen.push(page.body);
    }
    assert_eq!(seen[0], seen[1]);
    for deed in ["like", "announce"] {
        let token = browser.get("/").await.token("/sign-out");
        let action = format!("/authorize_interaction/{deed}/{secret}");
        browser
            .post(&action, &[("form_token", &token)])
            .await
            .is(404);
    }
    browser.get(&address("uri=")).await.is(400);
    browser
        .get(&address("uri=nobody%40there.test"))
        .await
        .is(404);
}
