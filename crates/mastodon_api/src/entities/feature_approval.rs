//! May an account be in collections? <https://docs.joinmastodon.org/entities/FeatureApproval/>

use kontor_actions::accounts::Account as Row;
use serde::Serialize;

/// The same for everybody: who blocks whom is not told here.
#[derive(Debug, Clone, Serialize)]
pub struct FeatureApproval {
    pub automatic: Vec<&'static str>,
    /// Nobody here is asked each time.
    pub manual: [&'static str; 0],
    pub current_user: &'static str,
}

impl FeatureApproval {
    /// Those here who want to be found may be; what others want is not known.
    pub fn new(row: &Row) -> Self {
        let (automatic, current_user) = match (row.is_local(), row.discoverable) {
            (true, true) => (vec!["public"], "automatic"),
            (true, false) => (Vec::new(), "denied"),
            (false, _) => (Vec::new(), "missing"),
        };
        Self {
            automatic,
            manual: [],
            current_user,
        }
    }
}
