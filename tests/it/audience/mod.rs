//! Who can read what: every way to read that there is, for every audience and every kind of reader.

mod communities;
mod delivery;
mod listeners;
mod matrix;
mod readers;
mod ways;
