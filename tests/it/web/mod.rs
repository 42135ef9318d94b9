//! The pages as a person uses them.

mod accounts;
mod safety;
