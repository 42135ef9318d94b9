//! Keys: whose signature a request carries, and with what ours are made. Parsed once, kept for as long as they serve.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use actix_web::HttpRequest;
use kontor_actions::{
    App,
    accounts::{self, Account},
};
use kontor_domain::{audience::Viewer, ids::AccountId, site};
use moka::sync::Cache;
use serde_json::Value;
use tokio::sync::{OnceCell, Semaphore};

use crate::{
    Federation,
    fetch::{Budget, Failure, Memory},
    policy::NotAllowed,
    settings::Settings,
    signature::{
        Error as SignatureError, Headers, KeyId, PrivateKey, PublicKey, Scheme, Signature,
        VerifyRequest,
    },
};

/// Why nobody is known to have signed a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unverified {
    /// It cannot be read: 400.
    Malformed(String),
    /// It is absent or not good: 401.
    Unauthorized(String),
    /// Its host is none that we speak with: 403.
    NotAllowed(NotAllowed),
    /// Its key cannot be had just now: 503, so that it comes again.
    Unavailable(String),
    /// The key's server says that its owner is gone: 401.
    Gone,
}

impl fmt::Display for Unverified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(why) | Self::Unauthorized(why) | Self::Unavailable(why) => {
                f.write_str(why)
            }
            Self::NotAllowed(why) => why.fmt(f),
            Self::Gone => f.write_str("the owner of the key is gone"),
        }
    }
}

impl std::error::Error for Unverified {}

impl From<SignatureError> for Unverified {
    fn from(why: SignatureError) -> Self {
        match why {
            SignatureError::Malformed(_) => Self::Malformed(why.to_string()),
            _ => Self::Unauthorized(why.to_string()),
        }
    }
}

impl From<Failure> for Unverified {
    fn from(why: Failure) -> Self {
        match why {
            Failure::Gone | Failure::NotFound => Self::Gone,
            Failure::NotAllowed(why) => Self::NotAllowed(why),
            Failure::Transient(why) => {
                Self::Unavailable(format!("the key cannot be fetched: {why}"))
            }
            Failure::Internal(_) => Self::Unavailable("the key cannot be looked up".to_owned()),
            Failure::Unusable(_) | Failure::OverBudget => {
                Self::Unauthorized(format!("the key cannot be used: {why}"))
            }
        }
    }
}

impl From<kontor_actions::Error> for Unverified {
    fn from(why: kontor_actions::Error) -> Self {
        tracing::error!(error = %why, "a key cannot be looked up");
        Self::Unavailable("the key cannot be looked up".to_owned())
    }
}

pub(crate) struct Known {
    name: String,
    pub(crate) account: AccountId,
    pub(crate) uri: String,
    pub(crate) followers_url: String,
    pub(crate) following_url: String,
    /// Of its handle.
    pub(crate) domain: Option<String>,
    /// What the key was read from. One process may fetch a new key while another still holds the old: what stands in the
    /// account's row decides.
    pem: String,
    key: PublicKey,
}

impl Known {
    /// Is it still what its account's row says?
    pub(crate) fn is_of(&self, account: &Account) -> bool {
        account.id == self.account
            // One of an account's other keys is looked up each time.
            && account.public_key_id == self.name
            && account.public_key_pem == self.pem
            && account.followers_url == self.followers_url
            && account.following_url == self.following_url
            && account.uri == self.uri
    }
}

/// What a local account signs with.
pub(crate) struct LocalKey {
    pub(crate) key_id: String,
    pub(crate) key: PrivateKey,
}

pub(crate) struct Keys {
    public: Cache<String, Arc<Known>>,
    private: Cache<AccountId, Arc<LocalKey>>,
    /// Multikeys of local accounts.
    pub(crate) assertions: Cache<AccountId, String>,
    instance: OnceCell<AccountId>,
    refetched: Cache<String, ()>,
    asked: Cache<String, Arc<AtomicU32>>,
    most_asked: u32,
    asking: Semaphore,
}

