//! <https://docs.joinmastodon.org/methods/instance/#activity>

use kontor_actions::instance;
use kontor_domain::time::{Time, millis};
use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
pub struct Week {
    /// When it began, in seconds since the Unix epoch.
    pub week: String,
    pub statuses: String,
    /// People who were here.
    pub logins: String,
    pub registrations: String,
}

impl From<(Time, instance::Week)> for Week {
    fn from((began, week): (Time, instance::Week)) -> Self {
        Self {
            week: (millis(began) / 1000).to_string(),
            statuses: week.posts.to_string(),
            logins: week.visitors.to_string(),
            registrations: week.registrations.to_string(),
        }
    }
}
