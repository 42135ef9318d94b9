//! Links that let somebody make an account.

use kontor_domain::{
    ids::{AccountId, InviteId},
    user::Role,
};
pub use kontor_store::invites::Invite;
use kontor_store::{invites, users};

use crate::{App, Error, Result, secrets};

/// Makes the one-time link of the first administrator; one that was made before is good no longer. `None`: there is an
/// administrator already.
pub async fn setup_link(app: &App) -> Result<Option<String>> {
    let (code, invite) = new(
        app,
        None,
        Role::Admin,
        1,
        app.settings.limits.setup_link_age,
    )?;
    let now = app.now();
    let made = app
        .store
        .write(move |tx| {
            if users::any_admin(tx)? {
                return Ok::<_, Error>(false);
            }
            invites::expire_unsigned(tx, Role::Admin, now)?;
            invites::insert(tx, &invite)?;
            Ok(true)
        })
        .await?;
    Ok(made.then(|| app.site.url(&format!("/setup/{code}"))))
}

/// An invitation by a person. Returns its link, which is shown once: only a hash of it is kept.
pub async fn invite(app: &App, by: AccountId, max_uses: i64) -> Result<String> {
    if !(1..=100).contains(&max_uses) {
        return Err(Error::invalid("max_uses", "must be 1 to 100"));
    }
    let (code, invite) = new(
        app,
        Some(by),
        Role::User,
        max_uses,
        app.settings.limits.invite_age,
    )?;
    app.store
        .write(move |tx| Ok::<_, Error>(invites::insert(tx, &invite)?))
        .await?;
    Ok(app.site.url(&format!("/invite/{code}")))
}

fn new(
    app: &App,
    by: Option<AccountId>,
    role: Role,
    max_uses: i64,
    age: std::time::Duration,
) -> Result<(String, Invite)> {
    let code = app.entropy.token()?;
    let now = app.now();
    let invite = Invite {
        id: InviteId(app.id()),
        code_hash: secrets::hash(&code),
        created_by: by,
        role,
        max_uses,
        uses: 0,
        expires_at: now + chrono::Duration::from_std(age).unwrap_or(chrono::Duration::days(7)),
        created_at: now,
    };
    Ok((code, invite))
}

/// The invitation behind a code, while it can be used. `Gone`: it was good once.
pub async fn open(app: &App, code: &str) -> Result<Invite> {
    let (hash, now) = (secrets::hash(code), app.now());
    app.store
        .read(move |db| {
            let invite = invites::by_hash(db, &hash)?.ok_or(Error::NotFound)?;
            let too_late = invite.role == Role::Admin && users::any_admin(db)?;
            if invite.is_open(now) && !too_late {
                Ok(invite)
            } else {
                Err(Error::Gone)
            }
        })
        .await
}

pub async fn by_creator(app: &App, by: AccountId) -> Result<Vec<Invite>> {
    app.store
        .read(move |db| Ok(invites::by_creator(db, by, 50)?))
        .await
}

pub async fn revoke(app: &App, by: AccountId, id: InviteId) -> Result<()> {
    let now = app.now();
    let gone = app
        .store
        .write(move |tx| Ok::<_, Error>(invites::revoke(tx, id, by, now)?))
        .await?;
    if gone { Ok(()) } else { Err(Error::NotFound) }
}
