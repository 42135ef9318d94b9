//! Who may tell a person something: the policy, and those whose notifications it holds back.

use std::collections::HashMap;

use kontor_domain::{
    audience::{Audience, Viewer},
    follow::FollowState,
    ids::{AccountId, NotificationRequestId, PostId},
    notification::{NotificationKind, PolicyAction},
    page::Page,
    time::Time,
};
pub use kontor_store::notification_requests::{Policy, Request};
use kontor_store::{
    Conn, Tx, follows,
    notification_requests::{self, held, pending},
    streams,
};

use crate::{
    App, Error, Result,
    accounts::{self, Account},
    posts::{self, PostView},
};

/// An account is new for so long.
const NEW: chrono::Duration = chrono::Duration::days(30);
/// Direct posts of somebody who was held back that become conversations when they no longer are.
const REMEMBERED: i64 = 200;
/// Whoever follows counts as a follower after so long.
const FOLLOWED_FOR: chrono::Duration = chrono::Duration::days(3);

/// What holds for those who have not decided anything: limited accounts are held back, and nobody else.
fn usual(owner: AccountId) -> Policy {
    Policy {
        account_id: owner,
        for_not_following: PolicyAction::Accept,
        for_not_followers: PolicyAction::Accept,
        for_new_accounts: PolicyAction::Accept,
        for_private_mentions: PolicyAction::Accept,
        for_limited_accounts: PolicyAction::Filter,
        for_bots: PolicyAction::Accept,
    }
}

fn of(db: &mut Conn, owner: AccountId) -> Result<Policy> {
    Ok(notification_requests::policy(db, owner)?.unwrap_or_else(|| usual(owner)))
}

/// A policy, and what it holds back just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyView {
    pub policy: Policy,
    pub requests: i64,
    pub notifications: i64,
}

fn view(db: &mut Conn, policy: Policy) -> Result<PolicyView> {
    let (requests, notifications) = pending(db, policy.account_id)?;
    Ok(PolicyView {
        policy,
        requests,
        notifications,
    })
}

pub async fn policy(app: &App, owner: AccountId) -> Result<PolicyView> {
    app.store
        .read(move |db| {
            let policy = of(db, owner)?;
            view(db, policy)
        })
        .await
}

/// What is to change of a policy; `None`: it stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PolicyChange {
    pub not_following: Option<PolicyAction>,
    pub not_followers: Option<PolicyAction>,
    pub new_accounts: Option<PolicyAction>,
    pub private_mentions: Option<PolicyAction>,
    pub limited_accounts: Option<PolicyAction>,
    pub bots: Option<PolicyAction>,
}

/// Holds for what comes from now on.
pub async fn set_policy(app: &App, owner: AccountId, change: PolicyChange) -> Result<PolicyView> {
    app.store
        .write(move |tx| {
            let was = of(tx, owner)?;
            let policy = Policy {
                account_id: owner,
                for_not_following: change.not_following.unwrap_or(was.for_not_following),
                for_not_followers: change.not_followers.unwrap_or(was.for_not_followers),
                for_new_accounts: change.new_accounts.unwrap_or(was.for_new_accounts),
                for_private_mentions: change.private_mentions.unwrap_or(was.for_private_mentions),
                for_limited_accounts: change.limited_accounts.unwrap_or(was.for_limited_accounts),
                for_bots: change.bots.unwrap_or(was.for_bots),
            };
            notification_requests::set_policy(tx, &policy)?;
            view(tx, policy)
        })
        .await
}

/// Something that is about to be told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct News<'a> {
    pub(crate) to: AccountId,
    pub(crate) from: &'a Account,
    pub(crate) kind: NotificationKind,
    pub(crate) post: Option<PostId>,
}

/// What the policy of the one who is told says: the strictest of what holds. The end of a poll is nobody's doing.
pub(crate) fn judge(app: &App, tx: &mut Tx<'_>, news: &News<'_>) -> Result<PolicyAction> {
    if news.kind == NotificationKind::Poll
        || notification_requests::is_permitted(tx, news.to, news.from.id)?
    {
        return Ok(PolicyAction::Accept);
    }
    let policy = of(tx, news.to)?;
    let now = app.now();
    let follows = follows::between(tx, news.to, news.from.id)?
        .is_some_and(|follow| follow.state == FollowState::Accepted);
    let mut says = PolicyAction::Accept;
    let mut hold = |condition: bool, action: PolicyAction| {
        if condition {
            says = says.stricter(action);
        }
    };
    hold(!follows, policy.for_not_following);
    hold(!follows && news.from.limited, policy.for_limited_accounts);
    hold(!follows && news.from.kind.is_bot(), policy.for_bots);
    hold(
        !follows && news.from.created_at + NEW > now,
        policy.for_new_accounts,
    );
    if policy.for_not_followers != PolicyAction::Accept {
        let followed = follows::between(tx, news.from.id, news.to)?.is_some_and(|follow| {
            follow.state == FollowState::Accepted && follow.created_at + FOLLOWED_FOR <= now
        });
        hold(!followed, policy.for_not_followers);
    }
    if policy.for_private_mentions != PolicyAction::Accept && !follows {
        let unasked = private_and_unasked(tx, news)?;
        hold(unasked, policy.for_private_mentions);
    }
    Ok(says)
}

