//! What a person remembers of another, for nobody else.

use kontor_domain::ids::AccountId;
use kontor_store::{account_notes, accounts};

use crate::{App, Error, Result};

/// An empty comment is none.
pub async fn set(app: &App, by: AccountId, target: AccountId, comment: &str) -> Result<()> {
    let comment = comment.replace('\0', "").trim().to_owned();
    let most = app.settings.limits.account_note_characters;
    if comment.chars().count() > most {
        return Err(Error::invalid(
            "comment",
            format!("is too long (maximum is {most} characters)"),
        ));
    }
    app.store
        .write(move |tx| {
            accounts::by_id(tx, target)?.ok_or(Error::NotFound)?;
            Ok(account_notes::set(tx, by, target, &comment)?)
        })
        .await
}
