//! OAuth 2: applications, authorization codes (RFC 6749, PKCE by RFC 7636), tokens. Doors speak the protocol; the rules are here.

use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, ApplicationId, GrantId, TokenId},
    scope::Scopes,
    time::Time,
    user::UserState,
};
pub use kontor_store::oauth::{Application, Token};
use kontor_store::{
    Conn,
    oauth::{self, Bearer},
};

use crate::{
    App, Error, Result,
    accounts::{Account, User},
    confirmations::UNCONFIRMED,
    error::unless_outage,
    kept::{self, Kept},
    secrets::{self, constant_time_eq, pkce_fits},
};

/// The redirect address of clients that show the code to be copied.
pub const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";

#[derive(Debug, Clone)]
pub struct NewApplication {
    pub name: String,
    pub website: Option<String>,
    pub redirect_uris: Vec<String>,
    pub scopes: Scopes,
}

/// An application with its secret, which is shown once.
#[derive(Debug, Clone)]
pub struct Registered {
    pub application: Application,
    pub client_secret: String,
}

pub async fn register(app: &App, new: NewApplication) -> Result<Registered> {
    let name = new.name.trim().to_owned();
    if name.is_empty() {
        return Err(Error::invalid("client_name", "can't be blank"));
    }
    if name.chars().count() > 60 {
        return Err(Error::invalid(
            "client_name",
            "is too long (maximum is 60 characters)",
        ));
    }
    if new.redirect_uris.is_empty() {
        return Err(Error::invalid("redirect_uris", "can't be blank"));
    }
    if new.redirect_uris.len() > 50 {
        return Err(Error::invalid("redirect_uris", "has more than 50 entries"));
    }
    for uri in &new.redirect_uris {
        check_redirect(uri)?;
    }
    if let Some(website) = &new.website
        && (website.len() > 2000
            || !matches!(url::Url::parse(website), Ok(url) if matches!(url.scheme(), "http" | "https")))
    {
        return Err(Error::invalid(
            "website",
            "must be an http or https address",
        ));
    }
    let client_secret = app.entropy.token()?;
    let application = Application {
        id: ApplicationId(app.id()),
        name,
        website: new.website,
        redirect_uris: new.redirect_uris.join("\n"),
        scopes: new.scopes.to_string(),
        client_id: app.entropy.token()?,
        client_secret_hash: secrets::hash(&client_secret),
        created_at: app.now(),
    };
    let row = application.clone();
    app.store
        .write(move |tx| Ok::<_, Error>(oauth::insert_application(tx, &row)?))
        .await?;
    Ok(Registered {
        application,
        client_secret,
    })
}

/// Any scheme an app may own, never one that a browser runs, and no fragment (RFC 6749, 3.1.2).
fn check_redirect(uri: &str) -> Result<()> {
    if uri == OUT_OF_BAND {
        return Ok(());
    }
    let refused = || {
        Error::invalid(
            "redirect_uris",
            "must be absolute addresses without a fragment",
        )
    };
    if uri.len() > 2000 {
        return Err(refused());
    }
    let url = url::Url::parse(uri).map_err(|_| refused())?;
    if url.fragment().is_some()
        || matches!(
            url.scheme(),
            "javascript" | "data" | "vbscript" | "file" | "about" | "blob"
        )
    {
        return Err(refused());
    }
    Ok(())
}

pub async fn application(app: &App, client_id: &str) -> Result<Application> {
    let id = client_id.to_owned();
    app.store
        .read(move |db| {
            oauth::application(db, &id)?.ok_or(Error::Unauthorized("Client authentication failed"))
        })
        .await
}

/// The application, if the secret is its own.
pub async fn authenticated(app: &App, client_id: &str, client_secret: &str) -> Result<Application> {
    let application = application(app, client_id).await?;
    if constant_time_eq(
        application.client_secret_hash.as_bytes(),
        secrets::hash(client_secret).as_bytes(),
    ) {
        Ok(application)
    } else {
        Err(Error::Unauthorized("Client authentication failed"))
    }
}

