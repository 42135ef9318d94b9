//! The index of words, of posts and of accounts. What it holds was made by `domain::text::words`, so that both databases agree; which
//! posts somebody may find is asked of `posts`, as everywhere.

use diesel::{
    dsl::{exists, sql},
    prelude::*,
    sql_types::{BigInt, Bool, Text},
};
use kontor_domain::{
    account::AccountKind,
    attachment::AttachmentKind,
    audience::{Audience, Viewer},
    ids::{AccountId, PostId},
    search::{self, Place, Term},
    text::{self, Phrase},
    time::Time,
    user::UserState,
};

use crate::{
    Conn, Result, Tx,
    accounts::Account,
    among::IsAmong,
    audience::viewer_id,
    polls,
    posts::Post,
    prepared::{Bind, Prepared},
    schema::{accounts, bookmarks, favourites, mentions, poll_votes, posts, quotes, users},
};

diesel::alias!(posts as boosts: Boosts);

/// Display names and handles have few.
const ACCOUNT_WORDS: usize = 64;

/// A post as the index sees it.
#[derive(Debug, Clone, Copy)]
pub struct Written<'a> {
    pub post: &'a Post,
    /// In lower case.
    pub tags: &'a [String],
    /// Its files and what is said of them.
    pub files: &'a [(AttachmentKind, Option<String>)],
    pub choices: &'a [String],
    pub poll: bool,
    pub quote: bool,
}

