//! Links that were sent by mail: to confirm an address, to choose a new password. Only a hash of each is kept.

use diesel::prelude::*;
use kontor_domain::{
    ids::{AccountId, MailLinkId},
    time::Time,
    user::MailPurpose,
};

use crate::{Conn, Result, Tx, schema::mail_links};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = mail_links)]
pub struct MailLink {
    pub id: MailLinkId,
    pub token_hash: String,
    pub account_id: AccountId,
    pub purpose: MailPurpose,
    /// Where it was sent.
    pub email: String,
    pub expires_at: Time,
}

pub fn insert(tx: &mut Tx<'_>, link: &MailLink) -> Result<()> {
    each!(tx, |c| diesel::insert_into(mail_links::table)
        .values(link)
        .execute(c))?;
    Ok(())
}

/// One that is good still.
pub fn live(
    db: &mut Conn,
    hash: &str,
    purpose: MailPurpose,
    now: Time,
) -> Result<Option<MailLink>> {
    each!(db, |c| Ok(mail_links::table
        .filter(mail_links::token_hash.eq(hash))
        .filter(mail_links::purpose.eq(purpose))
        .filter(mail_links::expires_at.gt(now))
        .select(MailLink::as_select())
        .first(c)
        .optional()?))
}

/// With one that was used go all that somebody was sent for the same. Returns how many.
pub fn delete_of(tx: &mut Tx<'_>, account: AccountId, purpose: MailPurpose) -> Result<usize> {
    let rows = each!(tx, |c| diesel::delete(mail_links::table)
        .filter(mail_links::account_id.eq(account))
        .filter(mail_links::purpose.eq(purpose))
        .execute(c))?;
    Ok(rows)
}
