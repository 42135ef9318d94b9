//! Pictures, films and sounds: bytes in, safe bytes out; and files on the disk or in a bucket, under names of ours. Whose they are is not known here.

mod blurhash;
mod bucket;
mod containers;
mod disk;
mod error;
mod files;
mod films;
mod hash;
mod palette;
mod picture;
mod placeholders;
mod programs;
mod reading;
mod shown;
mod upload;

pub use bucket::{Bucket, BucketSettings, Unusable};
pub use containers::Container;
pub use disk::Disk;
pub use error::{Error, Failed, Refused};
pub use files::{Files, Old};
pub use films::{FILM_ENDINGS, FILM_TYPES, Film, FilmBounds, FilmKind, Still, film};
pub use picture::MAX_SIDE;
pub use placeholders::{avatar, header};
pub use programs::Programs;
pub use reading::{Asked, Part, Reading};
pub use shown::Shown;
pub use upload::{Bounds, Encoded, Format, MEDIA_TYPES, Picture, is_picture, upload};
