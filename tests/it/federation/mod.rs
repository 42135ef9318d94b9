//! What peers and browsers are shown of the protocol, and how ours are signed.

mod documents;
mod finger;
mod signing;
mod social;
