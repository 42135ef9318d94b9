//! Who is told of what happened.

use kontor_domain::{
    audience::Viewer,
    collection::ItemState,
    event::Event,
    follow::FollowState,
    ids::{
        AccountId, CollectionId, CollectionItemId, FollowId, NotificationId, PostId, ReactionId,
        ReportId,
    },
    notification::{NotificationKind, PolicyAction},
    quote::QuoteState,
};
use kontor_store::{
    Tx,
    accounts::{self, Account},
    blocks, boosts, collections, communities, favourites,
    follows::{self, Follow},
    notifications, polls, posts, quotes, reactions, reports, streams, users,
};

use super::{
    Has,
    many::{self, News},
};
use crate::{
    App, Result, communities::is_ours, notification_groups, notification_requests,
    notifications::unwanted, pushes,
};

pub(super) fn apply(app: &App, tx: &mut Tx<'_>, event: &Event) -> Result<()> {
    match event {
        Event::PostCreated { post } => {
            mentioned(app, tx, *post)?;
            quoted(app, tx, *post)
        }
        Event::PostEdited { post } => {
            mentioned(app, tx, *post)?;
            quoted(app, tx, *post)?;
            edited(app, tx, *post)
        }
        Event::QuoteRequested { post } => quoted(app, tx, *post),
        Event::FollowRequested { follow, .. } => {
            followed(app, tx, *follow, NotificationKind::FollowRequest)
        }
        Event::FollowAccepted { follow, .. } => {
            followed(app, tx, *follow, NotificationKind::Follow)
        }
        Event::PollEnded { post } => poll_ended(app, tx, *post),
        Event::PostFavourited { favourite, .. } => {
            let Some(favourite) = favourites::by_id(tx, *favourite)? else {
                return Ok(());
            };
            let what = About::Post(favourite.post_id);
            author(
                app,
                tx,
                favourite.account_id,
                NotificationKind::Favourite,
                what,
            )
        }
        Event::PostBoosted { boost, .. } => {
            let Some(boost) = boosts::by_id(tx, *boost)? else {
                return Ok(());
            };
            // A community shows what is posted in it; that is no news to whoever posted it.
            if posts::stub(tx, boost.post_id)?
                .is_some_and(|post| post.community_id == Some(boost.account_id))
            {
                return Ok(());
            }
            let what = About::Post(boost.post_id);
            author(app, tx, boost.account_id, NotificationKind::Reblog, what)
        }
        Event::PostReacted { reaction, .. } => {
            let Some(reaction) = reactions::by_id(tx, *reaction)? else {
                return Ok(());
            };
            let what = About::Reaction(reaction.post_id, reaction.id);
            author(
                app,
                tx,
                reaction.account_id,
                NotificationKind::EmojiReaction,
                what,
            )
        }
        Event::CollectionItemAdded { collection, item } => entered(app, tx, *collection, *item),
        Event::CollectionUpdated(changed) => collection_changed(app, tx, changed.collection),
        Event::AccountReported { report } => reported(app, tx, *report),
        _ => Ok(()),
    }
}

/// Somebody follows, or asks to and is not answered yet.
fn followed(app: &App, tx: &mut Tx<'_>, follow: FollowId, kind: NotificationKind) -> Result<()> {
    let Some(follow) = follows::by_id(tx, follow)? else {
        return Ok(());
    };
    if kind == NotificationKind::FollowRequest {
        if follow.state != FollowState::Pending {
            return Ok(());
        }
        if let Some(community) = communities::by_id(tx, follow.target_id)? {
            // Of one elsewhere its own server answers, and every follow waits for that.
            return if is_ours(&community) {
                asked_to_join(app, tx, &follow)
            } else {
                Ok(())
            };
        }
    }
    tell(app, tx, follow.target_id, follow.follower_id, kind, None)
}