/// What an application asks a person for.
#[derive(Debug, Clone)]
pub struct Request {
    pub client_id: String,
    pub redirect_uri: String,
    /// `None`: `read`.
    pub scopes: Option<String>,
    pub code_challenge: Option<String>,
    pub code_challenge_method: Option<String>,
}

/// A request that may be put before a person.
#[derive(Debug, Clone)]
pub struct Checked {
    pub application: Application,
    pub redirect_uri: String,
    pub scopes: Scopes,
    pub code_challenge: Option<String>,
}

pub async fn check(app: &App, mut request: Request) -> Result<Checked> {
    let filled = |value: Option<String>| value.filter(|value| !value.is_empty());
    request.code_challenge = filled(request.code_challenge);
    request.code_challenge_method = filled(request.code_challenge_method);
    let application = application(app, &request.client_id)
        .await
        .map_err(|why| match why {
            Error::Unauthorized(_) => Error::invalid("client_id", "is not known"),
            other => other,
        })?;
    if !application
        .redirect_uris
        .lines()
        .any(|uri| uri == request.redirect_uri)
    {
        return Err(Error::invalid(
            "redirect_uri",
            "is not one that the application registered",
        ));
    }
    let scopes = scopes_within(request.scopes.as_deref(), &application)?;
    match (
        request.code_challenge.as_deref(),
        request.code_challenge_method.as_deref(),
    ) {
        (None, None) | (Some(_), Some("S256")) => {}
        (None, Some(_)) => return Err(Error::invalid("code_challenge", "is missing")),
        (Some(_), _) => return Err(Error::invalid("code_challenge_method", "must be S256")),
    }
    if request
        .code_challenge
        .as_ref()
        .is_some_and(|challenge| challenge.trim_end_matches('=').len() != 43)
    {
        return Err(Error::invalid(
            "code_challenge",
            "is not the base64url of a SHA-256",
        ));
    }
    Ok(Checked {
        application,
        redirect_uri: request.redirect_uri,
        scopes,
        code_challenge: request.code_challenge,
    })
}

fn scopes_within(asked: Option<&str>, application: &Application) -> Result<Scopes> {
    let asked = asked
        .filter(|asked| !asked.trim().is_empty())
        .unwrap_or("read");
    let scopes: Scopes = asked.parse().map_err(|why: String| Error::Invalid {
        field: "scope",
        reason: why,
    })?;
    let registered: Scopes = application.scopes.parse().unwrap_or_default();
    if scopes.within(&registered) {
        Ok(scopes)
    } else {
        Err(Error::invalid(
            "scope",
            "holds more than the application registered",
        ))
    }
}

/// The person agreed. Returns the code.
pub async fn authorize(app: &App, by: AccountId, checked: &Checked) -> Result<String> {
    let code = app.entropy.token()?;
    let now = app.now();
    let age = chrono::Duration::from_std(app.settings.limits.code_age)
        .unwrap_or(chrono::Duration::minutes(10));
    let grant = oauth::Grant {
        id: GrantId(app.id()),
        code_hash: secrets::hash(&code),
        application_id: checked.application.id,
        account_id: by,
        redirect_uri: checked.redirect_uri.clone(),
        scopes: checked.scopes.to_string(),
        code_challenge: checked.code_challenge.clone(),
        token_id: None,
        created_at: now,
        expires_at: now + age,
    };
    app.store
        .write(move |tx| Ok::<_, Error>(oauth::insert_grant(tx, &grant)?))
        .await?;
    Ok(code)
}

/// A new token with its text, which is shown once.
#[derive(Debug, Clone)]
pub struct Issued {
    pub token: Token,
    pub text: String,
}

fn token(
    app: &App,
    application: Option<ApplicationId>,
    account: Option<AccountId>,
    scopes: &Scopes,
) -> Result<Issued> {
    let text = app.entropy.token()?;
    let token = Token {
        id: TokenId(app.id()),
        token_hash: secrets::hash(&text),
        application_id: application,
        account_id: account,
        scopes: scopes.to_string(),
        created_at: app.now(),
        last_used_at: None,
        revoked_at: None,
    };
    Ok(Issued { token, text })
}

const BAD_GRANT: &str = "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI \
                         used in the authorization request, or was issued to another client.";