const PUBLIC: u64 = 20_000;
const PRIVATE: u64 = 10_000;
const HOSTS: u64 = 50_000;
/// Unknown keys that are fetched at a time.
const ASKING: usize = 64;

impl Keys {
    pub(crate) fn new(settings: &Settings) -> Self {
        let interval = settings.refetch_interval;
        Self {
            public: Cache::new(PUBLIC),
            private: Cache::new(PRIVATE),
            assertions: Cache::new(PRIVATE),
            instance: OnceCell::new(),
            refetched: Cache::builder()
                .max_capacity(HOSTS)
                .time_to_live(interval)
                .build(),
            asked: Cache::builder()
                .max_capacity(HOSTS)
                .time_to_live(interval)
                .build(),
            most_asked: settings.key_fetches,
            asking: Semaphore::new(ASKING),
        }
    }

    /// What the instance signs its fetches with.
    pub(crate) async fn instance(&self, app: &App) -> Result<Arc<LocalKey>, kontor_actions::Error> {
        let found = self
            .instance
            .get_or_try_init(|| async { Ok(accounts::instance_actor(app).await?.id) })
            .await;
        let id = found.map_err(|why: kontor_actions::Error| match why {
            kontor_actions::Error::NotFound => {
                kontor_actions::Error::Broken("there is no instance actor".to_owned())
            }
            other => other,
        })?;
        self.private(app, *id).await
    }

    /// What a local account signs with.
    pub(crate) async fn private(
        &self,
        app: &App,
        id: AccountId,
    ) -> Result<Arc<LocalKey>, kontor_actions::Error> {
        if let Some(known) = self.private.get(&id) {
            return Ok(known);
        }
        let key_id = accounts::get(app, id).await?.public_key_id;
        let pem = accounts::private_key(app, id)
            .await?
            .ok_or(kontor_actions::Error::NotFound)?;
        // Half a millisecond and more, so not on the threads that answer.
        let parsed = tokio::task::spawn_blocking(move || PrivateKey::from_pem(&pem));
        let broken = |why: String| {
            kontor_actions::Error::Broken(format!("the private key of account {id}: {why}"))
        };
        let key = parsed
            .await
            .map_err(|why| broken(why.to_string()))?
            .map_err(|why| broken(why.to_string()))?;
        let key = Arc::new(LocalKey { key_id, key });
        self.private.insert(id, key.clone());
        Ok(key)
    }

    /// Drops what is known of a key, since its account said something new.
    pub(crate) fn forget(&self, key_id: &str) {
        self.public.invalidate(key_id);
    }

    /// Once for each host and interval.
    fn may_refetch(&self, host: &str) -> bool {
        self.refetched.entry_by_ref(host).or_insert(()).is_fresh()
    }

    pub(crate) fn may_ask(&self, host: &str) -> bool {
        let count = self.asked.get_with_by_ref(host, Arc::default);
        count.fetch_add(1, Ordering::Relaxed) < self.most_asked
    }
}

impl Federation {
    /// The account that signed a request. Its key is looked up here, then at its server; one that does not match is fetched
    /// anew, once, for it may have been changed.
    pub(crate) async fn verify(
        &self,
        app: &App,
        request: &VerifyRequest<'_>,
    ) -> Result<Account, Unverified> {
        let signature = Signature::from_headers(request.headers)?;
        let key_id = signature.key_id()?;
        let (now, policy) = (app.now().and_utc(), &self.settings.signature);
        let scheme = Scheme::parse(app.site.scheme()).unwrap_or(Scheme::Https);
        self.with_key(app, &key_id, signature.key_name(), |key| {
            signature.verify_over(scheme, request, key, now, policy)
        })
        .await
    }

