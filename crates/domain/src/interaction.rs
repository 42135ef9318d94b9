//! Who may answer, favourite and boost a post, where its server says so (GoToSocial's interaction policies). Who may quote it is
//! in `quote`.

use serde::{Deserialize, Serialize};

/// What one does with a post of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    Answer,
    Favourite,
    Boost,
}

/// Whom a policy lets do something without asking; the author always may.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Allowed {
    pub followers: bool,
    /// Whom the author follows.
    pub following: bool,
    /// Accounts of this instance, by address.
    pub accounts: Vec<String>,
}

/// `None`: whoever may read the post.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Limits {
    pub answer: Option<Allowed>,
    pub favourite: Option<Allowed>,
    pub boost: Option<Allowed>,
}

impl Limits {
    pub const fn of(&self, deed: Deed) -> Option<&Allowed> {
        match deed {
            Deed::Answer => self.answer.as_ref(),
            Deed::Favourite => self.favourite.as_ref(),
            Deed::Boost => self.boost.as_ref(),
        }
    }

    pub const fn is_none(&self) -> bool {
        self.answer.is_none() && self.favourite.is_none() && self.boost.is_none()
    }
}
