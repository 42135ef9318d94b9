//! Who looks after a community elsewhere: its server's list is what counts (FEP-1b12), and Add and Remove are hints.

use kontor_actions::{
    App, Result,
    accounts::{self, Account},
};
use kontor_domain::account::AccountKind;

use crate::{
    Federation,
    fetch::{Budget, Failure},
};

impl Federation {
    /// Reads the list again. One that cannot be read stays as it was.
    pub(crate) async fn read_moderators(&self, app: &App, account: &Account, budget: &Budget) {
        if account.kind == AccountKind::Group
            && let Err(why) = self.moderators(app, account, budget).await
        {
            tracing::debug!(account = account.uri, reason = %why, "its moderators stay unknown");
        }
    }

    async fn moderators(
        &self,
        app: &App,
        account: &Account,
        budget: &Budget,
    ) -> std::result::Result<(), Failure> {
        let id = account.id;
        let known: Result<_> = app
            .store
            .read(move |db| Ok(kontor_store::communities::by_id(db, id)?))
            .await;
        let Some(url) = known?.and_then(|community| community.moderators_url) else {
            return Ok(());
        };
        let most = app.settings.limits.communities.moderators;
        let entries = self.list(app, &url, 2, most, budget).await?;
        let mut people = Vec::new();
        for entry in entries {
            let known = accounts::by_uri(app, entry.uri.clone()).await?;
            let found = match known {
                Some(known) => Ok(known),
                None => self.account(app, &entry.uri, budget).await,
            };
            match found {
                Ok(found) => people.push(found.id),
                Err(why) => tracing::debug!(reason = %why, "a moderator stays unknown"),
            }
        }
        Ok(kontor_actions::communities::set_moderators(app, id, people).await?)
    }
}
