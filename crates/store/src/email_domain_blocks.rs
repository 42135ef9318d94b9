//! Mail domains that nobody registers with.

use diesel::prelude::*;
use kontor_domain::{ids::EmailDomainBlockId, page::Page, time::Time};

use crate::{Conn, Result, Tx, among::IsAmong, schema::email_domain_blocks};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = email_domain_blocks)]
pub struct EmailDomainBlock {
    pub id: EmailDomainBlockId,
    pub domain: String,
    pub created_at: Time,
}

/// `false`: it was there before.
pub fn insert_if_new(tx: &mut Tx<'_>, block: &EmailDomainBlock) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::insert_into(email_domain_blocks::table)
            .values(block)
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    Ok(rows == 1)
}

pub fn by_id(db: &mut Conn, id: EmailDomainBlockId) -> Result<Option<EmailDomainBlock>> {
    each!(db, |c| Ok(email_domain_blocks::table
        .find(id)
        .select(EmailDomainBlock::as_select())
        .first(c)
        .optional()?))
}

/// `false`: it was not there.
pub fn delete(tx: &mut Tx<'_>, id: EmailDomainBlockId) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(email_domain_blocks::table.find(id))
        .execute(c))?;
    Ok(rows == 1)
}

/// Newest first.
pub fn page(db: &mut Conn, page: &Page) -> Result<Vec<EmailDomainBlock>> {
    each!(db, |c| {
        Ok(keyset!(
            email_domain_blocks::table.select(EmailDomainBlock::as_select()),
            email_domain_blocks::id,
            page,
            c
        ))
    })
}

/// Those of these that are there.
pub fn among(db: &mut Conn, values: &[String]) -> Result<Vec<EmailDomainBlock>> {
    each!(db, |c| Ok(email_domain_blocks::table
        .filter(email_domain_blocks::domain.among(values))
        .select(EmailDomainBlock::as_select())
        .load(c)?))
}
