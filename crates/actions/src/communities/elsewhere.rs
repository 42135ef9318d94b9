//! What is kept of a community elsewhere, as its own server tells it.

use kontor_domain::{ids::AccountId, text::language};
use kontor_store::{
    Tx,
    communities::{self, Changes, Community},
};

use super::{create::clean, is_ours};
use crate::{App, Error, Result, accounts::RemoteGroup};

/// Its own server says that it is deleted, which may be taken back, or that it is back: nothing is posted in it meanwhile.
pub async fn close(app: &App, id: AccountId, closed: bool) -> Result<()> {
    let now = app.now();
    app.store
        .write(move |tx| {
            let known = communities::by_id(tx, id)?.filter(|known| !is_ours(known));
            if known.is_none_or(|known| known.archived_at.is_some() == closed) {
                return Ok(());
            }
            let changes = Changes {
                archived_at: Some(closed.then_some(now)),
                ..Changes::default()
            };
            Ok::<_, Error>(communities::change(tx, id, &changes)?)
        })
        .await
}

/// What a Group elsewhere says of itself, kept beside its account. What it does not say stays as it is known.
pub fn ensure_remote(app: &App, tx: &mut Tx<'_>, id: AccountId, said: &RemoteGroup) -> Result<()> {
    let (purpose, rules) = (
        text(app, said.purpose.as_ref()),
        text(app, said.rules.as_ref()),
    );
    let languages = said.languages.as_deref().map(languages);
    let since = |known: Option<_>| match said.archived {
        Some(archived) => archived.then(|| known.unwrap_or_else(|| app.now())),
        None => known,
    };
    let new = Community {
        account_id: id,
        access: said.access,
        posting: said.posting,
        purpose: purpose.clone().unwrap_or_default(),
        rules: rules.clone().unwrap_or_default(),
        languages: languages.clone().unwrap_or_else(|| "[]".to_owned()),
        moderators_url: Some(said.moderators_url.clone()),
        names_moderators: said.names_moderators,
        archived_at: since(None),
        created_at: app.now(),
        featured_at: None,
    };
    if communities::insert_if_new(tx, &new)? {
        return Ok(());
    }
    let known = communities::by_id(tx, id)?.and_then(|known| known.archived_at);
    let changes = Changes {
        access: Some(new.access),
        posting: Some(new.posting),
        purpose,
        rules,
        languages,
        moderators_url: Some(new.moderators_url),
        names_moderators: Some(new.names_moderators),
        archived_at: Some(since(known)),
        featured_at: None,
    };
    Ok(communities::change(tx, id, &changes)?)
}

/// As long as one of ours may be.
fn text(app: &App, said: Option<&String>) -> Option<String> {
    let most = app.settings.limits.communities.description_characters;
    said.map(|text| clean(text).chars().take(most).collect())
}

/// As the column holds them; what is no language is left out.
fn languages(codes: &[String]) -> String {
    let known = codes.iter().filter_map(|code| language::normalise(code));
    serde_json::Value::from(language::each_once(known)).to_string()
}
