//! draft-cavage-http-signatures-12 as the fediverse speaks it. With an RSA key, `hs2019` means PKCS#1 v1.5 with SHA-256 here, as
//! at every peer, and not the RSASSA-PSS of the draft's registry.

mod parse;
mod sign;
mod signing_string;
mod verify;

pub use parse::{Parsed, parse};
pub use sign::{sign, sign_with};
pub use verify::verify;

pub(super) use parse::is_authorization;
