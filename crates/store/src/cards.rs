//! Pages that posts link to: one row each, however many posts do. What hangs on a post is asked for by ids that were shown to a
//! viewer.

use diesel::{
    QueryableByName,
    dsl::{exists, not},
    prelude::*,
    sql_query,
    sql_types::BigInt,
};
use kontor_domain::{
    audience::{Audience, Viewer},
    ids::{CardId, PostId, TIME_SHIFT},
    page::Page,
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    audience::viewer_id,
    prepared::{Bind, Prepared},
    schema::{cards, post_cards, posts},
};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = cards, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Card {
    pub id: CardId,
    pub url: String,
    /// There is something to show.
    pub found: bool,
    pub title: String,
    pub description: String,
    pub language: Option<String>,
    pub author_name: String,
    pub author_url: String,
    pub provider_name: String,
    pub provider_url: String,
    pub published_at: Option<Time>,
    pub image_description: String,
    pub image_file: Option<String>,
    pub image_width: Option<i32>,
    pub image_height: Option<i32>,
    pub blurhash: Option<String>,
    /// When it was last asked for, or is to be.
    pub asked_at: Time,
}

impl Card {
    /// Of a page that was not read yet.
    pub fn new(id: CardId, url: String, asked_at: Time) -> Self {
        Self {
            id,
            url,
            found: false,
            title: String::new(),
            description: String::new(),
            language: None,
            author_name: String::new(),
            author_url: String::new(),
            provider_name: String::new(),
            provider_url: String::new(),
            published_at: None,
            image_description: String::new(),
            image_file: None,
            image_width: None,
            image_height: None,
            blurhash: None,
            asked_at,
        }
    }
}

pub fn by_id(db: &mut Conn, id: CardId) -> Result<Option<Card>> {
    each!(db, |c| Ok(cards::table
        .find(id)
        .select(Card::as_select())
        .first(c)
        .optional()?))
}

pub fn by_url(db: &mut Conn, url: &str) -> Result<Option<Card>> {
    each!(db, |c| Ok(cards::table
        .filter(cards::url.eq(url))
        .select(Card::as_select())
        .first(c)
        .optional()?))
}

pub fn by_ids(db: &mut Conn, ids: &[CardId]) -> Result<Vec<Card>> {
    each!(db, |c| Ok(cards::table
        .filter(cards::id.among(ids))
        .filter(cards::found)
        .select(Card::as_select())
        .load(c)?))
}

/// Those with something to show, by their ids, those after `after`.
pub fn after(db: &mut Conn, after: CardId, most: i64) -> Result<Vec<Card>> {
    each!(db, |c| Ok(cards::table
        .filter(cards::id.gt(after))
        .filter(cards::found)
        .order(cards::id.asc())
        .limit(most)
        .select(Card::as_select())
        .load(c)?))
}

