//! A house with a few people in it and no network.

use std::sync::Arc;

use kontor_actions::{
    App, Error, FileBounds, Found, Limits, Remote, Result, Settings,
    posts::{Draft, Text, publish},
    sessions,
};
use kontor_domain::{
    audience::Audience,
    event::Event,
    follow::FollowState,
    ids::{AccountId, PostId},
    site::Site,
    text::Handle,
    user::{Registrations, Role},
};
use kontor_store::{
    Clock, Tx,
    accounts::{self, Account},
    follows,
    posts::{self, Post},
    testing::{Backend, Fresh, rows},
    users::{self, User},
};

/// Nothing is out there.
struct Alone;

#[async_trait::async_trait]
impl Remote for Alone {
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

    async fn fetch_file(&self, _: &App, _: &url::Url, _: FileBounds) -> Result<Vec<u8>> {
        Err(Error::NotFound)
    }
}

pub(crate) struct House {
    pub(crate) app: App,
    _database: Fresh,
}

pub(crate) fn settings() -> Settings {
    Settings {
        title: "The <Harbour>".to_owned(),
        description: "A place & a test".to_owned(),
        contact_email: String::new(),
        rules: vec!["Be <kind>.".to_owned(), "Be brief.".to_owned()],
        languages: vec!["en".to_owned()],
        registrations: Registrations::Invite,
        mail: None,
        about: kontor_actions::About::default(),
        limits: Limits::default(),
    }
}

impl House {
    pub(crate) fn new() -> Self {
        Self::with("https", settings())
    }

    pub(crate) fn with(scheme: &str, settings: Settings) -> Self {
        Self::of(scheme, settings, Arc::new(Alone))
    }

    /// With somebody out there.
    pub(crate) fn beyond(settings: Settings, remote: Arc<dyn Remote>) -> Self {
        Self::of("https", settings, remote)
    }

    fn of(scheme: &str, mut settings: Settings, remote: Arc<dyn Remote>) -> Self {
        let database = Fresh::new(Backend::Sqlite);
        settings.limits.media.path = database.folder().unwrap().join("media");
        let site = Site::new(scheme, "here.test").unwrap();
        let app = App::new(database.store(), Clock::default(), site, settings, remote);
        Self {
            app,
            _database: database,
        }
    }

    pub(crate) fn by(registrations: Registrations) -> Self {
        Self::with(
            "https",
            Settings {
                registrations,
                ..settings()
            },
        )
    }

    /// A person here, without a password.
    pub(crate) async fn person(&self, name: &str) -> Account {
        self.member(name, Role::User).await
    }

    pub(crate) async fn member(&self, name: &str, role: Role) -> Account {
        let account = Account {
            display_name: String::new(),
            ..rows::local_account(self.app.id(), name)
        };
        self.kept(account, role).await
    }

    /// Any account, as it is; a local one with somebody behind it.
    pub(crate) async fn account(&self, account: Account) -> Account {
        self.kept(account, Role::User).await
    }

    async fn kept(&self, account: Account, role: Role) -> Account {
        let user = User {
            role,
            email: None,
            last_active_at: self.app.now(),
            ..rows::user(account.id)
        };
        let row = account.clone();
        self.app
            .store
            .write(move |tx| {
                accounts::insert(tx, &row)?;
                if row.is_local() {
                    users::insert(tx, &user)
                } else {
                    Ok(())
                }
            })
            .await
            .unwrap();
        account
    }

    /// Somebody at another server, known here.
    pub(crate) async fn stranger(&self, name: &str) -> Account {
        self.account(rows::remote_account(self.app.id(), name, "there.test"))
            .await
    }

    pub(crate) async fn arrived(&self, post: Post) {
        self.app
            .store
            .write(move |tx| posts::insert(tx, &post))
            .await
            .unwrap();
    }

    pub(crate) async fn follows(&self, follower: &Account, target: &Account) {
        let follow = rows::follow(self.app.id(), follower.id, target.id, FollowState::Accepted);
        self.app
            .store
            .write(move |tx| follows::insert_if_new(tx, &follow).map(drop))
            .await
            .unwrap();
    }

    pub(crate) async fn post(&self, by: &Account, text: &str, audience: Audience) -> PostId {
        self.publish(
            by,
            Text {
                text: text.to_owned(),
                ..Text::default()
            },
            audience,
            None,
        )
        .await
    }

    pub(crate) async fn publish(
        &self,
        by: &Account,
        text: Text,
        audience: Audience,
        in_reply_to: Option<PostId>,
    ) -> PostId {
        let draft = Draft {
            text,
            audience,
            in_reply_to,
            idempotency_key: None,
            application: None,
            extras: kontor_actions::posts::Extras::default(),
        };
        publish(&self.app, by.id, draft).await.unwrap()
    }

    pub(crate) async fn session(&self, of: &Account) -> String {
        sessions::start(&self.app, of.id, String::new())
            .await
            .unwrap()
    }
}
