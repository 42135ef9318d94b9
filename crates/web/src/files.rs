//! Files of posts, for whoever may read the posts, ours and those of other servers; and the pictures of profiles.

use actix_web::{
    HttpRequest,
    web::{Path, Query},
};
use kontor_actions::{
    oauth, remote_files,
    uploads::{self, Asking},
};
use kontor_domain::{attachment::Form, audience::Viewer, ids::AttachmentId};
use serde::Deserialize;

use crate::{
    failure::{Answer, Failure},
    visit::Visit,
};

/// What the token of an application must be good for: a file is read as its post is.
const SCOPE: &str = "read:statuses";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    pass: Option<String>,
}

/// Who asks is who is signed in, whom the address was made for, or whose token an application shows.
async fn asking(req: &HttpRequest, visit: &Visit, asked: Query<Asked>) -> Result<Asking, Failure> {
    let mut readers = vec![visit.viewer()];
    if let Some(token) = kontor_http::token(req.headers(), "") {
        let caller = oauth::caller(&visit.app, &token).await?;
        let person = caller.person.filter(|_| caller.scopes.allow(SCOPE));
        readers.extend(person.map(|(account, _)| Viewer::Account(account.id)));
    }
    Ok(Asking {
        readers,
        pass: asked.into_inner().pass,
        part: kontor_http::files::asked(req),
    })
}

pub async fn file(req: HttpRequest, name: Path<String>, asked: Query<Asked>) -> Answer {
    let name = name.into_inner();
    let visit = Visit::of(&req).await?;
    let asking = asking(&req, &visit, asked).await?;
    let found = uploads::file(&visit.app, name.clone(), asking).await?;
    Ok(kontor_http::files::answer(&name, found)?)
}

/// A file of another server.
pub async fn remote(req: HttpRequest, id: Path<AttachmentId>, asked: Query<Asked>) -> Answer {
    shown_from_here(&req, id.into_inner(), Form::Whole, asked).await
}

/// The small picture of it.
pub async fn remote_small(req: HttpRequest, id: Path<AttachmentId>, asked: Query<Asked>) -> Answer {
    shown_from_here(&req, id.into_inner(), Form::Small, asked).await
}

async fn shown_from_here(
    req: &HttpRequest,
    id: AttachmentId,
    form: Form,
    asked: Query<Asked>,
) -> Answer {
    let visit = Visit::of(req).await?;
    let asking = asking(req, &visit, asked).await?;
    let found = remote_files::file(&visit.app, id, form, asking).await?;
    Ok(kontor_http::files::answer_remote(found))
}
