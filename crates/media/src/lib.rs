//! Pictures: bytes in, safe bytes out. So far the ones an account shows before it has its own; where they are kept is not decided here.

mod error;
mod hash;
mod palette;
mod picture;
mod placeholders;

pub use error::Error;
pub use picture::MAX_SIDE;
pub use placeholders::{avatar, header};
