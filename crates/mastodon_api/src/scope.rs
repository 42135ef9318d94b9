//! The scopes that operations need, as types: a handler that takes `Caller<scope::WriteStatuses>` cannot forget the check.

use kontor_domain::scope::Scopes;

pub trait Scope: 'static {
    /// One of them is enough.
    const ANY: &'static [&'static str];

    fn granted(scopes: &Scopes) -> bool {
        Self::ANY.is_empty() || Self::ANY.iter().any(|scope| scopes.allow(scope))
    }
}

macro_rules! scopes {
    ($($(#[$doc:meta])* $name:ident = $($scope:literal)|*;)+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy)]
            pub struct $name;

            impl Scope for $name {
                const ANY: &'static [&'static str] = &[$($scope),*];
            }
        )+
    };
}

scopes! {
    /// Any token, whatever it was given.
    Nothing = ;
    AdminReadAccounts = "admin:read:accounts";
    AdminReadCanonicalEmailBlocks = "admin:read:canonical_email_blocks";
    AdminReadDomainAllows = "admin:read:domain_allows";
    AdminReadDomainBlocks = "admin:read:domain_blocks";
    AdminReadEmailDomainBlocks = "admin:read:email_domain_blocks";
    AdminReadIpBlocks = "admin:read:ip_blocks";
    AdminReadReports = "admin:read:reports";
    AdminWriteAccounts = "admin:write:accounts";
    AdminWriteCanonicalEmailBlocks = "admin:write:canonical_email_blocks";
    AdminWriteDomainAllows = "admin:write:domain_allows";
    AdminWriteDomainBlocks = "admin:write:domain_blocks";
    AdminWriteEmailDomainBlocks = "admin:write:email_domain_blocks";
    AdminWriteIpBlocks = "admin:write:ip_blocks";
    AdminWriteReports = "admin:write:reports";
    Profile = "profile";
    Push = "push";
    /// Everything that may be read.
    Read = "read";
    ReadOwnAccount = "profile" | "read:accounts";
    ReadAccounts = "read:accounts";
    ReadBlocks = "read:blocks";
    ReadBookmarks = "read:bookmarks";
    ReadCollections = "read:collections";
    ReadFavourites = "read:favourites";
    ReadFilters = "read:filters";
    ReadFollows = "read:follows";
    ReadLists = "read:lists";
    ReadMutes = "read:mutes";
    ReadNotifications = "read:notifications";
    ReadSearch = "read:search";
    ReadSuggestions = "read" | "read:accounts";
    ReadStatuses = "read:statuses";
    /// Which of the two, the stream says.
    Streaming = "read:statuses" | "read:notifications";
    WriteAccounts = "write:accounts";
    WriteBlocks = "write:blocks";
    WriteBookmarks = "write:bookmarks";
    WriteCollections = "write:collections";
    WriteConversations = "write:conversations";
    WriteFavourites = "write:favourites";
    WriteFilters = "write:filters";
    WriteFollows = "write:follows";
    WriteLists = "write:lists";
    WriteMedia = "write:media";
    WriteMutes = "write:mutes";
    WriteNotifications = "write:notifications";
    WriteReports = "write:reports";
    WriteStatuses = "write:statuses";
}
