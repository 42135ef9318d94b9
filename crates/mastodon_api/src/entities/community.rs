//! Communities, which no client of Mastodon's knows of. What they look like is described in docs/communities.openapi.json.

use kontor_actions::{
    communities::{Ban, CommunityView, LogView, is_ours},
    posts::GroupView,
};
use kontor_domain::{
    community::{Access, AppealState, CommunityRole, LogAction, LogRole, Posting},
    follow::FollowState,
    site::Site,
    time::rfc3339,
};
use serde::Serialize;

use super::{
    Account,
    account::{acct, picture},
};

#[derive(Debug, Clone, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is asked for by itself")]
pub struct Community {
    pub id: String,
    pub name: String,
    pub acct: String,
    pub uri: String,
    pub title: String,
    /// HTML
    pub description: String,
    /// Markdown
    pub description_source: String,
    /// Addresses of pictures.
    pub icon: String,
    pub banner: String,
    pub purpose: String,
    pub rules: String,
    pub languages: Vec<String>,
    pub access: Access,
    pub posting: Posting,
    pub archived: bool,
    /// Shown by its server before others.
    pub featured: bool,
    pub local: bool,
    pub created_at: String,
    pub members_count: i64,
    /// Nobody where they are not told who looks after it.
    pub moderators: Vec<Moderator>,
    /// Whoever is suspended does not count; `null`: its server, which is another one, does not say.
    pub owners_count: Option<usize>,
    /// Should that one leave, a rule names another.
    pub single_owner: bool,
    pub names_moderators: bool,
    /// Of whoever asks.
    pub membership: Option<&'static str>,
    pub role: Option<CommunityRole>,
    pub banned: bool,
    pub account: Account,
}

#[derive(Debug, Clone, Serialize)]
pub struct Moderator {
    pub role: CommunityRole,
    pub account: Account,
}

impl Community {
    pub fn new(site: &Site, view: &CommunityView) -> Self {
        let (account, community) = (&view.account, &view.community);
        Self {
            id: account.id.to_string(),
            name: account.username.clone(),
            acct: acct(account),
            uri: account.uri.clone(),
            title: account.display_name.clone(),
            description: account.note.clone(),
            description_source: account.note_source.clone(),
            icon: picture(site, account.avatar_url.as_ref(), "avatars", account),
            banner: picture(site, account.header_url.as_ref(), "headers", account),
            purpose: community.purpose.clone(),
            rules: community.rules.clone(),
            languages: serde_json::from_str(&community.languages).unwrap_or_default(),
            access: community.access,
            posting: community.posting,
            archived: community.archived_at.is_some(),
            featured: community.featured_at.is_some(),
            local: is_ours(community),
            created_at: rfc3339(community.created_at),
            members_count: account.followers_count,
            moderators: view
                .moderators
                .iter()
                .map(|(role, account)| Moderator {
                    role: *role,
                    account: Account::new(site, account),
                })
                .collect(),
            owners_count: view.owners,
            single_owner: view.has_single_owner(),
            names_moderators: community.names_moderators,
            membership: view.membership.map(membership),
            role: view.role,
            banned: view.banned.is_some(),
            account: Account::new(site, account),
        }
    }
}

/// What a follow of a community makes of somebody.
pub(super) const fn membership(state: FollowState) -> &'static str {
    match state {
        FollowState::Accepted => "member",
        FollowState::Pending => "requested",
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct CommunityBan {
    pub account: Account,
    pub reason: String,
    pub expires_at: Option<String>,
    pub created_at: String,
}

impl CommunityBan {
    pub fn new(site: &Site, (ban, account): &(Ban, kontor_actions::accounts::Account)) -> Self {
        Self {
            account: Account::new(site, account),
            reason: ban.reason.clone(),
            expires_at: ban.expires_at.map(rfc3339),
            created_at: rfc3339(ban.created_at),
        }
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct LogEntry {
    pub id: String,
    pub action: LogAction,
    /// `null`: a rule, or a moderator whom the community does not name.
    pub moderator: Option<Account>,
    /// What they were there at that time; `null`: not known.
    pub role: Option<LogRole>,
    pub account: Option<Account>,
    pub post_uri: Option<String>,
    pub reason: String,
    pub expires_at: Option<String>,
    pub created_at: String,
    pub appeal: Option<Appeal>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Appeal {
    pub text: String,
    pub state: AppealState,
    pub answer: Option<String>,
}

impl LogEntry {
    pub fn new(site: &Site, view: &LogView) -> Self {
        let entry = &view.entry;
        let account = |account: &Option<kontor_actions::accounts::Account>| {
            account.as_ref().map(|account| Account::new(site, account))
        };
        Self {
            id: entry.id.to_string(),
            action: entry.action,
            moderator: account(&view.by),
            role: entry.by_role,
            account: account(&view.account),
            post_uri: entry.post_uri.clone(),
            reason: entry.reason.clone(),
            expires_at: entry.expires_at.map(rfc3339),
            created_at: rfc3339(entry.created_at),
            appeal: entry
                .appeal
                .clone()
                .zip(entry.appeal_state)
                .map(|(text, state)| Appeal {
                    text,
                    state,
                    answer: entry.answer.clone(),
                }),
        }
    }
}

/// Of a post: where it belongs, and what it is there.
#[derive(Debug, Clone, Serialize)]
pub struct StatusCommunity {
    pub id: String,
    pub acct: String,
    pub uri: String,
    pub title: String,
    pub access: Access,
    /// Of what begins a thread.
    pub thread_title: Option<String>,
    pub locked: bool,
    pub removed: Option<String>,
}

impl StatusCommunity {
    pub fn new(group: &GroupView, removed: bool) -> Self {
        Self {
            id: group.account.id.to_string(),
            acct: acct(&group.account),
            uri: group.account.uri.clone(),
            title: group.account.display_name.clone(),
            access: group.access,
            thread_title: group.title.clone(),
            locked: group.locked,
            removed: removed.then(|| group.removed_reason.clone().unwrap_or_default()),
        }
    }
}
