//! Polls: made with a post, voted in, counted by the server of their author, ended by the clock.

mod later;
mod votes;

use std::collections::HashMap;

use kontor_domain::{
    ids::{AccountId, PollId, PollOptionId, PostId},
    time::Time,
};
pub use kontor_store::polls::{Choice, Poll};
use kontor_store::{Conn, Tx, polls, posts::Post};

pub use later::queue;
pub use votes::{Taken, take, vote};

use crate::{App, Error, Result};

/// A poll made ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPoll {
    /// Each choice, with the votes that its server counts.
    pub choices: Vec<(String, i64)>,
    pub multiple: bool,
    pub hide_totals: bool,
    pub expires_at: Option<Time>,
    pub closed_at: Option<Time>,
    /// `None`: its server does not say.
    pub voters_count: Option<i64>,
}

/// A poll as one viewer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollView {
    pub poll: Poll,
    pub choices: Vec<Choice>,
    /// What the viewer voted for, by position.
    pub own_votes: Vec<i32>,
    /// Is it the viewer's own?
    pub own: bool,
}

/// What a local author asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    pub choices: Vec<String>,
    pub multiple: bool,
    pub hide_totals: bool,
    /// How long from now.
    pub seconds: i64,
}

/// Checks a poll that somebody here makes.
pub(crate) fn check(app: &App, wish: &Wish) -> Result<NewPoll> {
    let limits = &app.settings.limits;
    let bad = |reason: String| Err(Error::invalid("poll", reason));
    let choices: Vec<String> = wish
        .choices
        .iter()
        .map(|choice| choice.replace('\0', "").trim().to_owned())
        .filter(|choice| !choice.is_empty())
        .collect();
    if choices.len() < 2 {
        return bad("must have at least two options".to_owned());
    }
    if choices.len() > limits.poll_options {
        return bad(format!(
            "can't have more than {} options",
            limits.poll_options
        ));
    }
    let most = limits.poll_option_characters;
    if choices.iter().any(|choice| choice.chars().count() > most) {
        return bad(format!("can't have options longer than {most} characters"));
    }
    let mut sorted = choices.clone();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.len() != choices.len() {
        return bad("can't have the same option twice".to_owned());
    }
    if wish.seconds < limits.poll_seconds_min {
        return bad("ends too soon".to_owned());
    }
    if wish.seconds > limits.poll_seconds_max {
        return bad("ends too far in the future".to_owned());
    }
    Ok(NewPoll {
        choices: choices.into_iter().map(|title| (title, 0)).collect(),
        multiple: wish.multiple,
        hide_totals: wish.hide_totals,
        expires_at: Some(app.now() + chrono::Duration::seconds(wish.seconds)),
        closed_at: None,
        voters_count: Some(0),
    })
}

/// The post of a poll that a client names. Who may read that is asked of the post.
pub async fn post_of(app: &App, id: PollId) -> Result<PostId> {
    let post: Option<PostId> = app
        .store
        .read(move |db| Ok::<_, Error>(polls::post_of(db, id)?))
        .await?;
    post.ok_or(Error::NotFound)
}

/// Gives a post its poll.
pub(crate) fn attach(
    app: &App,
    tx: &mut Tx<'_>,
    post: &Post,
    new: &NewPoll,
    now: Time,
) -> Result<()> {
    attach_as(app, tx, post, (PollId(app.id()), new), now)
}

fn attach_as(
    app: &App,
    tx: &mut Tx<'_>,
    post: &Post,
    (poll_id, new): (PollId, &NewPoll),
    now: Time,
) -> Result<()> {
    let over = new.expires_at.filter(|end| *end <= now);
    let poll = Poll {
        id: post.id,
        multiple: new.multiple,
        hide_totals: new.hide_totals,
        expires_at: new.expires_at,
        closed_at: new.closed_at.or(over),
        voters_count: new.voters_count,
        tally_at: None,
        poll_id,
    };
    let choices: Vec<Choice> = (0_i32..)
        .zip(&new.choices)
        .map(|(position, (title, votes))| Choice {
            id: PollOptionId(app.id()),
            poll_id: post.id,
            position,
            title: title.clone(),
            votes_count: *votes,
        })
        .collect();
    polls::insert(tx, &poll, &choices)?;
    later::schedule_end(app, tx, &poll)
}

/// Makes a post's poll that which its author gives now. The same choices keep their votes, and new tallies are no new version.
/// `true`: it is another poll, known by the same id, and its votes are gone.
pub(crate) fn replace(
    app: &App,
    tx: &mut Tx<'_>,
    post: &Post,
    new: Option<&NewPoll>,
    now: Time,
) -> Result<bool> {
    let before = polls::of_posts(tx, &[post.id])?.pop();
    let (before, new) = match (before, new) {
        (None, None) => return Ok(false),
        (None, Some(new)) => {
            attach(app, tx, post, new, now)?;
            return Ok(true);
        }
        (Some(_), None) => {
            polls::delete(tx, post.id)?;
            return Ok(true);
        }
        (Some(before), Some(new)) => (before, new),
    };
    let choices = polls::choices_of(tx, &[post.id])?;
    let titles = choices.iter().map(|choice| &choice.title);
    if before.multiple != new.multiple || titles.ne(new.choices.iter().map(|(title, _)| title)) {
        polls::delete(tx, post.id)?;
        attach_as(app, tx, post, (before.poll_id, new), now)?;
        return Ok(true);
    }
    if !post.local {
        let votes: Vec<(i32, i64)> = (0_i32..)
            .zip(&new.choices)
            .map(|(position, (_, votes))| (position, *votes))
            .collect();
        polls::set_tallies(tx, post.id, new.voters_count, &votes)?;
    }
    let closed_at = new.closed_at.or(before.closed_at);
    if (new.expires_at, closed_at) != (before.expires_at, before.closed_at) {
        polls::set_end(tx, post.id, new.expires_at, closed_at)?;
        let poll = Poll {
            expires_at: new.expires_at,
            closed_at,
            ..before
        };
        later::schedule_end(app, tx, &poll)?;
    }
    Ok(false)
}

/// The polls of these posts, each with its author, as the viewer sees them: three queries.
pub(crate) fn load(
    db: &mut Conn,
    viewer: Option<AccountId>,
    of: &[(PostId, AccountId)],
) -> Result<HashMap<PostId, PollView>> {
    let ids: Vec<PostId> = of.iter().map(|(post, _)| *post).collect();
    let found = polls::of_posts(db, &ids)?;
    if found.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<PostId> = found.iter().map(|poll| poll.id).collect();
    let mut views: HashMap<PostId, PollView> = found
        .into_iter()
        .map(|poll| {
            let own = of
                .iter()
                .any(|(post, author)| *post == poll.id && Some(*author) == viewer);
            let view = PollView {
                poll,
                choices: Vec::new(),
                own_votes: Vec::new(),
                own,
            };
            (view.poll.id, view)
        })
        .collect();
    for choice in polls::choices_of(db, &ids)? {
        if let Some(view) = views.get_mut(&choice.poll_id) {
            view.choices.push(choice);
        }
    }
    if let Some(viewer) = viewer {
        for (poll, position) in polls::votes_by(db, viewer, &ids)? {
            if let Some(view) = views.get_mut(&poll) {
                view.own_votes.push(position);
            }
        }
    }
    Ok(views)
}
