//! Whose word it is that a post belongs to a community elsewhere: the group's, which passes it on, or shows it; or that of the post's own
//! server, if it is the group's too.

use std::sync::Arc;

use kontor_actions::{
    App, Result,
    communities::{Community, is_ours},
    posts::{self, Arrival, Created},
};
use kontor_domain::{ids::AccountId, site::same_authority};
use kontor_store::communities;

use crate::{
    Federation,
    fetch::{Budget, Failure},
    objects::note::IncomingNote,
};

/// A community elsewhere that is known here.
pub(crate) async fn elsewhere(app: &App, id: AccountId) -> Result<Option<Community>> {
    app.store
        .read(move |db| Ok(communities::by_id(db, id)?.filter(|known| !is_ours(known))))
        .await
}

impl Federation {
    /// A post that the community with this account passed on. A thread belongs there if it names the community: a group takes in nothing
    /// that was written for somewhere else. An answer belongs where what it answers does.
    pub(crate) async fn keep_vouched(
        &self,
        app: &App,
        note: &IncomingNote,
        community: AccountId,
        arrival: Arrival,
        budget: &Budget,
    ) -> std::result::Result<Created, Failure> {
        let author = self.account(app, note.check()?.author, budget).await?;
        let mut new = self.prepare(app, note, &author, budget).await?;
        let group = kontor_actions::accounts::get(app, community).await?;
        let named = note.groups(|uri| uri == group.uri).contains(&group.uri);
        new.group.vouched = (named || note.in_reply_to.is_some()).then_some(community);
        new.parts.ask_for_answers = arrival != Arrival::Gathered;
        let missing = self.missing(app, note, 1);
        let beside = Arc::new(missing.clone());
        let created = posts::create_with(app, author.id, new, arrival, beside).await?;
        if !matches!(created, Created::New(_)) {
            missing.without_quoted().ask_by_itself(app).await?;
        }
        Ok(created)
    }

    /// The community on the post's own server that it names, which needs no other word for it.
    pub(crate) async fn community_of(
        &self,
        app: &App,
        note: &IncomingNote,
    ) -> Result<Option<AccountId>> {
        let Some(id) = note.id.clone() else {
            return Ok(None);
        };
        let named: Vec<String> = note
            .groups(|uri| same_authority(uri, &id))
            .into_iter()
            .filter(|uri| same_authority(uri, &id))
            .collect();
        if named.is_empty() {
            return Ok(None);
        }
        app.store
            .read(move |db| {
                let named: Vec<&str> = named.iter().map(String::as_str).collect();
                for (id, _) in communities::groups_by_uris(db, &named)? {
                    if communities::by_id(db, id)?.is_some_and(|known| !is_ours(&known)) {
                        return Ok(Some(id));
                    }
                }
                Ok(None)
            })
            .await
    }
}
