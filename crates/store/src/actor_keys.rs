//! Keys of peers' actors beside the first: several in `publicKey`, and Multikeys in `assertionMethod`. The first stands with its
//! account.

use diesel::prelude::*;
use kontor_domain::ids::AccountId;

use crate::among::IsAmong;
use crate::{Conn, Result, Tx, schema::actor_keys};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = actor_keys)]
pub struct ActorKey {
    pub key_id: String,
    pub account_id: AccountId,
    /// PEM, or a Multikey.
    pub public_key: String,
}

pub fn by_id(db: &mut Conn, key_id: &str) -> Result<Option<ActorKey>> {
    each!(db, |c| Ok(actor_keys::table
        .find(key_id)
        .select(ActorKey::as_select())
        .first(c)
        .optional()?))
}

pub fn of(db: &mut Conn, account: AccountId) -> Result<Vec<ActorKey>> {
    each!(db, |c| Ok(actor_keys::table
        .filter(actor_keys::account_id.eq(account))
        .order(actor_keys::key_id.asc())
        .select(ActorKey::as_select())
        .load(c)?))
}

/// All of an account's, in place of those before. An id that was another's goes over: it is on the same server.
pub fn replace(tx: &mut Tx<'_>, account: AccountId, keys: &[(String, String)]) -> Result<()> {
    let wanted: Vec<ActorKey> = keys
        .iter()
        .map(|(key_id, public_key)| ActorKey {
            key_id: key_id.clone(),
            account_id: account,
            public_key: public_key.clone(),
        })
        .collect();
    let mut names = std::collections::BTreeSet::new();
    let wanted: Vec<ActorKey> = wanted
        .into_iter()
        .filter(|key| names.insert(key.key_id.clone()))
        .collect();
    let known = of(tx, account)?;
    let mut sorted = wanted.clone();
    sorted.sort_by(|one, other| one.key_id.cmp(&other.key_id));
    if known == sorted {
        return Ok(());
    }
    let ids: Vec<&str> = wanted.iter().map(|key| key.key_id.as_str()).collect();
    each!(tx, |c| {
        diesel::delete(
            actor_keys::table.filter(
                actor_keys::account_id
                    .eq(account)
                    .or(actor_keys::key_id.among(&ids)),
            ),
        )
        .execute(c)?;
        diesel::insert_into(actor_keys::table)
            .values(&wanted)
            .execute(c)?;
        Ok(())
    })
}
