//! <https://docs.joinmastodon.org/entities/Quote/>, <https://docs.joinmastodon.org/entities/ShallowQuote/>,
//! <https://docs.joinmastodon.org/entities/QuoteApproval/>

use kontor_actions::quotes::{self, QuoteView};
use kontor_domain::{
    audience::Viewer,
    quote::{QuotePolicy, QuoteState},
    site::Site,
};
use serde::Serialize;

use super::Status;

#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Quote {
    Whole {
        state: &'static str,
        quoted_status: Option<Box<Status>>,
    },
    /// In a post that is itself shown as a quote.
    Shallow {
        state: &'static str,
        quoted_status_id: Option<String>,
    },
}

/// The quoted post is only there for who may read it.
fn state(view: &QuoteView) -> &'static str {
    match (view.quote.state, view.quote.quoted_id) {
        (QuoteState::Accepted, None) => QuoteState::Deleted.as_str(),
        (QuoteState::Accepted, Some(_)) if view.quoted.is_none() => "unauthorized",
        (state, _) => state.as_str(),
    }
}

impl Quote {
    pub(super) fn whole(site: &Site, viewer: Viewer, view: &QuoteView) -> Self {
        Self::Whole {
            state: state(view),
            quoted_status: view
                .quoted
                .as_ref()
                .map(|quoted| Box::new(Status::quoted(site, viewer, quoted))),
        }
    }

    pub(super) fn shallow(view: &QuoteView) -> Self {
        let accepted = view.quote.state == QuoteState::Accepted;
        Self::Shallow {
            state: view.quote.state.as_str(),
            quoted_status_id: view
                .quote
                .quoted_id
                .filter(|_| accepted)
                .map(|id| id.to_string()),
        }
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct QuoteApproval {
    pub automatic: Vec<&'static str>,
    pub manual: Vec<&'static str>,
    pub current_user: &'static str,
}

impl From<quotes::Approval> for QuoteApproval {
    fn from(approval: quotes::Approval) -> Self {
        let group = |who: QuotePolicy| match who {
            QuotePolicy::Public => vec!["public"],
            QuotePolicy::Followers => vec!["followers"],
            QuotePolicy::Nobody => Vec::new(),
        };
        let (automatic, manual) = approval.policy.map_or_else(
            || (Vec::new(), Vec::new()),
            |policy| (group(policy.automatic), group(policy.manual)),
        );
        Self {
            automatic,
            manual,
            current_user: match approval.viewer {
                quotes::Permission::Automatic => "automatic",
                quotes::Permission::Manual => "manual",
                quotes::Permission::Denied => "denied",
                // A post whose server knows no such policy can be quoted.
                quotes::Permission::Unknown => "unknown",
            },
        }
    }
}
