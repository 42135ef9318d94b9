//! Which IP addresses are the open internet. Names are resolved in `resolver.rs`.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const fn v4(octets: [u8; 4], prefix: u8) -> Ipv4Net {
    let [a, b, c, d] = octets;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(bits: u128, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::from_bits(bits), prefix)
}

/// RFC 6890 and IANA's registry of special-purpose IPv4 addresses.
const V4: &[(Ipv4Net, &str)] = &[
    (v4([0, 0, 0, 0], 8), "unspecified"),
    (v4([10, 0, 0, 0], 8), "private"),
    (v4([100, 64, 0, 0], 10), "shared by a carrier"),
    (v4([127, 0, 0, 0], 8), "loopback"),
    (v4([169, 254, 0, 0], 16), "link-local"),
    (v4([172, 16, 0, 0], 12), "private"),
    (v4([192, 0, 0, 0], 24), "protocol assignments"),
    (v4([192, 0, 2, 0], 24), "documentation"),
    (v4([192, 88, 99, 0], 24), "6to4 relay"),
    (v4([192, 168, 0, 0], 16), "private"),
    (v4([198, 18, 0, 0], 15), "benchmarking"),
    (v4([198, 51, 100, 0], 24), "documentation"),
    (v4([203, 0, 113, 0], 24), "documentation"),
    (v4([224, 0, 0, 0], 4), "multicast"),
    (v4([255, 255, 255, 255], 32), "broadcast"),
    (v4([240, 0, 0, 0], 4), "reserved"),
];

/// IANA's registry of special-purpose IPv6 addresses. Forms that carry an IPv4 address are refused as a whole where
/// they are obsolete (compatible, translated, 6to4, Teredo); the mapped form and NAT64 are judged by the address inside.
const V6: &[(Ipv6Net, &str)] = &[
    (v6(0, 128), "unspecified"),
    (v6(1, 128), "loopback"),
    (v6(0, 96), "IPv4-compatible"),
    (v6(0xffff_0000 << 32, 96), "IPv4-translated"),
    (v6(0x0064_ff9b_0001 << 80, 48), "local NAT64"),
    (v6(0x0100 << 112, 64), "discard"),
    (v6(0x2001 << 112, 32), "Teredo"),
    (v6(0x2001 << 112, 23), "protocol assignments"),
    (v6(0x2001_0db8 << 96, 32), "documentation"),
    (v6(0x2002 << 112, 16), "6to4"),
    (v6(0x3fff << 112, 20), "documentation"),
    (v6(0xfc00 << 112, 7), "unique local"),
    (v6(0xfe80 << 112, 10), "link-local"),
    (v6(0xfec0 << 112, 10), "site-local"),
    (v6(0xff00 << 112, 8), "multicast"),
];

/// RFC 6052: the well-known prefix of NAT64, whose last 32 bits are an IPv4 address.
const NAT64: Ipv6Net = v6(0x0064_ff9b << 96, 96);

/// RFC 4291: everything allocated to the public so far.
const GLOBAL_UNICAST: Ipv6Net = v6(0x2000 << 112, 3);

/// The public internet and what the operator adds to it.
#[derive(Debug, Clone)]
pub(crate) struct Reachable {
    allowed: Vec<IpNet>,
}

impl Reachable {
    pub(crate) fn new(allowed: Vec<IpNet>) -> Self {
        Self { allowed }
    }

    /// Whether the operator allowed a network that holds the address.
    pub(crate) fn names(&self, ip: IpAddr) -> bool {
        let plain = ip.to_canonical();
        self.allowed
            .iter()
            .any(|network| network.contains(&ip) || network.contains(&plain))
    }

    /// The range that forbids the address, if one does.
    pub(crate) fn forbids(&self, ip: IpAddr) -> Option<&'static str> {
        if self.names(ip) {
            return None;
        }
        special_range(ip)
    }
}

/// The name of the range that takes an address out of the public internet.
fn special_range(ip: IpAddr) -> Option<&'static str> {
    match ip.to_canonical() {
        IpAddr::V4(ip) => special_v4(ip),
        IpAddr::V6(ip) => special_v6(ip),
    }
}

fn special_v4(ip: Ipv4Addr) -> Option<&'static str> {
    V4.iter()
        .find(|(network, _)| network.contains(&ip))
        .map(|(_, name)| *name)
}

