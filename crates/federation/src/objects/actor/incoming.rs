//! The document of a peer's account: read loosely, checked strictly. Fetching it, and asking WebFinger about it, is elsewhere.

use activitypub_federation::protocol::{helpers::deserialize_skip_error, public_key::PublicKey};
use kontor_actions::{
    accounts::{RemoteAccount, RemoteGroup},
    custom_emojis,
};
use kontor_domain::{
    account::{AccountKind, Field},
    community::{Access, Posting},
    site::{authority, same_authority},
    time,
};
use kontor_store::accounts::{Endpoints, Profile};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::{
    objects::{
        Unfit, collection,
        emoji::{self, IncomingEmoji},
        loose::{self, Link, web_address},
    },
    signature,
};

const MAX_USERNAME: usize = 128;
const MAX_NAME: usize = 200;
const MAX_SUMMARY_BYTES: usize = 20_000;
const MAX_FIELDS: usize = 16;
const MAX_FIELD_NAME: usize = 255;
const MAX_FIELD_BYTES: usize = 4096;
const MAX_ALIASES: usize = 32;
/// Of a picture.
const MAX_DESCRIPTION: usize = 1500;
/// An RSA key of 8192 bits has about 1500 characters.
const MAX_PEM: usize = 8192;
/// Of one actor.
const MAX_KEYS: usize = 10;
const MAX_KEY_ID: usize = 1024;
/// Lemmy knows 184 and may name them all.
const MAX_LANGUAGES: usize = 250;
/// FEP-1b12, as FEP-844e names it.
pub const GROUPS: &str = "https://w3id.org/fep/1b12";
/// What FEP-844e calls HTTP Message Signatures.
pub const RFC9421: &str = "https://datatracker.ietf.org/doc/html/rfc9421";

/// What an actor document says, in whatever form its server writes it. Nothing here is checked; [`check`](Self::check) does.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the shape is the fediverse's"
)]
pub struct IncomingActor {
    #[serde(deserialize_with = "loose::id")]
    pub id: Option<String>,
    #[serde(rename = "type", deserialize_with = "loose::words")]
    pub kind: Vec<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    pub preferred_username: Option<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    pub name: Option<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    pub summary: Option<String>,
    #[serde(deserialize_with = "loose::links")]
    pub url: Vec<Link>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    pub published: Option<String>,
    #[serde(deserialize_with = "loose::id")]
    pub inbox: Option<String>,
    #[serde(deserialize_with = "loose::id")]
    pub outbox: Option<String>,
    #[serde(deserialize_with = "loose::id")]
    pub followers: Option<String>,
    #[serde(deserialize_with = "loose::id")]
    pub following: Option<String>,
    #[serde(deserialize_with = "loose::id")]
    pub featured: Option<String>,
    #[serde(deserialize_with = "loose::id")]
    featured_collections: Option<String>,
    interaction_policy: Value,
    #[serde(deserialize_with = "deserialize_skip_error")]
    endpoints: IncomingEndpoints,
    /// Misskey writes it here too.
    #[serde(deserialize_with = "loose::id")]
    shared_inbox: Option<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    manually_approves_followers: bool,
    #[serde(deserialize_with = "deserialize_skip_error")]
    discoverable: bool,
    #[serde(deserialize_with = "deserialize_skip_error")]
    indexable: bool,
    #[serde(deserialize_with = "deserialize_skip_error")]
    show_featured: Option<bool>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    show_media: Option<bool>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    show_replies_in_media: Option<bool>,
    #[serde(deserialize_with = "loose::links")]
    icon: Vec<Link>,
    #[serde(deserialize_with = "loose::links")]
    image: Vec<Link>,
    #[serde(deserialize_with = "loose::list")]
    attachment: Vec<IncomingField>,
    #[serde(deserialize_with = "loose::list")]
    tag: Vec<IncomingEmoji>,
    #[serde(deserialize_with = "loose::ids")]
    pub also_known_as: Vec<String>,
    #[serde(deserialize_with = "loose::id")]
    pub moved_to: Option<String>,
    #[serde(deserialize_with = "loose::list")]
    pub public_key: Vec<PublicKey>,
    #[serde(deserialize_with = "loose::list")]
    assertion_method: Vec<Multikey>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    suspended: bool,
    #[serde(deserialize_with = "deserialize_skip_error")]
    pub webfinger: Option<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    generator: Generator,
    /// Of a group: its moderators, as a collection.
    #[serde(deserialize_with = "loose::ids")]
    attributed_to: Vec<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    posting_restricted_to_mods: bool,
    /// Nothing said: it does.
    #[serde(deserialize_with = "deserialize_skip_error")]
    names_moderators: Option<bool>,
    /// From here on, what a Kontor says of a community.
    #[serde(deserialize_with = "deserialize_skip_error")]
    access: Option<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    posting: Option<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    archived: Option<bool>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    purpose: Option<String>,
    #[serde(deserialize_with = "deserialize_skip_error")]
    rules: Option<String>,
    /// As Lemmy writes it.
    language: Value,
}

