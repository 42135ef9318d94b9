//! What follows from an event: rows in timelines and notifications. Each effect happens once, because all of them are written
//! in the transaction that removes the event, or in that of what happened.

mod conversations;
mod home;
mod many;
mod notifications;
mod streams;

use home::Places;
use kontor_domain::{
    audience::Audience,
    event::{
        AnsweredAppeal, AnsweredFeature, AnsweredQuote, ChangedCollection, DeletedCollection,
        DeletedPost, EndedBoost, EndedFavourite, EndedReaction, Ends, Event, RemovedItem,
        RevokedFeature, RevokedQuote,
    },
    ids::{AccountId, PostId},
};
use kontor_store::{Tx, jobs, posts::Post};

use crate::{App, Error, Result, accounts::Account};

pub(crate) use many::{severed, warned};

/// The queue that events wait in.
pub const QUEUE: &str = "events";

/// Reads an event as it was recorded.
pub fn read(payload: &str) -> Result<Event> {
    serde_json::from_str(payload)
        .map_err(|why| Error::Broken(format!("an event cannot be read: {why}")))
}

/// Effects of events about one thing happen in the order in which it changed: nobody hears of a deletion before the creation.
pub(crate) fn lane(event: &Event) -> String {
    match event {
        Event::PostCreated { post }
        | Event::PostEdited { post }
        | Event::PollTallied { post }
        | Event::PollEnded { post }
        | Event::QuoteRequested { post }
        | Event::PolicyChanged { post }
        | Event::QuoteAccepted { post }
        | Event::QuoteAnswered(AnsweredQuote { post, .. })
        | Event::QuoteRevoked(RevokedQuote { post, .. })
        | Event::PostDeleted(DeletedPost { post, .. })
        | Event::PostBoosted { post, .. }
        | Event::BoostUndone(EndedBoost { post, .. })
        | Event::PostFavourited { post, .. }
        | Event::FavouriteUndone(EndedFavourite { post, .. })
        | Event::PostReacted { post, .. }
        | Event::ReactionUndone(EndedReaction { post, .. })
        | Event::PostPinned { post, .. }
        | Event::PostUnpinned { post, .. } => {
            format!("post {post}")
        }
        Event::CommunityModerated(done) => community_lane(done.community, done.post, done.account),
        Event::CommunityDeedCame(deed) => community_lane(deed.community, deed.post, deed.account),
        Event::CommunityEditAsked(asked) => community_lane(asked.community, None, None),
        Event::CommunityAppealed { entry }
        | Event::CommunityAppealAnswered(AnsweredAppeal { entry, .. }) => {
            format!("appeal {entry}")
        }
        Event::CommunityRequestAnswered(answered) => {
            community_lane(answered.community, None, Some(answered.follower))
        }
        // By its two ends: it may end and begin anew, as another row.
        Event::FollowRequested { between, .. } | Event::FollowAccepted { between, .. } => {
            between.map_or_else(|| "follows".to_owned(), follow_lane)
        }
        Event::FollowRejected(ended) | Event::FollowUndone(ended) => follow_lane(Ends {
            follower: ended.follower,
            target: ended.target,
        }),
        Event::AccountBlocked { .. } | Event::AccountUnblocked(_) => "blocks".to_owned(),
        Event::AccountReported { report } => format!("report {report}"),
        Event::AccountUpdated { account }
        | Event::AccountSuspended { account }
        | Event::AccountMoved { account }
        | Event::AccountDeleted { account }
        | Event::DomainBlocked { account, .. } => format!("account {account}"),
        Event::PollVoted { vote } => format!("vote {vote}"),
        Event::CollectionItemAdded { collection, .. }
        | Event::CollectionItemRemoved(RemovedItem { collection, .. })
        | Event::CollectionCreated { collection }
        | Event::CollectionUpdated(ChangedCollection { collection, .. })
        | Event::CollectionDeleted(DeletedCollection { collection, .. })
        | Event::FeatureRequested { collection, .. }
        | Event::FeatureAnswered(AnsweredFeature { collection, .. })
        | Event::FeatureRevoked(RevokedFeature { collection, .. }) => {
            format!("collection {collection}")
        }
        Event::AnnouncementPublished { announcement }
        | Event::AnnouncementDeleted { announcement } => format!("announcement {announcement}"),
    }
}

fn community_lane(
    community: AccountId,
    post: Option<PostId>,
    account: Option<AccountId>,
) -> String {
    match (post, account) {
        (Some(post), _) => format!("post {post}"),
        (None, Some(account)) => format!("community {community} {account}"),
        (None, None) => format!("community {community}"),
    }
}

fn follow_lane(between: Ends) -> String {
    let Ends { follower, target } = between;
    format!("follow {follower} {target}")
}

pub fn apply(app: &App, tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    if let Event::DomainBlocked { account, domain } = event {
        return crate::domain_blocks::part(app, tx, *account, domain);
    }
    let told = home::apply(app, tx, event)?;
    streams::apply(tx, event);
    conversations::apply(app, tx, event)?;
    notifications::apply(app, tx, event)?;
    if let Event::PostCreated { post } = event
        && !told.is_empty()
        && let Some(author) = notifications::author_of(tx, *post)?
    {
        notifications::posted(app, tx, (*post, &author), told)?;
    }
    Ok(())
}

/// Somebody may do from now on what people here do: they are approved, and their address is confirmed.
pub(crate) fn signed_up(app: &App, tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
    notifications::signed_up(app, tx, account)
}