fn special_v6(ip: Ipv6Addr) -> Option<&'static str> {
    if NAT64.contains(&ip) {
        let [.., a, b, c, d] = ip.octets();
        return special_v4(Ipv4Addr::new(a, b, c, d));
    }
    V6.iter()
        .find(|(network, _)| network.contains(&ip))
        .map(|(_, name)| *name)
        .or_else(|| (!GLOBAL_UNICAST.contains(&ip)).then_some("not global unicast"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{Reachable, special_range};
    use std::net::IpAddr;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn special_ranges_are_named_at_both_ends() {
        for (range, addresses) in [
            ("unspecified", &["0.0.0.0", "0.255.255.255", "::"][..]),
            ("private", &["10.0.0.0", "10.255.255.255"]),
            ("private", &["172.16.0.0", "172.31.255.255"]),
            ("private", &["192.168.0.0", "192.168.255.255"]),
            ("shared by a carrier", &["100.64.0.0", "100.127.255.255"]),
            ("loopback", &["127.0.0.1", "127.255.255.255", "::1"]),
            ("link-local", &["169.254.0.0", "169.254.169.254"]),
            ("link-local", &["fe80::1", "febf:ffff::1"]),
            ("protocol assignments", &["192.0.0.0", "192.0.0.255"]),
            ("documentation", &["192.0.2.0", "192.0.2.255"]),
            ("documentation", &["198.51.100.0", "198.51.100.255"]),
            ("documentation", &["203.0.113.0", "203.0.113.255"]),
            ("documentation", &["2001:db8::1", "2001:db8:ffff::1"]),
            ("documentation", &["3fff::1", "3fff:fff::1"]),
            ("6to4 relay", &["192.88.99.1"]),
            ("benchmarking", &["198.18.0.0", "198.19.255.255"]),
            ("multicast", &["224.0.0.1", "239.255.255.255", "ff02::1"]),
            ("reserved", &["240.0.0.0", "255.255.255.254"]),
            ("broadcast", &["255.255.255.255"]),
            ("unique local", &["fc00::1", "fdff:ffff::1"]),
            ("site-local", &["fec0::1", "feff:ffff::1"]),
            ("IPv4-compatible", &["::2", "::7f00:1", "::8.8.8.8"]),
            ("IPv4-translated", &["::ffff:0:7f00:1", "::ffff:0:808:808"]),
            ("local NAT64", &["64:ff9b:1::1", "64:ff9b:1:ffff::808:808"]),
            ("discard", &["100::1"]),
            ("Teredo", &["2001::1", "2001:0:ffff::1"]),
            ("protocol assignments", &["2001:1::1", "2001:1ff::1"]),
            ("6to4", &["2002:7f00:1::1", "2002:808:808::1"]),
            ("not global unicast", &["5f00::1", "4000::1", "e000::1"]),
        ] {
            for address in addresses {
                assert_eq!(special_range(ip(address)), Some(range), "{address}");
            }
        }
    }

    #[test]
    fn mapped_and_translated_addresses_are_judged_by_the_address_inside() {
        for (address, range) in [
            ("::ffff:127.0.0.1", Some("loopback")),
            ("::ffff:10.1.2.3", Some("private")),
            ("::ffff:169.254.169.254", Some("link-local")),
            ("::ffff:8.8.8.8", None),
            ("64:ff9b::7f00:1", Some("loopback")),
            ("64:ff9b::a9fe:a9fe", Some("link-local")),
            ("64:ff9b::808:808", None),
        ] {
            assert_eq!(special_range(ip(address)), range, "{address}");
        }
    }

    #[test]
    fn neighbours_of_special_ranges_are_public() {
        for address in [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.1",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2001:200::1",
            "2001:db7::1",
            "2001:db9::1",
            "2003::1",
            "2606:4700::1111",
            "3ffe::1",
        ] {
            assert_eq!(special_range(ip(address)), None, "{address}");
        }
    }

    #[test]
    fn an_allowed_network_opens_its_addresses_only() {
        let reachable = Reachable::new(vec![
            "10.0.0.0/8".parse().unwrap(),
            "fd00::/8".parse().unwrap(),
        ]);
        for open in ["10.1.2.3", "::ffff:10.1.2.3", "fd12::1", "8.8.8.8"] {
            assert_eq!(reachable.forbids(ip(open)), None, "{open}");
        }
        for shut in ["127.0.0.1", "192.168.0.1", "fc00::1", "::1"] {
            assert!(reachable.forbids(ip(shut)).is_some(), "{shut}");
        }
        assert!(reachable.names(ip("10.1.2.3")));
        assert!(!reachable.names(ip("8.8.8.8")));
    }
}
