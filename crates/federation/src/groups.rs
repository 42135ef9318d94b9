//! Communities between servers (FEP-1b12). What is said in one of ours goes out again in its name: to servers that understand it as
//! the activity itself inside an Announce, to others as a boost of what begins a thread. What is said in one elsewhere goes to it.

mod appeals;
mod deeds;
mod earlier;
mod incoming;
mod judging;
mod moderators;
mod outbox;
mod owners;
mod passing;
mod refusals;
pub(crate) mod relays;
mod requests;
pub(crate) mod servers;
mod votes;
mod vouching;

use kontor_actions::{
    Result,
    accounts::Account,
    communities::{Community, is_ours},
};
use kontor_domain::{
    community::Access,
    event::{DeletedPost, EndedFavourite, EndedReaction, Event},
    ids::{AccountId, PostId},
};
use kontor_store::{Tx, accounts, communities, posts};

pub(crate) use appeals::{appealed, only_reader};
pub(crate) use deeds::{deed, moderated};
pub(crate) use earlier::{bring, has_time};
pub(crate) use incoming::{Came, Plan, addressed, introduce, pass_on, plan, relay};
pub(crate) use judging::{appeal, appeal_came, judged, verdict};
pub(crate) use owners::{asked, changed};
pub(crate) use passing::{Kind, boost, send, unboost};
pub(crate) use refusals::{refused, turn_away};
pub(crate) use requests::{answered, settled};
pub(crate) use vouching::elsewhere;

/// A community that something happened in.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) community: Community,
    pub(crate) account: Account,
}

impl Group {
    pub(crate) fn is_ours(&self) -> bool {
        is_ours(&self.community)
    }

    /// Does what happens there stay here?
    pub(crate) fn stays_here(&self) -> bool {
        self.community.access == Access::Local
    }

    /// Is it read by its members alone?
    pub(crate) fn is_closed(&self) -> bool {
        self.community.access == Access::Private
    }
}

pub(crate) fn group(tx: &mut Tx<'_>, id: AccountId) -> Result<Option<Group>> {
    let community = communities::by_id(tx, id)?;
    let account = accounts::by_id(tx, id)?.filter(|account| account.suspended_at.is_none());
    Ok(community
        .zip(account)
        .map(|(community, account)| Group { community, account }))
}

/// Who looks after a community from elsewhere, but for one whom it is about.
pub(crate) fn moderators_elsewhere(
    tx: &mut Tx<'_>,
    group: AccountId,
    but: Option<AccountId>,
) -> Result<Vec<Account>> {
    let ids: Vec<AccountId> = communities::roles(tx, group)?
        .iter()
        .map(|role| role.account_id)
        .filter(|id| Some(*id) != but)
        .collect();
    let mut people = accounts::by_ids(tx, &ids)?;
    people.retain(|one| !one.is_local());
    Ok(people)
}

fn of_post(tx: &mut Tx<'_>, post: PostId) -> Result<Option<Group>> {
    match posts::stub(tx, post)?.and_then(|stub| stub.community_id) {
        Some(id) => group(tx, id),
        None => Ok(None),
    }
}

/// Where something happened that is passed on.
pub(crate) fn of_event(tx: &mut Tx<'_>, event: &Event) -> Result<Option<Group>> {
    match event {
        Event::PostCreated { post }
        | Event::PostEdited { post }
        | Event::PollTallied { post }
        | Event::PollEnded { post }
        | Event::PolicyChanged { post }
        | Event::QuoteAccepted { post }
        | Event::PostFavourited { post, .. }
        | Event::FavouriteUndone(EndedFavourite { post, .. })
        | Event::PostReacted { post, .. }
        | Event::ReactionUndone(EndedReaction { post, .. }) => of_post(tx, *post),
        Event::PostDeleted(DeletedPost {
            community: Some(id),
            ..
        }) => group(tx, *id),
        Event::CommunityModerated(done) => group(tx, done.community),
        Event::CommunityEditAsked(asked) => group(tx, asked.community),
        Event::CommunityRequestAnswered(answered) => group(tx, answered.community),
        _ => Ok(None),
    }
}

/// What it is among what is passed on.
pub(crate) fn kind(event: &Event) -> Kind {
    match event {
        Event::PostFavourited { .. }
        | Event::FavouriteUndone(_)
        | Event::PostReacted { .. }
        | Event::ReactionUndone(_) => Kind::Vote,
        Event::PostCreated { .. } => Kind::Post,
        // Of tallies that wait only the newest goes, too.
        Event::PostEdited { .. } | Event::PollTallied { .. } => Kind::Edit,
        Event::PostDeleted(_) => Kind::End,
        Event::CommunityModerated(_) => Kind::Deed,
        _ => Kind::Word,
    }
}
