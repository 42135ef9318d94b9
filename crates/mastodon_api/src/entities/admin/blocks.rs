//! Who may not register, and with whom this server speaks. <https://docs.joinmastodon.org/entities/Admin_IpBlock/>,
//! <https://docs.joinmastodon.org/entities/Admin_EmailDomainBlock/>, <https://docs.joinmastodon.org/entities/Admin_CanonicalEmailBlock/>

use kontor_actions::{
    peers::{self, DomainPolicy},
    sign_up_blocks as rows,
};
use kontor_domain::{peer::Severity, time::rfc3339, user::IpSeverity};
use serde::Serialize;

use crate::entities::Never;

#[derive(Debug, Clone, Serialize)]
pub struct EmailDomainBlock {
    pub id: String,
    pub domain: String,
    pub created_at: String,
    /// Tries to register are not counted.
    pub history: [Never; 0],
}

impl From<&rows::EmailDomainBlock> for EmailDomainBlock {
    fn from(row: &rows::EmailDomainBlock) -> Self {
        Self {
            id: row.id.to_string(),
            domain: row.domain.clone(),
            created_at: rfc3339(row.created_at),
            history: [],
        }
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct CanonicalEmailBlock {
    pub id: String,
    pub canonical_email_hash: String,
}

impl From<&rows::CanonicalEmailBlock> for CanonicalEmailBlock {
    fn from(row: &rows::CanonicalEmailBlock) -> Self {
        Self {
            id: row.id.to_string(),
            canonical_email_hash: row.hash.clone(),
        }
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct IpBlock {
    pub id: String,
    pub ip: String,
    pub severity: IpSeverity,
    pub comment: String,
    pub created_at: String,
    pub expires_at: Option<String>,
}

impl From<&rows::IpBlock> for IpBlock {
    fn from(row: &rows::IpBlock) -> Self {
        Self {
            id: row.id.to_string(),
            ip: row.ip.clone(),
            severity: row.severity,
            comment: row.comment.clone(),
            created_at: rfc3339(row.created_at),
            expires_at: row.expires_at.map(rfc3339),
        }
    }
}

/// <https://docs.joinmastodon.org/entities/Admin_DomainBlock/>
#[derive(Debug, Clone, Serialize)]
pub struct DomainBlock {
    pub id: String,
    pub domain: String,
    pub digest: String,
    pub created_at: String,
    pub severity: &'static str,
    pub reject_media: bool,
    pub reject_reports: bool,
    pub private_comment: Option<String>,
    pub public_comment: Option<String>,
    pub obfuscate: bool,
}

impl From<&DomainPolicy> for DomainBlock {
    fn from(row: &DomainPolicy) -> Self {
        let said = |text: &String| (!text.is_empty()).then(|| text.clone());
        Self {
            id: row.id.to_string(),
            domain: row.domain.clone(),
            digest: peers::digest(row),
            created_at: rfc3339(row.created_at),
            severity: match row.severity {
                Severity::Block => "suspend",
                Severity::Limit => "silence",
                Severity::Allow => "noop",
            },
            reject_media: row.reject_media,
            reject_reports: row.reject_reports,
            private_comment: said(&row.private_comment),
            public_comment: said(&row.public_comment),
            obfuscate: row.obfuscate,
        }
    }
}

/// <https://docs.joinmastodon.org/entities/Admin_DomainAllow/>
#[derive(Debug, Clone, Serialize)]
pub struct DomainAllow {
    pub id: String,
    pub domain: String,
    pub created_at: String,
}

impl From<&DomainPolicy> for DomainAllow {
    fn from(row: &DomainPolicy) -> Self {
        Self {
            id: row.id.to_string(),
            domain: row.domain.clone(),
            created_at: rfc3339(row.created_at),
        }
    }
}
