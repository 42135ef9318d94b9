//! What accounts elsewhere take back before it has come: their word, which holds for what they say themselves and for nobody else.

use kontor_domain::{ids::AccountId, time::Time};
use kontor_store::{Tx, tombstones};

use crate::{Error, Result};

/// Nothing with this id on the wire is taken from `by` any more.
pub(crate) fn remember(tx: &mut Tx<'_>, uri: &str, by: AccountId, now: Time) -> Result<()> {
    Ok(tombstones::insert_said(tx, uri, by, now)?)
}

/// Was what `by` says under this id taken back already, by `by` or by those who may?
pub(crate) fn check(tx: &mut Tx<'_>, uri: Option<&str>, by: AccountId) -> Result<()> {
    match uri {
        Some(uri) if tombstones::deleted_at_for(tx, uri, by)?.is_some() => Err(Error::Gone),
        _ => Ok(()),
    }
}
