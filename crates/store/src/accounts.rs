//! Accounts, local and remote, and the private keys of the local ones.

use diesel::prelude::*;
use kontor_domain::{account::AccountKind, ids::AccountId, peer::SuspendedBy, time::Time};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    prepared::{Bind, Prepared},
    schema::{account_keys, accounts},
    search,
    streams::{self, News},
};

/// A row of `accounts`. Holds nothing secret.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = accounts)]
#[expect(clippy::struct_excessive_bools, reason = "a row is its columns")]
pub struct Account {
    pub id: AccountId,
    /// The name under which it is kept, in lower case: `name` here, `name@domain` elsewhere, `!name@domain` of a group elsewhere,
    /// which may share its name with a person there.
    pub handle: String,
    pub username: String,
    pub domain: Option<String>,
    pub kind: AccountKind,
    pub uri: String,
    pub url: String,
    pub display_name: String,
    pub note: String,
    pub note_source: String,
    /// JSON list of `domain::account::Field`.
    pub fields: String,
    pub avatar_url: Option<String>,
    pub header_url: Option<String>,
    pub inbox_url: String,
    pub shared_inbox_url: Option<String>,
    pub outbox_url: String,
    pub followers_url: String,
    pub following_url: String,
    pub featured_url: Option<String>,
    pub public_key_id: String,
    pub public_key_pem: String,
    pub locked: bool,
    pub discoverable: bool,
    pub indexable: bool,
    /// JSON list of addresses.
    pub also_known_as: String,
    pub moved_to_uri: Option<String>,
    pub followers_count: i64,
    pub following_count: i64,
    pub statuses_count: i64,
    pub last_status_at: Option<Time>,
    pub created_at: Time,
    pub updated_at: Time,
    pub fetched_at: Option<Time>,
    pub suspended_at: Option<Time>,
    /// JSON list of `domain::emoji::Emoji`.
    pub emojis: String,
    /// Hidden from those who do not follow.
    pub limited: bool,
    /// With `suspended_at`; absent, it was a person of this instance.
    pub suspended_by: Option<SuspendedBy>,
    /// When it last moved to another account.
    pub moved_at: Option<Time>,
    /// The files of its posts are covered, whatever it says of them.
    pub sensitized: bool,
    /// Of another server: whom it lets put it into collections, as JSON of `domain::collection::FeaturePolicy`. `None`: it does not say.
    pub feature_policy: Option<String>,
    /// Of another server: where it lists its collections of accounts.
    pub featured_collections_url: Option<String>,
    /// Of a group: JSON of `domain::community::Facts`. The database keeps it as `communities` has it, whatever is written here.
    pub community: Option<String>,
    pub avatar_description: String,
    pub header_description: String,
    /// Of those here: whom it follows and who follows it is nobody else's business.
    pub hide_collections: bool,
    /// What clients are asked to show of its profile: its files, those of answers among them, and what it recommends.
    pub show_media: bool,
    pub show_media_replies: bool,
    pub show_featured: bool,
    /// Of those here: JSON list of domains whose pages may name it as their author.
    pub attribution_domains: String,
}

impl Account {
    pub fn is_local(&self) -> bool {
        self.domain.is_none()
    }

    /// Does it go by this handle, in lower case? That of a group may be written with `!` or without.
    pub fn is_called(&self, handle: &str) -> bool {
        match handle.strip_prefix('!') {
            Some(name) => self.kind == AccountKind::Group && self.name() == name,
            None => self.name() == handle,
        }
    }

    fn name(&self) -> &str {
        self.handle.strip_prefix('!').unwrap_or(&self.handle)
    }
}

/// The `handle` of an account elsewhere.
pub fn remote_handle(username: &str, domain: &str, kind: AccountKind) -> String {
    let sign = if kind == AccountKind::Group { "!" } else { "" };
    format!("{sign}{username}@{domain}").to_lowercase()
}

