//! Who may not register. <https://docs.joinmastodon.org/entities/Admin_IpBlock/>,
//! <https://docs.joinmastodon.org/entities/Admin_EmailDomainBlock/>, <https://docs.joinmastodon.org/entities/Admin_CanonicalEmailBlock/>

use kontor_actions::sign_up_blocks as rows;
use kontor_domain::{time::rfc3339, user::IpSeverity};
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
