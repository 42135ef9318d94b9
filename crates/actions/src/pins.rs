//! Posts that their authors show first.

use std::collections::HashSet;

use kontor_domain::{
    audience::{Audience, Viewer},
    event::Event,
    ids::{AccountId, PinId, PostId},
    page::Page,
};
use kontor_store::{
    Tx, accounts,
    pins::{self, Pin},
    posts,
};

use crate::{
    App, Error, Result,
    favourites::Kept,
    posts::{Named, load_kept},
};

/// Pins a post of one's own. Doing it again changes nothing.
pub async fn pin(app: &App, by: AccountId, post: impl Into<Named>) -> Result<PostId> {
    let (now, id, post) = (app.now(), PinId(app.id()), post.into());
    let this = app.clone();
    app.store
        .write(move |tx| {
            let post = post.readable(tx, by)?;
            if post.account_id != by {
                return Err(Error::invalid("id", "is somebody else's post"));
            }
            if post.audience == Audience::Direct {
                return Err(Error::invalid(
                    "id",
                    "is a post that only its addressees may read",
                ));
            }
            let account = accounts::by_id(tx, by)?.ok_or(Error::NotFound)?;
            let pinned = pins::of_account(tx, by)?;
            if pinned.iter().any(|pin| pin.post_id == post.id) {
                return Ok(post.id);
            }
            let limits = &this.settings.limits;
            let most = if account.is_local() {
                limits.pins
            } else {
                limits.pins_elsewhere
            };
            if pinned.len() >= most {
                return Err(Error::invalid(
                    "id",
                    format!("is one more than the {most} posts that may be pinned"),
                ));
            }
            insert(tx, id, by, post.id, now)?;
            this.record(
                tx,
                &Event::PostPinned {
                    account: by,
                    post: post.id,
                },
            )?;
            Ok(post.id)
        })
        .await
}

fn insert(
    tx: &mut Tx<'_>,
    id: PinId,
    by: AccountId,
    post: PostId,
    now: kontor_domain::time::Time,
) -> Result<()> {
    let pin = Pin {
        id,
        account_id: by,
        post_id: post,
        created_at: now,
    };
    pins::insert_if_new(tx, &pin)?;
    Ok(())
}

/// `Ok` also when it was not pinned.
pub async fn unpin(app: &App, by: AccountId, post: impl Into<Named>) -> Result<PostId> {
    let (this, post) = (app.clone(), post.into());
    app.store
        .write(move |tx| {
            let post = post.stub(tx)?;
            if post.account_id != by {
                return Err(Error::NotFound);
            }
            if pins::delete(tx, by, post.id)? {
                this.record(
                    tx,
                    &Event::PostUnpinned {
                        account: by,
                        post: post.id,
                    },
                )?;
            }
            Ok(post.id)
        })
        .await
}

/// Makes these the pinned posts of an account elsewhere, in this order, the first shown first. What is not its own, or is not
/// here, is passed over. Pins that stay keep their place in time if the order allows it; nobody is told.
pub async fn replace(app: &App, account: AccountId, posts: Vec<PostId>) -> Result<()> {
    let now = app.now();
    let most = app.settings.limits.pins_elsewhere;
    let mut seen = HashSet::new();
    let mut wanted: Vec<PostId> = posts
        .into_iter()
        .filter(|post| seen.insert(*post))
        .collect();
    wanted.truncate(most);
    // The newest pin is shown first, so the last one gets the first id.
    let mut ids: Vec<PinId> = wanted.iter().map(|_| PinId(app.id())).collect();
    ids.reverse();
    app.store
        .write(move |tx| {
            let own: HashSet<PostId> = posts::visible(tx, Viewer::Account(account), &wanted)?
                .into_iter()
                .filter(|post| {
                    (post.account_id == account || post.community_id == Some(account))
                        && post.reblog_of_id.is_none()
                        && post.audience != Audience::Direct
                })
                .map(|post| post.id)
                .collect();
            let before = pins::of_account(tx, account)?;
            let (wanted, ids): (Vec<PostId>, Vec<PinId>) = wanted
                .iter()
                .zip(&ids)
                .filter(|(post, _)| own.contains(post))
                .unzip();
            if before
                .iter()
                .map(|pin| pin.post_id)
                .eq(wanted.iter().copied())
            {
                return Ok(());
            }
            for pin in before {
                pins::delete(tx, account, pin.post_id)?;
            }
            for (post, id) in wanted.into_iter().zip(ids) {
                insert(tx, id, account, post, now)?;
            }
            Ok(())
        })
        .await
}

/// The pinned posts of an account that the viewer may read, the newest pin first.
pub async fn page(app: &App, viewer: Viewer, account: AccountId, page: Page) -> Result<Kept> {
    let (now, kept) = (app.now(), app.kept.clone());
    app.store
        .read(move |db| {
            let rows = pins::visible(db, viewer, account, &page)?;
            let ids: Vec<PostId> = rows.iter().map(|(_, post)| *post).collect();
            let rows = rows.into_iter().map(|(row, _)| row).collect();
            Ok((rows, load_kept(db, &kept, viewer, &ids, now)?))
        })
        .await
}
