//! Making a local account: its name, its keys, its user.

use aws_lc_rs::{
    encoding::{AsDer as _, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use kontor_domain::{
    account::AccountKind,
    audience::Audience,
    ids::{AccountId, InviteId},
    quote::QuotePolicy,
    text::handle::valid_local_username,
    time::Time,
    user::{Role, UserState},
};
use kontor_store::{
    Tx,
    accounts::{self, Account},
    invites, users,
};
use rsa::pkcs8::{Document, LineEnding, SecretDocument};

use crate::{
    App, Error, Result, effects,
    mails::{self, Mail},
};

/// Names that pages, mail or the protocol use.
const RESERVED: &[&str] = &[
    "about",
    "abuse",
    "actor",
    "admin",
    "administrator",
    "api",
    "auth",
    "host",
    "inbox",
    "instance",
    "kontor",
    "mailer",
    "moderator",
    "noreply",
    "oauth",
    "postmaster",
    "root",
    "security",
    "settings",
    "support",
    "system",
    "webmaster",
];

/// RFC and Mastodon practice: 2048 bits is what every peer verifies.
const KEY_SIZE: KeySize = KeySize::Rsa2048;

/// A local account to be made.
#[derive(Clone)]
pub struct NewLocal {
    pub username: String,
    pub email: Option<String>,
    pub password: Option<String>,
    pub role: Role,
    pub state: UserState,
    pub reason: Option<String>,
    /// The invitation that is used up by this.
    pub invite: Option<InviteId>,
    /// The command line may take a reserved name.
    pub by_operator: bool,
    /// Nobody is asked to say by a link that the address is theirs.
    pub confirmed: bool,
}

impl NewLocal {
    pub fn person(username: &str) -> Self {
        Self {
            username: username.to_owned(),
            email: None,
            password: None,
            role: Role::User,
            state: UserState::Active,
            reason: None,
            invite: None,
            by_operator: false,
            confirmed: true,
        }
    }
}

impl std::fmt::Debug for NewLocal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewLocal")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

pub async fn create_local(app: &App, new: NewLocal) -> Result<Account> {
    let username = check(app, &new)?;
    let email = new.email.as_deref().map(check_email).transpose()?;
    taken(app, username.clone(), email.clone()).await?;
    let hash = match new.password.clone() {
        Some(password) => Some(app.passwords.hash(&app.entropy, password).await?),
        None => None,
    };
    let keys = keys(app).await?;
    let now = app.now();
    let account = skeleton(
        app,
        AccountId(app.id()),
        &username,
        AccountKind::Person,
        &keys,
        now,
    );
    let user = users::User {
        account_id: account.id,
        email,
        password_hash: hash,
        role: new.role,
        state: new.state,
        reason: new.reason.clone(),
        invite_id: new.invite,
        default_audience: Audience::Public,
        default_sensitive: false,
        default_language: None,
        created_at: now,
        last_active_at: now,
        confirmed_at: new.confirmed.then_some(now),
        default_quote_policy: QuotePolicy::Public,
    };
    let this = app.clone();
    let made = account.clone();
    app.store
        .write(move |tx| {
            if let Some(invite) = new.invite
                && !take(tx, invite, new.role, now)?
            {
                return Err(Error::invalid(
                    "invite_code",
                    "has been used up or has expired",
                ));
            }
            if new.role == Role::Admin {
                // However this one came to be, no setup link makes another.
                invites::expire_unsigned(tx, Role::Admin, now)?;
            }
            insert(tx, &account, &keys)?;
            users::insert(tx, &user).map_err(|why| match why {
                why if why.is_unique_violation() => {
                    Error::Conflict("email has already been taken".to_owned())
                }
                why => Error::from(why),
            })?;
            let account = user.account_id;
            if user.confirmed_at.is_some() {
                return if user.state == UserState::Active {
                    effects::signed_up(&this, tx, account)
                } else {
                    Ok(())
                };
            }
            mails::enqueue(&this, tx, &Mail::Confirm { account })
        })
        .await?;
    Ok(made)
}

/// A link that makes an administrator is for the first one alone.
fn take(tx: &mut Tx<'_>, invite: InviteId, role: Role, now: Time) -> Result<bool> {
    if role == Role::Admin && users::any_admin(tx)? {
        return Ok(false);
    }
    Ok(invites::take(tx, invite, now)?)
}

pub(crate) fn insert(tx: &mut Tx<'_>, account: &Account, keys: &Keys) -> Result<()> {
    if !accounts::insert_if_new(tx, account)? {
        return Err(Error::Conflict(
            "username has already been taken".to_owned(),
        ));
    }
    Ok(accounts::insert_key(
        tx,
        account.id,
        &keys.private,
        account.created_at,
    )?)
}

fn check(app: &App, new: &NewLocal) -> Result<String> {
    let username = check_name(app, &new.username, new.by_operator)?;
    if let Some(password) = &new.password {
        check_password(app, password)?;
    }
    Ok(username)
}

/// People and communities share one namespace: a name means one actor, whoever asks.
pub(crate) fn check_name(app: &App, name: &str, by_operator: bool) -> Result<String> {
    let username = name.to_lowercase();
    if !valid_local_username(&username) {
        return Err(Error::invalid(
            "username",
            "must be 1 to 30 of the letters a to z, digits and underscores",
        ));
    }
    let host = app
        .site
        .domain()
        .split([':', '.'])
        .next()
        .unwrap_or_default();
    if !by_operator && (RESERVED.contains(&username.as_str()) || username == host) {
        return Err(Error::invalid("username", "is reserved"));
    }
    Ok(username)
}

pub(crate) fn check_password(app: &App, password: &str) -> Result<()> {
    let limits = &app.settings.limits;
    if password.chars().count() < limits.password_characters_min {
        let least = limits.password_characters_min;
        return Err(Error::invalid(
            "password",
            format!("is too short (minimum is {least} characters)"),
        ));
    }
    if password.len() > limits.password_bytes_max {
        return Err(Error::invalid(
            "password",
            format!(
                "is too long (maximum is {} bytes)",
                limits.password_bytes_max
            ),
        ));
    }
    Ok(())
}

/// One `@` with something on both sides and no spaces; whether it arrives is another matter.
pub(crate) fn check_email(email: &str) -> Result<String> {
    let email = email.trim().to_lowercase();
    let sound = email.len() <= 254
        && !email.contains(char::is_whitespace)
        && email.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty()
                && !host.is_empty()
                && !host.contains('@')
                && !host.starts_with('.')
                && !host.ends_with('.')
        });
    sound
        .then_some(email)
        .ok_or_else(|| Error::invalid("email", "is not a mail address"))
}

