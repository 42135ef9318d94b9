//! Direct posts as conversations, each somebody's own: who else takes part, the newest post, whether it was read.

use diesel::{prelude::*, sql_query, sql_types::BigInt};
use kontor_domain::{
    ids::{AccountId, ConversationId, PostId},
    page::Page,
};

use crate::{
    Conn, Result, Tx,
    prepared::kept,
    schema::{conversation_posts, conversations, posts},
};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = conversations)]
pub struct Conversation {
    pub id: ConversationId,
    pub account_id: AccountId,
    pub thread_id: i64,
    /// A number for who else takes part, by which one is found.
    pub circle: i64,
    /// JSON list of ids.
    pub participants: String,
    pub last_post_id: PostId,
    pub unread: bool,
}

/// A direct post enters the conversation of this thread and circle, which begins with it if there is none. A newer post is the last
/// one and says whether it is unread; the same post again changes nothing, and answers `None`.
pub fn enter(tx: &mut Tx<'_>, new: &Conversation) -> Result<Option<ConversationId>> {
    each!(tx, |c| {
        diesel::insert_into(conversations::table)
            .values(new)
            .on_conflict_do_nothing()
            .execute(c)?;
        let id: ConversationId = conversations::table
            .filter(conversations::account_id.eq(new.account_id))
            .filter(conversations::thread_id.eq(new.thread_id))
            .filter(conversations::circle.eq(new.circle))
            .select(conversations::id)
            .first(c)?;
        let rows = diesel::insert_into(conversation_posts::table)
            .values((
                conversation_posts::conversation_id.eq(id),
                conversation_posts::post_id.eq(new.last_post_id),
            ))
            .on_conflict_do_nothing()
            .execute(c)?;
        if rows == 1 {
            kept(
                diesel::update(conversations::table.find(id))
                    .filter(conversations::last_post_id.le(new.last_post_id))
                    .set((
                        conversations::last_post_id.eq(new.last_post_id),
                        conversations::unread.eq(new.unread),
                    )),
            )
            .execute(c)?;
            if new.unread {
                // One that was long on its way, and is older than what was read, is news all the same.
                kept(
                    diesel::update(conversations::table.find(id))
                        .set(conversations::unread.eq(true)),
                )
                .execute(c)?;
            }
        }
        Ok((rows == 1).then_some(id))
    })
}

/// A post is about to go: conversations fall back to the one before, and those that hold nothing else go too.
pub fn leave(tx: &mut Tx<'_>, post: PostId) -> Result<()> {
    each!(tx, |c| {
        sql_query(
            "DELETE FROM conversations WHERE id IN (SELECT conversation_id FROM conversation_posts WHERE post_id = $1) \
             AND NOT EXISTS (SELECT 1 FROM conversation_posts WHERE conversation_id = conversations.id AND post_id <> $1)",
        )
        .bind::<BigInt, _>(post)
        .execute(c)?;
        sql_query(
            "UPDATE conversations SET last_post_id = \
               (SELECT MAX(post_id) FROM conversation_posts WHERE conversation_id = conversations.id AND post_id <> $1) \
             WHERE last_post_id = $1 AND id IN (SELECT conversation_id FROM conversation_posts WHERE post_id = $1)",
        )
        .bind::<BigInt, _>(post)
        .execute(c)?;
        Ok(())
    })
}

/// A page of somebody's conversations whose last post they may read, newest first, by the ids of those posts.
pub fn by_account(db: &mut Conn, account: AccountId, page: &Page) -> Result<Vec<Conversation>> {
    each!(db, |c| {
        Ok(keyset!(
            conversations::table
                .inner_join(posts::table.on(posts::id.eq(conversations::last_post_id)))
                .filter(conversations::account_id.eq(account))
                .filter(visible_to!(account))
                .select(Conversation::as_select()),
            conversations::last_post_id,
            page,
            c
        ))
    })
}

/// Somebody's own.
pub fn of(db: &mut Conn, account: AccountId, id: ConversationId) -> Result<Option<Conversation>> {
    each!(db, |c| Ok(conversations::table
        .find(id)
        .filter(conversations::account_id.eq(account))
        .select(Conversation::as_select())
        .first(c)
        .optional()?))
}

pub fn set_unread(tx: &mut Tx<'_>, id: ConversationId, unread: bool) -> Result<()> {
    each!(tx, |c| diesel::update(conversations::table.find(id))
        .set(conversations::unread.eq(unread))
        .execute(c))?;
    Ok(())
}

pub fn delete(tx: &mut Tx<'_>, id: ConversationId) -> Result<()> {
    each!(tx, |c| diesel::delete(conversations::table.find(id))
        .execute(c))?;
    Ok(())
}
