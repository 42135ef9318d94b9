//! Notifications as groups: the same done to one post within some hours is shown as one.

use std::collections::HashMap;

use diesel::{
    QueryableByName,
    dsl::{count_star, exists, min, not},
    prelude::*,
    sql_types::{BigInt, Bool, Text},
};
use kontor_domain::{
    ids::{AccountId, NotificationId},
    notification::NotificationKind,
    page::Page,
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    notifications::{Notification, Selection},
    prepared::{Bind, Prepared},
    schema::notifications,
};

diesel::alias!(notifications as newer: Newer);

/// A group on a page: its newest notification, and how many it has up to that one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub head: Notification,
    pub count: i64,
    /// The oldest of it on this page.
    pub oldest: NotificationId,
    /// Newest first; those who did it, as far as they are shown.
    pub from: Vec<AccountId>,
}

/// How many of those who did it are shown.
pub const SAMPLE: i64 = 8;

/// A page of groups, by their newest notifications; only of `grouped` kinds there are groups of more than one.
pub fn page(
    db: &mut Conn,
    owner: AccountId,
    selection: &Selection,
    grouped: &[NotificationKind],
    page: &Page,
) -> Result<Vec<Group>> {
    let top = page.max_id.unwrap_or(i64::MAX);
    let heads: Vec<Notification> = each!(db, |c| {
        let overtaken = exists(
            newer
                .filter(newer.field(notifications::account_id).eq(owner))
                .filter(
                    newer
                        .field(notifications::group_key)
                        .eq(notifications::group_key),
                )
                .filter(newer.field(notifications::id).gt(notifications::id))
                .filter(newer.field(notifications::id).lt(NotificationId(top)))
                .filter(
                    selection
                        .include_filtered
                        .into_sql::<Bool>()
                        .or(newer.field(notifications::filtered).eq(false)),
                ),
        );
        let heads = notifications::table
            .filter(notifications::account_id.eq(owner))
            .filter(notifications::kind.among(&selection.kinds))
            .filter(
                selection
                    .include_filtered
                    .into_sql::<Bool>()
                    .or(notifications::filtered.eq(false)),
            )
            .filter(
                notifications::group_key
                    .is_null()
                    .or(not(notifications::kind.among(grouped)))
                    .or(not(overtaken)),
            )
            .select(Notification::as_select());
        if let Some(from) = selection.from {
            keyset!(
                heads.filter(notifications::from_account_id.eq(from)),
                notifications::id,
                page,
                c
            )
        } else {
            keyset!(heads, notifications::id, page, c)
        }
    });
    let mut floor = page.floor().unwrap_or(i64::MIN);
    // The page ends with its last head: what a group holds below that is of the next one, where others stand between.
    let is_full = i64::try_from(heads.len()).is_ok_and(|length| length >= page.limit);
    if let Some(lowest) = heads.iter().map(|head| head.id.0).min()
        && is_full
    {
        floor = floor.max(lowest.saturating_sub(1));
    }
    let within = Within {
        floor,
        top,
        include_filtered: selection.include_filtered,
    };
    with_members(db, owner, heads, grouped, within)
}

/// What of a group is looked at: above the floor and below the top, and what is held back where that is asked for.
#[derive(Debug, Clone, Copy)]
struct Within {
    floor: i64,
    top: i64,
    include_filtered: bool,
}

/// What these groups hold within the bounds: two queries.
fn with_members(
    db: &mut Conn,
    owner: AccountId,
    heads: Vec<Notification>,
    grouped: &[NotificationKind],
    within: Within,
) -> Result<Vec<Group>> {
    let key_of = |head: &Notification| {
        head.group_key
            .clone()
            .filter(|_| grouped.contains(&head.kind))
    };
    let keys: Vec<String> = heads.iter().filter_map(key_of).collect();
    let (mut counts, mut samples) = (HashMap::new(), HashMap::new());
    if !keys.is_empty() {
        counts = counted(db, owner, &keys, within)?;
        samples = sampled(db, owner, &keys, within)?;
    }
    Ok(heads
        .into_iter()
        .map(|head| {
            let key = key_of(&head);
            let (count, oldest) = key
                .as_ref()
                .and_then(|key| counts.get(key).copied())
                .unwrap_or((1, head.id));
            let from = key
                .and_then(|key| samples.remove(&key))
                .unwrap_or_else(|| vec![head.from_account_id]);
            Group {
                head,
                count,
                oldest,
                from,
            }
        })
        .collect())
}

