//! Who calls, taken from the token of a request: a person, anybody with a token, or anybody at all; each with the scope that is
//! needed. Answers 401 without a good token, 403 without the scope, 422 where a person is needed and none is there.

use std::{
    future::{Ready, ready},
    marker::PhantomData,
    ops::Deref,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Data};
use futures_util::future::LocalBoxFuture;
use kontor_actions::{
    App, Asking,
    accounts::{Account, User},
    oauth,
};
use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, TokenId},
    scope::Scopes,
};
use kontor_http::Limiter;

use crate::{Error, Result, scope::Scope};

/// A person, by a token with the scope.
#[derive(Debug)]
pub struct Caller<S> {
    pub account: Account,
    pub user: User,
    pub application: Option<oauth::Application>,
    pub token: TokenId,
    pub scopes: Scopes,
    scope: PhantomData<S>,
}

impl<S> Caller<S> {
    pub fn id(&self) -> AccountId {
        self.account.id
    }

    pub fn viewer(&self) -> Viewer {
        Viewer::Account(self.account.id)
    }
}

/// A person, by any token; also while they have not confirmed their mail address, or wait to be approved.
#[derive(Debug)]
pub struct Newcomer {
    pub account: Account,
    pub user: User,
}

impl Newcomer {
    pub fn id(&self) -> AccountId {
        self.account.id
    }
}

/// Anybody; a token, where there is one, must be good and have the scope.
#[derive(Debug)]
pub struct MaybeCaller<S> {
    person: Option<AccountId>,
    scope: PhantomData<S>,
}

impl<S> MaybeCaller<S> {
    pub fn viewer(&self) -> Viewer {
        self.person.map_or(Viewer::Anyone, Viewer::Account)
    }

    pub fn person(&self) -> Option<AccountId> {
        self.person
    }
}

/// A person or an application, by a token with the scope.
#[derive(Debug)]
pub struct AnyCaller<S> {
    caller: oauth::Caller,
    scope: PhantomData<S>,
}

impl<S> Deref for AnyCaller<S> {
    type Target = oauth::Caller;

    fn deref(&self) -> &oauth::Caller {
        &self.caller
    }
}

/// Whoever calls, found out by the reading that answers them and not before: for what is asked most.
#[derive(Debug)]
pub struct Reader<S> {
    token: Option<String>,
    limiter: Option<Data<Limiter>>,
    scope: PhantomData<S>,
}

impl<S: Scope> Reader<S> {
    /// What is read for anybody; a token, where there is one, must be good and have the scope.
    pub async fn reads<T, F>(self, reading: impl FnOnce(Asking) -> F) -> Result<(Viewer, T)>
    where
        F: Future<Output = kontor_actions::Result<(Viewer, T)>>,
    {
        let asking = match self.token.clone() {
            None => Asking::Viewer(Viewer::Anyone),
            Some(text) => Asking::Token {
                text,
                granted: S::granted,
            },
        };
        let found = reading(asking).await;
        // The token is looked at first: that something is not there is told to a good one.
        let account = match &found {
            Ok((viewer, _)) => Some(viewer.account()),
            Err(kontor_actions::Error::NotFound) => Some(None),
            Err(_) => None,
        };
        if let (Some(limiter), Some(token), Some(account)) = (&self.limiter, &self.token, account) {
            limiter.recognise(token, account);
        }
        Ok(found?)
    }

    /// What is read for a person.
    pub async fn reads_own<T, F>(self, reading: impl FnOnce(Asking) -> F) -> Result<(Viewer, T)>
    where
        F: Future<Output = kontor_actions::Result<(Viewer, T)>>,
    {
        if self.token.is_none() {
            return Err(Error::unauthorized());
        }
        let (viewer, found) = self.reads(reading).await?;
        if viewer == Viewer::Anyone {
            return Err(Error::NoPerson);
        }
        Ok((viewer, found))
    }
}

impl<S: Scope> FromRequest for Reader<S> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self {
            token: kontor_http::token(req.headers(), req.query_string()),
            limiter: req.app_data::<Data<Limiter>>().cloned(),
            scope: PhantomData,
        }))
    }
}

async fn find<S: Scope>(req: &HttpRequest) -> Result<Option<oauth::Caller>> {
    let Some(token) = kontor_http::token(req.headers(), req.query_string()) else {
        return Ok(None);
    };
    let Some(app) = req.app_data::<Data<App>>() else {
        return Err(Error::unauthorized());
    };
    let caller = oauth::caller(app, &token).await?;
    if let Some(limiter) = req.app_data::<Data<Limiter>>() {
        let account = caller.person.as_ref().map(|(account, _)| account.id);
        limiter.recognise(&token, account);
    }
    if S::granted(&caller.scopes) {
        Ok(Some(caller))
    } else {
        Err(Error::Scope)
    }
}

impl<S: Scope> FromRequest for Caller<S> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let caller = find::<S>(&req).await?.ok_or_else(Error::unauthorized)?;
            let (account, user) = caller.person.ok_or(Error::NoPerson)?;
            Ok(Self {
                account,
                user,
                application: caller.application,
                token: caller.token,
                scopes: caller.scopes,
                scope: PhantomData,
            })
        })
    }
}

impl FromRequest for Newcomer {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let token = kontor_http::token(req.headers(), req.query_string());
            let (Some(token), Some(app)) = (token, req.app_data::<Data<App>>()) else {
                return Err(Error::unauthorized());
            };
            let person = oauth::newcomer(app, &token).await?;
            if let Some(limiter) = req.app_data::<Data<Limiter>>() {
                limiter.recognise(&token, person.as_ref().map(|(account, _)| account.id));
            }
            let (account, user) = person.ok_or(Error::NoPerson)?;
            Ok(Self { account, user })
        })
    }
}

impl<S: Scope> FromRequest for MaybeCaller<S> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let person = find::<S>(&req)
                .await?
                .and_then(|caller| caller.person)
                .map(|(account, _)| account.id);
            Ok(Self {
                person,
                scope: PhantomData,
            })
        })
    }
}

impl<S: Scope> FromRequest for AnyCaller<S> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let caller = find::<S>(&req).await?.ok_or_else(Error::unauthorized)?;
            Ok(Self {
                caller,
                scope: PhantomData,
            })
        })
    }
}
