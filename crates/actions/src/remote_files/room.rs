//! Room for files of other servers: what was looked at longest ago goes first, its row before its file. A file that no row names is
//! swept away.

use std::{collections::HashSet, sync::Arc, time::Duration};

use kontor_domain::attachment::Form;
use kontor_store::{
    attachments,
    remote_files::{self, Kept},
};

use super::{Content, FOLDER, Key, remove};
use crate::{App, Error, Result, uploads};

/// Rows, and files, that one step looks at.
const BATCH: i64 = 200;
const NAMES: usize = 500;

/// The use of a file is written no more often.
const OFTEN: chrono::Duration = chrono::Duration::hours(1);

/// A file is there before its row is; one that is older and has none never gets one.
const SETTLED: Duration = Duration::from_secs(60 * 60);

fn cap(app: &App) -> i64 {
    i64::try_from(app.settings.limits.media.remote.cache_bytes).unwrap_or(i64::MAX)
}

/// Keeps it, if it is not larger than all that may be kept. If it cannot be kept it is shown all the same.
pub(super) async fn keep(app: &App, key: Key, content: &Arc<Content>, ending: &'static str) {
    if let Err(why) = try_keep(app, key, content, ending).await {
        tracing::warn!(error = %why, "a file of another server cannot be kept");
    }
}

async fn try_keep(
    app: &App,
    (id, form): Key,
    content: &Arc<Content>,
    ending: &'static str,
) -> Result<()> {
    let bytes = i64::try_from(content.bytes.len()).unwrap_or(i64::MAX);
    let left = cap(app).saturating_sub(bytes);
    if left < 0 {
        return Ok(());
    }
    make_room(app, left).await?;
    let file = format!("{}.{ending}", uploads::name(app)?);
    uploads::put(&app.remote_files.files, &file, content.bytes.clone()).await?;
    let now = app.now();
    let row = Kept {
        attachment_id: id,
        small: form == Form::Small,
        file,
        media_type: content.media_type.clone(),
        bytes,
        fetched_at: now,
        used_at: now,
    };
    let this = app.clone();
    app.store
        .write(move |tx| {
            // It may have been deleted, or refused, meanwhile.
            let unused = if attachments::remote(tx, id)?.is_some() {
                remote_files::put(tx, &row)?
            } else {
                Some(row.file.clone())
            };
            remove(&this, tx, unused.as_slice())
        })
        .await
}

/// Notes that it was looked at.
pub(super) async fn used(app: &App, (id, form): Key, row: &Kept) {
    let now = app.now();
    let before = now - OFTEN;
    if row.used_at > before {
        return;
    }
    let noted = app
        .store
        .write(move |tx| remote_files::touch(tx, id, form, now, before))
        .await;
    if let Err(why) = noted {
        tracing::warn!(error = %why, "that a file was looked at cannot be noted");
    }
}

/// Takes away what was looked at longest ago until no more than so many bytes are left. Returns how many files.
async fn make_room(app: &App, most: i64) -> Result<usize> {
    let mut gone = 0;
    loop {
        let beyond = app.store.read(remote_files::held).await? - most;
        if beyond <= 0 {
            return Ok(gone);
        }
        let this = app.clone();
        let taken = app
            .store
            .write(move |tx| {
                let names = remote_files::take_oldest(tx, beyond, BATCH)?;
                remove(&this, tx, &names)?;
                Ok::<_, Error>(names.len())
            })
            .await?;
        // Somebody else may have made the room.
        if taken == 0 {
            return Ok(gone);
        }
        gone += taken;
    }
}

/// Keeps no more than may be kept, and nothing that is known to nobody. Returns how many files went.
pub async fn tidy(app: &App) -> Result<usize> {
    let gone = make_room(app, cap(app)).await?;
    Ok(gone + sweep(app).await?)
}

async fn sweep(app: &App) -> Result<usize> {
    let files = &app.remote_files.files;
    let unread = uploads::failed("the folder of files");
    let mut old = files.old(SETTLED).await.map_err(&unread)?;
    let mut gone = 0;
    while let Some(names) = old.next().await.map_err(&unread)? {
        for names in names.chunks(NAMES) {
            let names = names.to_vec();
            let unknown = app
                .store
                .read(move |db| {
                    let known: HashSet<String> =
                        remote_files::known(db, &names)?.into_iter().collect();
                    let unknown = names.into_iter().filter(|name| !known.contains(name));
                    let placed = unknown.map(|name| format!("{FOLDER}{name}"));
                    Ok::<_, Error>(placed.collect::<Vec<_>>())
                })
                .await?;
            gone += unknown.len();
            uploads::remove_now(app, &unknown).await?;
        }
    }
    Ok(gone)
}
