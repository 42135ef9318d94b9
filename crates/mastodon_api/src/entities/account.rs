//! <https://docs.joinmastodon.org/entities/Account/>

use std::sync::Arc;

use kontor_actions::{KeptAccount, accounts::Account as Row};
use kontor_domain::{
    account::{AccountKind, Field as Kept},
    community::{Access, Facts, Posting},
    emoji::Emoji,
    site::Site,
    time::{date, rfc3339},
};
use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::value::to_raw_value;

use super::{CustomEmoji, Entity, FeatureApproval, Never};

#[derive(Debug, Clone, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the shape is Mastodon's")]
pub struct Account {
    pub id: String,
    pub username: String,
    pub acct: String,
    pub display_name: String,
    pub locked: bool,
    pub bot: bool,
    pub discoverable: bool,
    pub indexable: bool,
    pub group: bool,
    pub created_at: String,
    pub note: String,
    pub url: String,
    pub uri: String,
    pub avatar: String,
    pub avatar_static: String,
    pub avatar_description: String,
    pub header: String,
    pub header_static: String,
    pub header_description: String,
    pub followers_count: i64,
    pub following_count: i64,
    pub statuses_count: i64,
    pub last_status_at: Option<String>,
    /// Of those elsewhere, nobody here knows.
    pub hide_collections: Option<bool>,
    pub noindex: Option<bool>,
    pub suspended: bool,
    pub limited: bool,
    pub memorial: bool,
    pub moved: Option<Box<Account>>,
    pub emojis: Vec<CustomEmoji>,
    pub roles: [Never; 0],
    pub fields: Vec<Field>,
    pub show_media: bool,
    pub show_media_replies: bool,
    pub show_featured: bool,
    pub feature_approval: Option<FeatureApproval>,
    /// Of groups alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub community: Option<AccountCommunity>,
}

/// What a community is to everybody, in the words of [`super::Community`].
#[derive(Debug, Clone, Serialize)]
pub struct AccountCommunity {
    pub access: Access,
    pub posting: Posting,
    pub archived: bool,
    pub languages: Vec<String>,
    pub members_count: i64,
    pub names_moderators: bool,
}

#[derive(Debug, Clone, Serialize)]
pub struct Field {
    pub name: String,
    pub value: String,
    pub verified_at: Option<String>,
}

impl Account {
    pub fn new(site: &Site, row: &Row) -> Self {
        let avatar = picture(site, row.avatar_url.as_ref(), "avatars", row);
        let header = picture(site, row.header_url.as_ref(), "headers", row);
        Self {
            id: row.id.to_string(),
            username: row.username.clone(),
            acct: acct(row),
            display_name: row.display_name.clone(),
            locked: row.locked,
            bot: row.kind.is_bot(),
            discoverable: row.discoverable,
            indexable: row.indexable,
            group: row.kind == AccountKind::Group,
            created_at: rfc3339(row.created_at),
            note: row.note.clone(),
            url: row.url.clone(),
            uri: row.uri.clone(),
            avatar_static: avatar.clone(),
            avatar,
            avatar_description: row.avatar_description.clone(),
            header_static: header.clone(),
            header,
            header_description: row.header_description.clone(),
            followers_count: row.followers_count,
            following_count: row.following_count,
            statuses_count: row.statuses_count,
            last_status_at: row.last_status_at.map(date),
            hide_collections: row.is_local().then_some(row.hide_collections),
            noindex: None,
            suspended: row.suspended_at.is_some(),
            limited: row.limited,
            memorial: false,
            moved: None,
            emojis: emojis(row),
            roles: [],
            fields: fields(row).into_iter().map(Field::from).collect(),
            show_media: row.show_media,
            show_media_replies: row.show_media_replies,
            show_featured: row.show_featured,
            feature_approval: Some(FeatureApproval::new(row)),
            community: AccountCommunity::new(row),
        }
    }
}

impl Account {
    pub fn all(site: &Site, rows: &[Row]) -> Vec<Self> {
        rows.iter().map(|row| Self::new(site, row)).collect()
    }

    /// Under which account it lives on.
    #[must_use]
    pub fn moved_to(self, site: &Site, target: Option<&Row>) -> Self {
        Self {
            moved: target.map(|row| Box::new(Self::new(site, row))),
            ..self
        }
    }
}

/// An account beside what it wrote or did. Its JSON is made once, for as long as the account stays as it is.
#[derive(Debug, Clone)]
pub enum ShownAccount {
    Kept(Arc<KeptAccount>),
    /// One that has moved: where it lives on is another account.
    Made(Box<Account>),
}

impl ShownAccount {
    pub fn new(site: &Site, row: &Arc<KeptAccount>, moved: Option<&Row>) -> Self {
        let made = || Self::Made(Box::new(Account::new(site, row).moved_to(site, moved)));
        if moved.is_some() {
            return made();
        }
        match row.json(|row| to_raw_value(&Account::new(site, row))) {
            Ok(_) => Self::Kept(row.clone()),
            Err(_) => made(),
        }
    }
}

impl Entity for ShownAccount {
    fn write(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        match self {
            Self::Kept(row) => {
                let json = row.json(|_| Err(serde_json::Error::custom("was not made")))?;
                out.extend_from_slice(json.get().as_bytes());
                Ok(())
            }
            Self::Made(account) => account.write(out),
        }
    }
}

impl Serialize for ShownAccount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Kept(row) => row
                .json(|_| Err(S::Error::custom("was not made")))?
                .serialize(serializer),
            Self::Made(account) => account.serialize(serializer),
        }
    }
}

impl AccountCommunity {
    fn new(row: &Row) -> Option<Self> {
        let facts: Facts = serde_json::from_str(row.community.as_deref()?).ok()?;
        Some(Self {
            access: facts.access,
            posting: facts.posting,
            archived: facts.archived,
            languages: serde_json::from_str(&facts.languages).unwrap_or_default(),
            members_count: row.followers_count,
            names_moderators: facts.names_moderators,
        })
    }
}

impl From<Kept> for Field {
    fn from(field: Kept) -> Self {
        Self {
            name: field.name,
            value: field.value,
            verified_at: field.verified_at.map(rfc3339),
        }
    }
}

/// `name` here, `name@domain` elsewhere.
pub(super) fn acct(row: &Row) -> String {
    match &row.domain {
        Some(domain) => format!("{}@{domain}", row.username),
        None => row.username.clone(),
    }
}

/// As `store` keeps them. What a peer sent in another shape is no table.
pub(super) fn fields(row: &Row) -> Vec<Kept> {
    serde_json::from_str(&row.fields).unwrap_or_default()
}

/// As `store` keeps them.
pub(super) fn attribution_domains(row: &Row) -> Vec<String> {
    serde_json::from_str(&row.attribution_domains).unwrap_or_default()
}

/// As `store` keeps them.
fn emojis(row: &Row) -> Vec<CustomEmoji> {
    let kept: Vec<Emoji> = serde_json::from_str(&row.emojis).unwrap_or_default();
    kept.into_iter().map(CustomEmoji::from).collect()
}

/// An account without a picture of its own is shown with the one that is made for it.
/// The picture of an account.
pub(crate) fn avatar(site: &Site, row: &Row) -> String {
    picture(site, row.avatar_url.as_ref(), "avatars", row)
}

pub(crate) fn picture(site: &Site, own: Option<&String>, folder: &str, row: &Row) -> String {
    own.cloned()
        .unwrap_or_else(|| site.url(&format!("/media/{folder}/{}.png", row.id)))
}
