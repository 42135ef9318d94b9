//! HTTP Message Signatures (RFC 9421) for requests, as far as the fediverse uses them: RSA PKCS#1 v1.5 with SHA-256 and
//! Ed25519. Signatures of responses, and the parameters of components (`;req`, `;sf`, `;bs`, `;key`, `;tr`), are refused.

mod base;
mod component;
mod parse;
mod sign;
mod verify;

pub use component::Component;
pub use parse::{Body, Parsed, parse};
pub use sign::{sign, sign_with};
pub use verify::verify;

#[cfg(test)]
mod second_opinion;
