//! What is no Note becomes a useful post: its title, as much of its text as is short, what its kind knows, and a link
//!.

use kontor_actions::attachments::RemoteFile;
use kontor_domain::{
    attachment::AttachmentKind,
    text::{self, Resolver, framing},
    time,
};
use serde_json::Value;

use super::incoming::IncomingNote;
use crate::objects::{
    attachment::duration_ms,
    loose::{self, Link, web_address},
};

const MAX_PLACE: usize = 300;

/// Plain text as HTML, its addresses linked.
pub(super) fn plain(content: &str, bytes: usize) -> String {
    let text = cut(content, bytes);
    text::sanitise(text::render_plain(text, &Resolver::new()).as_str())
}

/// Markdown as HTML.
pub(super) fn markdown(content: &str, bytes: usize) -> String {
    let text = cut(content, bytes);
    text::sanitise(text::render_markdown(text, &Resolver::new()).as_str())
}

fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

/// `body` is sanitised. A Note and a Question are their text; anything else has a page of its own that is linked.
pub(super) fn html(note: &IncomingNote, body: &str, most: usize) -> String {
    let mut html = String::new();
    if let Some(title) = note.title() {
        html.push_str(&framing::title(&title));
    }
    if note.is_text() {
        html.push_str(body);
        return html;
    }
    if note.is("Event") {
        html.push_str(&occasion(note));
    }
    let introduction = note.introduction();
    let has_words = |html: &str| !text::plain(html).trim().is_empty();
    if has_words(body) && body.len() <= most {
        html.push_str(body);
    } else if has_words(&introduction) {
        html.push_str(&introduction);
    } else if has_words(body) {
        html.push_str(&framing::paragraph(&text::excerpt(
            &text::plain(body),
            EXCERPT,
        )));
    }
    if let Some(duration) = note.duration.as_deref().and_then(duration_ms)
        && (note.is("Video") || note.is("Audio"))
    {
        html.push_str(&framing::paragraph(&clock(duration)));
    }
    if let Some(url) = note.linked() {
        html.push_str(&framing::linked(&url));
    }
    html
}

/// Characters of a long text without a summary.
const EXCERPT: usize = 500;

