//! What was loaded of posts and accounts, kept in memory for the next page that shows them. Nothing is shown that is older than the
//! database: each reading asks for the versions of what it shows, which the database raises with every change, whoever makes it. Who
//! may read what is asked of the database alone, each time.

use std::{
    collections::HashMap,
    ops::Deref,
    sync::{Arc, OnceLock},
};

use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, ApplicationId, PostId},
    quote::Policy,
};
use kontor_store::{
    Conn, attachments, contexts,
    oauth::{self, Bearer, Token, TokenNow},
    posts,
    posts::Post,
    quotes::{self, Quote},
    timelines::Seen,
    versions::{self, Has},
};
use moka::sync::Cache;
use serde_json::value::RawValue;

use crate::{Result, accounts::Account, attachments::Attachment, posts::PostView};

/// Cheap to clone; all clones keep the same.
#[derive(Debug, Clone)]
pub struct Kept {
    bytes: u64,
    posts: Cache<PostId, Arc<KeptPost>>,
    accounts: Cache<AccountId, Arc<KeptAccount>>,
    /// By the hashes of tokens.
    bearers: Cache<String, Arc<KeptBearer>>,
}

/// Members of an entity of the client API as JSON, without the braces around them.
pub type Members = Box<str>;

/// What is shown of a post to all who may read it.
#[derive(Debug, Clone)]
pub struct KeptPost {
    version: i64,
    pub(crate) post: Post,
    pub(crate) mentions: Vec<AccountId>,
    /// Lower case, without `#`.
    pub tags: Vec<String>,
    /// The name and website of the application that it was written with; only for local posts.
    pub application: Option<(String, Option<String>)>,
    /// The address of the post that it answers, known here or not.
    pub parent_uri: Option<String>,
    pub(crate) attachments: Vec<Attachment>,
    pub(crate) quote: Option<Quote>,
    pub(crate) policy: Option<Policy>,
    pub(crate) context: Option<String>,
    has: Vec<Has>,
    members: [OnceLock<Members>; 2],
}

#[derive(Debug)]
pub(crate) struct KeptBearer {
    versions: (Option<i64>, Option<i64>),
    pub(crate) bearer: Bearer,
}

#[derive(Debug, Clone)]
pub struct KeptAccount {
    version: i64,
    account: Account,
    json: OnceLock<Box<RawValue>>,
}

impl Deref for KeptPost {
    type Target = Post;

    fn deref(&self) -> &Post {
        &self.post
    }
}

impl Deref for KeptAccount {
    type Target = Account;

    fn deref(&self) -> &Account {
        &self.account
    }
}

/// Which part of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// What it is called: a boost has such a part of its own.
    Name,
    /// What it says: of a boost, that of what it boosts.
    Word,
}

impl KeptPost {
    /// What the client API says of a part of it, made when it is first asked for.
    pub fn members<E>(
        &self,
        of: Text,
        make: impl FnOnce(&Self) -> std::result::Result<Members, E>,
    ) -> std::result::Result<&str, E> {
        let [name, word] = &self.members;
        let kept = match of {
            Text::Name => name,
            Text::Word => word,
        };
        if let Some(members) = kept.get() {
            return Ok(members);
        }
        let members = make(self)?;
        Ok(kept.get_or_init(|| members))
    }
}

impl KeptAccount {
    /// What the client API says of it, made when it is first asked for.
    pub fn json<E>(
        &self,
        make: impl FnOnce(&Account) -> std::result::Result<Box<RawValue>, E>,
    ) -> std::result::Result<&RawValue, E> {
        if let Some(json) = self.json.get() {
            return Ok(json);
        }
        let json = make(&self.account)?;
        Ok(self.json.get_or_init(|| json))
    }
}

/// Kept by nobody.
impl From<Account> for KeptAccount {
    fn from(account: Account) -> Self {
        Self::of(account, 0)
    }
}

impl KeptPost {
    pub(crate) fn has(&self, what: Has) -> bool {
        self.has.contains(&what)
    }

