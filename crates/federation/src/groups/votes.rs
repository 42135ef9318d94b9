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

use super::{
    passing::{Kind, Passing},
    relays::{QUEUE, Relay},
};
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
    /// It takes the place of the opposite one, which they may have heard: it goes, whatever comes after it.
    #[serde(default)]
    turned: bool,
}

/// One that goes later.
pub(super) struct Held {
    pub(super) by: AccountId,
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

/// What waits and says the same, or takes it back, does not go any more.
struct Replaced {
    due: Time,
    heard: bool,
    turned: bool,
}

impl Vote {
    fn of(activity: &Value, turned: bool) -> Self {
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
            turned,
        }
    }

    /// Does it not go any more, now that this is said?
    fn gives_way_to(&self, newer: &Self) -> bool {
        let same = self.opinion == newer.opinion || (self.id == newer.id && !self.id.is_empty());
        same && !(self.turned && newer.undo)
    }

    /// Is it still to be told when its time comes? Its author may have taken it back, and the post may be gone.
    pub(super) fn is_wanted(&self, tx: &mut Tx<'_>, post: &str) -> Result<bool> {
        match posts::stub_by_uri(tx, post)? {
            Some(_) if self.undo || self.turned => Ok(true),
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

/// When a vote goes. It takes the place of what waits and is outdated by it; one that nobody has heard of goes
/// with its Undo.
pub(super) fn when(
    app: &App,
    tx: &mut Tx<'_>,
    (community, by): (AccountId, AccountId),
    passing: &Passing,
) -> Result<When> {
    let (now, post) = (app.now(), passing.order.as_str());
    let lane = format!("{post} {by}");
    let mut vote = Vote::of(&passing.inner, passing.kind == Kind::Turned);
    let waits = jobs::waits(tx, QUEUE, &lane)?;
    let replaced = if waits {
        replace(tx, &lane, &vote, now)?
    } else {
        None
    };
    if let Some(replaced) = replaced {
        let due = replaced.due;
        if vote.undo && !replaced.heard {
            let app = app.clone();
            tx.if_kept(move || app.votes.give_back(community, by, (due, now)));
            return Ok(When::Never);
        }
        vote.heard |= replaced.heard;
        vote.turned |= replaced.turned;
        return Ok(When::Later(Held {
            by,
            lane,
            due,
            vote,
        }));
    }
    let due = match app.votes.next(community, by, now) {
        Due::Now => Some(now),
        Due::At(due) => Some(due),
        Due::Never => None,
    };
    if let Some(due) = due {
        let app = app.clone();
        tx.if_lost(move || app.votes.give_back(community, by, (due, now)));
    }
    Ok(match due {
        Some(due) if due == now && !waits => When::Now,
        Some(due) => When::Later(Held {
            by,
            lane,
            due,
            vote,
        }),
        None => {
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
        let Some(older) = relay.vote.filter(|older| older.gives_way_to(vote)) else {
            continue;
        };
        if !jobs::finish(tx, job.id)? {
            continue;
        }
        activities::delete(tx, relay.activity)?;
        let before = replaced.unwrap_or(Replaced {
            due: job.run_at,
            heard: false,
            turned: false,
        });
        replaced = Some(Replaced {
            due: before.due,
            heard: before.heard || older.heard,
            turned: before.turned || older.turned,
        });
    }
    Ok(replaced)
}
