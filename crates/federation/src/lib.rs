//! The door to other servers: `ActivityPub`, `WebFinger`, `NodeInfo` and the signatures between them. Rules are in `actions`.

pub mod objects;
pub mod signature;