    fn bytes(&self) -> usize {
        let post = &self.post;
        let some = |word: &Option<String>| word.as_ref().map_or(0, String::len);
        let words = [
            &post.content,
            &post.text,
            &post.uri,
            &post.url,
            &post.spoiler_text,
            &post.content_type,
        ];
        let words: usize = words.iter().map(|word| word.len()).sum();
        let more = some(&post.in_reply_to_uri) + some(&self.parent_uri) + some(&self.context);
        let quote = self.quote.as_ref().map_or(0, |quote| {
            quote.quoted_uri.len() + some(&quote.request_uri) + some(&quote.stamp_uri)
        });
        // In its JSON a hashtag stands twice, once with what is not ASCII escaped.
        let tags: usize = self.tags.iter().map(|tag| 5 * tag.len() + 128).sum();
        let files: usize = self.attachments.iter().map(file_bytes).sum();
        let mentions = self.mentions.len() * size_of::<AccountId>();
        // What is said of it as JSON says most of this once more.
        size_of::<Self>() + 2 * words + more + quote + tags + files + mentions + 1536
    }
}

impl KeptAccount {
    fn of(account: Account, version: i64) -> Self {
        Self {
            version,
            account,
            json: OnceLock::new(),
        }
    }

    fn bytes(&self) -> usize {
        // What is said of it as JSON says most of it once more.
        size_of::<Self>() + 2 * account_bytes(&self.account) + 1024
    }
}

impl KeptBearer {
    /// The same with the account as it is now, if nothing else changed and that is kept: whoever writes is shown what they wrote, and
    /// who they are with it.
    fn with_account(&self, kept: &Kept, versions: (Option<i64>, Option<i64>)) -> Option<Self> {
        let (token, application, person) = &self.bearer;
        let (account, user) = person.as_ref()?;
        if self.versions.0 != versions.0 {
            return None;
        }
        let now = kept.accounts.get(&account.id)?;
        if versions.1 != Some(now.version) {
            return None;
        }
        let person = Some((now.account.clone(), user.clone()));
        Some(Self {
            versions,
            bearer: (token.clone(), application.clone(), person),
        })
    }

    fn bytes(&self) -> usize {
        let (_, application, person) = &self.bearer;
        let application = application
            .as_ref()
            .map_or(0, |row| row.redirect_uris.len() + row.scopes.len());
        let person = person
            .as_ref()
            .map_or(0, |(account, _)| account_bytes(account));
        size_of::<Self>() + application + person + 2048
    }
}

fn file_bytes(file: &Attachment) -> usize {
    let words = [
        &file.media_type,
        &file.file,
        &file.preview_file,
        &file.remote_url,
        &file.remote_preview_url,
        &file.description,
        &file.blurhash,
        &file.file_name,
        &file.frame_rate,
    ];
    let words: usize = words.into_iter().flatten().map(String::len).sum();
    size_of::<Attachment>() + words
}

fn account_bytes(account: &Account) -> usize {
    let words = [
        &account.handle,
        &account.username,
        &account.uri,
        &account.url,
        &account.display_name,
        &account.note,
        &account.note_source,
        &account.fields,
        &account.inbox_url,
        &account.outbox_url,
        &account.followers_url,
        &account.following_url,
        &account.public_key_id,
        &account.public_key_pem,
        &account.also_known_as,
        &account.emojis,
        &account.avatar_description,
        &account.header_description,
        &account.attribution_domains,
    ];
    let some = [
        &account.domain,
        &account.avatar_url,
        &account.header_url,
        &account.shared_inbox_url,
        &account.featured_url,
        &account.moved_to_uri,
        &account.feature_policy,
        &account.featured_collections_url,
        &account.community,
    ];
    let words: usize = words.iter().map(|word| word.len()).sum();
    let some: usize = some.into_iter().flatten().map(String::len).sum();
    words + some
}

fn weight(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

impl Kept {
    /// `bytes`: about as many are kept; 0: none.
    pub fn new(bytes: u64) -> Self {
        Self {
            bytes,
            posts: Cache::builder()
                .max_capacity(bytes / 8 * 5)
                .weigher(|_, kept: &Arc<KeptPost>| weight(kept.bytes()))
                .build(),
            accounts: Cache::builder()
                .max_capacity(bytes / 4)
                .weigher(|_, kept: &Arc<KeptAccount>| weight(kept.bytes()))
                .build(),
            bearers: Cache::builder()
                .max_capacity(bytes / 8)
                .weigher(|_, kept: &Arc<KeptBearer>| weight(kept.bytes()))
                .build(),
        }
    }
}

/// Those of these posts that the viewer may read. `kept` is for reads alone: what a transaction sees that has not committed may never
/// come to be.
pub(crate) fn posts(
    db: &mut Conn,
    kept: Option<&Kept>,
    viewer: Viewer,
    ids: &[PostId],
) -> Result<Vec<Arc<KeptPost>>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let Some(kept) = kept.filter(|kept| kept.bytes > 0) else {
        return load(db, viewer, ids);
    };
    // What is not kept is read with its version.
    if ids.iter().all(|id| kept.posts.get(id).is_none()) {
        return load_to_keep(db, kept, viewer, ids);
    }
    let seen = versions::of_posts(db, viewer, ids)?;
    posts_of(db, kept, viewer, &seen)
}

