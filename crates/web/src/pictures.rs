//! Pictures of accounts that have none of their own: drawn when asked for, kept for a while.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header,
    web::{Bytes, Data, Path, block},
};
use kontor_actions::{App, Error, accounts};
use kontor_domain::ids::AccountId;
use moka::future::Cache;

use crate::{
    failure::{Answer, Failure},
    visit::app,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Avatar,
    Header,
}

const AVATAR_SIDE: u32 = 400;
const HEADER_SIDES: (u32, u32) = (1200, 400);

/// Bytes that are kept; a picture is some kilobytes.
const KEPT_BYTES: u64 = 4 * 1024 * 1024;

#[derive(Debug, Clone)]
pub struct Pictures(Cache<(Kind, AccountId), Bytes>);

impl Default for Pictures {
    fn default() -> Self {
        let weigh = |_: &(Kind, AccountId), picture: &Bytes| {
            u32::try_from(picture.len()).unwrap_or(u32::MAX)
        };
        Self(
            Cache::builder()
                .weigher(weigh)
                .max_capacity(KEPT_BYTES)
                .build(),
        )
    }
}

impl Pictures {
    /// Those who ask for the same picture at once wait for one drawing.
    async fn get(&self, app: &App, kind: Kind, id: AccountId) -> Result<Bytes, Arc<Error>> {
        self.0.try_get_with((kind, id), draw(app, kind, id)).await
    }
}

async fn draw(app: &App, kind: Kind, id: AccountId) -> Result<Bytes, Error> {
    let account = accounts::get(app, id).await?;
    let domain = account.domain.as_deref().unwrap_or(app.site.domain());
    let seed = format!("{}@{domain}", account.username.to_lowercase());
    let drawn = block(move || match kind {
        Kind::Avatar => kontor_media::avatar(&seed, AVATAR_SIDE),
        Kind::Header => kontor_media::header(&seed, HEADER_SIDES.0, HEADER_SIDES.1),
    });
    let drawn = drawn.await.map_err(|why| Error::Broken(why.to_string()))?;
    drawn
        .map(Bytes::from)
        .map_err(|why| Error::Broken(why.to_string()))
}

async fn answer(req: &HttpRequest, pictures: &Pictures, kind: Kind, id: AccountId) -> Answer {
    let picture = pictures
        .get(&app(req)?, kind, id)
        .await
        .map_err(|why| match why.as_ref() {
            Error::NotFound => Failure::Action(Error::NotFound),
            other => Failure::Action(Error::Broken(other.to_string())),
        })?;
    Ok(HttpResponse::Ok()
        // It is drawn from the handle, and that never changes.
        .insert_header((header::CACHE_CONTROL, "public, max-age=2592000, immutable"))
        .content_type("image/png")
        .body(picture))
}

pub async fn avatar(req: HttpRequest, pictures: Data<Pictures>, id: Path<AccountId>) -> Answer {
    answer(&req, &pictures, Kind::Avatar, id.into_inner()).await
}

pub async fn header(req: HttpRequest, pictures: Data<Pictures>, id: Path<AccountId>) -> Answer {
    answer(&req, &pictures, Kind::Header, id.into_inner()).await
}
