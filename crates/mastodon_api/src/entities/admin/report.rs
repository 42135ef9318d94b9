//! <https://docs.joinmastodon.org/entities/Admin_Report/>

use std::collections::HashMap;

use kontor_actions::{Settings, moderation::AccountView, posts::PostView, reports::ReportView};
use kontor_domain::{
    audience::Viewer, ids::AccountId, report::ReportCategory, site::Site, time::rfc3339,
};
use serde::Serialize;

use super::AdminAccount;
use crate::entities::{Rule, Status};

#[derive(Debug, Clone, Serialize)]
pub struct AdminReport {
    pub id: String,
    pub action_taken: bool,
    pub action_taken_at: Option<String>,
    pub category: ReportCategory,
    pub comment: String,
    pub forwarded: bool,
    pub created_at: String,
    pub updated_at: String,
    pub account: Option<AdminAccount>,
    pub target_account: Option<AdminAccount>,
    pub assigned_account: Option<AdminAccount>,
    pub action_taken_by_account: Option<AdminAccount>,
    /// Of those that the operator may read as anybody may.
    pub statuses: Vec<Status>,
    pub rules: Vec<Rule>,
}

/// What reports name, loaded at once.
pub struct Named<'a> {
    pub viewer: Viewer,
    pub people: &'a HashMap<AccountId, AccountView>,
    pub posts: &'a [PostView],
    pub settings: &'a Settings,
}

impl AdminReport {
    pub fn new(site: &Site, view: &ReportView, named: &Named<'_>) -> Self {
        let report = &view.report;
        let person = |id: Option<AccountId>| {
            named
                .people
                .get(&id?)
                .map(|view| AdminAccount::new(site, view))
        };
        let rules: Vec<String> = serde_json::from_str(&report.rule_ids).unwrap_or_default();
        let about: Vec<PostView> = named
            .posts
            .iter()
            .filter(|post| {
                view.subjects
                    .iter()
                    .any(|subject| subject.post_id == Some(post.post.id))
            })
            .cloned()
            .collect();
        Self {
            id: report.id.to_string(),
            action_taken: report.resolved_at.is_some(),
            action_taken_at: report.resolved_at.map(rfc3339),
            category: report.category,
            comment: report.comment.clone(),
            forwarded: report.forwarded,
            created_at: rfc3339(report.created_at),
            updated_at: rfc3339(report.resolved_at.unwrap_or(report.created_at)),
            account: person(Some(report.account_id)),
            target_account: person(Some(report.target_id)),
            assigned_account: person(report.assigned_to),
            action_taken_by_account: person(report.resolved_by),
            statuses: Status::all(site, named.viewer, &about),
            rules: Rule::all(named.settings)
                .into_iter()
                .filter(|rule| rules.contains(&rule.id))
                .collect(),
        }
    }
}
