//! What somebody came from another site to follow, answer, favourite or boost: found by the handle or the address that the site named.

use kontor_domain::{audience::Viewer, ids::AccountId};
use url::Url;

use crate::{App, Error, Result, accounts::Account, posts::PostView, search};

#[derive(Debug, Clone)]
pub enum Target {
    Account(Box<Account>),
    Post(Box<PostView>),
}

/// Longer than any address that is kept here.
const MAX_NAME: usize = 2048;

/// What a name leads to, asked of its server if it is not known here. `acct:` may stand in front of a handle.
pub async fn target(app: &App, by: AccountId, name: &str) -> Result<Target> {
    let name = name.trim();
    if name.is_empty() {
        return Err(Error::invalid("uri", "is missing"));
    }
    if name.len() > MAX_NAME {
        return Err(Error::invalid("uri", "is too long"));
    }
    let results = match Url::parse(name) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => {
            search::by_url(app, Viewer::Account(by), &url, true).await?
        }
        _ => {
            let handle = match name.split_at_checked(5) {
                Some((scheme, rest)) if scheme.eq_ignore_ascii_case("acct:") => rest,
                _ => name,
            };
            let id = search::by_handle(app, handle, true).await?;
            let id = id.ok_or(Error::NotFound)?;
            search::Results {
                accounts: vec![crate::accounts::get(app, id).await?],
                ..search::Results::default()
            }
        }
    };
    let account = results.accounts.into_iter().next();
    let post = results.posts.into_iter().next();
    match (account, post) {
        (Some(account), _) if account.suspended_at.is_none() => {
            Ok(Target::Account(Box::new(account)))
        }
        (_, Some(post)) => Ok(Target::Post(match post.boosted {
            Some(boosted) => boosted,
            None => Box::new(post),
        })),
        _ => Err(Error::NotFound),
    }
}
