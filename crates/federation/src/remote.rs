//! Accounts and posts of other servers, found by handle or address and kept here.

use kontor_actions::{
    App, Error, FileBounds, Found, Remote, Result,
    accounts::{self, Account, RemoteAccount},
    posts::{self, Arrival, Created},
};
use kontor_domain::{account::AccountKind, event::Event, ids::AccountId, site, text::Handle};
use kontor_net::Url;
use kontor_store::{Tx, posts::Post};

use crate::{
    Federation,
    fetch::{Budget, Document, Failure, Finger, Memory},
    objects::{Unfit, actor::IncomingActor, note::IncomingNote},
    outgoing,
};

/// Actors of one handle that are tried: a person and a group may share it.
const NAMESAKES: usize = 3;

#[async_trait::async_trait]
impl Remote for Federation {
    fn speaks_with(&self, host: &str) -> bool {
        self.policy.allowed(host).is_ok()
    }

    fn publish(
        &self,
        app: &App,
        tx: &mut Tx<'_>,
        post: &Post,
        mentioned: &[AccountId],
    ) -> Result<()> {
        outgoing::publish(app, tx, post, mentioned)
    }

    fn tell(&self, app: &App, tx: &mut Tx<'_>, event: &Event) -> Result<()> {
        outgoing::apply(app, tx, event)
    }

    async fn resolve_handle(&self, app: &App, handle: &Handle) -> Result<Option<AccountId>> {
        let budget = Budget::new(&self.settings);
        answer(
            self.by_handle(app, handle, &budget)
                .await
                .map(|account| account.id),
        )
    }

    async fn resolve_url(&self, app: &App, url: &Url) -> Result<Option<Found>> {
        let budget = Budget::new(&self.settings);
        answer(self.by_url(app, url, &budget).await)
    }

    fn takes_file(&self, account: &str, domain: Option<&str>, url: &Url) -> bool {
        self.policy.takes_media_of(account, domain)
            && site::authority(url).is_some_and(|host| self.policy.takes_media(&host))
    }

    async fn join_requests(&self, app: &App, group: &Account) -> Result<Option<Vec<AccountId>>> {
        Ok(answer(self.waiting(app, group).await)?.flatten())
    }

    async fn fetch_file(&self, app: &App, url: &Url, bounds: FileBounds) -> Result<Vec<u8>> {
        let file = self.file(app, url, bounds).await;
        answer(file)?.ok_or(Error::NotFound)
    }
}

/// What is not there, or is nothing that can be kept, is not found; what may be there later is an error.
fn answer<T>(found: std::result::Result<T, Failure>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(why @ Failure::Transient(_)) => Err(Error::Remote(why.to_string())),
        Err(Failure::Internal(why)) => Err(Error::Broken(why)),
        Err(why) => {
            tracing::debug!(reason = %why, "nothing was found at another server");
            Ok(None)
        }
    }
}

impl From<Unfit> for Failure {
    fn from(why: Unfit) -> Self {
        Self::Unusable(why.to_string())
    }
}

/// The handle under which an actor is known, and the WebFinger answer that says so.
struct Known {
    username: String,
    domain: String,
    finger: Option<Finger>,
}

impl Federation {
    async fn by_handle(
        &self,
        app: &App,
        handle: &Handle,
        budget: &Budget,
    ) -> std::result::Result<Account, Failure> {
        let domain = handle
            .domain
            .as_deref()
            .ok_or_else(|| Failure::unusable("the handle has no domain"))?;
        let finger = self
            .finger(app, &handle.username, domain, Memory::Short, budget)
            .await?;
        let (mut failure, mut group) = (Failure::NotFound, None);
        for named in finger.meant(handle.group).into_iter().take(NAMESAKES) {
            let found = async {
                let document = self
                    .document_at(app, &named.actor, Memory::Short, budget)
                    .await?;
                Box::pin(self.keep_actor(app, &document, Memory::Short, budget)).await
            };
            match found.await {
                Ok(account) if (account.kind == AccountKind::Group) == handle.group => {
                    return Ok(account);
                }
                Ok(account) if !handle.group => group = group.or(Some(account)),
                Ok(_) => {}
                Err(why) => failure = why,
            }
        }
        // While the person cannot be reached, the group is not taken for them.
        match group {
            Some(group) if !failure.is_transient() => Ok(group),
            _ => Err(failure),
        }
    }