/// What an account says of itself and may change: the whole of it is replaced at once.
#[derive(Debug, Clone, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = accounts, treat_none_as_null = true)]
#[expect(clippy::struct_excessive_bools, reason = "a row is its columns")]
pub struct Profile {
    pub kind: AccountKind,
    pub url: String,
    pub display_name: String,
    pub note: String,
    pub note_source: String,
    pub fields: String,
    pub avatar_url: Option<String>,
    pub header_url: Option<String>,
    pub locked: bool,
    pub discoverable: bool,
    pub indexable: bool,
    pub also_known_as: String,
    pub moved_to_uri: Option<String>,
    pub emojis: String,
    pub avatar_description: String,
    pub header_description: String,
    pub hide_collections: bool,
    pub show_media: bool,
    pub show_media_replies: bool,
    pub show_featured: bool,
    pub attribution_domains: String,
}

/// Where a remote account is reached and how its signatures are checked.
#[derive(Debug, Clone, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = accounts, treat_none_as_null = true)]
pub struct Endpoints {
    pub inbox_url: String,
    pub shared_inbox_url: Option<String>,
    pub outbox_url: String,
    pub followers_url: String,
    pub following_url: String,
    pub featured_url: Option<String>,
    pub public_key_id: String,
    pub public_key_pem: String,
    pub feature_policy: Option<String>,
    pub featured_collections_url: Option<String>,
}

pub fn by_id(db: &mut Conn, id: AccountId) -> Result<Option<Account>> {
    each!(db, |c| Ok(accounts::table
        .find(id)
        .select(Account::as_select())
        .first(c)
        .optional()?))
}

pub fn by_ids(db: &mut Conn, ids: &[AccountId]) -> Result<Vec<Account>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    each!(db, |c| Ok(accounts::table
        .filter(accounts::id.among(ids))
        .select(Account::as_select())
        .load(c)?))
}

pub fn by_uri(db: &mut Conn, uri: &str) -> Result<Option<Account>> {
    each!(db, |c| Ok(accounts::table
        .filter(accounts::uri.eq(uri))
        .select(Account::as_select())
        .first(c)
        .optional()?))
}

pub fn by_uris(db: &mut Conn, uris: &[String]) -> Result<Vec<Account>> {
    // The usual number, by a statement that stays prepared.
    if let [one] = uris {
        return Ok(by_uri(db, one)?.into_iter().collect());
    }
    each!(db, |c| Ok(accounts::table
        .filter(accounts::uri.among(uris))
        .select(Account::as_select())
        .load(c)?))
}

/// Whom a handle means, in lower case: `name` or `name@domain` a person, and a group where there is none; `!name` or
/// `!name@domain` a group.
pub fn by_handle(db: &mut Conn, handle: &str) -> Result<Option<Account>> {
    let [person, group] = both(handle);
    let found: Vec<Account> = each!(db, |c| {
        accounts::table
            .filter(accounts::handle.eq(&person).or(accounts::handle.eq(&group)))
            .select(Account::as_select())
            .load(c)
    })?;
    Ok(meant(&found, handle).cloned())
}

/// All that these handles may mean; which of them each means, [`meant`] says.
pub fn by_handles(db: &mut Conn, handles: &[String]) -> Result<Vec<Account>> {
    let keys: Vec<String> = handles.iter().flat_map(|handle| both(handle)).collect();
    each!(db, |c| Ok(accounts::table
        .filter(accounts::handle.among(&keys))
        .select(Account::as_select())
        .load(c)?))
}

/// Of these accounts, the one that a handle means.
pub fn meant<'a>(found: &'a [Account], handle: &str) -> Option<&'a Account> {
    found
        .iter()
        .filter(|account| account.is_called(handle))
        .min_by_key(|account| account.kind == AccountKind::Group)
}

/// Under what a person and a group of this name are kept.
fn both(handle: &str) -> [String; 2] {
    let name = handle.strip_prefix('!').unwrap_or(handle);
    [name.to_owned(), format!("!{name}")]
}

