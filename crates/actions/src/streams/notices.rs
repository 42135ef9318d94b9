//! From what this process and the others tell after their commits to what the connections of this one are handed, in that order.

use std::{collections::HashSet, future::Future, time::Duration};

use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, NotificationId, PostId, TokenId},
    notification::NotificationKind,
    time::Time,
};
use kontor_jobs::Stop;
use kontor_store::{
    Conn, Notice,
    streams::{self, Gone, News as Told},
};
use tokio::{
    sync::broadcast::error::{RecvError, TryRecvError},
    time::MissedTickBehavior,
};

use super::{
    End, Hub, News, Origin, Part, Stream, What, announcements,
    readers::{readers, shown},
};
use crate::{App, Result, conversations, notifications};

/// A post that is older came late, from a server that was away or by a look back: it is in the timelines, and no news.
pub(crate) const NEWS_FOR: chrono::Duration = chrono::Duration::hours(6);
/// Notices that are looked at with one connection to the database.
const AT_ONCE: usize = 64;
/// Commands beside the server, on SQLite, tell it nothing: so often it asks whether some of the tokens are still good.
const LOOK_EVERY: Duration = Duration::from_millis(800);
const LOOK_AT: usize = 500;

/// Hands out until the server stops; then every connection ends.
pub fn watch(app: &App, stop: Stop) -> impl Future<Output = ()> + Send + 'static {
    let app = app.clone();
    // Nothing that is told from now on is missed.
    let mut incoming = app.store.notices();
    async move {
        let mut looking = tokio::time::interval(LOOK_EVERY);
        looking.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut looked = TokenId(0);
        loop {
            tokio::select! {
                () = stop.stopped() => break,
                _ = looking.tick() => looked = look(&app, looked).await,
                first = incoming.recv() => {
                    let mut told = Vec::new();
                    let mut missed = false;
                    match first {
                        Ok(notice) => told.extend(ours(&notice)),
                        Err(RecvError::Lagged(_)) => missed = true,
                        Err(RecvError::Closed) => break,
                    }
                    while told.len() < AT_ONCE {
                        match incoming.try_recv() {
                            Ok(notice) => told.extend(ours(&notice)),
                            Err(TryRecvError::Lagged(_)) => missed = true,
                            Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                        }
                    }
                    if missed {
                        tracing::warn!("there was more news than could be handed out in time");
                        app.streams.close_all(End::Missed);
                    } else if !told.is_empty() && app.streams.open() > 0 {
                        hand_out(&app, told).await;
                    }
                }
            }
        }
        app.streams.close_all(End::Stopping);
    }
}

fn ours(notice: &Notice) -> Option<Told> {
    (notice.topic == streams::TOPIC)
        .then(|| streams::read(&notice.payload))
        .flatten()
}

async fn hand_out(app: &App, told: Vec<Told>) {
    let (hub, now) = (app.streams.clone(), app.now());
    let (announced, told): (Vec<Told>, Vec<Told>) = told.into_iter().partition(announcements::is);
    let done = app.store.read(move |db| {
        told.into_iter()
            .try_for_each(|told| one(db, &hub, told, now))
    });
    let done = match done.await {
        Ok(()) => announcements::hand_out(app, announced).await,
        Err(why) => Err(why),
    };
    if let Err(why) = done {
        tracing::warn!(error = %why, "news could not be loaded");
        app.streams.close_all(End::Missed);
    }
}

/// Ends the connections of some tokens that are good no more. Returns which was the last.
async fn look(app: &App, after: TokenId) -> TokenId {
    let tokens = app.streams.tokens_after(after, LOOK_AT);
    let Some(last) = tokens.last().copied() else {
        return after;
    };
    let hub = app.streams.clone();
    let done = app.store.read(move |db| check(db, &hub, &tokens));
    if let Err(why) = done.await {
        tracing::warn!(error = %why, "the tokens of open connections could not be looked at");
    }
    last
}

fn check(db: &mut Conn, hub: &Hub, tokens: &[TokenId]) -> Result<()> {
    if tokens.is_empty() {
        return Ok(());
    }
    let good = streams::good(db, tokens)?;
    let bad: HashSet<TokenId> = tokens
        .iter()
        .copied()
        .filter(|token| !good.contains(token))
        .collect();
    if !bad.is_empty() {
        hub.refuse(&bad);
    }
    Ok(())
}

