//! Where accounts of other servers are reached. What came to ours is in `inbox`.

use diesel::prelude::*;
use kontor_domain::{peer::SuspendedBy, time::Time};

use crate::{Conn, Result, accounts::Account, schema::accounts};

/// Every inbox that is known elsewhere: shared ones, and personal ones of servers without.
pub fn known(db: &mut Conn) -> Result<Vec<String>> {
    each!(db, |c| {
        let spoken_with = || {
            accounts::table
                .filter(accounts::domain.is_not_null())
                .filter(
                    accounts::suspended_by.is_null().or(accounts::suspended_by
                        .ne(SuspendedBy::Policy)
                        .assume_not_null()),
                )
        };
        let shared: Vec<Option<String>> = spoken_with()
            .filter(accounts::shared_inbox_url.is_not_null())
            .select(accounts::shared_inbox_url)
            .distinct()
            .load(c)?;
        let personal: Vec<String> = spoken_with()
            .filter(accounts::shared_inbox_url.is_null())
            .select(accounts::inbox_url)
            .distinct()
            .load(c)?;
        Ok(shared.into_iter().flatten().chain(personal).collect())
    })
}

/// Accounts elsewhere with this inbox, their own or their server's, that were last read before a moment; those first that were
/// read longest ago.
pub fn accounts_of(db: &mut Conn, inbox: &str, before: Time, most: i64) -> Result<Vec<Account>> {
    macro_rules! stale {
        ($column:expr) => {
            accounts::table
                .filter($column.eq(inbox))
                .filter(accounts::domain.is_not_null())
                .filter(accounts::fetched_at.le(before))
                .order(accounts::fetched_at.asc())
                .limit(most)
                .select(Account::as_select())
        };
    }
    each!(db, |c| {
        let mut found: Vec<Account> = stale!(accounts::inbox_url).load(c)?;
        let shared: Vec<Account> = stale!(accounts::shared_inbox_url).load(c)?;
        found.extend(shared);
        found.sort_by_key(|account| (account.fetched_at, account.id));
        found.dedup_by_key(|account| account.id);
        found.truncate(usize::try_from(most).unwrap_or(0));
        Ok(found)
    })
}
