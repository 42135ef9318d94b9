//! A new password for somebody who forgot theirs, by a link that is sent to their address.

use kontor_domain::{
    ids::AccountId,
    time::Time,
    user::{MailPurpose, UserState},
};
use kontor_store::{Conn, Tx, mail_links, oauth, sessions, users};

use crate::{
    App, Error, Result, accounts,
    mails::{self, Mail},
    secrets,
};

/// Tokens that are taken back in one step.
const STEP: i64 = 1000;

/// Sends a link to whoever has this address here. The same happens, and the same is answered, if nobody does. `address`: where the wish comes from.
pub async fn ask(app: &App, email: &str, address: &str) -> Result<()> {
    if app.settings.mail.is_none() {
        return Err(Error::NotFound);
    }
    let email = accounts::check_email(email)?;
    app.mail_from.take(address)?.keep();
    app.mail_to.take(&format!("reset {email}"))?.keep();
    let this = app.clone();
    app.store
        .write(move |tx| {
            mails::enqueue(
                &this,
                tx,
                &Mail::Reset {
                    email: email.clone(),
                },
            )
        })
        .await
}

fn find(db: &mut Conn, hash: &str, now: Time) -> Result<AccountId> {
    let link = mail_links::live(db, hash, MailPurpose::Reset, now)?.ok_or(Error::Gone)?;
    let user = users::by_id(db, link.account_id)?
        .filter(|user| user.state != UserState::Disabled && user.confirmed_at.is_some())
        .filter(|user| user.email.as_ref() == Some(&link.email))
        .ok_or(Error::Gone)?;
    Ok(user.account_id)
}

/// `Gone`: the link was used, is too old, or was never sent.
pub async fn look(app: &App, token: &str) -> Result<()> {
    let (hash, now) = (secrets::hash(token), app.now());
    app.store
        .read(move |db| find(db, &hash, now).map(drop))
        .await
}

/// From now on this is the password. Everybody who was signed in, and every application, has to sign in again. `Gone` as for [`look`].
pub async fn reset(app: &App, token: &str, password: String) -> Result<()> {
    look(app, token).await?;
    accounts::check_password(app, &password)?;
    let kept = app.passwords.hash(&app.entropy, password).await?;
    let (hash, now) = (secrets::hash(token), app.now());
    let this = app.clone();
    app.store
        .write(move |tx| {
            let id = find(tx, &hash, now)?;
            users::set_password(tx, id, &kept)?;
            mail_links::delete_of(tx, id, MailPurpose::Reset)?;
            shut(tx, id, now)?;
            mails::enqueue(&this, tx, &Mail::PasswordChanged { account: id })
        })
        .await
}

fn shut(tx: &mut Tx<'_>, id: AccountId, now: Time) -> Result<()> {
    sessions::end_all(tx, id)?;
    oauth::forget_grants(tx, id)?;
    loop {
        let tokens = oauth::tokens_of(tx, id, STEP)?;
        if tokens.is_empty() {
            return Ok(());
        }
        for token in tokens {
            oauth::revoke(tx, token.id, now)?;
        }
    }
}
