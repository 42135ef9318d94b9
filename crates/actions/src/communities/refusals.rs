//! What a community elsewhere does not take in of what was written here for it: its own server says so, and may take it after all.

use kontor_domain::{
    community::LogAction,
    ids::{AccountId, PostId},
};
use kontor_store::{
    Tx,
    communities::{self, Community},
    community_log, community_posts,
    posts::{self, Stub},
};

use super::{
    is_ours,
    log::{self, Who},
};
use crate::{App, Result};

/// The post stands there no more than one that was removed: its author sees it, with the reason. `false`: it was not written here for
/// this community.
pub async fn refuse(app: &App, community: AccountId, post: PostId, reason: String) -> Result<bool> {
    let most = app.settings.limits.communities.reason_characters;
    let reason: String = reason.replace('\0', "").chars().take(most).collect();
    let this = app.clone();
    app.store
        .write(move |tx| {
            let Some((at, stub)) = written_here(tx, community, post)? else {
                return Ok(false);
            };
            let removed = Some((this.now(), reason.as_str()));
            if !community_posts::set_removed(tx, &[stub.id], removed)?.is_empty() {
                note(&this, tx, &at, LogAction::Refused, (&stub, reason.as_str()))?;
            }
            Ok(true)
        })
        .await
}

/// The community passes on what it once refused: it has it now. `false`: it refused nothing.
pub async fn relent(app: &App, community: AccountId, post: PostId) -> Result<bool> {
    let this = app.clone();
    app.store
        .write(move |tx| relented(&this, tx, community, post))
        .await
}

pub(super) fn relented(
    app: &App,
    tx: &mut Tx<'_>,
    community: AccountId,
    post: PostId,
) -> Result<bool> {
    let Some((at, stub)) = written_here(tx, community, post)? else {
        return Ok(false);
    };
    let both = LogAction::OF_ITS_AUTHOR;
    let last = community_log::last_of_post(tx, community, &stub.uri, both)?;
    // What its moderators removed they restore.
    if last.is_none_or(|last| last.action != LogAction::Refused)
        || community_log::is_removed(tx, community, &stub.uri)?
        || community_posts::set_removed(tx, &[stub.id], None)?.is_empty()
    {
        return Ok(false);
    }
    note(app, tx, &at, LogAction::TakenIn, (&stub, ""))?;
    Ok(true)
}

fn written_here(
    tx: &mut Tx<'_>,
    community: AccountId,
    post: PostId,
) -> Result<Option<(Community, Stub)>> {
    let at = communities::by_id(tx, community)?.filter(|known| !is_ours(known));
    let stub = posts::stub(tx, post)?.filter(|stub| {
        stub.local && stub.reblog_of_id.is_none() && stub.community_id == Some(community)
    });
    Ok(at.zip(stub))
}

/// A line in the community's own name.
fn note(
    app: &App,
    tx: &mut Tx<'_>,
    at: &Community,
    action: LogAction,
    (post, reason): (&Stub, &str),
) -> Result<()> {
    let who = Who::now(tx, at, at.account_id)?;
    log::write(app, tx, who, action, |entry| {
        entry.post_uri = Some(post.uri.clone());
        entry.account_id = Some(post.account_id);
        reason.clone_into(&mut entry.reason);
    })?;
    Ok(())
}
