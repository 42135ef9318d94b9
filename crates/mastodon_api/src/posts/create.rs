//! Writing a post. <https://docs.joinmastodon.org/methods/statuses/#create>

use actix_web::{HttpRequest, HttpResponse, web::Data};
use kontor_actions::{
    App,
    posts::{self, ContentType, Draft, Extras, Text},
    quotes::preset,
    scheduled_posts,
};
use kontor_domain::ids::PostId;
use kontor_http::Params;
use serde::Deserialize;

use super::{extras, unsupported::Unsupported};
use crate::{
    Error, Result,
    caller::Caller,
    entities::{ScheduledStatus, Status, Visibility},
    quotes::policy,
    scheduled_statuses::moment,
    scope,
};

/// What is absent is as the person has set it for new posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Form {
    status: String,
    spoiler_text: String,
    sensitive: Option<bool>,
    language: String,
    visibility: Option<Visibility>,
    content_type: String,
    in_reply_to_id: Option<PostId>,
    media_ids: Option<Vec<String>>,
    media_attributes: Vec<extras::Attributes>,
    poll: Option<extras::Poll>,
    quoted_status_id: Option<PostId>,
    /// The name that other servers and their clients give it.
    quote_id: Option<PostId>,
    quote_approval_policy: String,
    /// Kontor's own: who may quote it when its author allows it.
    quote_review_policy: String,
    /// Of a thread in a community.
    title: Option<String>,
    scheduled_at: String,
    #[serde(flatten)]
    unsupported: Unsupported,
}

pub(crate) async fn create(
    app: Data<App>,
    caller: Caller<scope::WriteStatuses>,
    form: Params<Form>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let form = form.into_inner();
    form.unsupported.check()?;
    let later = moment(&form.scheduled_at)?;
    let defaults = &caller.user;
    let language = if form.language.trim().is_empty() {
        defaults.default_language.clone()
    } else {
        Some(form.language)
    };
    // A warning with nothing below it is the post.
    let only_warning = form.status.trim().is_empty();
    let (text, spoiler_text) = if only_warning {
        (form.spoiler_text, String::new())
    } else {
        (form.status, form.spoiler_text)
    };
    let (quote_policy, quote_review) = match (
        policy("quote_approval_policy", &form.quote_approval_policy)?,
        policy("quote_review_policy", &form.quote_review_policy)?,
    ) {
        (None, None) => (preset(defaults), None),
        said => said,
    };
    let draft = Draft {
        text: Text {
            text,
            content_type: content_type(&form.content_type)?,
            spoiler_text,
            sensitive: form.sensitive.unwrap_or(defaults.default_sensitive),
            language,
        },
        audience: form
            .visibility
            .map_or(defaults.default_audience, Into::into),
        in_reply_to: form.in_reply_to_id,
        idempotency_key: idempotency_key(&req)?,
        application: caller
            .application
            .as_ref()
            .map(|application| application.id),
        extras: Extras {
            uploads: extras::uploads(form.media_ids.as_deref(), &form.media_attributes)?
                .unwrap_or_default(),
            poll: extras::poll(form.poll)?,
            quoted: form.quoted_status_id.or(form.quote_id),
            quote_policy,
            quote_review,
            title: form.title,
        },
    };
    if let Some(at) = later {
        let id = scheduled_posts::schedule(&app, caller.id(), draft, at).await?;
        let view = scheduled_posts::get(&app, caller.id(), id).await?;
        return Ok(HttpResponse::Ok().json(ScheduledStatus::new(
            &app.site,
            (caller.id(), app.now()),
            &view,
        )));
    }
    let id = posts::publish(&app, caller.id(), draft).await?;
    let view = posts::get(&app, caller.viewer(), id).await?;
    Ok(HttpResponse::Ok().json(Status::new(&app.site, caller.viewer(), &view)))
}

pub(super) fn content_type(text: &str) -> Result<ContentType> {
    ContentType::parse(text)
        .ok_or_else(|| Error::invalid("content_type", "must be text/plain or text/markdown"))
}

fn idempotency_key(req: &HttpRequest) -> Result<Option<String>> {
    let Some(key) = req.headers().get("idempotency-key") else {
        return Ok(None);
    };
    match key.to_str() {
        Ok(key) if key.trim().is_empty() => Ok(None),
        Ok(key) if key.len() <= 255 => Ok(Some(key.trim().to_owned())),
        _ => Err(Error::invalid(
            "Idempotency-Key",
            "must be a text of at most 255 characters",
        )),
    }
}
