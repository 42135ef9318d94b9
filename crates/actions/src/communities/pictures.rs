//! The icon and the banner of a community, which are the avatar and the header of its account.

use std::sync::Arc;

use kontor_domain::ids::AccountId;
use url::Url;

use super::create::{self, Edit, NewCommunity};
use crate::{
    App, Error, FileBounds, Result,
    accounts::{Account, Picture, drop_pictures, keep_pictures},
    posts::Beside,
};

/// Makes a community as a person here does, with pictures, which go again if nothing comes of it.
pub async fn create_with_pictures<B: AsRef<[u8]> + Send + 'static>(
    app: &App,
    mut new: NewCommunity,
    pictures: Vec<(Picture, B)>,
) -> Result<Account> {
    if !pictures.is_empty() {
        // Whoever may make none has nothing looked at.
        let (this, owner) = (app.clone(), new.owner);
        app.store
            .read(move |db| create::may_create(&this, db, owner))
            .await?;
    }
    let kept = keep_pictures(app, Picture::in_community, pictures).await?;
    for (which, file) in &kept {
        let file = Some(file.clone());
        match which {
            Picture::Avatar => new.icon = file,
            Picture::Header => new.banner = file,
        }
    }
    let made = create::create(app, new, false).await;
    if made.is_err() {
        drop_pictures(app, &kept).await?;
    }
    made
}

/// Changes a community, its pictures among it; those that it had before go.
pub async fn edit_with_pictures<B: AsRef<[u8]> + Send + 'static>(
    app: &App,
    by: AccountId,
    id: AccountId,
    change: Edit,
    pictures: Vec<(Picture, B)>,
) -> Result<()> {
    if !pictures.is_empty() {
        check(app, by, id).await?;
    }
    let kept = keep_pictures(app, Picture::in_community, pictures).await?;
    edit_kept(app, (by, id), change, kept, Arc::new(())).await
}

/// Somebody elsewhere changes it: pictures are asked for where they are. One that is not there, or cannot be shown, changes nothing.
pub async fn edit_from_elsewhere(
    app: &App,
    by: AccountId,
    id: AccountId,
    change: Edit,
    pictures: Vec<(Picture, Url)>,
    beside: Arc<dyn Beside>,
) -> Result<()> {
    // Nothing is asked for in the name of whoever may change nothing.
    let account = check(app, by, id).await?;
    let media = &app.settings.limits.media;
    let bounds = FileBounds {
        bytes: media.image_bytes,
        time: media.remote.time,
    };
    let mut kept = Vec::new();
    for (which, url) in pictures {
        if !app
            .remote
            .takes_file(&account.uri, account.domain.as_deref(), &url)
        {
            continue;
        }
        match keep_from_elsewhere(app, which, &url, bounds).await {
            Ok(Some(picture)) => kept.push(picture),
            Ok(None) => {}
            Err(why) => {
                drop_pictures(app, &kept).await?;
                return Err(why);
            }
        }
    }
    edit_kept(app, (by, id), change, kept, beside).await
}

/// `None`: there is none there, or none that can be shown.
async fn keep_from_elsewhere(
    app: &App,
    which: Picture,
    url: &Url,
    bounds: FileBounds,
) -> Result<Option<(Picture, String)>> {
    let bytes = match app.remote.fetch_file(app, url, bounds).await {
        Ok(bytes) => bytes,
        Err(Error::NotFound) => return Ok(None),
        Err(why) => return Err(why),
    };
    match keep_pictures(app, Picture::in_community, vec![(which, bytes)]).await {
        Ok(mut kept) => Ok(kept.pop()),
        Err(why @ Error::Invalid { .. }) => {
            tracing::debug!(%url, reason = %why, "a picture of a community is passed over");
            Ok(None)
        }
        Err(why) => Err(why),
    }
}

/// May they? Returns who they are.
async fn check(app: &App, by: AccountId, id: AccountId) -> Result<Account> {
    app.store
        .read(move |db| {
            create::owned(db, id, by)?;
            kontor_store::accounts::by_id(db, by)?.ok_or(Error::NotFound)
        })
        .await
}

/// With pictures that are kept, and go again if nothing comes of it.
async fn edit_kept(
    app: &App,
    (by, id): (AccountId, AccountId),
    mut change: Edit,
    kept: Vec<(Picture, String)>,
    beside: Arc<dyn Beside>,
) -> Result<()> {
    for (which, file) in &kept {
        let file = Some(Some(file.clone()));
        match which {
            Picture::Avatar => change.icon = file,
            Picture::Header => change.banner = file,
        }
    }
    let done = create::edit_with(app, by, id, change, beside).await;
    // Where the database went away it may have been kept all the same.
    if done.as_ref().is_err_and(|why| !why.is_outage()) {
        drop_pictures(app, &kept).await?;
    }
    done
}
