//! The section `[cards]`: pages that posts link to.

use std::time::Duration;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cards {
    pub enabled: bool,
    pub page_bytes: usize,
    pub delay_seconds: u64,
    pub refresh_days: u64,
}

impl Cards {
    pub(super) fn actions(&self) -> kontor_actions::Cards {
        kontor_actions::Cards {
            enabled: self.enabled,
            page_bytes: self.page_bytes,
            delay: Duration::from_secs(self.delay_seconds),
            refresh_age: Duration::from_secs(self.refresh_days * 24 * 60 * 60),
        }
    }
}
