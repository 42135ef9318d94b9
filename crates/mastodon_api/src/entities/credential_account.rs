//! One's own account, with what only its owner sees. <https://docs.joinmastodon.org/entities/Account/#CredentialAccount>

use kontor_actions::accounts::OwnAccount;
use kontor_domain::{quote::QuotePolicy, site::Site, text::plain, user};
use serde::Serialize;

use super::{
    Account, Field, Visibility,
    account::{attribution_domains, fields},
};

#[derive(Debug, Clone, Serialize)]
pub struct CredentialAccount {
    #[serde(flatten)]
    pub account: Account,
    pub source: Source,
    pub role: Role,
}

/// What a profile editor starts from: texts, not HTML.
#[derive(Debug, Clone, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the shape is Mastodon's")]
pub struct Source {
    pub privacy: Visibility,
    pub sensitive: bool,
    pub language: Option<String>,
    pub note: String,
    pub fields: Vec<Field>,
    pub follow_requests_count: i64,
    pub hide_collections: bool,
    pub discoverable: bool,
    pub indexable: bool,
    pub attribution_domains: Vec<String>,
    pub quote_policy: QuotePolicy,
}

#[derive(Debug, Clone, Serialize)]
pub struct Role {
    pub id: String,
    pub name: &'static str,
    pub color: &'static str,
    pub permissions: &'static str,
    pub highlighted: bool,
    pub collection_limit: Option<i64>,
}

impl CredentialAccount {
    /// `collections`: how many the person may have.
    pub fn new(site: &Site, own: &OwnAccount, collections: i64) -> Self {
        let account = Account::new(site, &own.account);
        let fields = fields(&own.account).into_iter().map(|field| Field {
            value: plain(&field.value),
            ..field.into()
        });
        Self {
            source: Source {
                privacy: own.user.default_audience.into(),
                sensitive: own.user.default_sensitive,
                language: own.user.default_language.clone(),
                note: own.account.note_source.clone(),
                fields: fields.collect(),
                follow_requests_count: own.follow_requests,
                hide_collections: own.account.hide_collections,
                discoverable: account.discoverable,
                indexable: account.indexable,
                attribution_domains: attribution_domains(&own.account),
                quote_policy: own.user.default_quote_policy,
            },
            role: Role {
                collection_limit: Some(collections),
                ..Role::from(own.user.role)
            },
            account,
        }
    }
}

impl From<user::Role> for Role {
    /// The permissions are bits that open Mastodon's own administration pages. None of those are here, so nobody has
    /// a bit that would show a client the way to them. The ids are those that a new Mastodon server gives these roles.
    fn from(role: user::Role) -> Self {
        let (id, name) = match role {
            user::Role::User => ("-99", ""),
            user::Role::Moderator => ("1", "Moderator"),
            user::Role::Admin => ("2", "Admin"),
        };
        Self {
            id: id.to_owned(),
            name,
            color: "",
            permissions: "0",
            highlighted: role != user::Role::User,
            collection_limit: None,
        }
    }
}
