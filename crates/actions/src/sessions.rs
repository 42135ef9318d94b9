//! Signing in to the pages, and out.

use kontor_domain::{
    ids::{AccountId, HalfSignInId, SessionId},
    text::Handle,
    user::{IpSeverity, UserState},
};
use kontor_store::{Tx, accounts, second_factors, sessions, users};

use crate::{
    App, Error, Result,
    accounts::{Account, User},
    confirmations::UNCONFIRMED,
    error::unless_outage,
    second_factors as codes, secrets, sign_up_blocks,
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
const WRONG_CODE: &str = "The code is wrong, too old or used already";

/// How far a right password leads.
#[derive(Clone, PartialEq, Eq)]
pub enum Step {
    /// The token for the cookie.
    In(String),
    /// A code is asked for too; with this and the code it goes on ([`finish`]).
    Code(String),
}

impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::In(_) => "In",
            Self::Code(_) => "Code",
        })
    }
}

/// Checks name and password.
pub async fn sign_in(app: &App, attempt: SignIn) -> Result<Step> {
    let SignIn {
        login,
        password,
        address,
        user_agent,
    } = attempt;
    if sign_up_blocks::severity_at(app, &address).await? == Some(IpSeverity::NoAccess) {
        return Err(Error::Forbidden("Nobody signs in from this address"));
    }
    let login = login.trim().to_lowercase();
    let name = Handle::parse(&login)
        .ok()
        .filter(|handle| crate::accounts::is_ours(app, handle))
        .map(|handle| handle.username);
    let found = find(app, login.clone(), name.clone()).await?;
    // Whatever a person is called by, tries count together.
    let who = match &found {
        Some(user) => who(user.account_id),
        None => format!("name {}", name.unwrap_or(login)),
    };
    let fits = fits(app, found.as_ref(), &who, password, &address).await?;
    let Some(user) = found.filter(|_| fits) else {
        return Err(Error::Unauthorized(WRONG));
    };
    usable(&user)?;
    app.sign_ins.forget(&key(&who, &address));
    let id = user.account_id;
    let asks = app
        .store
        .read(move |db| Ok::<_, Error>(second_factors::of(db, id)?))
        .await?
        .is_some_and(|factor| factor.confirmed_at.is_some());
    if asks {
        return Ok(Step::Code(half_way(app, user).await?));
    }
    let (token, session) = opened(app, id, &user_agent)?;
    app.store
        .write(move |tx| {
            check_stands(tx, &user)?;
            Ok::<_, Error>(sessions::insert(tx, &session)?)
        })
        .await?;
    Ok(Step::In(token))
}

/// The password that was looked at may have been replaced meanwhile, and everybody who had it been signed out.
fn check_stands(tx: &mut Tx<'_>, checked: &User) -> Result<()> {
    let now = users::by_id(tx, checked.account_id)?;
    if now.is_some_and(|user| user.password_hash == checked.password_hash) {
        Ok(())
    } else {
        Err(Error::Unauthorized(WRONG))
    }
}

/// What the tries of somebody are counted under.
pub(crate) fn who(id: AccountId) -> String {
    format!("id {id}")
}

fn key(who: &str, address: &str) -> String {
    format!("{who}\n{address}")
}

/// Is it the password of this person? Wrong ones are counted by `who` and address.
pub(crate) async fn fits(
    app: &App,
    user: Option<&User>,
    who: &str,
    password: String,
    address: &str,
) -> Result<bool> {
    let all = app.sign_ins.take_shared(&format!("\n{address}"))?;
    let one = match app.sign_ins.take(&key(who, address)) {
        Ok(one) => one,
        Err(why) => {
            all.give_back();
            return Err(why);
        }
    };
    let kept = user.and_then(|user| user.password_hash.clone());
    let fits = if password.len() > app.settings.limits.password_bytes_max {
        Ok(false)
    } else {
        app.passwords.fits(password, kept).await
    };
    if matches!(fits, Ok(false)) {
        one.keep();
        all.keep();
    } else {
        // It was right, or nobody learned anything from it.
        one.give_back();
        all.give_back();
    }
    fits
}

/// The password was right: what is handed back with the code.
async fn half_way(app: &App, user: User) -> Result<String> {
    let token = app.entropy.token()?;
    let age = chrono::Duration::from_std(app.settings.limits.second_step_age)
        .unwrap_or(chrono::Duration::minutes(10));
    let half = second_factors::HalfSignIn {
        id: HalfSignInId(app.id()),
        token_hash: secrets::hash(&token),
        account_id: user.account_id,
        expires_at: app.now() + age,
    };
    app.store
        .write(move |tx| {
            check_stands(tx, &user)?;
            Ok::<_, Error>(second_factors::insert_half(tx, &half)?)
        })
        .await?;
    Ok(token)
}