/// FEP-521a.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Multikey {
    id: String,
    #[serde(rename = "type", deserialize_with = "loose::words")]
    kind: Vec<String>,
    controller: String,
    public_key_multibase: String,
}

/// FEP-844e: what the actor's server can do.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Generator {
    #[serde(deserialize_with = "loose::ids")]
    implements: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct IncomingEndpoints {
    #[serde(deserialize_with = "loose::id")]
    shared_inbox: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct IncomingField {
    #[serde(rename = "type", deserialize_with = "loose::words")]
    kind: Vec<String>,
    name: String,
    value: String,
}

impl IncomingActor {
    /// Any object reads; what it lacks is found by [`check`](Self::check).
    pub fn read(value: serde_json::Value) -> Result<Self, Unfit> {
        serde_json::from_value(value).map_err(|why| Unfit::new("actor", why.to_string()))
    }

    pub fn kind(&self) -> Option<AccountKind> {
        self.kind.iter().find_map(|word| word.parse().ok())
    }

    /// May this be what its server says of one of its accounts? `fetched_from` is where the document came from in the end,
    /// after redirects. The domain of the handle is that of the id, until WebFinger says otherwise.
    pub fn check(&self, fetched_from: &Url) -> Result<RemoteAccount, Unfit> {
        let (id, url) = self.checked_id(fetched_from)?;
        let username = self.checked_username()?;
        let endpoints = self.checked_endpoints(id, &url)?;
        Ok(RemoteAccount {
            uri: id.to_owned(),
            username: username.to_owned(),
            domain: authority(&url).ok_or_else(|| Unfit::new("id", "has no host"))?,
            profile: self.profile(id)?,
            endpoints,
            published: self.published.as_deref().and_then(time::parse),
            keys: self.other_keys(id, &url),
            suspended: self.suspended,
            group: self.group(id),
            speaks_groups: self.speaks_groups(),
        })
    }

    /// What makes a Group a community: moderators that can be looked up. A channel of `PeerTube`'s names its owner there, and no inbox of
    /// its own server reads what groups pass on.
    fn group(&self, id: &str) -> Option<RemoteGroup> {
        if self.kind()? != AccountKind::Group || self.is_channel() {
            return None;
        }
        let moderators = self
            .attributed_to
            .iter()
            .find(|uri| web_address(uri).is_some() && same_authority(uri, id))?;
        Some(RemoteGroup {
            moderators_url: moderators.clone(),
            access: self.access(),
            posting: self.posting(),
            names_moderators: self.names_moderators.unwrap_or(true),
            archived: self.archived,
            purpose: self.purpose.clone(),
            rules: self.rules.clone(),
            languages: languages(&self.language),
        })
    }

    /// What its server has no word of ours for is guessed from what it lets people do.
    fn access(&self) -> Access {
        match self.access.as_deref().map(str::parse::<Access>) {
            // What stays on its server is told to nobody.
            Some(Ok(access)) if access != Access::Local => access,
            _ if self.manually_approves_followers => Access::Private,
            _ => Access::Public,
        }
    }

    fn posting(&self) -> Posting {
        match self.posting.as_deref().map(str::parse::<Posting>) {
            Some(Ok(posting)) => posting,
            _ if self.posting_restricted_to_mods => Posting::Moderators,
            _ => Posting::Anyone,
        }
    }

    fn is_channel(&self) -> bool {
        self.attributed_to.iter().any(|uri| {
            Url::parse(uri).is_ok_and(|uri| {
                uri.path().starts_with("/accounts/") && !uri.path().ends_with("/moderators")
            })
        })
    }

    /// Does its server understand what groups pass on (FEP-1b12)?
    fn speaks_groups(&self) -> bool {
        let group = self.kind() == Some(AccountKind::Group)
            && !self.attributed_to.is_empty()
            && !self.is_channel();
        group
            || self
                .generator
                .implements
                .iter()
                .any(|address| address == GROUPS)
    }

    /// Keys beside the first, each the actor's own and on its server.
    fn other_keys(&self, id: &str, url: &Url) -> Vec<(String, String)> {
        let sound = |key_id: &str| {
            web_address(key_id).is_some()
                && key_id.len() <= MAX_KEY_ID
                && same_authority(key_id, id)
        };
        let pems = self
            .public_key
            .iter()
            .filter(|key| key.owner == *url)
            .map(|key| (key.id.clone(), key.public_key_pem.trim().to_owned()))
            .filter(|(_, pem)| pem.len() <= MAX_PEM && signature::PublicKey::from_pem(pem).is_ok());
        let multikeys = self
            .assertion_method
            .iter()
            .filter(|key| key.kind.iter().any(|kind| kind == "Multikey") && key.controller == id)
            .map(|key| (key.id.clone(), key.public_key_multibase.clone()))
            .filter(|(_, key)| signature::PublicKey::from_multibase(key).is_ok());
        let first = self.first_key(id, url).map(|key| key.id.clone());
        let mut keys: Vec<(String, String)> = Vec::new();
        for (key_id, key) in pems.chain(multikeys) {
            // Each is compared with those before it, and there may be thousands.
            if keys.len() == MAX_KEYS - 1 {
                break;
            }
            let new = keys.iter().all(|(known, _)| *known != key_id);
            if new && sound(&key_id) && first.as_ref() != Some(&key_id) {
                keys.push((key_id, key));
            }
        }
        keys
    }

    fn first_key(&self, id: &str, url: &Url) -> Option<&PublicKey> {
        self.public_key
            .iter()
            .find(|key| key.owner == *url && same_authority(&key.id, id))
    }

    /// Does the actor's server say that it reads signatures of RFC 9421?
    pub fn reads_rfc9421(&self) -> bool {
        self.generator
            .implements
            .iter()
            .any(|address| address == RFC9421)
    }

    fn checked_id(&self, fetched_from: &Url) -> Result<(&str, Url), Unfit> {
        let id = self
            .id
            .as_deref()
            .ok_or_else(|| Unfit::new("id", "is missing"))?;
        let url = web_address(id).ok_or_else(|| Unfit::new("id", "is not a web address"))?;
        if url.scheme() != fetched_from.scheme() || authority(&url) != authority(fetched_from) {
            return Err(Unfit::new(
                "id",
                "is on another server than the one that answered",
            ));
        }
        Ok((id, url))
    }

    fn checked_username(&self) -> Result<&str, Unfit> {
        let field = "preferredUsername";
        let name = self
            .preferred_username
            .as_deref()
            .ok_or_else(|| Unfit::new(field, "is missing"))?;
        let sane = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
        if !(1..=MAX_USERNAME).contains(&name.len()) || !name.bytes().all(sane) {
            return Err(Unfit::new(
                field,
                format!(
                    "is not 1 to {MAX_USERNAME} letters, digits, dots, hyphens and underscores"
                ),
            ));
        }
        Ok(name)
    }

    fn checked_endpoints(&self, id: &str, url: &Url) -> Result<Endpoints, Unfit> {
        let place = |field: &'static str, address: &Option<String>| match address {
            None => Ok(None),
            Some(address) if web_address(address).is_some() && same_authority(address, id) => {
                Ok(Some(address.clone()))
            }
            Some(_) => Err(Unfit::new(field, "is not an address on the server of `id`")),
        };
        let shared = self
            .endpoints
            .shared_inbox
            .clone()
            .or_else(|| self.shared_inbox.clone());
        let key = self.first_key(id, url).ok_or_else(|| {
            Unfit::new(
                "publicKey",
                "holds no key whose `owner` is `id` and whose own `id` is on the same server",
            )
        })?;
        if web_address(&key.id).is_none() {
            return Err(Unfit::new("publicKey.id", "is not a web address"));
        }
        let pem = key.public_key_pem.trim();
        if pem.len() > MAX_PEM || !pem.is_ascii() || !pem.starts_with("-----BEGIN ") {
            return Err(Unfit::new("publicKey.publicKeyPem", "is not a key in PEM"));
        }
        let (followers, following) = (
            self.followers.as_deref().unwrap_or_default(),
            self.following.as_deref().unwrap_or_default(),
        );
        let policy = collection::read_policy(&self.interaction_policy, id, followers, following);
        let own = |url: &&String| web_address(url).is_some() && same_authority(url, id);
        Ok(Endpoints {
            inbox_url: place("inbox", &self.inbox)?
                .ok_or_else(|| Unfit::new("inbox", "is missing"))?,
            shared_inbox_url: place("endpoints.sharedInbox", &shared)?,
            // Not every bot has them. An empty address is nobody's.
            outbox_url: place("outbox", &self.outbox)?.unwrap_or_default(),
            followers_url: place("followers", &self.followers)?.unwrap_or_default(),
            following_url: place("following", &self.following)?.unwrap_or_default(),
            featured_url: place("featured", &self.featured)?,
            public_key_id: key.id.clone(),
            public_key_pem: pem.replace('\0', ""),
            feature_policy: policy.and_then(|policy| serde_json::to_string(&policy).ok()),
            featured_collections_url: self.featured_collections.as_ref().filter(own).cloned(),
        })
    }

    fn profile(&self, id: &str) -> Result<Profile, Unfit> {
        let kind = self
            .kind()
            .ok_or_else(|| Unfit::new("type", "is none of the five types of an actor"))?;
        let (avatar_url, avatar_description) = picture(&self.icon);
        let (header_url, header_description) = picture(&self.image);
        let aliases: Vec<&String> = self
            .also_known_as
            .iter()
            .filter(|alias| web_address(alias).is_some())
            .take(MAX_ALIASES)
            .collect();
        Ok(Profile {
            kind,
            url: loose::page_of(&self.url, id).unwrap_or_else(|| id.to_owned()),
            display_name: loose::line(self.name.as_deref().unwrap_or_default(), MAX_NAME),
            note: loose::html(
                self.summary.as_deref().unwrap_or_default(),
                MAX_SUMMARY_BYTES,
            ),
            note_source: String::new(),
            fields: json(&self.fields())?,
            avatar_url,
            header_url,
            locked: self.manually_approves_followers,
            discoverable: self.discoverable,
            indexable: self.indexable,
            also_known_as: json(&aliases)?,
            moved_to_uri: self.moved_to.clone().filter(|to| web_address(to).is_some()),
            emojis: json(&custom_emojis::kept(&emoji::incoming(&self.tag)))?,
            avatar_description,
            header_description,
            // What its own server keeps to itself, and acts upon.
            hide_collections: false,
            attribution_domains: "[]".to_owned(),
            show_media: self.show_media.unwrap_or(true),
            show_media_replies: self.show_replies_in_media.unwrap_or(true),
            show_featured: self.show_featured.unwrap_or(true),
        })
    }

    fn fields(&self) -> Vec<Field> {
        self.attachment
            .iter()
            .filter(|field| field.kind.iter().any(|kind| kind == "PropertyValue"))
            .take(MAX_FIELDS)
            .map(|field| Field {
                name: loose::line(&field.name, MAX_FIELD_NAME),
                value: loose::html(&field.value, MAX_FIELD_BYTES),
                verified_at: None,
            })
            .collect()
    }
}

/// Where a picture is, and what is said of it.
fn picture(links: &[Link]) -> (Option<String>, String) {
    let found = links.iter().find(|link| web_address(&link.href).is_some());
    found.map_or_else(Default::default, |link| {
        let name = link.name.as_deref().unwrap_or_default();
        (Some(link.href.clone()), loose::line(name, MAX_DESCRIPTION))
    })
}

/// Codes of a list of languages; `None`: nothing is said that can be read.
pub(crate) fn languages(said: &Value) -> Option<Vec<String>> {
    let many = match said {
        Value::Array(many) => many.as_slice(),
        Value::Null => return None,
        one => std::slice::from_ref(one),
    };
    let codes: Vec<String> = many
        .iter()
        .filter_map(|one| one.as_str().or_else(|| one.get("identifier")?.as_str()))
        .take(MAX_LANGUAGES)
        .map(ToOwned::to_owned)
        .collect();
    (many.is_empty() || !codes.is_empty()).then_some(codes)
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, Unfit> {
    serde_json::to_string(value).map_err(|why| Unfit::new("actor", why.to_string()))
}

#[cfg(test)]
mod tests;
