//! Pictures, films and sounds: bytes in, safe bytes out; and files on disk under names of ours. Whose they are is not known here.

mod blurhash;
mod containers;
mod error;
mod files;
mod films;
mod hash;
mod palette;
mod picture;
mod placeholders;
mod programs;
mod shown;
mod upload;

pub use containers::Container;
pub use error::{Error, Refused};
pub use files::Files;
pub use films::{FILM_ENDINGS, FILM_TYPES, Film, FilmBounds, FilmKind, Still, film};
pub use picture::MAX_SIDE;
pub use placeholders::{avatar, header};
pub use programs::Programs;
pub use shown::Shown;
pub use upload::{
    Bounds, Encoded, Format, MEDIA_TYPES, Picture, is_foreign_picture, is_picture, upload,
};
