//! <https://docs.joinmastodon.org/entities/DomainBlock/>

use kontor_actions::peers::{DomainPolicy, digest, shown};
use kontor_domain::peer::Severity;
use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
pub struct DomainBlock {
    pub domain: String,
    /// SHA-256 of the domain as it is, in hexadecimal.
    pub digest: String,
    pub severity: &'static str,
    pub comment: String,
}

impl DomainBlock {
    /// `None` for a domain that is neither blocked nor limited.
    pub fn new(policy: &DomainPolicy) -> Option<Self> {
        let severity = match policy.severity {
            Severity::Block => "suspend",
            Severity::Limit => "silence",
            Severity::Allow => return None,
        };
        Some(Self {
            domain: shown(policy),
            digest: digest(policy),
            severity,
            comment: policy.public_comment.clone(),
        })
    }
}