/// `false`: the page has one.
pub fn insert_if_new(tx: &mut Tx<'_>, card: &Card) -> Result<bool> {
    let rows = each!(tx, |c| diesel::insert_into(cards::table)
        .values(card)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(rows == 1)
}

/// What the page says now.
pub fn set(tx: &mut Tx<'_>, card: &Card) -> Result<()> {
    each!(tx, |c| diesel::update(cards::table.find(card.id))
        .set(card)
        .execute(c))?;
    Ok(())
}

pub fn set_asked(tx: &mut Tx<'_>, id: CardId, at: Time) -> Result<()> {
    each!(tx, |c| diesel::update(cards::table.find(id))
        .set(cards::asked_at.eq(at))
        .execute(c))?;
    Ok(())
}

/// The post links to this page, and to no other that is shown.
pub fn attach(tx: &mut Tx<'_>, post: PostId, card: CardId) -> Result<()> {
    let text = "INSERT INTO post_cards (post_id, card_id) VALUES (?, ?) \
                ON CONFLICT (post_id) DO UPDATE SET card_id = excluded.card_id";
    let binds = vec![Bind::Big(post.0), Bind::Big(card.0)];
    each!(tx, |c| Prepared::new(text, binds).execute(c))?;
    Ok(())
}

pub fn detach(tx: &mut Tx<'_>, post: PostId) -> Result<()> {
    each!(tx, |c| diesel::delete(post_cards::table.find(post))
        .execute(c))?;
    Ok(())
}

/// What is shown of the pages that these posts link to.
pub fn of_posts(db: &mut Conn, ids: &[PostId]) -> Result<Vec<(PostId, Card)>> {
    each!(db, |c| Ok(post_cards::table
        .inner_join(cards::table)
        .filter(post_cards::post_id.among(ids))
        .filter(cards::found)
        .select((post_cards::post_id, Card::as_select()))
        .load(c)?))
}

/// Public posts that link to a page.
pub fn posts_of(
    db: &mut Conn,
    viewer: Viewer,
    card: CardId,
    now: Time,
    page: &Page,
) -> Result<Vec<PostId>> {
    let viewer = viewer_id(viewer);
    each!(db, |c| {
        let ids: Vec<i64> = keyset!(
            post_cards::table
                .inner_join(posts::table)
                .filter(post_cards::card_id.eq(card))
                .filter(posts::audience.eq(Audience::Public))
                .filter(visible_to!(viewer))
                .filter(come_upon!(viewer))
                .filter(wanted_by!(viewer, now))
                .select(post_cards::post_id),
            post_cards::post_id,
            page,
            c
        );
        Ok(ids.into_iter().map(PostId).collect())
    })
}

/// A public post by somebody who is neither suspended nor limited.
const OPEN: &str = "posts.audience = 'public' AND NOT EXISTS (SELECT 1 FROM accounts WHERE accounts.id = posts.account_id \
    AND (accounts.limited OR accounts.suspended_at IS NOT NULL))";

#[derive(QueryableByName)]
struct Linked {
    #[diesel(sql_type = BigInt)]
    card: i64,
}

/// The pages that most accounts linked to in public posts since one, by at least so many; the latest first among equals.
pub fn most_linked(
    db: &mut Conn,
    since: PostId,
    least_accounts: i64,
    limit: i64,
    offset: i64,
) -> Result<Vec<CardId>> {
    let text = format!(
        "SELECT post_cards.card_id AS card FROM post_cards JOIN posts ON posts.id = post_cards.post_id \
         JOIN cards ON cards.id = post_cards.card_id WHERE post_cards.post_id >= $1 AND cards.found AND {OPEN} \
         GROUP BY post_cards.card_id HAVING COUNT(DISTINCT posts.account_id) >= $2 \
         ORDER BY COUNT(DISTINCT posts.account_id) DESC, MAX(post_cards.post_id) DESC LIMIT $3 OFFSET $4"
    );
    let rows: Vec<Linked> = each!(db, |c| sql_query(text)
        .bind::<BigInt, _>(since.0)
        .bind::<BigInt, _>(least_accounts)
        .bind::<BigInt, _>(limit)
        .bind::<BigInt, _>(offset)
        .load(c))?;
    Ok(rows.into_iter().map(|row| CardId(row.card)).collect())
}

/// Public posts that linked to a page on a day, and their accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Uses {
    #[diesel(sql_type = BigInt)]
    pub card: i64,
    #[diesel(sql_type = BigInt)]
    pub day: i64,
    #[diesel(sql_type = BigInt)]
    pub uses: i64,
    #[diesel(sql_type = BigInt)]
    pub accounts: i64,
}

/// The uses of these pages since a day, in days since the Unix epoch.
pub fn uses(db: &mut Conn, ids: &[CardId], since: i64) -> Result<Vec<Uses>> {
    const DAY_OF_ID: i64 = (24 * 60 * 60 * 1000) << TIME_SHIFT;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    // Numbers of ours: nothing in them could be read otherwise.
    let among: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let text = format!(
        "SELECT post_cards.card_id AS card, post_cards.post_id / {DAY_OF_ID} AS day, COUNT(*) AS uses, \
         COUNT(DISTINCT posts.account_id) AS accounts FROM post_cards JOIN posts ON posts.id = post_cards.post_id \
         WHERE post_cards.card_id IN ({}) AND post_cards.post_id >= $1 AND {OPEN} GROUP BY 1, 2",
        among.join(", ")
    );
    Ok(each!(db, |c| sql_query(text)
        .bind::<BigInt, _>(since.saturating_mul(DAY_OF_ID))
        .load(c))?)
}

/// Takes away pages that nothing links to and that were last asked for before a moment, so many at a time. Returns how many, and
/// their files.
pub fn take_unused(tx: &mut Tx<'_>, before: Time, most: i64) -> Result<(usize, Vec<String>)> {
    each!(tx, |c| {
        let rows: Vec<(CardId, Option<String>)> = cards::table
            .filter(cards::asked_at.lt(before))
            .filter(not(exists(
                post_cards::table.filter(post_cards::card_id.eq(cards::id)),
            )))
            .order(cards::asked_at.asc())
            .limit(most)
            .select((cards::id, cards::image_file))
            .load(c)?;
        let ids: Vec<CardId> = rows.iter().map(|(id, _)| *id).collect();
        let gone = diesel::delete(cards::table.filter(cards::id.among(&ids))).execute(c)?;
        Ok((
            gone,
            rows.into_iter().filter_map(|(_, file)| file).collect(),
        ))
    })
}