/// Those that the same read has found, with their versions.
pub(crate) fn posts_seen(
    db: &mut Conn,
    kept: Option<&Kept>,
    viewer: Viewer,
    seen: &[Seen],
) -> Result<Vec<Arc<KeptPost>>> {
    if let Some(kept) = kept.filter(|kept| kept.bytes > 0) {
        return posts_of(db, kept, viewer, seen);
    }
    let ids: Vec<PostId> = seen.iter().map(|(id, _)| *id).collect();
    posts(db, None, viewer, &ids)
}

fn posts_of(
    db: &mut Conn,
    kept: &Kept,
    viewer: Viewer,
    seen: &[Seen],
) -> Result<Vec<Arc<KeptPost>>> {
    let (mut found, mut wanted) = (Vec::with_capacity(seen.len()), Vec::new());
    for (id, version) in seen {
        match kept.posts.get(id) {
            Some(post) if post.version == *version => found.push(post),
            _ => wanted.push(*id),
        }
    }
    if !wanted.is_empty() {
        found.extend(load_to_keep(db, kept, viewer, &wanted)?);
    }
    Ok(found)
}

fn load_to_keep(
    db: &mut Conn,
    kept: &Kept,
    viewer: Viewer,
    ids: &[PostId],
) -> Result<Vec<Arc<KeptPost>>> {
    let found = load(db, viewer, ids)?;
    for post in &found {
        kept.posts.insert(post.post.id, post.clone());
    }
    Ok(found)
}

/// By the hash of a token.
pub(crate) fn bearer(db: &mut Conn, kept: &Kept, hash: &str) -> Result<Option<Bearer>> {
    if kept.bytes == 0 {
        return Ok(oauth::bearer(db, hash)?);
    }
    let Some((found, now)) = bearer_now(db, kept, hash)? else {
        return Ok(None);
    };
    let (token, application, person) = found.bearer.clone();
    let token = Token {
        last_used_at: now.last_used_at,
        revoked_at: now.revoked_at,
        ..token
    };
    Ok(Some((token, application, person)))
}

/// What is kept of it, and what may have become of the token since.
pub(crate) fn bearer_now(
    db: &mut Conn,
    kept: &Kept,
    hash: &str,
) -> Result<Option<(Arc<KeptBearer>, TokenNow)>> {
    let Some(now) = oauth::token_now(db, hash)? else {
        return Ok(None);
    };
    let versions = now.versions;
    let found = match kept.bearers.get(hash) {
        Some(found) if found.versions == versions => return Ok(Some((found, now))),
        Some(found) => found.with_account(kept, versions),
        None => None,
    };
    let found = match found {
        Some(found) => found,
        None => match oauth::bearer(db, hash)? {
            Some(bearer) => KeptBearer { versions, bearer },
            None => return Ok(None),
        },
    };
    let found = Arc::new(found);
    if kept.bytes > 0 {
        kept.bearers.insert(hash.to_owned(), found.clone());
    }
    Ok(Some((found, now)))
}

/// The authors of what was loaded already: most notifications are about what their senders wrote.
pub(crate) fn authors(views: &[PostView]) -> HashMap<AccountId, Arc<KeptAccount>> {
    let authors = views.iter().map(|view| &view.account);
    authors
        .map(|account| (account.id, account.clone()))
        .collect()
}

pub(crate) fn accounts(
    db: &mut Conn,
    kept: Option<&Kept>,
    ids: &[AccountId],
) -> Result<HashMap<AccountId, Arc<KeptAccount>>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let Some(kept) = kept.filter(|kept| kept.bytes > 0) else {
        let rows = crate::accounts::map(db, ids)?.into_iter();
        return Ok(rows
            .map(|(id, account)| (id, Arc::new(KeptAccount::from(account))))
            .collect());
    };
    let (mut found, mut wanted) = (HashMap::with_capacity(ids.len()), Vec::new());
    for (id, version) in versions::of_accounts(db, ids)? {
        match kept.accounts.get(&id) {
            Some(row) if row.version == version => {
                found.insert(id, row);
            }
            _ => wanted.push(id),
        }
    }
    if !wanted.is_empty() {
        for (account, version) in versions::accounts(db, &wanted)? {
            let row = Arc::new(KeptAccount::of(account, version));
            kept.accounts.insert(row.id, row.clone());
            found.insert(row.id, row);
        }
    }
    Ok(found)
}