/// The second step.
#[derive(Clone)]
pub struct Second {
    /// What the first one ended with.
    pub half: String,
    /// Of the application, or one of those for when it is lost.
    pub code: String,
    pub user_agent: String,
}

impl std::fmt::Debug for Second {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Second")
    }
}

/// Checks the code. Returns the token for the cookie. Who came this far knows the password, so wrong codes are counted by the
/// account alone, wherever they come from: a million of them would be all there are.
pub async fn finish(app: &App, second: Second) -> Result<String> {
    let (hash, now) = (secrets::hash(&second.half), app.now());
    let found = app
        .store
        .read(move |db| {
            let Some(half) = second_factors::half(db, &hash, now)? else {
                return Ok::<_, Error>(None);
            };
            let Some(user) = users::by_id(db, half.account_id)? else {
                return Ok(None);
            };
            let factor = second_factors::of(db, user.account_id)?;
            Ok(Some((half, user, factor)))
        })
        .await?;
    let Some((half, user, factor)) = found else {
        return Err(Error::Gone);
    };
    usable(&user)?;
    let id = user.account_id;
    // Without a factor any more, by the operators' hand, the password is enough.
    let shown = match &factor {
        None => None,
        Some(factor) => {
            take_try(app, id).await?;
            match codes::read(app, factor, &second.code).await {
                Ok(Some(shown)) => Some(shown),
                Ok(None) => return Err(Error::Unauthorized(WRONG_CODE)),
                Err(why) => {
                    app.store
                        .write(move |tx| second_factors::give_back_try(tx, id))
                        .await?;
                    return Err(why);
                }
            }
        }
    };
    let (token, session) = opened(app, id, &second.user_agent)?;
    let fits = app
        .store
        .write(move |tx| {
            let fits = match &shown {
                Some(shown) => codes::take(tx, id, shown)?,
                None => second_factors::of(tx, id)?.is_none(),
            };
            if fits {
                second_factors::forget_tries(tx, id)?;
            }
            let fits = fits && second_factors::end_half(tx, half.id)?;
            if fits {
                sessions::insert(tx, &session)?;
            }
            Ok::<_, Error>(fits)
        })
        .await?;
    if fits {
        Ok(token)
    } else {
        Err(Error::Unauthorized(WRONG_CODE))
    }
}

/// Tries are counted where every process sees them.
async fn take_try(app: &App, id: AccountId) -> Result<()> {
    let (now, limits) = (app.now(), &app.settings.limits);
    let most = i32::try_from(limits.sign_in_attempts).unwrap_or(i32::MAX);
    let window =
        chrono::Duration::from_std(limits.sign_in_window).unwrap_or(chrono::Duration::minutes(15));
    let taken = app
        .store
        .write(move |tx| Ok::<_, Error>(second_factors::take_try(tx, id, most, now, now - window)?))
        .await?;
    if taken {
        return Ok(());
    }
    Err(Error::TooMany {
        retry_after: limits.sign_in_window,
    })
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
    if user.confirmed_at.is_none() {
        return Err(Error::Forbidden(UNCONFIRMED));
    }
    match user.state {
        UserState::Active => Ok(()),
        UserState::Pending => Err(Error::Forbidden("Your login is currently pending approval")),
        UserState::Disabled => Err(Error::Forbidden("Your login is currently disabled")),
    }
}

/// Opens a session, after a sign-in or a registration. Returns the token for the cookie.
pub async fn start(app: &App, account: AccountId, user_agent: String) -> Result<String> {
    let (token, session) = opened(app, account, &user_agent)?;
    app.store
        .write(move |tx| Ok::<_, Error>(sessions::insert(tx, &session)?))
        .await?;
    Ok(token)
}

fn opened(app: &App, account: AccountId, user_agent: &str) -> Result<(String, sessions::Session)> {
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
    Ok((token, session))
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
        let seen = app
            .store
            .write(move |tx| Ok::<_, Error>(sessions::seen(tx, session.id, now)?))
            .await;
        unless_outage(seen)?;
    }
    unless_outage(crate::accounts::here(app, &signed_in.user).await)?;
    Ok(Some(signed_in))
}

pub async fn sign_out(app: &App, token: &str) -> Result<()> {
    let hash = secrets::hash(token);
    app.store
        .write(move |tx| Ok(sessions::end(tx, &hash)?))
        .await
}
