//! The accounts that want to be found, for whoever looks round.

use diesel::{QueryableByName, RunQueryDsl, sql_types::BigInt};
use kontor_domain::{audience::Viewer, ids::AccountId, time::Time};

use crate::{
    Conn, Result,
    audience::viewer_id,
    prepared::{Bind, Prepared},
    suggestions::{PRESENTABLE, presentable},
};

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Those who posted last come first; who never did is not among them.
    Active,
    /// Those who came last come first.
    New,
}

/// Of whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    Everybody,
    Local,
}

#[derive(QueryableByName)]
pub(crate) struct Row {
    #[diesel(sql_type = BigInt)]
    pub(crate) id: AccountId,
}

/// Which part, as the API asks for it. How far in is bounded by whoever calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub order: Order,
    pub whose: Whose,
    pub limit: i64,
    pub offset: i64,
}

pub fn part(db: &mut Conn, viewer: Viewer, part: Part, now: Time) -> Result<Vec<AccountId>> {
    let order = match part.order {
        Order::Active => {
            "AND a.last_status_at IS NOT NULL ORDER BY a.last_status_at DESC, a.id DESC"
        }
        Order::New => "ORDER BY a.id DESC",
    };
    let whose = match part.whose {
        Whose::Everybody => "",
        Whose::Local => "AND a.domain IS NULL",
    };
    let text = format!(
        "SELECT a.id AS id FROM accounts AS a WHERE {PRESENTABLE} {whose} {order} LIMIT ? OFFSET ?"
    );
    let mut binds = presentable(viewer_id(viewer), now);
    binds.extend([Bind::Big(part.limit), Bind::Big(part.offset)]);
    let rows: Vec<Row> = each!(db, |c| Prepared::new(text, binds).load(c))?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
