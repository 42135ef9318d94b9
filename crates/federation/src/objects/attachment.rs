//! Files of posts on the wire, both ways.

use activitypub_federation::protocol::helpers::deserialize_skip_error;
use kontor_actions::{
    App,
    attachments::{Attachment, RemoteFile},
};
use kontor_domain::{attachment::AttachmentKind, audience::Audience};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::loose::{self, Link, web_address};

const MAX_DESCRIPTION: usize = 5000;
const MAX_BLURHASH: usize = 100;
/// No picture is larger; greater numbers are mistakes.
const MAX_SIDE: i64 = 100_000;

/// As we write it. `Document` is what every reader knows.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", tag = "type")]
pub enum OutgoingAttachment {
    #[serde(rename_all = "camelCase")]
    Document {
        media_type: String,
        url: String,
        /// The description.
        name: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        blurhash: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        focal_point: Option<[f64; 2]>,
        #[serde(skip_serializing_if = "Option::is_none")]
        width: Option<i32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        height: Option<i32>,
    },
}

/// The file of a post of ours.
pub fn outgoing(app: &App, audience: Audience, file: &Attachment) -> Option<OutgoingAttachment> {
    let name = file.file.as_ref()?;
    let url = match audience {
        // Servers that may have it sign their requests.
        Audience::Public | Audience::Unlisted | Audience::Community | Audience::Instance => {
            app.site.file(name)
        }
        // Most servers ask for files without a signature.
        Audience::Followers | Audience::Direct => app.site.file_for_peers(name),
    };
    Some(OutgoingAttachment::Document {
        media_type: file.media_type.clone().unwrap_or_default(),
        url,
        name: file.description.clone(),
        blurhash: file.blurhash.clone(),
        focal_point: file
            .focus_x
            .zip(file.focus_y)
            .map(|(x, y)| [f64::from(x) / 1000.0, f64::from(y) / 1000.0]),
        width: file.width,
        height: file.height,
    })
}

/// As peers write it: a Document, Image, Video, Audio or Link, with one address or several.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IncomingAttachment {
    #[serde(rename = "type", deserialize_with = "loose::words")]
    pub kind: Vec<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    media_type: Option<String>,
    #[serde(deserialize_with = "loose::links")]
    url: Vec<Link>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    href: Option<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    name: Option<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    summary: Option<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    blurhash: Option<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    focal_point: Option<Value>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    width: Option<Value>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    height: Option<Value>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    duration: Option<String>,
    #[serde(deserialize_with = "loose::links")]
    icon: Vec<Link>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    pub sensitive: bool,
}

impl IncomingAttachment {
    fn is(&self, kind: &str) -> bool {
        self.kind.iter().any(|word| word == kind)
    }

    /// The first usable address, with its media type.
    fn place(&self) -> Option<(String, Option<String>)> {
        if let Some(href) = self.href.clone().filter(|href| web_address(href).is_some()) {
            return Some((href, self.media_type.clone()));
        }
        let link = self
            .url
            .iter()
            .find(|link| web_address(&link.href).is_some())?;
        let media_type = self.media_type.clone().or_else(|| link.media_type.clone());
        Some((link.href.clone(), media_type))
    }

    /// The address of a link to a page, as Lemmy sends with a post: no file.
    pub fn page(&self) -> Option<String> {
        let (url, media_type) = self.place()?;
        let file = AttachmentKind::of(media_type.as_deref(), &url);
        (self.is("Link") && file == AttachmentKind::Unknown).then_some(url)
    }

    /// The file, if there is one.
    pub fn file(&self) -> Option<RemoteFile> {
        if self.is("PropertyValue") || self.is("Note") || self.page().is_some() {
            return None;
        }
        let (url, media_type) = self.place()?;
        let kind = match AttachmentKind::of(media_type.as_deref(), &url) {
            AttachmentKind::Unknown if self.is("Image") => AttachmentKind::Image,
            AttachmentKind::Unknown if self.is("Video") => AttachmentKind::Video,
            AttachmentKind::Unknown if self.is("Audio") => AttachmentKind::Audio,
            known => known,
        };
        let description = self
            .name
            .as_deref()
            .filter(|name| !name.trim().is_empty())
            .or(self.summary.as_deref());
        Some(RemoteFile {
            kind,
            media_type: media_type.map(|kind| loose::line(&kind, 100)),
            url,
            preview_url: picture(&self.icon),
            description: description
                .map(|text| text_of(text, MAX_DESCRIPTION))
                .filter(|text| !text.is_empty()),
            blurhash: self.blurhash.clone().filter(|hash| is_blurhash(hash)),
            focus: self.focal_point.as_ref().and_then(focus),
            width: self.width.as_ref().and_then(side),
            height: self.height.as_ref().and_then(side),
            duration_ms: self.duration.as_deref().and_then(duration_ms),
        })
    }
}

