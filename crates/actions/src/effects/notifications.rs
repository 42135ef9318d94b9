//! Who is told of what happened.

use kontor_domain::{
    event::Event,
    follow::FollowState,
    ids::{AccountId, NotificationId, PostId},
    notification::NotificationKind,
    quote::QuoteState,
};
use kontor_store::{Tx, accounts, follows, notifications, polls, posts, quotes};

use crate::{App, Result};

pub(super) fn apply(app: &App, tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    match event {
        Event::PostCreated { post } | Event::PostEdited { post } => {
            mentioned(app, tx, *post)?;
            quoted(app, tx, *post)
        }
        Event::FollowRequested { follow, .. } => {
            let Some(follow) =
                follows::by_id(tx, *follow)?.filter(|f| f.state == FollowState::Pending)
            else {
                return Ok(());
            };
            tell(
                app,
                tx,
                follow.target_id,
                follow.follower_id,
                NotificationKind::FollowRequest,
                None,
            )
        }
        Event::FollowAccepted { follow, .. } => {
            let Some(follow) = follows::by_id(tx, *follow)? else {
                return Ok(());
            };
            tell(
                app,
                tx,
                follow.target_id,
                follow.follower_id,
                NotificationKind::Follow,
                None,
            )
        }
        Event::PollEnded { post } => poll_ended(app, tx, *post),
        _ => Ok(()),
    }
}

/// Its author and everybody here who voted.
fn poll_ended(app: &App, tx: &mut Tx<'_>, post: PostId) -> Result<()> {
    let Some(author) = posts::author(tx, post)? else {
        return Ok(());
    };
    let kind = NotificationKind::Poll;
    tell_any(app, tx, author, author, kind, Some(post))?;
    for voter in polls::voters(tx, post)? {
        tell(app, tx, voter, author, kind, Some(post))?;
    }
    Ok(())
}

/// A quote that stands tells the author of the quoted post.
fn quoted(app: &App, tx: &mut Tx<'_>, post: PostId) -> Result<()> {
    let Some(quote) = quotes::of_post(tx, post)? else {
        return Ok(());
    };
    let (Some(to), Some(from)) = (quote.quoted_account_id, posts::author(tx, post)?) else {
        return Ok(());
    };
    if quote.state == QuoteState::Accepted {
        tell(app, tx, to, from, NotificationKind::Quote, Some(post))?;
    }
    Ok(())
}

/// An edit tells those whom it newly mentions; the others have been told.
fn mentioned(app: &App, tx: &mut Tx<'_>, post: PostId) -> Result<()> {
    let Some(author) = posts::author(tx, post)? else {
        return Ok(());
    };
    for (_, account) in posts::mentions_of(tx, &[post])? {
        tell(
            app,
            tx,
            account,
            author,
            NotificationKind::Mention,
            Some(post),
        )?;
    }
    Ok(())
}

/// Tells a local person, once, and nobody of what they did themselves.
fn tell(
    app: &App,
    tx: &mut Tx<'_>,
    to: AccountId,
    from: AccountId,
    kind: NotificationKind,
    post: Option<PostId>,
) -> Result<()> {
    if to == from {
        return Ok(());
    }
    tell_any(app, tx, to, from, kind, post)
}

/// The same for what one's own post may tell too.
fn tell_any(
    app: &App,
    tx: &mut Tx<'_>,
    to: AccountId,
    from: AccountId,
    kind: NotificationKind,
    post: Option<PostId>,
) -> Result<()> {
    if kontor_store::users::by_id(tx, to)?.is_none() || accounts::by_id(tx, from)?.is_none() {
        return Ok(());
    }
    let subject = post.map_or_else(|| from.to_string(), |post| post.to_string());
    let id = NotificationId(app.id());
    let notification = notifications::Notification {
        id,
        account_id: to,
        from_account_id: from,
        kind,
        post_id: post,
        dedupe: format!("{kind}:{subject}"),
        created_at: app.now(),
    };
    notifications::insert_if_new(tx, &notification)?;
    Ok(())
}
