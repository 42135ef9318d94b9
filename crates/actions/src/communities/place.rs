//! Where a new post belongs: in which community, and whether its author may post there.

use kontor_domain::{
    audience::{Audience, Viewer},
    community::{Access, LogAction, Posting, derived_title},
    follow::FollowState,
    ids::{AccountId, PostId},
    text,
    time::Written,
};
use kontor_store::{
    Conn, Tx, accounts, communities,
    communities::Community,
    community_log, community_posts,
    community_posts::CommunityPost,
    follows,
    posts::{self, Post},
};

use super::{is_ours, refusals::relented, standing};
use crate::{
    App, Error, Result,
    accounts::Account,
    posts::{Arrival, Named, NewPost},
};

/// A post's place in a community.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) community: Community,
    pub(crate) audience: Audience,
    /// Of what begins a thread: its title, and whether it was given one.
    title: Option<(String, bool)>,
}

impl Place {
    pub(crate) fn mark(&self, post: &mut Post) {
        post.community_id = Some(self.community.account_id);
        post.audience = self.audience;
        post.listed = post.listed && self.audience == Audience::Public;
    }
}

/// `None`: in no community. An answer belongs where its parent does, anything else to the first community that it is addressed to.
pub(crate) fn place(
    app: &App,
    tx: &mut Tx<'_>,
    author: &Account,
    new: &NewPost,
    parent: Option<&Post>,
    arrival: Arrival,
) -> Result<Option<Place>> {
    let Some(community) = candidate(tx, new, parent)? else {
        return Ok(None);
    };
    let root = new.parent.is_none();
    if !root && parent.is_none() && new.group.vouched.is_none() {
        // An answer to something that is not known here is no thread, and belongs to none.
        return Ok(None);
    }
    let vouched = new.group.vouched == Some(community.account_id);
    let own = community.access.audience();
    let audience = match own {
        Audience::Public | Audience::Unlisted => {
            if !new.audience.is_open() {
                return if root && arrival == Arrival::Written && new.audience != Audience::Direct {
                    Err(Error::invalid(
                        "visibility",
                        "must be public in this community",
                    ))
                } else {
                    Ok(None)
                };
            }
            if own == Audience::Unlisted || new.audience == Audience::Public || !root {
                narrower(own, new.audience)
            } else if arrival == Arrival::Written {
                return Err(Error::invalid(
                    "visibility",
                    "must be public in this community",
                ));
            } else {
                return Ok(None);
            }
        }
        // A message stays between those whom it names; what was sent to everyone, or to one's followers, is not this community's alone.
        _ if arrival == Arrival::Written && new.audience == Audience::Direct => return Ok(None),
        _ if arrival != Arrival::Written
            && (new.audience != Audience::Direct || !for_it_alone(tx, new, &community)?) =>
        {
            return Ok(None);
        }
        closed => closed,
    };
    if !is_ours(&community) && !author.is_local() && !vouched {
        // Somebody elsewhere says so of a community elsewhere: its own server will tell.
        return Ok(None);
    }
    if is_ours(&community)
        && let Some(uri) = &new.uri
        && is_held_down(tx, community.account_id, uri)?
    {
        let held_down = Error::Forbidden("Moderators removed or locked it");
        return Err(turned_away(&community, arrival, held_down));
    }
    let admitted = admit(app, tx, &community, author, parent, root);
    if is_ours(&community) || author.is_local() {
        match admitted {
            // Whoever elsewhere only mentions a community has written something else, for others.
            Err(Error::Forbidden(_))
                if root
                    && arrival != Arrival::Written
                    && !new.group.named
                    && audience.is_open() =>
            {
                return Ok(None);
            }
            other => other.map_err(|why| turned_away(&community, arrival, why))?,
        }
    }
    let title = root.then(|| title(app, new.group.title.as_deref(), &new.text, &new.content));
    Ok(Some(Place {
        community,
        audience,
        title,
    }))
}

/// Its author's server hears of it, should the community be one of ours.
fn turned_away(community: &Community, arrival: Arrival, why: Error) -> Error {
    match why {
        Error::Forbidden(why) if is_ours(community) && arrival == Arrival::Delivered => {
            Error::TurnedAway {
                community: community.account_id,
                why,
            }
        }
        other => other,
    }
}

