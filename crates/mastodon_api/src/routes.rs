//! Every operation of the client API that is built, on one page: method, address, who may call it, and what answers. `mount`
//! registers them; a test calls each without a token, with one of every other scope, and with an application's own.

use actix_web::{
    Route,
    guard::{Any, Get, Head},
    http::Method,
    web,
};

use crate::{
    account_notes, accounts, blocks, bookmarks, boosts, conversations, custom_emojis,
    domain_blocks, favourites, filters, follows, instance, lists, markers, media, mutes,
    notification_groups, notification_requests, notifications, oauth, peers, pins, polls, posts,
    preferences, quotes, reactions, reports, scheduled_statuses,
    scope::{self, Scope},
    search, tags, timelines, trends,
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
    GET "/api/v1/instance/domain_blocks", Needs::Nothing => peers::domain_blocks;
    GET "/api/v1/instance/rules", Needs::Nothing => instance::rules;
    GET "/api/v1/instance/translation_languages", Needs::Nothing => instance::translation_languages;
    GET "/api/v1/custom_emojis", Needs::Nothing => custom_emojis::list;

    GET "/api/v1/accounts/verify_credentials", person::<scope::ReadOwnAccount>() => accounts::verify_credentials;
    PATCH "/api/v1/accounts/update_credentials", person::<scope::WriteAccounts>() => accounts::update_credentials;
    GET "/api/v1/accounts", if_token::<scope::ReadAccounts>() => accounts::by_ids;
    GET "/api/v1/accounts/lookup", if_token::<scope::ReadAccounts>() => accounts::lookup;
    GET "/api/v1/accounts/search", person::<scope::ReadAccounts>() => accounts::search;
    GET "/api/v1/accounts/relationships", person::<scope::ReadFollows>() => follows::relationships;
    GET "/api/v1/accounts/{id}", if_token::<scope::ReadAccounts>() => accounts::show;
    GET "/api/v1/accounts/{id}/statuses", if_token::<scope::ReadStatuses>() => accounts::statuses;
    GET "/api/v1/accounts/{id}/followers", if_token::<scope::ReadAccounts>() => follows::followers;
    GET "/api/v1/accounts/{id}/following", if_token::<scope::ReadAccounts>() => follows::following;
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
    POST "/api/v2/media", person::<scope::WriteMedia>() => media::create;
    GET "/api/v1/media/{id}", person::<scope::WriteMedia>() => media::show;
    PUT "/api/v1/media/{id}", person::<scope::WriteMedia>() => media::describe;
    PATCH "/api/v1/media/{id}", person::<scope::WriteMedia>() => media::describe;
    DELETE "/api/v1/media/{id}", person::<scope::WriteMedia>() => media::delete;
    GET "/api/v1/polls/{id}", if_token::<scope::ReadStatuses>() => polls::show;
    POST "/api/v1/polls/{id}/votes", person::<scope::WriteStatuses>() => polls::vote;
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
    POST "/api/v1/notifications/dismiss", person::<scope::WriteNotifications>() => notifications::dismiss_by_id;
    DELETE "/api/v1/notifications/destroy_multiple", person::<scope::WriteNotifications>() => notifications::destroy_multiple;
    GET "/api/v1/conversations", person::<scope::ReadStatuses>() => conversations::list;
    POST "/api/v1/conversations/{id}/read", person::<scope::WriteConversations>() => conversations::read;
    POST "/api/v1/conversations/{id}/unread", person::<scope::WriteConversations>() => conversations::unread;
    DELETE "/api/v1/conversations/{id}", person::<scope::WriteConversations>() => conversations::delete;
    GET "/api/v1/notifications/{id}", person::<scope::ReadNotifications>() => notifications::show;
    POST "/api/v1/notifications/{id}/dismiss", person::<scope::WriteNotifications>() => notifications::dismiss;
    POST "/api/v1/notifications/clear", person::<scope::WriteNotifications>() => notifications::clear;

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
    GET "/api/v2/search", if_token::<scope::ReadSearch>() => search::search;
}