/// What comes with a code.
#[derive(Debug, Clone)]
pub struct Exchange {
    pub code: String,
    pub redirect_uri: String,
    pub code_verifier: Option<String>,
}

/// Exchanges a code, once. A code that comes again also takes back the token that it was exchanged for (RFC 6749, 4.1.2).
pub async fn exchange(app: &App, application: &Application, exchange: Exchange) -> Result<Issued> {
    let (now, id) = (app.now(), application.id);
    let this = app.clone();
    let done = app
        .store
        .write(move |tx| {
            let Some(grant) = oauth::grant(tx, &secrets::hash(&exchange.code))? else {
                return Ok::<_, Error>(None);
            };
            if let Some(token) = grant.token_id {
                oauth::revoke(tx, token, now)?;
                return Ok(None);
            }
            let verifier = exchange.code_verifier.as_deref();
            let proven = match (
                &grant.code_challenge,
                verifier.filter(|verifier| !verifier.is_empty()),
            ) {
                (None, None) => true,
                (Some(challenge), Some(verifier)) => pkce_fits(verifier, challenge),
                // A verifier without a challenge: somebody took the challenge out of the request (RFC 9700, 2.1.1).
                (Some(_), None) | (None, Some(_)) => false,
            };
            if grant.application_id != id
                || grant.redirect_uri != exchange.redirect_uri
                || grant.expires_at <= now
                || !proven
            {
                return Ok(None);
            }
            let scopes: Scopes = grant.scopes.parse().unwrap_or_default();
            let issued = token(&this, Some(id), Some(grant.account_id), &scopes)?;
            oauth::insert_token(tx, &issued.token)?;
            Ok(oauth::exchange(tx, grant.id, issued.token.id)?.then_some(issued))
        })
        .await?;
    done.ok_or(Error::invalid("code", BAD_GRANT))
}

/// A token for somebody who has just registered by an application: for all that it asked for when it was registered itself.
pub async fn registered(
    app: &App,
    application: &Application,
    account: AccountId,
) -> Result<Issued> {
    let scopes: Scopes = application.scopes.parse().unwrap_or_default();
    let issued = token(app, Some(application.id), Some(account), &scopes)?;
    issue(app, issued).await
}

/// The application's own token, for what needs no person.
pub async fn client_credentials(
    app: &App,
    application: &Application,
    asked: Option<&str>,
) -> Result<Issued> {
    let scopes = scopes_within(asked, application)?;
    issue(app, token(app, Some(application.id), None, &scopes)?).await
}

/// A token made on the command line.
pub async fn personal_token(app: &App, account: AccountId, scopes: &Scopes) -> Result<Issued> {
    issue(app, token(app, None, Some(account), scopes)?).await
}

async fn issue(app: &App, issued: Issued) -> Result<Issued> {
    let row = issued.token.clone();
    app.store
        .write(move |tx| Ok::<_, Error>(oauth::insert_token(tx, &row)?))
        .await?;
    Ok(issued)
}

/// Revokes a token of this application. One that is unknown or revoked already is no error (RFC 7009, 2.2).
pub async fn revoke(app: &App, application: &Application, text: &str) -> Result<()> {
    let (hash, now, id) = (secrets::hash(text), app.now(), application.id);
    app.store
        .write(move |tx| {
            let Some(token) = oauth::token(tx, &hash)? else {
                return Ok(());
            };
            if token.application_id != Some(id) {
                return Err(Error::Forbidden(
                    "You are not authorized to revoke this token",
                ));
            }
            Ok(oauth::revoke(tx, token.id, now)?)
        })
        .await
}

/// Who calls.
#[derive(Debug, Clone)]
pub struct Caller {
    pub token: TokenId,
    pub scopes: Scopes,
    pub application: Option<Application>,
    /// `None`: the application itself.
    pub person: Option<(Account, User)>,
}

impl Caller {
    pub fn viewer(&self) -> Viewer {
        self.person
            .as_ref()
            .map_or(Viewer::Anyone, |(account, _)| Viewer::Account(account.id))
    }
}

/// A token is marked as used no more often than this.
const USED_EVERY: chrono::Duration = chrono::Duration::hours(1);

