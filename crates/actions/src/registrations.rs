//! Making an account by oneself, as the instance's setting allows.

use kontor_domain::{
    ids::AccountId,
    user::{IpSeverity, Registrations, Role, UserState},
};
use kontor_store::{
    Conn,
    users::{self, User},
};

use crate::{
    App, Error, Result,
    accounts::{self, Account, NewLocal},
    confirmations, effects, invites,
    mails::{self, Mail},
    sign_up_blocks,
};

#[derive(Clone)]
pub struct Registration {
    pub username: String,
    pub email: Option<String>,
    pub password: String,
    /// The code of an invitation or of the setup link.
    pub code: Option<String>,
    /// Why one wishes to join, where approval is needed.
    pub reason: Option<String>,
    /// Where it comes from: without an invitation, registrations are counted by address.
    pub address: String,
}

impl std::fmt::Debug for Registration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registration")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// What a registration came to.
#[derive(Debug, Clone)]
pub struct Registered {
    pub account: Account,
    /// `Pending`: somebody has to approve it first.
    pub state: UserState,
    pub role: Role,
    /// `false`: a mail was sent, and its link is to be followed before anything else.
    pub confirmed: bool,
}

pub async fn register(app: &App, registration: Registration) -> Result<Registered> {
    let invite = match &registration.code {
        Some(code) => Some(invites::open(app, code).await.map_err(|why| match why {
            Error::NotFound | Error::Gone => Error::invalid(
                "invite_code",
                "is not known, has been used up or has expired",
            ),
            other => other,
        })?),
        None => None,
    };
    let role = invite.as_ref().map_or(Role::User, |invite| invite.role);
    // The setup link and invitations work whatever the setting, but for `closed`, which keeps all but the first out.
    let state = match (app.settings.registrations, &invite) {
        (Registrations::Closed, Some(_)) if role == Role::Admin => UserState::Active,
        (Registrations::Closed, _) => return Err(Error::Forbidden("Registrations are closed")),
        (_, Some(_)) | (Registrations::Open, None) => UserState::Active,
        (Registrations::Invite, None) => {
            return Err(Error::Forbidden("Registrations need an invitation"));
        }
        (Registrations::Approval, None) => UserState::Pending,
    };
    let state = judged(app, &registration, role, state).await?;
    if state == UserState::Pending
        && registration
            .reason
            .as_ref()
            .is_none_or(|reason| reason.trim().is_empty())
    {
        return Err(Error::invalid("reason", "can't be blank"));
    }
    if registration
        .reason
        .as_ref()
        .is_some_and(|reason| reason.chars().count() > 2000)
    {
        return Err(Error::invalid(
            "reason",
            "is too long (maximum is 2000 characters)",
        ));
    }
    // Whoever sets the instance up may do so before mail works.
    let confirmed = role == Role::Admin || app.settings.mail.is_none();
    let email = registration.email.filter(|email| !email.trim().is_empty());
    let email = match (email, confirmed) {
        (email, true) => email,
        (None, false) => return Err(Error::invalid("email", "can't be blank")),
        (Some(email), false) => Some(confirmations::check(app, &email).await?),
    };
    if invite.is_none() {
        let key = format!("register\n{}", registration.address);
        app.sign_ins.take_shared(&key)?.keep();
    }
    let new = NewLocal {
        email,
        password: Some(registration.password),
        role,
        state,
        reason: registration.reason,
        invite: invite.map(|invite| invite.id),
        confirmed,
        ..NewLocal::person(&registration.username)
    };
    let account = accounts::create_local(app, new).await?;
    Ok(Registered {
        account,
        state,
        role,
        confirmed,
    })
}

/// What blocks of addresses make of a registration. Whoever sets the instance up is kept out by none.
async fn judged(
    app: &App,
    registration: &Registration,
    role: Role,
    state: UserState,
) -> Result<UserState> {
    if role == Role::Admin {
        return Ok(state);
    }
    let email = registration.email.as_deref().map(str::trim);
    if let Some(email) = email.filter(|email| !email.is_empty())
        && sign_up_blocks::refuses_email(app, email).await?
    {
        return Err(Error::invalid("email", "is blocked here"));
    }
    match sign_up_blocks::severity_at(app, &registration.address).await? {
        Some(IpSeverity::SignUpBlock | IpSeverity::NoAccess) => {
            Err(Error::Forbidden("Nobody registers from this address"))
        }
        Some(IpSeverity::SignUpRequiresApproval) => Ok(UserState::Pending),
        None => Ok(state),
    }
}

/// Moderators and administrators let people in.
fn lets_in(db: &mut Conn, by: AccountId) -> Result<()> {
    let user =
        users::by_id(db, by)?.filter(|user| matches!(user.role, Role::Moderator | Role::Admin));
    user.map(drop).ok_or(Error::Forbidden(
        "Only moderators and administrators decide who joins",
    ))
}

/// Those who wait for approval, oldest first.
pub async fn pending(app: &App, by: AccountId) -> Result<Vec<(Account, User)>> {
    app.store
        .read(move |db| {
            lets_in(db, by)?;
            let rows = users::pending(db, 100)?;
            let ids: Vec<AccountId> = rows.iter().map(|user| user.account_id).collect();
            let mut found = accounts::map(db, &ids)?;
            Ok(rows
                .into_iter()
                .filter_map(|user| Some((found.remove(&user.account_id)?, user)))
                .collect())
        })
        .await
}

/// Lets an applicant in. Doing it again changes nothing.
pub async fn approve(app: &App, by: AccountId, id: AccountId) -> Result<()> {
    let this = app.clone();
    app.store
        .write(move |tx| {
            lets_in(tx, by)?;
            let user = users::by_id(tx, id)?.ok_or(Error::NotFound)?;
            if user.state == UserState::Pending {
                users::set_state(tx, id, UserState::Active)?;
                if user.confirmed_at.is_some() {
                    effects::signed_up(&this, tx, id)?;
                }
                mails::enqueue(&this, tx, &Mail::Approved { account: id })?;
            }
            Ok(())
        })
        .await
}

/// Turns an applicant away: the account that waited goes.
pub async fn decline(app: &App, by: AccountId, id: AccountId) -> Result<()> {
    app.store
        .write(move |tx| {
            lets_in(tx, by)?;
            let user = users::by_id(tx, id)?
                .filter(|user| user.state == UserState::Pending)
                .ok_or(Error::NotFound)?;
            Ok(kontor_store::accounts::delete(tx, user.account_id)?)
        })
        .await
}
