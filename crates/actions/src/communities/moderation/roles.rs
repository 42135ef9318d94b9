//! Who looks after a community, and who owns it: people here and elsewhere alike.

use kontor_domain::{
    community::{Access, CommunityRole, LogAction},
    event::Event,
    ids::{AccountId, FollowId},
};
use kontor_store::{Tx, accounts, communities, communities::Role};

use super::{Hand, Source};
use crate::{
    Error, Result,
    accounts::Account,
    communities::{create, is_ours, place, succession},
};

impl Hand<'_> {
    pub(super) fn set_role(
        &self,
        tx: &mut Tx<'_>,
        account: AccountId,
        role: Option<CommunityRole>,
    ) -> Result<()> {
        let known = communities::role_of(tx, self.id(), account)?;
        match (known, role) {
            (Some(CommunityRole::Owner), Some(CommunityRole::Moderator)) => {
                self.step_down(tx, account)
            }
            (Some(CommunityRole::Owner), Some(CommunityRole::Owner)) => Ok(()),
            (_, Some(CommunityRole::Owner)) => self.add_owner(tx, account),
            (_, Some(CommunityRole::Moderator)) => self.add_moderator(tx, account),
            (_, None) => self.remove_moderator(tx, account),
        }
    }

    pub(super) fn add_moderator(&self, tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
        if communities::role_of(tx, self.id(), account)?.is_some() {
            return Ok(());
        }
        let person = self.eligible(tx, account)?;
        self.check_room(tx)?;
        self.give(tx, account, CommunityRole::Moderator)?;
        self.enrol(tx, &person)?;
        self.told(tx, LogAction::ModeratorAdded, None, Some(account), None)?;
        self.list_changed(tx)
    }

    /// Beside those who own it already.
    fn add_owner(&self, tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
        self.eligible(tx, account)?;
        self.check_belongs(tx, account)?;
        self.check_owned(tx, account)?;
        if communities::role_of(tx, self.id(), account)?.is_none() {
            self.check_room(tx)?;
        }
        self.give(tx, account, CommunityRole::Owner)?;
        self.told(tx, LogAction::OwnerAdded, None, Some(account), None)?;
        self.list_changed(tx)
    }

    /// An owner is a moderator from here on. There is no activity that says so.
    fn step_down(&self, tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
        if !succession::is_owned(tx, self.id(), account)? {
            return Err(Error::invalid(
                "role",
                "can't be taken from the last owner, who names another first or hands the community on",
            ));
        }
        self.give(tx, account, CommunityRole::Moderator)?;
        self.told(tx, LogAction::OwnerRemoved, None, Some(account), None)?;
        self.list_changed(tx)
    }

    /// Other servers read the list again: it says who owns it, and what they make of each change does not hang on the order in which they hear.
    fn list_changed(&self, tx: &mut Tx<'_>) -> Result<()> {
        let account = self.id();
        if is_ours(self.community) {
            self.app.record(tx, &Event::AccountUpdated { account })?;
        }
        Ok(())
    }

    pub(super) fn remove_moderator(&self, tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
        let Some(was) = communities::role_of(tx, self.id(), account)? else {
            return Ok(());
        };
        communities::remove_role(tx, self.id(), account)?;
        self.told(tx, LogAction::ModeratorRemoved, None, Some(account), None)?;
        if is_ours(self.community) {
            succession::inherit(self.app, tx, self.id(), (account, was))?;
        }
        self.list_changed(tx)
    }

    pub(super) fn transfer(&self, tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
        let known = accounts::by_id(tx, account)?.is_some_and(|one| one.suspended_at.is_none());
        if !known {
            return Err(Error::invalid("account_id", "is nobody who is known here"));
        }
        let handing = self.handing_on(tx, account)?;
        let role = communities::role_of(tx, self.id(), account)?;
        if role == Some(CommunityRole::Owner) && handing.is_empty() {
            return Ok(());
        }
        let person = self.eligible(tx, account)?;
        // Whoever is elsewhere must have said that they want to belong to it.
        if !person.is_local() {
            self.check_belongs(tx, account)?;
        }
        if role.is_none() {
            self.check_room(tx)?;
        }
        if role != Some(CommunityRole::Owner) {
            self.check_owned(tx, account)?;
        }
        for owner in handing {
            self.give(tx, owner, CommunityRole::Moderator)?;
            // What an owner hands on says itself that they have done so.
            if owner != self.deed.by {
                self.told(tx, LogAction::OwnerRemoved, None, Some(owner), None)?;
            }
        }
        self.give(tx, account, CommunityRole::Owner)?;
        self.enrol(tx, &person)?;
        self.told(tx, LogAction::Transferred, None, Some(account), None)?;
        self.list_changed(tx)
    }

    /// Who owns it no longer when this account does: an owner hands on what is their own, an administrator all of it.
    fn handing_on(&self, tx: &mut Tx<'_>, account: AccountId) -> Result<Vec<AccountId>> {
        let mut owners: Vec<AccountId> = communities::roles(tx, self.id())?
            .into_iter()
            .filter(|role| role.role == CommunityRole::Owner)
            .map(|role| role.account_id)
            .collect();
        if owners.contains(&self.deed.by) {
            owners.retain(|owner| *owner == self.deed.by);
        }
        owners.retain(|owner| *owner != account);
        Ok(owners)
    }

    /// Somebody who may look after it.
    fn eligible(&self, tx: &mut Tx<'_>, account: AccountId) -> Result<Account> {
        let person = accounts::by_id(tx, account)?
            .filter(|person| person.suspended_at.is_none())
            .ok_or(Error::NotFound)?;
        if self.community.access == Access::Local && !person.is_local() {
            return Err(Error::invalid("account_id", "is nobody here"));
        }
        if communities::banned(tx, self.id(), account, self.app.now())?.is_some() {
            return Err(Error::invalid("account_id", "is banned"));
        }
        Ok(person)
    }

    fn check_belongs(&self, tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
        let belongs = communities::role_of(tx, self.id(), account)?.is_some()
            || place::is_member(tx, self.id(), account)?;
        if belongs {
            Ok(())
        } else {
            Err(Error::invalid("account_id", "is no member"))
        }
    }

    /// Who makes no more communities is handed none.
    fn check_owned(&self, tx: &mut Tx<'_>, account: AccountId) -> Result<()> {
        if create::owns_enough(self.app, tx, account)? {
            return Err(Error::invalid(
                "account_id",
                "owns as many communities as one may",
            ));
        }
        Ok(())
    }

    /// One elsewhere keeps to its own bound.
    fn check_room(&self, tx: &mut Tx<'_>) -> Result<()> {
        let most = self.app.settings.limits.communities.moderators;
        if self.source != Source::Group && communities::roles(tx, self.id())?.len() >= most {
            return Err(Error::invalid(
                "account_id",
                format!("is one more than the {most} moderators that it may have"),
            ));
        }
        Ok(())
    }

    /// Somebody here who looks after one of ours belongs to it.
    fn enrol(&self, tx: &mut Tx<'_>, person: &Account) -> Result<()> {
        if !is_ours(self.community) || !person.is_local() {
            return Ok(());
        }
        let id = FollowId(self.app.id());
        create::enrol(self.app, tx, id, person, self.id())
    }

    fn give(&self, tx: &mut Tx<'_>, account: AccountId, role: CommunityRole) -> Result<()> {
        communities::set_role(
            tx,
            &Role {
                community_id: self.id(),
                account_id: account,
                role,
                created_at: self.app.now(),
            },
        )?;
        Ok(())
    }
}
