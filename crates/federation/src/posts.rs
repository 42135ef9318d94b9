//! A peer's Note becomes a post of ours: who is mentioned is looked up, what it answers is named. Nothing is written here.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use kontor_actions::{
    App, Result,
    accounts::Account,
    attachments::Carried,
    posts::{Beside, ChangedParts, ContentType, InGroup, NewPost, Parent, Parts, Revised},
    quotes::NewQuote,
};
use kontor_domain::ids::AccountId;
use kontor_store::{Tx, accounts};

use crate::{
    Federation,
    fetch::{Budget, Failure},
    objects::note::IncomingNote,
    threads,
};

/// A post may name thousands, and a statement takes so many values.
const ASKED_AT_ONCE: usize = 1000;

/// More than anybody mentions in earnest. People here come before others that are known.
const MOST_KNOWN: usize = 10_000;

/// How long a post waits for those whom it mentions.
const PATIENCE: Duration = Duration::from_secs(8);

/// Whom a note means, but for the public and its author's followers. Whoever a closed post was sent to may read it; in an open
/// one only a mention means somebody.
pub(crate) fn readers<'a>(note: &'a IncomingNote, followers: &str) -> Vec<&'a str> {
    if note.audience(followers).is_open() {
        note.mentions()
    } else {
        note.recipients(followers)
    }
}

/// What a post is read by of its author.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Author<'a> {
    pub(crate) uri: &'a str,
    /// The collections of its that a note may name.
    pub(crate) followers: &'a str,
    pub(crate) following: &'a str,
    /// Of its handle.
    pub(crate) domain: Option<&'a str>,
}

impl Federation {
    /// Everything that must be asked of others for a post is asked here, before it is written.
    pub(crate) async fn prepare(
        &self,
        app: &App,
        note: &IncomingNote,
        author: &Account,
        budget: &Budget,
    ) -> std::result::Result<NewPost, Failure> {
        let people = readers(note, &author.followers_url);
        let quote = self.quoted(app, note, budget).await?;
        let mentioned = self.mentioned(app, people, budget).await?;
        let author = Author {
            uri: &author.uri,
            followers: &author.followers_url,
            following: &author.following_url,
            domain: author.domain.as_deref(),
        };
        Ok(self.ready(app, note, author, mentioned, quote))
    }

    /// The post, when everybody has been asked.
    pub(crate) fn ready(
        &self,
        app: &App,
        note: &IncomingNote,
        author: Author<'_>,
        mentioned: Vec<AccountId>,
        quote: Option<NewQuote>,
    ) -> NewPost {
        let Author {
            followers,
            following,
            ..
        } = author;
        let sieve = self.sieve(app, author.uri, author.domain);
        let published = note.published();
        let spoken = &app.settings.languages;
        NewPost {
            uri: note.id.clone(),
            url: note.page(),
            content: note.html(spoken, self.settings.article_bytes),
            text: String::new(),
            content_type: ContentType::Plain,
            spoiler_text: note.spoiler_text(),
            sensitive: note.sensitive(),
            language: note.language(spoken),
            audience: note.audience(followers),
            parent: note.in_reply_to.clone().map(Parent::Uri),
            mentioned,
            tags: note.hashtags(),
            published,
            edited_at: note
                .updated()
                .filter(|updated| published.is_none_or(|published| *updated > published.at)),
            application: None,
            idempotency_key: None,
            group: InGroup {
                addressed: note.groups(|uri| app.site.owns_str(uri)),
                named: note.names_group(),
                vouched: None,
                title: note.thread_title(),
            },
            parts: Parts {
                carried: Carried::Remote(
                    sieve.files(note.files(self.settings.attachments_per_post)),
                ),
                poll: note.poll(app.now()),
                quote,
                quote_policy: note.quote_policy(followers),
                limits: note.limits(followers, following, |uri| app.site.owns_str(uri)),
                emojis: sieve.emojis(note.emojis()),
                context: note.context.clone(),
                replies: note.replies.clone(),
                ask_for_answers: true,
            },
        }
    }

    /// The same for a version that replaces another.
    pub(crate) async fn prepare_edit(
        &self,
        app: &App,
        note: &IncomingNote,
        author: &Account,
        budget: &Budget,
    ) -> std::result::Result<Revised, Failure> {
        let new = self.prepare(app, note, author, budget).await?;
        Ok(Revised {
            content: new.content,
            text: new.text,
            content_type: new.content_type,
            spoiler_text: new.spoiler_text,
            sensitive: new.sensitive,
            language: new.language,
            mentioned: new.mentioned,
            tags: new.tags,
            edited_at: note.updated().unwrap_or_else(|| app.now()),
            parts: ChangedParts {
                title: new.group.title,
                ..new.parts.into()
            },
        })
    }

