//! Signing in by more than a password: codes of an application (TOTP, RFC 6238), and codes for when that is lost. The page that
//! asks for them is a door's; signing in is in `sessions`.

mod totp;

use kontor_domain::{
    ids::{AccountId, SessionId},
    time::Time,
};
use kontor_store::{
    Tx, accounts,
    second_factors::{self as kept, SecondFactor},
    sessions as kept_sessions, users,
};

use crate::{App, Error, Result, pushes, secrets, sessions};

/// Codes that are made at once for when the application is lost.
const RECOVERY: usize = 10;

/// A secret, as it is carried into an application.
#[derive(Clone, PartialEq, Eq)]
pub struct Offer {
    /// To type in: base32, in groups of four.
    pub secret: String,
    /// To scan: `otpauth://totp/…`.
    pub uri: String,
}

impl std::fmt::Debug for Offer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Offer")
    }
}

/// What somebody signs in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    PasswordAlone,
    WithCode { since: Time, recovery_left: i64 },
}

/// A password that somebody who is signed in gives once more.
#[derive(Clone)]
pub struct Again {
    pub password: String,
    /// Where it comes from: wrong ones are counted as at the sign-in.
    pub address: String,
}

impl std::fmt::Debug for Again {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Again")
    }
}

pub async fn standing(app: &App, by: AccountId) -> Result<Standing> {
    app.store
        .read(move |db| {
            let since = kept::of(db, by)?.and_then(|factor| factor.confirmed_at);
            Ok(match since {
                None => Standing::PasswordAlone,
                Some(since) => Standing::WithCode {
                    since,
                    recovery_left: kept::recovery_left(db, by)?,
                },
            })
        })
        .await
}

/// Makes a secret, told this once. It is asked for only after a first code of it came back ([`confirm`]), which has to be soon;
/// until then the next one takes its place.
pub async fn offer(app: &App, by: AccountId, again: Again) -> Result<Offer> {
    check(app, by, again).await?;
    let secret: [u8; totp::SECRET] = app.entropy.bytes()?;
    let factor = SecondFactor {
        account_id: by,
        sealed_secret: pushes::keys(app).await?.seal_factor(app, by, &secret)?,
        last_step: 0,
        created_at: app.now(),
        confirmed_at: None,
    };
    let username = app
        .store
        .write(move |tx| {
            if !kept::offer(tx, &factor)? {
                return Err(Error::Conflict(
                    "There is a second factor already".to_owned(),
                ));
            }
            let account = accounts::by_id(tx, by)?.ok_or(Error::NotFound)?;
            Ok(account.username)
        })
        .await?;
    Ok(written(app, &username, &secret))
}

async fn open(app: &App, factor: &SecondFactor) -> Result<Vec<u8>> {
    pushes::keys(app)
        .await?
        .open_factor(factor.account_id, &factor.sealed_secret)
        .ok_or_else(|| Error::Broken("the secret of a second factor cannot be opened".to_owned()))
}

