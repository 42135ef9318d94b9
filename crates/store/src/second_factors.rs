//! What somebody shows besides the password: a secret that codes are made from, codes for when it is lost, and sign-ins that wait
//! for one of them. What the secret is sealed with is not known here.

use diesel::prelude::*;
use kontor_domain::{
    ids::{AccountId, HalfSignInId},
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    schema::{half_sign_ins, recovery_codes, second_factors},
};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = second_factors)]
pub struct SecondFactor {
    pub account_id: AccountId,
    pub sealed_secret: String,
    pub last_step: i64,
    pub created_at: Time,
    /// `None`: it is asked for only after a first code has shown that the secret arrived.
    pub confirmed_at: Option<Time>,
}

/// A password that was right.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = half_sign_ins)]
pub struct HalfSignIn {
    pub id: HalfSignInId,
    pub token_hash: String,
    pub account_id: AccountId,
    pub expires_at: Time,
}

pub fn of(db: &mut Conn, id: AccountId) -> Result<Option<SecondFactor>> {
    each!(db, |c| Ok(second_factors::table
        .find(id)
        .select(SecondFactor::as_select())
        .first(c)
        .optional()?))
}

/// Takes the place of one that was never confirmed. `false`: there is a confirmed one, and it stays.
pub fn offer(tx: &mut Tx<'_>, factor: &SecondFactor) -> Result<bool> {
    each!(tx, |c| {
        diesel::delete(
            second_factors::table
                .find(factor.account_id)
                .filter(second_factors::confirmed_at.is_null()),
        )
        .execute(c)?;
        Ok(diesel::insert_into(second_factors::table)
            .values(factor)
            .on_conflict_do_nothing()
            .execute(c)?
            == 1)
    })
}

/// From now on it is asked for. `false`: it was already, or there is none.
pub fn confirm(tx: &mut Tx<'_>, id: AccountId, now: Time) -> Result<bool> {
    let rows = each!(tx, |c| diesel::update(second_factors::table.find(id))
        .filter(second_factors::confirmed_at.is_null())
        .set(second_factors::confirmed_at.eq(now))
        .execute(c))?;
    Ok(rows == 1)
}

/// Takes a try at a code before it is looked at, so that tries made at the same time, in whatever process, cannot all pass: at most so many
/// since `since`, and the first after that begins anew. `false`: there was none left, or there is no factor.
pub fn take_try(tx: &mut Tx<'_>, id: AccountId, most: i32, now: Time, since: Time) -> Result<bool> {
    if most < 1 {
        return Ok(false);
    }
    each!(tx, |c| {
        let one_more = diesel::update(second_factors::table.find(id))
            .filter(second_factors::tries_since.gt(since))
            .filter(second_factors::tries.lt(most))
            .set(second_factors::tries.eq(second_factors::tries + 1))
            .execute(c)?;
        if one_more == 1 {
            return Ok(true);
        }
        let first = diesel::update(second_factors::table.find(id))
            .filter(
                second_factors::tries_since
                    .is_null()
                    .or(second_factors::tries_since.le(since).assume_not_null()),
            )
            .set((
                second_factors::tries.eq(1),
                second_factors::tries_since.eq(now),
            ))
            .execute(c)?;
        Ok(first == 1)
    })
}

/// It was none: nobody learned anything from it.
pub fn give_back_try(tx: &mut Tx<'_>, id: AccountId) -> Result<()> {
    each!(tx, |c| diesel::update(second_factors::table.find(id))
        .filter(second_factors::tries.gt(0))
        .set(second_factors::tries.eq(second_factors::tries - 1))
        .execute(c))?;
    Ok(())
}

/// A right code wipes the count.
pub fn forget_tries(tx: &mut Tx<'_>, id: AccountId) -> Result<()> {
    each!(tx, |c| diesel::update(second_factors::table.find(id))
        .set((
            second_factors::tries.eq(0),
            second_factors::tries_since.eq(None::<Time>),
        ))
        .execute(c))?;
    Ok(())
}

/// Takes the code of a step. `false`: that one, or a later one, was taken before.
pub fn take_step(tx: &mut Tx<'_>, id: AccountId, step: i64) -> Result<bool> {
    let rows = each!(tx, |c| diesel::update(second_factors::table.find(id))
        .filter(second_factors::last_step.lt(step))
        .set(second_factors::last_step.eq(step))
        .execute(c))?;
    Ok(rows == 1)
}

/// The codes before are good no longer.
pub fn set_recovery(tx: &mut Tx<'_>, id: AccountId, hashes: &[String]) -> Result<()> {
    let rows: Vec<_> = hashes
        .iter()
        .map(|hash| {
            (
                recovery_codes::account_id.eq(id),
                recovery_codes::code_hash.eq(hash),
            )
        })
        .collect();
    each!(tx, |c| {
        diesel::delete(recovery_codes::table.filter(recovery_codes::account_id.eq(id)))
            .execute(c)?;
        diesel::insert_into(recovery_codes::table)
            .values(&rows)
            .execute(c)?;
        Ok(())
    })
}

/// `false`: it is none of theirs, or it was used.
pub fn take_recovery(tx: &mut Tx<'_>, id: AccountId, hash: &str) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(
        recovery_codes::table.find((id, hash))
    )
    .execute(c))?;
    Ok(rows == 1)
}

pub fn recovery_left(db: &mut Conn, id: AccountId) -> Result<i64> {
    each!(db, |c| Ok(recovery_codes::table
        .filter(recovery_codes::account_id.eq(id))
        .count()
        .get_result(c)?))
}

/// The password alone is enough again. `false`: it was already.
pub fn remove(tx: &mut Tx<'_>, id: AccountId) -> Result<bool> {
    each!(tx, |c| {
        diesel::delete(recovery_codes::table.filter(recovery_codes::account_id.eq(id)))
            .execute(c)?;
        Ok(diesel::delete(second_factors::table.find(id)).execute(c)? == 1)
    })
}

pub fn insert_half(tx: &mut Tx<'_>, half: &HalfSignIn) -> Result<()> {
    each!(tx, |c| diesel::insert_into(half_sign_ins::table)
        .values(half)
        .execute(c))?;
    Ok(())
}

pub fn half(db: &mut Conn, hash: &str, now: Time) -> Result<Option<HalfSignIn>> {
    each!(db, |c| Ok(half_sign_ins::table
        .filter(half_sign_ins::token_hash.eq(hash))
        .filter(half_sign_ins::expires_at.gt(now))
        .select(HalfSignIn::as_select())
        .first(c)
        .optional()?))
}

/// `false`: it was gone.
pub fn end_half(tx: &mut Tx<'_>, id: HalfSignInId) -> Result<bool> {
    let rows = each!(tx, |c| diesel::delete(half_sign_ins::table.find(id))
        .execute(c))?;
    Ok(rows == 1)
}
