//! Follows that end because a person, or this server, keeps away from another: whose they were is told how many.

use std::collections::{BTreeMap, HashMap, HashSet};

use kontor_domain::{
    ids::{AccountId, SeveranceId},
    notification::SeveranceKind,
};
pub use kontor_store::severances::Severance;
use kontor_store::{Conn, Tx, severances, users};

use crate::{App, Result, effects};

/// A rule is brought upon the accounts of a server in steps: what ends within so long is one.
const ONE: chrono::Duration = chrono::Duration::days(1);

/// Follows of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Ended {
    pub(crate) followers: i64,
    pub(crate) following: i64,
}

/// What ended of whose, and of the accounts of which domain.
pub(crate) type All = BTreeMap<(AccountId, String), Ended>;

/// In the transaction in which they end. Of what is no person's, such as a community's, nobody is told.
pub(crate) fn record(app: &App, tx: &mut Tx<'_>, kind: SeveranceKind, all: All) -> Result<()> {
    let mut people: Vec<AccountId> = all.keys().map(|(person, _)| *person).collect();
    people.dedup();
    if people.is_empty() {
        return Ok(());
    }
    let now = app.now();
    let here: HashSet<AccountId> = users::by_ids(tx, &people)?
        .into_iter()
        .map(|user| user.account_id)
        .collect();
    let known = match kind {
        SeveranceKind::DomainBlock => severances::by_server_since(tx, &people, now - ONE)?,
        SeveranceKind::UserDomainBlock => Vec::new(),
    };
    let mut known_of: HashMap<(AccountId, String), SeveranceId> = HashMap::new();
    for row in known {
        let of = known_of.entry((row.account_id, row.target_name));
        of.or_insert(row.id);
    }
    let mut new = Vec::new();
    for (key, ended) in all {
        if !here.contains(&key.0) {
            continue;
        }
        if let Some(id) = known_of.get(&key) {
            severances::add(tx, *id, ended.followers, ended.following)?;
            continue;
        }
        let (account_id, target_name) = key;
        new.push(Severance {
            id: SeveranceId(app.id()),
            account_id,
            kind,
            target_name,
            followers_count: ended.followers,
            following_count: ended.following,
            created_at: now,
        });
    }
    severances::insert(tx, &new)?;
    effects::severed(app, tx, &new)
}

pub(crate) fn map(db: &mut Conn, ids: &[SeveranceId]) -> Result<HashMap<SeveranceId, Severance>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = severances::by_ids(db, ids)?.into_iter();
    Ok(rows.map(|row| (row.id, row)).collect())
}
