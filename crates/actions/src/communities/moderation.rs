//! What those who look after a community do: from here, from elsewhere, or as its own server tells. Removals are in `removals`,
//! who looks after it in `roles`, and what is done to more than is named in `branches`.

mod branches;
mod removals;
mod roles;

use std::{collections::BTreeMap, sync::Arc};

use kontor_domain::{
    community::{CommunityRole, LogAction, LogRole, Right},
    event::{CameDeed, Event, Moderated},
    ids::{AccountId, BanId, PinId, PostId},
    time::Time,
};
use kontor_store::{
    Tx, accounts, communities,
    communities::{Ban, Community},
    community_log::LogEntry,
    community_posts::{self, Stand},
    follows, pins,
    posts::Stub,
};

pub use branches::act_widely;

use super::{
    check_right,
    create::check_length,
    is_ours,
    log::{self, Who},
    right_in, standing,
};
use crate::{
    App, Error, Result,
    posts::{Beside, Named},
    warnings,
};

/// Where the word comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Somebody here does it.
    Here,
    /// A moderator elsewhere tells us, whose community it is.
    Peer,
    /// The community's own server tells.
    Group,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    Remove(Named),
    Restore(Named),
    Lock(Named),
    Unlock(Named),
    Pin(Named),
    Unpin(Named),
    Ban {
        account: AccountId,
        /// `None`: for good.
        until: Option<Time>,
        /// Takes away what they posted there.
        purge: bool,
    },
    Unban(AccountId),
    AddModerator(AccountId),
    RemoveModerator(AccountId),
    /// What they are from here on; `None`: no more than a member.
    SetRole(AccountId, Option<CommunityRole>),
    /// Somebody else owns it from here on.
    Transfer(AccountId),
}

#[derive(Debug, Clone)]
pub struct Deed {
    pub community: AccountId,
    pub by: AccountId,
    pub reason: String,
    pub what: What,
}

/// Doing it again changes nothing, and is not told again.
pub async fn act(app: &App, deed: Deed, source: Source) -> Result<()> {
    act_with(app, deed, source, Arc::new(())).await
}

/// The same, with what else is written with it.
pub async fn act_with(
    app: &App,
    deed: Deed,
    source: Source,
    beside: Arc<dyn Beside>,
) -> Result<()> {
    run(app, deed, source, beside, |_, _| Ok(())).await
}

/// What else a deed is in its community.
type More = fn(&Hand<'_>, &mut Tx<'_>) -> Result<()>;

/// The same, and what else the deed is, when it is known that whoever did it may.
async fn run(
    app: &App,
    deed: Deed,
    source: Source,
    beside: Arc<dyn Beside>,
    more: More,
) -> Result<()> {
    let this = app.clone();
    app.store
        .write(move |tx| {
            act_and(&this, tx, &deed, source, more)?;
            beside.after(&this, tx)
        })
        .await
}

/// Has others told of what a moderator elsewhere did here, after all that was done to the same before.
pub fn came(app: &App, tx: &mut Tx<'_>, deed: CameDeed) -> Result<()> {
    app.record(tx, &Event::CommunityDeedCame(deed))
}

pub(super) fn act_in(app: &App, tx: &mut Tx<'_>, deed: &Deed, source: Source) -> Result<()> {
    act_and(app, tx, deed, source, |_, _| Ok(()))
}

/// Ends a ban, and the removals of these posts.
pub(super) fn lift(app: &App, tx: &mut Tx<'_>, deed: &Deed, taken: &[PostId]) -> Result<()> {
    act_and(app, tx, deed, Source::Here, |hand, tx| {
        hand.restore_all(tx, taken)
    })
}

fn act_and(
    app: &App,
    tx: &mut Tx<'_>,
    deed: &Deed,
    source: Source,
    more: impl FnOnce(&Hand<'_>, &mut Tx<'_>) -> Result<()>,
) -> Result<()> {
    let community = communities::by_id(tx, deed.community)?.ok_or(Error::NotFound)?;
    authorise(tx, &community, deed, source)?;
    if source == Source::Here {
        let most = app.settings.limits.communities.reason_characters;
        check_length("reason", &deed.reason, most)?;
    }
    let reason: String = deed
        .reason
        .replace('\0', "")
        .chars()
        .take(app.settings.limits.communities.reason_characters)
        .collect();
    let hand = Hand {
        app,
        community: &community,
        deed,
        source,
        reason,
        who: who(tx, &community, deed, source)?,
    };
    if source == Source::Here && !is_ours(&community) {
        return hand.ask(tx);
    }
    hand.act(tx)?;
    more(&hand, tx)
}