fn one(db: &mut Conn, hub: &Hub, told: Told, now: Time) -> Result<()> {
    match told {
        Told::Posted { post } => posted(db, hub, post, now),
        Told::Edited { post } => edited(db, hub, post, now),
        Told::Gone(gone) => {
            self::gone(hub, gone);
            Ok(())
        }
        Told::Told { to, notification } => notified(db, hub, to, notification, now),
        Told::Conversed {
            owner,
            conversation,
        } => {
            if hub.listening(&Stream::Direct).contains(&owner)
                && let Some(view) = conversations::of(db, owner, conversation, now)?
            {
                let what = What::Conversed(Box::new(view), Viewer::Account(owner));
                hub.hand(&Stream::Direct, [owner], &News::new(what));
            }
            Ok(())
        }
        Told::FiltersChanged { of } => {
            hub.hand(&Stream::User, [of], &News::new(What::FiltersChanged));
            Ok(())
        }
        Told::Merged { of } => {
            let news = News::new(What::NotificationsMerged);
            hub.hand(&Stream::User, [of], &news);
            hub.hand(&Stream::Notifications, [of], &news);
            Ok(())
        }
        Told::TokenRevoked { token } => {
            hub.refuse(&HashSet::from([token]));
            Ok(())
        }
        Told::Shut { account } => check(db, hub, &hub.tokens_of(account)),
        // Handed out apart.
        Told::Announced { .. }
        | Told::AnnouncementAnswered { .. }
        | Told::AnnouncementGone { .. } => Ok(()),
    }
}

fn posted(db: &mut Conn, hub: &Hub, post: PostId, now: Time) -> Result<()> {
    let Some(facts) = streams::facts(db, post)? else {
        return Ok(());
    };
    if facts.created_at < now - NEWS_FOR {
        return Ok(());
    }
    let reading = readers(db, hub, &facts, &[post], now)?;
    let seen = shown(db, &facts, &reading, now, What::Posted)?;
    hand(hub, reading, &seen);
    Ok(())
}

/// Whoever is shown a boost of it has it before their eyes as well.
fn edited(db: &mut Conn, hub: &Hub, post: PostId, now: Time) -> Result<()> {
    let Some(facts) = streams::facts(db, post)? else {
        return Ok(());
    };
    let mut showings = streams::boosts_of(db, post)?;
    showings.push(post);
    let reading = readers(db, hub, &facts, &showings, now)?;
    let seen = shown(db, &facts, &reading, now, What::Edited)?;
    hand(hub, reading, &seen);
    Ok(())
}

fn hand(
    hub: &Hub,
    reading: super::readers::Reading,
    seen: &std::collections::HashMap<AccountId, std::sync::Arc<News>>,
) {
    for (stream, viewers) in reading {
        for viewer in viewers {
            if let Some(news) = seen.get(&viewer) {
                hub.hand(&stream, [viewer], news);
            }
        }
    }
}

/// The id of what is gone says nothing; it goes where the post was shown.
fn gone(hub: &Hub, gone: Gone) {
    let news = News::new(What::Deleted(gone.post));
    hub.hand(&Stream::User, gone.homes, &news);
    for list in gone.lists {
        let stream = Stream::List(list);
        hub.hand(&stream, hub.listening(&stream), &news);
    }
    let origins = [
        Origin::Everywhere,
        if gone.local {
            Origin::Local
        } else {
            Origin::Remote
        },
    ];
    for origin in origins {
        if gone.listed {
            for only_media in [false, true] {
                if gone.media || !only_media {
                    let stream = Stream::Public(Part { origin, only_media });
                    hub.hand(&stream, hub.listening(&stream), &news);
                }
            }
        }
        for tag in &gone.tags {
            let stream = Stream::Hashtag(tag.clone(), origin);
            hub.hand(&stream, hub.listening(&stream), &news);
        }
    }
}

/// What is held back is no news, and what Mastodon's clients do not know is for those who ask for it by name.
fn notified(db: &mut Conn, hub: &Hub, to: AccountId, id: NotificationId, now: Time) -> Result<()> {
    let streams = [Stream::User, Stream::Notifications];
    if !streams
        .iter()
        .any(|stream| hub.listening(stream).contains(&to))
    {
        return Ok(());
    }
    let Some(view) = notifications::of(db, to, id, now)? else {
        return Ok(());
    };
    let row = &view.notification;
    if row.filtered || row.kind == NotificationKind::EmojiReaction {
        return Ok(());
    }
    let news = News::new(What::Notified(Box::new(view)));
    for stream in &streams {
        hub.hand(stream, [to], &news);
    }
    Ok(())
}
