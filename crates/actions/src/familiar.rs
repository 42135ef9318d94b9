//! Followers of others whom one follows oneself.

use kontor_domain::ids::AccountId;
use kontor_store::familiar;

use crate::{
    App, Error, Result,
    accounts::{Account, map},
    communities,
};

/// Of each of these accounts that exists, in their order, its followers whom `by` follows, the newest first. Who belongs to a closed
/// community is told to nobody.
pub async fn followers(
    app: &App,
    by: AccountId,
    targets: Vec<AccountId>,
) -> Result<Vec<(AccountId, Vec<Account>)>> {
    let limits = &app.settings.limits;
    let (most, batch) = (limits.familiar_followers, limits.familiar_accounts);
    if targets.len() > batch {
        return Err(Error::invalid(
            "id",
            format!("names more than {batch} accounts"),
        ));
    }
    app.store
        .read(move |db| {
            let closed = communities::closed_among(db, &targets)?;
            let open: Vec<AccountId> = targets
                .iter()
                .copied()
                .filter(|target| !closed.contains(target))
                .collect();
            let pairs = familiar::followers(db, by, &open, most)?;
            let ids: Vec<AccountId> = pairs
                .iter()
                .map(|(_, follower)| *follower)
                .chain(targets.iter().copied())
                .collect();
            let found = map(db, &ids)?;
            let known = targets.iter().filter(|target| found.contains_key(target));
            Ok(known
                .map(|target| {
                    let theirs = pairs
                        .iter()
                        .filter(|(of, _)| of == target)
                        .filter_map(|(_, follower)| found.get(follower).cloned());
                    (*target, theirs.collect())
                })
                .collect())
        })
        .await
}