/// `1:02:03`, or `2:03`.
fn clock(millis: i64) -> String {
    let seconds = millis / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// When and where.
fn occasion(note: &IncomingNote) -> String {
    let moment = |text: &Option<String>| {
        let at = time::parse(text.as_deref()?)?;
        Some(at.format("%Y-%m-%d %H:%M UTC").to_string())
    };
    let mut lines = Vec::new();
    match (moment(&note.start_time), moment(&note.end_time)) {
        (Some(from), Some(to)) if from != to => lines.push(format!("{from} \u{2013} {to}")),
        (Some(at), _) => lines.push(at),
        _ => {}
    }
    lines.extend(note.location.as_ref().and_then(place));
    if lines.is_empty() {
        String::new()
    } else {
        framing::paragraph(&lines.join("\n"))
    }
}

/// A Place with a name and, at Mobilizon, a postal address; or a text.
fn place(location: &Value) -> Option<String> {
    let location = match location {
        Value::Array(many) => many.first()?,
        one => one,
    };
    let mut words: Vec<String> = Vec::new();
    let mut add = |text: Option<&str>| {
        let text = loose::line(text.unwrap_or_default(), MAX_PLACE);
        if !text.is_empty() && !words.contains(&text) {
            words.push(text);
        }
    };
    add(location.as_str());
    add(location.get("name").and_then(Value::as_str));
    match location.get("address") {
        Some(Value::String(address)) => add(Some(address)),
        Some(address) => {
            for part in [
                "streetAddress",
                "postalCode",
                "addressLocality",
                "addressCountry",
            ] {
                add(address.get(part).and_then(Value::as_str));
            }
        }
        None => {}
    }
    (!words.is_empty()).then(|| words.join(", "))
}

/// What the object itself is: a film, a sound, a picture. A film that cannot be had as one file is shown by its picture.
pub(super) fn own_files(note: &IncomingNote) -> Vec<RemoteFile> {
    let kind = if note.is("Video") {
        AttachmentKind::Video
    } else if note.is("Audio") {
        AttachmentKind::Audio
    } else if note.is("Image") {
        AttachmentKind::Image
    } else if note.is("Article") || note.is("Event") {
        return picture(&note.image).into_iter().collect();
    } else {
        return Vec::new();
    };
    let preview = picture(&note.icon).or_else(|| picture(&note.image));
    let found = note.links().iter().find(|link| {
        web_address(&link.href).is_some()
            && AttachmentKind::of(link.media_type.as_deref(), &link.href) == kind
    });
    let Some(link) = found else {
        return preview.into_iter().collect();
    };
    vec![RemoteFile {
        kind,
        media_type: link.media_type.clone(),
        preview_url: preview.map(|file| file.url),
        duration_ms: note.duration.as_deref().and_then(duration_ms),
        ..bare(kind, &link.href)
    }]
}

/// The last picture is the largest, where there are several.
pub(super) fn picture(links: &[Link]) -> Option<RemoteFile> {
    let link = links
        .iter()
        .rev()
        .find(|link| web_address(&link.href).is_some())?;
    Some(RemoteFile {
        media_type: link.media_type.clone(),
        ..bare(AttachmentKind::Image, &link.href)
    })
}

fn bare(kind: AttachmentKind, url: &str) -> RemoteFile {
    RemoteFile {
        kind,
        media_type: None,
        url: url.to_owned(),
        preview_url: None,
        description: None,
        blurhash: None,
        focus: None,
        width: None,
        height: None,
        duration_ms: None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(value: Value) -> String {
        IncomingNote::read(value).unwrap().html(&[], 200)
    }

    #[test]
    fn titles_texts_and_links() {
        let article = json!({"type": "Article", "id": "https://a.test/1", "name": "News & more", "content": "<p>Short.</p>", "url": "https://a.test/news"});
        let html = shown(article.clone());
        assert!(
            html.starts_with(
                "<h2>News &amp; more</h2><p>Short.</p><p><a href=\"https://a.test/news\""
            ),
            "{html}"
        );
        let mut long = article;
        long["content"] = json!(format!("<p>{}</p>", "word ".repeat(400)));
        let html = shown(long.clone());
        assert!(
            html.contains("word") && html.contains('…') && html.len() < 1000,
            "{html}"
        );
        long["summary"] = json!("<p>In short.</p>");
        let html = shown(long);
        assert!(
            html.contains("In short.") && !html.contains("word"),
            "{html}"
        );
        let page = json!({"type": "Page", "id": "https://a.test/1", "name": "Look", "attachment": [{"type": "Link", "href": "https://b.test/x"}]});
        assert!(shown(page).contains("https://b.test/x"));
        assert_eq!(
            shown(json!({"type": "Note", "id": "https://a.test/1", "content": "<p>a</p>"})),
            "<p>a</p>"
        );
    }

    #[test]
    fn events_say_when_and_where() {
        let html = shown(json!({
            "type": "Event", "id": "https://a.test/1", "name": "Party", "startTime": "2026-05-01T18:00:00+02:00", "endTime": "2026-05-01T22:00:00+02:00",
            "location": {"type": "Place", "name": "Hall", "address": {"addressLocality": "Lyon", "streetAddress": "1 Rue"}}
        }));
        assert!(
            html.contains(
                "<p>2026-05-01 16:00 UTC \u{2013} 2026-05-01 20:00 UTC<br>Hall, 1 Rue, Lyon</p>"
            ),
            "{html}"
        );
    }

    #[test]
    fn films_have_a_file_and_a_picture() {
        let note = IncomingNote::read(json!({
            "type": "Video", "id": "https://a.test/1", "name": "Film", "duration": "PT65S", "mediaType": "text/markdown", "content": "**bold**",
            "icon": [{"type": "Image", "url": "https://a.test/s.jpg"}, {"type": "Image", "url": "https://a.test/l.jpg"}],
            "url": [{"type": "Link", "mediaType": "text/html", "href": "https://a.test/w/1"}, {"type": "Link", "mediaType": "video/mp4", "href": "https://a.test/1.mp4"}]
        }))
        .unwrap();
        let html = note.html(&[], 500);
        assert!(
            html.contains("<strong>bold</strong>")
                && html.contains("1:05")
                && html.contains("https://a.test/w/1"),
            "{html}"
        );
        let files = note.files(4);
        assert_eq!(
            (files.len(), files[0].kind, files[0].preview_url.as_deref()),
            (1, AttachmentKind::Video, Some("https://a.test/l.jpg"))
        );
        assert_eq!(files[0].duration_ms, Some(65_000));
    }
}
