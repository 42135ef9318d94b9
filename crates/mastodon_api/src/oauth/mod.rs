//! OAuth 2 as clients speak it: applications, tokens, what the server can do. The page on which a person consents is in `web`.

mod applications;
mod discovery;
mod error;
mod revoke;
mod token;
mod userinfo;

pub(crate) use applications::{create, verify_credentials};
pub(crate) use discovery::discovery;
pub(crate) use revoke::revoke;
pub(crate) use token::token;
pub(crate) use userinfo::userinfo;
