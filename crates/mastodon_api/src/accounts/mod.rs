//! Accounts: one's own and others'. Following is in `follows`.

pub(crate) mod credentials;
mod lookup;
mod register;
mod search;
mod statuses;

use kontor_actions::{
    App,
    accounts::{self, Account as Row},
};

use crate::{Result, entities::Account};

pub(crate) use credentials::{own, update_credentials, verify_credentials};
pub(crate) use lookup::{by_ids, lookup, show};
pub(crate) use register::register;
pub(crate) use search::search;
pub(crate) use statuses::statuses;

/// Accounts with where those went that live on elsewhere.
pub(crate) async fn shown(app: &App, rows: &[Row]) -> Result<Vec<Account>> {
    let moved = accounts::moved(app, rows).await?;
    let shown = rows
        .iter()
        .map(|row| Account::new(&app.site, row).moved_to(&app.site, moved.get(&row.id)));
    Ok(shown.collect())
}

/// The same of one.
pub(crate) async fn shown_one(app: &App, row: &Row) -> Result<Account> {
    let moved = accounts::moved(app, std::slice::from_ref(row)).await?;
    Ok(Account::new(&app.site, row).moved_to(&app.site, moved.get(&row.id)))
}
