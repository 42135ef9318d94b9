//! Files of posts of other servers: fetched when somebody looks at them who may, kept for a while, and shown from here. Their servers
//! are told nothing of who reads. What makes room for others is in `room`.

mod fetching;
mod room;

use bytes::Bytes;
use kontor_domain::{
    attachment::{AttachmentKind, Form},
    ids::{AttachmentId, PostId},
    passes::Bearer,
    site::Site,
};
use kontor_media::{Asked, Files, Reading};
use kontor_store::{Tx, attachments, remote_files};
use url::Url;

use fetching::{Fetching, Wanted};
pub use room::tidy;

use crate::{
    App, Error, Media, Result,
    attachments::Attachment,
    uploads::{self, Asking},
};

/// Stands before their names where files of ours are named too.
pub(crate) const FOLDER: &str = "remote/";

/// One of the forms of a file.
type Key = (AttachmentId, Form);

/// Where they are kept, and what is under way.
pub(crate) struct RemoteFiles {
    pub(crate) files: Files,
    fetching: Fetching,
}

impl RemoteFiles {
    pub(crate) fn new(settings: &Media) -> Self {
        Self {
            files: uploads::files(settings, FOLDER),
            fetching: Fetching::new(&settings.remote),
        }
    }
}

/// A file, and how it may be handed on.
#[derive(Debug)]
pub struct Found {
    pub content: Reading,
    /// What the bytes are, whatever their server says.
    pub media_type: String,
    /// Anyone may have it.
    pub open: bool,
}

/// One that is in memory, as it was fetched.
#[derive(Debug)]
struct Content {
    bytes: Bytes,
    media_type: String,
}

/// Is this form of a file of another server shown from here? The small one only where its server names one. What is neither a
/// picture nor a film nor sound is not.
pub fn is_shown(site: &Site, row: &Attachment, form: Form) -> bool {
    source(site, row, form).is_some()
}

/// Where its server has it, if it is shown from here.
fn source(site: &Site, row: &Attachment, form: Form) -> Option<Url> {
    let remote = row.file.is_none() && row.kind != AttachmentKind::Unknown;
    if !remote || !site.shows_remote_files() {
        return None;
    }
    let usable = |url: &Option<String>| fetchable(site, url.as_deref()?);
    let whole = usable(&row.remote_url)?;
    match form {
        Form::Whole => Some(whole),
        Form::Small => usable(&row.remote_preview_url),
    }
}

/// What comes without TLS is not shown as if it had come with it.
fn fetchable(site: &Site, url: &str) -> Option<Url> {
    let url = Url::parse(url).ok()?;
    let fits = url.scheme() == "https" || (url.scheme() == "http" && site.scheme() == "http");
    (fits && url.has_host() && !site.owns(&url)).then_some(url)
}

/// A file of another server, for whoever may read the post: as it is kept here, or fetched now. Of one that has no small form, the
/// whole.
pub async fn file(app: &App, id: AttachmentId, form: Form, asking: Asking) -> Result<Found> {
    let bearer = uploads::bearer(app, &Site::remote_name(id), asking.pass.as_deref()).await?;
    // Other servers have files of others from where they lie.
    let bearer = bearer.filter(|bearer| *bearer != Bearer::Peers);
    let (this, readers, part) = (app.clone(), asking.readers, asking.part);
    let (open, wanted) = app
        .store
        .read(move |db| {
            let (row, account, domain) = attachments::remote(db, id)?.ok_or(Error::NotFound)?;
            let open = uploads::may_have(db, &row, &readers, bearer)?.ok_or(Error::NotFound)?;
            let wanted = Wanted::of(&this.site, &row, form).ok_or(Error::NotFound)?;
            // Before a rule about a server has reached the rows.
            let taken = this
                .remote
                .takes_file(&account, domain.as_deref(), &wanted.url);
            if taken {
                Ok((open, wanted))
            } else {
                Err(Error::NotFound)
            }
        })
        .await?;
    let (content, media_type) = if let Some(kept) = kept(app, wanted.key, part).await? {
        kept
    } else {
        let fetched = fetching::fetch(app, &wanted).await?;
        let content = Reading::of(&fetched.bytes, part);
        (content, fetched.media_type.clone())
    };
    Ok(Found {
        content,
        media_type,
        open,
    })
}

/// With what it is. A row whose file is gone, as after a disk was lost, is as good as none: it is fetched anew.
async fn kept(app: &App, (id, form): Key, part: Asked) -> Result<Option<(Reading, String)>> {
    let row = app
        .store
        .read(move |db| remote_files::get(db, id, form))
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let Some(reading) = uploads::read(&app.remote_files.files, &row.file, part).await? else {
        return Ok(None);
    };
    room::used(app, (id, form), &row).await;
    Ok(Some((reading, row.media_type)))
}

/// What is kept of the files of a post goes; the rows go with those of its attachments.
pub(crate) fn forget_of(app: &App, tx: &mut Tx<'_>, post: PostId) -> Result<()> {
    let names = remote_files::of_post(tx, post)?;
    remove(app, tx, &names)
}

/// Nothing of these is kept, and of the others no small picture.
pub(crate) fn forget(
    app: &App,
    tx: &mut Tx<'_>,
    whole: &[AttachmentId],
    small: &[AttachmentId],
) -> Result<()> {
    let mut names = remote_files::take(tx, whole)?;
    names.extend(remote_files::take_small(tx, small)?);
    remove(app, tx, &names)
}

/// Has files removed once the transaction that forgets them has committed.
fn remove(app: &App, tx: &mut Tx<'_>, names: &[String]) -> Result<()> {
    let names: Vec<String> = names.iter().map(|name| format!("{FOLDER}{name}")).collect();
    uploads::remove(app, tx, &names)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_what_lies_elsewhere_and_comes_as_safely_is_fetched() {
        let of = |scheme: &str, url: &str| {
            let site = Site::new(scheme, "here.test").unwrap();
            fetchable(&site, url).is_some()
        };
        assert!(of("https", "https://there.test/a.png"));
        assert!(of("http", "https://there.test/a.png"));
        assert!(of("http", "http://there.test/a.png"));
        for url in [
            "http://there.test/a.png",
            "https://here.test/media/files/a.png",
            "javascript:alert(1)",
            "data:image/png;base64,AA==",
            "file:///etc/passwd",
            "nonsense",
        ] {
            assert!(!of("https", url), "{url}");
        }
    }
}
