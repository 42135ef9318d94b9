//! Following: asked for, accepted, rejected, undone; between any two accounts of which at least one is local.

use std::collections::HashMap;

use kontor_domain::{
    audience::Viewer,
    community::CommunityRole,
    event::{EndedFollow, Ends, Event},
    follow::FollowState,
    ids::{AccountId, ActivityId, FollowId},
    notification::NotificationKind,
    page::Page,
    time::Time,
};
use kontor_store::{
    Conn, Tx, account_notes,
    accounts::{self, Account, Counter},
    blocks, endorsements, follows, home, mutes, notifications,
};
pub use kontor_store::{
    follows::{Follow, Options},
    mutes::Mute,
};

use crate::{App, Error, Result, communities, domain_blocks, effects};

/// A wish to follow.
#[derive(Debug, Clone)]
pub struct Wish {
    pub follower: AccountId,
    pub target: AccountId,
    /// The id of a Follow that came from elsewhere; `None`: ours, and named here.
    pub uri: Option<String>,
    pub options: Options,
}

/// Follows, or asks to. Following again changes the options; a Follow that comes again is answered again, for its sender may
/// have lost the first answer.
pub async fn follow(app: &App, wish: Wish) -> Result<FollowState> {
    if wish.follower == wish.target {
        return Err(Error::invalid("id", "is your own account"));
    }
    let now = app.now();
    let id = FollowId(app.id());
    let uri = wish
        .uri
        .clone()
        .unwrap_or_else(|| app.site.activity(ActivityId(id.0)));
    let this = app.clone();
    app.store
        .write_about(wish.target, move |tx| {
            let follower = accounts::by_id(tx, wish.follower)?.ok_or(Error::NotFound)?;
            let target = accounts::by_id(tx, wish.target)?
                .filter(followable)
                .ok_or(Error::NotFound)?;
            let refused = blocks::between(tx, follower.id, target.id)?
                || shut_out(tx, &follower, &target)?
                || !communities::may_join(&this, tx, &follower, &target)?;
            if refused {
                return refuse(&this, tx, &uri, &follower, &target);
            }
            if let Some(known) = follows::between(tx, follower.id, target.id)? {
                return again(&this, tx, &wish, &known, &follower, &target);
            }
            let open = target.is_local() && !target.locked;
            let follow = Follow {
                id,
                uri: uri.clone(),
                follower_id: follower.id,
                target_id: target.id,
                state: FollowState::Pending,
                show_reblogs: wish.options.show_reblogs.unwrap_or(true),
                notify: wish.options.notify.unwrap_or(false),
                languages: wish
                    .options
                    .languages
                    .clone()
                    .unwrap_or_else(|| "[]".to_owned()),
                created_at: now,
            };
            if !follows::insert_if_new(tx, &follow)? {
                return Err(other_has_this_id());
            }
            if open {
                accept_it(&this, tx, &follow, &follower)?;
                return Ok(FollowState::Accepted);
            }
            this.record(tx, &requested(&follow))?;
            Ok(FollowState::Pending)
        })
        .await
}

/// A peer reuses the id of a Follow for another target: no further try would end better.
fn other_has_this_id() -> Error {
    Error::Conflict("Another follow has this id".to_owned())
}

/// One of the two blocks the other. Whoever asks from elsewhere is answered, so that no request stays open there.
fn refuse(
    app: &App,
    tx: &mut Tx<'_>,
    uri: &str,
    follower: &Account,
    target: &Account,
) -> Result<FollowState> {
    if follower.is_local() {
        return Err(Error::Forbidden("This action is not allowed"));
    }
    let refused = EndedFollow {
        uri: uri.to_owned(),
        follower: follower.id,
        target: target.id,
    };
    app.record(tx, &Event::FollowRejected(refused))?;
    Ok(FollowState::Pending)
}

/// One of the two is here and keeps away from the server of the other.
fn shut_out(tx: &mut Tx<'_>, follower: &Account, target: &Account) -> Result<bool> {
    Ok(domain_blocks::shuts_out(tx, follower.id, target)?
        || domain_blocks::shuts_out(tx, target.id, follower)?)
}

/// The instance itself is nobody to follow, and neither is one who has left.
fn followable(target: &Account) -> bool {
    target.kind != kontor_domain::account::AccountKind::Application
        && target.suspended_at.is_none()
        && target.moved_to_uri.is_none()
}

