//! Whom of those whom somebody follows others are followed by, too.

use diesel::{QueryableByName, RunQueryDsl, sql_types::BigInt};
use kontor_domain::ids::AccountId;

use crate::{
    Conn, Result,
    prepared::{Bind, Prepared},
};

#[derive(QueryableByName)]
struct Pair {
    #[diesel(sql_type = BigInt)]
    target: AccountId,
    #[diesel(sql_type = BigInt)]
    follower: AccountId,
}

/// Of each target, up to `most` of its followers whom the viewer follows: target and follower, the newest follow first. Without
/// those that hide whom they follow, and of targets that hide who follows them nobody.
pub fn followers(
    db: &mut Conn,
    viewer: AccountId,
    targets: &[AccountId],
    most: i64,
) -> Result<Vec<(AccountId, AccountId)>> {
    if targets.is_empty() {
        return Ok(Vec::new());
    }
    let places = vec!["?"; targets.len()].join(", ");
    let text = format!(
        "SELECT target, follower FROM \
            (SELECT far.target_id AS target, far.follower_id AS follower, \
                ROW_NUMBER() OVER (PARTITION BY far.target_id ORDER BY far.id DESC) AS place \
             FROM follows AS far \
             JOIN follows AS near ON near.target_id = far.follower_id AND near.follower_id = ? AND near.state = 'accepted' \
             JOIN accounts AS a ON a.id = far.follower_id AND a.suspended_at IS NULL AND NOT a.hide_collections \
             JOIN accounts AS t ON t.id = far.target_id AND NOT t.hide_collections \
             WHERE far.target_id IN ({places}) AND far.state = 'accepted') AS found \
         WHERE place <= ? ORDER BY target, place"
    );
    let mut binds = vec![Bind::Big(viewer.0)];
    binds.extend(targets.iter().map(|target| Bind::Big(target.0)));
    binds.push(Bind::Big(most));
    let rows: Vec<Pair> = each!(db, |c| Prepared::new(text, binds).load(c))?;
    Ok(rows
        .into_iter()
        .map(|row| (row.target, row.follower))
        .collect())
}