/// The first address of a picture.
pub fn picture(links: &[Link]) -> Option<String> {
    links
        .iter()
        .map(|link| &link.href)
        .find(|href| web_address(href).is_some())
        .cloned()
}

/// Text of several lines, without what no text has.
fn text_of(text: &str, most: usize) -> String {
    let kept = text.chars().filter(|c| *c == '\n' || !c.is_control());
    kept.take(most).collect::<String>().trim().to_owned()
}

fn is_blurhash(hash: &str) -> bool {
    (6..=MAX_BLURHASH).contains(&hash.len())
        && hash
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"#$%*+,-.:;=?@[]^_{|}~".contains(&b))
}

/// Two numbers from -1 to 1.
fn focus(value: &Value) -> Option<(i32, i32)> {
    let [x, y] = value.as_array()?.as_slice() else {
        return None;
    };
    Some((thousandths(x.as_f64()?)?, thousandths(y.as_f64()?)?))
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

fn side(value: &Value) -> Option<i32> {
    let pixels = value
        .as_i64()
        .or_else(|| value.as_str().and_then(|text| text.parse().ok()))?;
    i32::try_from(pixels)
        .ok()
        .filter(|_| (1..=MAX_SIDE).contains(&pixels))
}

/// A duration as XML Schema spells it, `PT1H2M3.5S`, in milliseconds.
pub fn duration_ms(text: &str) -> Option<i64> {
    let mut rest = text.trim().strip_prefix("PT")?;
    let mut sum = 0_i64;
    for (unit, seconds) in [('H', 3600), ('M', 60), ('S', 1)] {
        let Some((number, after)) = rest.split_once(unit) else {
            continue;
        };
        let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
        let whole: i64 = whole.parse().ok()?;
        let part: i64 = format!("{part:0<3}").get(..3)?.parse().ok()?;
        let millis = whole.checked_mul(1000)?.checked_add(part)?;
        sum = sum.checked_add(millis.checked_mul(seconds)?)?;
        rest = after;
    }
    (rest.is_empty() && sum >= 0).then_some(sum)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Option<RemoteFile> {
        serde_json::from_value::<IncomingAttachment>(value)
            .unwrap()
            .file()
    }

    #[test]
    fn files_in_every_form() {
        let file = read(json!({
            "type": "Document", "mediaType": "image/png", "url": "https://a.test/1.png", "name": "A cat",
            "blurhash": "UBL_:rOpGG-;~qRjWBay-;WBRjof", "focalPoint": [0.5, -0.25], "width": 800, "height": "600"
        }))
        .unwrap();
        assert_eq!(
            (file.kind, file.description.as_deref(), file.focus),
            (AttachmentKind::Image, Some("A cat"), Some((500, -250)))
        );
        assert_eq!((file.width, file.height), (Some(800), Some(600)));
        let file = read(json!({"type": "Image", "url": [{"type": "Link", "href": "https://a.test/1"}], "summary": "alt", "name": ""})).unwrap();
        assert_eq!(
            (file.kind, file.description.as_deref()),
            (AttachmentKind::Image, Some("alt"))
        );
        let file = read(
            json!({"type": "Link", "href": "https://a.test/a.jpg", "mediaType": "image/jpeg"}),
        );
        assert_eq!(file.unwrap().kind, AttachmentKind::Image);
        let link = json!({"type": "Link", "href": "https://a.test/page"});
        assert_eq!(read(link.clone()), None);
        let link: IncomingAttachment = serde_json::from_value(link).unwrap();
        assert_eq!(link.page().as_deref(), Some("https://a.test/page"));
        for nothing in [
            json!({"type": "Document"}),
            json!({"type": "Document", "url": "javascript:x"}),
            json!({"type": "PropertyValue", "name": "a", "value": "b", "url": "https://a.test/1.png"}),
        ] {
            assert_eq!(read(nothing), None);
        }
        let odd = read(json!({"type": "Image", "url": "https://a.test/1", "focalPoint": [2, 0], "blurhash": "<b>", "width": -1, "height": 1e9})).unwrap();
        assert_eq!(
            (odd.focus, odd.blurhash, odd.width, odd.height),
            (None, None, None, None)
        );
    }

    #[test]
    fn durations() {
        assert_eq!(duration_ms("PT1H2M3.5S"), Some(3_723_500));
        assert_eq!(duration_ms("PT200S"), Some(200_000));
        for odd in ["", "P1D", "PT", "PTxS", "PT1S2", "PT99999999999999999999S"] {
            assert!(duration_ms(odd).is_none_or(|ms| ms == 0), "{odd}");
        }
    }
}
