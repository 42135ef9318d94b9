//! A server in a test: a fresh SQLite database, the API as the real server mounts it, people, and a peer that answers from a list.

use std::sync::{Arc, Mutex};

use actix_web::{
    App as Http,
    body::{BoxBody, MessageBody},
    dev::{Service, ServiceResponse},
    middleware::from_fn,
    test::init_service,
    web::Data,
};
use futures_util::future::LocalBoxFuture;
use kontor_actions::{
    App, Error, FileBounds, Found, Remote, Settings, accounts::Account, effects, oauth,
};
use kontor_domain::{
    attachment::Form,
    event::Event,
    follow::FollowState,
    ids::{AccountId, PostId},
    scope::Scopes,
    site::Site,
    text::Handle,
};
use kontor_http::Rates;
use kontor_store::{
    Clock, Opener, Store, Tx, follows, jobs,
    posts::Post,
    testing::{Backend, Fresh, rows},
    users::User,
};

type Answering =
    Box<dyn Fn(actix_http::Request) -> LocalBoxFuture<'static, ServiceResponse<BoxBody>>>;

pub struct House {
    pub app: App,
    pub(crate) http: Answering,
    /// What the peer knows: handles and addresses.
    pub elsewhere: Arc<Peer>,
    database: Arc<Fresh>,
}

/// Everybody may ask for whatever they like, as often as they like.
const OFF: Rates = Rates {
    requests: 0,
    of_account: 0,
    uploads: 0,
    deletions: 0,
};

/// Everything a first client asks for.
pub const ALL: &str = "read write follow push profile";

#[derive(Clone)]
pub struct Person {
    pub id: AccountId,
    pub name: String,
    pub token: String,
}

#[derive(Default)]
pub struct Peer(Mutex<Vec<(String, Found)>>);

impl Peer {
    pub fn knows(&self, name: &str, found: Found) {
        self.0.lock().unwrap().push((name.to_owned(), found));
    }

    fn find(&self, name: &str) -> Option<Found> {
        self.0
            .lock()
            .unwrap()
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, found)| *found)
    }
}

#[async_trait::async_trait]
impl Remote for Peer {
    fn speaks_with(&self, _: &str) -> bool {
        true
    }

    fn publish(
        &self,
        _: &App,
        _: &mut Tx<'_>,
        _: &Post,
        _: &[AccountId],
    ) -> kontor_actions::Result<()> {
        Ok(())
    }

    fn tell(&self, _: &App, _: &mut Tx<'_>, _: &Event) -> kontor_actions::Result<()> {
        Ok(())
    }

    async fn resolve_handle(
        &self,
        _: &App,
        handle: &Handle,
    ) -> kontor_actions::Result<Option<AccountId>> {
        match self.find(&handle.key()) {
            Some(Found::Account(id)) => Ok(Some(id)),
            _ => Err(Error::Remote("nobody answers".to_owned())),
        }
    }

    async fn resolve_url(&self, _: &App, url: &url::Url) -> kontor_actions::Result<Option<Found>> {
        Ok(self.find(url.as_str()))
    }

    fn takes_file(&self, _: &str, _: Option<&str>, _: &url::Url) -> bool {
        true
    }

    async fn join_requests(
        &self,
        _: &App,
        _: &Account,
    ) -> kontor_actions::Result<Option<Vec<AccountId>>> {
        Ok(None)
    }

    /// Each of its files is said to be a picture, and has its name in it.
    async fn fetch_file(
        &self,
        _: &App,
        url: &url::Url,
        _: FileBounds,
    ) -> kontor_actions::Result<Vec<u8>> {
        Ok([&b"\x89PNG\r\n\x1a\n"[..], url.path().as_bytes()].concat())
    }
}