/// The posts themselves, before whatever hangs on them: what is read later is of their version, or of one that comes after it.
fn load(db: &mut Conn, viewer: Viewer, ids: &[PostId]) -> Result<Vec<Arc<KeptPost>>> {
    let mut found: HashMap<PostId, KeptPost> = versions::posts(db, viewer, ids)?
        .into_iter()
        .map(|(post, version)| (post.id, KeptPost::bare(post, version)))
        .collect();
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<PostId> = found.keys().copied().collect();
    for (has, post) in versions::have(db, &ids)? {
        if let Some(post) = found.get_mut(&post) {
            post.has.push(has);
        }
    }
    for (post, account) in of_some(db, &found, Has::Mentions, posts::mentions_of)? {
        if let Some(post) = found.get_mut(&post) {
            post.mentions.push(account);
        }
    }
    for (post, tag) in of_some(db, &found, Has::Tags, posts::tags_of)? {
        if let Some(post) = found.get_mut(&post) {
            post.tags.push(tag);
        }
    }
    for (post, file) in of_some(db, &found, Has::Attachments, attachments::of_posts)? {
        if let Some(post) = found.get_mut(&post) {
            post.attachments.push(file);
        }
    }
    for quote in of_some(db, &found, Has::Quote, quotes::of_posts)? {
        if let Some(post) = found.get_mut(&quote.post_id) {
            post.quote = Some(quote);
        }
    }
    for (post, policy) in of_some(db, &found, Has::Policy, quotes::policies)? {
        if let Some(post) = found.get_mut(&post) {
            post.policy = Some(policy);
        }
    }
    for context in contexts::of_posts(db, &ids)? {
        if let Some(post) = found.get_mut(&context.post_id) {
            post.context = context.context_uri;
        }
    }
    around(db, &mut found)?;
    Ok(found.into_values().map(Arc::new).collect())
}

/// Looks up what only some of them have, for those.
fn of_some<T>(
    db: &mut Conn,
    found: &HashMap<PostId, KeptPost>,
    what: Has,
    look: impl FnOnce(&mut Conn, &[PostId]) -> kontor_store::Result<Vec<T>>,
) -> Result<Vec<T>> {
    let having = found.values().filter(|kept| kept.has(what));
    let ids: Vec<PostId> = having.map(|kept| kept.post.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(look(db, &ids)?)
}

/// What is named in the rows: with what they were written, and what they answer.
fn around(db: &mut Conn, found: &mut HashMap<PostId, KeptPost>) -> Result<()> {
    let mut written: Vec<ApplicationId> = found
        .values()
        .filter_map(|kept| kept.post.application_id)
        .collect();
    written.sort_unstable();
    written.dedup();
    let mut applications = HashMap::new();
    if !written.is_empty() {
        for row in oauth::applications_by_ids(db, &written)? {
            applications.insert(row.id, (row.name, row.website));
        }
    }
    let answered: Vec<PostId> = found
        .values()
        .filter_map(|kept| kept.post.in_reply_to_id)
        .collect();
    let answered: HashMap<PostId, String> = if answered.is_empty() {
        HashMap::new()
    } else {
        posts::uris(db, &answered)?.into_iter().collect()
    };
    for kept in found.values_mut() {
        let post = &kept.post;
        kept.application = post
            .application_id
            .and_then(|id| applications.get(&id).cloned());
        kept.parent_uri = post
            .in_reply_to_id
            .and_then(|id| answered.get(&id).cloned())
            .or_else(|| post.in_reply_to_uri.clone());
    }
    Ok(())
}

impl KeptPost {
    fn bare(post: Post, version: i64) -> Self {
        Self {
            version,
            post,
            mentions: Vec::new(),
            tags: Vec::new(),
            application: None,
            parent_uri: None,
            attachments: Vec::new(),
            quote: None,
            policy: None,
            context: None,
            has: Vec::new(),
            members: [OnceLock::new(), OnceLock::new()],
        }
    }
}