/// Did moderators remove or lock what was at this address? Its author may have deleted it since, and sends it anew.
fn is_held_down(tx: &mut Tx<'_>, id: AccountId, uri: &str) -> Result<bool> {
    let locks = [LogAction::Locked, LogAction::Unlocked];
    let lock = community_log::last_of_post(tx, id, uri, locks)?;
    Ok(lock.is_some_and(|last| last.action == LogAction::Locked)
        || community_log::is_removed(tx, id, uri)?)
}

/// Is nobody named in it but the community?
fn for_it_alone(tx: &mut Tx<'_>, new: &NewPost, community: &Community) -> Result<bool> {
    let named = accounts::by_ids(tx, &new.mentioned)?;
    Ok(named
        .iter()
        .all(|account| account.id == community.account_id || is_inside(tx, community, account)))
}

/// Who is mentioned inside reads it anyway, if they are a member.
fn is_inside(tx: &mut Tx<'_>, community: &Community, account: &Account) -> bool {
    !is_ours(community) || is_member(tx, community.account_id, account.id).unwrap_or(false)
}

fn narrower(one: Audience, other: Audience) -> Audience {
    if one == Audience::Unlisted {
        one
    } else {
        other
    }
}

fn candidate(tx: &mut Tx<'_>, new: &NewPost, parent: Option<&Post>) -> Result<Option<Community>> {
    if let Some(parent) = parent {
        return Ok(match parent.community_id {
            Some(id) => communities::by_id(tx, id)?,
            None => None,
        });
    }
    if let Some(id) = new.group.vouched {
        return Ok(communities::by_id(tx, id)?);
    }
    if new.group.addressed.is_empty() {
        return Ok(None);
    }
    let addressed: Vec<&str> = new.group.addressed.iter().map(String::as_str).collect();
    let groups = communities::groups_by_uris(tx, &addressed)?;
    let first = addressed
        .iter()
        .find_map(|uri| groups.iter().find(|(_, known)| known == uri));
    match first {
        Some((id, _)) => Ok(communities::by_id(tx, *id)?),
        None => Ok(None),
    }
}

/// The title, and whether it was given. `text`: as it was written, if it was written here.
fn title(app: &App, given: Option<&str>, text: &str, content: &str) -> (String, bool) {
    let most = app.settings.limits.communities.title_characters;
    match given.map(str::trim) {
        Some(title) if !title.is_empty() => (title.chars().take(most).collect(), true),
        _ if text.is_empty() => (derived_title(&text::plain(content), most), false),
        _ => (derived_title(text, most), false),
    }
}

/// Is a thread given another title than it has?
pub(crate) fn is_retitled(
    app: &App,
    tx: &mut Tx<'_>,
    post: PostId,
    given: Option<&str>,
) -> Result<bool> {
    let Some(given) = given.map(str::trim).filter(|given| !given.is_empty()) else {
        return Ok(false);
    };
    let known = community_posts::of_post(tx, post)?.and_then(|row| row.title);
    let (title, _) = title(app, Some(given), "", "");
    Ok(known.is_some_and(|known| known != title))
}

/// A thread that says something else is called something else, unless it was given its title here.
pub(crate) fn retitle(app: &App, tx: &mut Tx<'_>, post: &Post, given: Option<&str>) -> Result<()> {
    let row = community_posts::of_post(tx, post.id)?.filter(|row| row.title.is_some());
    let Some(row) = row.filter(|row| given.is_some() || !(row.titled && post.local)) else {
        return Ok(());
    };
    let (title, titled) = title(app, given, &post.text, &post.content);
    let title = Some(title);
    if (&row.title, row.titled) != (&title, titled) {
        let row = CommunityPost {
            title,
            titled,
            ..row
        };
        community_posts::keep(tx, &row)?;
    }
    Ok(())
}