/// Whose token is it? Fails for one that is unknown or revoked, and for a person who may not sign in.
pub async fn caller(app: &App, text: &str) -> Result<Caller> {
    let (token, application, person) = find(app, text).await?;
    if let Some((account, user)) = &person {
        may_sign_in(account, user)?;
        unless_outage(crate::accounts::here(app, user).await)?;
    }
    unless_outage(mark(app, &token).await)?;
    Ok(Caller {
        token: token.id,
        scopes: token.scopes.parse().unwrap_or_default(),
        application,
        person,
    })
}

fn may_sign_in(account: &Account, user: &User) -> Result<()> {
    if user.confirmed_at.is_none() {
        return Err(Error::Forbidden(UNCONFIRMED));
    }
    match user.state {
        UserState::Active if account.suspended_at.is_none() => Ok(()),
        UserState::Pending => Err(Error::Forbidden("Your login is currently pending approval")),
        _ => Err(Error::Forbidden("Your login is currently disabled")),
    }
}

/// Who asks by this token, as [`caller`] has it. `None`: there is something to be written first, which that one does.
pub(crate) fn viewer(
    db: &mut Conn,
    kept: &Kept,
    hash: &str,
    granted: fn(&Scopes) -> bool,
    now: Time,
) -> Result<Option<Viewer>> {
    let (found, state) = kept::bearer_now(db, kept, hash)?.ok_or(BAD)?;
    let (token, _, person) = &found.bearer;
    check_token(token, state.revoked_at, person.is_some())?;
    if let Some((account, user)) = person {
        may_sign_in(account, user)?;
    }
    if !granted(&token.scopes.parse().unwrap_or_default()) {
        return Err(Error::Forbidden(OUTSIDE));
    }
    let is_marked = !is_to_be_marked(state.last_used_at, now)
        && person
            .as_ref()
            .is_none_or(|(_, user)| crate::accounts::is_here(user, now));
    let viewer = person
        .as_ref()
        .map_or(Viewer::Anyone, |(account, _)| Viewer::Account(account.id));
    Ok(is_marked.then_some(viewer))
}

/// What a token without the scope is told.
const OUTSIDE: &str = "This action is outside the authorized scopes";

/// The person of a token, also while they have not confirmed their address, or wait to be approved. `None`: it is an application's own.
pub async fn newcomer(app: &App, text: &str) -> Result<Option<(Account, User)>> {
    let (token, _, person) = find(app, text).await?;
    if let Some((account, user)) = &person
        && (user.state == UserState::Disabled || account.suspended_at.is_some())
    {
        return Err(Error::Forbidden("Your login is currently disabled"));
    }
    unless_outage(mark(app, &token).await)?;
    Ok(person)
}

async fn find(app: &App, text: &str) -> Result<Bearer> {
    let (hash, kept) = (secrets::hash(text), app.kept.clone());
    app.store.read(move |db| good(db, &kept, &hash)).await
}

const BAD: Error = Error::Unauthorized("The access token is invalid");

fn good(db: &mut Conn, kept: &Kept, hash: &str) -> Result<Bearer> {
    let found = kept::bearer(db, kept, hash)?.ok_or(BAD)?;
    let (token, _, person) = &found;
    check_token(token, token.revoked_at, person.is_some())?;
    Ok(found)
}

fn check_token(token: &Token, revoked_at: Option<Time>, has_person: bool) -> Result<()> {
    if revoked_at.is_some() {
        return Err(Error::Unauthorized("The access token was revoked"));
    }
    if token.account_id.is_some() && !has_person {
        return Err(BAD);
    }
    Ok(())
}

fn is_to_be_marked(last_used_at: Option<Time>, now: Time) -> bool {
    last_used_at.is_none_or(|at| at + USED_EVERY < now)
}

async fn mark(app: &App, token: &Token) -> Result<()> {
    let now = app.now();
    if is_to_be_marked(token.last_used_at, now) {
        let id = token.id;
        app.store
            .write(move |tx| Ok::<_, Error>(oauth::used(tx, id, now)?))
            .await?;
    }
    Ok(())
}
