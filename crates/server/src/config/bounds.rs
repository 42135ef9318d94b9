//! Parts of `[limits]`: how often a caller may ask, and what a profile may hold.

use super::sections::Limits;

impl Limits {
    pub(crate) fn rates(&self) -> kontor_http::Rates {
        kontor_http::Rates {
            requests: self.requests_per_5_minutes,
            of_account: self.requests_of_account_per_5_minutes,
            uploads: self.uploads_per_30_minutes,
            deletions: self.deletions_per_30_minutes,
        }
    }

    pub(super) const fn reports(&self) -> kontor_actions::Reports {
        kontor_actions::Reports {
            characters: self.report_characters,
            characters_elsewhere: self.report_characters_elsewhere,
            posts: self.report_posts,
            warning_characters: self.warning_characters,
        }
    }

    pub(super) fn profiles(&self) -> kontor_actions::Profiles {
        kontor_actions::Profiles {
            picture_description_characters: self.picture_description_characters,
            attribution_domains: self.attribution_domains,
        }
    }
}
