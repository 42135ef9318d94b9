//! One's own profile as an editor wants it: texts, not HTML, and no picture where there is none.
//! <https://docs.joinmastodon.org/entities/Profile/>

use kontor_actions::accounts::Account as Row;
use kontor_domain::text::plain;
use serde::Serialize;

use super::{
    Field,
    account::{attribution_domains, fields},
};

#[derive(Debug, Clone, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the shape is Mastodon's")]
pub struct Profile {
    pub id: String,
    pub display_name: String,
    pub note: String,
    pub fields: Vec<Field>,
    pub avatar: Option<String>,
    pub avatar_static: Option<String>,
    pub avatar_description: String,
    pub header: Option<String>,
    pub header_static: Option<String>,
    pub header_description: String,
    pub locked: bool,
    pub bot: bool,
    pub hide_collections: bool,
    pub discoverable: bool,
    pub indexable: bool,
    pub show_media: bool,
    pub show_media_replies: bool,
    pub show_featured: bool,
    pub attribution_domains: Vec<String>,
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
            avatar_description: row.avatar_description.clone(),
            header: row.header_url.clone(),
            header_static: row.header_url.clone(),
            header_description: row.header_description.clone(),
            locked: row.locked,
            bot: row.kind.is_bot(),
            hide_collections: row.hide_collections,
            discoverable: row.discoverable,
            indexable: row.indexable,
            show_media: row.show_media,
            show_media_replies: row.show_media_replies,
            show_featured: row.show_featured,
            attribution_domains: attribution_domains(row),
        }
    }
}
