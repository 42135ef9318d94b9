//! The client API as clients use it: errors, tokens, bodies, pages of a list.

mod bodies;
mod hostile;
mod paging;
mod refusals;
