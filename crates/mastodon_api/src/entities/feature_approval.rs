//! May an account be in collections? <https://docs.joinmastodon.org/entities/FeatureApproval/>

use kontor_actions::{accounts::Account as Row, featuring};
use kontor_domain::collection::Curators;
use serde::Serialize;

/// The same for everybody: who blocks or follows whom is not told here.
#[derive(Debug, Clone, Serialize)]
pub struct FeatureApproval {
    pub automatic: Vec<&'static str>,
    pub manual: Vec<&'static str>,
    pub current_user: &'static str,
}

fn words(curators: &Curators) -> Vec<&'static str> {
    [
        (curators.public, "public"),
        (curators.followers, "followers"),
        (curators.following, "following"),
        (!curators.accounts.is_empty(), "unsupported_policy"),
    ]
    .into_iter()
    .filter_map(|(named, word)| named.then_some(word))
    .collect()
}

impl FeatureApproval {
    /// Those here who want to be found may be; what others want is what their servers say.
    pub fn new(row: &Row) -> Self {
        if row.is_local() {
            let (automatic, current_user) = if row.discoverable {
                (vec!["public"], "automatic")
            } else {
                (Vec::new(), "denied")
            };
            return Self {
                automatic,
                manual: Vec::new(),
                current_user,
            };
        }
        let Some(policy) = featuring::policy_of(row) else {
            return Self {
                automatic: Vec::new(),
                manual: Vec::new(),
                current_user: "missing",
            };
        };
        let current_user = if policy.automatic.public {
            "automatic"
        } else if !policy.automatic.is_nobody() {
            "unknown"
        } else if policy.manual.public {
            "manual"
        } else if policy.manual.is_nobody() {
            "denied"
        } else {
            "unknown"
        };
        Self {
            automatic: words(&policy.automatic),
            manual: words(&policy.manual),
            current_user,
        }
    }
}
