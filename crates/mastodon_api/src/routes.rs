//! Every operation of the client API that is built, on one page: method, address, who may call it, and what answers. `mount`
//! registers them; a test calls each without a token, with one of every other scope, and with an application's own.

use actix_web::{
    Route,
    guard::{Any, Get, Head},
    http::Method,
    web,
};

use crate::{
    account_notes, accounts, admin, announcements, async_refreshes, blocks, bookmarks, boosts,
    collections, communities, conversations, custom_emojis, directory, domain_blocks, emails,
    endorsements, familiar, favourites, filters, follows, instance, lists, markers, media, mutes,
    notification_groups, notification_requests, notifications, oauth, peers, pins, polls, posts,
    preferences, profile, pushes, quotes, reactions, reports, scheduled_statuses,
    scope::{self, Scope},
    search, streaming, suggestions, tags, timelines, trends,
};

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nobody's token is looked at.
    Nothing,
    /// Anybody; a token that is sent must be good and have one of these scopes.
    IfToken(&'static [&'static str]),
    /// A token, of a person or of an application.
    Token,
    /// The token of an application itself, with one of these scopes.
    Application(&'static [&'static str]),
    /// The token of a person, with one of these scopes.
    Person(&'static [&'static str]),
}

pub struct Entry {
    pub method: Method,
    pub path: &'static str,
    pub needs: Needs,
    pub(crate) route: fn() -> Route,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

const fn if_token<S: Scope>() -> Needs {
    Needs::IfToken(S::ANY)
}

const fn person<S: Scope>() -> Needs {
    Needs::Person(S::ANY)
}

/// Whoever may read an answer may ask for its head alone.
pub(crate) fn taking(method: Method) -> Route {
    if method == Method::GET {
        web::route().guard(Any(Get()).or(Head()))
    } else {
        web::method(method)
    }
}

const fn application<S: Scope>() -> Needs {
    Needs::Application(S::ANY)
}

macro_rules! routes {
    ($($method:ident $path:literal, $needs:expr => $handler:path;)+) => {
        pub fn table() -> Vec<Entry> {
            vec![$(Entry {
                method: Method::$method,
                path: $path,
                needs: $needs,
                route: || taking(Method::$method).to($handler),
            }),+]
        }
    };
}

routes! {
    POST "/api/v1/apps", Needs::Nothing => oauth::create;
    GET "/api/v1/apps/verify_credentials", Needs::Token => oauth::verify_credentials;
    POST "/oauth/token", Needs::Nothing => oauth::token;
    POST "/oauth/revoke", Needs::Nothing => oauth::revoke;
    GET "/oauth/userinfo", person::<scope::Profile>() => oauth::userinfo;
    POST "/oauth/userinfo", person::<scope::Profile>() => oauth::userinfo;
    GET "/.well-known/oauth-authorization-server", Needs::Nothing => oauth::discovery;

    GET "/api/v1/instance", Needs::Nothing => instance::v1;
    GET "/api/v2/instance", Needs::Nothing => instance::v2;
    GET "/api/v1/instance/peers", Needs::Nothing => instance::peers;
    GET "/api/v1/instance/activity", Needs::Nothing => instance::activity;
    GET "/api/v1/instance/extended_description", Needs::Nothing => instance::extended_description;
    GET "/api/v1/instance/languages", Needs::Nothing => instance::languages;
    GET "/api/v1/instance/privacy_policy", Needs::Nothing => instance::privacy_policy;
    GET "/api/v1/instance/terms_of_service", Needs::Nothing => instance::terms_of_service;
    GET "/api/v1/instance/terms_of_service/{date}", Needs::Nothing => instance::terms_of_service_of;
    GET "/api/v1/peers/search", Needs::Nothing => instance::search_peers;
    GET "/api/oembed", Needs::Nothing => posts::oembed;
    GET "/api/v1_alpha/async_refreshes/{id}", person::<scope::Read>() => async_refreshes::show;
    GET "/api/v1/instance/domain_blocks", Needs::Nothing => peers::domain_blocks;
    GET "/api/v1/instance/rules", Needs::Nothing => instance::rules;
    GET "/api/v1/instance/translation_languages", Needs::Nothing => instance::translation_languages;
    GET "/api/v1/custom_emojis", Needs::Nothing => custom_emojis::list;

    POST "/api/v1/emails/confirmations", person::<scope::Nothing>() => emails::send_again;
    GET "/api/v1/emails/check_confirmation", person::<scope::Nothing>() => emails::check;
    GET "/api/v1/accounts/verify_credentials", person::<scope::ReadOwnAccount>() => accounts::verify_credentials;
    PATCH "/api/v1/accounts/update_credentials", person::<scope::WriteAccounts>() => accounts::update_credentials;
    POST "/api/v1/accounts", application::<scope::WriteAccounts>() => accounts::register;
    GET "/api/v1/accounts", if_token::<scope::ReadAccounts>() => accounts::by_ids;
    GET "/api/v1/accounts/lookup", if_token::<scope::ReadAccounts>() => accounts::lookup;
    GET "/api/v1/accounts/search", person::<scope::ReadAccounts>() => accounts::search;
    GET "/api/v1/accounts/familiar_followers", person::<scope::ReadFollows>() => familiar::followers;
    GET "/api/v1/accounts/relationships", person::<scope::ReadFollows>() => follows::relationships;
    GET "/api/v1/accounts/{id}", if_token::<scope::ReadAccounts>() => accounts::show;
    GET "/api/v1/accounts/{id}/statuses", if_token::<scope::ReadStatuses>() => accounts::statuses;
    GET "/api/v1/accounts/{id}/followers", if_token::<scope::ReadAccounts>() => follows::followers;
    GET "/api/v1/accounts/{id}/following", if_token::<scope::ReadAccounts>() => follows::following;
    GET "/api/v1/accounts/{id}/endorsements", if_token::<scope::ReadAccounts>() => endorsements::of;
    GET "/api/v1/endorsements", person::<scope::ReadAccounts>() => endorsements::list;
    POST "/api/v1/accounts/{id}/endorse", person::<scope::WriteAccounts>() => endorsements::endorse;
    POST "/api/v1/accounts/{id}/unendorse", person::<scope::WriteAccounts>() => endorsements::unendorse;
    POST "/api/v1/accounts/{id}/pin", person::<scope::WriteAccounts>() => endorsements::endorse;
    POST "/api/v1/accounts/{id}/unpin", person::<scope::WriteAccounts>() => endorsements::unendorse;

    POST "/api/v1/collections", person::<scope::WriteCollections>() => collections::create;
    GET "/api/v1/collections/{id}", if_token::<scope::ReadCollections>() => collections::show;
    PUT "/api/v1/collections/{id}", person::<scope::WriteCollections>() => collections::change;
    PATCH "/api/v1/collections/{id}", person::<scope::WriteCollections>() => collections::change;
    DELETE "/api/v1/collections/{id}", person::<scope::WriteCollections>() => collections::delete;
    POST "/api/v1/collections/{collection_id}/items", person::<scope::WriteCollections>() => collections::add;
    DELETE "/api/v1/collections/{collection_id}/items/{id}", person::<scope::WriteCollections>() => collections::remove;
    POST "/api/v1/collections/{collection_id}/items/{id}/revoke", person::<scope::WriteCollections>() => collections::revoke;
    GET "/api/v1/accounts/{account_id}/collections", if_token::<scope::ReadCollections>() => collections::of_account;
    GET "/api/v1/accounts/{account_id}/in_collections", person::<scope::ReadCollections>() => collections::holding;
    GET "/api/v1/{account_id}/collections", if_token::<scope::ReadCollections>() => collections::of_account;
    GET "/api/v1/{account_id}/in_collections", person::<scope::ReadCollections>() => collections::holding;

    GET "/api/v1/profile", person::<scope::ReadOwnAccount>() => profile::show;
    PUT "/api/v1/profile", person::<scope::WriteAccounts>() => profile::change;
    PATCH "/api/v1/profile", person::<scope::WriteAccounts>() => profile::change;
    DELETE "/api/v1/profile/avatar", person::<scope::WriteAccounts>() => profile::delete_avatar;
    DELETE "/api/v1/profile/header", person::<scope::WriteAccounts>() => profile::delete_header;
    GET "/api/v1/directory", if_token::<scope::ReadAccounts>() => directory::list;
    GET "/api/v1/suggestions", person::<scope::ReadSuggestions>() => suggestions::v1;
    DELETE "/api/v1/suggestions/{account_id}", person::<scope::ReadSuggestions>() => suggestions::dismiss;
    GET "/api/v2/suggestions", person::<scope::ReadSuggestions>() => suggestions::list;
    POST "/api/v1/accounts/{id}/follow", person::<scope::WriteFollows>() => follows::follow;
    POST "/api/v1/accounts/{id}/unfollow", person::<scope::WriteFollows>() => follows::unfollow;
    GET "/api/v1/follow_requests", person::<scope::ReadFollows>() => follows::requests;
    POST "/api/v1/follow_requests/{account_id}/authorize", person::<scope::WriteFollows>() => follows::authorize;
    POST "/api/v1/follow_requests/{account_id}/reject", person::<scope::WriteFollows>() => follows::reject;

    POST "/api/v1/accounts/{id}/block", person::<scope::WriteBlocks>() => blocks::block;
    POST "/api/v1/accounts/{id}/unblock", person::<scope::WriteBlocks>() => blocks::unblock;
    POST "/api/v1/accounts/{id}/remove_from_followers", person::<scope::WriteFollows>() => blocks::remove_from_followers;
    GET "/api/v1/blocks", person::<scope::ReadBlocks>() => blocks::list;
    POST "/api/v1/accounts/{id}/mute", person::<scope::WriteMutes>() => mutes::mute;
    POST "/api/v1/accounts/{id}/unmute", person::<scope::WriteMutes>() => mutes::unmute;
    GET "/api/v1/mutes", person::<scope::ReadMutes>() => mutes::list;
    POST "/api/v1/statuses/{id}/mute", person::<scope::WriteMutes>() => mutes::mute_thread;
    POST "/api/v1/statuses/{id}/unmute", person::<scope::WriteMutes>() => mutes::unmute_thread;
    GET "/api/v1/domain_blocks", person::<scope::ReadBlocks>() => domain_blocks::list;
    POST "/api/v1/domain_blocks", person::<scope::WriteBlocks>() => domain_blocks::block;
    DELETE "/api/v1/domain_blocks", person::<scope::WriteBlocks>() => domain_blocks::unblock;
    GET "/api/v1/domain_blocks/preview", person::<scope::ReadBlocks>() => domain_blocks::preview;
    POST "/api/v1/accounts/{id}/note", person::<scope::WriteAccounts>() => account_notes::set;
    POST "/api/v1/reports", person::<scope::WriteReports>() => reports::create;

    POST "/api/v1/statuses", person::<scope::WriteStatuses>() => posts::create;
    GET "/api/v1/statuses", if_token::<scope::ReadStatuses>() => posts::by_ids;
    GET "/api/v1/statuses/{id}", if_token::<scope::ReadStatuses>() => posts::show;
    PUT "/api/v1/statuses/{id}", person::<scope::WriteStatuses>() => posts::edit;
    PATCH "/api/v1/statuses/{id}", person::<scope::WriteStatuses>() => posts::edit;
    DELETE "/api/v1/statuses/{id}", person::<scope::WriteStatuses>() => posts::delete;
    GET "/api/v1/statuses/{id}/context", if_token::<scope::ReadStatuses>() => posts::context;
    GET "/api/v1/statuses/{id}/history", if_token::<scope::ReadStatuses>() => posts::history;
    GET "/api/v1/statuses/{id}/card", if_token::<scope::ReadStatuses>() => posts::card;
    GET "/api/v1/statuses/{id}/source", person::<scope::ReadStatuses>() => posts::source;

    GET "/api/v1/scheduled_statuses", person::<scope::ReadStatuses>() => scheduled_statuses::list;
    GET "/api/v1/scheduled_statuses/{id}", person::<scope::ReadStatuses>() => scheduled_statuses::show;
    PUT "/api/v1/scheduled_statuses/{id}", person::<scope::WriteStatuses>() => scheduled_statuses::put_off;
    PATCH "/api/v1/scheduled_statuses/{id}", person::<scope::WriteStatuses>() => scheduled_statuses::put_off;
    DELETE "/api/v1/scheduled_statuses/{id}", person::<scope::WriteStatuses>() => scheduled_statuses::cancel;
    GET "/api/v1/statuses/{id}/quotes", if_token::<scope::ReadStatuses>() => quotes::list;
    POST "/api/v1/statuses/{id}/quotes/{quoting_status_id}/revoke", person::<scope::WriteStatuses>() => quotes::revoke;
    PUT "/api/v1/statuses/{id}/interaction_policy", person::<scope::WriteStatuses>() => quotes::set_policy;
    PATCH "/api/v1/statuses/{id}/interaction_policy", person::<scope::WriteStatuses>() => quotes::set_policy;
    POST "/api/v1/media", person::<scope::WriteMedia>() => media::create;
    POST "/api/v2/media", person::<scope::WriteMedia>() => media::create_at_once;
    GET "/api/v1/media/{id}", person::<scope::WriteMedia>() => media::show;
    PUT "/api/v1/media/{id}", person::<scope::WriteMedia>() => media::describe;
    PATCH "/api/v1/media/{id}", person::<scope::WriteMedia>() => media::describe;
    DELETE "/api/v1/media/{id}", person::<scope::WriteMedia>() => media::delete;
    GET "/api/v1/polls/{id}", if_token::<scope::ReadStatuses>() => polls::show;
    POST "/api/v1/polls/{id}/votes", person::<scope::WriteStatuses>() => polls::vote;
    GET "/api/kontor/v1/quote_requests", person::<scope::ReadStatuses>() => quotes::requests;
    POST "/api/kontor/v1/quote_requests/{id}/accept", person::<scope::WriteStatuses>() => quotes::accept;
    POST "/api/kontor/v1/quote_requests/{id}/reject", person::<scope::WriteStatuses>() => quotes::reject;
    GET "/api/kontor/v1/statuses/{id}/delivery", person::<scope::ReadStatuses>() => posts::delivery;
    POST "/api/v1/statuses/{id}/favourite", person::<scope::WriteFavourites>() => favourites::favourite;
    POST "/api/v1/statuses/{id}/unfavourite", person::<scope::WriteFavourites>() => favourites::unfavourite;
    GET "/api/v1/statuses/{id}/favourited_by", if_token::<scope::ReadStatuses>() => favourites::favourited_by;
    GET "/api/v1/favourites", person::<scope::ReadFavourites>() => favourites::list;
    POST "/api/v1/statuses/{id}/reblog", person::<scope::WriteStatuses>() => boosts::reblog;
    POST "/api/v1/statuses/{id}/unreblog", person::<scope::WriteStatuses>() => boosts::unreblog;
    GET "/api/v1/statuses/{id}/reblogged_by", if_token::<scope::ReadStatuses>() => boosts::reblogged_by;
    POST "/api/v1/statuses/{id}/bookmark", person::<scope::WriteBookmarks>() => bookmarks::bookmark;
    POST "/api/v1/statuses/{id}/unbookmark", person::<scope::WriteBookmarks>() => bookmarks::unbookmark;
    GET "/api/v1/bookmarks", person::<scope::ReadBookmarks>() => bookmarks::list;
    POST "/api/v1/statuses/{id}/pin", person::<scope::WriteAccounts>() => pins::pin;
    POST "/api/v1/statuses/{id}/unpin", person::<scope::WriteAccounts>() => pins::unpin;
    GET "/api/v1/pleroma/statuses/{id}/reactions", if_token::<scope::ReadStatuses>() => reactions::list;
    GET "/api/v1/pleroma/statuses/{id}/reactions/{emoji}", if_token::<scope::ReadStatuses>() => reactions::of_one;
    PUT "/api/v1/pleroma/statuses/{id}/reactions/{emoji}", person::<scope::WriteFavourites>() => reactions::add;
    DELETE "/api/v1/pleroma/statuses/{id}/reactions/{emoji}", person::<scope::WriteFavourites>() => reactions::remove;

    GET "/api/v1/timelines/home", person::<scope::ReadStatuses>() => timelines::home;
    GET "/api/v1/timelines/direct", person::<scope::ReadStatuses>() => timelines::direct;
    GET "/api/v1/timelines/public", if_token::<scope::ReadStatuses>() => timelines::public;
    GET "/api/v1/timelines/tag/{hashtag}", if_token::<scope::ReadStatuses>() => timelines::tagged;

    GET "/api/v1/timelines/list/{list_id}", person::<scope::ReadLists>() => lists::timeline;

    GET "/api/v1/tags/{name}", if_token::<scope::ReadFollows>() => tags::show;
    POST "/api/v1/tags/{name}/follow", person::<scope::WriteFollows>() => tags::follow;
    POST "/api/v1/tags/{name}/unfollow", person::<scope::WriteFollows>() => tags::unfollow;
    POST "/api/v1/tags/{id}/feature", person::<scope::WriteAccounts>() => tags::feature;
    POST "/api/v1/tags/{id}/unfeature", person::<scope::WriteAccounts>() => tags::unfeature;
    GET "/api/v1/followed_tags", person::<scope::ReadFollows>() => tags::followed;
    GET "/api/v1/featured_tags", person::<scope::ReadAccounts>() => tags::featured;
    POST "/api/v1/featured_tags", person::<scope::WriteAccounts>() => tags::create_featured;
    GET "/api/v1/featured_tags/suggestions", person::<scope::ReadAccounts>() => tags::suggestions;
    DELETE "/api/v1/featured_tags/{id}", person::<scope::WriteAccounts>() => tags::delete_featured;
    GET "/api/v1/accounts/{id}/featured_tags", if_token::<scope::ReadAccounts>() => tags::featured_of;
    GET "/api/v1/trends", if_token::<scope::ReadFollows>() => trends::tags;
    GET "/api/v1/trends/tags", if_token::<scope::ReadFollows>() => trends::tags;
    GET "/api/v1/trends/links", if_token::<scope::ReadStatuses>() => trends::links;
    GET "/api/v1/timelines/link", if_token::<scope::ReadStatuses>() => timelines::link;
    GET "/api/v1/trends/statuses", if_token::<scope::ReadStatuses>() => trends::statuses;

    GET "/api/v1/lists", person::<scope::ReadLists>() => lists::all;
    POST "/api/v1/lists", person::<scope::WriteLists>() => lists::create;
    GET "/api/v1/lists/{id}", person::<scope::ReadLists>() => lists::show;
    PUT "/api/v1/lists/{id}", person::<scope::WriteLists>() => lists::change;
    PATCH "/api/v1/lists/{id}", person::<scope::WriteLists>() => lists::change;
    DELETE "/api/v1/lists/{id}", person::<scope::WriteLists>() => lists::delete;
    GET "/api/v1/lists/{id}/accounts", person::<scope::ReadLists>() => lists::members;
    POST "/api/v1/lists/{id}/accounts", person::<scope::WriteLists>() => lists::add;
    DELETE "/api/v1/lists/{id}/accounts", person::<scope::WriteLists>() => lists::remove;
    GET "/api/v1/accounts/{id}/lists", person::<scope::ReadLists>() => lists::holding;

    GET "/api/v1/notifications", person::<scope::ReadNotifications>() => notifications::list;
    GET "/api/v1/notifications/unread_count", person::<scope::ReadNotifications>() => notifications::unread_count;
    GET "/api/v1/notifications/policy", person::<scope::ReadNotifications>() => notification_requests::v1_policy;
    PUT "/api/v1/notifications/policy", person::<scope::WriteNotifications>() => notification_requests::set_v1_policy;
    PATCH "/api/v1/notifications/policy", person::<scope::WriteNotifications>() => notification_requests::set_v1_policy;
    GET "/api/v2/notifications/policy", person::<scope::ReadNotifications>() => notification_requests::policy;
    PUT "/api/v2/notifications/policy", person::<scope::WriteNotifications>() => notification_requests::set_policy;
    PATCH "/api/v2/notifications/policy", person::<scope::WriteNotifications>() => notification_requests::set_policy;
    GET "/api/v1/notifications/requests", person::<scope::ReadNotifications>() => notification_requests::list;
    GET "/api/v1/notifications/requests/merged", person::<scope::ReadNotifications>() => notification_requests::merged;
    POST "/api/v1/notifications/requests/accept", person::<scope::WriteNotifications>() => notification_requests::accept_all;
    POST "/api/v1/notifications/requests/dismiss", person::<scope::WriteNotifications>() => notification_requests::dismiss_all;
    GET "/api/v1/notifications/requests/{id}", person::<scope::ReadNotifications>() => notification_requests::show;
    POST "/api/v1/notifications/requests/{id}/accept", person::<scope::WriteNotifications>() => notification_requests::accept;
    POST "/api/v1/notifications/requests/{id}/dismiss", person::<scope::WriteNotifications>() => notification_requests::dismiss;
    GET "/api/v2/notifications", person::<scope::ReadNotifications>() => notification_groups::list;
    GET "/api/v2/notifications/unread_count", person::<scope::ReadNotifications>() => notification_groups::unread_count;
    GET "/api/v2/notifications/{group_key}", person::<scope::ReadNotifications>() => notification_groups::show;
    GET "/api/v2/notifications/{group_key}/accounts", person::<scope::WriteNotifications>() => notification_groups::accounts;
    POST "/api/v2/notifications/{group_key}/dismiss", person::<scope::WriteNotifications>() => notification_groups::dismiss;
    GET "/api/v2_alpha/notifications", person::<scope::ReadNotifications>() => notification_groups::list;
    GET "/api/v2_alpha/notifications/unread_count", person::<scope::ReadNotifications>() => notification_groups::unread_count;
    GET "/api/v2_alpha/notifications/{group_key}", person::<scope::ReadNotifications>() => notification_groups::show;
    GET "/api/v2_alpha/notifications/{group_key}/accounts", person::<scope::WriteNotifications>() => notification_groups::accounts;
    POST "/api/v2_alpha/notifications/{group_key}/dismiss", person::<scope::WriteNotifications>() => notification_groups::dismiss;
    POST "/api/v1/notifications/dismiss", person::<scope::WriteNotifications>() => notifications::dismiss_by_id;
    DELETE "/api/v1/notifications/destroy_multiple", person::<scope::WriteNotifications>() => notifications::destroy_multiple;
    GET "/api/v1/conversations", person::<scope::ReadStatuses>() => conversations::list;
    POST "/api/v1/conversations/{id}/read", person::<scope::WriteConversations>() => conversations::read;
    POST "/api/v1/conversations/{id}/unread", person::<scope::WriteConversations>() => conversations::unread;
    DELETE "/api/v1/conversations/{id}", person::<scope::WriteConversations>() => conversations::delete;
    GET "/api/v1/notifications/{id}", person::<scope::ReadNotifications>() => notifications::show;
    POST "/api/v1/notifications/{id}/dismiss", person::<scope::WriteNotifications>() => notifications::dismiss;
    POST "/api/v1/notifications/clear", person::<scope::WriteNotifications>() => notifications::clear;

    GET "/api/v1/admin/accounts", person::<scope::AdminReadAccounts>() => admin::accounts::v1;
    GET "/api/v2/admin/accounts", person::<scope::AdminReadAccounts>() => admin::accounts::v2;
    GET "/api/v1/admin/accounts/{id}", person::<scope::AdminReadAccounts>() => admin::accounts::show;
    DELETE "/api/v1/admin/accounts/{id}", person::<scope::AdminWriteAccounts>() => admin::accounts::delete;
    POST "/api/v1/admin/accounts/{id}/action", person::<scope::AdminWriteAccounts>() => admin::accounts::act;
    POST "/api/v1/admin/accounts/{id}/approve", person::<scope::AdminWriteAccounts>() => admin::accounts::approve;
    POST "/api/v1/admin/accounts/{id}/reject", person::<scope::AdminWriteAccounts>() => admin::accounts::reject;
    POST "/api/v1/admin/accounts/{id}/enable", person::<scope::AdminWriteAccounts>() => admin::accounts::enable;
    POST "/api/v1/admin/accounts/{id}/unsensitive", person::<scope::AdminWriteAccounts>() => admin::accounts::unsensitive;
    POST "/api/v1/admin/accounts/{id}/unsilence", person::<scope::AdminWriteAccounts>() => admin::accounts::unsilence;
    POST "/api/v1/admin/accounts/{id}/unsuspend", person::<scope::AdminWriteAccounts>() => admin::accounts::unsuspend;
    GET "/api/v1/admin/reports", person::<scope::AdminReadReports>() => admin::reports::list;
    GET "/api/v1/admin/reports/{id}", person::<scope::AdminReadReports>() => admin::reports::show;
    PUT "/api/v1/admin/reports/{id}", person::<scope::AdminWriteReports>() => admin::reports::change;
    PATCH "/api/v1/admin/reports/{id}", person::<scope::AdminWriteReports>() => admin::reports::change;
    POST "/api/v1/admin/reports/{id}/assign_to_self", person::<scope::AdminWriteReports>() => admin::reports::assign_to_self;
    POST "/api/v1/admin/reports/{id}/unassign", person::<scope::AdminWriteReports>() => admin::reports::unassign;
    POST "/api/v1/admin/reports/{id}/resolve", person::<scope::AdminWriteReports>() => admin::reports::resolve;
    POST "/api/v1/admin/reports/{id}/reopen", person::<scope::AdminWriteReports>() => admin::reports::reopen;
    GET "/api/v1/admin/email_domain_blocks", person::<scope::AdminReadEmailDomainBlocks>() => admin::email_domain_blocks::list;
    POST "/api/v1/admin/email_domain_blocks", person::<scope::AdminWriteEmailDomainBlocks>() => admin::email_domain_blocks::create;
    GET "/api/v1/admin/email_domain_blocks/{id}", person::<scope::AdminReadEmailDomainBlocks>() => admin::email_domain_blocks::show;
    DELETE "/api/v1/admin/email_domain_blocks/{id}", person::<scope::AdminWriteEmailDomainBlocks>() => admin::email_domain_blocks::delete;
    GET "/api/v1/admin/ip_blocks", person::<scope::AdminReadIpBlocks>() => admin::ip_blocks::list;
    POST "/api/v1/admin/ip_blocks", person::<scope::AdminWriteIpBlocks>() => admin::ip_blocks::create;
    GET "/api/v1/admin/ip_blocks/{id}", person::<scope::AdminReadIpBlocks>() => admin::ip_blocks::show;
    DELETE "/api/v1/admin/ip_blocks/{id}", person::<scope::AdminWriteIpBlocks>() => admin::ip_blocks::delete;
    GET "/api/v1/admin/canonical_email_blocks", person::<scope::AdminReadCanonicalEmailBlocks>() => admin::canonical_email_blocks::list;
    POST "/api/v1/admin/canonical_email_blocks", person::<scope::AdminWriteCanonicalEmailBlocks>() => admin::canonical_email_blocks::create;
    GET "/api/v1/admin/canonical_email_blocks/{id}", person::<scope::AdminReadCanonicalEmailBlocks>() => admin::canonical_email_blocks::show;
    DELETE "/api/v1/admin/canonical_email_blocks/{id}", person::<scope::AdminWriteCanonicalEmailBlocks>() => admin::canonical_email_blocks::delete;
    PUT "/api/v1/admin/ip_blocks/{id}", person::<scope::AdminWriteIpBlocks>() => admin::ip_blocks::change;
    PATCH "/api/v1/admin/ip_blocks/{id}", person::<scope::AdminWriteIpBlocks>() => admin::ip_blocks::change;
    GET "/api/v1/admin/domain_blocks", person::<scope::AdminReadDomainBlocks>() => admin::domain_blocks::list;
    POST "/api/v1/admin/domain_blocks", person::<scope::AdminWriteDomainBlocks>() => admin::domain_blocks::create;
    GET "/api/v1/admin/domain_blocks/{id}", person::<scope::AdminReadDomainBlocks>() => admin::domain_blocks::show;
    PUT "/api/v1/admin/domain_blocks/{id}", person::<scope::AdminWriteDomainBlocks>() => admin::domain_blocks::change;
    PATCH "/api/v1/admin/domain_blocks/{id}", person::<scope::AdminWriteDomainBlocks>() => admin::domain_blocks::change;
    DELETE "/api/v1/admin/domain_blocks/{id}", person::<scope::AdminWriteDomainBlocks>() => admin::domain_blocks::delete;
    GET "/api/v1/admin/domain_allows", person::<scope::AdminReadDomainAllows>() => admin::domain_allows::list;
    POST "/api/v1/admin/domain_allows", person::<scope::AdminWriteDomainAllows>() => admin::domain_allows::create;
    GET "/api/v1/admin/domain_allows/{id}", person::<scope::AdminReadDomainAllows>() => admin::domain_allows::show;
    DELETE "/api/v1/admin/domain_allows/{id}", person::<scope::AdminWriteDomainAllows>() => admin::domain_allows::delete;
    POST "/api/v1/admin/canonical_email_blocks/test", person::<scope::AdminReadCanonicalEmailBlocks>() => admin::canonical_email_blocks::test;

    GET "/api/v1/announcements", person::<scope::Nothing>() => announcements::list;
    POST "/api/v1/announcements/{id}/dismiss", person::<scope::WriteAccounts>() => announcements::dismiss;
    PUT "/api/v1/announcements/{id}/reactions/{name}", person::<scope::WriteFavourites>() => announcements::react;
    DELETE "/api/v1/announcements/{id}/reactions/{name}", person::<scope::WriteFavourites>() => announcements::unreact;

    GET "/api/v1/markers", person::<scope::ReadStatuses>() => markers::get;
    POST "/api/v1/markers", person::<scope::WriteStatuses>() => markers::set;
    GET "/api/v1/preferences", person::<scope::ReadAccounts>() => preferences::get;
    GET "/api/v1/filters", person::<scope::ReadFilters>() => filters::v1::list;
    POST "/api/v1/filters", person::<scope::WriteFilters>() => filters::v1::create;
    GET "/api/v1/filters/{id}", person::<scope::ReadFilters>() => filters::v1::show;
    PUT "/api/v1/filters/{id}", person::<scope::WriteFilters>() => filters::v1::change;
    PATCH "/api/v1/filters/{id}", person::<scope::WriteFilters>() => filters::v1::change;
    DELETE "/api/v1/filters/{id}", person::<scope::WriteFilters>() => filters::v1::delete;
    GET "/api/v2/filters", person::<scope::ReadFilters>() => filters::list;
    POST "/api/v2/filters", person::<scope::WriteFilters>() => filters::create;
    GET "/api/v2/filters/keywords/{id}", person::<scope::ReadFilters>() => filters::keyword;
    PUT "/api/v2/filters/keywords/{id}", person::<scope::WriteFilters>() => filters::change_keyword;
    PATCH "/api/v2/filters/keywords/{id}", person::<scope::WriteFilters>() => filters::change_keyword;
    DELETE "/api/v2/filters/keywords/{id}", person::<scope::WriteFilters>() => filters::delete_keyword;
    GET "/api/v2/filters/statuses/{id}", person::<scope::ReadFilters>() => filters::status;
    DELETE "/api/v2/filters/statuses/{id}", person::<scope::WriteFilters>() => filters::delete_status;
    GET "/api/v2/filters/{filter_id}/keywords", person::<scope::ReadFilters>() => filters::keywords;
    POST "/api/v2/filters/{filter_id}/keywords", person::<scope::WriteFilters>() => filters::add_keyword;
    GET "/api/v2/filters/{filter_id}/statuses", person::<scope::ReadFilters>() => filters::statuses;
    POST "/api/v2/filters/{filter_id}/statuses", person::<scope::WriteFilters>() => filters::add_status;
    GET "/api/v2/filters/{id}", person::<scope::ReadFilters>() => filters::show;
    PUT "/api/v2/filters/{id}", person::<scope::WriteFilters>() => filters::change;
    PATCH "/api/v2/filters/{id}", person::<scope::WriteFilters>() => filters::change;
    DELETE "/api/v2/filters/{id}", person::<scope::WriteFilters>() => filters::delete;
    GET "/api/kontor/v1/communities", if_token::<scope::ReadAccounts>() => communities::list;
    POST "/api/kontor/v1/communities", person::<scope::WriteAccounts>() => communities::create;
    GET "/api/kontor/v1/communities/{id}", if_token::<scope::ReadAccounts>() => communities::get;
    PATCH "/api/kontor/v1/communities/{id}", person::<scope::WriteAccounts>() => communities::edit;
    DELETE "/api/kontor/v1/communities/{id}", person::<scope::WriteAccounts>() => communities::delete;
    DELETE "/api/kontor/v1/communities/{id}/icon", person::<scope::WriteAccounts>() => communities::delete_icon;
    DELETE "/api/kontor/v1/communities/{id}/banner", person::<scope::WriteAccounts>() => communities::delete_banner;
    POST "/api/kontor/v1/communities/{id}/join", person::<scope::WriteFollows>() => communities::join;
    POST "/api/kontor/v1/communities/{id}/leave", person::<scope::WriteFollows>() => communities::leave;
    GET "/api/kontor/v1/communities/{id}/members", if_token::<scope::ReadAccounts>() => communities::members;
    PATCH "/api/kontor/v1/communities/{id}/members/{account_id}", person::<scope::WriteAccounts>() => communities::set_role;
    GET "/api/kontor/v1/communities/{id}/requests", person::<scope::ReadAccounts>() => communities::requests;
    POST "/api/kontor/v1/communities/{id}/requests/{account_id}/authorize", person::<scope::WriteAccounts>() => communities::authorize;
    POST "/api/kontor/v1/communities/{id}/requests/{account_id}/reject", person::<scope::WriteAccounts>() => communities::reject;
    POST "/api/kontor/v1/communities/{id}/moderators", person::<scope::WriteAccounts>() => communities::add_moderator;
    DELETE "/api/kontor/v1/communities/{id}/moderators/{account_id}", person::<scope::WriteAccounts>() => communities::remove_moderator;
    POST "/api/kontor/v1/communities/{id}/transfer", person::<scope::WriteAccounts>() => communities::transfer;
    GET "/api/kontor/v1/communities/{id}/bans", person::<scope::ReadAccounts>() => communities::bans;
    POST "/api/kontor/v1/communities/{id}/bans", person::<scope::WriteAccounts>() => communities::ban;
    DELETE "/api/kontor/v1/communities/{id}/bans/{account_id}", person::<scope::WriteAccounts>() => communities::unban;
    POST "/api/kontor/v1/communities/{id}/posts/{post_id}/{verb}", person::<scope::WriteAccounts>() => communities::post;
    POST "/api/kontor/v1/communities/{id}/archive", person::<scope::WriteAccounts>() => communities::archive;
    POST "/api/kontor/v1/communities/{id}/unarchive", person::<scope::WriteAccounts>() => communities::unarchive;
    POST "/api/kontor/v1/communities/{id}/feature", person::<scope::WriteAccounts>() => communities::feature;
    POST "/api/kontor/v1/communities/{id}/unfeature", person::<scope::WriteAccounts>() => communities::unfeature;
    GET "/api/kontor/v1/communities/{id}/log", if_token::<scope::ReadAccounts>() => communities::log;
    GET "/api/kontor/v1/communities/{id}/appeals", person::<scope::ReadAccounts>() => communities::appeals;
    POST "/api/kontor/v1/communities/{id}/log/{entry_id}/appeal", person::<scope::WriteAccounts>() => communities::appeal;
    POST "/api/kontor/v1/communities/{id}/log/{entry_id}/answer", person::<scope::WriteAccounts>() => communities::answer;
    GET "/api/kontor/v1/communities/{id}/reports", person::<scope::ReadAccounts>() => communities::reports;
    POST "/api/kontor/v1/communities/{id}/reports/{report_id}/resolve", person::<scope::WriteAccounts>() => communities::resolve;
    POST "/api/v1/groups", person::<scope::WriteAccounts>() => communities::groups::create;
    GET "/api/v1/groups/followed", person::<scope::ReadFollows>() => communities::groups::followed;
    PATCH "/api/v1/groups/{id}", person::<scope::WriteAccounts>() => communities::groups::edit;
    GET "/api/v1/groups/{id}/source", person::<scope::ReadAccounts>() => communities::groups::source;
    GET "/api/v1/groups/{id}/members", person::<scope::ReadAccounts>() => communities::groups::members;
    GET "/api/v1/timelines/group/{id}", person::<scope::ReadStatuses>() => communities::groups::timeline;
    POST "/api/v1/push/subscription", person::<scope::Push>() => pushes::subscribe;
    GET "/api/v1/push/subscription", person::<scope::Push>() => pushes::show;
    PUT "/api/v1/push/subscription", person::<scope::Push>() => pushes::change;
    PATCH "/api/v1/push/subscription", person::<scope::Push>() => pushes::change;
    DELETE "/api/v1/push/subscription", person::<scope::Push>() => pushes::unsubscribe;

    GET "/api/v1/streaming", person::<scope::Streaming>() => streaming::socket;
    GET "/api/v1/streaming/health", Needs::Nothing => streaming::health;
    GET "/api/v1/streaming/user", person::<scope::ReadStatuses>() => streaming::user;
    GET "/api/v1/streaming/user/notification", person::<scope::ReadNotifications>() => streaming::notifications;
    GET "/api/v1/streaming/public", person::<scope::ReadStatuses>() => streaming::public;
    GET "/api/v1/streaming/public/local", person::<scope::ReadStatuses>() => streaming::public_local;
    GET "/api/v1/streaming/public/remote", person::<scope::ReadStatuses>() => streaming::public_remote;
    GET "/api/v1/streaming/hashtag", person::<scope::ReadStatuses>() => streaming::hashtag;
    GET "/api/v1/streaming/hashtag/local", person::<scope::ReadStatuses>() => streaming::hashtag_local;
    GET "/api/v1/streaming/list", person::<scope::ReadStatuses>() => streaming::list;
    GET "/api/v1/streaming/direct", person::<scope::ReadStatuses>() => streaming::direct;

    GET "/api/v2/search", if_token::<scope::ReadSearch>() => search::search;
}
