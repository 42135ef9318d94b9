//! Whether a mail address is somebody's own: a link that was sent to it says so. Registering is in `registrations`.

use kontor_domain::{
    ids::AccountId,
    time::Time,
    user::{MailPurpose, UserState},
};
use kontor_store::{Conn, Tx, mail_links, users};

use crate::{
    App, Error, Result,
    accounts::{self, Account, User},
    effects,
    mails::{self, Mail},
    secrets, sign_up_blocks,
};

/// Accounts that go in one step of tidying up.
const STEP: i64 = 100;

/// What those are told who have not confirmed their address.
pub const UNCONFIRMED: &str =
    "Your mail address is not confirmed yet: open the link in the mail that was sent to it";

fn find(db: &mut Conn, hash: &str, now: Time) -> Result<(Account, User)> {
    let link = mail_links::live(db, hash, MailPurpose::Confirm, now)?.ok_or(Error::Gone)?;
    let user = users::by_id(db, link.account_id)?
        .filter(|user| user.confirmed_at.is_none())
        // They may have given another address since.
        .filter(|user| user.email.as_ref() == Some(&link.email))
        .ok_or(Error::Gone)?;
    let account = kontor_store::accounts::by_id(db, user.account_id)?.ok_or(Error::Gone)?;
    Ok((account, user))
}

/// Whose address a link confirms. `Gone`: it was used, is too old, or was never sent.
pub async fn look(app: &App, token: &str) -> Result<Account> {
    let (hash, now) = (secrets::hash(token), app.now());
    app.store.read(move |db| Ok(find(db, &hash, now)?.0)).await
}

/// The link was followed. `Gone` as for [`look`].
pub async fn confirm(app: &App, token: &str) -> Result<(Account, User)> {
    let (hash, now, this) = (secrets::hash(token), app.now(), app.clone());
    app.store
        .write(move |tx| {
            let (account, user) = find(tx, &hash, now)?;
            settle(&this, tx, &user, now)?;
            Ok((account, user))
        })
        .await
}

fn settle(app: &App, tx: &mut Tx<'_>, user: &User, now: Time) -> Result<bool> {
    mail_links::delete_of(tx, user.account_id, MailPurpose::Confirm)?;
    let confirmed = users::confirm(tx, user.account_id, now)?;
    if confirmed && user.state == UserState::Active {
        effects::signed_up(app, tx, user.account_id)?;
    }
    Ok(confirmed)
}

/// The operators say so. `false`: it was so already.
pub async fn confirm_by_operator(app: &App, id: AccountId) -> Result<bool> {
    let (now, this) = (app.now(), app.clone());
    app.store
        .write(move |tx| {
            let user = users::by_id(tx, id)?.ok_or(Error::NotFound)?;
            settle(&this, tx, &user, now)
        })
        .await
}

/// Sends the mail again, to another address if one is given. The links before are good no longer if the address is another.
pub async fn send_again(app: &App, by: AccountId, email: Option<String>) -> Result<()> {
    if app.settings.mail.is_none() {
        return Err(Error::Forbidden("This server sends no mail"));
    }
    app.store
        .read(move |db| unconfirmed(db, by).map(drop))
        .await?;
    let email = match email.filter(|email| !email.trim().is_empty()) {
        Some(email) => Some(check(app, &email).await?),
        None => None,
    };
    app.mail_to.take(&format!("account {by}"))?.keep();
    if let Some(email) = &email {
        app.mail_to.take(&format!("address {email}"))?.keep();
    }
    let this = app.clone();
    app.store
        .write(move |tx| {
            let user = unconfirmed(tx, by)?;
            if let Some(email) = email
                .as_deref()
                .filter(|email| Some(*email) != user.email.as_deref())
            {
                users::set_unconfirmed_email(tx, by, email).map_err(|why| {
                    if why.is_unique_violation() {
                        Error::invalid("email", "has already been taken")
                    } else {
                        why.into()
                    }
                })?;
                mail_links::delete_of(tx, by, MailPurpose::Confirm)?;
            }
            mails::enqueue(&this, tx, &Mail::Confirm { account: by })
        })
        .await
}

fn unconfirmed(db: &mut Conn, by: AccountId) -> Result<User> {
    let user = users::by_id(db, by)?.ok_or(Error::NotFound)?;
    if user.confirmed_at.is_some() {
        return Err(Error::Forbidden(
            "This is for those alone who have not confirmed their mail address",
        ));
    }
    Ok(user)
}

/// One that mail can be sent to, and that is not blocked; in lower case.
pub(crate) async fn check(app: &App, email: &str) -> Result<String> {
    let email = accounts::check_email(email)?;
    if !kontor_net::mail::is_address(&email) {
        return Err(Error::invalid("email", "is not a mail address"));
    }
    if sign_up_blocks::refuses_email(app, &email).await? {
        return Err(Error::invalid("email", "is blocked here"));
    }
    Ok(email)
}

/// Removes the accounts of those who never confirmed their address, so that names and addresses are free again. Returns how many.
pub async fn tidy(app: &App) -> Result<usize> {
    let age = app
        .settings
        .mail
        .clone()
        .unwrap_or_default()
        .unconfirmed_age;
    let before = app.now() - chrono::Duration::from_std(age).unwrap_or(chrono::Duration::days(7));
    let mut gone = 0;
    loop {
        let taken = app
            .store
            .write(move |tx| {
                let old = users::unconfirmed_since(tx, before, STEP)?;
                for id in &old {
                    kontor_store::accounts::delete(tx, *id)?;
                }
                Ok::<_, Error>(old.len())
            })
            .await?;
        gone += taken;
        if i64::try_from(taken).is_ok_and(|taken| taken < STEP) {
            return Ok(gone);
        }
    }
}