/// Those here who look after a community are told who asks to be let in: they answer as they answer whoever asks to follow them.
fn asked_to_join(app: &App, tx: &mut Tx<'_>, follow: &Follow) -> Result<()> {
    let Some(from) = accounts::by_id(tx, follow.follower_id)? else {
        return Ok(());
    };
    let news = News {
        from: &from,
        kind: NotificationKind::FollowRequest,
        about: None,
        report: None,
    };
    let to = looking_after(tx, follow.target_id)?.into_iter();
    many::tell(app, tx, &news, to.map(|person| (person, None)).collect())
}

/// People here.
fn looking_after(tx: &mut Tx<'_>, community: AccountId) -> Result<Vec<AccountId>> {
    let roles = communities::roles(tx, community)?;
    let ids: Vec<AccountId> = roles.iter().map(|role| role.account_id).collect();
    let here = users::by_ids(tx, &ids)?.into_iter();
    Ok(here.map(|user| user.account_id).collect())
}

/// There is a new post, with all that it comes with.
pub(super) fn arrived(
    app: &App,
    tx: &mut Tx<'_>,
    (post, author): (PostId, &Account),
    has: Has<'_>,
) -> Result<()> {
    if !has.mentions.is_empty() {
        let here = posts::mentioned_here(tx, post)?;
        told_of_mention(app, tx, (post, author), here)?;
    }
    if has.quote {
        quoted(app, tx, post)?;
    }
    Ok(())
}

/// Those who wanted to be told of each post of its author's are.
pub(super) fn posted(
    app: &App,
    tx: &mut Tx<'_>,
    (post, author): (PostId, &Account),
    told: Vec<AccountId>,
) -> Result<()> {
    let news = News {
        from: author,
        kind: NotificationKind::Status,
        about: Some(post),
        report: None,
    };
    let to = told.into_iter().map(|person| (person, Some(post)));
    many::tell(app, tx, &news, to.collect())
}

/// Everybody here who boosted a post, or quotes it, is told of its last edit, in place of those before.
fn edited(app: &App, tx: &mut Tx<'_>, post: PostId) -> Result<()> {
    let boosting: Vec<_> = boosts::by_people_here(tx, post)?
        .into_iter()
        .map(|person| (person, post))
        .collect();
    let quoting = quotes::by_people_here(tx, post)?;
    if boosting.is_empty() && quoting.is_empty() {
        return Ok(());
    }
    let Some(author) = author_of(tx, post)? else {
        return Ok(());
    };
    for (kind, to) in [
        (NotificationKind::Update, boosting),
        (NotificationKind::QuotedUpdate, quoting),
    ] {
        let (people, shown): (Vec<AccountId>, Vec<PostId>) = to.iter().copied().unzip();
        if people.is_empty() {
            continue;
        }
        notifications::delete_told(tx, kind, &people, &shown)?;
        let news = News {
            from: &author,
            kind,
            about: Some(post),
            report: None,
        };
        let to = to.into_iter().map(|(person, shown)| (person, Some(shown)));
        many::tell(app, tx, &news, to.collect())?;
    }
    Ok(())
}

/// Those who look after people are told of a report, unless they have one of the same account to look at, and of one about a post in a
/// community those who look after that.
fn reported(app: &App, tx: &mut Tx<'_>, report: ReportId) -> Result<()> {
    let Some(report) = reports::by_id(tx, report)?.filter(|row| row.resolved_at.is_none()) else {
        return Ok(());
    };
    let mut people = match report.community_id {
        Some(community) => looking_after(tx, community)?,
        None => Vec::new(),
    };
    if !reports::has_earlier(tx, &report)? {
        people.extend(users::moderators(tx)?);
    }
    let id = Some(report.id);
    let kind = NotificationKind::AdminReport;
    tell_those(app, tx, (report.account_id, kind, id), people)
}

/// They are told that there is somebody new.
pub(super) fn signed_up(app: &App, tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
    let people = users::moderators(tx)?;
    tell_those(
        app,
        tx,
        (account, NotificationKind::AdminSignUp, None),
        people,
    )
}

