//! What the deliveries of an activity share: its body, its digest and whom it is for, read and computed once for all of them.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use kontor_actions::Result;
use kontor_domain::ids::{AccountId, ActivityId};
use kontor_store::{Store, activities};
use moka::sync::Cache;
use serde::Deserialize;

use crate::{signature::digest, synchronisation};

#[derive(Debug)]
pub(super) struct Parcel {
    pub(super) sender: AccountId,
    /// In whose name it is said.
    pub(super) actor: String,
    pub(super) body: Bytes,
    pub(super) digest: String,
    pub(super) closed_to: Vec<String>,
}

/// What an activity says of itself.
#[derive(Deserialize)]
struct Words {
    actor: String,
}

/// Bodies that are kept in memory, in bytes.
const MOST: u64 = 16 * 1024 * 1024;

#[derive(Debug, Clone)]
pub(super) struct Parcels(Cache<ActivityId, Arc<Parcel>>);

impl Default for Parcels {
    fn default() -> Self {
        let weight = |_: &ActivityId, parcel: &Arc<Parcel>| {
            u32::try_from(parcel.body.len()).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().weigher(weight).max_capacity(MOST).build())
    }
}

impl Parcels {
    /// Those that are gone are left out.
    pub(super) async fn get(
        &self,
        store: &Store,
        ids: impl IntoIterator<Item = ActivityId>,
    ) -> Result<HashMap<ActivityId, Arc<Parcel>>> {
        let mut all = HashMap::new();
        let mut missing = Vec::new();
        for id in ids {
            match self.0.get(&id) {
                Some(parcel) => drop(all.insert(id, parcel)),
                None => missing.push(id),
            }
        }
        missing.sort_unstable();
        missing.dedup();
        if missing.is_empty() {
            return Ok(all);
        }
        let read: Result<_> = store
            .read(move |db| Ok(activities::cargo(db, &missing)?))
            .await;
        for cargo in read? {
            let words = serde_json::from_str::<Words>(&cargo.body);
            let parcel = Arc::new(Parcel {
                sender: cargo.account_id,
                actor: words.map_or_else(|_| String::new(), |words| words.actor),
                digest: digest::sha256(cargo.body.as_bytes()),
                closed_to: synchronisation::closed_to(&cargo.body),
                body: Bytes::from(cargo.body),
            });
            self.0.insert(cargo.id, parcel.clone());
            all.insert(cargo.id, parcel);
        }
        Ok(all)
    }
}