impl Written<'_> {
    fn marks(&self) -> Vec<String> {
        let mut marks = vec![search::ANY.to_owned(), search::by(self.post.account_id)];
        marks.extend(self.post.language.as_deref().map(search::in_language));
        let has =
            |kinds: &[AttachmentKind]| self.files.iter().any(|(kind, _)| kinds.contains(kind));
        let traits = [
            ("media", !self.files.is_empty()),
            ("image", has(&[AttachmentKind::Image])),
            ("video", has(&[AttachmentKind::Video, AttachmentKind::Gifv])),
            ("audio", has(&[AttachmentKind::Audio])),
            ("poll", self.poll),
            ("link", !text::links(&self.post.content).is_empty()),
            ("sensitive", self.post.sensitive),
            (
                "reply",
                self.post.in_reply_to_id.is_some() || self.post.in_reply_to_uri.is_some(),
            ),
            ("quote", self.quote),
        ];
        marks.extend(
            traits
                .iter()
                .filter(|(_, has)| *has)
                .map(|(name, _)| search::trait_of(name)),
        );
        let tags = self.tags.iter().filter(|tag| text::hashtag::valid(tag));
        marks.extend(tags.map(|tag| search::tagged(tag)));
        marks
    }

    fn words(&self, most: usize) -> Vec<String> {
        let mut text = text::plain_of_clean(&self.post.content);
        let others = std::iter::once(&self.post.spoiler_text)
            .chain(self.choices)
            .chain(self.files.iter().filter_map(|(_, said)| said.as_ref()));
        for other in others.filter(|other| !other.is_empty()) {
            text.push('\n');
            text.push_str(other);
        }
        let mut words = self.marks();
        words.extend(text::words(&text, most));
        words
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Table {
    Posts,
    Accounts,
}

/// Takes a new post into the index: its marks, and so many of its words.
pub fn insert(tx: &mut Tx<'_>, post: &Written<'_>, most: usize) -> Result<()> {
    put(tx, Table::Posts, post.post.id.0, &post.words(most))
}

/// Puts posts into the index as they are now; what is gone, and what has no words of its own, is passed over.
pub fn reindex(tx: &mut Tx<'_>, ids: &[PostId], most: usize) -> Result<()> {
    let rows: Vec<Post> = each!(tx, |c| posts::table
        .filter(posts::id.among(ids))
        .filter(posts::reblog_of_id.is_null())
        .select(Post::as_select())
        .load(c))?;
    let ids: Vec<PostId> = rows.iter().map(|post| post.id).collect();
    let tags = crate::posts::tags_of(tx, &ids)?;
    let files = crate::attachments::of_posts(tx, &ids)?;
    let choices = polls::choices_of(tx, &ids)?;
    let quoting: Vec<PostId> = each!(tx, |c| quotes::table
        .filter(quotes::post_id.among(&ids))
        .select(quotes::post_id)
        .load(c))?;
    for post in &rows {
        let tags: Vec<String> = tags
            .iter()
            .filter(|(of, _)| *of == post.id)
            .map(|(_, tag)| tag.clone())
            .collect();
        let files: Vec<_> = files
            .iter()
            .filter(|(of, _)| *of == post.id)
            .map(|(_, file)| (file.kind, file.description.clone()))
            .collect();
        let choices: Vec<String> = choices
            .iter()
            .filter(|choice| choice.poll_id == post.id)
            .map(|choice| choice.title.clone())
            .collect();
        let written = Written {
            post,
            tags: &tags,
            files: &files,
            poll: !choices.is_empty(),
            choices: &choices,
            quote: quoting.contains(&post.id),
        };
        take_out(tx, Table::Posts, post.id.0)?;
        put(tx, Table::Posts, post.id.0, &written.words(most))?;
    }
    Ok(())
}

/// Some posts older than one, newest first, to be put into the index anew.
pub fn posts_below(db: &mut Conn, below: PostId, most: i64) -> Result<Vec<PostId>> {
    each!(db, |c| Ok(posts::table
        .filter(posts::id.lt(below))
        .order(posts::id.desc())
        .limit(most)
        .select(posts::id)
        .load(c)?))
}

/// Some accounts after one, to be put into the index anew.
pub fn accounts_after(db: &mut Conn, after: AccountId, most: i64) -> Result<Vec<AccountId>> {
    each!(db, |c| Ok(accounts::table
        .filter(accounts::id.gt(after))
        .order(accounts::id.asc())
        .limit(most)
        .select(accounts::id)
        .load(c)?))
}

/// Puts accounts into the index as they are now.
pub fn reindex_accounts(tx: &mut Tx<'_>, ids: &[AccountId]) -> Result<()> {
    let rows: Vec<(AccountId, String, String)> = each!(tx, |c| accounts::table
        .filter(accounts::id.among(ids))
        .select((accounts::id, accounts::handle, accounts::display_name))
        .load(c))?;
    for (id, handle, name) in rows {
        take_out(tx, Table::Accounts, id.0)?;
        insert_account(tx, id, &handle, &name)?;
    }
    Ok(())
}

pub(crate) fn insert_account(
    tx: &mut Tx<'_>,
    id: AccountId,
    handle: &str,
    display_name: &str,
) -> Result<()> {
    // Nobody's name goes on in another's handle.
    let mut words = text::words(handle, ACCOUNT_WORDS);
    words.push(search::ANY.to_owned());
    words.extend(text::words(display_name, ACCOUNT_WORDS));
    put(tx, Table::Accounts, id.0, &words)
}

fn put(tx: &mut Tx<'_>, table: Table, id: i64, words: &[String]) -> Result<()> {
    each!(
        tx,
        sqlite | c | {
            let text = match table {
                Table::Posts => "INSERT INTO post_words (rowid, words) VALUES (?, ?)",
                Table::Accounts => "INSERT INTO account_words (rowid, words) VALUES (?, ?)",
            };
            Prepared::new(text, vec![Bind::Big(id), Bind::Word(words.join(" "))]).execute(c)?;
            Ok(())
        },
        postgres | c | {
            let text = match table {
                Table::Posts => "INSERT INTO post_words (id, words) VALUES (?, ?::tsvector)",
                Table::Accounts => "INSERT INTO account_words (id, words) VALUES (?, ?::tsvector)",
            };
            Prepared::new(text, vec![Bind::Big(id), Bind::Word(vector(words))]).execute(c)?;
            Ok(())
        }
    )
}

fn take_out(tx: &mut Tx<'_>, table: Table, id: i64) -> Result<()> {
    each!(
        tx,
        sqlite | c | {
            let text = match table {
                Table::Posts => "DELETE FROM post_words WHERE rowid = ?",
                Table::Accounts => "DELETE FROM account_words WHERE rowid = ?",
            };
            Prepared::new(text, vec![Bind::Big(id)]).execute(c)?;
            Ok(())
        },
        postgres | c | {
            let text = match table {
                Table::Posts => "DELETE FROM post_words WHERE id = ?",
                Table::Accounts => "DELETE FROM account_words WHERE id = ?",
            };
            Prepared::new(text, vec![Bind::Big(id)]).execute(c)?;
            Ok(())
        }
    )
}

/// Positions beyond this are one in PostgreSQL.
const LAST_POSITION: usize = 16_383;

/// As PostgreSQL reads it. A word holds neither quotes nor backslashes.
fn vector(words: &[String]) -> String {
    let placed = words
        .iter()
        .enumerate()
        .map(|(at, word)| format!("'{word}':{}", (at + 1).min(LAST_POSITION)));
    placed.collect::<Vec<String>>().join(" ")
}

/// What a post or an account must have, and what not, as `FTS5` reads it.
fn match_of(all: &[Term], none: &[Term]) -> String {
    let one = |term: &Term| match term {
        Term::Words(Phrase { words, open }) => {
            format!("\"{}\"{}", words.join(" "), if *open { "*" } else { "" })
        }
        Term::Mark(mark) => format!("\"{mark}\""),
    };
    let join = |terms: &[Term], by: &str| terms.iter().map(one).collect::<Vec<_>>().join(by);
    let wanted = if all.is_empty() {
        format!("\"{}\"", search::ANY)
    } else {
        join(all, " AND ")
    };
    if none.is_empty() {
        wanted
    } else {
        format!("({wanted}) NOT ({})", join(none, " OR "))
    }
}

/// The same as PostgreSQL reads it.
fn query_of(all: &[Term], none: &[Term]) -> String {
    let one = |term: &Term| match term {
        Term::Words(Phrase { words, open }) => {
            let words: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
            format!("({}{})", words.join(" <-> "), if *open { ":*" } else { "" })
        }
        Term::Mark(mark) => format!("'{mark}'"),
    };
    let mut parts: Vec<String> = all.iter().map(one).collect();
    if parts.is_empty() {
        parts.push(format!("'{}'", search::ANY));
    }
    parts.extend(none.iter().map(|term| format!("!{}", one(term))));
    parts.join(" & ")
}

/// A condition on `posts`: did the reader write it, or have to do with it?
macro_rules! in_library {
    ($reader:expr) => {{
        let reader: AccountId = $reader;
        posts::account_id
            .eq(reader)
            .or(exists(
                mentions::table
                    .filter(mentions::post_id.eq(posts::id))
                    .filter(mentions::account_id.eq(reader)),
            ))
            .or(exists(
                favourites::table
                    .filter(favourites::post_id.eq(posts::id))
                    .filter(favourites::account_id.eq(reader)),
            ))
            .or(exists(
                bookmarks::table
                    .filter(bookmarks::post_id.eq(posts::id))
                    .filter(bookmarks::account_id.eq(reader)),
            ))
            .or(exists(
                poll_votes::table
                    .filter(poll_votes::poll_id.eq(posts::id))
                    .filter(poll_votes::account_id.eq(reader)),
            ))
            .or(exists(
                boosts
                    .filter(boosts.field(posts::reblog_of_id).eq(posts::id.nullable()))
                    .filter(boosts.field(posts::account_id).eq(reader)),
            ))
    }};
}

/// A condition on `posts`: is it public, and does its author let it be found?
macro_rules! offered {
    ($reader:expr) => {
        posts::audience
            .eq(Audience::Public)
            .and(exists(
                accounts::table
                    .filter(accounts::id.eq(posts::account_id))
                    .filter(accounts::indexable),
            ))
            .and(come_upon!($reader))
    };
}

/// Which posts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub all: Vec<Term>,
    pub none: Vec<Term>,
    pub place: Place,
    /// Bounds of their ids.
    pub above: i64,
    pub below: i64,
    /// How many that match are looked at, newest first: there is an end to it.
    pub most: i64,
    pub limit: i64,
    pub offset: i64,
}