fn tell_those(
    app: &App,
    tx: &mut Tx<'_>,
    (from, kind, report): (AccountId, NotificationKind, Option<ReportId>),
    mut people: Vec<AccountId>,
) -> Result<()> {
    let Some(from) = accounts::by_id(tx, from)? else {
        return Ok(());
    };
    let news = News {
        from: &from,
        kind,
        about: None,
        report,
    };
    people.sort_unstable();
    people.dedup();
    let to = people.into_iter();
    many::tell(app, tx, &news, to.map(|person| (person, None)).collect())
}

/// Its author and everybody here who voted.
fn poll_ended(app: &App, tx: &mut Tx<'_>, post: PostId) -> Result<()> {
    let Some(author) = posts::author(tx, post)? else {
        return Ok(());
    };
    let kind = NotificationKind::Poll;
    tell(app, tx, author, author, kind, Some(post))?;
    for voter in polls::voters(tx, post)? {
        tell(app, tx, voter, author, kind, Some(post))?;
    }
    Ok(())
}

/// A quote that stands, or that waits for leave, tells the author of the quoted post.
fn quoted(app: &App, tx: &mut Tx<'_>, post: PostId) -> Result<()> {
    let Some(quote) = quotes::of_post(tx, post)? else {
        return Ok(());
    };
    let (Some(to), Some(from)) = (quote.quoted_account_id, posts::author(tx, post)?) else {
        return Ok(());
    };
    let waits = quote.state == QuoteState::Pending && quote.request_uri.is_some();
    if quote.state == QuoteState::Accepted || waits {
        tell(app, tx, to, from, NotificationKind::Quote, Some(post))?;
    }
    Ok(())
}

/// Somebody is told that they are in a collection, if they are there still and may see it.
fn entered(
    app: &App,
    tx: &mut Tx<'_>,
    collection: CollectionId,
    item: CollectionItemId,
) -> Result<()> {
    let Some(item) =
        collections::item(tx, collection, item)?.filter(|item| item.state == ItemState::Accepted)
    else {
        return Ok(());
    };
    let viewer = Viewer::Account(item.account_id);
    let Some(collection) = collections::visible(tx, viewer, &[collection])?.pop() else {
        return Ok(());
    };
    let told = Told {
        to: item.account_id,
        from: collection.account_id,
        kind: NotificationKind::AddedToCollection,
        post: None,
        subject: item.id.to_string(),
        reaction: None,
        collection: Some(collection.id),
    };
    tell_of(app, tx, &told)
}

/// Everybody here who is in a collection is told that its owner says something else of it, once a day.
fn collection_changed(app: &App, tx: &mut Tx<'_>, id: CollectionId) -> Result<()> {
    let Some(collection) = collections::by_id(tx, id)? else {
        return Ok(());
    };
    let inside: Vec<AccountId> = collections::rows(tx, id)?
        .iter()
        .filter(|item| item.state == ItemState::Accepted)
        .map(|item| item.account_id)
        .collect();
    for person in users::by_ids(tx, &inside)? {
        let told = Told {
            to: person.account_id,
            from: collection.account_id,
            kind: NotificationKind::CollectionUpdate,
            post: None,
            subject: format!("{id}:{}", app.now().date()),
            reaction: None,
            collection: Some(id),
        };
        tell_of(app, tx, &told)?;
    }
    Ok(())
}

/// What a post's author is told of.
#[derive(Debug, Clone, Copy)]
enum About {
    Post(PostId),
    Reaction(PostId, ReactionId),
}

fn author(
    app: &App,
    tx: &mut Tx<'_>,
    from: AccountId,
    kind: NotificationKind,
    about: About,
) -> Result<()> {
    let (About::Post(post) | About::Reaction(post, _)) = about;
    let Some(author) = posts::author(tx, post)? else {
        return Ok(());
    };
    let (subject, reaction) = match about {
        About::Post(post) => (format!("{post}:{from}"), None),
        About::Reaction(_, reaction) => (reaction.to_string(), Some(reaction)),
    };
    let told = Told {
        to: author,
        from,
        kind,
        post: Some(post),
        subject,
        reaction,
        collection: None,
    };
    tell_of(app, tx, &told)
}

