//! The shapes of what the API answers, each once. Every documented key is there, `null` where there is nothing; ids are texts.
//! <https://docs.joinmastodon.org/entities/>

mod account;
mod account_warning;
pub mod admin;
mod announcement;
mod application;
mod async_refresh;
mod collection;
mod community;
mod context;
mod conversation;
mod credential_account;
mod custom_emoji;
mod delivery;
mod document;
mod domain_block;
mod emoji_reaction;
mod familiar_followers;
mod feature_approval;
mod featured_tag;
mod filter;
mod instance;
mod instance_v1;
mod language;
mod list;
mod marker;
mod media_attachment;
mod muted_account;
mod notification;
mod notification_group;
mod notification_policy;
mod oembed;
mod poll;
mod preferences;
mod preview_card;
mod profile;
mod quote;
mod relationship;
mod report;
mod scheduled_status;
mod search;
mod severance;
mod status;
mod status_edit;
mod suggestion;
mod tag;
mod token;
mod visibility;
mod web_push_subscription;
mod week;
mod written;

pub(crate) use account::avatar;
pub use account::{Account, Field, ShownAccount};
pub use account_warning::AccountWarning;
pub use announcement::{Announcement, AnnouncementReaction};
pub use application::{Application, CredentialApplication};
pub use async_refresh::AsyncRefresh;
pub use collection::{
    Collection, CollectionItem, CollectionWithAccounts, Collections, WrappedCollection,
    WrappedCollectionItem,
};
pub use community::{Community, CommunityBan, LogEntry, StatusCommunity};
pub use context::Context;
pub use conversation::Conversation;
pub use credential_account::{CredentialAccount, Role, Source};
pub use custom_emoji::CustomEmoji;
pub use delivery::{Delivery, PeerDelivery};
pub use document::{Document, TermsOfService};
pub use domain_block::DomainBlock;
pub use emoji_reaction::{EmojiReaction, Pleroma};
pub use familiar_followers::FamiliarFollowers;
pub use feature_approval::FeatureApproval;
pub use featured_tag::FeaturedTag;
pub use filter::{Filter, FilterAbout, FilterKeyword, FilterResult, FilterStatus, V1Filter};
pub use instance::{Instance, Means, Rule};
pub use instance_v1::InstanceV1;
pub use language::Language;
pub use list::List;
pub use marker::Marker;
pub use media_attachment::MediaAttachment;
pub use muted_account::MutedAccount;
pub use notification::Notification;
pub use notification_group::{Expand, GroupedNotifications, NotificationGroup, PartialAccount};
pub use notification_policy::{
    NotificationPolicy, NotificationRequest, PolicySummary, V1NotificationPolicy,
};
pub use oembed::OEmbed;
pub use poll::{Looking, Poll};
pub use preferences::Preferences;
pub use preview_card::{PreviewCard, TrendingLink};
pub use profile::Profile;
pub use quote::{Quote, QuoteApproval};
pub use relationship::Relationship;
pub use report::Report;
pub use scheduled_status::ScheduledStatus;
pub use search::Search;
pub use severance::RelationshipSeveranceEvent;
pub use status::Status;
pub use status_edit::{StatusEdit, StatusSource};
pub use suggestion::Suggestion;
pub use tag::Tag;
pub use token::Token;
pub use visibility::Visibility;
pub use web_push_subscription::WebPushSubscription;
pub use week::Week;
pub use written::Entity;
pub(crate) use written::list;

/// What no row can be of yet: a list of it is empty, a single one `null`. Has no value, so that none can be made up.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub enum Never {}
