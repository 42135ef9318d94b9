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
    edit_keeping(app, (by, id), change, pictures, Arc::new(())).await
}

/// Somebody elsewhere changes it: pictures are asked for where they are. One that is not there changes nothing.
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
    let mut found = Vec::new();
    for (which, url) in pictures {
        if !app
            .remote
            .takes_file(&account.uri, account.domain.as_deref(), &url)
        {
            continue;
        }
        match app.remote.fetch_file(app, &url, bounds).await {
            Ok(bytes) => found.push((which, bytes)),
            Err(Error::NotFound) => {}
            Err(why) => return Err(why),
        }
    }
    edit_keeping(app, (by, id), change, found, beside).await
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

async fn edit_keeping<B: AsRef<[u8]> + Send + 'static>(
    app: &App,
    (by, id): (AccountId, AccountId),
    mut change: Edit,
    pictures: Vec<(Picture, B)>,
    beside: Arc<dyn Beside>,
) -> Result<()> {
    let kept = keep_pictures(app, Picture::in_community, pictures).await?;
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