/// An edit tells those whom it newly mentions; the others have been told.
fn mentioned(app: &App, tx: &mut Tx<'_>, post: PostId) -> Result<()> {
    let here = posts::mentioned_here(tx, post)?;
    if here.is_empty() {
        return Ok(());
    }
    match author_of(tx, post)? {
        Some(author) => told_of_mention(app, tx, (post, &author), here),
        None => Ok(()),
    }
}

/// `None`: the post is gone.
pub(super) fn author_of(tx: &mut Tx<'_>, post: PostId) -> Result<Option<Account>> {
    match posts::author(tx, post)? {
        Some(author) => Ok(accounts::by_id(tx, author)?),
        None => Ok(None),
    }
}

fn told_of_mention(
    app: &App,
    tx: &mut Tx<'_>,
    (post, author): (PostId, &Account),
    here: Vec<AccountId>,
) -> Result<()> {
    for to in here {
        let told = Told::of(to, author.id, NotificationKind::Mention, Some(post));
        tell_here(app, tx, &told, author)?;
    }
    Ok(())
}

/// Tells a local person, once, and nobody of what they did themselves.
fn tell(
    app: &App,
    tx: &mut Tx<'_>,
    to: AccountId,
    from: AccountId,
    kind: NotificationKind,
    post: Option<PostId>,
) -> Result<()> {
    tell_of(app, tx, &Told::of(to, from, kind, post))
}

struct Told {
    to: AccountId,
    from: AccountId,
    kind: NotificationKind,
    post: Option<PostId>,
    /// What is told once.
    subject: String,
    reaction: Option<ReactionId>,
    collection: Option<CollectionId>,
}

impl Told {
    /// Of a post, or of the one who did it.
    fn of(to: AccountId, from: AccountId, kind: NotificationKind, post: Option<PostId>) -> Self {
        Self {
            to,
            from,
            kind,
            post,
            subject: post.map_or_else(|| from.to_string(), |post| post.to_string()),
            reaction: None,
            collection: None,
        }
    }
}

fn tell_of(app: &App, tx: &mut Tx<'_>, told: &Told) -> Result<()> {
    if users::by_id(tx, told.to)?.is_none() {
        return Ok(());
    }
    match accounts::by_id(tx, told.from)? {
        Some(sender) => tell_here(app, tx, told, &sender),
        None => Ok(()),
    }
}

/// Tells somebody who is known to be here.
fn tell_here(app: &App, tx: &mut Tx<'_>, told: &Told, sender: &Account) -> Result<()> {
    let Told { to, from, kind, .. } = *told;
    // The end of one's own poll is news too.
    if (to == from && kind != NotificationKind::Poll)
        || sender.suspended_at.is_some()
        || blocks::between(tx, to, from)?
        || unwanted(app, tx, to, sender, told.post)?
    {
        return Ok(());
    }
    let news = notification_requests::News {
        to,
        from: sender,
        kind,
        post: told.post,
    };
    let says = notification_requests::judge(app, tx, &news)?;
    if says == PolicyAction::Drop {
        return Ok(());
    }
    let id = NotificationId(app.id());
    let notification = notifications::Notification {
        id,
        account_id: to,
        from_account_id: from,
        kind,
        post_id: told.post,
        dedupe: format!("{kind}:{}", told.subject),
        created_at: app.now(),
        reaction_id: told.reaction,
        group_key: notification_groups::key(kind, told.post, app.now()),
        filtered: says == PolicyAction::Filter,
        collection_id: told.collection,
        report_id: None,
        severance_id: None,
        warning_id: None,
    };
    if !notifications::insert_if_new(tx, &notification)? {
        return Ok(());
    }
    if notification.filtered {
        return notification_requests::hold(app, tx, to, from);
    }
    pushes::wake(app, tx, from, std::slice::from_ref(&notification))?;
    streams::tell(
        tx,
        &streams::News::Told {
            to,
            notification: id,
        },
    );
    Ok(())
}
