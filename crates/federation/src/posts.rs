//! A peer's Note becomes a post of ours: who is mentioned is looked up, what it answers is named. Nothing is written here.

use std::{collections::HashSet, time::Duration};

use futures_util::future::join_all;
use kontor_actions::{
    App, Result,
    accounts::Account,
    attachments::Carried,
    posts::{ContentType, NewPost, Parent, Parts, Revised},
};
use kontor_domain::ids::AccountId;
use kontor_store::{accounts, posts, tombstones};

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

impl Federation {
    /// Everything that must be asked of others for a post is asked here, before it is written.
    pub(crate) async fn prepare(
        &self,
        app: &App,
        note: &IncomingNote,
        author: &Account,
        budget: &Budget,
    ) -> std::result::Result<NewPost, Failure> {
        let audience = note.audience(&author.followers_url);
        // Whoever a closed post was sent to may read it; in an open one only a mention means somebody.
        let people = if audience.is_open() {
            note.mentions()
        } else {
            note.recipients(&author.followers_url)
        };
        let published = note.published();
        let spoken = &app.settings.languages;
        let quote = self.quoted(app, note, budget).await?;
        Ok(NewPost {
            uri: note.id.clone(),
            url: note.page(),
            content: note.html(spoken, self.settings.article_bytes),
            text: String::new(),
            content_type: ContentType::Plain,
            spoiler_text: note.spoiler_text(),
            sensitive: note.sensitive(),
            language: note.language(spoken),
            audience,
            parent: note.in_reply_to.clone().map(Parent::Uri),
            mentioned: self.mentioned(app, people, budget).await?,
            tags: note.hashtags(),
            published,
            edited_at: note
                .updated()
                .filter(|updated| published.is_none_or(|published| *updated > published)),
            application: None,
            idempotency_key: None,
            parts: Parts {
                carried: Carried::Remote(note.files(self.settings.attachments_per_post)),
                poll: note.poll(app.now()),
                quote,
                quote_policy: note.quote_policy(&author.followers_url),
                emojis: note.emojis(),
                context: note.context.clone(),
                replies: note.replies.clone(),
            },
        })
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
            parts: new.parts.into(),
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
        let wanted: Vec<String> = uris.iter().map(|uri| (*uri).to_owned()).collect();
        let known: Result<Vec<Account>> = app
            .store
            .read(move |db| {
                let mut known = Vec::new();
                for some in wanted.chunks(ASKED_AT_ONCE) {
                    known.extend(accounts::by_uris(db, some)?);
                }
                Ok(known)
            })
            .await;
        let mut known = known?;
        known.sort_by_key(|account| !account.is_local());
        known.truncate(MOST_KNOWN);
        let here: HashSet<&str> = known.iter().map(|account| account.uri.as_str()).collect();
        let unknown = uris
            .iter()
            .filter(|uri| !here.contains(**uri) && !app.site.owns_str(uri))
            .take(self.settings.lookups_per_post);
        let found = join_all(
            unknown.map(|uri| tokio::time::timeout(PATIENCE, self.account(app, uri, budget))),
        )
        .await;
        let found = found
            .into_iter()
            .filter_map(|account| account.ok()?.ok().map(|account| account.id));
        Ok(known
            .iter()
            .map(|account| account.id)
            .chain(found)
            .collect())
    }

    /// If what a post answers is not here, it is fetched later, as step number `depth` of the way up.
    pub(crate) async fn complete_thread(
        &self,
        app: &App,
        note: &IncomingNote,
        depth: u32,
    ) -> Result<()> {
        let Some(parent) = note.in_reply_to.clone() else {
            return Ok(());
        };
        if depth > self.settings.thread_depth || app.site.owns_str(&parent) {
            return Ok(());
        }
        let this = app.clone();
        app.store
            .write(move |tx| {
                let known = posts::stub_by_uri(tx, &parent)?.is_some()
                    || tombstones::deleted_at(tx, &parent)?.is_some();
                if known {
                    Ok(())
                } else {
                    threads::enqueue(&this, tx, parent.clone(), depth)
                }
            })
            .await
    }
}
