//! One's own profile as an editor wants it: texts, not HTML, and no picture where there is none.
//! <https://docs.joinmastodon.org/entities/Profile/>

use kontor_actions::accounts::Account as Row;
use kontor_domain::text::plain;
use serde::Serialize;

use super::{Field, Never, account::fields};

#[derive(Debug, Clone, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the shape is Mastodon's")]
pub struct Profile {
    pub id: String,
    pub display_name: String,
    pub note: String,
    pub fields: Vec<Field>,
    pub avatar: Option<String>,
    pub avatar_static: Option<String>,
    pub avatar_description: &'static str,
    pub header: Option<String>,
    pub header_static: Option<String>,
    pub header_description: &'static str,
    pub locked: bool,
    pub bot: bool,
    pub hide_collections: bool,
    pub discoverable: bool,
    pub indexable: bool,
    /// Nothing of a profile can be hidden here.
    pub show_media: bool,
    pub show_media_replies: bool,
    pub show_featured: bool,
    pub attribution_domains: [Never; 0],
}

impl Profile {
    pub fn new(row: &Row) -> Self {
        let fields = fields(row).into_iter().map(|field| Field {
            value: plain(&field.value),
            ..field.into()
        });
        Self {
            id: row.id.to_string(),
            display_name: row.display_name.clone(),
            note: row.note_source.clone(),
            fields: fields.collect(),
            avatar: row.avatar_url.clone(),
            avatar_static: row.avatar_url.clone(),
            avatar_description: "",
            header: row.header_url.clone(),
            header_static: row.header_url.clone(),
            header_description: "",
            locked: row.locked,
            bot: row.kind.is_bot(),
            hide_collections: false,
            discoverable: row.discoverable,
            indexable: row.indexable,
            show_media: true,
            show_media_replies: true,
            show_featured: true,
            attribution_domains: [],
        }
    }
}
