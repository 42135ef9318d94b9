//! <https://docs.joinmastodon.org/entities/Instance/>

use kontor_actions::{
    Settings,
    accounts::Account as Row,
    instance::Counts,
    uploads::{FILM_TYPES, MEDIA_TYPES},
};
use kontor_domain::{site::Site, text::LINK_LENGTH, user::Registrations};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Never, account::picture};

/// Clients read what a server can do from the number in front: 4.6 is the release that brought collections.
pub(super) const VERSION: &str =
    concat!("4.6.0 (compatible; Kontor ", env!("CARGO_PKG_VERSION"), ")");

/// The level of the API whose operations clients may count on: 5 promises filters that blur, 7 quotes, 9 the profile with its
/// descriptions of pictures, 10 collections. 8 brought yearly reports, too; whether there are any, `wrapstodon` says.
const API_LEVEL: u8 = 10;

#[derive(Debug, Clone, Serialize)]
pub struct Instance {
    pub domain: String,
    pub title: String,
    pub version: &'static str,
    pub source_url: String,
    pub description: String,
    pub usage: Value,
    pub thumbnail: Value,
    pub icon: [Value; 1],
    pub languages: Vec<String>,
    pub configuration: Value,
    pub registrations: Value,
    pub contact: Value,
    pub rules: Vec<Rule>,
    pub api_versions: Value,
    pub wrapstodon: Option<Never>,
}

/// What does not stand in the settings.
#[derive(Debug, Clone)]
pub struct Means {
    /// What clients check pushes against.
    pub push_key: String,
    /// Are films and sounds taken?
    pub films: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct Rule {
    pub id: String,
    pub text: String,
    pub hint: &'static str,
    pub translations: Value,
}

impl Rule {
    /// Numbered in their order.
    pub fn all(settings: &Settings) -> Vec<Self> {
        let numbered = settings.rules.iter().zip(1_u32..);
        numbered
            .map(|(text, id)| Self {
                id: id.to_string(),
                text: text.clone(),
                hint: "",
                translations: json!({}),
            })
            .collect()
    }
}

impl Instance {
    /// `actor` is the instance's own account: its pictures are the instance's.
    pub fn new(
        site: &Site,
        settings: &Settings,
        counts: Counts,
        actor: &Row,
        means: &Means,
    ) -> Self {
        let (avatar, header) = pictures(site, actor);
        Self {
            domain: site.domain().to_owned(),
            title: settings.title.clone(),
            version: VERSION,
            source_url: site.url("/about"),
            description: settings.description.clone(),
            usage: json!({ "users": { "active_month": counts.active_month } }),
            thumbnail: json!({ "url": header, "blurhash": null, "description": "", "versions": {} }),
            icon: [json!({ "src": avatar, "size": "400x400" })],
            languages: settings.languages.clone(),
            configuration: configuration(site, settings, means),
            registrations: json!({
                "enabled": open(settings),
                "approval_required": settings.registrations == Registrations::Approval,
                "reason_required": settings.registrations == Registrations::Approval,
                "message": null,
                "min_age": null,
                "url": site.url("/register"),
            }),
            contact: json!({ "email": settings.contact_email, "account": null }),
            rules: Rule::all(settings),
            api_versions: json!({ "mastodon": API_LEVEL }),
            wrapstodon: None,
        }
    }
}

/// May one register without an invitation?
pub(super) fn open(settings: &Settings) -> bool {
    matches!(
        settings.registrations,
        Registrations::Open | Registrations::Approval
    )
}

pub(super) fn pictures(site: &Site, actor: &Row) -> (String, String) {
    let avatar = picture(site, actor.avatar_url.as_ref(), "avatars", actor);
    (
        avatar,
        picture(site, actor.header_url.as_ref(), "headers", actor),
    )
}

/// Where the WebSocket of the API stands. No TLS where the pages have none: a client could not connect.
pub(super) fn streaming(site: &Site) -> String {
    let scheme = if site.scheme() == "http" { "ws" } else { "wss" };
    format!("{scheme}://{}", site.domain())
}

/// Limits, in the shape of v2; v1 has the same but for `urls`. Zero for what is not offered.
pub(super) fn configuration(site: &Site, settings: &Settings, means: &Means) -> Value {
    let (limits, about) = (&settings.limits, &settings.about);
    let films = means.films.then_some(&limits.media.films);
    let mut media_types = MEDIA_TYPES.to_vec();
    if means.films {
        media_types.extend(FILM_TYPES);
    }
    // Whatever else there is can be taken home.
    media_types.push("application/octet-stream");
    json!({
        "urls": {
            "streaming": streaming(site),
            "about": site.url("/about"),
            "privacy_policy": about
                .privacy_policy
                .as_ref()
                .map(|_| site.url("/privacy-policy")),
            "terms_of_service": about
                .terms_of_service
                .first()
                .map(|_| site.url("/terms-of-service")),
            "status": null,
        },
        "vapid": { "public_key": means.push_key },
        "accounts": {
            "max_featured_tags": limits.featured_tags,
            "max_pinned_statuses": limits.pins,
            "max_profile_fields": limits.profile_fields,
            "profile_field_name_limit": limits.profile_field_characters,
            "profile_field_value_limit": limits.profile_field_characters,
            "max_display_name_length": limits.display_name_characters,
            "max_note_length": limits.note_characters,
            "max_avatar_description_length": limits.profiles.picture_description_characters,
            "max_header_description_length": limits.profiles.picture_description_characters,
        },
        "statuses": {
            "max_characters": limits.post_characters,
            "max_media_attachments": limits.post_attachments,
            "characters_reserved_per_url": LINK_LENGTH,
            "supported_mime_types": ["text/plain", "text/markdown"],
        },
        "media_attachments": {
            "supported_mime_types": media_types,
            "description_limit": limits.media_description_characters,
            "image_size_limit": limits.media.image_bytes,
            "image_matrix_limit": limits.media.image_pixels,
            "video_size_limit": films.map_or(0, |films| films.bytes),
            "video_frame_rate_limit": films.map_or(0, |films| films.frame_rate),
            "video_matrix_limit": films.map_or(0, |films| films.pixels),
        },
        "polls": {
            "max_options": limits.poll_options,
            "max_characters_per_option": limits.poll_option_characters,
            "min_expiration": limits.poll_seconds_min,
            "max_expiration": limits.poll_seconds_max,
        },
        "translation": { "enabled": false },
        "limited_federation": null,
        "timelines_access": {
            "live_feeds": { "local": "public", "remote": "public" },
            "hashtag_feeds": { "local": "public", "remote": "public" },
        },
    })
}
