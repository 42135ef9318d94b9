//! <https://docs.joinmastodon.org/entities/Poll/>

use kontor_actions::{custom_emojis::CustomEmoji as Row, polls::PollView};
use kontor_domain::{audience::Viewer, site::Site, time::rfc3339};
use serde::Serialize;

use super::CustomEmoji;
#[derive(Debug, Clone, Serialize)]
pub struct Poll {
    pub id: String,
    pub expires_at: Option<String>,
    pub expired: bool,
    pub multiple: bool,
    pub votes_count: i64,
    pub voters_count: Option<i64>,
    pub options: Vec<Choice>,
    pub emojis: Vec<CustomEmoji>,
    #[serde(flatten)]
    pub yours: Option<Yours>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Choice {
    pub title: String,
    /// `null` while the totals are hidden.
    pub votes_count: Option<i64>,
}

/// How a person stands to a poll. Absent for others.
#[derive(Debug, Clone, Serialize)]
pub struct Yours {
    pub voted: bool,
    pub own_votes: Vec<i32>,
}

/// Is a person looking?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looking {
    Person,
    Anyone,
}

impl Looking {
    pub const fn of(viewer: Viewer) -> Self {
        match viewer {
            Viewer::Account(_) => Self::Person,
            Viewer::Anyone => Self::Anyone,
        }
    }
}

impl Poll {
    pub fn new(site: &Site, looking: Looking, view: &PollView, emojis: &[Row]) -> Self {
        let poll = &view.poll;
        let expired = poll.closed_at.is_some();
        let shown = !poll.hide_totals || expired;
        let sum = view.choices.iter().map(|choice| choice.votes_count).sum();
        Self {
            id: poll.poll_id.to_string(),
            expires_at: poll.expires_at.or(poll.closed_at).map(rfc3339),
            expired,
            multiple: poll.multiple,
            votes_count: sum,
            voters_count: poll.voters_count,
            options: view
                .choices
                .iter()
                .map(|choice| Choice {
                    title: choice.title.clone(),
                    votes_count: shown.then_some(choice.votes_count),
                })
                .collect(),
            emojis: CustomEmoji::all(site, emojis),
            yours: (looking == Looking::Person).then(|| Yours {
                voted: view.own || !view.own_votes.is_empty(),
                own_votes: view.own_votes.clone(),
            }),
        }
    }
}