/// Of each group, how many below the top, and the oldest above the floor.
fn counted(
    db: &mut Conn,
    owner: AccountId,
    keys: &[String],
    within: Within,
) -> Result<HashMap<String, (i64, NotificationId)>> {
    each!(db, |c| {
        let own = || {
            notifications::table
                .filter(notifications::account_id.eq(owner))
                .filter(notifications::group_key.assume_not_null().among(keys))
                .filter(
                    within
                        .include_filtered
                        .into_sql::<Bool>()
                        .or(notifications::filtered.eq(false)),
                )
                .filter(notifications::id.lt(NotificationId(within.top)))
                .group_by(notifications::group_key)
        };
        let counts: Vec<(Option<String>, i64)> = own()
            .select((notifications::group_key, count_star()))
            .load(c)?;
        let oldest: HashMap<Option<String>, Option<NotificationId>> = own()
            .filter(notifications::id.gt(NotificationId(within.floor)))
            .select((notifications::group_key, min(notifications::id)))
            .load(c)?
            .into_iter()
            .collect();
        Ok(counts
            .into_iter()
            .filter_map(|(key, count)| {
                let oldest = oldest.get(&key).copied().flatten()?;
                Some((key?, (count, oldest)))
            })
            .collect())
    })
}

/// Of each group, who did it last.
fn sampled(
    db: &mut Conn,
    owner: AccountId,
    keys: &[String],
    within: Within,
) -> Result<HashMap<String, Vec<AccountId>>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        group_key: String,
        #[diesel(sql_type = BigInt)]
        from_account_id: i64,
    }
    let held = if within.include_filtered {
        ""
    } else {
        "AND filtered = FALSE "
    };
    let ranked = |among: &str| {
        format!(
            "SELECT group_key, from_account_id FROM (SELECT id, group_key, from_account_id, \
               ROW_NUMBER() OVER (PARTITION BY group_key ORDER BY id DESC) AS place FROM notifications \
               WHERE account_id = ? AND id < ? {held}AND group_key {among}) AS ranked \
             WHERE place <= ? ORDER BY id DESC"
        )
    };
    let binds = vec![
        Bind::Big(owner.0),
        Bind::Big(within.top),
        Bind::words(keys),
        Bind::Big(SAMPLE),
    ];
    let rows: Vec<Row> = each!(
        db,
        sqlite | c | Prepared::new(ranked("IN (SELECT value FROM json_each(?))"), binds).load(c),
        postgres | c | Prepared::new(ranked("= ANY(?)"), binds).load(c)
    )?;
    let mut samples: HashMap<String, Vec<AccountId>> = HashMap::new();
    for row in rows {
        let of_group = samples.entry(row.group_key).or_default();
        if !of_group.contains(&AccountId(row.from_account_id)) {
            of_group.push(AccountId(row.from_account_id));
        }
    }
    Ok(samples)
}

/// One group, whole, with what is held back: whoever names it has seen it listed. `None`: there is none of this name.
pub fn by_key(db: &mut Conn, owner: AccountId, key: &str) -> Result<Option<Group>> {
    let head: Option<Notification> = each!(db, |c| notifications::table
        .filter(notifications::account_id.eq(owner))
        .filter(notifications::group_key.eq(key))
        .order(notifications::id.desc())
        .select(Notification::as_select())
        .first(c)
        .optional())?;
    let Some(head) = head else { return Ok(None) };
    let grouped = [head.kind];
    let all = Within {
        floor: i64::MIN,
        top: i64::MAX,
        include_filtered: true,
    };
    Ok(with_members(db, owner, vec![head], &grouped, all)?.pop())
}

/// Everybody who is in a group, newest first, up to `most`.
pub fn accounts(db: &mut Conn, owner: AccountId, key: &str, most: i64) -> Result<Vec<AccountId>> {
    each!(db, |c| Ok(notifications::table
        .filter(notifications::account_id.eq(owner))
        .filter(notifications::group_key.eq(key))
        .order(notifications::id.desc())
        .limit(most)
        .select(notifications::from_account_id)
        .load(c)?))
}

/// `false`: there was none of this name.
pub fn dismiss(tx: &mut Tx<'_>, owner: AccountId, key: &str) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(
        notifications::table
            .filter(notifications::account_id.eq(owner))
            .filter(notifications::group_key.eq(key))
    )
    .execute(c))?;
    Ok(rows > 0)
}

/// How many groups have something newer than `above`, counted up to `most`.
pub fn count_above(
    db: &mut Conn,
    owner: AccountId,
    selection: &Selection,
    grouped: &[NotificationKind],
    above: NotificationId,
    most: i64,
) -> Result<i64> {
    let bounds = Page {
        max_id: None,
        since_id: Some(above.0),
        min_id: None,
        limit: most,
    };
    let heads = page(db, owner, selection, grouped, &bounds)?;
    Ok(i64::try_from(heads.len()).unwrap_or(most))
}