fn authorise(tx: &mut Tx<'_>, community: &Community, deed: &Deed, source: Source) -> Result<()> {
    let ours = is_ours(community);
    match source {
        Source::Group if ours => return Err(Error::NotFound),
        Source::Group => return Ok(()),
        Source::Peer if !ours => return Err(Error::NotFound),
        Source::Here | Source::Peer => {}
    }
    let right = right_in(tx, community, deed.right())?;
    check_right(tx, deed.community, deed.by, right)
}

impl Deed {
    fn right(&self) -> Right {
        match self.what {
            What::RemoveModerator(account) | What::SetRole(account, None) if account == self.by => {
                Right::Resign
            }
            What::AddModerator(_)
            | What::RemoveModerator(_)
            | What::SetRole(..)
            | What::Transfer(_) => Right::Appoint,
            _ => Right::Moderate,
        }
    }

    /// Whom it is done to, or who wrote what it is done to.
    fn concerned(&self, tx: &mut Tx<'_>) -> Result<Option<AccountId>> {
        Ok(match &self.what {
            What::Remove(post)
            | What::Restore(post)
            | What::Lock(post)
            | What::Unlock(post)
            | What::Pin(post)
            | What::Unpin(post) => Some(post.stub(tx)?.account_id),
            What::Ban { account, .. } | What::Unban(account) => Some(*account),
            _ => None,
        })
    }
}

/// There is no word for it between servers.
fn decides_who_owns_it() -> Error {
    Error::Forbidden("Its own server decides who owns it")
}

/// As what it is done. A deed may end what its doer is, so that is asked before.
fn who(tx: &mut Tx<'_>, community: &Community, deed: &Deed, source: Source) -> Result<Who> {
    let mut who = Who::now(tx, community, deed.by)?;
    if who.role.is_none()
        && source == Source::Group
        && let Some(concerned) = deed.concerned(tx)?
        && log::is_of_server(tx, deed.by, concerned)?
    {
        who.role = Some(LogRole::AuthorServer);
    }
    Ok(who)
}

struct Hand<'a> {
    app: &'a App,
    community: &'a Community,
    deed: &'a Deed,
    source: Source,
    reason: String,
    who: Who,
}

