//! placeholder
pub mod signature;