/// Posts that the reader may read, and either has to do with or may find because their authors let them be found. Newest first.
pub fn posts(db: &mut Conn, reader: AccountId, wanted: &Wanted, now: Time) -> Result<Vec<PostId>> {
    let own = wanted.place != Place::Public;
    let public = wanted.place != Place::Library;
    let Wanted {
        above, below, most, ..
    } = *wanted;
    let (start, words) = each!(
        db,
        sqlite
            | _c
            | (
                "posts.id IN (SELECT rowid FROM post_words WHERE post_words MATCH ",
                match_of(&wanted.all, &wanted.none)
            ),
        postgres
            | _c
            | (
                "posts.id IN (SELECT id FROM post_words WHERE words @@ CAST(",
                query_of(&wanted.all, &wanted.none)
            )
    );
    let (id, end) = each!(
        db,
        sqlite | _c | (" AND rowid > ", " ORDER BY rowid DESC LIMIT "),
        postgres | _c | (" AS tsquery) AND id > ", " ORDER BY id DESC LIMIT ")
    );
    let and_below = each!(
        db,
        sqlite | _c | " AND rowid < ",
        postgres | _c | " AND id < "
    );
    each!(db, |c| {
        let matching = sql::<Bool>(start)
            .bind::<Text, _>(&words)
            .sql(id)
            .bind::<BigInt, _>(above)
            .sql(and_below)
            .bind::<BigInt, _>(below)
            .sql(end)
            .bind::<BigInt, _>(most)
            .sql(")");
        Ok(posts::table
            .filter(matching)
            .filter(
                own.into_sql::<Bool>()
                    .and(in_library!(reader))
                    .or(public.into_sql::<Bool>().and(offered!(reader))),
            )
            .filter(visible_to!(reader))
            .filter(wanted_by!(reader, now))
            .order(posts::id.desc())
            .limit(wanted.limit)
            .offset(wanted.offset)
            .select(posts::id)
            .load(c)?)
    })
}

