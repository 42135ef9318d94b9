//! News as clients read them: the name of an event, and what it is about.

use std::sync::Arc;

use kontor_actions::streams::{Form, News, What};
use kontor_domain::site::Site;
use serde::Serialize;

use crate::entities::{Announcement, AnnouncementReaction, Conversation, Notification, Status};

/// The name of the event.
pub(super) const fn event(what: &What) -> &'static str {
    match what {
        What::Posted(..) => "update",
        What::Edited(..) => "status.update",
        What::Deleted(_) => "delete",
        What::Notified(_) => "notification",
        What::Conversed(..) => "conversation",
        What::FiltersChanged => "filters_changed",
        What::NotificationsMerged => "notifications_merged",
        What::Announced(_) => "announcement",
        What::AnnouncementAnswered(..) => "announcement.reaction",
        What::AnnouncementGone(_) => "announcement.delete",
    }
}

/// What it is about: an entity, an id, or nothing to be read.
pub(super) fn payload(site: &Site, news: &News) -> Arc<str> {
    news.said(Form::Plain, |what| match what {
        What::Posted(view, viewer) | What::Edited(view, viewer) => {
            text(&Status::new(site, *viewer, view))
        }
        What::Deleted(id) => id.to_string(),
        What::Notified(view) => text(&Notification::new(site, view)),
        What::Conversed(view, viewer) => text(&Conversation::new(site, *viewer, view)),
        What::FiltersChanged => "undefined".to_owned(),
        What::NotificationsMerged => "1".to_owned(),
        What::Announced(view) => text(&Announcement::new(site, view)),
        What::AnnouncementAnswered(view, one) => text(&AnnouncementReaction::new(site, view, one)),
        What::AnnouncementGone(id) => id.to_string(),
    })
}

/// The rest of a frame, after the names of the stream.
pub(super) fn frame(site: &Site, news: &News) -> Arc<str> {
    let payload = payload(site, news);
    news.said(Form::Framed, |what| match what {
        What::FiltersChanged => format!("\"event\":\"{}\"}}", event(what)),
        _ => format!(
            "\"event\":\"{}\",\"payload\":{}}}",
            event(what),
            text(&*payload)
        ),
    })
}

#[expect(
    clippy::expect_used,
    reason = "what the API answers can always be written as JSON"
)]
fn text(value: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(value).expect("JSON")
}
