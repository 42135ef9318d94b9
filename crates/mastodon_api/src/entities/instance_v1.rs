//! <https://docs.joinmastodon.org/entities/V1_Instance/>

use kontor_actions::{Settings, accounts::Account as Row, instance::Counts};
use kontor_domain::{site::Site, user::Registrations};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Means, Never, Rule,
    instance::{VERSION, configuration, open, pictures, streaming},
};

#[derive(Debug, Clone, Serialize)]
pub struct InstanceV1 {
    /// The domain, in spite of its name.
    pub uri: String,
    pub title: String,
    pub short_description: String,
    pub description: String,
    pub email: String,
    pub version: &'static str,
    pub urls: Value,
    pub stats: Value,
    pub thumbnail: String,
    pub languages: Vec<String>,
    pub registrations: bool,
    pub approval_required: bool,
    pub invites_enabled: bool,
    pub configuration: Value,
    pub contact_account: Option<Never>,
    pub rules: Vec<Rule>,
    /// Not of Mastodon: old clients know no other name for it.
    pub max_toot_chars: usize,
}

impl InstanceV1 {
    pub fn new(
        site: &Site,
        settings: &Settings,
        counts: Counts,
        actor: &Row,
        means: &Means,
    ) -> Self {
        Self {
            uri: site.domain().to_owned(),
            title: settings.title.clone(),
            short_description: settings.description.clone(),
            description: settings.description.clone(),
            email: settings.contact_email.clone(),
            version: VERSION,
            urls: json!({ "streaming_api": streaming(site) }),
            stats: json!({
                "user_count": counts.users,
                "status_count": counts.local_posts,
                "domain_count": counts.peers,
            }),
            thumbnail: pictures(site, actor).1,
            languages: settings.languages.clone(),
            registrations: open(settings),
            approval_required: settings.registrations == Registrations::Approval,
            invites_enabled: settings.registrations != Registrations::Closed,
            configuration: configuration(site, settings, means),
            contact_account: None,
            rules: Rule::all(settings),
            max_toot_chars: settings.limits.post_characters,
        }
    }
}
