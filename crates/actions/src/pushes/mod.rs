//! Waking applications that are not open (Web Push, RFC 8030): who wants to be woken by what. Sending is in `send`.

mod keys;
mod seal;
mod send;

use std::collections::{HashMap, HashSet};

use base64::{
    Engine,
    alphabet::URL_SAFE,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use kontor_domain::{
    follow::FollowState,
    ids::{AccountId, PushId, TokenId},
    notification::{NotificationKind, PushPolicy},
};
pub use kontor_store::pushes::Subscription;
use kontor_store::{
    Tx,
    follows::{self, Follow},
    notifications::Notification,
    pushes,
};
use url::Url;

pub(crate) use keys::{Keys, keys};
pub use send::{Push, queue};

use crate::{App, Error, Result};
use seal::Receiver;

/// Characters of the address of a push service.
const LONGEST: usize = 2000;

/// What an application asks for.
#[derive(Debug, Clone)]
pub struct Wish {
    pub endpoint: String,
    pub p256dh: String,
    pub auth: String,
    pub standard: bool,
    pub alerts: Vec<NotificationKind>,
    pub policy: PushPolicy,
}

/// What it asks for from now on; `None`: as it was.
#[derive(Debug, Clone, Default)]
pub struct Change {
    pub alerts: Option<Vec<NotificationKind>>,
    pub policy: Option<PushPolicy>,
}

/// Whose it is.
#[derive(Debug, Clone)]
pub struct Owner {
    pub account: AccountId,
    pub token: TokenId,
    /// The token itself, which the application gets back with each push.
    pub text: String,
}

/// The key that clients check pushes against.
pub async fn public_key(app: &App) -> Result<String> {
    Ok(keys(app).await?.public.clone())
}

/// Clients write base64 in either alphabet, with padding or without.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let text = text.trim().replace('+', "-").replace('/', "_");
    GeneralPurpose::new(&URL_SAFE, config).decode(text).ok()
}

fn receiver(p256dh: &str, auth: &str) -> Option<Receiver> {
    let (key, auth) = (bytes(p256dh)?, bytes(auth)?);
    (key.len() == 65 && auth.len() == 16).then_some(Receiver { key, auth })
}

fn written(alerts: &[NotificationKind]) -> Result<String> {
    serde_json::to_string(alerts).map_err(|why| Error::Broken(why.to_string()))
}

/// What a subscription is woken by. A word of a newer version wakes nobody.
pub fn alerts(subscription: &Subscription) -> Vec<NotificationKind> {
    let words: Vec<String> = serde_json::from_str(&subscription.alerts).unwrap_or_default();
    words.iter().filter_map(|word| word.parse().ok()).collect()
}

/// In place of the one that the token had.
pub async fn subscribe(app: &App, owner: Owner, wish: Wish) -> Result<Subscription> {
    let field = "subscription[endpoint]";
    if wish.endpoint.len() > LONGEST {
        return Err(Error::invalid(
            field,
            format!("is longer than {LONGEST} characters"),
        ));
    }
    let url =
        Url::parse(&wish.endpoint).map_err(|_| Error::invalid(field, "is not a valid URL"))?;
    // Plain HTTP where this instance is a plain one itself, in development.
    if url.scheme() != "https" && url.scheme() != app.site.scheme() {
        return Err(Error::invalid(field, "must be an https address"));
    }
    let keys_field = "subscription[keys]";
    let to = receiver(&wish.p256dh, &wish.auth)
        .ok_or_else(|| Error::invalid(keys_field, "are not those of a push subscription"))?;
    seal::check(&to, app)
        .map_err(|_| Error::invalid(keys_field, "are on no curve that is known"))?;
    let subscription = Subscription {
        id: PushId(app.id()),
        token_id: owner.token,
        account_id: owner.account,
        endpoint: wish.endpoint,
        p256dh: wish.p256dh,
        auth: wish.auth,
        standard: wish.standard,
        alerts: written(&wish.alerts)?,
        policy: wish.policy,
        sealed_token: keys(app).await?.seal(app, &owner.text)?,
        created_at: app.now(),
    };
    app.store
        .write(move |tx| {
            pushes::put(tx, &subscription)?;
            Ok(subscription.clone())
        })
        .await
}

pub async fn get(app: &App, token: TokenId) -> Result<Subscription> {
    app.store
        .read(move |db| pushes::of(db, token)?.ok_or(Error::NotFound))
        .await
}

pub async fn change(app: &App, token: TokenId, change: Change) -> Result<Subscription> {
    let alerts = change.alerts.as_deref().map(written).transpose()?;
    app.store
        .write(move |tx| {
            let before = pushes::of(tx, token)?.ok_or(Error::NotFound)?;
            let after = Subscription {
                alerts: alerts.clone().unwrap_or_else(|| before.alerts.clone()),
                policy: change.policy.unwrap_or(before.policy),
                ..before
            };
            pushes::change(tx, after.id, &after.alerts, after.policy)?;
            Ok(after)
        })
        .await
}

/// Nothing changes where there is none.
pub async fn unsubscribe(app: &App, token: TokenId) -> Result<()> {
    app.store
        .write(move |tx| Ok(pushes::delete_of(tx, token)?))
        .await
}

/// A job for each application that wants to be woken by what people are told of somebody, in the transaction that tells them.
pub(crate) fn wake(
    app: &App,
    tx: &mut Tx<'_>,
    from: AccountId,
    told: &[Notification],
) -> Result<()> {
    if told.is_empty() {
        return Ok(());
    }
    let mut news: HashMap<AccountId, Vec<&Notification>> = HashMap::new();
    for one in told {
        news.entry(one.account_id).or_default().push(one);
    }
    let people: Vec<AccountId> = news.keys().copied().collect();
    let subscriptions = pushes::of_accounts(tx, &people)?;
    let heard = heard(tx, from, &subscriptions)?;
    let mut waiting = Vec::new();
    for subscription in subscriptions {
        if !heard.contains(&subscription.id) {
            continue;
        }
        let wanted = alerts(&subscription);
        for one in news.get(&subscription.account_id).into_iter().flatten() {
            if wanted.contains(&one.kind) {
                waiting.push(send::waiting(subscription.id, one)?);
            }
        }
    }
    app.enqueue_several(tx, send::QUEUE, waiting)
}

/// Those that are to be woken by what this one does.
fn heard(
    tx: &mut Tx<'_>,
    from: AccountId,
    subscriptions: &[Subscription],
) -> Result<HashSet<PushId>> {
    let choosy: Vec<AccountId> = subscriptions
        .iter()
        .filter(|one| matches!(one.policy, PushPolicy::Followed | PushPolicy::Follower))
        .map(|one| one.account_id)
        .collect();
    let (out, back) = if choosy.is_empty() {
        (Vec::new(), Vec::new())
    } else {
        follows::around(tx, from, &choosy)?
    };
    let stands = |follow: &&Follow| follow.state == FollowState::Accepted;
    let follows: HashSet<AccountId> = out.iter().filter(stands).map(|f| f.target_id).collect();
    let followed: HashSet<AccountId> = back.iter().filter(stands).map(|f| f.follower_id).collect();
    Ok(subscriptions
        .iter()
        .filter(|one| match one.policy {
            PushPolicy::All => true,
            PushPolicy::Followed => followed.contains(&one.account_id),
            PushPolicy::Follower => follows.contains(&one.account_id),
            PushPolicy::None => false,
        })
        .map(|one| one.id)
        .collect())
}