    async fn by_url(
        &self,
        app: &App,
        url: &Url,
        budget: &Budget,
    ) -> std::result::Result<Found, Failure> {
        let document = self.document(app, url, Memory::Short, budget).await?;
        if IncomingActor::read(document.value.clone())?
            .kind()
            .is_some()
        {
            return Ok(Found::Account(
                Box::pin(self.keep_actor(app, &document, Memory::Short, budget))
                    .await?
                    .id,
            ));
        }
        let note = IncomingNote::read(document.value)?;
        let arrival = Arrival::Fetched;
        match self.keep_post(app, &note, 0, arrival, budget).await? {
            Created::New(id) => {
                self.ask_for_answers(app, id).await?;
                Ok(Found::Post(id))
            }
            Created::Known(id) => Ok(Found::Post(id)),
            Created::Unwanted => Err(Failure::NotFound),
        }
    }

    /// Keeps a post that was fetched from its own server, with its author. `depth`: how far up its thread has been followed.
    pub(crate) async fn keep_post(
        &self,
        app: &App,
        note: &IncomingNote,
        depth: u32,
        arrival: Arrival,
        budget: &Budget,
    ) -> std::result::Result<Created, Failure> {
        let identity = note.check()?;
        let author = self.account(app, identity.author, budget).await?;
        let mut new = self.prepare(app, note, &author, budget).await?;
        new.group.vouched = self.community_of(app, note).await?;
        // Above a post that came, only what began the thread is asked for its answers; what is gathered belongs to somebody's asking.
        let begins = note.in_reply_to.is_none() && depth <= self.settings.thread_depth;
        new.parts.ask_for_answers = arrival != Arrival::Gathered && (depth == 0 || begins);
        let created = posts::create(app, author.id, new, arrival).await?;
        let missing = self.missing(app, note, depth + 1);
        match created {
            Created::New(_) => missing.ask_by_itself(app).await?,
            _ => missing.without_quoted().ask_by_itself(app).await?,
        }
        Ok(created)
    }

    /// The remote account with this id: known here, or fetched.
    pub(crate) async fn account(
        &self,
        app: &App,
        uri: &str,
        budget: &Budget,
    ) -> std::result::Result<Account, Failure> {
        let account = if let Some(known) = accounts::by_uri(app, uri.to_owned()).await? {
            known
        } else {
            let document = self.document_at(app, uri, Memory::Long, budget).await?;
            Box::pin(self.keep_actor(app, &document, Memory::Long, budget)).await?
        };
        if account.is_local() || account.uri != uri {
            return Err(Failure::unusable(
                "it is not an account of another server under this id",
            ));
        }
        Ok(account)
    }

    /// Fetches an account's document anew, whatever is known of it.
    pub(crate) async fn refresh(
        &self,
        app: &App,
        uri: &str,
        budget: &Budget,
    ) -> std::result::Result<Account, Failure> {
        let document = self.document_at(app, uri, Memory::None, budget).await?;
        Box::pin(self.keep_actor(app, &document, Memory::None, budget)).await
    }

    /// Keeps the account that a document describes, which came from its own server. One that is new here gets its handle from
    /// WebFinger; later its handle stays. With a group, a person of its name is kept, whom its name means first.
    pub(crate) async fn keep_actor(
        &self,
        app: &App,
        document: &Document,
        memory: Memory,
        budget: &Budget,
    ) -> std::result::Result<Account, Failure> {
        let place =
            Url::parse(&document.id).map_err(|_| Failure::unusable("its `id` is not a URL"))?;
        let incoming = IncomingActor::read(document.value.clone())?;
        let mut remote = incoming.check(&place)?;
        let mut namesake = None;
        match accounts::by_uri(app, remote.uri.clone()).await? {
            Some(known) if known.is_local() => {
                return Err(Failure::unusable("it is an account of ours"));
            }
            Some(known) => {
                self.forget_keys(app, &known).await?;
                remote.domain = known.domain.unwrap_or(remote.domain);
            }
            None => {
                let handle = match self
                    .said_handle(app, &incoming, &remote, memory, budget)
                    .await?
                {
                    Some(handle) => handle,
                    None => self.handle_of(app, &remote, memory, budget).await?,
                };
                self.check_holder(app, &handle, &remote).await?;
                if remote.profile.kind == AccountKind::Group {
                    namesake = handle.finger.as_ref().and_then(Finger::person);
                }
                (remote.username, remote.domain) = (handle.username, handle.domain);
            }
        }
        let sieve = self.sieve(app, &remote.uri, Some(&remote.domain));
        let profile = &mut remote.profile;
        profile.avatar_url = sieve.address(profile.avatar_url.take());
        profile.header_url = sieve.address(profile.header_url.take());
        profile.emojis = sieve.profile(std::mem::take(&mut profile.emojis));
        self.keys.forget(&remote.endpoints.public_key_id);
        for (key_id, _) in &remote.keys {
            self.keys.forget(key_id);
        }
        if incoming.reads_rfc9421()
            && let Some(host) = site::authority(&place)
        {
            self.advertised_form(app, &host).await?;
        }
        let account = accounts::upsert_remote(app, remote).await?;
        if let Some(person) = namesake.filter(|it| site::same_authority(it, &account.uri))
            && let Err(why) = Box::pin(self.account(app, &person, budget)).await
        {
            tracing::debug!(reason = %why, "the person of a group's name is not known");
        }
        Ok(account)
    }

