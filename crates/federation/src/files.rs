//! Files of posts, for servers that say who they are. Everybody else asks the pages.

use actix_web::{
    HttpRequest, HttpResponse,
    guard::GuardContext,
    web::{Data, Path, Query},
};
use kontor_actions::{
    App, Error,
    uploads::{self, Asking},
};
use kontor_domain::audience::Viewer;
use serde::Deserialize;

use crate::{Federation, documents, problem::Problem};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    pass: Option<String>,
}

pub fn is_signed(context: &GuardContext<'_>) -> bool {
    let headers = context.head().headers();
    headers.contains_key("signature") || headers.contains_key("signature-input")
}

pub async fn file(
    app: Data<App>,
    federation: Data<Federation>,
    request: HttpRequest,
    name: Path<String>,
    asked: Query<Asked>,
) -> Result<HttpResponse, Problem> {
    let name = name.into_inner();
    let pass = asked.into_inner().pass;
    let asking = |viewer: Viewer| Asking {
        readers: vec![viewer],
        pass: pass.clone(),
        part: kontor_http::files::asked(&request),
    };
    // No key is asked for where a signature would change nothing.
    let mut found = uploads::file(&app, name.clone(), asking(Viewer::Anyone)).await;
    if matches!(found, Err(Error::NotFound)) {
        let viewer = documents::viewer(&app, &federation, &request).await?;
        found = uploads::file(&app, name.clone(), asking(viewer)).await;
        if matches!(found, Err(Error::NotFound)) {
            let post = uploads::post_of(&app, name.clone()).await?;
            let post = post.ok_or_else(Problem::not_found)?;
            let inside = documents::stand_in(&app, viewer, post).await?;
            let inside = inside.ok_or_else(Problem::not_found)?;
            found = uploads::file(&app, name.clone(), asking(inside)).await;
        }
    }
    let found = found?;
    Ok(kontor_http::files::answer(&name, found)?)
}
