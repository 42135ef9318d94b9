//! Polls and the votes in them. A poll hangs on a post and goes by its id, but to clients, which know it by one of its own; it is asked for by
//! ids that were shown to a viewer.

use diesel::prelude::*;
use kontor_domain::{
    ids::{AccountId, PollId, PollOptionId, PostId, VoteId},
    time::Time,
};

use crate::{
    Conn, Result, Tx,
    among::IsAmong,
    schema::{accounts, poll_options, poll_votes, polls, posts},
};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = polls, treat_none_as_default_value = false)]
pub struct Poll {
    pub id: PostId,
    pub multiple: bool,
    pub hide_totals: bool,
    pub expires_at: Option<Time>,
    pub closed_at: Option<Time>,
    /// `None`: its server does not say.
    pub voters_count: Option<i64>,
    /// Peers are to hear of new votes then.
    pub tally_at: Option<Time>,
    pub poll_id: PollId,
}

impl Poll {
    /// Is it over?
    pub fn is_over(&self, now: Time) -> bool {
        self.closed_at.is_some() || self.expires_at.is_some_and(|end| end <= now)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = poll_options)]
pub struct Choice {
    pub id: PollOptionId,
    pub poll_id: PostId,
    pub position: i32,
    pub title: String,
    pub votes_count: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = poll_votes)]
pub struct Vote {
    pub id: VoteId,
    pub poll_id: PostId,
    pub account_id: AccountId,
    pub position: i32,
    pub created_at: Time,
}

pub fn insert(tx: &mut Tx<'_>, poll: &Poll, choices: &[Choice]) -> Result<()> {
    each!(tx, |c| {
        diesel::insert_into(polls::table).values(poll).execute(c)?;
        diesel::insert_into(poll_options::table)
            .values(choices)
            .execute(c)
    })?;
    Ok(())
}

/// A poll goes, with its votes.
pub fn delete(tx: &mut Tx<'_>, id: PostId) -> Result<()> {
    each!(tx, |c| diesel::delete(polls::table.find(id)).execute(c))?;
    Ok(())
}

/// The post that a poll hangs on. Who may read that is not asked here.
pub fn post_of(db: &mut Conn, id: PollId) -> Result<Option<PostId>> {
    each!(db, |c| Ok(polls::table
        .filter(polls::poll_id.eq(id))
        .select(polls::id)
        .first(c)
        .optional()?))
}

pub fn of_posts(db: &mut Conn, ids: &[PostId]) -> Result<Vec<Poll>> {
    each!(db, |c| Ok(polls::table
        .filter(polls::id.among(ids))
        .select(Poll::as_select())
        .load(c)?))
}

/// The choices of these polls, in their order.
pub fn choices_of(db: &mut Conn, ids: &[PostId]) -> Result<Vec<Choice>> {
    each!(db, |c| Ok(poll_options::table
        .filter(poll_options::poll_id.among(ids))
        .order(poll_options::position.asc())
        .select(Choice::as_select())
        .load(c)?))
}

/// What one account voted in these polls.
pub fn votes_by(db: &mut Conn, account: AccountId, ids: &[PostId]) -> Result<Vec<(PostId, i32)>> {
    each!(db, |c| Ok(poll_votes::table
        .filter(poll_votes::poll_id.among(ids))
        .filter(poll_votes::account_id.eq(account))
        .order(poll_votes::position.asc())
        .select((poll_votes::poll_id, poll_votes::position))
        .load(c)?))
}

pub fn vote(db: &mut Conn, id: VoteId) -> Result<Option<Vote>> {
    each!(db, |c| Ok(poll_votes::table
        .find(id)
        .select(Vote::as_select())
        .first(c)
        .optional()?))
}

