//! Whom people show on their profiles.

use kontor_domain::{
    follow::FollowState,
    ids::{AccountId, EndorsementId},
    page::Page,
};
use kontor_store::{
    accounts,
    endorsements::{self, Endorsement},
    follows,
};

use crate::{App, Error, Result, follows::Listed};

/// Shows somebody whom one follows. Doing it again changes nothing.
pub async fn endorse(app: &App, by: AccountId, target: AccountId) -> Result<()> {
    let (now, id) = (app.now(), EndorsementId(app.id()));
    let most = app.settings.limits.endorsements;
    app.store
        .write(move |tx| {
            accounts::by_id(tx, target)?.ok_or(Error::NotFound)?;
            if !endorsements::among(tx, by, &[target])?.is_empty() {
                return Ok(());
            }
            let follow = follows::between(tx, by, target)?;
            if follow.is_none_or(|follow| follow.state != FollowState::Accepted) {
                return Err(Error::invalid(
                    "id",
                    "must be of somebody whom you follow already",
                ));
            }
            if endorsements::count(tx, by)? >= most {
                return Err(Error::invalid(
                    "id",
                    format!("is one more than the {most} accounts that may be shown"),
                ));
            }
            let endorsement = Endorsement {
                id,
                account_id: by,
                target_id: target,
                created_at: now,
            };
            endorsements::insert_if_new(tx, &endorsement)?;
            Ok(())
        })
        .await
}

/// `Ok` also when the account was not shown.
pub async fn unendorse(app: &App, by: AccountId, target: AccountId) -> Result<()> {
    app.store
        .write(move |tx| {
            accounts::by_id(tx, target)?.ok_or(Error::NotFound)?;
            endorsements::delete(tx, by, target)?;
            Ok(())
        })
        .await
}

/// Whom an account shows, the newest first.
pub async fn page(app: &App, account: AccountId, page: Page) -> Result<Listed> {
    app.store
        .read(move |db| {
            let rows = endorsements::page(db, account, &page)?;
            crate::accounts::listed(db, rows)
        })
        .await
}
