//! What happens, as clients with an open connection see it.

mod announcements;
mod ends;
mod limits;
mod readers;
mod streams;
