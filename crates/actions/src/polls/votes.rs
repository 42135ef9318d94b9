//! Voting, by people here and by peers.

use kontor_domain::{
    audience::Viewer,
    event::Event,
    ids::{AccountId, PostId, VoteId},
};
use kontor_store::{
    Tx,
    polls::{self, Poll, Vote},
    posts,
};

use super::later;
use crate::{
    App, Error, Result,
    communities::{self, Source},
};

/// A person here votes for these choices, by position. Who has voted cannot vote again.
pub async fn vote(app: &App, by: AccountId, id: PostId, choices: Vec<i32>) -> Result<()> {
    let now = app.now();
    let this = app.clone();
    app.store
        .write(move |tx| {
            let post = posts::by_id(tx, Viewer::Account(by), id)?.ok_or(Error::NotFound)?;
            communities::may_take_part(&this, tx, (post.community_id, by), Source::Here)?;
            let poll = polls::of_posts(tx, &[id])?.pop().ok_or(Error::NotFound)?;
            let bad = |reason: &str| Err(Error::invalid("choices", reason));
            if poll.is_over(now) {
                return bad("come too late: the poll has ended");
            }
            if post.account_id == by {
                return bad("can't be made in a poll of your own");
            }
            let mut wanted = choices.clone();
            wanted.sort_unstable();
            wanted.dedup();
            if wanted.is_empty() || (!poll.multiple && wanted.len() > 1) {
                return bad("must be one, or several where the poll takes several");
            }
            let known = polls::choices_of(tx, &[id])?;
            if !wanted
                .iter()
                .all(|wanted| known.iter().any(|choice| choice.position == *wanted))
            {
                return bad("hold what is no option of the poll");
            }
            if !polls::votes_by(tx, by, &[id])?.is_empty() {
                return bad("were made before");
            }
            for position in wanted {
                let vote = cast(&this, tx, &poll, by, position)?;
                if let Some(vote) = vote.filter(|_| !post.local) {
                    this.record(tx, &Event::PollVoted { vote })?;
                }
            }
            polls::count_voter(tx, id)?;
            if post.local {
                later::schedule_tally(&this, tx, &poll)?;
            }
            Ok(())
        })
        .await
}

/// What came of a vote from elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    Counted,
    /// It came before, or is one too many.
    Known,
    TooLate,
    /// There is no such choice.
    Unknown,
}

/// A peer's vote in a poll of ours, by the text of the choice. A poll of ours that the voter may not read is not there.
pub async fn take(app: &App, by: AccountId, poll_uri: String, title: String) -> Result<Taken> {
    let now = app.now();
    let this = app.clone();
    app.store
        .write(move |tx| {
            let post = posts::by_uri(tx, Viewer::Account(by), &poll_uri)?
                .filter(|post| post.local && post.account_id != by)
                .ok_or(Error::NotFound)?;
            communities::may_take_part(&this, tx, (post.community_id, by), Source::Peer)?;
            let poll = polls::of_posts(tx, &[post.id])?
                .pop()
                .ok_or(Error::NotFound)?;
            if poll.is_over(now) {
                return Ok(Taken::TooLate);
            }
            let choices = polls::choices_of(tx, &[post.id])?;
            let Some(choice) = choices.iter().find(|choice| choice.title == title) else {
                return Ok(Taken::Unknown);
            };
            let before = polls::votes_by(tx, by, &[post.id])?;
            if !poll.multiple && !before.is_empty() {
                return Ok(Taken::Known);
            }
            if cast(&this, tx, &poll, by, choice.position)?.is_none() {
                return Ok(Taken::Known);
            }
            if before.is_empty() {
                polls::count_voter(tx, post.id)?;
            }
            later::schedule_tally(&this, tx, &poll)?;
            Ok(Taken::Counted)
        })
        .await
}

/// `None`: it was cast before.
fn cast(
    app: &App,
    tx: &mut Tx<'_>,
    poll: &Poll,
    by: AccountId,
    position: i32,
) -> Result<Option<VoteId>> {
    let vote = Vote {
        id: VoteId(app.id()),
        poll_id: poll.id,
        account_id: by,
        position,
        created_at: app.now(),
    };
    if !polls::insert_vote_if_new(tx, &vote)? {
        return Ok(None);
    }
    polls::count_vote(tx, poll.id, position)?;
    Ok(Some(vote.id))
}