/// The account that is kept under exactly this.
pub fn holder(db: &mut Conn, handle: &str) -> Result<Option<Account>> {
    each!(db, |c| {
        Ok(accounts::table
            .filter(accounts::handle.eq(handle))
            .select(Account::as_select())
            .first(c)
            .optional()?)
    })
}

pub fn set_handle(tx: &mut Tx<'_>, id: AccountId, handle: &str) -> Result<()> {
    each!(tx, |c| diesel::update(accounts::table.find(id))
        .set(accounts::handle.eq(handle))
        .execute(c))?;
    Ok(())
}

/// By the address of the profile page, or the id.
pub fn by_url(db: &mut Conn, url: &str) -> Result<Option<Account>> {
    each!(db, |c| {
        Ok(accounts::table
            .filter(accounts::uri.eq(url).or(accounts::url.eq(url)))
            .select(Account::as_select())
            .first(c)
            .optional()?)
    })
}

/// The account that signs with the key of this id.
pub fn by_key_id(db: &mut Conn, key_id: &str) -> Result<Option<Account>> {
    each!(db, |c| {
        Ok(accounts::table
            .filter(accounts::public_key_id.eq(key_id))
            .select(Account::as_select())
            .first(c)
            .optional()?)
    })
}

/// The account whose followers collection this address is.
pub fn by_followers_url(db: &mut Conn, url: &str) -> Result<Option<Account>> {
    each!(db, |c| {
        Ok(accounts::table
            .filter(accounts::followers_url.eq(url))
            .select(Account::as_select())
            .first(c)
            .optional()?)
    })
}

/// Local accounts with a text in their name, bio or fields; perhaps a few more, for `_` stands for any sign.
pub fn local_with_text(db: &mut Conn, text: &str) -> Result<Vec<Account>> {
    let pattern = format!("%{text}%");
    each!(db, |c| Ok(accounts::table
        .filter(accounts::domain.is_null())
        .filter(
            accounts::display_name
                .like(&pattern)
                .or(accounts::note.like(&pattern))
                .or(accounts::fields.like(&pattern)),
        )
        .select(Account::as_select())
        .load(c)?))
}

pub fn insert(tx: &mut Tx<'_>, account: &Account) -> Result<()> {
    each!(tx, |c| diesel::insert_into(accounts::table)
        .values(account)
        .execute(c))?;
    search::insert_account(tx, account.id, &account.handle, &account.display_name)
}

/// `false`: an account with this handle or address exists already.
pub fn insert_if_new(tx: &mut Tx<'_>, account: &Account) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::insert_into(accounts::table)
            .values(account)
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    if rows == 1 {
        search::insert_account(tx, account.id, &account.handle, &account.display_name)?;
    }
    Ok(rows == 1)
}

pub fn set_profile(tx: &mut Tx<'_>, id: AccountId, profile: &Profile, now: Time) -> Result<()> {
    let before = display_name(tx, id)?;
    each!(tx, |c| {
        diesel::update(accounts::table.find(id))
            .set((profile, accounts::updated_at.eq(now)))
            .execute(c)
    })?;
    renamed(tx, id, before, profile)
}

fn display_name(tx: &mut Tx<'_>, id: AccountId) -> Result<Option<String>> {
    each!(tx, |c| Ok(accounts::table
        .find(id)
        .select(accounts::display_name)
        .first(c)
        .optional()?))
}

fn renamed(
    tx: &mut Tx<'_>,
    id: AccountId,
    before: Option<String>,
    profile: &Profile,
) -> Result<()> {
    if before.is_some_and(|before| before != profile.display_name) {
        search::reindex_accounts(tx, &[id])?;
    }
    Ok(())
}

/// What a remote account's origin said just now.
pub fn set_remote(
    tx: &mut Tx<'_>,
    id: AccountId,
    profile: &Profile,
    endpoints: &Endpoints,
    now: Time,
) -> Result<()> {
    let before = display_name(tx, id)?;
    each!(tx, |c| {
        diesel::update(accounts::table.find(id))
            .set((
                profile,
                endpoints,
                accounts::updated_at.eq(now),
                accounts::fetched_at.eq(now),
            ))
            .execute(c)
    })?;
    renamed(tx, id, before, profile)
}

