//! `kontor setup-link`: the one-time link of the first administrator.

use kontor_actions::invites;

use super::{Outcome, say, with_app};
use crate::config::Config;

pub(super) fn run(config: &Config) -> Outcome {
    match with_app(config, |app| async move { invites::setup_link(&app).await })? {
        Some(link) => {
            say(link);
            Ok(())
        }
        None => Err("there is an administrator already".into()),
    }
}
