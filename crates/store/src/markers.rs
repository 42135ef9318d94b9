//! How far a person has read a timeline.

use diesel::prelude::*;
use kontor_domain::{ids::AccountId, time::Time};

use crate::{Conn, Result, Tx, among::IsAmong, schema::markers};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = markers)]
pub struct Marker {
    pub account_id: AccountId,
    pub timeline: String,
    pub last_read_id: String,
    pub version: i64,
    pub updated_at: Time,
}

pub fn of(db: &mut Conn, account: AccountId, timelines: &[String]) -> Result<Vec<Marker>> {
    each!(db, |c| {
        Ok(markers::table
            .filter(markers::account_id.eq(account))
            .filter(markers::timeline.among(timelines))
            .select(Marker::as_select())
            .load(c)?)
    })
}

/// Sets a marker; its version grows by one.
pub fn set(tx: &mut Tx<'_>, marker: &Marker) -> Result<()> {
    each!(tx, |c| {
        diesel::insert_into(markers::table)
            .values(marker)
            .on_conflict((markers::account_id, markers::timeline))
            .do_update()
            .set((
                markers::last_read_id.eq(&marker.last_read_id),
                markers::version.eq(markers::version + 1),
                markers::updated_at.eq(marker.updated_at),
            ))
            .execute(c)
    })?;
    Ok(())
}
