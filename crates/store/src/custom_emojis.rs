//! Custom emoji, ours and those of peers.

use diesel::prelude::*;
use kontor_domain::{ids::EmojiId, time::Time};

use crate::among::IsAmong;
use crate::{Conn, Result, Tx, schema::custom_emojis};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = custom_emojis)]
pub struct CustomEmoji {
    pub id: EmojiId,
    pub shortcode: String,
    /// Empty: ours.
    pub domain: String,
    pub uri: Option<String>,
    /// Where a peer keeps the picture; `None`: a file of ours.
    pub remote_url: Option<String>,
    pub file: Option<String>,
    pub updated_at: Time,
}

/// New, or in place of the one that its server had under this name. An older one changes nothing. `false`: nothing changed.
pub fn put(tx: &mut Tx<'_>, emoji: &CustomEmoji) -> Result<bool> {
    let rows = each!(tx, |c| diesel::insert_into(custom_emojis::table)
        .values(emoji)
        .on_conflict((custom_emojis::domain, custom_emojis::shortcode))
        .do_update()
        .set((
            custom_emojis::uri.eq(emoji.uri.as_deref()),
            custom_emojis::remote_url.eq(emoji.remote_url.as_deref()),
            custom_emojis::file.eq(emoji.file.as_deref()),
            custom_emojis::updated_at.eq(emoji.updated_at),
            custom_emojis::refused.eq(false),
        ))
        .execute(c))?;
    Ok(rows == 1)
}

/// Those of one server among these names; the empty domain is ours.
pub fn named(db: &mut Conn, domain: &str, shortcodes: &[&str]) -> Result<Vec<CustomEmoji>> {
    each!(db, |c| Ok(custom_emojis::table
        .filter(custom_emojis::domain.eq(domain))
        .filter(custom_emojis::shortcode.among(shortcodes))
        .select(CustomEmoji::as_select())
        .load(c)?))
}

/// Those that are shown of any of these servers under any of these names.
pub fn among(db: &mut Conn, domains: &[&str], shortcodes: &[&str]) -> Result<Vec<CustomEmoji>> {
    each!(db, |c| Ok(custom_emojis::table
        .filter(custom_emojis::domain.among(domains))
        .filter(custom_emojis::shortcode.among(shortcodes))
        .filter(custom_emojis::refused.eq(false))
        .select(CustomEmoji::as_select())
        .load(c)?))
}

/// Ours, by name.
pub fn local(db: &mut Conn) -> Result<Vec<CustomEmoji>> {
    each!(db, |c| Ok(custom_emojis::table
        .filter(custom_emojis::domain.eq(""))
        .order(custom_emojis::shortcode.asc())
        .select(CustomEmoji::as_select())
        .load(c)?))
}

/// Those of peers by their ids, those after `after`, and whether they are refused.
pub fn remote_after(db: &mut Conn, after: EmojiId, most: i64) -> Result<Vec<(CustomEmoji, bool)>> {
    each!(db, |c| Ok(custom_emojis::table
        .filter(custom_emojis::id.gt(after))
        .filter(custom_emojis::domain.ne(""))
        .order(custom_emojis::id.asc())
        .limit(most)
        .select((CustomEmoji::as_select(), custom_emojis::refused))
        .load(c)?))
}

/// They are not shown from now on, or shown again.
pub fn set_refused(tx: &mut Tx<'_>, ids: &[EmojiId], refused: bool) -> Result<()> {
    each!(tx, |c| diesel::update(
        custom_emojis::table.filter(custom_emojis::id.among(ids))
    )
    .set(custom_emojis::refused.eq(refused))
    .execute(c))?;
    Ok(())
}

pub fn by_id(db: &mut Conn, id: EmojiId) -> Result<Option<CustomEmoji>> {
    each!(db, |c| Ok(custom_emojis::table
        .find(id)
        .select(CustomEmoji::as_select())
        .first(c)
        .optional()?))
}

/// `false`: there was none.
pub fn delete(tx: &mut Tx<'_>, id: EmojiId) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(custom_emojis::table.find(id))
        .execute(c))?;
    Ok(rows == 1)
}
