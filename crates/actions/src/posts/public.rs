//! Posts of ours that everyone may read, for other websites that show them.

use kontor_domain::{audience::Viewer, ids::PostId};
use kontor_store::posts;

use super::{PostView, load};
use crate::{App, Error, Result};

/// The post of ours with this address, or whose page this is.
pub async fn by_address(app: &App, url: &str) -> Result<PostView> {
    let (now, url, site) = (app.now(), url.to_owned(), app.site.clone());
    app.store
        .read(move |db| {
            let mut found = posts::by_url(db, Viewer::Anyone, &url)?;
            let tail = url
                .strip_prefix(&site.url("/@"))
                .and_then(|rest| rest.split_once('/'));
            let id: Option<PostId> = tail.and_then(|(_, id)| id.parse().ok());
            if let (None, Some(id)) = (&found, id) {
                found = posts::by_id(db, Viewer::Anyone, id)?;
            }
            let post = found.filter(|post| post.local).ok_or(Error::NotFound)?;
            load(db, Viewer::Anyone, &[post.id], now)?
                .pop()
                .ok_or(Error::NotFound)
        })
        .await
}