impl Hand<'_> {
    fn id(&self) -> AccountId {
        self.community.account_id
    }

    fn act(&self, tx: &mut Tx<'_>) -> Result<()> {
        match &self.deed.what {
            What::Remove(post) => self.remove(tx, post),
            What::Restore(post) => self.restore(tx, post),
            What::Lock(post) => self.lock(tx, post, true),
            What::Unlock(post) => self.lock(tx, post, false),
            What::Pin(post) => self.pin(tx, post),
            What::Unpin(post) => self.unpin(tx, post),
            What::Ban {
                account,
                until,
                purge,
            } => self.ban(tx, *account, *until, *purge),
            What::Unban(account) => self.unban(tx, *account),
            What::AddModerator(account) => self.add_moderator(tx, *account),
            What::RemoveModerator(account) => self.remove_moderator(tx, *account),
            What::SetRole(account, role) => self.set_role(tx, *account, *role),
            What::Transfer(account) => self.transfer(tx, *account),
        }
    }

    /// Its own server decides, and tells everybody, this one too, when it is done.
    fn ask(&self, tx: &mut Tx<'_>) -> Result<()> {
        if let What::SetRole(account, Some(CommunityRole::Moderator)) = &self.deed.what
            && communities::role_of(tx, self.id(), *account)? == Some(CommunityRole::Owner)
        {
            return Err(decides_who_owns_it());
        }
        let mut of_post = |named: &Named| self.post(tx, named).map(|post| (Some(post), None));
        let (action, (post, account)) = match &self.deed.what {
            What::Remove(post) => (LogAction::Removed, of_post(post)?),
            What::Restore(post) => (LogAction::Restored, of_post(post)?),
            What::Lock(post) => (LogAction::Locked, of_post(post)?),
            What::Unlock(post) => (LogAction::Unlocked, of_post(post)?),
            What::Pin(post) => (LogAction::Pinned, of_post(post)?),
            What::Unpin(post) => (LogAction::Unpinned, of_post(post)?),
            What::Ban { account, .. } => (LogAction::Banned, (None, Some(*account))),
            What::Unban(account) => (LogAction::Unbanned, (None, Some(*account))),
            What::AddModerator(account)
            | What::SetRole(account, Some(CommunityRole::Moderator)) => {
                (LogAction::ModeratorAdded, (None, Some(*account)))
            }
            What::RemoveModerator(account) | What::SetRole(account, None) => {
                (LogAction::ModeratorRemoved, (None, Some(*account)))
            }
            What::SetRole(_, Some(CommunityRole::Owner)) | What::Transfer(_) => {
                return Err(decides_who_owns_it());
            }
        };
        let (until, purge) = match &self.deed.what {
            What::Ban { until, purge, .. } => (*until, *purge),
            _ => (None, false),
        };
        if until.is_some_and(|until| until <= self.app.now()) {
            return Err(Error::invalid("expires_at", "is past"));
        }
        if let Some(account) = account {
            accounts::by_id(tx, account)?.ok_or(Error::NotFound)?;
        }
        self.app.record(
            tx,
            &Event::CommunityModerated(Moderated {
                community: self.id(),
                by: self.deed.by,
                action,
                account: account.or(post.as_ref().map(|post| post.account_id)),
                post: post.as_ref().map(|post| post.id),
                post_uri: post.map(|post| post.uri),
                reason: self.reason.clone(),
                until,
                purge,
            }),
        )
    }

    /// A post that is in this community.
    fn post(&self, tx: &mut Tx<'_>, named: &Named) -> Result<Stub> {
        let stub = named.stub(tx)?;
        if stub.community_id == Some(self.id()) {
            Ok(stub)
        } else {
            Err(Error::NotFound)
        }
    }

    fn lock(&self, tx: &mut Tx<'_>, named: &Named, locked: bool) -> Result<()> {
        let post = self.post(tx, named)?;
        let at = locked.then(|| self.app.now());
        if !community_posts::set_locked(tx, post.id, at)? {
            return Ok(());
        }
        let action = if locked {
            LogAction::Locked
        } else {
            LogAction::Unlocked
        };
        self.told(tx, action, Some(&post), None, None)
    }

    fn pin(&self, tx: &mut Tx<'_>, named: &Named) -> Result<()> {
        let post = self.post(tx, named)?;
        let pinned = pins::of_account(tx, self.id())?;
        if pinned.iter().any(|pin| pin.post_id == post.id) {
            return Ok(());
        }
        let most = self.app.settings.limits.communities.pins;
        // One elsewhere keeps to its own bound, and of two words the second may come first.
        if self.source != Source::Group && pinned.len() >= most {
            return Err(Error::invalid(
                "id",
                format!("is one more than the {most} posts that may be pinned"),
            ));
        }
        pins::insert_if_new(
            tx,
            &pins::Pin {
                id: PinId(self.app.id()),
                account_id: self.id(),
                post_id: post.id,
                created_at: self.app.now(),
            },
        )?;
        self.told(tx, LogAction::Pinned, Some(&post), None, None)
    }

    fn unpin(&self, tx: &mut Tx<'_>, named: &Named) -> Result<()> {
        let post = self.post(tx, named)?;
        if !pins::delete(tx, self.id(), post.id)? {
            return Ok(());
        }
        self.told(tx, LogAction::Unpinned, Some(&post), None, None)
    }

    fn ban(
        &self,
        tx: &mut Tx<'_>,
        account: AccountId,
        until: Option<Time>,
        purge: bool,
    ) -> Result<()> {
        let now = self.app.now();
        // What its own server did may be told late, and is in the log with what it took away all the same.
        if self.source != Source::Group && until.is_some_and(|until| until <= now) {
            return Err(Error::invalid("expires_at", "is past"));
        }
        accounts::by_id(tx, account)?.ok_or(Error::NotFound)?;
        if self.source != Source::Group && standing(tx, self.id(), account)?.is_some() {
            return Err(Error::Forbidden("Whoever looks after it is not banned"));
        }
        let known = communities::banned(tx, self.id(), account, now)?;
        let same = known.is_some_and(|known| {
            // As it is written on the wire.
            let spelled = |at: Option<Time>| at.map(kontor_domain::time::rfc3339);
            spelled(known.expires_at) == spelled(until)
        });
        let most = self.app.settings.limits.communities.purged;
        let posts = if purge {
            community_posts::by_author(tx, self.id(), account, Stand::Stands, most)?
        } else {
            Vec::new()
        };
        if same && posts.is_empty() {
            return Ok(());
        }
        communities::remove_role(tx, self.id(), account)?;
        communities::ban(
            tx,
            &Ban {
                id: BanId(self.app.id()),
                community_id: self.id(),
                account_id: account,
                reason: self.reason.clone(),
                expires_at: until,
                created_at: now,
            },
        )?;
        if is_ours(self.community)
            && let Some(follow) = follows::between(tx, account, self.id())?
        {
            crate::follows::end_it(self.app, tx, &follow, Event::FollowRejected)?;
        }
        let gone = self.take_away(tx, &posts)?;
        self.written(tx, LogAction::Removed, &gone, now)?;
        let entry = self.line(tx, LogAction::Banned, |entry| {
            entry.account_id = Some(account);
            entry.expires_at = until;
            entry.created_at = now;
        })?;
        self.warn(tx, &entry, None)?;
        self.tell(tx, &entry, None, purge)
    }

    fn unban(&self, tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
        if !communities::unban(tx, self.id(), account, self.app.now())? {
            return Ok(());
        }
        self.told(tx, LogAction::Unbanned, None, Some(account), None)
    }

    fn line(
        &self,
        tx: &mut Tx<'_>,
        action: LogAction,
        fill: impl FnOnce(&mut LogEntry),
    ) -> Result<LogEntry> {
        log::write(self.app, tx, self.who, action, |entry| {
            entry.reason.clone_from(&self.reason);
            fill(entry);
        })
    }

    fn told(
        &self,
        tx: &mut Tx<'_>,
        action: LogAction,
        post: Option<&Stub>,
        account: Option<AccountId>,
        until: Option<Time>,
    ) -> Result<()> {
        let entry = self.line(tx, action, |entry| {
            entry.post_uri = post.map(|post| post.uri.clone());
            entry.account_id = account.or(post.map(|post| post.account_id));
            entry.expires_at = until;
        })?;
        if self.source == Source::Group {
            super::appeals::undone(tx, &entry)?;
        }
        self.warn(tx, &entry, post)?;
        self.tell(tx, &entry, post, false)
    }

    /// Whoever is here and whom it concerns hears of it.
    fn warn(&self, tx: &mut Tx<'_>, entry: &LogEntry, post: Option<&Stub>) -> Result<()> {
        let deed = match entry.action {
            LogAction::Removed => "a post of yours was removed.",
            LogAction::Locked => "a thread of yours was locked.",
            LogAction::Banned => "you are banned.",
            LogAction::Unbanned => "you are no longer banned.",
            _ => return Ok(()),
        };
        let Some(to) = entry.account_id.filter(|to| *to != self.deed.by) else {
            return Ok(());
        };
        let said = (deed, entry.reason.as_str());
        let posts: Vec<PostId> = post.iter().map(|post| post.id).collect();
        let told = BTreeMap::from([(to, posts)]);
        warnings::of_community(self.app, tx, self.id(), said, told)
    }

    /// What was done here is told elsewhere.
    fn tell(
        &self,
        tx: &mut Tx<'_>,
        entry: &LogEntry,
        post: Option<&Stub>,
        purge: bool,
    ) -> Result<()> {
        if self.source != Source::Here {
            return Ok(());
        }
        self.app.record(
            tx,
            &Event::CommunityModerated(Moderated {
                community: self.id(),
                by: self.deed.by,
                action: entry.action,
                account: entry.account_id,
                post: post.map(|post| post.id),
                post_uri: entry.post_uri.clone(),
                reason: entry.reason.clone(),
                until: entry.expires_at,
                purge,
            }),
        )
    }
}
