//! Applications, authorization codes and access tokens. Only hashes of secrets are kept.

use diesel::prelude::*;
use kontor_domain::{
    ids::{AccountId, ApplicationId, GrantId, TokenId},
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    accounts::Account,
    among::IsAmong,
    prepared::steady,
    schema::{access_grants, access_tokens, accounts, applications, users},
    streams::{self, News},
    users::User,
};

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = applications)]
pub struct Application {
    pub id: ApplicationId,
    pub name: String,
    pub website: Option<String>,
    /// One a line.
    pub redirect_uris: String,
    pub scopes: String,
    pub client_id: String,
    pub client_secret_hash: String,
    pub created_at: Time,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = access_grants)]
pub struct Grant {
    pub id: GrantId,
    pub code_hash: String,
    pub application_id: ApplicationId,
    pub account_id: AccountId,
    pub redirect_uri: String,
    pub scopes: String,
    pub code_challenge: Option<String>,
    pub token_id: Option<TokenId>,
    pub created_at: Time,
    pub expires_at: Time,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = access_tokens)]
pub struct Token {
    pub id: TokenId,
    pub token_hash: String,
    pub application_id: Option<ApplicationId>,
    pub account_id: Option<AccountId>,
    pub scopes: String,
    pub created_at: Time,
    pub last_used_at: Option<Time>,
    pub revoked_at: Option<Time>,
}

pub fn insert_application(tx: &mut Tx<'_>, application: &Application) -> Result<()> {
    each!(tx, |c| diesel::insert_into(applications::table)
        .values(application)
        .execute(c))?;
    Ok(())
}

pub fn application(db: &mut Conn, client_id: &str) -> Result<Option<Application>> {
    each!(db, |c| {
        Ok(applications::table
            .filter(applications::client_id.eq(client_id))
            .select(Application::as_select())
            .first(c)
            .optional()?)
    })
}

pub fn applications_by_ids(db: &mut Conn, ids: &[ApplicationId]) -> Result<Vec<Application>> {
    each!(db, |c| {
        Ok(applications::table
            .filter(applications::id.among(ids))
            .select(Application::as_select())
            .load(c)?)
    })
}

pub fn insert_grant(tx: &mut Tx<'_>, grant: &Grant) -> Result<()> {
    each!(tx, |c| diesel::insert_into(access_grants::table)
        .values(grant)
        .execute(c))?;
    Ok(())
}

pub fn grant(db: &mut Conn, code_hash: &str) -> Result<Option<Grant>> {
    each!(db, |c| {
        Ok(access_grants::table
            .filter(access_grants::code_hash.eq(code_hash))
            .select(Grant::as_select())
            .first(c)
            .optional()?)
    })
}

/// Marks the code as exchanged. `false`: somebody was faster.
pub fn exchange(tx: &mut Tx<'_>, id: GrantId, token: TokenId) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::update(access_grants::table.find(id))
            .filter(access_grants::token_id.is_null())
            .set(access_grants::token_id.eq(token))
            .execute(c)
    })?;
    Ok(rows == 1)
}

pub fn insert_token(tx: &mut Tx<'_>, token: &Token) -> Result<()> {
    each!(tx, |c| diesel::insert_into(access_tokens::table)
        .values(token)
        .execute(c))?;
    Ok(())
}

pub fn token(db: &mut Conn, hash: &str) -> Result<Option<Token>> {
    each!(db, |c| {
        Ok(access_tokens::table
            .filter(access_tokens::token_hash.eq(hash))
            .select(Token::as_select())
            .first(c)
            .optional()?)
    })
}

/// What may have become of a token since it was looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct TokenNow {
    pub last_used_at: Option<Time>,
    pub revoked_at: Option<Time>,
    /// Of whose it is: of the user and of the account.
    pub versions: (Option<i64>, Option<i64>),
}

/// By the hash of a token: every request of an application begins with it.
pub fn token_now(db: &mut Conn, hash: &str) -> Result<Option<TokenNow>> {
    each!(db, |c| Ok(steady(
        access_tokens::table
            .left_join(users::table)
            // Beside the users, not within: SQLite would read all of both to join them first.
            .left_join(accounts::table.on(access_tokens::account_id.eq(accounts::id.nullable())))
            .filter(access_tokens::token_hash.eq(hash))
            .select((
                access_tokens::last_used_at,
                access_tokens::revoked_at,
                (users::version.nullable(), accounts::version.nullable()),
            )),
    )
    .get_result(c)
    .optional()?))
}

/// A token, the application that it was given to, and whose it is.
pub type Bearer = (Token, Option<Application>, Option<(Account, User)>);

/// By the hash of a token, in one statement.
pub fn bearer(db: &mut Conn, hash: &str) -> Result<Option<Bearer>> {
    type Row = (Token, Option<Application>, Option<User>, Option<Account>);
    let found: Option<Row> = each!(db, |c| access_tokens::table
        .left_join(applications::table)
        .left_join(users::table)
        // Beside the users, not within: SQLite would read all of both to join them first.
        .left_join(accounts::table.on(access_tokens::account_id.eq(accounts::id.nullable())))
        .filter(access_tokens::token_hash.eq(hash))
        .select((
            Token::as_select(),
            Option::<Application>::as_select(),
            Option::<User>::as_select(),
            Option::<Account>::as_select(),
        ))
        .first(c)
        .optional())?;
    Ok(found.map(|(token, application, user, account)| (token, application, account.zip(user))))
}

/// Codes that somebody agreed to and no application has exchanged are good no longer.
pub fn forget_grants(tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
    each!(tx, |c| diesel::delete(access_grants::table)
        .filter(access_grants::account_id.eq(account))
        .filter(access_grants::token_id.is_null())
        .execute(c))?;
    Ok(())
}

/// With it ends what it was to be woken by, and whatever is open.
pub fn revoke(tx: &mut Tx<'_>, id: TokenId, now: Time) -> Result<()> {
    each!(tx, |c| {
        diesel::update(access_tokens::table.find(id))
            .filter(access_tokens::revoked_at.is_null())
            .set(access_tokens::revoked_at.eq(now))
            .execute(c)
    })?;
    crate::pushes::delete_of(tx, id)?;
    streams::tell(tx, &News::TokenRevoked { token: id });
    Ok(())
}

pub fn used(tx: &mut Tx<'_>, id: TokenId, now: Time) -> Result<()> {
    each!(tx, |c| diesel::update(access_tokens::table.find(id))
        .set(access_tokens::last_used_at.eq(now))
        .execute(c))?;
    Ok(())
}

/// Tokens by which applications act for somebody, the newest first.
pub fn tokens_of(db: &mut Conn, account: AccountId, limit: i64) -> Result<Vec<Token>> {
    each!(db, |c| {
        Ok(access_tokens::table
            .filter(access_tokens::account_id.eq(account))
            .filter(access_tokens::revoked_at.is_null())
            .order(access_tokens::id.desc())
            .limit(limit)
            .select(Token::as_select())
            .load(c)?)
    })
}