pub fn settings(folder: &std::path::Path) -> Settings {
    Settings {
        title: "Here".to_owned(),
        description: "A place of our own.".to_owned(),
        contact_email: "desk@here.test".to_owned(),
        rules: vec!["Be kind.".to_owned(), "Stay on the matter.".to_owned()],
        languages: vec!["en".to_owned(), "de".to_owned()],
        registrations: kontor_domain::user::Registrations::Approval,
        mail: None,
        about: kontor_actions::About::default(),
        limits: kontor_actions::Limits {
            post_characters: 500,
            media: kontor_actions::Media {
                path: folder.to_owned(),
                // Whatever the machine has installed.
                films: kontor_actions::Films {
                    ffmpeg: String::new(),
                    ..kontor_actions::Films::default()
                },
                ..kontor_actions::Media::default()
            },
            ..kontor_actions::Limits::default()
        },
    }
}

impl House {
    pub async fn new() -> Self {
        Self::rated(OFF).await
    }

    /// A file of ours by the address that somebody was told.
    pub async fn file(&self, url: &str) -> Option<Vec<u8>> {
        let rest = url.strip_prefix("https://here.test/media/files/")?;
        let (name, pass) = match rest.split_once("?pass=") {
            Some((name, pass)) => (name, Some(pass.to_owned())),
            None => (rest, None),
        };
        let asking = kontor_actions::uploads::Asking {
            pass,
            ..Default::default()
        };
        let found = kontor_actions::uploads::file(&self.app, name.to_owned(), asking).await;
        Some(found.ok()?.content.all().await.unwrap().to_vec())
    }

    /// The same of a file of the peer, without the first bytes that make it a picture.
    pub async fn remote_file(&self, url: &str) -> Option<String> {
        let rest = url.strip_prefix("https://here.test/media/remote/")?;
        let (path, pass) = match rest.split_once("?pass=") {
            Some((path, pass)) => (path, Some(pass.to_owned())),
            None => (rest, None),
        };
        let (id, form) = match path.split_once('/') {
            Some((id, "small")) => (id, Form::Small),
            _ => (path, Form::Whole),
        };
        let asking = kontor_actions::uploads::Asking {
            pass,
            ..Default::default()
        };
        let id = id.parse().ok()?;
        let found = kontor_actions::remote_files::file(&self.app, id, form, asking).await;
        let found = found.ok()?;
        assert_eq!(found.media_type, "image/png");
        let bytes = found.content.all().await.unwrap();
        Some(String::from_utf8_lossy(bytes.get(8..)?).into_owned())
    }

    pub async fn limited(requests: u32) -> Self {
        Self::rated(Rates {
            requests,
            ..Rates::default()
        })
        .await
    }

    pub async fn rated(rates: Rates) -> Self {
        Self::with(rates, |_| {}).await
    }

    /// The operators have settings of their own.
    pub async fn set(change: impl FnOnce(&mut Settings)) -> Self {
        Self::with(OFF, change).await
    }

    /// On one of the databases. Files are kept beside `SQLite`'s alone.
    pub async fn on(backend: Backend) -> Self {
        Self::build(backend, OFF, |_| {}).await
    }

    async fn with(rates: Rates, change: impl FnOnce(&mut Settings)) -> Self {
        Self::build(Backend::Sqlite, rates, change).await
    }

    /// The same where nothing is kept from one request to the next.
    pub async fn forgetful(backend: Backend) -> Self {
        Self::build(backend, OFF, |settings| settings.limits.kept_bytes = 0).await
    }

    /// Another process on the same database, where nothing is kept from one request to the next.
    pub async fn beside(&self) -> Self {
        let database = self.database.clone();
        // As a command is one: of servers there is one on SQLite.
        let store = Store::open(&database.settings(), Opener::Command).unwrap();
        Self::build_on((database, store), OFF, |settings| {
            settings.limits.kept_bytes = 0;
        })
        .await
    }

    async fn build(backend: Backend, rates: Rates, change: impl FnOnce(&mut Settings)) -> Self {
        let database = Arc::new(Fresh::new(backend));
        let store = database.store();
        Self::build_on((database, store), rates, change).await
    }

