//! What we send: the body of each activity, made once and signed anew for each attempt.

use diesel::prelude::*;
use kontor_domain::{
    ids::{AccountId, ActivityId, PostId},
    time::Time,
};

use crate::among::IsAmong;
use crate::{Conn, Result, Tx, schema::activities};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = activities, treat_none_as_default_value = false)]
pub struct Activity {
    pub id: ActivityId,
    pub uri: String,
    /// The local account that sends it, and whose key signs it.
    pub account_id: AccountId,
    pub body: String,
    /// What it is about: deliveries about one object keep their order.
    pub object_uri: String,
    pub post_id: Option<PostId>,
    pub created_at: Time,
}

pub fn insert(tx: &mut Tx<'_>, activity: &Activity) -> Result<()> {
    each!(tx, |c| diesel::insert_into(activities::table)
        .values(activity)
        .execute(c))?;
    Ok(())
}

/// `false`: one of this address is here. Who looks for an address and who writes the one beside it are in each other's way on PostgreSQL.
pub fn insert_if_new(tx: &mut Tx<'_>, activity: &Activity) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::insert_into(activities::table)
            .values(activity)
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    Ok(rows == 1)
}

pub fn by_id(db: &mut Conn, id: ActivityId) -> Result<Option<Activity>> {
    each!(db, |c| Ok(activities::table
        .find(id)
        .select(Activity::as_select())
        .first(c)
        .optional()?))
}

pub fn by_uri(db: &mut Conn, uri: &str) -> Result<Option<Activity>> {
    each!(db, |c| {
        Ok(activities::table
            .filter(activities::uri.eq(uri))
            .select(Activity::as_select())
            .first(c)
            .optional()?)
    })
}

/// What deliveries of an activity carry, and who signs them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cargo {
    pub id: ActivityId,
    pub account_id: AccountId,
    pub body: String,
}

/// In no order; those that are gone are left out.
pub fn cargo(db: &mut Conn, ids: &[ActivityId]) -> Result<Vec<Cargo>> {
    let rows: Vec<(ActivityId, AccountId, String)> = each!(db, |c| {
        activities::table
            .filter(activities::id.among(ids))
            .select((activities::id, activities::account_id, activities::body))
            .load(c)?
    });
    Ok(rows
        .into_iter()
        .map(|(id, account_id, body)| Cargo {
            id,
            account_id,
            body,
        })
        .collect())
}

pub fn delete(tx: &mut Tx<'_>, id: ActivityId) -> Result<()> {
    each!(tx, |c| diesel::delete(activities::table.find(id))
        .execute(c))?;
    Ok(())
}
