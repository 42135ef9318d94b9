//! Links of a profile that lead back: what a field links to is its owner's if it says so, by a link to the profile with `rel="me"`.
//! Asking is `federation`'s, for it knows whom this instance speaks with.
//! <https://docs.joinmastodon.org/user/profile/#verification>

use kontor_domain::{account::Field, ids::AccountId, text::plain};
use kontor_store::{Tx, accounts, jobs};
use url::Url;

use crate::{App, Error, Result, accounts::Account};

/// The queue of profiles whose links are to be followed; the payload is the account's id, and so is the lane.
pub const QUEUE: &str = "verifications";

/// Longer addresses are not followed.
const LONGEST: usize = 2048;

/// What is to be looked at for an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unverified {
    /// Where its links lead that nothing is known of, each once.
    pub links: Vec<Url>,
    /// What each would have to lead back to: any of these.
    pub own: Vec<Url>,
}

fn read(fields: &str) -> Result<Vec<Field>> {
    serde_json::from_str(fields).map_err(|why| Error::Broken(why.to_string()))
}

fn write(fields: &[Field]) -> Result<String> {
    serde_json::to_string(fields).map_err(|why| Error::Broken(why.to_string()))
}

/// What was verified stays so where the value is the same.
pub(crate) fn carry(before: &str, after: &[Field]) -> Result<String> {
    let known = read(before)?;
    let carried: Vec<Field> = after
        .iter()
        .map(|field| Field {
            verified_at: known
                .iter()
                .find(|known| known.value == field.value)
                .and_then(|known| known.verified_at),
            ..field.clone()
        })
        .collect();
    write(&carried)
}

/// The address that a field is, if it is nothing else.
fn link(app: &App, field: &Field) -> Option<Url> {
    let mut url = Url::parse(plain(&field.value).trim()).ok()?;
    url.set_fragment(None);
    // An instance without TLS is one for trying things out.
    let safe = url.scheme() == "https" || url.scheme() == app.site.scheme();
    let sound = url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.as_str().len() <= LONGEST;
    (safe && sound && !app.site.owns(&url)).then_some(url)
}

fn unverified(app: &App, fields: &[Field]) -> Vec<Url> {
    let mut links = Vec::new();
    let open = fields.iter().filter(|field| field.verified_at.is_none());
    for url in open.filter_map(|field| link(app, field)) {
        if !links.contains(&url) {
            links.push(url);
        }
    }
    links
}

/// Has the links of a profile followed that nothing is known of.
pub(crate) fn enqueue(app: &App, tx: &mut Tx<'_>, of: AccountId, fields: &str) -> Result<()> {
    if !app.settings.limits.cards.enabled || unverified(app, &read(fields)?).is_empty() {
        return Ok(());
    }
    let lane = of.to_string();
    // One may be at work already, on the profile as it was; whatever waits behind it will find the present one.
    if jobs::count_in_lane(tx, QUEUE, &lane)? > 1 {
        return Ok(());
    }
    app.enqueue(tx, QUEUE, Some(&lane), lane.clone())
}

/// `None`: there is nothing to look at any more.
pub async fn open(app: &App, of: AccountId) -> Result<Option<Unverified>> {
    let account: Option<Account> = app.store.read(move |db| accounts::by_id(db, of)).await?;
    let Some(account) = account.filter(|account| account.suspended_at.is_none()) else {
        return Ok(None);
    };
    let links = unverified(app, &read(&account.fields)?);
    let own = [&account.url, &account.uri];
    Ok((!links.is_empty()).then(|| Unverified {
        links,
        own: own
            .into_iter()
            .filter_map(|url| Url::parse(url).ok())
            .collect(),
    }))
}

/// These links lead back. Those that are no longer on the profile are passed over.
pub async fn keep(app: &App, of: AccountId, found: Vec<Url>) -> Result<()> {
    if found.is_empty() {
        return Ok(());
    }
    let (this, now) = (app.clone(), app.now());
    app.store
        .write(move |tx| {
            let Some(account) = accounts::by_id(tx, of)? else {
                return Ok(());
            };
            let mut fields = read(&account.fields)?;
            for field in &mut fields {
                let leads_back = link(&this, field).is_some_and(|url| found.contains(&url));
                if field.verified_at.is_none() && leads_back {
                    field.verified_at = Some(now);
                }
            }
            Ok(accounts::set_fields(tx, of, &write(&fields)?)?)
        })
        .await
}