    /// Accounts by id. Those that are not known are looked up all at once and not too many; who cannot be found is left out.
    async fn mentioned(
        &self,
        app: &App,
        uris: Vec<&str>,
        budget: &Budget,
    ) -> std::result::Result<Vec<AccountId>, Failure> {
        if uris.is_empty() {
            return Ok(Vec::new());
        }
        let mut known = known(app, &uris).await?;
        known.sort_by_key(|account| !account.is_local());
        known.truncate(MOST_KNOWN);
        let here: HashSet<&str> = known.iter().map(|account| account.uri.as_str()).collect();
        let unknown: Vec<&str> = uris
            .iter()
            .filter(|uri| !here.contains(**uri) && !app.site.owns_str(uri))
            .take(self.settings.lookups_per_post)
            .copied()
            .collect();
        let found = self.found(app, &unknown, budget).await;
        Ok(known
            .iter()
            .chain(&found)
            .map(|account| account.id)
            .collect())
    }

    /// Those of these accounts of other servers that can be found. As many are looked up at once as one post may name, and no more are
    /// begun with when that has taken long.
    pub(crate) async fn found(&self, app: &App, uris: &[&str], budget: &Budget) -> Vec<Account> {
        let began = Instant::now();
        let mut found = Vec::new();
        for some in uris.chunks(self.settings.lookups_per_post.max(1)) {
            let asked = some
                .iter()
                .map(|uri| tokio::time::timeout(PATIENCE, self.account(app, uri, budget)));
            let answers = join_all(asked).await.into_iter();
            found.extend(answers.filter_map(|account| account.ok()?.ok()));
            if began.elapsed() >= PATIENCE {
                break;
            }
        }
        found
    }

    /// If what a post answers or quotes is not here, it is fetched later; what is answered, as step number `depth` of the way up.
    pub(crate) fn missing(&self, app: &App, note: &IncomingNote, depth: u32) -> Missing {
        let most = self.settings.thread_depth;
        let elsewhere = |uri: &String| !app.site.owns_str(uri);
        Missing {
            parent: note
                .in_reply_to
                .clone()
                .filter(|parent| depth <= most && elsewhere(parent))
                .map(|parent| (parent, depth)),
            // Not the thread around it, and not what it quotes itself: there is no end to quotes of quotes.
            quoted: note
                .quoted()
                .map(ToOwned::to_owned)
                .filter(|quoted| depth <= most + 1 && elsewhere(quoted))
                .map(|quoted| (quoted, most + 1)),
        }
    }
}

/// Those of these accounts that are known here.
pub(crate) async fn known(app: &App, uris: &[&str]) -> Result<Vec<Account>> {
    let wanted: Vec<String> = uris.iter().map(|uri| (*uri).to_owned()).collect();
    app.store
        .read(move |db| {
            let mut known = Vec::new();
            for some in wanted.chunks(ASKED_AT_ONCE) {
                known.extend(accounts::by_uris(db, some)?);
            }
            Ok(known)
        })
        .await
}

/// Posts that another one leads to, if they are not here: each with the step that it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Missing {
    parent: Option<(String, u32)>,
    quoted: Option<(String, u32)>,
}

/// Asked for with the post that leads to them.
impl Beside for Missing {
    fn after(&self, app: &App, tx: &mut Tx<'_>) -> Result<()> {
        self.ask(app, tx)
    }
}

impl Missing {
    pub(crate) fn without_quoted(self) -> Self {
        Self {
            quoted: None,
            ..self
        }
    }

    /// Asks for them.
    pub(crate) fn ask(&self, app: &App, tx: &mut Tx<'_>) -> Result<()> {
        if let Some((parent, depth)) = &self.parent {
            threads::ask_above(app, tx, parent, *depth)?;
        }
        if let Some((quoted, depth)) = &self.quoted {
            threads::ask(app, tx, quoted, *depth)?;
        }
        Ok(())
    }

    pub(crate) async fn ask_by_itself(self, app: &App) -> Result<()> {
        if self.parent.is_none() && self.quoted.is_none() {
            return Ok(());
        }
        let this = app.clone();
        app.store.write(move |tx| self.ask(&this, tx)).await
    }
}
