//! The document of an account of ours. Reading those of peers is in `incoming`.

mod incoming;

use kontor_actions::{App, accounts::Account, communities::Community, custom_emojis::CustomEmoji};
use kontor_domain::{
    account::{AccountKind, Field},
    community::{Access, Posting},
    site::Site,
    text::language,
    time::rfc3339_seconds,
};
use serde::Serialize;

pub(crate) use incoming::languages;
pub use incoming::{GROUPS, IncomingActor, RFC9421};

use super::{
    collection,
    emoji::{self, Emoji},
};
use crate::assertion;

/// Written inside an Update as it is, on its own by [`document`](super::document).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the shape is the fediverse's"
)]
pub struct Actor {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: AccountKind,
    pub preferred_username: String,
    /// FEP-2c59: the handle, so that nobody has to put it together.
    pub webfinger: String,
    pub name: String,
    pub summary: String,
    pub url: String,
    pub published: String,
    pub updated: String,
    pub inbox: String,
    pub outbox: String,
    pub followers: String,
    pub following: String,
    pub featured: Option<String>,
    /// Where its collections of accounts are listed (FEP-7aa9).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub featured_collections: Option<String>,
    /// Who may put it into such collections.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interaction_policy: Option<serde_json::Value>,
    pub endpoints: Endpoints,
    pub manually_approves_followers: bool,
    pub discoverable: bool,
    pub indexable: bool,
    #[serde(flatten)]
    pub shown: Option<Shown>,
    /// Whose pages may name it as their author.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attribution_domains: Vec<String>,
    pub icon: Image,
    pub image: Image,
    pub attachment: Vec<PropertyValue>,
    /// The emoji of the name, the bio and the fields (FEP-9098).
    pub tag: Vec<Emoji>,
    pub also_known_as: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<String>,
    pub public_key: PublicKey,
    /// FEP-521a.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assertion_method: Vec<Multikey>,
    pub generator: Generator,
    #[serde(flatten)]
    pub group: Option<Group>,
    /// The profile is empty then (Mastodon's `toot:suspended`).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub suspended: bool,
}

/// What a person asks others to show of the profile, in Mastodon's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    #[serde(rename = "showFeatured")]
    pub featured: bool,
    #[serde(rename = "showMedia")]
    pub media: bool,
    #[serde(rename = "showRepliesInMedia")]
    pub replies_in_media: bool,
}

/// What a community says beside (FEP-1b12, as Lemmy reads it).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the shape is the fediverse's"
)]
pub struct Group {
    /// Its moderators.
    pub attributed_to: String,
    pub posting_restricted_to_mods: bool,
    /// `false`: others are asked not to name them beside what they did.
    pub names_moderators: bool,
    /// From here on to `join_requests`, what other software has no word for.
    pub access: Access,
    pub posting: Posting,
    pub archived: bool,
    pub purpose: String,
    pub rules: String,
    /// Where those are listed who wait to be let in, for its moderators elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub join_requests: Option<String>,
    pub sensitive: bool,
    pub source: super::note::Source,
    pub language: Vec<Language>,
}

/// As Lemmy writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Language {
    pub identifier: String,
    pub name: String,
}

impl Language {
    pub fn new(tag: &str) -> Self {
        Self {
            identifier: tag.to_owned(),
            name: language::name(tag).to_owned(),
        }
    }
}

/// What an actor says beside its account.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    /// The Multikey of its Ed25519 key.
    pub assertion: Option<String>,
    pub community: Option<Community>,
    pub emojis: Vec<CustomEmoji>,
}

fn group(account: &Account, community: &Community) -> Group {
    let languages: Vec<String> = serde_json::from_str(&community.languages).unwrap_or_default();
    Group {
        attributed_to: moderators(&account.uri),
        posting_restricted_to_mods: community.posting == Posting::Moderators
            || community.archived_at.is_some(),
        names_moderators: community.names_moderators,
        access: community.access,
        posting: community.posting,
        archived: community.archived_at.is_some(),
        purpose: community.purpose.clone(),
        rules: community.rules.clone(),
        join_requests: community
            .access
            .is_approved()
            .then(|| join_requests(&account.uri)),
        sensitive: false,
        source: super::note::Source {
            content: account.note_source.clone(),
            media_type: "text/markdown".to_owned(),
        },
        language: languages.iter().map(|tag| Language::new(tag)).collect(),
    }
}

