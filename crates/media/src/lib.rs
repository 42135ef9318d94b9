//! Pictures: bytes in, safe bytes out; and files on disk under names of ours. Whose they are is not known here.

mod blurhash;
mod error;
mod files;
mod hash;
mod palette;
mod picture;
mod placeholders;
mod upload;

pub use error::{Error, Refused};
pub use files::Files;
pub use picture::MAX_SIDE;
pub use placeholders::{avatar, header};
pub use upload::{Bounds, Encoded, Format, MEDIA_TYPES, Picture, upload};
