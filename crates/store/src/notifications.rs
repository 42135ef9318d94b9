//! What people are told of.

use std::collections::HashSet;

use diesel::{prelude::*, sql_types::Bool};
use kontor_domain::{
    ids::{
        AccountId, CollectionId, NotificationId, PostId, ReactionId, ReportId, SeveranceId,
        WarningId,
    },
    notification::NotificationKind,
    page::Page,
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    schema::{notification_requests, notifications},
};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = notifications, treat_none_as_default_value = false)]
pub struct Notification {
    pub id: NotificationId,
    pub account_id: AccountId,
    pub from_account_id: AccountId,
    pub kind: NotificationKind,
    pub post_id: Option<PostId>,
    pub dedupe: String,
    pub created_at: Time,
    pub reaction_id: Option<ReactionId>,
    /// What is shown as one; `None`: it stands alone.
    pub group_key: Option<String>,
    /// Held back by the policy of the one who is told.
    pub filtered: bool,
    pub collection_id: Option<CollectionId>,
    pub report_id: Option<ReportId>,
    pub severance_id: Option<SeveranceId>,
    pub warning_id: Option<WarningId>,
}

/// Rows that one statement writes.
const AT_ONCE: usize = 100;

/// `false`: the person has been told already.
pub fn insert_if_new(tx: &mut Tx<'_>, notification: &Notification) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::insert_into(notifications::table)
            .values(notification)
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    Ok(rows == 1)
}

/// Of all these, those of which the person had not been told already.
pub fn insert_several(
    tx: &mut Tx<'_>,
    notifications: &[Notification],
) -> Result<HashSet<NotificationId>> {
    let mut new = HashSet::new();
    for some in notifications.chunks(AT_ONCE) {
        new.extend(insert_some(tx, some)?);
    }
    Ok(new)
}

fn insert_some(tx: &mut Tx<'_>, some: &[Notification]) -> Result<Vec<NotificationId>> {
    let ids: Vec<NotificationId> = some.iter().map(|one| one.id).collect();
    each!(tx, |c| {
        diesel::insert_into(notifications::table)
            .values(some)
            .on_conflict_do_nothing()
            .execute(c)?;
        Ok(notifications::table
            .filter(notifications::id.among(&ids))
            .select(notifications::id)
            .load(c)?)
    })
}

/// Which notifications of a person: of these kinds, from this account, and those that are held back too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    pub kinds: Vec<NotificationKind>,
    pub from: Option<AccountId>,
    pub include_filtered: bool,
}

/// A page of what is selected, in these columns.
macro_rules! page_in {
    ($db:expr, $owner:expr, $selection:expr, $page:expr, $columns:expr) => {
        each!($db, |c| {
            let own = notifications::table
                .filter(notifications::account_id.eq($owner))
                .filter(notifications::kind.among(&$selection.kinds))
                .filter(
                    $selection
                        .include_filtered
                        .into_sql::<Bool>()
                        .or(notifications::filtered.eq(false)),
                )
                .select($columns);
            Ok(if let Some(from) = $selection.from {
                keyset!(
                    own.filter(notifications::from_account_id.eq(from)),
                    notifications::id,
                    $page,
                    c
                )
            } else {
                keyset!(own, notifications::id, $page, c)
            })
        })
    };
}

pub fn page(
    db: &mut Conn,
    owner: AccountId,
    selection: &Selection,
    page: &Page,
) -> Result<Vec<Notification>> {
    page_in!(db, owner, selection, page, Notification::as_select())
}

pub fn by_id(db: &mut Conn, owner: AccountId, id: NotificationId) -> Result<Option<Notification>> {
    each!(db, |c| {
        Ok(notifications::table
            .find(id)
            .filter(notifications::account_id.eq(owner))
            .select(Notification::as_select())
            .first(c)
            .optional()?)
    })
}

/// How many of these are newer than `above`, counted up to `most`.
pub fn count_above(
    db: &mut Conn,
    owner: AccountId,
    selection: &Selection,
    above: NotificationId,
    most: i64,
) -> Result<i64> {
    let newest = Page {
        since_id: Some(above.0),
        ..Page::first(most)
    };
    let found: Result<Vec<NotificationId>> =
        page_in!(db, owner, selection, &newest, notifications::id);
    Ok(i64::try_from(found?.len()).unwrap_or(most))
}