fn again(
    app: &App,
    tx: &mut Tx<'_>,
    wish: &Wish,
    known: &Follow,
    follower: &Account,
    target: &Account,
) -> Result<FollowState> {
    if let Some(uri) = wish.uri.as_ref().filter(|uri| **uri != known.uri) {
        if follows::by_uri(tx, uri)?.is_some() {
            return Err(other_has_this_id());
        }
        follows::set_uri(tx, known.id, uri)?;
    }
    follows::set_options(tx, known.id, &wish.options)?;
    match known.state {
        FollowState::Accepted if !follower.is_local() => {
            effects::let_in(app, tx, &accepted(known))?;
            Ok(FollowState::Accepted)
        }
        FollowState::Pending if target.is_local() && !target.locked => {
            // The lock was opened in the meantime.
            accept_it(app, tx, known, follower)?;
            Ok(FollowState::Accepted)
        }
        FollowState::Pending if follower.is_local() && !target.is_local() => {
            // Ask once more: the first request may never have arrived.
            app.record(tx, &requested(known))?;
            Ok(FollowState::Pending)
        }
        state => Ok(state),
    }
}

fn requested(follow: &Follow) -> Event {
    Event::FollowRequested {
        follow: follow.id,
        between: Some(ends(follow)),
    }
}

fn accepted(follow: &Follow) -> Event {
    Event::FollowAccepted {
        follow: follow.id,
        between: Some(ends(follow)),
    }
}

fn ends(follow: &Follow) -> Ends {
    Ends {
        follower: follow.follower_id,
        target: follow.target_id,
    }
}

/// The follow stands from here on: counters, home timeline, what follows from it.
pub(crate) fn accept_it(
    app: &App,
    tx: &mut Tx<'_>,
    follow: &Follow,
    follower: &Account,
) -> Result<()> {
    if !follows::accept(tx, follow.id)? {
        return Ok(());
    }
    accounts::count(tx, follow.target_id, Counter::Followers, 1)?;
    accounts::count(tx, follow.follower_id, Counter::Following, 1)?;
    if follower.is_local() {
        home::remember(
            tx,
            follow.follower_id,
            follow.target_id,
            app.settings.limits.home_backfill,
        )?;
        crate::lists::followed(app, tx, follow.follower_id, follow.target_id)?;
        app.record(tx, &accepted(follow))
    } else {
        effects::let_in(app, tx, &accepted(follow))
    }
}

/// The target lets the follower in. Doing it again changes nothing.
pub async fn accept(app: &App, target: AccountId, follower: AccountId) -> Result<()> {
    let this = app.clone();
    app.store
        .write_about(target, move |tx| let_in(&this, tx, target, follower))
        .await
}

pub(crate) fn let_in(
    app: &App,
    tx: &mut Tx<'_>,
    target: AccountId,
    follower: AccountId,
) -> Result<()> {
    let follow = follows::between(tx, follower, target)?.ok_or(Error::NotFound)?;
    let follower = accounts::by_id(tx, follower)?.ok_or(Error::NotFound)?;
    answered(tx, &follow)?;
    accept_it(app, tx, &follow, &follower)
}

/// Whoever still waits is told no.
pub(crate) fn turn_away(
    app: &App,
    tx: &mut Tx<'_>,
    target: AccountId,
    follower: AccountId,
) -> Result<()> {
    let follow = follows::between(tx, follower, target)?
        .filter(|follow| follow.state == FollowState::Pending)
        .ok_or(Error::NotFound)?;
    end_it(app, tx, &follow, Event::FollowRejected)
}

/// The target turns the follower away, or out again.
pub async fn reject(app: &App, target: AccountId, follower: AccountId) -> Result<()> {
    end(app, follower, target, Event::FollowRejected).await
}

/// The target sends a follower away. `Ok` also when there was none.
pub async fn remove_follower(app: &App, target: AccountId, follower: AccountId) -> Result<()> {
    crate::accounts::get(app, follower).await?;
    match reject(app, target, follower).await {
        Err(Error::NotFound) => Ok(()),
        other => other,
    }
}

/// The follower leaves, or takes the request back. `Ok` also when there was nothing to undo.
pub async fn unfollow(app: &App, follower: AccountId, target: AccountId) -> Result<()> {
    match end(app, follower, target, Event::FollowUndone).await {
        Err(Error::NotFound) => Ok(()),
        other => other,
    }
}

async fn end(
    app: &App,
    follower: AccountId,
    target: AccountId,
    event: fn(EndedFollow) -> Event,
) -> Result<()> {
    let this = app.clone();
    app.store
        .write_about(target, move |tx| {
            let follow = follows::between(tx, follower, target)?.ok_or(Error::NotFound)?;
            end_it(&this, tx, &follow, event)
        })
        .await
}

/// Whoever was told that somebody asks is not told so any more: the account itself, or those who look after the community.
fn answered(tx: &mut Tx<'_>, follow: &Follow) -> Result<()> {
    let (follower, target) = (follow.follower_id, follow.target_id);
    let roles = if follow.state == FollowState::Pending {
        kontor_store::communities::roles(tx, target)?
    } else {
        Vec::new()
    };
    let told = roles.iter().map(|role| role.account_id).chain([target]);
    let told: Vec<AccountId> = told.collect();
    let kind = NotificationKind::FollowRequest;
    Ok(notifications::delete_from(tx, &told, follower, kind)?)
}