/// `false`: the account has voted so before.
pub fn insert_vote_if_new(tx: &mut Tx<'_>, vote: &Vote) -> Result<bool> {
    let rows = each!(tx, |c| diesel::insert_into(poll_votes::table)
        .values(vote)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(rows == 1)
}

/// One vote more for a choice.
pub fn count_vote(tx: &mut Tx<'_>, id: PostId, position: i32) -> Result<()> {
    each!(tx, |c| diesel::update(
        poll_options::table
            .filter(poll_options::poll_id.eq(id))
            .filter(poll_options::position.eq(position))
    )
    .set(poll_options::votes_count.eq(poll_options::votes_count + 1))
    .execute(c))?;
    Ok(())
}

/// One voter more, where voters are counted.
pub fn count_voter(tx: &mut Tx<'_>, id: PostId) -> Result<()> {
    each!(tx, |c| diesel::update(polls::table.find(id))
        .set(polls::voters_count.eq(polls::voters_count + 1))
        .execute(c))?;
    Ok(())
}

/// What the poll's own server counts.
pub fn set_tallies(
    tx: &mut Tx<'_>,
    id: PostId,
    voters: Option<i64>,
    choices: &[(i32, i64)],
) -> Result<()> {
    each!(tx, |c| {
        diesel::update(polls::table.find(id))
            .set(polls::voters_count.eq(voters))
            .execute(c)?;
        for (position, count) in choices {
            diesel::update(
                poll_options::table
                    .filter(poll_options::poll_id.eq(id))
                    .filter(poll_options::position.eq(*position)),
            )
            .set(poll_options::votes_count.eq(*count))
            .execute(c)?;
        }
        Ok(())
    })
}

pub fn set_end(
    tx: &mut Tx<'_>,
    id: PostId,
    expires_at: Option<Time>,
    closed_at: Option<Time>,
) -> Result<()> {
    each!(tx, |c| diesel::update(polls::table.find(id))
        .set((
            polls::expires_at.eq(expires_at),
            polls::closed_at.eq(closed_at)
        ))
        .execute(c))?;
    Ok(())
}

/// When peers are to hear of new votes; `None`: they know.
pub fn set_tally_at(tx: &mut Tx<'_>, id: PostId, at: Option<Time>) -> Result<()> {
    each!(tx, |c| diesel::update(polls::table.find(id))
        .set(polls::tally_at.eq(at))
        .execute(c))?;
    Ok(())
}

/// Who voted, here and elsewhere, each once.
pub fn voters(db: &mut Conn, id: PostId) -> Result<Vec<AccountId>> {
    each!(db, |c| Ok(poll_votes::table
        .filter(poll_votes::poll_id.eq(id))
        .select(poll_votes::account_id)
        .distinct()
        .load(c)?))
}

/// An account goes: what it voted in polls of ours is no longer counted. Its votes go with it.
pub fn forget_voter(tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
    each!(tx, |c| {
        let votes: Vec<(PostId, i32)> = poll_votes::table
            .inner_join(polls::table.inner_join(posts::table))
            .filter(poll_votes::account_id.eq(account))
            .filter(posts::local.eq(true))
            .select((poll_votes::poll_id, poll_votes::position))
            .load(c)?;
        let mut polled: Vec<PostId> = Vec::new();
        for (poll, position) in votes {
            diesel::update(
                poll_options::table
                    .filter(poll_options::poll_id.eq(poll))
                    .filter(poll_options::position.eq(position)),
            )
            .set(poll_options::votes_count.eq(poll_options::votes_count - 1))
            .execute(c)?;
            if !polled.contains(&poll) {
                diesel::update(polls::table.find(poll))
                    .set(polls::voters_count.eq(polls::voters_count - 1))
                    .execute(c)?;
                polled.push(poll);
            }
        }
        diesel::delete(poll_votes::table.filter(poll_votes::account_id.eq(account))).execute(c)
    })?;
    Ok(())
}

/// Where those who voted from elsewhere are reached: own inbox, shared inbox.
pub fn voter_inboxes(db: &mut Conn, id: PostId) -> Result<Vec<(String, Option<String>)>> {
    each!(db, |c| Ok(poll_votes::table
        .inner_join(accounts::table)
        .filter(poll_votes::poll_id.eq(id))
        .filter(accounts::domain.is_not_null())
        .filter(accounts::suspended_at.is_null())
        .select((accounts::inbox_url, accounts::shared_inbox_url))
        .distinct()
        .load(c)?))
}
