//! Waking applications: each has one subscription, that of its token. <https://docs.joinmastodon.org/methods/push/>

use actix_web::{
    HttpRequest,
    web::{Data, Json},
};
use kontor_actions::{
    App,
    pushes::{self, Change, Owner, Push, Wish},
};
use kontor_domain::{
    notification::{NotificationKind, PushPolicy},
    site::Site,
    text::{excerpt, plain},
};
use kontor_http::Params;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    Error, Result,
    caller::Caller,
    entities::{WebPushSubscription, avatar},
    scope,
};

/// Characters of what a push says of a post or of somebody.
const BODY: usize = 140;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    subscription: Subscribing,
    data: Wanting,
    /// Some clients do not put it in `data`.
    policy: Option<PushPolicy>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Subscribing {
    endpoint: String,
    keys: Keys,
    standard: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Keys {
    p256dh: String,
    auth: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanting {
    alerts: Option<Map<String, Value>>,
    policy: Option<PushPolicy>,
}

impl Wanting {
    /// What nobody is told of here is passed over.
    fn alerts(&self) -> Option<Vec<NotificationKind>> {
        let on = |value: &Value| match value {
            Value::Bool(on) => *on,
            Value::String(text) => matches!(text.as_str(), "true" | "1" | "on" | "t"),
            Value::Number(number) => number.as_i64() == Some(1),
            _ => false,
        };
        let alerts = self.alerts.as_ref()?;
        let chosen = alerts.iter().filter(|(_, value)| on(value));
        Some(chosen.filter_map(|(name, _)| name.parse().ok()).collect())
    }
}

pub(crate) async fn subscribe(
    app: Data<App>,
    req: HttpRequest,
    caller: Caller<scope::Push>,
    form: Params<Form>,
) -> Result<Json<WebPushSubscription>> {
    let text = kontor_http::token(req.headers(), req.query_string());
    let owner = Owner {
        account: caller.id(),
        token: caller.token,
        text: text.ok_or_else(Error::unauthorized)?,
    };
    let form = form.into_inner();
    let wish = Wish {
        alerts: form.data.alerts().unwrap_or_default(),
        policy: form.data.policy.or(form.policy).unwrap_or(PushPolicy::All),
        endpoint: form.subscription.endpoint,
        p256dh: form.subscription.keys.p256dh,
        auth: form.subscription.keys.auth,
        standard: form.subscription.standard,
    };
    let subscription = pushes::subscribe(&app, owner, wish).await?;
    shown(&app, &subscription).await
}

async fn shown(app: &App, row: &pushes::Subscription) -> Result<Json<WebPushSubscription>> {
    let key = pushes::public_key(app).await?;
    Ok(Json(WebPushSubscription::new(row, key)))
}

pub(crate) async fn show(
    app: Data<App>,
    caller: Caller<scope::Push>,
) -> Result<Json<WebPushSubscription>> {
    let subscription = pushes::get(&app, caller.token).await?;
    shown(&app, &subscription).await
}

pub(crate) async fn change(
    app: Data<App>,
    caller: Caller<scope::Push>,
    form: Params<Form>,
) -> Result<Json<WebPushSubscription>> {
    let change = Change {
        alerts: form.data.alerts(),
        policy: form.data.policy.or(form.policy),
    };
    let subscription = pushes::change(&app, caller.token, change).await?;
    shown(&app, &subscription).await
}

pub(crate) async fn unsubscribe(
    app: Data<App>,
    caller: Caller<scope::Push>,
) -> Result<Json<Value>> {
    pushes::unsubscribe(&app, caller.token).await?;
    Ok(Json(json!({})))
}

/// What is pushed, as Mastodon's clients read it. What does not fit into `most` bytes is left out.
pub fn push_payload(site: &Site, push: &Push, most: usize) -> String {
    let view = &push.view;
    let (row, account) = (&view.notification, &view.account);
    let name = if account.display_name.is_empty() {
        &account.username
    } else {
        &account.display_name
    };
    let title = match row.kind {
        NotificationKind::Mention => format!("{name} mentioned you"),
        NotificationKind::Follow => format!("{name} is now following you"),
        NotificationKind::FollowRequest => format!("{name} asks to follow you"),
        NotificationKind::Poll => format!("A poll by {name} has ended"),
        NotificationKind::Quote => format!("{name} quoted your post"),
        NotificationKind::Favourite => format!("{name} favourited your post"),
        NotificationKind::Reblog => format!("{name} boosted your post"),
        NotificationKind::EmojiReaction => format!("{name} reacted to your post"),
        NotificationKind::AddedToCollection => format!("{name} added you to a collection"),
        NotificationKind::CollectionUpdate => {
            format!("{name} changed a collection that you are in")
        }
        NotificationKind::Status => format!("{name} just posted"),
        NotificationKind::Update => format!("{name} edited a post that you boosted"),
        NotificationKind::QuotedUpdate => format!("{name} edited a post that you quoted"),
        NotificationKind::AdminSignUp => format!("{name} signed up"),
        NotificationKind::AdminReport => format!("{name} sent a report"),
        NotificationKind::SeveredRelationships => format!("Follows of {name} have ended"),
        NotificationKind::ModerationWarning => "You have received a moderation warning".to_owned(),
    };
    let body = match (&view.post, &view.collection) {
        (Some(view), _) if !view.post.spoiler_text.is_empty() => view.post.spoiler_text.clone(),
        (Some(view), _) => plain(&view.post.content),
        (None, Some(view)) => view.collection.name.clone(),
        (None, None) => match &view.warning {
            Some(warning) => warning.text.clone(),
            None => plain(&account.note),
        },
    };
    let write = |icon: &str, body: &str| {
        json!({
            "access_token": push.token,
            "preferred_locale": push.locale,
            "notification_id": row.id.to_string(),
            "notification_type": row.kind,
            "icon": icon,
            "title": excerpt(&title, BODY),
            "body": body,
        })
        .to_string()
    };
    let whole = write(&avatar(site, account), &excerpt(&body, BODY));
    if whole.len() <= most {
        whole
    } else {
        write("", "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_are_switched_on_in_every_spelling() {
        let wanting: Wanting = serde_json::from_value(json!({
            "alerts": { "mention": true, "follow": "true", "reblog": "1", "poll": 1, "favourite": false, "status": true,
                "admin.sign_up": true, "admin.report": "0" }
        }))
        .unwrap();
        let mut kinds: Vec<String> = wanting
            .alerts()
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        kinds.sort();
        assert_eq!(
            kinds,
            [
                "admin.sign_up",
                "follow",
                "mention",
                "poll",
                "reblog",
                "status"
            ]
        );
        assert_eq!(Wanting::default().alerts(), None);
    }
}