/// The account and everything that is its own.
pub fn delete(tx: &mut Tx<'_>, id: AccountId) -> Result<()> {
    each!(tx, |c| diesel::delete(accounts::table.find(id)).execute(c))?;
    Ok(())
}

/// Counters change with the rows that they count, in the same transaction.
#[derive(Debug, Clone, Copy)]
pub enum Counter {
    Followers,
    Following,
    Statuses,
}

pub fn count(tx: &mut Tx<'_>, id: AccountId, counter: Counter, by: i64) -> Result<()> {
    each!(tx, |c| {
        let row = diesel::update(accounts::table.find(id));
        match counter {
            Counter::Followers => row
                .set(accounts::followers_count.eq(accounts::followers_count + by))
                .execute(c),
            Counter::Following => row
                .set(accounts::following_count.eq(accounts::following_count + by))
                .execute(c),
            Counter::Statuses => row
                .set(accounts::statuses_count.eq(accounts::statuses_count + by))
                .execute(c),
        }
    })?;
    Ok(())
}

/// A post was counted, and no direct one; the last one's time only moves forward.
pub fn posted(tx: &mut Tx<'_>, id: AccountId, at: Time) -> Result<()> {
    let text = "UPDATE accounts SET statuses_count = statuses_count + 1, \
         last_status_at = CASE WHEN last_status_at >= ? THEN last_status_at ELSE ? END WHERE id = ?";
    let binds = vec![Bind::Time(at), Bind::Time(at), Bind::Big(id.0)];
    each!(tx, |c| Prepared::new(text, binds).execute(c))?;
    Ok(())
}

pub fn insert_key(tx: &mut Tx<'_>, id: AccountId, private_key_pem: &str, now: Time) -> Result<()> {
    each!(tx, |c| {
        diesel::insert_into(account_keys::table)
            .values((
                account_keys::account_id.eq(id),
                account_keys::private_key_pem.eq(private_key_pem),
                account_keys::created_at.eq(now),
            ))
            .execute(c)
    })?;
    Ok(())
}

/// The private key of a local account, as PKCS#8 PEM. For signing only.
pub fn private_key(db: &mut Conn, id: AccountId) -> Result<Option<String>> {
    each!(db, |c| {
        Ok(account_keys::table
            .find(id)
            .select(account_keys::private_key_pem)
            .first(c)
            .optional()?)
    })
}

/// Out of sight, for whoever looks. `false`: it was so already.
pub fn suspend(tx: &mut Tx<'_>, id: AccountId, by: SuspendedBy, now: Time) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::update(accounts::table.find(id))
            .filter(
                accounts::suspended_at
                    .is_null()
                    // A person's word stands above a rule's and a server's.
                    .or(accounts::suspended_by.ne(by).assume_not_null()),
            )
            .set((
                accounts::suspended_at.eq(now),
                accounts::suspended_by.eq(by),
                accounts::updated_at.eq(now),
            ))
            .execute(c)
    })?;
    streams::tell(tx, &News::Shut { account: id });
    Ok(rows == 1)
}

/// Back in sight, if it was suspended by the same. `false`: it was not.
pub fn unsuspend(tx: &mut Tx<'_>, id: AccountId, by: SuspendedBy, now: Time) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::update(accounts::table.find(id))
            .filter(accounts::suspended_by.eq(by))
            .set((
                accounts::suspended_at.eq(None::<Time>),
                accounts::suspended_by.eq(None::<SuspendedBy>),
                accounts::updated_at.eq(now),
            ))
            .execute(c)
    })?;
    Ok(rows == 1)
}