fn written(app: &App, username: &str, secret: &[u8]) -> Offer {
    let text = totp::base32(secret);
    let place = app.site.domain();
    let encoded =
        |text: &str| -> String { url::form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    let label = format!("{}:{}", encoded(place), encoded(username));
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("secret", &text)
        .append_pair("issuer", place)
        .finish();
    let mut spaced = String::new();
    for (at, letter) in text.chars().enumerate() {
        if at > 0 && at.is_multiple_of(4) {
            spaced.push(' ');
        }
        spaced.push(letter);
    }
    Offer {
        secret: spaced,
        uri: format!("otpauth://totp/{label}?{query}"),
    }
}

/// From now on a code is asked for. Returns the codes for when the application is lost: they are kept as hashes, and this is the
/// only time that they are told. Whoever is signed in elsewhere, without a code as it was, signs in anew; applications keep their tokens.
pub async fn confirm(
    app: &App,
    by: AccountId,
    session: SessionId,
    code: &str,
) -> Result<Vec<String>> {
    let now = app.now();
    let oldest = now - app.settings.limits.second_step_age;
    let factor = app
        .store
        .read(move |db| Ok::<_, Error>(kept::of(db, by)?))
        .await?
        .filter(|factor| factor.confirmed_at.is_none() && factor.created_at > oldest)
        .ok_or(Error::NotFound)?;
    let secret = open(app, &factor).await?;
    let Some(step) = totp::step(&secret, &plain(code), now.and_utc().timestamp()) else {
        return Err(Error::invalid(
            "code",
            "does not fit; is the clock of your device right?",
        ));
    };
    let (codes, hashes) = recovery(app)?;
    app.store
        .write(move |tx| {
            let still =
                kept::of(tx, by)?.is_some_and(|now| now.sealed_secret == factor.sealed_secret);
            if !still || !kept::confirm(tx, by, now)? {
                return Err(Error::NotFound);
            }
            kept::take_step(tx, by, step)?;
            kept_sessions::end_others(tx, by, session)?;
            Ok(kept::set_recovery(tx, by, &hashes)?)
        })
        .await?;
    Ok(codes)
}

/// New codes for when the application is lost; those before are good no longer.
pub async fn renew_recovery(app: &App, by: AccountId, again: Again) -> Result<Vec<String>> {
    check(app, by, again).await?;
    let (codes, hashes) = recovery(app)?;
    app.store
        .write(move |tx| {
            let on = kept::of(tx, by)?.is_some_and(|factor| factor.confirmed_at.is_some());
            if !on {
                return Err(Error::NotFound);
            }
            Ok(kept::set_recovery(tx, by, &hashes)?)
        })
        .await?;
    Ok(codes)
}

/// The password alone is enough again.
pub async fn turn_off(app: &App, by: AccountId, again: Again) -> Result<()> {
    check(app, by, again).await?;
    take_away(app, by).await.map(drop)
}

/// The same for somebody who lost the application and the codes, by the operators. `false`: there was nothing to take.
pub async fn take_away(app: &App, from: AccountId) -> Result<bool> {
    app.store
        .write(move |tx| Ok::<_, Error>(kept::remove(tx, from)?))
        .await
}

async fn check(app: &App, by: AccountId, again: Again) -> Result<()> {
    let user = app
        .store
        .read(move |db| Ok::<_, Error>(users::by_id(db, by)?))
        .await?
        .ok_or(Error::NotFound)?;
    let who = sessions::who(by);
    if sessions::fits(app, Some(&user), &who, again.password, &again.address).await? {
        Ok(())
    } else {
        Err(Error::invalid("password", "is wrong"))
    }
}

/// As people type it: with blanks or dashes between the parts, in letters of any size.
fn plain(code: &str) -> String {
    code.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .take(64)
        .collect()
}

/// Codes of 80 random bits, and what is kept of them.
fn recovery(app: &App) -> Result<(Vec<String>, Vec<String>)> {
    let mut codes = Vec::with_capacity(RECOVERY);
    let mut hashes = Vec::with_capacity(RECOVERY);
    for _ in 0..RECOVERY {
        let text = totp::base32(&app.entropy.bytes::<10>()?).to_ascii_lowercase();
        hashes.push(secrets::hash(&text));
        let parts: Vec<&str> = (0..text.len())
            .step_by(4)
            .filter_map(|at| text.get(at..at + 4))
            .collect();
        codes.push(parts.join("-"));
    }
    Ok((codes, hashes))
}

/// What a code shows, before it is taken in a transaction.
pub(crate) enum Shown {
    Step(i64),
    /// Perhaps one of those for when the application is lost: its hash.
    Recovery(String),
}

/// Reads a code. `None`: it cannot be right.
pub(crate) async fn read(app: &App, factor: &SecondFactor, code: &str) -> Result<Option<Shown>> {
    let code = plain(code);
    if code.len() != 6 {
        return Ok((!code.is_empty()).then(|| Shown::Recovery(secrets::hash(&code))));
    }
    let secret = open(app, factor).await?;
    let now = app.now().and_utc().timestamp();
    Ok(totp::step(&secret, &code, now).map(Shown::Step))
}

/// Takes it, once. `false`: it was taken before.
pub(crate) fn take(tx: &mut Tx<'_>, by: AccountId, shown: &Shown) -> Result<bool> {
    Ok(match shown {
        Shown::Step(step) => kept::take_step(tx, by, *step)?,
        Shown::Recovery(hash) => kept::take_recovery(tx, by, hash)?,
    })
}
