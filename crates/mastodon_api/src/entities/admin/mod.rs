//! What operators see. <https://docs.joinmastodon.org/entities/#admin>

mod account;
mod blocks;
mod report;

pub use account::AdminAccount;
pub use blocks::{CanonicalEmailBlock, DomainAllow, DomainBlock, EmailDomainBlock, IpBlock};
pub use report::{AdminReport, Named};
