//! Who looks after a community elsewhere: its server's list is what counts (FEP-1b12), and Add and Remove are hints.

use std::collections::HashMap;

use kontor_actions::{
    App, Result,
    accounts::{self, Account},
};
use kontor_domain::{account::AccountKind, community::CommunityRole, ids::AccountId};
use serde_json::Value;

use crate::{
    Federation, backfill,
    fetch::{Budget, Failure, Memory},
    objects::loose,
    posts::known,
};

impl Federation {
    /// Reads the list again. One that cannot be read stays as it was.
    pub(crate) async fn read_moderators(&self, app: &App, account: &Account, budget: &Budget) {
        if let Err(why) = self.moderators(app, account, Memory::Long, budget).await {
            tracing::debug!(account = account.uri, reason = %why, "its moderators stay unknown");
        }
    }

    /// The same where its server says that something has changed: fails if it cannot be asked now, and may be later.
    pub(crate) async fn moderators_again(
        &self,
        app: &App,
        account: &Account,
        budget: &Budget,
    ) -> std::result::Result<(), Failure> {
        match self.moderators(app, account, Memory::None, budget).await {
            Err(why) if !why.is_transient() => {
                tracing::debug!(account = account.uri, reason = %why, "its moderators stay unknown");
                Ok(())
            }
            other => other,
        }
    }

    async fn moderators(
        &self,
        app: &App,
        account: &Account,
        memory: Memory,
        budget: &Budget,
    ) -> std::result::Result<(), Failure> {
        if account.kind != AccountKind::Group {
            return Ok(());
        }
        let id = account.id;
        let known: Result<_> = app
            .store
            .read(move |db| Ok(kontor_store::communities::by_id(db, id)?))
            .await;
        let Some(url) = known?.and_then(|community| community.moderators_url) else {
            return Ok(());
        };
        let most = app.settings.limits.communities.moderators;
        let listed = self
            .list_of(app, &url, (2, most), memory, budget, looking_after)
            .await?;
        let uris: Vec<&str> = listed.iter().map(|(uri, _)| uri.as_str()).collect();
        let found = self.people(app, &uris, budget).await?;
        let people = listed
            .iter()
            .filter_map(|(uri, role)| Some((*found.get(uri)?, *role)))
            .collect();
        Ok(kontor_actions::communities::set_moderators(app, id, people).await?)
    }

    /// Whom a community elsewhere lists, here or elsewhere, by address: who cannot be found is passed over, and looked for again with the
    /// list. One whose server is gone keeps nobody else from being known.
    pub(crate) async fn people(
        &self,
        app: &App,
        uris: &[&str],
        budget: &Budget,
    ) -> std::result::Result<HashMap<String, AccountId>, Failure> {
        let mut people: HashMap<String, AccountId> = known(app, uris)
            .await?
            .into_iter()
            .map(|account| (account.uri, account.id))
            .collect();
        let unknown: Vec<&str> = uris
            .iter()
            .filter(|uri| !people.contains_key(**uri) && !app.site.owns_str(uri))
            .copied()
            .collect();
        let found = self.found(app, &unknown, budget).await;
        people.extend(found.into_iter().map(|account| (account.uri, account.id)));
        Ok(people)
    }

    /// Somebody whom a community elsewhere names, here or elsewhere; `None`: they cannot be found, now or later.
    pub(crate) async fn person(
        &self,
        app: &App,
        uri: &str,
        budget: &Budget,
    ) -> std::result::Result<Option<AccountId>, Failure> {
        if let Some(known) = accounts::by_uri(app, uri.to_owned()).await? {
            return Ok(Some(known.id));
        }
        match self.account(app, uri, budget).await {
            Ok(found) => Ok(Some(found.id)),
            Err(why) if why.is_transient() => Err(why),
            Err(why) => {
                tracing::debug!(reason = %why, "somebody stays unknown");
                Ok(None)
            }
        }
    }
}

/// Kontor says beside who of them own it.
fn looking_after(page: &Value, url: &str) -> Vec<(String, CommunityRole)> {
    let owners = page
        .get("owners")
        .and_then(|owners| loose::ids(owners.clone()).ok())
        .unwrap_or_default();
    backfill::items(page, url)
        .into_iter()
        .map(|entry| {
            let role = if owners.contains(&entry.uri) {
                CommunityRole::Owner
            } else {
                CommunityRole::Moderator
            };
            (entry.uri, role)
        })
        .collect()
}
