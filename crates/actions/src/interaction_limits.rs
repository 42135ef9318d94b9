//! What the server of a post lets people here do with it. It decides itself what it takes from them; who would be refused there
//! is told so here.

use kontor_domain::{
    follow::FollowState,
    ids::AccountId,
    interaction::{Allowed, Deed, Limits},
};
use kontor_store::{
    Conn, Tx, accounts, follows, interaction_limits,
    posts::{self, Post},
};

use crate::{Error, Result};

/// Keeps what the server of a post says.
pub(crate) fn set(tx: &mut Tx<'_>, post: &Post, limits: Option<&Limits>) -> Result<()> {
    let text = limits
        .filter(|limits| !limits.is_none())
        .map(serde_json::to_string)
        .transpose()
        .map_err(|why| Error::Broken(why.to_string()))?;
    Ok(interaction_limits::set(tx, post.id, text.as_deref())?)
}

/// May somebody here do it? Whom a post mentions or answers may answer it, whatever is said.
pub(crate) fn check(db: &mut Conn, by: AccountId, post: &Post, deed: Deed) -> Result<()> {
    if post.local || post.account_id == by {
        return Ok(());
    }
    let Some(text) = interaction_limits::of_post(db, post.id)? else {
        return Ok(());
    };
    let limits: Limits =
        serde_json::from_str(&text).map_err(|why| Error::Broken(why.to_string()))?;
    let Some(allowed) = limits.of(deed) else {
        return Ok(());
    };
    let spoken_to = deed == Deed::Answer
        && (post.in_reply_to_account_id == Some(by)
            || posts::mentions_of(db, &[post.id])?
                .iter()
                .any(|(_, account)| *account == by));
    if spoken_to || belongs(db, by, post.account_id, allowed)? {
        return Ok(());
    }
    Err(Error::Forbidden(match deed {
        Deed::Answer => "Its author lets only some people answer this post",
        Deed::Favourite => "Its author lets only some people favourite this post",
        Deed::Boost => "Its author lets only some people boost this post",
    }))
}

fn belongs(db: &mut Conn, by: AccountId, author: AccountId, allowed: &Allowed) -> Result<bool> {
    let mut follows = |follower, target| -> Result<bool> {
        Ok(follows::between(db, follower, target)?
            .is_some_and(|follow| follow.state == FollowState::Accepted))
    };
    if (allowed.followers && follows(by, author)?) || (allowed.following && follows(author, by)?) {
        return Ok(true);
    }
    if allowed.accounts.is_empty() {
        return Ok(false);
    }
    let uri = accounts::by_id(db, by)?.map(|account| account.uri);
    Ok(uri.is_some_and(|uri| allowed.accounts.contains(&uri)))
}