    /// Who signed the request, if it is signed with a key that is known here. Asks nobody else.
    pub(crate) async fn known_signer(
        &self,
        app: &App,
        request: &VerifyRequest<'_>,
    ) -> Result<Option<Account>, Unverified> {
        let signature = Signature::from_headers(request.headers)?;
        let Some((account, key)) = self.known_key(app, signature.key_name()).await? else {
            return Ok(None);
        };
        let (now, policy) = (app.now().and_utc(), &self.settings.signature);
        let scheme = Scheme::parse(app.site.scheme()).unwrap_or(Scheme::Https);
        let good = signature
            .verify_over(scheme, request, &key, now, policy)
            .is_ok();
        Ok(good.then_some(account))
    }

    /// The same without a look at the database, which may know better: whose the key is that the request is signed with, if it
    /// is at hand and its host is one that we speak with.
    pub(crate) fn key_at_hand(&self, app: &App, request: &VerifyRequest<'_>) -> Option<Arc<Known>> {
        let signature = Signature::from_headers(request.headers).ok()?;
        let host = site::authority(signature.key_id().ok()?.url())?;
        self.policy.allowed(&host).ok()?;
        let known = self.keys.public.get(signature.key_name())?;
        let (now, policy) = (app.now().and_utc(), &self.settings.signature);
        let scheme = Scheme::parse(app.site.scheme()).unwrap_or(Scheme::Https);
        signature
            .verify_over(scheme, request, &known.key, now, policy)
            .ok()?;
        Some(known)
    }

    /// The account whose key, named so, passes the check.
    pub(crate) async fn with_key(
        &self,
        app: &App,
        key_id: &KeyId,
        name: &str,
        check: impl Fn(&PublicKey) -> Result<(), SignatureError>,
    ) -> Result<Account, Unverified> {
        let host = site::authority(key_id.url())
            .ok_or_else(|| Unverified::Malformed("`keyId` has no host".to_owned()))?;
        self.policy.allowed(&host).map_err(Unverified::NotAllowed)?;
        if app.site.owns(key_id.url()) {
            return Err(Unverified::Unauthorized(
                "`keyId` is a key of this server".to_owned(),
            ));
        }
        if let Some((account, key)) = self.known_key(app, name).await? {
            match check(&key) {
                Err(why) if why.may_be_old_key() && self.keys.may_refetch(&host) => {}
                other => return other.map(|()| account).map_err(Unverified::from),
            }
            let (account, key) = self.fetch_key(app, key_id, name, Memory::None).await?;
            check(&key)?;
            return Ok(account);
        }
        let busy = || {
            Unverified::Unavailable(format!(
                "too many keys are being asked for, or too many of {host}"
            ))
        };
        // Whoever names keys that answer slowly must not hold up those that are known.
        let _permit = self.keys.asking.try_acquire().map_err(|_| busy())?;
        if !self.keys.may_ask(&host) {
            return Err(busy());
        }
        let (account, key) = self.fetch_key(app, key_id, name, Memory::Long).await?;
        check(&key)?;
        Ok(account)
    }

    /// Who reads: the account that signed the request, or anyone if nobody did. A signature that is not good is an error.
    pub async fn verify_get(&self, app: &App, request: &HttpRequest) -> Result<Viewer, Unverified> {
        let headers = headers_of(request);
        match Signature::from_headers(&headers) {
            Err(SignatureError::Missing(name)) if name == "signature" => return Ok(Viewer::Anyone),
            _ => {}
        }
        let request = VerifyRequest {
            method: request.method().as_str(),
            path_and_query: path_and_query(request),
            host: app.site.domain(),
            headers: &headers,
            body: None,
        };
        let account = self.verify(app, &request).await?;
        if account.suspended_at.is_some() {
            return Err(Unverified::Unauthorized(
                "the account is suspended here".to_owned(),
            ));
        }
        Ok(Viewer::Account(account.id))
    }

