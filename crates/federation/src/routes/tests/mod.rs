//! Every address that is read, through the routes, on a database of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod actors;
mod collections;
mod discovery;
mod posts;

use std::{sync::Arc, sync::LazyLock};

use actix_web::{
    http::{Method, StatusCode, header::HeaderMap},
    test,
    web::{self, Data},
};
use kontor_actions::{
    App, Limits, Settings as Rules,
    accounts::{self, Account},
    follows::{self, Options, Wish},
    posts::{Draft, PostView, Text},
};
use kontor_domain::{
    audience::{Audience, Viewer},
    ids::{AccountId, PostId},
    site::Site,
    user::Registrations,
};
use kontor_net::Client;
use kontor_store::{
    Clock, accounts as rows,
    testing::{Backend, Fresh, rows as cast},
    users,
};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng as _};
use serde_json::Value;

use crate::{
    Federation,
    objects::PUBLIC,
    settings::{Mode, Settings},
    signature::{KeyPems, PrivateKey, SignRequest, cavage},
};

const ACTIVITY: &str = "application/activity+json";
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

/// The key of everyone who signs in these tests: whose it is, is what they are about.
static KEY: LazyLock<KeyPems> =
    LazyLock::new(|| KeyPems::generate(&mut ChaCha20Rng::seed_from_u64(7)).unwrap());

pub struct House {
    pub app: App,
    federation: Federation,
    fresh: Fresh,
    /// Here, and not locked.
    pub ann: Account,
    pub bob: Account,
}

/// An answer.
#[derive(Debug)]
pub struct Got {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Got {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|why| panic!("{why}: {}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

impl House {
    pub async fn new() -> Self {
        Self::with(Mode::Open, Site::new("https", "here.test").unwrap()).await
    }

    pub async fn with(mode: Mode, site: Site) -> Self {
        let fresh = Fresh::new(Backend::Sqlite);
        let federation = Federation::new(
            Client::new(kontor_net::Settings {
                // Nobody listens there.
                hosts: [("friend.test".to_owned(), "127.0.0.1:9".parse().unwrap())].into(),
                ..kontor_net::Settings::default()
            })
            .unwrap(),
            Settings {
                mode,
                allowed: ["friend.test".to_owned()].into(),
                ..Settings::default()
            },
        );
        let rules = Rules {
            title: "Here".to_owned(),
            description: "A house".to_owned(),
            contact_email: String::new(),
            rules: Vec::new(),
            languages: vec!["en".to_owned()],
            registrations: Registrations::Approval,
            mail: None,
            about: kontor_actions::About::default(),
            limits: Limits::default(),
        };
        let app = App::new(
            fresh.store(),
            Clock::default(),
            site,
            rules,
            Arc::new(federation.clone()),
        );
        let ann = local(&app, 11, "ann").await;
        let bob = local(&app, 12, "bob").await;
        Self {
            app,
            federation,
            fresh,
            ann,
            bob,
        }
    }

    /// Somebody elsewhere whose key is known here.
    pub async fn remote(&self, id: i64, name: &str, domain: &str) -> Account {
        let account = Account {
            public_key_pem: KEY.public.clone(),
            ..cast::remote_account(id, name, domain)
        };
        insert(&self.app, account).await
    }

    pub async fn follow(&self, follower: AccountId, target: AccountId) {
        let options = Options {
            show_reblogs: None,
            notify: None,
            languages: None,
        };
        follows::follow(
            &self.app,
            Wish {
                follower,
                target,
                uri: None,
                options,
            },
        )
        .await
        .unwrap();
    }

    pub async fn publish(&self, by: &Account, text: &str, audience: Audience) -> PostView {
        self.answer(by, text, audience, None).await
    }

    pub async fn answer(
        &self,
        by: &Account,
        text: &str,
        audience: Audience,
        to: Option<PostId>,
    ) -> PostView {
        let text = Text {
            text: text.to_owned(),
            language: Some("en".to_owned()),
            ..Text::default()
        };
        let draft = Draft {
            text,
            audience,
            in_reply_to: to,
            idempotency_key: None,
            application: None,
            extras: kontor_actions::posts::Extras::default(),
        };
        let id = kontor_actions::posts::publish(&self.app, by.id, draft)
            .await
            .unwrap();
        kontor_actions::posts::get(&self.app, Viewer::Account(by.id), id)
            .await
            .unwrap()
    }

    pub async fn get(&self, path: &str, accept: &str) -> Got {
        self.ask(Method::GET, path, &[("accept", accept.to_owned())])
            .await
    }

    pub async fn document(&self, path: &str) -> Got {
        self.get(path, ACTIVITY).await
    }

    /// Signed by somebody elsewhere.
    pub async fn signed(&self, path: &str, by: &Account) -> Got {
        let url = self.app.site.url(path).parse().unwrap();
        let request = SignRequest {
            method: "GET",
            url: &url,
            date: self.app.now().and_utc(),
            digest: None,
            content_type: None,
        };
        let key = PrivateKey::from_pem(&KEY.private).unwrap();
        let mut headers = cavage::sign(&request, &by.public_key_id, &key).unwrap();
        headers.push(("accept", ACTIVITY.to_owned()));
        self.ask(Method::GET, path, &headers).await
    }

    pub async fn ask(&self, method: Method, path: &str, headers: &[(&str, String)]) -> Got {
        let service = test::init_service(
            actix_web::App::new()
                .app_data(Data::new(self.app.clone()))
                .app_data(Data::new(self.federation.clone()))
                .configure(crate::configure)
                .route(
                    "/@{name}",
                    web::get().to(|| async { "the page of a person" }),
                )
                .route(
                    "/@{name}/{id}",
                    web::get().to(|| async { "the page of a post" }),
                ),
        )
        .await;
        let mut request = test::TestRequest::default().method(method).uri(path);
        for (name, value) in headers {
            request = request.insert_header((*name, value.as_str()));
        }
        let response = test::call_service(&service, request.to_request()).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let text = String::from_utf8(test::read_body(response).await.to_vec()).unwrap();
        Got {
            status,
            headers,
            text,
        }
    }
}

async fn local(app: &App, id: i64, name: &str) -> Account {
    let base = app.site.base();
    let text = |text: &str| text.replace("https://here.test", &base);
    let account = cast::local_account(id, name);
    let account = Account {
        uri: text(&account.uri),
        url: text(&account.url),
        inbox_url: text(&account.inbox_url),
        outbox_url: text(&account.outbox_url),
        followers_url: text(&account.followers_url),
        following_url: text(&account.following_url),
        featured_url: account.featured_url.as_deref().map(text),
        shared_inbox_url: account.shared_inbox_url.as_deref().map(text),
        public_key_id: text(&account.public_key_id),
        ..account
    };
    let account = insert(app, account).await;
    let user = cast::user(account.id);
    app.store
        .write(move |tx| users::insert(tx, &user))
        .await
        .unwrap();
    account
}

async fn insert(app: &App, account: Account) -> Account {
    let row = account.clone();
    app.store
        .write(move |tx| rows::insert(tx, &row))
        .await
        .unwrap();
    account
}

/// The path of an address of ours.
fn path(address: &str) -> &str {
    address.strip_prefix("https://here.test").unwrap()
}
