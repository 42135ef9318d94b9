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

fn holds(db: &mut Conn, by: AccountId, roles: &[Role]) -> Result<()> {
    let user = users::by_id(db, by)?.filter(|user| roles.contains(&user.role));
    user.map(drop)
        .ok_or(Error::Forbidden("This action is not allowed"))
}