    async fn known_key(
        &self,
        app: &App,
        name: &str,
    ) -> Result<Option<(Account, PublicKey)>, Unverified> {
        if let Some(known) = self.keys.public.get(name) {
            match accounts::get(app, known.account).await {
                Ok(account) if known.is_of(&account) => {
                    return Ok(Some((account, known.key.clone())));
                }
                Ok(_) | Err(kontor_actions::Error::NotFound) => self.keys.forget(name),
                Err(why) => return Err(why.into()),
            }
        }
        let key_id = name.to_owned();
        let found: Result<_, kontor_actions::Error> = app
            .store
            .read(move |db| {
                if let Some(account) = kontor_store::accounts::by_key_id(db, &key_id)? {
                    return Ok(Some(account));
                }
                let Some(key) = kontor_store::actor_keys::by_id(db, &key_id)? else {
                    return Ok(None);
                };
                Ok(kontor_store::accounts::by_id(db, key.account_id)?)
            })
            .await;
        let Some(account) = found?.filter(|account| !account.is_local()) else {
            return Ok(None);
        };
        // One that cannot be read is as good as none: it is fetched.
        Ok(self
            .remember_key(app, &account, name)
            .await
            .ok()
            .map(|key| (account, key)))
    }

    /// The key must be the actor's own, by the actor's document, on one host.
    async fn remember_key(
        &self,
        app: &App,
        account: &Account,
        name: &str,
    ) -> Result<PublicKey, Unverified> {
        let not_its_own =
            || Unverified::Unauthorized("`keyId` is not the key that its actor names".to_owned());
        if !site::same_authority(name, &account.uri) {
            return Err(not_its_own());
        }
        let written = if account.public_key_id == name {
            account.public_key_pem.clone()
        } else {
            let key_id = name.to_owned();
            let found: Result<_, kontor_actions::Error> = app
                .store
                .read(move |db| Ok(kontor_store::actor_keys::by_id(db, &key_id)?))
                .await;
            found?
                .filter(|key| key.account_id == account.id)
                .ok_or_else(not_its_own)?
                .public_key
        };
        let key = if written.starts_with('z') {
            PublicKey::from_multibase(&written)?
        } else {
            PublicKey::from_pem(&written)?
        };
        self.keys.public.insert(
            name.to_owned(),
            Arc::new(Known {
                name: name.to_owned(),
                account: account.id,
                uri: account.uri.clone(),
                followers_url: account.followers_url.clone(),
                following_url: account.following_url.clone(),
                domain: account.domain.clone(),
                pem: account.public_key_pem.clone(),
                key: key.clone(),
            }),
        );
        Ok(key)
    }

    /// From its server: the actor, or a document of the key's own that leads to the actor.
    async fn fetch_key(
        &self,
        app: &App,
        key_id: &KeyId,
        name: &str,
        memory: Memory,
    ) -> Result<(Account, PublicKey), Unverified> {
        let budget = Budget::new(&self.settings);
        let mut place = key_id.url().clone();
        place.set_fragment(None);
        let mut document = self.document(app, &place, memory, &budget).await?;
        if document
            .value
            .get("publicKeyPem")
            .is_some_and(Value::is_string)
        {
            let owner = ["owner", "controller"]
                .iter()
                .find_map(|name| document.value.get(*name)?.as_str());
            let owner = owner.filter(|owner| site::same_authority(owner, name));
            let owner = owner.ok_or_else(|| {
                Unverified::Unauthorized("the key names no owner on its host".to_owned())
            })?;
            document = self.document_at(app, owner, memory, &budget).await?;
        }
        let account = Box::pin(self.keep_actor(app, &document, memory, &budget)).await?;
        let key = self.remember_key(app, &account, name).await?;
        Ok((account, key))
    }
}

/// The headers of a request as the signature module reads them.
pub(crate) fn headers_of(request: &HttpRequest) -> Headers<'_> {
    request
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect()
}

pub(crate) fn path_and_query(request: &HttpRequest) -> &str {
    request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str())
}
