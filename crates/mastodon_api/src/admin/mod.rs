//! What operators do by an app. Who may is decided by the actions; the scopes are asked for here.
//! <https://docs.joinmastodon.org/methods/admin/>

pub(crate) mod accounts;
pub(crate) mod canonical_email_blocks;
pub(crate) mod domain_allows;
pub(crate) mod domain_blocks;
pub(crate) mod email_domain_blocks;
pub(crate) mod ip_blocks;
pub(crate) mod reports;
