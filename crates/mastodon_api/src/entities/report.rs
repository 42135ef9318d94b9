//! <https://docs.joinmastodon.org/entities/Report/>

use kontor_actions::reports::ReportView;
use kontor_domain::{report::ReportCategory, site::Site, time::rfc3339};
use serde::Serialize;

use super::{Account, Never};

#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub id: String,
    pub action_taken: bool,
    pub action_taken_at: Option<String>,
    pub category: ReportCategory,
    pub comment: String,
    pub forwarded: bool,
    pub created_at: String,
    pub status_ids: Vec<String>,
    pub collection_ids: [Never; 0],
    pub rule_ids: Vec<String>,
    pub target_account: Account,
}

impl Report {
    pub fn new(site: &Site, view: &ReportView) -> Self {
        let report = &view.report;
        let posts = view.subjects.iter().filter_map(|subject| subject.post_id);
        Self {
            id: report.id.to_string(),
            action_taken: report.resolved_at.is_some(),
            action_taken_at: report.resolved_at.map(rfc3339),
            category: report.category,
            comment: report.comment.clone(),
            forwarded: report.forwarded,
            created_at: rfc3339(report.created_at),
            status_ids: posts.map(|id| id.to_string()).collect(),
            collection_ids: [],
            rule_ids: serde_json::from_str(&report.rule_ids).unwrap_or_default(),
            target_account: Account::new(site, &view.target),
        }
    }
}