pub fn set_aliases(tx: &mut Tx<'_>, id: AccountId, aliases: &str, now: Time) -> Result<()> {
    each!(tx, |c| {
        diesel::update(accounts::table.find(id))
            .set((
                accounts::also_known_as.eq(aliases),
                accounts::updated_at.eq(now),
            ))
            .execute(c)
    })?;
    Ok(())
}

/// What is known of its links changes nothing that it says: it counts as no newer than it was.
pub fn set_fields(tx: &mut Tx<'_>, id: AccountId, fields: &str) -> Result<()> {
    each!(tx, |c| diesel::update(accounts::table.find(id))
        .set(accounts::fields.eq(fields))
        .execute(c))?;
    Ok(())
}

/// The account lives on under another address.
pub fn set_moved(tx: &mut Tx<'_>, id: AccountId, to: Option<&str>, now: Time) -> Result<()> {
    each!(tx, |c| {
        diesel::update(accounts::table.find(id))
            .set((
                accounts::moved_to_uri.eq(to),
                accounts::moved_at.eq(now),
                accounts::updated_at.eq(now),
            ))
            .execute(c)
    })?;
    Ok(())
}

/// Nothing that the account said of itself is left; its name and its keys are.
pub fn empty(tx: &mut Tx<'_>, account: &Account, now: Time) -> Result<()> {
    let profile = Profile {
        kind: account.kind,
        url: account.url.clone(),
        display_name: String::new(),
        note: String::new(),
        note_source: String::new(),
        fields: "[]".to_owned(),
        avatar_url: None,
        header_url: None,
        locked: account.locked,
        discoverable: false,
        indexable: false,
        also_known_as: "[]".to_owned(),
        moved_to_uri: None,
        emojis: "[]".to_owned(),
        avatar_description: String::new(),
        header_description: String::new(),
        hide_collections: account.hide_collections,
        show_media: account.show_media,
        show_media_replies: account.show_media_replies,
        show_featured: account.show_featured,
        attribution_domains: "[]".to_owned(),
    };
    set_profile(tx, account.id, &profile, now)
}

/// An account elsewhere was asked for just now, whatever came of it.
pub fn set_fetched(tx: &mut Tx<'_>, uri: &str, now: Time) -> Result<()> {
    each!(tx, |c| diesel::update(accounts::table)
        .filter(accounts::uri.eq(uri))
        .filter(accounts::domain.is_not_null())
        .set(accounts::fetched_at.eq(now))
        .execute(c))?;
    Ok(())
}

/// What an account did with what is others', and what others keep of it: favourites, reactions and the rest. The counters are the caller's business.
pub fn forget_deeds(tx: &mut Tx<'_>, id: AccountId) -> Result<()> {
    use crate::schema::{
        account_notes, blocks, bookmarks, collection_items, collections, dislikes, endorsements,
        favourites, list_members, mutes, reactions,
    };
    each!(tx, |c| {
        diesel::delete(favourites::table.filter(favourites::account_id.eq(id))).execute(c)?;
        diesel::delete(bookmarks::table.filter(bookmarks::account_id.eq(id))).execute(c)?;
        diesel::delete(reactions::table.filter(reactions::account_id.eq(id))).execute(c)?;
        diesel::delete(dislikes::table.filter(dislikes::account_id.eq(id))).execute(c)?;
        diesel::delete(mutes::table.filter(mutes::target_id.eq(id))).execute(c)?;
        diesel::delete(account_notes::table.filter(account_notes::target_id.eq(id))).execute(c)?;
        diesel::delete(list_members::table.filter(list_members::account_id.eq(id))).execute(c)?;
        diesel::delete(endorsements::table.filter(endorsements::target_id.eq(id))).execute(c)?;
        diesel::delete(collection_items::table.filter(collection_items::account_id.eq(id)))
            .execute(c)?;
        diesel::delete(collections::table.filter(collections::account_id.eq(id))).execute(c)?;
        diesel::delete(blocks::table.filter(blocks::account_id.eq(id).or(blocks::target_id.eq(id))))
            .execute(c)
    })?;
    Ok(())
}
