//! Signing in to the pages, and out.

use kontor_domain::{
    ids::{AccountId, SessionId},
    text::Handle,
    user::{IpSeverity, UserState},
};
use kontor_store::{accounts, sessions, users};

use crate::{
    App, Error, Result,
    accounts::{Account, User},
    secrets, sign_up_blocks,
};

/// Who is signed in, and the token that says so.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub account: Account,
    pub user: User,
    pub session: SessionId,
}

/// A try to sign in.
#[derive(Clone)]
pub struct SignIn {
    /// Name or mail address.
    pub login: String,
    pub password: String,
    /// Where the try comes from: wrong tries are counted by login and address.
    pub address: String,
    pub user_agent: String,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignIn")
    }
}

const WRONG: &str = "The name, mail address or password is wrong";

/// Checks name and password. Returns the token for the cookie.
pub async fn sign_in(app: &App, attempt: SignIn) -> Result<String> {
    if sign_up_blocks::severity_at(app, &attempt.address).await? == Some(IpSeverity::NoAccess) {
        return Err(Error::Forbidden("Nobody signs in from this address"));
    }
    let login = attempt.login.trim().to_lowercase();
    let name = Handle::parse(&login)
        .ok()
        .filter(|handle| crate::accounts::is_ours(app, handle))
        .map(|handle| handle.username);
    let found = find(app, login.clone(), name.clone()).await?;
    // Whatever a person is called by, tries count together.
    let who = match &found {
        Some(user) => format!("id {}", user.account_id),
        None => format!("name {}", name.unwrap_or(login)),
    };
    let key = format!("{who}\n{}", attempt.address);
    let all = app
        .sign_ins
        .take_shared(&format!("\n{}", attempt.address))?;
    let one = match app.sign_ins.take(&key) {
        Ok(one) => one,
        Err(why) => {
            all.give_back();
            return Err(why);
        }
    };
    let kept = found.as_ref().and_then(|user| user.password_hash.clone());
    let fits = if attempt.password.len() > app.settings.limits.password_bytes_max {
        false
    } else {
        match app.passwords.fits(attempt.password, kept).await {
            Ok(fits) => fits,
            // Nobody learned anything from it.
            Err(why) => {
                one.give_back();
                all.give_back();
                return Err(why);
            }
        }
    };
    let Some(user) = found.filter(|_| fits) else {
        one.keep();
        all.keep();
        return Err(Error::Unauthorized(WRONG));
    };
    one.give_back();
    all.give_back();
    usable(&user)?;
    app.sign_ins.forget(&key);
    start(app, user.account_id, attempt.user_agent).await
}

async fn find(app: &App, login: String, name: Option<String>) -> Result<Option<User>> {
    app.store
        .read(move |db| {
            let by_mail = users::by_email(db, &login)?;
            if by_mail.is_some() {
                return Ok::<_, Error>(by_mail);
            }
            let Some(name) = name else { return Ok(None) };
            let Some(account) = accounts::by_handle(db, &name)? else {
                return Ok(None);
            };
            Ok(users::by_id(db, account.id)?)
        })
        .await
}

fn usable(user: &User) -> Result<()> {
    match user.state {
        UserState::Active => Ok(()),
        UserState::Pending => Err(Error::Forbidden("Your login is currently pending approval")),
        UserState::Disabled => Err(Error::Forbidden("Your login is currently disabled")),
    }
}

/// Opens a session, after a sign-in or a registration. Returns the token for the cookie.
pub async fn start(app: &App, account: AccountId, user_agent: String) -> Result<String> {
    let token = app.entropy.token()?;
    let now = app.now();
    let age = chrono::Duration::from_std(app.settings.limits.session_age)
        .unwrap_or(chrono::Duration::days(60));
    let session = sessions::Session {
        id: SessionId(app.id()),
        token_hash: secrets::hash(&token),
        account_id: account,
        user_agent: user_agent.chars().take(200).collect(),
        created_at: now,
        last_seen_at: now,
        expires_at: now + age,
    };
    app.store
        .write(move |tx| Ok::<_, Error>(sessions::insert(tx, &session)?))
        .await?;
    Ok(token)
}

/// A session is marked as seen no more often than this.
const SEEN_EVERY: chrono::Duration = chrono::Duration::hours(1);

/// Whose cookie is it?
pub async fn resume(app: &App, token: &str) -> Result<Option<SignedIn>> {
    let (hash, now) = (secrets::hash(token), app.now());
    let found = app
        .store
        .read(move |db| {
            let Some(session) = sessions::live(db, &hash, now)? else {
                return Ok::<_, Error>(None);
            };
            let Some(user) = users::by_id(db, session.account_id)? else {
                return Ok(None);
            };
            let Some(account) = accounts::by_id(db, session.account_id)? else {
                return Ok(None);
            };
            Ok(Some((
                session,
                SignedIn {
                    account,
                    user,
                    session: SessionId(0),
                },
            )))
        })
        .await?;
    let Some((session, mut signed_in)) = found else {
        return Ok(None);
    };
    if usable(&signed_in.user).is_err() || signed_in.account.suspended_at.is_some() {
        return Ok(None);
    }
    signed_in.session = session.id;
    if session.last_seen_at + SEEN_EVERY < now {
        app.store
            .write(move |tx| Ok::<_, Error>(sessions::seen(tx, session.id, now)?))
            .await?;
    }
    crate::accounts::here(app, &signed_in.user).await?;
    Ok(Some(signed_in))
}

pub async fn sign_out(app: &App, token: &str) -> Result<()> {
    let hash = secrets::hash(token);
    app.store
        .write(move |tx| Ok(sessions::end(tx, &hash)?))
        .await
}