/// Where a community of ours lists its moderators.
pub fn moderators(group: &str) -> String {
    format!("{group}/moderators")
}

/// Where a community of ours lists who waits to be let in.
pub fn join_requests(group: &str) -> String {
    format!("{group}/join_requests")
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub struct Multikey {
    pub id: String,
    pub controller: String,
    pub public_key_multibase: String,
}

/// FEP-844e: this server, and what peers may count on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "Application")]
pub struct Generator {
    pub id: String,
    pub implements: Vec<Capability>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Capability {
    pub href: &'static str,
    pub name: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoints {
    pub shared_inbox: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type")]
pub struct Image {
    #[serde(rename = "mediaType", skip_serializing_if = "Option::is_none")]
    pub media_type: Option<&'static str>,
    pub url: String,
    /// What can be seen on it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type")]
pub struct PropertyValue {
    pub name: String,
    pub value: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicKey {
    pub id: String,
    pub owner: String,
    pub public_key_pem: String,
}

/// The document of a local account.
pub fn actor(app: &App, account: &Account, beside: Beside) -> Actor {
    if account.suspended_at.is_some() {
        return suspended(app, account, beside);
    }
    let username = username(&app.site, account);
    let is_person = matches!(account.kind, AccountKind::Person | AccountKind::Service);
    Actor {
        id: account.uri.clone(),
        kind: account.kind,
        webfinger: format!("{username}@{}", app.site.domain()),
        name: name(account, &username),
        preferred_username: username,
        summary: account.note.clone(),
        url: account.url.clone(),
        published: rfc3339_seconds(account.created_at),
        updated: kontor_domain::time::rfc3339(account.updated_at),
        inbox: account.inbox_url.clone(),
        outbox: account.outbox_url.clone(),
        followers: account.followers_url.clone(),
        following: account.following_url.clone(),
        featured: account.featured_url.clone(),
        featured_collections: is_person.then(|| app.site.collections_of(account.id)),
        interaction_policy: (account.kind != AccountKind::Application)
            .then(|| collection::policy(account)),
        endpoints: Endpoints {
            shared_inbox: account
                .shared_inbox_url
                .clone()
                .unwrap_or_else(|| app.site.shared_inbox()),
        },
        manually_approves_followers: account.locked,
        discoverable: account.discoverable,
        indexable: account.indexable,
        shown: is_person.then_some(Shown {
            featured: account.show_featured,
            media: account.show_media,
            replies_in_media: account.show_media_replies,
        }),
        attribution_domains: serde_json::from_str(&account.attribution_domains).unwrap_or_default(),
        icon: image(
            app,
            account,
            (
                account.avatar_url.as_ref(),
                account.avatar_description.as_str(),
            ),
            "avatars",
        ),
        image: image(
            app,
            account,
            (
                account.header_url.as_ref(),
                account.header_description.as_str(),
            ),
            "headers",
        ),
        attachment: fields(account),
        tag: beside
            .emojis
            .iter()
            .map(|one| emoji::outgoing(app, one))
            .collect(),
        also_known_as: serde_json::from_str(&account.also_known_as).unwrap_or_default(),
        moved_to: account.moved_to_uri.clone(),
        public_key: PublicKey {
            id: account.public_key_id.clone(),
            owner: account.uri.clone(),
            public_key_pem: account.public_key_pem.clone(),
        },
        assertion_method: multikeys(account, beside.assertion),
        generator: generator(&app.site),
        group: beside.community.map(|community| group(account, &community)),
        suspended: false,
    }
}

fn multikeys(account: &Account, key: Option<String>) -> Vec<Multikey> {
    let key = key.map(|public_key_multibase| Multikey {
        id: assertion::method(&account.uri),
        controller: account.uri.clone(),
        public_key_multibase,
    });
    key.into_iter().collect()
}

fn generator(site: &Site) -> Generator {
    Generator {
        id: site.instance_actor(),
        implements: vec![
            Capability {
                href: RFC9421,
                name: "RFC-9421: HTTP Message Signatures",
            },
            Capability {
                href: GROUPS,
                name: "FEP-1b12: Group federation",
            },
        ],
    }
}

/// Lemmy takes no longer one of an instance.
const INSTANCE_NAME: usize = 20;

fn name(account: &Account, username: &str) -> String {
    if !account.display_name.is_empty() {
        account.display_name.clone()
    } else if account.kind == AccountKind::Application {
        username.chars().take(INSTANCE_NAME).collect()
    } else {
        username.to_owned()
    }
}

/// The instance as whoever reports what is in a community: Lemmy takes no report by an Application. It signs with the instance's key,
/// under an address of its own.
pub fn as_reporter(site: &Site, instance: Account) -> Account {
    let uri = site.reporter();
    Account {
        kind: AccountKind::Service,
        username: reporter_username(site),
        public_key_id: reporter_key(site),
        uri,
        ..instance
    }
}

pub fn reporter_username(site: &Site) -> String {
    format!("reports.{}", instance_username(site))
}

pub fn reporter_key(site: &Site) -> String {
    format!("{}#main-key", site.reporter())
}

/// The instance as Lemmy looks for it: at the root of its server.
pub fn at_root(site: &Site, instance: Account) -> Account {
    let uri = site.url("/");
    Account {
        public_key_id: format!("{uri}#main-key"),
        uri,
        ..instance
    }
}

/// The document of the instance under another name.
pub fn bare(app: &App, account: &Account) -> Actor {
    Actor {
        featured_collections: None,
        interaction_policy: None,
        shown: None,
        ..actor(app, account, Beside::default())
    }
}

/// The address stands, with the keys; what the person said of themselves does not.
fn suspended(app: &App, account: &Account, beside: Beside) -> Actor {
    let bare = Account {
        suspended_at: None,
        display_name: String::new(),
        note: String::new(),
        fields: "[]".to_owned(),
        avatar_url: None,
        header_url: None,
        discoverable: false,
        indexable: false,
        attribution_domains: "[]".to_owned(),
        ..account.clone()
    };
    Actor {
        suspended: true,
        ..actor(
            app,
            &bare,
            Beside {
                assertion: beside.assertion,
                ..Beside::default()
            },
        )
    }
}

/// A person's own name. The instance's is its host, spelled with the signs that peers take in a name.
pub fn username(site: &Site, account: &Account) -> String {
    if account.kind == AccountKind::Application {
        instance_username(site)
    } else {
        account.username.clone()
    }
}

/// A port is no part of it: a colon is in no name.
pub fn instance_username(site: &Site) -> String {
    let domain = site.domain();
    let host = match domain.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => domain,
    };
    host.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') {
                c
            } else {
                '_'
            }
        })
        .collect()
}

/// Without a picture of one's own: the one that is drawn from the account's id.
fn image(
    app: &App,
    account: &Account,
    (own, description): (Option<&String>, &str),
    folder: &str,
) -> Image {
    match own {
        Some(url) => Image {
            media_type: None,
            url: url.clone(),
            name: description.to_owned(),
        },
        None => Image {
            media_type: Some("image/png"),
            url: app.site.url(&format!("/media/{folder}/{}.png", account.id)),
            name: String::new(),
        },
    }
}

fn fields(account: &Account) -> Vec<PropertyValue> {
    // We wrote the column ourselves; should it not read, the profile stands without its table.
    let fields: Vec<Field> = serde_json::from_str(&account.fields).unwrap_or_default();
    fields
        .into_iter()
        .map(|field| PropertyValue {
            name: field.name,
            value: field.value,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_instance_has_a_name_that_peers_take() {
        for (domain, name) in [
            ("a.test", "a.test"),
            ("localhost:4000", "localhost"),
            ("[::1]:4000", "___1_"),
        ] {
            assert_eq!(instance_username(&Site::new("http", domain).unwrap()), name);
        }
    }
}