/// What a post comes with, and what follows from that.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Has<'a> {
    pub(crate) quote: bool,
    pub(crate) tags: bool,
    pub(crate) mentions: &'a [AccountId],
}

/// What follows from a post that came from elsewhere, and that nobody is to be sent: at once, unless it concerns so many here
/// that others would have to wait for the transaction.
pub(crate) fn arrived(
    app: &App,
    tx: &mut Tx<'_>,
    (post, author): (&Post, &Account),
    has: Has<'_>,
) -> Result<()> {
    match few(app, tx, post, has)? {
        Some(places) => enter(app, tx, (post, author), has, places),
        None => app.record(tx, &Event::PostCreated { post: post.id }),
    }
}

/// What follows from a post that is written here, and what is sent of it: at once, unless it concerns so many. What a community makes
/// of it comes after its place in it is written.
pub(crate) fn written(
    app: &App,
    tx: &mut Tx<'_>,
    author: &Account,
    post: &Post,
    has: Has<'_>,
) -> Result<()> {
    let most = app.settings.limits.homes_at_once;
    let followed = usize::try_from(author.followers_count).is_ok_and(|count| count <= most);
    let alone = post.community_id.is_none() && author.suspended_at.is_none();
    if followed
        && alone
        && let Some(places) = few(app, tx, post, has)?
        && is_sent(app.remote.publish(app, tx, post, has.mentions))?
    {
        return enter(app, tx, (post, author), has, places);
    }
    app.record(tx, &Event::PostCreated { post: post.id })
}

/// The timelines that a post enters. `None`: with whom it mentions they are more than one transaction takes.
fn few(app: &App, tx: &mut Tx<'_>, post: &Post, has: Has<'_>) -> Result<Option<Places>> {
    let most = app.settings.limits.homes_at_once;
    let tagged = if has.tags {
        i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1)
    } else {
        0
    };
    let places = home::places(app, tx, post, tagged)?;
    let all = places.len().saturating_add(has.mentions.len());
    Ok((all <= most).then_some(places))
}

fn enter(
    app: &App,
    tx: &mut Tx<'_>,
    (post, author): (&Post, &Account),
    has: Has<'_>,
    places: Places,
) -> Result<()> {
    places.enter(tx, post.id)?;
    let event = Event::PostCreated { post: post.id };
    streams::apply(tx, &event);
    if post.audience == Audience::Direct {
        conversations::apply(app, tx, &event)?;
    }
    notifications::arrived(app, tx, (post.id, author), has)?;
    notifications::posted(app, tx, (post.id, author), places.told)
}

/// A follow of somebody elsewhere stands, and they are told at once: what is posted next is written with the post, and their server takes
/// it only after that. Where an end of the same follow waits to be told, this waits behind it.
pub(crate) fn let_in(app: &App, tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    let ended = |payload: &String| {
        read(payload)
            .is_ok_and(|event| matches!(event, Event::FollowRejected(_) | Event::FollowUndone(_)))
    };
    let waiting = jobs::payloads_in(tx, QUEUE, &lane(event), IN_LANE)?;
    if !waiting.iter().any(ended) && is_sent(app.remote.tell(app, tx, event))? {
        return apply(app, tx, event);
    }
    app.record(tx, event)
}

/// More than wait in the lane of one follow.
const IN_LANE: i64 = 100;

/// `false`: it could not be made. What it was to tell of stands all the same, and it is tried anew by an event, which is set aside with
/// the reason if that fails too.
fn is_sent(written: Result<()>) -> Result<bool> {
    match written {
        Ok(()) => Ok(true),
        // The transaction is lost.
        Err(why @ Error::Internal(_)) => Err(why),
        Err(why) => {
            tracing::error!(error = %why, "an activity cannot be written with what it tells of");
            Ok(false)
        }
    }
}

#[cfg(test)]
mod tests {
    use kontor_domain::{event::EndedFollow, ids::FollowId};

    use super::*;

    #[test]
    fn a_follow_has_the_lane_of_its_two_ends() {
        let ends = |follower, target| Ends {
            follower: AccountId(follower),
            target: AccountId(target),
        };
        let asked = |id, between| Event::FollowRequested {
            follow: FollowId(id),
            between: Some(between),
        };
        let accepted = Event::FollowAccepted {
            follow: FollowId(1),
            between: Some(ends(7, 8)),
        };
        let undone = Event::FollowUndone(EndedFollow {
            uri: "x".to_owned(),
            follower: AccountId(7),
            target: AccountId(8),
        });
        assert_eq!(lane(&asked(1, ends(7, 8))), lane(&accepted));
        assert_eq!(lane(&asked(2, ends(7, 8))), lane(&undone));
        assert_ne!(lane(&accepted), lane(&asked(3, ends(8, 7))));
        assert_ne!(lane(&accepted), lane(&asked(4, ends(7, 78))));
    }

    #[test]
    fn an_event_of_an_older_version_is_read() {
        for (text, wanted) in [
            (
                r#"{"event":"follow_requested","follow":5}"#,
                Event::FollowRequested {
                    follow: FollowId(5),
                    between: None,
                },
            ),
            (
                r#"{"event":"follow_accepted","follow":5}"#,
                Event::FollowAccepted {
                    follow: FollowId(5),
                    between: None,
                },
            ),
        ] {
            assert_eq!(read(text).unwrap(), wanted);
        }
    }
}
