//! The operator's own address book: authorities whose address is not looked up.

use crate::Error;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use url::{Host, Url};

/// A host as URLs write it, and a port if it was given.
type Authority = (String, Option<u16>);

#[derive(Debug, Clone)]
pub(crate) struct Hosts {
    addresses: BTreeMap<Authority, SocketAddr>,
}

impl Hosts {
    pub(crate) fn new(entries: &BTreeMap<String, SocketAddr>) -> Result<Self, Error> {
        let mut addresses = BTreeMap::new();
        for (written, address) in entries {
            let authority = parse(written, *address)?;
            if addresses.insert(authority, *address).is_some() {
                return Err(Error::Settings(format!(
                    "hosts: \"{written}\" is listed twice"
                )));
            }
        }
        Ok(Self { addresses })
    }

    /// The address to connect to for this URL, if the operator named one.
    pub(crate) fn address_for(&self, url: &Url) -> Option<SocketAddr> {
        let host = url.host_str()?;
        let lookup = |port| self.addresses.get(&(host.to_owned(), port)).copied();
        lookup(url.port()).or_else(|| lookup(url.port_or_known_default()))
    }

    pub(crate) fn ips(&self) -> impl Iterator<Item = IpAddr> {
        self.addresses.values().map(SocketAddr::ip)
    }
}

fn parse(written: &str, address: SocketAddr) -> Result<Authority, Error> {
    let wrong = |why: &str| Error::Settings(format!("hosts: \"{written}\" {why}"));
    let (name, port) = match written.rsplit_once(':') {
        Some((name, port)) if !written.ends_with(']') => {
            let port = port.parse().map_err(|_| wrong("has a port that is none"))?;
            (name, Some(port))
        }
        _ => (written, None),
    };
    let host = Host::parse(name).map_err(|_| wrong("is not a host or host:port"))?;
    // An address in a URL is connected to without asking a resolver, so only its port can be changed.
    let literal = match host {
        Host::Domain(_) => None,
        Host::Ipv4(ip) => Some(IpAddr::V4(ip)),
        Host::Ipv6(ip) => Some(IpAddr::V6(ip)),
    };
    if literal.is_some_and(|ip| ip != address.ip()) {
        return Err(wrong("is an IP address and cannot stand for another one"));
    }
    Ok((host.to_string(), port))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::Hosts;
    use std::collections::BTreeMap;

    fn hosts(entries: &[(&str, &str)]) -> Result<Hosts, crate::Error> {
        let entries: BTreeMap<_, _> = entries
            .iter()
            .map(|(name, address)| ((*name).to_owned(), address.parse().unwrap()))
            .collect();
        Hosts::new(&entries)
    }

    #[test]
    fn an_entry_matches_its_authority_only() {
        let hosts = hosts(&[
            ("Alpha.test", "127.0.0.1:1"),
            ("alpha.test:4001", "127.0.0.1:2"),
            ("beta.test:443", "127.0.0.1:3"),
            ("[::1]:4000", "[::1]:4"),
        ])
        .unwrap();
        for (url, port) in [
            ("https://alpha.test/x", Some(1)),
            ("http://ALPHA.test/x", Some(1)),
            ("https://alpha.test:4001/", Some(2)),
            ("https://alpha.test:4002/", None),
            ("https://beta.test/", Some(3)),
            ("http://beta.test/", None),
            ("https://sub.alpha.test/", None),
            ("http://[::1]:4000/", Some(4)),
        ] {
            let found = hosts.address_for(&url.parse().unwrap());
            assert_eq!(found.map(|address| address.port()), port, "{url}");
        }
    }

    #[test]
    fn entries_that_cannot_work_are_named() {
        for wrong in ["", "a.test:", "a.test:99999", "http://a.test", "a test"] {
            let error = hosts(&[(wrong, "127.0.0.1:1")]).unwrap_err().to_string();
            assert!(error.starts_with("hosts: "), "{wrong}: {error}");
        }
        assert!(hosts(&[("10.0.0.1:80", "127.0.0.1:1")]).is_err());
        assert!(hosts(&[("A.test", "127.0.0.1:1"), ("a.test", "127.0.0.1:1")]).is_err());
    }
}
