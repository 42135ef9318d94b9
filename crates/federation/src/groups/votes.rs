//! Votes in a community of ours that are too many for a minute. They wait, and of what one account says about one post only what stands
//! when its time comes is told, so that all servers count the same in the end. How many may wait is in `actions`.

use kontor_actions::{App, Result, communities::Due};
use kontor_domain::{
    ids::{AccountId, PostId},
    time::Time,
};
use kontor_store::{Tx, activities, dislikes, favourites, jobs, posts, reactions};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::relays::{QUEUE, Relay};
use crate::objects::loose::id_of;

/// An emoji has fewer.
const OPINION_CHARACTERS: usize = 200;

/// A word about a post, as it waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Vote {
    /// Of the vote; of an Undo, of the vote that it takes back.
    id: String,
    /// For, against, or with which emoji.
    opinion: String,
    undo: bool,
    /// Other servers may have heard an earlier word of the account's with this opinion.
    heard: bool,
}

/// One that goes later.
pub(super) struct Held {
    /// What one account says about one post is told in the order in which it was said.
    pub(super) lane: String,
    pub(super) due: Time,
    pub(super) vote: Vote,
}

/// When a vote is passed on.
pub(super) enum When {
    Now,
    Later(Held),
    Never,
}

/// What waits and says the same, or the opposite, does not go any more.
struct Replaced {
    due: Time,
    heard: bool,
}

impl Vote {
    fn of(activity: &Value) -> Self {
        let text = |value: &Value, name: &str| -> String {
            let text = value.get(name).and_then(Value::as_str);
            let text = text.unwrap_or_default().trim();
            text.chars().take(OPINION_CHARACTERS).collect()
        };
        let undo = text(activity, "type") == "Undo";
        let vote = activity.get("object").filter(|_| undo).unwrap_or(activity);
        Self {
            id: id_of(vote).unwrap_or_default().to_owned(),
            opinion: format!("{} {}", text(vote, "type"), text(vote, "content")),
            undo,
            // What is taken back may be known.
            heard: undo,
        }
    }

    fn is_about(&self, other: &Self) -> bool {
        self.opinion == other.opinion || (self.id == other.id && !self.id.is_empty())
    }

    /// Is it still to be told when its time comes? Its author may have taken it back, and the post may be gone.
    pub(super) fn is_wanted(&self, tx: &mut Tx<'_>, post: &str) -> Result<bool> {
        match posts::stub_by_uri(tx, post)? {
            Some(_) if self.undo => Ok(true),
            Some(post) => stands(tx, &self.id, post.id),
            None => Ok(false),
        }
    }
}

/// Is it this vote that stands, and not one that its author gave before?
pub(super) fn stands(tx: &mut Tx<'_>, uri: &str, post: PostId) -> Result<bool> {
    let voted = match favourites::by_uri(tx, uri)? {
        Some(favourite) => Some(favourite.post_id),
        None => match reactions::by_uri(tx, uri)? {
            Some(reaction) => Some(reaction.post_id),
            None => dislikes::by_uri(tx, uri)?.map(|dislike| dislike.post_id),
        },
    };
    Ok(voted == Some(post))
}

/// When a vote on the post at an address goes. It takes the place of what waits and is outdated by it; one that nobody has heard of goes
/// with its Undo.
pub(super) fn when(
    app: &App,
    tx: &mut Tx<'_>,
    (community, by): (AccountId, AccountId),
    (activity, post): (&Value, &str),
) -> Result<When> {
    let now = app.now();
    let lane = format!("{post} {by}");
    let mut vote = Vote::of(activity);
    let waits = jobs::waits(tx, QUEUE, &lane)?;
    let replaced = if waits {
        replace(tx, &lane, &vote, now)?
    } else {
        None
    };
    if let Some(replaced) = replaced {
        if vote.undo && !replaced.heard {
            app.votes.give_back(community, by, (replaced.due, now));
            return Ok(When::Never);
        }
        vote.heard = replaced.heard;
        let due = replaced.due;
        return Ok(When::Later(Held { lane, due, vote }));
    }
    Ok(match app.votes.next(community, by, now) {
        Due::Now if !waits => When::Now,
        Due::Now => When::Later(Held {
            lane,
            due: now,
            vote,
        }),
        Due::At(due) => When::Later(Held { lane, due, vote }),
        Due::Never => {
            tracing::debug!(%community, post, "too many votes wait: one is counted here alone");
            When::Never
        }
    })
}

fn replace(tx: &mut Tx<'_>, lane: &str, vote: &Vote, now: Time) -> Result<Option<Replaced>> {
    let mut replaced: Option<Replaced> = None;
    for job in jobs::to_come(tx, QUEUE, lane, now)? {
        let Ok(relay) = serde_json::from_str::<Relay>(&job.payload) else {
            continue;
        };
        let Some(older) = relay.vote.filter(|older| older.is_about(vote)) else {
            continue;
        };
        if !jobs::finish(tx, job.id)? {
            continue;
        }
        activities::delete(tx, relay.activity)?;
        let before = replaced.map_or((job.run_at, false), |known| (known.due, known.heard));
        replaced = Some(Replaced {
            due: before.0,
            heard: before.1 || older.heard,
        });
    }
    Ok(replaced)
}