/// Which accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct People {
    pub named: Vec<Term>,
    /// Those alone whom the reader follows.
    pub followed: bool,
    pub limit: i64,
    pub offset: i64,
}

/// Accounts whose handle or display name has these words: people here first, then those with most followers. Who waits for approval
/// is not found. Limited ones are found by those who follow them.
pub fn people(db: &mut Conn, viewer: Viewer, wanted: &People) -> Result<Vec<Account>> {
    let viewer = viewer_id(viewer);
    let (start, words, end) = each!(
        db,
        sqlite
            | _c
            | (
                "accounts.id IN (SELECT rowid FROM account_words WHERE account_words MATCH ",
                match_of(&wanted.named, &[]),
                ")"
            ),
        postgres
            | _c
            | (
                "accounts.id IN (SELECT id FROM account_words WHERE words @@ CAST(",
                query_of(&wanted.named, &[]),
                " AS tsquery))"
            )
    );
    each!(db, |c| {
        Ok(accounts::table
            .filter(sql::<Bool>(start).bind::<Text, _>(&words).sql(end))
            .filter(accounts::kind.ne(AccountKind::Application))
            .filter(accounts::suspended_at.is_null())
            .filter(diesel::dsl::not(exists(
                users::table
                    .filter(users::account_id.eq(accounts::id))
                    .filter(
                        users::state
                            .eq(UserState::Pending)
                            .or(users::confirmed_at.is_null()),
                    ),
            )))
            .filter(
                accounts::limited
                    .eq(false)
                    .or(followed_by!(viewer, accounts::id)),
            )
            .filter(
                (!wanted.followed)
                    .into_sql::<Bool>()
                    .or(followed_by!(viewer, accounts::id)),
            )
            .order((
                accounts::domain.is_not_null().asc(),
                accounts::followers_count.desc(),
                accounts::id.asc(),
            ))
            .limit(wanted.limit)
            .offset(wanted.offset)
            .select(Account::as_select())
            .load(c)?)
    })
}
