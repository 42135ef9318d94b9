//! The binary itself: its command line, its settings, its start and its end, several of it on one database.

mod commands;
mod lifetime;
mod peers;
mod settings;
mod together;
mod watching;
