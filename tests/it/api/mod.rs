//! The client API as clients use it: errors, tokens, bodies, pages of a list.

mod bodies;
mod paging;
mod refusals;