/// May the author post this there? Of a community elsewhere what is known of it counts; its own server decides.
fn admit(
    app: &App,
    db: &mut Conn,
    community: &Community,
    author: &Account,
    parent: Option<&Post>,
    root: bool,
) -> Result<()> {
    let id = community.account_id;
    if communities::banned(db, id, author.id, app.now())?.is_some() {
        return Err(Error::Forbidden("You are banned from this community"));
    }
    if community.archived_at.is_some() {
        return Err(Error::Forbidden("This community is archived"));
    }
    if community.access == Access::Local && !author.is_local() {
        return Err(Error::Forbidden("This community is for people here alone"));
    }
    let role = standing(db, id, author.id)?;
    if role.is_some() {
        return Ok(());
    }
    if let Some(parent) = parent
        && community_posts::is_locked(db, parent.id)?
    {
        return Err(Error::Forbidden("This thread is locked"));
    }
    let members_only = match community.access {
        Access::Public | Access::Unlisted => root && community.posting == Posting::Members,
        Access::Restricted | Access::Private | Access::Local => true,
    };
    if members_only && !is_member(db, id, author.id)? {
        return Err(Error::Forbidden("Only members post in this community"));
    }
    if root && community.posting == Posting::Moderators {
        return Err(Error::Forbidden(
            "Only moderators begin threads in this community",
        ));
    }
    Ok(())
}

pub(super) fn is_member(db: &mut Conn, community: AccountId, account: AccountId) -> Result<bool> {
    Ok(follows::between(db, account, community)?
        .is_some_and(|follow| follow.state == FollowState::Accepted))
}

/// Writes what follows from the place of a new post: of what begins a thread in one of ours, that the community shows it. So does one
/// elsewhere of what is written here, whether or not its server says so: some tell the server of an author nothing of what it sent.
pub(crate) fn settle(app: &App, tx: &mut Tx<'_>, place: &Place, post: &Post) -> Result<()> {
    let (title, titled) = place.title.clone().unzip();
    community_posts::keep(
        tx,
        &CommunityPost {
            post_id: post.id,
            title,
            titled: titled.unwrap_or(false),
            locked_at: None,
            removed_reason: None,
        },
    )?;
    if place.title.is_none() || !(is_ours(&place.community) || post.local) {
        return Ok(());
    }
    let group = accounts::by_id(tx, place.community.account_id)?.ok_or(Error::NotFound)?;
    crate::boosts::by_group(app, tx, &group, post, None)
}

/// May this account begin threads in a community of ours?
pub async fn check_begins(app: &App, community: AccountId, by: AccountId) -> Result<()> {
    let this = app.clone();
    app.store
        .read(move |db| begins(&this, db, community, by).map(drop))
        .await
}

/// May it answer there? What is answered may be locked, which is not asked here.
pub async fn check_answers(app: &App, community: AccountId, by: AccountId) -> Result<()> {
    let this = app.clone();
    app.store
        .read(move |db| {
            let (community, author) = ends(db, community, by)?;
            admit(&this, db, &community, &author, None, false)
        })
        .await
}

fn begins(app: &App, db: &mut Conn, community: AccountId, by: AccountId) -> Result<Community> {
    let (community, author) = ends(db, community, by)?;
    admit(app, db, &community, &author, None, true)?;
    Ok(community)
}

fn ends(db: &mut Conn, community: AccountId, by: AccountId) -> Result<(Community, Account)> {
    let community = communities::by_id(db, community)?
        .filter(is_ours)
        .ok_or(Error::NotFound)?;
    let author = accounts::by_id(db, by)?.ok_or(Error::NotFound)?;
    Ok((community, author))
}

/// Somebody who may begin threads in a community of ours shows it a post of another place: the community shows it too, and it stays what
/// it was.
pub async fn suggest(app: &App, community: AccountId, by: AccountId, post: Named) -> Result<()> {
    let this = app.clone();
    app.store
        .write(move |tx| {
            let at = begins(&this, tx, community, by)?;
            if at.access.audience().is_closed_circle() {
                return Err(Error::Forbidden("What is in it is for its members alone"));
            }
            let post = post.readable(tx, community)?;
            if post.audience != Audience::Public {
                return Err(Error::Forbidden("The post is not for everyone"));
            }
            if community_log::is_removed(tx, community, &post.uri)? {
                return Err(Error::Forbidden("Its moderators took the post away"));
            }
            let group = accounts::by_id(tx, community)?.ok_or(Error::NotFound)?;
            crate::boosts::by_group(&this, tx, &group, &post, None)
        })
        .await
}

