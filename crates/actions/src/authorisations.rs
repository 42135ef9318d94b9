//! Applications that somebody let act for them, and taking that back.

use std::collections::BTreeMap;

use kontor_domain::{
    ids::{AccountId, ApplicationId},
    scope::Scopes,
    time::Time,
};
use kontor_store::oauth::{self, Application, Token};

use crate::{App, Error, Result};

/// Tokens of one person that are looked at.
const MOST: i64 = 1000;

/// What one application may do for somebody.
#[derive(Debug, Clone)]
pub struct Authorisation {
    /// `None`: tokens that were made at the command line.
    pub application: Option<Application>,
    /// Of all its tokens.
    pub scopes: Vec<String>,
    pub since: Time,
    pub last_used_at: Option<Time>,
}

/// By the newest token of each.
pub async fn list(app: &App, by: AccountId) -> Result<Vec<Authorisation>> {
    app.store
        .read(move |db| {
            let tokens = oauth::tokens_of(db, by, MOST)?;
            let mut order: Vec<Option<ApplicationId>> = Vec::new();
            let mut groups: BTreeMap<Option<ApplicationId>, Vec<&Token>> = BTreeMap::new();
            for token in &tokens {
                if !order.contains(&token.application_id) {
                    order.push(token.application_id);
                }
                groups.entry(token.application_id).or_default().push(token);
            }
            let ids: Vec<ApplicationId> = order.iter().copied().flatten().collect();
            let applications = oauth::applications_by_ids(db, &ids)?;
            Ok(order
                .iter()
                .filter_map(|id| {
                    let tokens = groups.get(id)?;
                    let mut scopes: Vec<String> = tokens
                        .iter()
                        .flat_map(|token| {
                            token
                                .scopes
                                .parse::<Scopes>()
                                .unwrap_or_default()
                                .iter()
                                .map(str::to_owned)
                                .collect::<Vec<_>>()
                        })
                        .collect();
                    scopes.sort_unstable();
                    scopes.dedup();
                    Some(Authorisation {
                        application: id
                            .and_then(|id| applications.iter().find(|one| one.id == id).cloned()),
                        scopes,
                        since: tokens.iter().map(|token| token.created_at).min()?,
                        last_used_at: tokens.iter().filter_map(|token| token.last_used_at).max(),
                    })
                })
                .collect())
        })
        .await
}

/// The application cannot act any more for whoever lets it go; `None` is what was made at the command line. `Ok` also when it could not before.
pub async fn withdraw(app: &App, by: AccountId, application: Option<ApplicationId>) -> Result<()> {
    let now = app.now();
    app.store
        .write(move |tx| {
            for token in oauth::tokens_of(tx, by, MOST)? {
                if token.application_id == application {
                    oauth::revoke(tx, token.id, now)?;
                }
            }
            Ok::<_, Error>(())
        })
        .await
}
