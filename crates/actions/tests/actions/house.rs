//! A house with a few people in it, no network, and events that run when a test says so.

use std::sync::Arc;

use kontor_actions::{
    App, Error, FileBounds, Found, Remote, Result, Settings,
    accounts::{self, Account, NewLocal, RemoteAccount},
    effects,
    follows::{Options, Wish, follow},
    posts::{Arrival, Created, Draft, NewPost, Text, create, publish},
};
use kontor_domain::{
    account::AccountKind,
    audience::Audience,
    event::Event,
    ids::{AccountId, PostId},
    site::Site,
    text::Handle,
};
use kontor_store::{
    Clock, Store, Tx,
    accounts::{Endpoints, Profile},
    jobs,
    posts::Post,
};

/// What nothing can be sent of.
pub(crate) const UNSAYABLE: &str = "unsayable";

/// Nothing is out there.
struct Alone;

#[async_trait::async_trait]
impl Remote for Alone {
    fn speaks_with(&self, _: &str) -> bool {
        true
    }

    fn publish(&self, _: &App, _: &mut Tx<'_>, post: &Post, _: &[AccountId]) -> Result<()> {
        if post.text == UNSAYABLE {
            return Err(Error::Broken("no activity can be made of it".to_owned()));
        }
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

    async fn fetch_file(&self, _: &App, _: &url::Url, _: FileBounds) -> Result<Vec<u8>> {
        Err(Error::NotFound)
    }
}

pub(crate) fn house(store: &Store) -> App {
    house_with(store, Settings::test())
}

pub(crate) fn house_with(store: &Store, settings: Settings) -> App {
    let site = Site::new("https", "here.test").unwrap();
    App::new(
        store.clone(),
        Clock::default(),
        site,
        settings,
        Arc::new(Alone),
    )
}

/// Settings that tests start from.
pub(crate) trait TestSettings {
    fn test() -> Self;
}

impl TestSettings for Settings {
    fn test() -> Self {
        Self {
            title: "Here".to_owned(),
            description: String::new(),
            contact_email: String::new(),
            rules: Vec::new(),
            languages: vec!["en".to_owned()],
            registrations: kontor_domain::user::Registrations::Open,
            mail: None,
            about: kontor_actions::About::default(),
            limits: kontor_actions::Limits::default(),
        }
    }
}

pub(crate) async fn person(app: &App, name: &str) -> AccountId {
    accounts::create_local(app, NewLocal::person(name))
        .await
        .unwrap()
        .id
}

pub(crate) async fn account(app: &App, id: AccountId) -> Account {
    accounts::get(app, id).await.unwrap()
}

pub(crate) async fn remote(app: &App, name: &str) -> AccountId {
    remote_at(app, name, format!("https://there.test/u/{name}")).await
}

/// The same name under another id, as a server has it that was set up anew.
pub(crate) async fn remote_at(app: &App, name: &str, uri: String) -> AccountId {
    let remote = described(name, uri);
    accounts::upsert_remote(app, remote).await.unwrap().id
}

/// What another server says of an account.
pub(crate) fn described(name: &str, uri: String) -> RemoteAccount {
    RemoteAccount {
        username: name.to_owned(),
        domain: "there.test".to_owned(),
        profile: Profile {
            kind: AccountKind::Person,
            url: format!("https://there.test/@{name}"),
            display_name: name.to_owned(),
            note: String::new(),
            note_source: String::new(),
            fields: "[]".to_owned(),
            avatar_url: None,
            header_url: None,
            locked: false,
            discoverable: true,
            indexable: true,
            also_known_as: "[]".to_owned(),
            moved_to_uri: None,
            emojis: "[]".to_owned(),
            avatar_description: String::new(),
            header_description: String::new(),
            hide_collections: false,
            show_media: true,
            show_media_replies: true,
            show_featured: true,
            attribution_domains: "[]".to_owned(),
        },
        endpoints: Endpoints {
            inbox_url: format!("{uri}/inbox"),
            shared_inbox_url: Some("https://there.test/inbox".to_owned()),
            outbox_url: format!("{uri}/outbox"),
            followers_url: format!("{uri}/followers"),
            following_url: format!("{uri}/following"),
            featured_url: None,
            public_key_id: format!("{uri}#main-key"),
            public_key_pem: "-".to_owned(),
            feature_policy: None,
            featured_collections_url: None,
        },
        published: None,
        keys: Vec::new(),
        suspended: false,
        group: None,
        speaks_groups: false,
        uri,
    }
}

pub(crate) async fn follows(app: &App, follower: AccountId, target: AccountId) {
    follow(app, wish(follower, target)).await.unwrap();
}

pub(crate) fn wish(follower: AccountId, target: AccountId) -> Wish {
    let options = Options {
        show_reblogs: None,
        notify: None,
        languages: None,
    };
    Wish {
        follower,
        target,
        uri: None,
        options,
    }
}

pub(crate) fn draft(text: &str, audience: Audience) -> Draft {
    let text = Text {
        text: text.to_owned(),
        ..Text::default()
    };
    Draft {
        text,
        audience,
        in_reply_to: None,
        idempotency_key: None,
        application: None,
        extras: kontor_actions::posts::Extras::default(),
    }
}

pub(crate) async fn post(app: &App, by: AccountId, text: &str, audience: Audience) -> PostId {
    publish(app, by, draft(text, audience)).await.unwrap()
}

pub(crate) async fn reply(app: &App, by: AccountId, to: PostId, text: &str) -> PostId {
    publish(
        app,
        by,
        Draft {
            in_reply_to: Some(to),
            ..draft(text, Audience::Public)
        },
    )
    .await
    .unwrap()
}

/// A post as another server would send it.
pub(crate) fn arriving(uri: &str) -> NewPost {
    NewPost {
        uri: Some(uri.to_owned()),
        url: None,
        content: "<p>from there</p>".to_owned(),
        text: String::new(),
        content_type: kontor_actions::posts::ContentType::Plain,
        spoiler_text: String::new(),
        sensitive: false,
        language: None,
        audience: Audience::Public,
        parent: None,
        mentioned: Vec::new(),
        tags: Vec::new(),
        published: None,
        edited_at: None,
        application: None,
        idempotency_key: None,
        parts: kontor_actions::posts::Parts::default(),
        group: kontor_actions::posts::InGroup::default(),
    }
}

pub(crate) async fn arrives(app: &App, by: AccountId, new: NewPost) -> Created {
    create(app, by, new, Arrival::Delivered).await.unwrap()
}

/// Lets every event have its effects.
pub(crate) async fn settle(app: &App) -> usize {
    let mut settled = 0;
    loop {
        let now = app.now();
        let due = app
            .store
            .read(move |db| jobs::peek(db, effects::QUEUE, now, &[], 100))
            .await
            .unwrap();
        if due.is_empty() {
            return settled;
        }
        for job in due {
            let this = app.clone();
            app.store
                .write(move |tx| {
                    effects::apply(&this, tx, &effects::read(&job.payload)?)?;
                    jobs::finish(tx, job.id)?;
                    Ok::<_, kontor_actions::Error>(())
                })
                .await
                .unwrap();
            settled += 1;
        }
    }
}

/// The counters agree with the rows.
pub(crate) async fn sound(app: &App) {
    let report = app.store.read(kontor_store::check::check).await.unwrap();
    assert!(report.is_sound(), "{report:?}");
}