    /// What is kept at hand of an account's keys.
    async fn forget_keys(&self, app: &App, account: &Account) -> Result<()> {
        self.keys.forget(&account.public_key_id);
        let id = account.id;
        let others: Result<_> = app
            .store
            .read(move |db| Ok(kontor_store::actor_keys::of(db, id)?))
            .await;
        for key in others? {
            self.keys.forget(&key.key_id);
        }
        Ok(())
    }

    /// FEP-2c59: the handle that the actor gives itself, if it is on another domain than its id and that domain's server names
    /// the actor.
    async fn said_handle(
        &self,
        app: &App,
        incoming: &IncomingActor,
        remote: &RemoteAccount,
        memory: Memory,
        budget: &Budget,
    ) -> std::result::Result<Option<Known>, Failure> {
        let said = incoming
            .webfinger
            .as_deref()
            .and_then(|text| Handle::parse(text).ok());
        let Some(Handle {
            username,
            domain: Some(domain),
            ..
        }) = said
        else {
            return Ok(None);
        };
        if domain.eq_ignore_ascii_case(&remote.domain)
            || domain.eq_ignore_ascii_case(app.site.domain())
        {
            return Ok(None);
        }
        match self.finger(app, &username, &domain, memory, budget).await {
            Ok(finger) if finger.names(&remote.uri) => Ok(Some(Known {
                username,
                domain: domain.to_ascii_lowercase(),
                finger: Some(finger),
            })),
            Err(why) if why.is_transient() => Err(why),
            _ => Ok(None),
        }
    }

    /// The actor's own server says what handle it goes by. Another domain counts only if that domain's server
    /// names the actor too. A server without WebFinger has the handle that its actor's id and name make.
    async fn handle_of(
        &self,
        app: &App,
        remote: &RemoteAccount,
        memory: Memory,
        budget: &Budget,
    ) -> std::result::Result<Known, Failure> {
        let plain = |finger| Known {
            username: remote.username.clone(),
            domain: remote.domain.clone(),
            finger,
        };
        let finger = match self
            .finger(app, &remote.username, &remote.domain, memory, budget)
            .await
        {
            Ok(finger) if finger.actors.is_empty() => return Ok(plain(None)),
            Ok(finger) => finger,
            Err(why) if why.is_transient() => return Err(why),
            Err(_) => return Ok(plain(None)),
        };
        if !finger.names(&remote.uri) {
            return Err(Failure::unusable(
                "its server's WebFinger gives its name to another actor",
            ));
        }
        let Some(Handle {
            username,
            domain: Some(domain),
            ..
        }) = finger.subject.clone()
        else {
            return Ok(plain(Some(finger)));
        };
        if domain.eq_ignore_ascii_case(&remote.domain)
            || domain.eq_ignore_ascii_case(app.site.domain())
        {
            return Ok(plain(Some(finger)));
        }
        match self.finger(app, &username, &domain, memory, budget).await {
            Ok(other) if other.names(&remote.uri) => Ok(Known {
                username,
                domain: domain.to_ascii_lowercase(),
                finger: Some(other),
            }),
            Err(why) if why.is_transient() => Err(why),
            _ => Ok(plain(Some(finger))),
        }
    }

    /// A handle that another account has goes over only if WebFinger names the new one and no longer the old one. A person and a
    /// group may have the same.
    async fn check_holder(
        &self,
        app: &App,
        handle: &Known,
        remote: &RemoteAccount,
    ) -> std::result::Result<(), Failure> {
        let kind = remote.profile.kind;
        let key = kontor_store::accounts::remote_handle(&handle.username, &handle.domain, kind);
        let holder: Result<_> = app
            .store
            .read(move |db| Ok(kontor_store::accounts::holder(db, &key)?))
            .await;
        let Some(holder) = holder?.filter(|holder| holder.uri != remote.uri) else {
            return Ok(());
        };
        let passes = handle
            .finger
            .as_ref()
            .is_some_and(|finger| !finger.names(&holder.uri));
        if passes {
            Ok(())
        } else {
            Err(Failure::unusable("another actor has its handle"))
        }
    }
}
