//! <https://docs.joinmastodon.org/entities/ScheduledStatus/>

use kontor_actions::scheduled_posts::ScheduledView;
use kontor_domain::{
    audience::Viewer,
    ids::AccountId,
    quote::QuotePolicy,
    site::Site,
    time::{self, Time},
};
use serde::Serialize;

use super::{MediaAttachment, Never, Visibility};

#[derive(Debug, Clone, Serialize)]
pub struct ScheduledStatus {
    pub id: String,
    pub scheduled_at: String,
    pub params: Params,
    pub media_attachments: Vec<MediaAttachment>,
}

/// What the author asked for, as it was asked.
#[derive(Debug, Clone, Serialize)]
pub struct Params {
    pub text: String,
    pub visibility: Visibility,
    pub sensitive: bool,
    pub spoiler_text: Option<String>,
    pub language: Option<String>,
    pub in_reply_to_id: Option<i64>,
    pub media_ids: Option<Vec<String>>,
    pub poll: Option<ScheduledPoll>,
    pub quoted_status_id: Option<String>,
    /// Left out where nothing was said: the published description has no `null` for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote_approval_policy: Option<QuotePolicy>,
    pub idempotency: Option<String>,
    /// Of the application that it was written with; 0 where there was none.
    pub application_id: i64,
    /// It is scheduled once.
    pub scheduled_at: Option<Never>,
    pub with_rate_limit: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct ScheduledPoll {
    pub options: Vec<String>,
    pub expires_in: i64,
    pub multiple: bool,
    pub hide_totals: bool,
}

impl ScheduledStatus {
    pub fn new(site: &Site, (owner, now): (AccountId, Time), view: &ScheduledView) -> Self {
        let draft = &view.draft;
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let ids: Vec<String> = draft
            .uploads
            .iter()
            .map(|upload| upload.id.to_string())
            .collect();
        Self {
            id: view.id.to_string(),
            scheduled_at: time::rfc3339(view.scheduled_at),
            params: Params {
                text: draft.text.clone(),
                visibility: draft.audience.into(),
                sensitive: draft.sensitive,
                spoiler_text: given(&draft.spoiler_text),
                language: draft.language.clone(),
                in_reply_to_id: draft.in_reply_to.map(|id| id.0),
                media_ids: Some(ids).filter(|ids| !ids.is_empty()),
                poll: draft.poll.as_ref().map(|poll| ScheduledPoll {
                    options: poll.choices.clone(),
                    expires_in: poll.seconds,
                    multiple: poll.multiple,
                    hide_totals: poll.hide_totals,
                }),
                quoted_status_id: draft.quoted.map(|id| id.to_string()),
                quote_approval_policy: draft.quote_policy,
                idempotency: view.idempotency_key.clone(),
                application_id: draft.application.map_or(0, |id| id.0),
                scheduled_at: None,
                with_rate_limit: false,
            },
            media_attachments: MediaAttachment::all(
                site,
                (Viewer::Account(owner), Some(now)),
                &view.attachments,
            ),
        }
    }
}
