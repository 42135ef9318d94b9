//! Accounts as operators look for them.

use diesel::{QueryableByName, prelude::*, sql_types::BigInt};
use kontor_domain::{ids::AccountId, page::Page};

use crate::{
    Conn, Result, Tx,
    patterns::starting_with,
    prepared::{Bind, Prepared},
    schema::accounts,
    tag_days,
};

/// Of whose people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Local,
    Remote,
}

/// How they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Active,
    Pending,
    Disabled,
    Silenced,
    Suspended,
}

/// Which accounts. Everything that is given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    pub origin: Option<Origin>,
    pub state: Option<State>,
    /// Moderators and administrators alone.
    pub staff: bool,
    /// How the name, the name shown, and the mail address begin.
    pub username: Option<String>,
    pub display_name: Option<String>,
    pub email: Option<String>,
    pub domain: Option<String>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: AccountId,
}

/// Those with the greatest ids first.
pub fn page(db: &mut Conn, which: &Selection, page: &Page) -> Result<Vec<AccountId>> {
    let mut conditions = vec!["a.kind <> 'Application'".to_owned()];
    let mut binds = Vec::new();
    match which.origin {
        Some(Origin::Local) => conditions.push("a.domain IS NULL".to_owned()),
        Some(Origin::Remote) => conditions.push("a.domain IS NOT NULL".to_owned()),
        None => {}
    }
    if let Some(state) = which.state {
        conditions.push(
            match state {
                State::Active => {
                    "a.suspended_at IS NULL AND (u.state IS NULL OR (u.state = 'active' AND u.confirmed_at IS NOT NULL))"
                }
                State::Pending => "u.state = 'pending'",
                State::Disabled => "u.state = 'disabled'",
                State::Silenced => "a.limited",
                State::Suspended => "a.suspended_at IS NOT NULL",
            }
            .to_owned(),
        );
    }
    if which.staff {
        conditions.push("u.role IN ('moderator', 'admin')".to_owned());
    }
    for (column, text) in [
        ("a.username", &which.username),
        ("a.display_name", &which.display_name),
        ("u.email", &which.email),
    ] {
        if let Some(text) = text {
            conditions.push(format!("LOWER({column}) LIKE ? ESCAPE '\\'"));
            binds.push(Bind::Word(starting_with(&text.to_lowercase())));
        }
    }
    if let Some(domain) = &which.domain {
        conditions.push("a.domain = ?".to_owned());
        binds.push(Bind::Word(domain.to_lowercase()));
    }
    binds.extend([
        Bind::Big(page.max_id.unwrap_or(i64::MAX)),
        Bind::Big(page.floor().unwrap_or(i64::MIN)),
        Bind::Big(page.limit),
    ]);
    let order = if page.upward() { "ASC" } else { "DESC" };
    let text = format!(
        "SELECT a.id AS id FROM accounts AS a LEFT JOIN users AS u ON u.account_id = a.id \
         WHERE {} AND a.id < ? AND a.id > ? ORDER BY a.id {order} LIMIT ?",
        conditions.join(" AND ")
    );
    let rows: Vec<Row> = each!(db, |c| Prepared::new(text, binds).load(c))?;
    let mut ids: Vec<AccountId> = rows.into_iter().map(|row| row.id).collect();
    if page.upward() {
        ids.reverse();
    }
    Ok(ids)
}

/// By an operator: the account is limited. Where it is taken back, the rules are to be asked. `false`: it was so.
pub fn set_silenced(tx: &mut Tx<'_>, id: AccountId, silenced: bool) -> Result<bool> {
    let rows = each!(tx, |c| diesel::update(accounts::table.find(id))
        .filter(accounts::silenced.ne(silenced))
        .set((
            accounts::silenced.eq(silenced),
            accounts::limited.eq(silenced),
        ))
        .execute(c))?;
    if rows == 1 {
        tag_days::recount(tx, &[id])?;
    }
    Ok(rows == 1)
}

pub fn is_silenced(db: &mut Conn, id: AccountId) -> Result<bool> {
    each!(db, |c| Ok(accounts::table
        .find(id)
        .select(accounts::silenced)
        .first(c)
        .optional()?
        .unwrap_or_default()))
}

/// The files of its posts are covered, or no longer. `false`: it was so.
pub fn set_sensitized(tx: &mut Tx<'_>, id: AccountId, sensitized: bool) -> Result<bool> {
    let rows = each!(tx, |c| diesel::update(accounts::table.find(id))
        .filter(accounts::sensitized.ne(sensitized))
        .set(accounts::sensitized.eq(sensitized))
        .execute(c))?;
    Ok(rows == 1)
}