pub(crate) fn end_it(
    app: &App,
    tx: &mut Tx<'_>,
    follow: &Follow,
    event: fn(EndedFollow) -> Event,
) -> Result<()> {
    let (follower, target) = (follow.follower_id, follow.target_id);
    if !follows::delete(tx, follow.id)? {
        return Err(Error::NotFound);
    }
    if follow.state == FollowState::Accepted {
        accounts::count(tx, target, Counter::Followers, -1)?;
        accounts::count(tx, follower, Counter::Following, -1)?;
    }
    // Only local people have notifications and a home timeline; for others there is nothing to remove.
    answered(tx, follow)?;
    home::forget(tx, follower, target)?;
    endorsements::delete(tx, follower, target)?;
    crate::lists::unfollowed(tx, follower, target)?;
    communities::vacate(app, tx, follower, Some(target))?;
    app.record(
        tx,
        &event(EndedFollow {
            uri: follow.uri.clone(),
            follower,
            target,
        }),
    )
}

pub async fn by_id(app: &App, id: FollowId) -> Result<Option<Follow>> {
    app.store.read(move |db| Ok(follows::by_id(db, id)?)).await
}

pub async fn by_uri(app: &App, uri: String) -> Result<Option<Follow>> {
    app.store
        .read(move |db| Ok(follows::by_uri(db, &uri)?))
        .await
}

/// Does somebody here follow this account?
pub async fn has_local_follower(app: &App, target: AccountId) -> Result<bool> {
    app.store
        .read(move |db| Ok(follows::any_local_follower(db, target)?))
        .await
}

pub async fn between(app: &App, follower: AccountId, target: AccountId) -> Result<Option<Follow>> {
    app.store
        .read(move |db| Ok(follows::between(db, follower, target)?))
        .await
}

/// How an account stands to another.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is true or not by itself"
)]
pub struct Relationship {
    pub target: AccountId,
    /// The viewer's follow of the target, in whatever state.
    pub out: Option<Follow>,
    /// The target's follow of the viewer.
    pub back: Option<Follow>,
    pub blocking: bool,
    pub blocked_by: bool,
    /// The viewer's mute of the target, if it has not ended.
    pub mute: Option<Mute>,
    /// The viewer keeps away from the target's server.
    pub domain_blocking: bool,
    /// The viewer shows the target on their profile.
    pub endorsed: bool,
    /// What the viewer remembers of the target.
    pub note: String,
    /// What the viewer is in the target, if that is a community.
    pub community: Option<Standing>,
}

/// What somebody is in a community, beside a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    pub role: Option<CommunityRole>,
    pub banned: bool,
}

/// What somebody is in those of these accounts that are communities.
fn standings(
    db: &mut Conn,
    by: AccountId,
    known: &HashMap<AccountId, Account>,
    now: Time,
) -> Result<HashMap<AccountId, Standing>> {
    let among: Vec<AccountId> = known
        .values()
        .filter(|account| account.community.is_some())
        .map(|account| account.id)
        .collect();
    if among.is_empty() {
        return Ok(HashMap::new());
    }
    let mut standings: HashMap<AccountId, Standing> =
        among.iter().map(|id| (*id, Standing::default())).collect();
    for (id, role) in kontor_store::communities::roles_among(db, by, &among)? {
        standings.entry(id).or_default().role = Some(role);
    }
    for ban in kontor_store::communities::bans_among(db, by, &among, now)? {
        standings.entry(ban.community_id).or_default().banned = true;
    }
    Ok(standings)
}

/// In the order of `targets`; those that do not exist are left out.
pub async fn relationships(
    app: &App,
    by: AccountId,
    targets: Vec<AccountId>,
) -> Result<Vec<Relationship>> {
    let now = app.now();
    app.store
        .read(move |db| {
            let known = crate::accounts::map(db, &targets)?;
            let (out, back) = follows::around(db, by, &targets)?;
            let (blocking, blocked_by) = blocks::around(db, by, &targets)?;
            let mutes = mutes::among(db, by, &targets, now)?;
            let notes = account_notes::among(db, by, &targets)?;
            let endorsed = endorsements::among(db, by, &targets)?;
            let standings = standings(db, by, &known, now)?;
            let domains: Vec<&str> = known
                .values()
                .filter_map(|account| account.domain.as_deref())
                .collect();
            let shut = kontor_store::domain_blocks::among(db, by, &domains)?;
            let shut: Vec<AccountId> = known
                .values()
                .filter(|account| {
                    account
                        .domain
                        .as_ref()
                        .is_some_and(|domain| shut.contains(domain))
                })
                .map(|account| account.id)
                .collect();
            let known = targets.iter().filter(|target| known.contains_key(target));
            Ok(known
                .map(|target| Relationship {
                    target: *target,
                    out: out
                        .iter()
                        .find(|follow| follow.target_id == *target)
                        .cloned(),
                    back: back
                        .iter()
                        .find(|follow| follow.follower_id == *target)
                        .cloned(),
                    blocking: blocking.contains(target),
                    blocked_by: blocked_by.contains(target),
                    mute: mutes.iter().find(|mute| mute.target_id == *target).cloned(),
                    domain_blocking: shut.contains(target),
                    endorsed: endorsed.contains(target),
                    note: notes
                        .iter()
                        .find(|(of, _)| of == target)
                        .map(|(_, comment)| comment.clone())
                        .unwrap_or_default(),
                    community: standings.get(target).copied(),
                })
                .collect())
        })
        .await
}

