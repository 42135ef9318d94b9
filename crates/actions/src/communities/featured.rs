//! Which communities this server shows before others: its administrators say so. What moderators put first in a community is pinned.

use kontor_domain::{
    community::{LogAction, LogRole},
    ids::AccountId,
    user::Role,
};
use kontor_store::{
    communities::{self, Changes},
    users,
};

use super::{
    is_ours,
    log::{self, Who},
};
use crate::{App, Error, Result};

/// Doing it again changes nothing.
pub async fn feature(app: &App, by: AccountId, id: AccountId, featured: bool) -> Result<()> {
    let this = app.clone();
    app.store
        .write(move |tx| {
            let community = communities::by_id(tx, id)?
                .filter(is_ours)
                .ok_or(Error::NotFound)?;
            if users::by_id(tx, by)?.is_none_or(|user| user.role != Role::Admin) {
                return Err(Error::Forbidden(
                    "Only administrators of this server may do this",
                ));
            }
            if community.featured_at.is_some() == featured {
                return Ok(());
            }
            let changes = Changes {
                featured_at: Some(featured.then(|| this.now())),
                ..Changes::default()
            };
            communities::change(tx, id, &changes)?;
            let action = if featured {
                LogAction::Featured
            } else {
                LogAction::Unfeatured
            };
            let who = Who {
                role: Some(LogRole::Administrator),
                ..Who::now(tx, &community, by)?
            };
            log::write(&this, tx, who, action, |_| ())?;
            Ok(())
        })
        .await
}
