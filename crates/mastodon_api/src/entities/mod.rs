//! The shapes of what the API answers, each once. Every documented key is there, `null` where there is nothing; ids are texts.
//! <https://docs.joinmastodon.org/entities/>

mod account;
mod application;
mod context;
mod conversation;
mod credential_account;
mod custom_emoji;
mod delivery;
mod domain_block;
mod emoji_reaction;
mod featured_tag;
mod filter;
mod instance;
mod instance_v1;
mod list;
mod marker;
mod media_attachment;
mod muted_account;
mod notification;
mod notification_group;
mod notification_policy;
mod poll;
mod preferences;
mod preview_card;
mod quote;
mod relationship;
mod report;
mod scheduled_status;
mod search;
mod status;
mod status_edit;
mod tag;
mod token;
mod visibility;

pub use account::{Account, Field};
pub use application::{Application, CredentialApplication};
pub use context::Context;
pub use conversation::Conversation;
pub use credential_account::{CredentialAccount, Role, Source};
pub use custom_emoji::CustomEmoji;
pub use delivery::{Delivery, PeerDelivery};
pub use domain_block::DomainBlock;
pub use emoji_reaction::{EmojiReaction, Pleroma};
pub use featured_tag::FeaturedTag;
pub use filter::{Filter, FilterAbout, FilterKeyword, FilterResult, FilterStatus, V1Filter};
pub use instance::{Instance, Rule};
pub use instance_v1::InstanceV1;
pub use list::List;
pub use marker::Marker;
pub use media_attachment::MediaAttachment;
pub use muted_account::MutedAccount;
pub use notification::Notification;
pub use notification_group::{Expand, GroupedNotifications, NotificationGroup, PartialAccount};
pub use notification_policy::{
    NotificationPolicy, NotificationRequest, PolicySummary, V1NotificationPolicy,
};
pub use poll::{Looking, Poll};
pub use preferences::Preferences;
pub use preview_card::{PreviewCard, TrendingLink};
pub use quote::{Quote, QuoteApproval};
pub use relationship::Relationship;
pub use report::Report;
pub use scheduled_status::ScheduledStatus;
pub use search::Search;
pub use status::{DeletedStatus, Status};
pub use status_edit::{StatusEdit, StatusSource};
pub use tag::Tag;
pub use token::Token;
pub use visibility::Visibility;

/// What no row can be of yet: a list of it is empty, a single one `null`. Has no value, so that none can be made up.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub enum Never {}
