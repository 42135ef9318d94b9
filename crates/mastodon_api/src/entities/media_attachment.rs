//! <https://docs.joinmastodon.org/entities/MediaAttachment/>

use kontor_actions::{attachments::Attachment, remote_files};
use kontor_domain::{
    attachment::{AttachmentKind, Form},
    audience::Viewer,
    site::Site,
    time::Time,
};
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
        let from_here = |form| {
            remote_files::is_shown(site, row, form)
                .then(|| site.remote_file_for(row.id, form, viewer, closed))
        };
        Self::with(site, (viewer, closed), row, from_here)
    }

    /// Of an earlier version of a post, which carries it no longer: a file of another server is only there.
    pub fn former(site: &Site, shown: (Viewer, Option<Time>), row: &Attachment) -> Self {
        Self::with(site, shown, row, |_| None)
    }

    fn with(
        site: &Site,
        (viewer, closed): (Viewer, Option<Time>),
        row: &Attachment,
        from_here: impl Fn(Form) -> Option<String>,
    ) -> Self {
        let ours = |file: &String| site.file_for(file, viewer, closed);
        let lies = |form, file: Option<&String>, remote: Option<&String>| {
            file.map(ours)
                .or_else(|| from_here(form))
                .or_else(|| remote.cloned())
        };
        let url = lies(Form::Whole, row.file.as_ref(), row.remote_url.as_ref());
        let preview = lies(
            Form::Small,
            row.preview_file.as_ref(),
            row.remote_preview_url.as_ref(),
        );
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
        rows.iter().map(|row| Self::new(site, shown, row)).collect()
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