/// A community elsewhere passed a post on: it belongs there, and what begins a thread is shown by it, under the name that its
/// server gave that.
pub async fn shown(app: &App, community: AccountId, post: PostId, uri: String) -> Result<()> {
    show(app, community, post, uri, None).await
}

/// The same of what it showed before anybody here looked.
pub async fn shown_before(
    app: &App,
    community: AccountId,
    post: PostId,
    uri: String,
    published: Option<Written>,
) -> Result<()> {
    let at = published.unwrap_or(Written {
        at: app.now(),
        exact: true,
    });
    let mut drawn = 0;
    loop {
        drawn += 1;
        match show(app, community, post, uri.clone(), Some(at)).await {
            Err(Error::Internal(why)) if why.is_unique_violation() && drawn < DRAWS => {}
            // What cannot be shown is no part of the profile.
            Err(Error::Forbidden(_) | Error::Gone) => return Ok(()),
            other => return other,
        }
    }
}

/// How often an id is drawn anew when it meets another.
const DRAWS: usize = 4;

async fn show(
    app: &App,
    community: AccountId,
    post: PostId,
    uri: String,
    before: Option<Written>,
) -> Result<()> {
    let this = app.clone();
    app.store
        .write(move |tx| {
            let Some(stub) = posts::stub(tx, post)? else {
                return Ok(());
            };
            if stub.reblog_of_id.is_some() {
                return Err(Error::Forbidden("A boost is no post of a community"));
            }
            // Written here, it would belong there from the first; what names another place, or none, is shown as anything else is.
            let belongs = match stub.community_id {
                Some(known) => known == community,
                None if !stub.local
                    && stub.audience.is_open()
                    && names_it(tx, &stub, community)? =>
                {
                    community_posts::claim(tx, post, community)?
                }
                None => false,
            };
            if !belongs && !stub.audience.is_open() {
                return Err(Error::Forbidden("The post is not this community's"));
            }
            let viewer = Viewer::Account(stub.account_id);
            let Some(whole) = posts::by_id(tx, viewer, post)? else {
                return Ok(());
            };
            let answer = whole.in_reply_to_id.is_some() || whole.in_reply_to_uri.is_some();
            if belongs && community_posts::of_post(tx, post)?.is_none() {
                let most = this.settings.limits.communities.title_characters;
                let title = (!answer).then(|| derived_title(&text::plain(&whole.content), most));
                community_posts::keep(
                    tx,
                    &CommunityPost {
                        post_id: post,
                        title,
                        titled: false,
                        locked_at: None,
                        removed_reason: None,
                    },
                )?;
            }
            let gone = whole.removed_at.is_some() && !relented(&this, tx, community, post)?;
            if answer || gone {
                return Ok(());
            }
            let group = accounts::by_id(tx, community)?.ok_or(Error::NotFound)?;
            let uri = uri.clone();
            match before {
                Some(at) => crate::boosts::by_group_before(&this, tx, &group, &whole, uri, at),
                None => crate::boosts::by_group(&this, tx, &group, &whole, Some(uri)),
            }
        })
        .await
}

/// Does the post mention the community, or answer something in it?
fn names_it(tx: &mut Tx<'_>, stub: &posts::Stub, community: AccountId) -> Result<bool> {
    let mentioned = posts::mentions_of(tx, &[stub.id])?
        .iter()
        .any(|(_, account)| *account == community);
    if mentioned {
        return Ok(true);
    }
    let viewer = Viewer::Account(stub.account_id);
    let parent = posts::by_id(tx, viewer, stub.id)?.and_then(|post| post.in_reply_to_id);
    Ok(match parent {
        Some(parent) => {
            posts::stub(tx, parent)?.is_some_and(|parent| parent.community_id == Some(community))
        }
        None => false,
    })
}
