//! <https://docs.joinmastodon.org/entities/MediaAttachment/>

use kontor_actions::attachments::Attachment;
use kontor_domain::{attachment::AttachmentKind, audience::Viewer, site::Site, time::Time};
use serde::Serialize;
use serde_json::{Map, Value, json};

#[derive(Debug, Clone, Serialize)]
pub struct MediaAttachment {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: AttachmentKind,
    pub url: Option<String>,
    pub preview_url: Option<String>,
    /// Where a peer keeps it; `null` for ours.
    pub remote_url: Option<String>,
    pub preview_remote_url: Option<String>,
    pub text_url: Option<String>,
    pub meta: Value,
    pub description: Option<String>,
    pub blurhash: Option<String>,
    /// Of a file that is taken home and not shown: how its owner calls it, its bytes, and what it is said to be. Mastodon has none.
    pub kontor: Option<File>,
}

#[derive(Debug, Clone, Serialize)]
pub struct File {
    pub name: String,
    pub size: Option<i64>,
    pub media_type: Option<String>,
}

impl MediaAttachment {
    /// As `viewer` is shown it; `closed`: since when, where not everybody may have it.
    pub fn new(site: &Site, (viewer, closed): (Viewer, Option<Time>), row: &Attachment) -> Self {
        let ours = |file: &String| site.file_for(file, viewer, closed);
        let url = row
            .file
            .as_ref()
            .map(ours)
            .or_else(|| row.remote_url.clone());
        let preview = row
            .preview_file
            .as_ref()
            .map(ours)
            .or_else(|| row.remote_preview_url.clone());
        // A picture is its own preview; of the rest there is none.
        let of_itself = url.clone().filter(|_| row.kind == AttachmentKind::Image);
        Self {
            id: row.id.to_string(),
            kind: row.kind,
            preview_url: preview.or(of_itself),
            url,
            remote_url: row.remote_url.clone(),
            preview_remote_url: row.remote_preview_url.clone(),
            text_url: None,
            meta: meta(row),
            description: row.description.clone(),
            blurhash: row.blurhash.clone(),
            kontor: row.file_name.clone().map(|name| File {
                name,
                size: row.file_size,
                media_type: row.media_type.clone(),
            }),
        }
    }

    pub fn all(site: &Site, shown: (Viewer, Option<Time>), rows: &[Attachment]) -> Vec<Self> {
        rows.iter()
            .map(|row| Self::new(site, shown, row))
            .collect()
    }
}

fn meta(row: &Attachment) -> Value {
    let mut meta = Map::new();
    let mut original = sides(row.width.zip(row.height)).unwrap_or_default();
    if let Some(duration) = row.duration_ms {
        let millis = u64::try_from(duration).unwrap_or_default();
        let seconds = std::time::Duration::from_millis(millis).as_secs_f64();
        original.insert("duration".to_owned(), json!(seconds));
    }
    if let Some(rate) = &row.frame_rate {
        original.insert("frame_rate".to_owned(), json!(rate));
    }
    if let Some(rate) = row.bit_rate {
        original.insert("bitrate".to_owned(), json!(rate));
    }
    if !original.is_empty() {
        meta.insert("original".to_owned(), Value::Object(original));
    }
    if let Some(small) = sides(row.preview_width.zip(row.preview_height)) {
        meta.insert("small".to_owned(), Value::Object(small));
    }
    if let Some((x, y)) = row.focus_x.zip(row.focus_y) {
        let focus = json!({"x": f64::from(x) / 1000.0, "y": f64::from(y) / 1000.0});
        meta.insert("focus".to_owned(), focus);
    }
    Value::Object(meta)
}

fn sides(of: Option<(i32, i32)>) -> Option<Map<String, Value>> {
    let (width, height) = of?;
    let mut sides = Map::new();
    sides.insert("width".to_owned(), json!(width));
    sides.insert("height".to_owned(), json!(height));
    sides.insert("size".to_owned(), json!(format!("{width}x{height}")));
    sides.insert(
        "aspect".to_owned(),
        json!(f64::from(width) / f64::from(height.max(1))),
    );
    Some(sides)
}
