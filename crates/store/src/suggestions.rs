//! Whom somebody may want to follow, and whom they do not want to be shown again.

use diesel::prelude::*;
use kontor_domain::{ids::AccountId, time::Time};

use crate::{
    Conn, Result, Tx,
    directory::Row,
    prepared::{Bind, Prepared},
    schema::dismissed_suggestions,
};

/// A condition on `accounts AS a`: wants to be found, and is to be seen by the viewer. 0 is nobody's id, so it stands for a viewer
/// without an account.
pub(crate) const PRESENTABLE: &str = "a.discoverable AND a.suspended_at IS NULL AND NOT a.limited AND a.moved_to_uri IS NULL \
    AND a.kind <> 'Application' \
    AND NOT EXISTS (SELECT 1 FROM users AS u WHERE u.account_id = a.id AND (u.state = 'pending' OR u.confirmed_at IS NULL)) \
    AND NOT EXISTS (SELECT 1 FROM blocks AS b WHERE b.account_id = ? AND b.target_id = a.id) \
    AND NOT EXISTS (SELECT 1 FROM blocks AS b WHERE b.target_id = ? AND b.account_id = a.id) \
    AND NOT EXISTS (SELECT 1 FROM mutes AS m WHERE m.account_id = ? AND m.target_id = a.id \
        AND (m.expires_at IS NULL OR m.expires_at > ?)) \
    AND NOT EXISTS (SELECT 1 FROM domain_blocks AS d WHERE d.account_id = ? AND d.domain = a.domain)";

/// Its values.
pub(crate) fn presentable(viewer: AccountId, now: Time) -> Vec<Bind> {
    let viewer = Bind::Big(viewer.0);
    vec![
        viewer.clone(),
        viewer.clone(),
        viewer.clone(),
        Bind::Time(now),
        viewer,
    ]
}

/// A condition on `accounts AS a`: is nobody whom the viewer follows, asked to follow, is, or does not want to be shown.
const NEW: &str = "a.id <> ? \
    AND NOT EXISTS (SELECT 1 FROM follows AS f WHERE f.follower_id = ? AND f.target_id = a.id) \
    AND NOT EXISTS (SELECT 1 FROM dismissed_suggestions AS s WHERE s.account_id = ? AND s.target_id = a.id)";

fn new(viewer: AccountId) -> Vec<Bind> {
    vec![Bind::Big(viewer.0); 3]
}

/// Followed by those whom the viewer follows and who do not hide it, by as many as possible. Of the viewer's follows, the newest `near`
/// count.
pub fn friends_of_friends(
    db: &mut Conn,
    viewer: AccountId,
    near: i64,
    now: Time,
    limit: i64,
) -> Result<Vec<AccountId>> {
    let text = format!(
        "SELECT a.id AS id FROM \
            (SELECT far.target_id AS id, COUNT(*) AS friends FROM follows AS far \
             WHERE far.state = 'accepted' AND far.follower_id IN \
                (SELECT near.target_id FROM follows AS near \
                 JOIN accounts AS n ON n.id = near.target_id AND NOT n.hide_collections \
                 WHERE near.follower_id = ? AND near.state = 'accepted' \
                 ORDER BY near.id DESC LIMIT ?) \
             GROUP BY far.target_id) AS found \
         JOIN accounts AS a ON a.id = found.id WHERE {NEW} AND {PRESENTABLE} \
         ORDER BY found.friends DESC, a.id DESC LIMIT ?"
    );
    let mut binds = vec![Bind::Big(viewer.0), Bind::Big(near)];
    binds.extend(new(viewer));
    binds.extend(presentable(viewer, now));
    binds.push(Bind::Big(limit));
    let rows: Vec<Row> = each!(db, |c| Prepared::new(text, binds).load(c))?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Of these, whom the viewer may be shown.
pub fn among(
    db: &mut Conn,
    viewer: AccountId,
    ids: &[AccountId],
    now: Time,
) -> Result<Vec<AccountId>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let places = vec!["?"; ids.len()].join(", ");
    let text = format!(
        "SELECT a.id AS id FROM accounts AS a WHERE a.id IN ({places}) AND {NEW} AND {PRESENTABLE}"
    );
    let mut binds: Vec<Bind> = ids.iter().map(|id| Bind::Big(id.0)).collect();
    binds.extend(new(viewer));
    binds.extend(presentable(viewer, now));
    let rows: Vec<Row> = each!(db, |c| Prepared::new(text, binds).load(c))?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Is never shown again.
pub fn dismiss(tx: &mut Tx<'_>, viewer: AccountId, target: AccountId) -> Result<()> {
    each!(tx, |c| {
        diesel::insert_into(dismissed_suggestions::table)
            .values((
                dismissed_suggestions::account_id.eq(viewer),
                dismissed_suggestions::target_id.eq(target),
            ))
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    Ok(())
}
