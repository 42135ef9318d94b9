//! Addresses on the network from which nobody registers, or signs in.

use diesel::prelude::*;
use kontor_domain::{ids::IpBlockId, page::Page, time::Time, user::IpSeverity};

use crate::{Conn, Result, Tx, schema::ip_blocks};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = ip_blocks, treat_none_as_null = true)]
pub struct IpBlock {
    pub id: IpBlockId,
    /// With its prefix.
    pub ip: String,
    pub severity: IpSeverity,
    pub comment: String,
    pub expires_at: Option<Time>,
    pub created_at: Time,
}

/// `false`: the address has one.
pub fn insert_if_new(tx: &mut Tx<'_>, block: &IpBlock) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::insert_into(ip_blocks::table)
            .values(block)
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    Ok(rows == 1)
}

pub fn set(tx: &mut Tx<'_>, block: &IpBlock) -> Result<()> {
    each!(tx, |c| diesel::update(ip_blocks::table.find(block.id))
        .set(block)
        .execute(c))?;
    Ok(())
}

pub fn by_id(db: &mut Conn, id: IpBlockId) -> Result<Option<IpBlock>> {
    each!(db, |c| Ok(ip_blocks::table
        .find(id)
        .select(IpBlock::as_select())
        .first(c)
        .optional()?))
}

/// `false`: it was not there.
pub fn delete(tx: &mut Tx<'_>, id: IpBlockId) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(ip_blocks::table.find(id)).execute(c))?;
    Ok(rows == 1)
}

/// Newest first.
pub fn page(db: &mut Conn, page: &Page) -> Result<Vec<IpBlock>> {
    each!(db, |c| {
        Ok(keyset!(
            ip_blocks::table.select(IpBlock::as_select()),
            ip_blocks::id,
            page,
            c
        ))
    })
}

/// Those that hold. There are as many as operators typed.
pub fn holding(db: &mut Conn, now: Time) -> Result<Vec<IpBlock>> {
    each!(db, |c| Ok(ip_blocks::table
        .filter(
            ip_blocks::expires_at
                .is_null()
                .or(ip_blocks::expires_at.gt(now).assume_not_null()),
        )
        .select(IpBlock::as_select())
        .load(c)?))
}