/// An early answer; the unique columns decide in the end.
async fn taken(app: &App, username: String, email: Option<String>) -> Result<()> {
    app.store
        .read(move |db| {
            if accounts::by_handle(db, &username)?.is_some() {
                return Err(Error::Conflict(
                    "username has already been taken".to_owned(),
                ));
            }
            if let Some(email) = email
                && users::by_email(db, &email)?.is_some()
            {
                return Err(Error::Conflict("email has already been taken".to_owned()));
            }
            Ok(())
        })
        .await
}

#[derive(Clone)]
pub(crate) struct Keys {
    private: String,
    public: String,
}

/// Takes a good part of a second, so it happens on a thread of its own, and no more at a time than there are processors. The
/// randomness is aws-lc's, as that of [`Entropy`](crate::Entropy) is.
pub(crate) async fn keys(app: &App) -> Result<Keys> {
    let turn = app
        .key_makers
        .clone()
        .acquire_owned()
        .await
        .map_err(|why| Error::Broken(why.to_string()))?;
    // Whoever hangs up leaves the work running: it holds its turn to the end.
    let made = tokio::task::spawn_blocking(move || {
        let _held = turn;
        make_keys()
    });
    made.await.map_err(|why| Error::Broken(why.to_string()))?
}

fn make_keys() -> Result<Keys> {
    let broken = |what: &str| Error::Broken(format!("{what} failed"));
    let pair = KeyPair::generate(KEY_SIZE).map_err(|_| broken("generating a key"))?;
    let private: Pkcs8V1Der<'_> = pair
        .as_der()
        .map_err(|_| broken("writing the private key"))?;
    let private = SecretDocument::try_from(private.as_ref())
        .and_then(|document| document.to_pem("PRIVATE KEY", LineEnding::LF))
        .map_err(|_| broken("writing the private key"))?;
    let public: PublicKeyX509Der<'_> = pair
        .public_key()
        .as_der()
        .map_err(|_| broken("writing the public key"))?;
    let public = Document::try_from(public.as_ref())
        .and_then(|document| document.to_pem("PUBLIC KEY", LineEnding::LF))
        .map_err(|_| broken("writing the public key"))?;
    Ok(Keys {
        private: private.to_string(),
        public,
    })
}

