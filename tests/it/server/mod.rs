//! The binary itself: its command line, its settings, its start and its end, several of it on one database, its files in a bucket.

mod commands;
mod lifetime;
mod peers;
mod settings;
mod storage;
mod together;
mod watching;
