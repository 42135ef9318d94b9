//! What peers sent: raw, each activity once, until it has been acted on.

use diesel::prelude::*;
use kontor_domain::{ids::InboxId, time::Time};

use crate::among::IsAmong;
use crate::{
    Conn, Result, Tx, jobs,
    prepared::{Bind, Prepared},
    schema::inbox,
};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = inbox, treat_none_as_default_value = false)]
pub struct Received {
    pub id: InboxId,
    pub activity_uri: String,
    pub actor_uri: String,
    pub host: String,
    /// Empty once it has been acted on.
    pub body: String,
    pub received_at: Time,
    pub done_at: Option<Time>,
    /// `done`, `ignored: why`, `refused: why` or `set aside: why`.
    pub outcome: Option<String>,
}

/// `false`: the activity came before.
pub fn insert_if_new(tx: &mut Tx<'_>, received: &Received) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::insert_into(inbox::table)
            .values(received)
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    Ok(rows == 1)
}

pub fn by_id(db: &mut Conn, id: InboxId) -> Result<Option<Received>> {
    each!(db, |c| Ok(inbox::table
        .find(id)
        .select(Received::as_select())
        .first(c)
        .optional()?))
}

pub fn by_ids(db: &mut Conn, ids: &[InboxId]) -> Result<Vec<Received>> {
    each!(db, |c| Ok(inbox::table
        .filter(inbox::id.among(ids))
        .select(Received::as_select())
        .load(c)?))
}

/// Jobs of a lane that are looked through for those of one host.
const IN_LANE: i64 = 1000;

/// What came from a host and waits in a lane of the queue in which it is acted on, in its order, so many at most. Each job names one.
pub fn waiting_in(
    db: &mut Conn,
    (queue, lane): (&str, &str),
    host: &str,
    most: i64,
) -> Result<Vec<Received>> {
    let named = jobs::payloads_in(db, queue, lane, IN_LANE)?;
    let ids: Vec<InboxId> = named.iter().filter_map(|name| name.parse().ok()).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    each!(db, |c| Ok(inbox::table
        .filter(inbox::id.among(&ids))
        .filter(inbox::host.eq(host))
        .order(inbox::id.asc())
        .limit(most)
        .select(Received::as_select())
        .load(c)?))
}

/// What became of an activity, for who asks after it.
pub fn by_uri(db: &mut Conn, activity_uri: &str) -> Result<Option<Received>> {
    each!(db, |c| {
        Ok(inbox::table
            .filter(inbox::activity_uri.eq(activity_uri))
            .select(Received::as_select())
            .first(c)
            .optional()?)
    })
}

/// Did the activity come before? Spares a signature check, and decides nothing: [`insert_if_new`] does.
pub fn known(db: &mut Conn, activity_uri: &str) -> Result<bool> {
    each!(db, |c| {
        Ok(diesel::select(diesel::dsl::exists(
            inbox::table.filter(inbox::activity_uri.eq(activity_uri)),
        ))
        .get_result(c)?)
    })
}

/// It has been acted on: the body goes, the address stays so that a repetition is known. `false`: that was so already.
pub fn finish(tx: &mut Tx<'_>, id: InboxId, outcome: &str, now: Time) -> Result<bool> {
    let binds = vec![
        Bind::Time(now),
        Bind::Word(outcome.to_owned()),
        Bind::Big(id.0),
    ];
    let text =
        "UPDATE inbox SET body = '', done_at = ?, outcome = ? WHERE id = ? AND done_at IS NULL";
    let rows = each!(tx, |c| Prepared::new(text, binds).execute(c))?;
    Ok(rows == 1)
}