/// A page of accounts, with the row id that each is paged by.
pub type Listed = Vec<(i64, Account)>;

/// Nobody of those who belong to a private or local community, whoever asks: its members are told by [`communities::members`].
pub async fn followers(app: &App, viewer: Viewer, target: AccountId, page: Page) -> Result<Listed> {
    if communities::hides_members(app, target).await? || hidden(app, viewer, target).await? {
        return Ok(Vec::new());
    }
    all_followers(app, target, page).await
}

pub(crate) async fn all_followers(app: &App, target: AccountId, page: Page) -> Result<Listed> {
    listed(app, Way::To(target), FollowState::Accepted, page).await
}

pub async fn following(
    app: &App,
    viewer: Viewer,
    follower: AccountId,
    page: Page,
) -> Result<Listed> {
    if hidden(app, viewer, follower).await? {
        return Ok(Vec::new());
    }
    let rows = listed(app, Way::From(follower), FollowState::Accepted, page).await?;
    communities::without_hidden(app, rows).await
}

/// Is whom an account follows, and who follows it, kept from a viewer: by its own wish, or because it blocks them?
async fn hidden(app: &App, viewer: Viewer, of: AccountId) -> Result<bool> {
    app.store
        .read(
            move |db| match (accounts::by_id(db, of)?, viewer.account()) {
                (_, Some(viewer)) if viewer == of => Ok(false),
                (Some(account), _) if account.hide_collections => Ok(true),
                (_, Some(viewer)) => Ok(blocks::of(db, of, viewer)?.is_some()),
                (_, None) => Ok(false),
            },
        )
        .await
}

/// Who waits for this account's answer.
pub async fn requests(app: &App, target: AccountId, page: Page) -> Result<Listed> {
    listed(app, Way::To(target), FollowState::Pending, page).await
}

/// Who waits for an answer of this person's: those who ask to follow them, and to join communities here that they look after.
pub async fn requests_of(app: &App, person: AccountId, page: Page) -> Result<Listed> {
    app.store
        .read(move |db| {
            let mut asked = crate::communities::of_ours_looked_after(db, person)?;
            asked.push(person);
            let waiting = follows::pending_of(db, &asked)?.into_iter();
            let waiting = waiting.map(|(follow, follower)| (follow.0, follower));
            crate::accounts::listed(db, crate::whole::page_of(waiting.collect(), &page))
        })
        .await
}

#[derive(Debug, Clone, Copy)]
enum Way {
    To(AccountId),
    From(AccountId),
}

async fn listed(app: &App, way: Way, state: FollowState, page: Page) -> Result<Listed> {
    app.store
        .read(move |db| {
            let rows = match way {
                Way::To(target) => follows::of_target(db, target, state, &page)?,
                Way::From(follower) => follows::by_follower(db, follower, state, &page)?,
            };
            let rows: Vec<(i64, AccountId)> = rows
                .iter()
                .map(|follow| match way {
                    Way::To(_) => (follow.id.0, follow.follower_id),
                    Way::From(_) => (follow.id.0, follow.target_id),
                })
                .collect();
            crate::accounts::listed(db, rows)
        })
        .await
}

/// The target's server says that `follower`, who is here, follows it. Who asked to is let in by that; who does not want to tells it.
pub async fn settle(app: &App, follower: AccountId, target: AccountId) -> Result<()> {
    let (this, id) = (app.clone(), ActivityId(app.id()));
    app.store
        .write(move |tx| {
            let account = accounts::by_id(tx, follower)?
                .filter(Account::is_local)
                .ok_or(Error::NotFound)?;
            if let Some(follow) = follows::between(tx, follower, target)? {
                return accept_it(&this, tx, &follow, &account);
            }
            this.record(
                tx,
                &Event::FollowUndone(EndedFollow {
                    uri: this.site.activity(id),
                    follower,
                    target,
                }),
            )
        })
        .await
}
