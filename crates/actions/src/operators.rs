//! Who of the people here may do what only operators may.

use kontor_domain::{ids::AccountId, user::Role};
use kontor_store::{Conn, users};

use crate::{Error, Result};

/// Moderators and administrators look after people.
pub(crate) fn moderates(db: &mut Conn, by: AccountId) -> Result<()> {
    holds(db, by, &[Role::Moderator, Role::Admin])
}

/// Administrators alone look after the instance.
pub(crate) fn administers(db: &mut Conn, by: AccountId) -> Result<()> {
    holds(db, by, &[Role::Admin])
}

/// Does somebody look after people?
pub(crate) fn is_moderator(db: &mut Conn, id: AccountId) -> Result<bool> {
    is_one_of(db, id, &[Role::Moderator, Role::Admin])
}

fn is_one_of(db: &mut Conn, id: AccountId, roles: &[Role]) -> Result<bool> {
    Ok(users::by_id(db, id)?.is_some_and(|user| roles.contains(&user.role)))
}

fn holds(db: &mut Conn, by: AccountId, roles: &[Role]) -> Result<()> {
    if is_one_of(db, by, roles)? {
        Ok(())
    } else {
        Err(Error::Forbidden("This action is not allowed"))
    }
}