pub(crate) fn skeleton(
    app: &App,
    id: AccountId,
    username: &str,
    kind: AccountKind,
    keys: &Keys,
    now: Time,
) -> Account {
    let uri = if kind == AccountKind::Application {
        app.site.instance_actor()
    } else {
        app.site.actor(id)
    };
    let url = if kind == AccountKind::Application {
        app.site.url("/")
    } else {
        app.site.profile(username)
    };
    Account {
        id,
        handle: username.to_ascii_lowercase(),
        username: username.to_owned(),
        domain: None,
        kind,
        url,
        display_name: String::new(),
        note: String::new(),
        note_source: String::new(),
        fields: "[]".to_owned(),
        avatar_url: None,
        header_url: None,
        inbox_url: format!("{uri}/inbox"),
        shared_inbox_url: Some(app.site.shared_inbox()),
        outbox_url: format!("{uri}/outbox"),
        followers_url: format!("{uri}/followers"),
        following_url: format!("{uri}/following"),
        featured_url: Some(format!("{uri}/featured")),
        public_key_id: format!("{uri}#main-key"),
        public_key_pem: keys.public.clone(),
        // The instance actor follows nobody and is followed by nobody.
        locked: kind == AccountKind::Application,
        discoverable: kind == AccountKind::Person,
        indexable: false,
        also_known_as: "[]".to_owned(),
        moved_to_uri: None,
        followers_count: 0,
        following_count: 0,
        statuses_count: 0,
        last_status_at: None,
        created_at: now,
        updated_at: now,
        fetched_at: None,
        suspended_at: None,
        emojis: "[]".to_owned(),
        limited: false,
        suspended_by: None,
        moved_at: None,
        sensitized: false,
        feature_policy: None,
        featured_collections_url: None,
        community: None,
        avatar_description: String::new(),
        header_description: String::new(),
        hide_collections: false,
        show_media: true,
        show_media_replies: true,
        show_featured: true,
        attribution_domains: "[]".to_owned(),
        uri,
    }
}

/// The actor that signs fetches in the name of the instance.
pub async fn instance_actor(app: &App) -> Result<Account> {
    let uri = app.site.instance_actor();
    app.store
        .read(move |db| accounts::by_uri(db, &uri)?.ok_or(Error::NotFound))
        .await
}

/// Makes the instance actor where there is none yet. Its name is the host: no person can take that, for it holds a dot or is
/// reserved.
pub async fn ensure_instance_actor(app: &App) -> Result<Account> {
    match instance_actor(app).await {
        Err(Error::NotFound) => {}
        other => return other,
    }
    let keys = keys(app).await?;
    let account = skeleton(
        app,
        AccountId(app.id()),
        app.site.domain(),
        AccountKind::Application,
        &keys,
        app.now(),
    );
    app.store
        .write(move |tx| match insert(tx, &account, &keys) {
            // Another process was faster; its actor is as good.
            Err(Error::Conflict(_)) => Ok(()),
            other => other,
        })
        .await?;
    instance_actor(app).await
}

#[cfg(test)]
mod tests {
    use rsa::{
        RsaPrivateKey, RsaPublicKey,
        pkcs8::{DecodePrivateKey as _, DecodePublicKey as _},
        traits::PublicKeyParts as _,
    };

    use super::*;

    #[test]
    fn keys_are_pairs_in_the_forms_that_they_are_kept_and_published_in() {
        let keys = make_keys().unwrap();
        assert!(keys.private.starts_with("-----BEGIN PRIVATE KEY-----\n"));
        assert!(keys.public.starts_with("-----BEGIN PUBLIC KEY-----\n"));
        let private = RsaPrivateKey::from_pkcs8_pem(&keys.private).unwrap();
        let public = RsaPublicKey::from_public_key_pem(&keys.public).unwrap();
        assert_eq!(RsaPublicKey::from(&private), public);
        assert_eq!(public.size(), 256);
        assert_ne!(make_keys().unwrap().private, keys.private);
    }
}
