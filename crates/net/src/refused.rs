//! Why a target is not contacted at all. Failures of the network are in `error.rs`.

use std::fmt;
use std::net::IpAddr;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// Neither https nor, where it is allowed, http.
    Scheme(String),
    /// The URL carries a user name or a password.
    Credentials,
    NoHost,
    /// `example.org.` is the same host as `example.org` to the resolver but another one to every comparison of hosts.
    TrailingDot(String),
    /// The URL has an IP address for a host, outside the allowed networks.
    IpLiteral(IpAddr),
    /// Every address of the host lies in a range that is not public.
    Address {
        host: String,
        range: &'static str,
    },
    /// A redirect from https to http.
    Downgrade,
    /// A redirect whose `Location` is not a URL.
    Location,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheme(scheme) => write!(f, "url: the scheme {scheme} is refused"),
            Self::Credentials => f.write_str("url: a user name or password is refused"),
            Self::NoHost => f.write_str("url: a host is missing"),
            Self::TrailingDot(host) => write!(f, "url: the host {host} ends with a dot"),
            Self::IpLiteral(ip) => write!(
                f,
                "url: the address {ip} is refused, only host names are accepted"
            ),
            Self::Address { host, range } => {
                write!(f, "the address of {host} is refused ({range})")
            }
            Self::Downgrade => f.write_str("a redirect from https to http is refused"),
            Self::Location => f.write_str("a redirect whose location is not a URL is refused"),
        }
    }
}

impl std::error::Error for Refused {}
