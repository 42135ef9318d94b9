//! What goes with the text of a post: attachments, a poll, a quote. <https://docs.joinmastodon.org/methods/statuses/#create>

use kontor_actions::{attachments::Upload, polls};
use kontor_domain::ids::AttachmentId;
use serde::Deserialize;

use crate::{Error, Result};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Attributes {
    id: String,
    description: Option<String>,
    focus: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Poll {
    options: Vec<String>,
    expires_in: Option<i64>,
    multiple: bool,
    hide_totals: bool,
}

/// `None`: nothing is said of them.
pub(super) fn uploads(ids: Option<&[String]>, said: &[Attributes]) -> Result<Option<Vec<Upload>>> {
    let Some(ids) = ids else { return Ok(None) };
    let ids = ids.iter().filter(|id| !id.trim().is_empty());
    let uploads = ids.map(|id| {
        let bad = || Error::invalid("media_ids", "holds what is no upload of yours");
        let mut upload = Upload::new(AttachmentId(id.trim().parse().map_err(|_| bad())?));
        if let Some(said) = said.iter().find(|said| said.id == *id) {
            upload.description.clone_from(&said.description);
            upload.focus = said.focus.as_deref().map(focus).transpose()?.flatten();
        }
        Ok(upload)
    });
    uploads.collect::<Result<_>>().map(Some)
}

/// Clients send an empty one with every post.
pub(super) fn poll(form: Option<Poll>) -> Result<Option<polls::Wish>> {
    let Some(form) = form else { return Ok(None) };
    if form.options.iter().all(|option| option.trim().is_empty()) && form.expires_in.is_none() {
        return Ok(None);
    }
    let seconds = form
        .expires_in
        .ok_or_else(|| Error::invalid("poll", "must say in how many seconds it ends"))?;
    Ok(Some(polls::Wish {
        choices: form.options,
        multiple: form.multiple,
        hide_totals: form.hide_totals,
        seconds,
    }))
}

/// `x,y`, each from -1 to 1.
pub(crate) fn focus(text: &str) -> Result<Option<(i32, i32)>> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let bad = || {
        Error::invalid(
            "focus",
            "must be two numbers from -1 to 1 with a comma between",
        )
    };
    let (x, y) = text.split_once(',').ok_or_else(bad)?;
    let part = |text: &str| {
        let number: f64 = text.trim().parse().map_err(|_| bad())?;
        thousandths(number).ok_or_else(bad)
    };
    Ok(Some((part(x)?, part(y)?)))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::as_conversions,
    reason = "the number is within a thousand"
)]
fn thousandths(part: f64) -> Option<i32> {
    (-1.0..=1.0)
        .contains(&part)
        .then(|| (part * 1000.0).round() as i32)
}