    async fn build_on(
        (database, store): (Arc<Fresh>, Store),
        rates: Rates,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let elsewhere = Arc::new(Peer::default());
        let site = Site::new("https", "here.test").unwrap();
        let folder = database.folder().unwrap_or(std::path::Path::new("nowhere"));
        let mut settings = settings(folder);
        change(&mut settings);
        let app = App::new(store, Clock::default(), site, settings, elsewhere.clone());
        let limits = kontor_http::Settings::default();
        let service = Http::new()
            .app_data(Data::new(limits))
            .app_data(Data::new(kontor_http::Limiter::new(rates)))
            .app_data(Data::new(app.clone()))
            .wrap(from_fn(kontor_http::front))
            .configure(kontor_mastodon_api::configure);
        let service = std::rc::Rc::new(init_service(service).await);
        let http: Answering = Box::new(move |req| {
            let service = service.clone();
            Box::pin(async move {
                service
                    .call(req)
                    .await
                    .unwrap()
                    .map_body(|_, body| body.boxed())
            })
        });
        Self {
            app,
            http,
            elsewhere,
            database,
        }
    }

    /// Somebody here, with a token for everything.
    pub async fn person(&self, name: &str) -> Person {
        self.person_as(name, |_, _| {}).await
    }

    pub async fn person_as(&self, name: &str, change: impl Fn(&mut Account, &mut User)) -> Person {
        let mut account = rows::local_account(self.app.id(), name);
        account.created_at = self.app.now();
        let mut user = rows::user(account.id);
        user.last_active_at = self.app.now();
        change(&mut account, &mut user);
        let id = account.id;
        self.app
            .store
            .write(move |tx| {
                kontor_store::accounts::insert(tx, &account)?;
                kontor_store::users::insert(tx, &user)
            })
            .await
            .unwrap();
        Person {
            id,
            name: name.to_owned(),
            token: self.token(id, ALL).await,
        }
    }

    /// Somebody at the peer.
    pub async fn stranger(&self, name: &str) -> Account {
        let account = rows::remote_account(self.app.id(), name, "away.test");
        let row = account.clone();
        self.app
            .store
            .write(move |tx| kontor_store::accounts::insert(tx, &row))
            .await
            .unwrap();
        account
    }

    pub async fn token(&self, id: AccountId, scopes: &str) -> String {
        let scopes: Scopes = scopes.parse().unwrap();
        oauth::personal_token(&self.app, id, &scopes)
            .await
            .unwrap()
            .text
    }

    /// A follow that stands.
    pub async fn follows(&self, follower: AccountId, target: AccountId) {
        let follow = rows::follow(self.app.id(), follower, target, FollowState::Accepted);
        let follow = kontor_store::follows::Follow {
            uri: format!("https://here.test/follows/{}", follow.id),
            ..follow
        };
        self.app
            .store
            .write(move |tx| follows::insert_if_new(tx, &follow).map(drop))
            .await
            .unwrap();
    }

    /// A post that arrived from the peer.
    pub async fn arrived(
        &self,
        author: &Account,
        change: impl Fn(&mut kontor_store::posts::Post),
    ) -> PostId {
        let mut post = rows::post(self.app.id(), author);
        post.created_at = self.app.now();
        change(&mut post);
        let id = post.id;
        self.app
            .store
            .write(move |tx| kontor_store::posts::insert(tx, &post))
            .await
            .unwrap();
        id
    }

    pub fn database(&self) -> &Fresh {
        &self.database
    }

    /// From now on, reading the home timeline fails.
    pub fn break_database(&self) {
        self.database.execute("DROP TABLE home_entries");
    }

    /// What follows from everything so far has happened.
    pub async fn settle(&self) {
        loop {
            let now = self.app.now();
            let due = self
                .app
                .store
                .read(move |db| jobs::peek(db, effects::QUEUE, now, &[], 100))
                .await
                .unwrap();
            if due.is_empty() {
                return;
            }
            for job in due {
                let app = self.app.clone();
                let done = self.app.store.write(move |tx| {
                    let event = effects::read(&job.payload)?;
                    effects::apply(&app, tx, &event)?;
                    jobs::finish(tx, job.id)?;
                    Ok::<_, Error>(())
                });
                done.await.unwrap();
            }
        }
    }
}
