//! Whom somebody may want to follow: those whom the operators name, and those whom the people that one follows follow.

use std::collections::HashMap;

use kontor_domain::ids::AccountId;
use kontor_store::{accounts, suggestions};

use crate::{
    App, Error, Result,
    accounts::{Account, map},
};

/// Why somebody is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// The operators name them.
    Featured,
    /// Followed by those whom one follows.
    FriendsOfFriends,
}

/// Those whom the operators name come first, in their order; then the others, by how many friends follow them. Nobody is shown
/// whom `by` is, follows, asked to follow, blocks, mutes or does not want to be shown.
pub async fn list(app: &App, by: AccountId, limit: i64) -> Result<Vec<(Account, Vec<Source>)>> {
    let now = app.now();
    let near = app.settings.limits.suggestion_follows;
    let handles: Vec<String> = app
        .settings
        .about
        .featured_accounts
        .iter()
        .map(|handle| crate::accounts::local_key(app, handle))
        .collect();
    app.store
        .read(move |db| {
            let rows = accounts::by_handles(db, &handles)?;
            let wanted: Vec<AccountId> = handles
                .iter()
                .filter_map(|handle| accounts::meant(&rows, handle))
                .map(|account| account.id)
                .collect();
            let named = suggestions::among(db, by, &wanted, now)?;
            let friends = suggestions::friends_of_friends(db, by, near, now, limit)?;
            let mut sources: HashMap<AccountId, Vec<Source>> = HashMap::new();
            for (ids, source) in [
                (&named, Source::Featured),
                (&friends, Source::FriendsOfFriends),
            ] {
                for id in ids {
                    sources.entry(*id).or_default().push(source);
                }
            }
            let ids: Vec<AccountId> = sources.keys().copied().collect();
            let mut found = map(db, &ids)?;
            let place = |account: &Account| wanted.iter().position(|id| *id == account.id);
            let mut first: Vec<Account> = named.iter().filter_map(|id| found.remove(id)).collect();
            first.sort_by_key(place);
            let others = friends.iter().filter_map(|id| found.remove(id));
            Ok(first
                .into_iter()
                .chain(others)
                .take(usize::try_from(limit).unwrap_or(0))
                .map(|account| {
                    let sources = sources.remove(&account.id).unwrap_or_default();
                    (account, sources)
                })
                .collect())
        })
        .await
}

/// Does not show somebody again. Doing it again changes nothing.
pub async fn dismiss(app: &App, by: AccountId, target: AccountId) -> Result<()> {
    app.store
        .write(move |tx| {
            accounts::by_id(tx, target)?.ok_or(Error::NotFound)?;
            Ok(suggestions::dismiss(tx, by, target)?)
        })
        .await
}
