//! The icon and the banner of a community, which are the avatar and the header of its account.

use kontor_domain::ids::AccountId;

use super::create::{self, Edit, NewCommunity};
use crate::{
    App, Result,
    accounts::{Account, Picture, drop_pictures, keep_pictures},
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
    mut change: Edit,
    pictures: Vec<(Picture, B)>,
) -> Result<()> {
    if !pictures.is_empty() {
        app.store
            .read(move |db| create::owned(db, id, by).map(drop))
            .await?;
    }
    let kept = keep_pictures(app, Picture::in_community, pictures).await?;
    for (which, file) in &kept {
        let file = Some(Some(file.clone()));
        match which {
            Picture::Avatar => change.icon = file,
            Picture::Header => change.banner = file,
        }
    }
    let done = create::edit(app, by, id, change).await;
    if done.is_err() {
        drop_pictures(app, &kept).await?;
    }
    done
}
