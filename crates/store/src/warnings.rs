//! What operators did with the accounts of people here, and what they said to them.

use diesel::prelude::*;
use kontor_domain::{
    ids::{AccountId, WarningId},
    notification::WarningAction,
    time::Time,
};

use crate::{Conn, Result, Tx, among::IsAmong, schema::account_warnings};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = account_warnings, treat_none_as_default_value = false)]
pub struct Warning {
    pub id: WarningId,
    /// Whose account.
    pub account_id: AccountId,
    /// `None`: who did it is gone.
    pub by_account_id: Option<AccountId>,
    pub action: WarningAction,
    pub text: String,
    /// A list of ids as JSON: the posts that it was about, which may be gone.
    pub post_ids: String,
    pub created_at: Time,
}

/// Rows that one statement writes.
const AT_ONCE: usize = 100;

pub fn insert(tx: &mut Tx<'_>, warnings: &[Warning]) -> Result<()> {
    for some in warnings.chunks(AT_ONCE) {
        each!(tx, |c| diesel::insert_into(account_warnings::table)
            .values(some)
            .execute(c))?;
    }
    Ok(())
}

pub fn by_ids(db: &mut Conn, ids: &[WarningId]) -> Result<Vec<Warning>> {
    each!(db, |c| Ok(account_warnings::table
        .filter(account_warnings::id.among(ids))
        .select(Warning::as_select())
        .load(c)?))
}
