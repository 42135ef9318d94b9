//! What peers and browsers are shown of the protocol, and how ours are signed.

mod cards;
mod collections;
mod communities;
mod departures;
mod documents;
mod finger;
mod parts;
mod shapes;
mod signing;
mod social;
