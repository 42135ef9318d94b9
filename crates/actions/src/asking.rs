//! Who asks, found out by the reading that answers them: one way to the database instead of two.

use kontor_domain::{audience::Viewer, scope::Scopes};
use kontor_store::Conn;

use crate::{App, Error, Result, oauth, secrets};

#[derive(Debug, Clone)]
pub enum Asking {
    Viewer(Viewer),
    /// By a token that is good and was given the scope.
    Token {
        text: String,
        granted: fn(&Scopes) -> bool,
    },
}

impl From<Viewer> for Asking {
    fn from(viewer: Viewer) -> Self {
        Self::Viewer(viewer)
    }
}

/// What became of a reading.
enum Read<T, F> {
    Done(Viewer, T),
    /// That they are here has to be written down first.
    NotYet(F),
}

/// Fails as [`oauth::caller`] does.
pub(crate) async fn read<T, F>(app: &App, asking: Asking, body: F) -> Result<(Viewer, T)>
where
    T: Send + 'static,
    F: FnOnce(&mut Conn, Viewer) -> Result<T> + Send + 'static,
{
    let (viewer, body) = match asking {
        Asking::Viewer(viewer) => (viewer, body),
        Asking::Token { text, granted } => {
            let (hash, kept, now) = (secrets::hash(&text), app.kept.clone(), app.now());
            let read = app.store.read(move |db| {
                Ok::<_, Error>(match oauth::viewer(db, &kept, &hash, granted, now)? {
                    Some(viewer) => Read::Done(viewer, body(db, viewer)?),
                    None => Read::NotYet(body),
                })
            });
            match read.await? {
                Read::Done(viewer, found) => return Ok((viewer, found)),
                Read::NotYet(body) => (oauth::caller(app, &text).await?.viewer(), body),
            }
        }
    };
    let found = app.store.read(move |db| body(db, viewer)).await?;
    Ok((viewer, found))
}
