//! Files of posts, for whoever may read the posts, and the pictures of profiles.

use actix_web::{
    HttpRequest,
    web::{Path, Query},
};
use kontor_actions::{
    oauth,
    uploads::{self, Asking},
};
use kontor_domain::audience::Viewer;
use serde::Deserialize;

use crate::{failure::Answer, visit::Visit};

/// What the token of an application must be good for: a file is read as its post is.
const SCOPE: &str = "read:statuses";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    pass: Option<String>,
}

/// Who asks is who is signed in, whom the address was made for, or whose token an application shows.
pub async fn file(req: HttpRequest, name: Path<String>, asked: Query<Asked>) -> Answer {
    let name = name.into_inner();
    let visit = Visit::of(&req).await?;
    let mut readers = vec![visit.viewer()];
    if let Some(token) = kontor_http::token(req.headers(), "") {
        let caller = oauth::caller(&visit.app, &token).await?;
        let person = caller.person.filter(|_| caller.scopes.allow(SCOPE));
        readers.extend(person.map(|(account, _)| Viewer::Account(account.id)));
    }
    let asking = Asking {
        readers,
        pass: asked.into_inner().pass,
    };
    let found = uploads::file(&visit.app, name.clone(), asking).await?;
    Ok(kontor_http::files::answer(&req, &name, found)?)
}