/// A direct post that answers nothing of the one whom it mentions.
fn private_and_unasked(tx: &mut Tx<'_>, news: &News<'_>) -> Result<bool> {
    let Some(id) = news.post.filter(|_| news.kind == NotificationKind::Mention) else {
        return Ok(false);
    };
    let viewer = Viewer::Account(news.to);
    Ok(
        kontor_store::posts::by_id(tx, viewer, id)?.is_some_and(|post| {
            post.audience == Audience::Direct && post.in_reply_to_account_id != Some(news.to)
        }),
    )
}

/// Remembers that somebody is held back.
pub(crate) fn hold(app: &App, tx: &mut Tx<'_>, owner: AccountId, from: AccountId) -> Result<()> {
    let now = app.now();
    Ok(notification_requests::hold(
        tx,
        &Request {
            id: NotificationRequestId(app.id()),
            account_id: owner,
            from_account_id: from,
            created_at: now,
            updated_at: now,
        },
    )?)
}

#[derive(Debug, Clone)]
pub struct RequestView {
    pub request: Request,
    pub account: Account,
    pub notifications: i64,
    pub last: Option<PostView>,
}

fn load(
    db: &mut Conn,
    owner: AccountId,
    rows: Vec<Request>,
    now: Time,
) -> Result<Vec<RequestView>> {
    let from: Vec<AccountId> = rows.iter().map(|row| row.from_account_id).collect();
    let mut people = accounts::map(db, &from)?;
    let mut back: HashMap<AccountId, (i64, Option<PostId>)> = held(db, owner, &from)?
        .into_iter()
        .map(|(from, count, post)| (from, (count, post)))
        .collect();
    let ids: Vec<PostId> = back.values().filter_map(|(_, post)| *post).collect();
    let posts: HashMap<PostId, PostView> = posts::load(db, Viewer::Account(owner), &ids, now)?
        .into_iter()
        .map(|view| (view.post.id, view))
        .collect();
    Ok(rows
        .into_iter()
        .filter_map(|request| {
            let (notifications, last) = back.remove(&request.from_account_id).unwrap_or_default();
            Some(RequestView {
                account: people.remove(&request.from_account_id)?,
                notifications,
                last: last.and_then(|id| posts.get(&id).cloned()),
                request,
            })
        })
        .collect())
}

/// Who is held back, the newest first.
pub async fn page(app: &App, owner: AccountId, page: Page) -> Result<Vec<RequestView>> {
    let now = app.now();
    app.store
        .read(move |db| {
            let rows = notification_requests::page(db, owner, &page)?;
            load(db, owner, rows, now)
        })
        .await
}

pub async fn get(app: &App, owner: AccountId, id: NotificationRequestId) -> Result<RequestView> {
    let now = app.now();
    app.store
        .read(move |db| {
            let rows = notification_requests::of(db, owner, &[id])?;
            load(db, owner, rows, now)?.pop().ok_or(Error::NotFound)
        })
        .await
}

/// What happens to those who are held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// They are heard, from now on too.
    Accept,
    /// What they said goes; they are held back again when they say more.
    Dismiss,
}

/// Of several at once those that are not there are passed over; where none is, there is nothing to answer.
pub async fn answer(
    app: &App,
    owner: AccountId,
    ids: Vec<NotificationRequestId>,
    answer: Answer,
) -> Result<()> {
    let this = app.clone();
    app.store
        .write(move |tx| {
            let rows = notification_requests::of(tx, owner, &ids)?;
            if rows.is_empty() {
                return Err(Error::NotFound);
            }
            let from: Vec<AccountId> = rows.iter().map(|row| row.from_account_id).collect();
            match answer {
                Answer::Dismiss => notification_requests::drop_held(tx, owner, &from)?,
                Answer::Accept => {
                    for one in &from {
                        notification_requests::permit(tx, owner, *one)?;
                    }
                    for post in notification_requests::held_mentions(tx, owner, &from, REMEMBERED)?
                    {
                        crate::conversations::enter(&this, tx, post, Some(owner))?;
                    }
                    notification_requests::release(tx, owner, &from)?;
                    streams::tell(tx, &streams::News::Merged { of: owner });
                }
            }
            Ok(())
        })
        .await
}
