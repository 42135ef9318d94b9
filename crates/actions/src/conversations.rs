//! Conversations: the direct posts of a thread among the same people, as each of those who are here has them. Effects fill them.

use std::collections::HashMap;

use kontor_domain::{
    audience::{Audience, Viewer},
    ids::{AccountId, ConversationId, PostId},
    notification::{NotificationKind, PolicyAction},
    page::Page,
    time::Time,
};
use kontor_store::{
    Conn, Tx, blocks,
    conversations::{self, Conversation},
    streams, threads,
};

use crate::{
    App, Error, Result,
    accounts::{self, Account},
    notification_requests::{self, News},
    notifications,
    posts::{self, PostView},
};

#[derive(Debug, Clone)]
pub struct ConversationView {
    pub conversation: Conversation,
    /// Whoever else takes part.
    pub accounts: Vec<Account>,
    pub last: Option<PostView>,
}

fn load(
    db: &mut Conn,
    owner: AccountId,
    rows: Vec<Conversation>,
    now: Time,
) -> Result<Vec<ConversationView>> {
    let ids: Vec<PostId> = rows.iter().map(|row| row.last_post_id).collect();
    let last: HashMap<PostId, PostView> = posts::load(db, Viewer::Account(owner), &ids, now)?
        .into_iter()
        .map(|view| (view.post.id, view))
        .collect();
    let taking_part: Vec<Vec<AccountId>> = rows
        .iter()
        .map(|row| serde_json::from_str(&row.participants).unwrap_or_default())
        .collect();
    let everybody: Vec<AccountId> = taking_part.iter().flatten().copied().collect();
    let people = accounts::map(db, &everybody)?;
    Ok(rows
        .into_iter()
        .zip(taking_part)
        .map(|(conversation, ids)| ConversationView {
            accounts: ids
                .iter()
                .filter_map(|id| people.get(id).cloned())
                .collect(),
            last: last.get(&conversation.last_post_id).cloned(),
            conversation,
        })
        .collect())
}

/// Those whose last post is the newest first; paged by the ids of these posts.
pub async fn page(app: &App, owner: AccountId, page: Page) -> Result<Vec<ConversationView>> {
    let now = app.now();
    app.store
        .read(move |db| {
            let rows = conversations::by_account(db, owner, &page)?;
            load(db, owner, rows, now)
        })
        .await
}

/// One of somebody's own, whose last post they may read.
pub(crate) fn of(
    db: &mut Conn,
    owner: AccountId,
    id: ConversationId,
    now: Time,
) -> Result<Option<ConversationView>> {
    let Some(row) = conversations::of(db, owner, id)? else {
        return Ok(None);
    };
    let view = load(db, owner, vec![row], now)?.pop();
    Ok(view.filter(|view| view.last.is_some()))
}

/// Marks it as read, or as not read yet.
pub async fn mark(
    app: &App,
    owner: AccountId,
    id: ConversationId,
    unread: bool,
) -> Result<ConversationView> {
    let now = app.now();
    app.store
        .write(move |tx| {
            let row = conversations::of(tx, owner, id)?.ok_or(Error::NotFound)?;
            conversations::set_unread(tx, id, unread)?;
            let row = Conversation { unread, ..row };
            load(tx, owner, vec![row], now)?
                .pop()
                .ok_or(Error::NotFound)
        })
        .await
}

/// The posts stay; the next one makes it anew.
pub async fn delete(app: &App, owner: AccountId, id: ConversationId) -> Result<()> {
    app.store
        .write(move |tx| {
            conversations::of(tx, owner, id)?.ok_or(Error::NotFound)?;
            Ok(conversations::delete(tx, id)?)
        })
        .await
}

/// A number for a set of people, the same wherever it is computed (FNV-1a).
pub(crate) fn circle(people: &[AccountId]) -> i64 {
    let bytes = people.iter().flat_map(|id| id.0.to_be_bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    i64::from_be_bytes(hash.to_be_bytes())
}

/// A direct post enters the conversations of those who take part in it here and want to hear its author: of one of them alone,
/// who has just decided to.
pub(crate) fn enter(
    app: &App,
    tx: &mut Tx<'_>,
    id: PostId,
    decided: Option<AccountId>,
) -> Result<()> {
    let Some(author) = kontor_store::posts::author(tx, id)? else {
        return Ok(());
    };
    let viewer = Viewer::Account(author);
    let direct = kontor_store::posts::by_id(tx, viewer, id)?
        .is_some_and(|post| post.audience == Audience::Direct);
    let Some(thread_id) = threads::thread_of(tx, id)?.filter(|_| direct) else {
        return Ok(());
    };
    let mut everybody: Vec<AccountId> = kontor_store::posts::mentions_of(tx, &[id])?
        .into_iter()
        .map(|(_, account)| account)
        .collect();
    everybody.push(author);
    everybody.sort_unstable();
    everybody.dedup();
    let Some(sender) = kontor_store::accounts::by_id(tx, author)? else {
        return Ok(());
    };
    for owner in &everybody {
        if decided.is_some_and(|decided| decided != *owner)
            || kontor_store::users::by_id(tx, *owner)?.is_none()
            || (*owner != author && decided.is_none() && !heard(app, tx, *owner, &sender, id)?)
        {
            continue;
        }
        let others: Vec<AccountId> = everybody.iter().copied().filter(|id| id != owner).collect();
        let entered = conversations::enter(
            tx,
            &Conversation {
                id: ConversationId(app.id()),
                account_id: *owner,
                thread_id,
                circle: circle(&others),
                participants: serde_json::to_string(&others)
                    .map_err(|why| Error::Broken(why.to_string()))?,
                last_post_id: id,
                unread: *owner != author,
            },
        )?;
        if let Some(conversation) = entered {
            streams::tell(
                tx,
                &streams::News::Conversed {
                    owner: *owner,
                    conversation,
                },
            );
        }
    }
    Ok(())
}

/// As for the notification of the same post.
fn heard(
    app: &App,
    tx: &mut Tx<'_>,
    owner: AccountId,
    sender: &Account,
    post: PostId,
) -> Result<bool> {
    let news = News {
        to: owner,
        from: sender,
        kind: NotificationKind::Mention,
        post: Some(post),
    };
    Ok(sender.suspended_at.is_none()
        && !blocks::between(tx, owner, sender.id)?
        && !notifications::unwanted(app, tx, owner, sender, Some(post))?
        && notification_requests::judge(app, tx, &news)? == PolicyAction::Accept)
}