pub fn dismiss(tx: &mut Tx<'_>, owner: AccountId, id: NotificationId) -> Result<bool> {
    let rows = each!(tx, |c| {
        diesel::delete(
            notifications::table
                .find(id)
                .filter(notifications::account_id.eq(owner)),
        )
        .execute(c)
    })?;
    Ok(rows == 1)
}

pub fn clear(tx: &mut Tx<'_>, owner: AccountId) -> Result<()> {
    each!(tx, |c| {
        diesel::delete(
            notification_requests::table.filter(notification_requests::account_id.eq(owner)),
        )
        .execute(c)?;
        diesel::delete(notifications::table.filter(notifications::account_id.eq(owner))).execute(c)
    })?;
    Ok(())
}

/// A request was answered or taken back: its notification goes.
pub fn delete_from(
    tx: &mut Tx<'_>,
    owners: &[AccountId],
    from: AccountId,
    kind: NotificationKind,
) -> Result<()> {
    each!(tx, |c| {
        diesel::delete(
            notifications::table
                .filter(notifications::account_id.among(owners))
                .filter(notifications::from_account_id.eq(from))
                .filter(notifications::kind.eq(kind)),
        )
        .execute(c)
    })?;
    Ok(())
}

/// What was told of one post is taken back: its notification goes.
pub fn delete_about(
    tx: &mut Tx<'_>,
    owner: AccountId,
    from: AccountId,
    kind: NotificationKind,
    post: PostId,
) -> Result<()> {
    each!(tx, |c| {
        diesel::delete(
            notifications::table
                .filter(notifications::account_id.eq(owner))
                .filter(notifications::from_account_id.eq(from))
                .filter(notifications::kind.eq(kind))
                .filter(notifications::post_id.eq(post)),
        )
        .execute(c)
    })?;
    Ok(())
}

/// What these people were told of these posts goes: they are told anew.
pub fn delete_told(
    tx: &mut Tx<'_>,
    kind: NotificationKind,
    people: &[AccountId],
    posts: &[PostId],
) -> Result<()> {
    each!(tx, |c| {
        diesel::delete(
            notifications::table
                .filter(notifications::post_id.assume_not_null().among(posts))
                .filter(notifications::account_id.among(people))
                .filter(notifications::kind.eq(kind)),
        )
        .execute(c)
    })?;
    Ok(())
}

/// Somebody is no longer in a collection: what they were told of it goes.
pub fn delete_about_collection(
    tx: &mut Tx<'_>,
    owner: AccountId,
    collection: CollectionId,
) -> Result<()> {
    each!(tx, |c| {
        diesel::delete(
            notifications::table
                .filter(notifications::account_id.eq(owner))
                .filter(notifications::collection_id.eq(collection)),
        )
        .execute(c)
    })?;
    Ok(())
}

/// Everything that came from somebody: they are blocked.
pub fn delete_all_from(tx: &mut Tx<'_>, owner: AccountId, from: AccountId) -> Result<()> {
    each!(tx, |c| {
        diesel::delete(
            notifications::table
                .filter(notifications::account_id.eq(owner))
                .filter(notifications::from_account_id.eq(from)),
        )
        .execute(c)
    })?;
    crate::notification_requests::forget(tx, owner, &[from])
}

/// Whatever somebody made, for an account that is being erased.
pub fn delete_whatever_of(tx: &mut Tx<'_>, from: AccountId) -> Result<()> {
    each!(tx, |c| {
        diesel::delete(
            notification_requests::table.filter(notification_requests::from_account_id.eq(from)),
        )
        .execute(c)?;
        diesel::delete(notifications::table.filter(notifications::from_account_id.eq(from)))
            .execute(c)
    })?;
    Ok(())
}

/// Some of them at once. What is not there is passed over.
pub fn dismiss_several(tx: &mut Tx<'_>, owner: AccountId, ids: &[NotificationId]) -> Result<()> {
    each!(tx, |c| diesel::delete(
        notifications::table
            .filter(notifications::account_id.eq(owner))
            .filter(notifications::id.among(ids))
    )
    .execute(c))?;
    Ok(())
}
