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
    Profile = "profile";
    ReadOwnAccount = "profile" | "read:accounts";
    ReadAccounts = "read:accounts";
    ReadFilters = "read:filters";
    ReadFollows = "read:follows";
    ReadNotifications = "read:notifications";
    ReadSearch = "read:search";
    ReadStatuses = "read:statuses";
    WriteAccounts = "write:accounts";
    WriteFollows = "write:follows";
    WriteMedia = "write:media";
    WriteNotifications = "write:notifications";
    WriteStatuses = "write:statuses";
}
