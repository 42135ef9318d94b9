//! Names to addresses, at the moment of connecting, so that a name cannot change its address after it was checked.

use crate::Refused;
use crate::addresses::Reachable;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// The system's resolver without the addresses that are not reachable.
pub(crate) struct Screened(pub(crate) Arc<Reachable>);

impl Resolve for Screened {
    fn resolve(&self, name: Name) -> Resolving {
        let reachable = Arc::clone(&self.0);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let kept = screen(&reachable, name.as_str(), found)?;
            let addresses: Addrs = Box::new(kept.into_iter());
            Ok(addresses)
        })
    }
}

/// A resolver whose answers turn: the first of a list, then the second, and so on.
#[cfg(test)]
pub(crate) struct Turning {
    pub(crate) reachable: Arc<Reachable>,
    pub(crate) answers: std::sync::Mutex<Vec<Vec<SocketAddr>>>,
}

#[cfg(test)]
impl Resolve for Turning {
    fn resolve(&self, name: Name) -> Resolving {
        let kept = match self.answers.lock() {
            Ok(mut answers) if !answers.is_empty() => {
                let found = answers.remove(0);
                screen(&self.reachable, name.as_str(), found.into_iter())
            }
            _ => Ok(Vec::new()),
        };
        Box::pin(async move {
            let addresses: Addrs = Box::new(kept?.into_iter());
            Ok(addresses)
        })
    }
}

/// Answers every name with the one address that the operator named for it.
pub(crate) struct Pinned(pub(crate) IpAddr);

impl Resolve for Pinned {
    fn resolve(&self, _name: Name) -> Resolving {
        let address = SocketAddr::new(self.0, 0);
        Box::pin(async move {
            let addresses: Addrs = Box::new(std::iter::once(address));
            Ok(addresses)
        })
    }
}

fn screen(
    reachable: &Reachable,
    host: &str,
    found: impl Iterator<Item = SocketAddr>,
) -> Result<Vec<SocketAddr>, Refused> {
    let mut kept = Vec::new();
    let mut refused = None;
    for address in found {
        match reachable.forbids(address.ip()) {
            Some(range) => refused = Some(range),
            None => kept.push(address),
        }
    }
    match refused {
        Some(range) if kept.is_empty() => Err(Refused::Address {
            host: host.to_owned(),
            range,
        }),
        _ => Ok(kept),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::screen;
    use crate::Refused;
    use crate::addresses::Reachable;
    use std::net::SocketAddr;

    fn screened(found: &[&str]) -> Result<Vec<SocketAddr>, Refused> {
        let found = found.iter().map(|text| text.parse().unwrap());
        screen(&Reachable::new(Vec::new()), "peer.test", found)
    }

    #[test]
    fn private_addresses_are_dropped_from_a_mixed_answer() {
        let kept = screened(&["127.0.0.1:0", "8.8.8.8:0", "[fd00::1]:0"]).unwrap();
        assert_eq!(kept, ["8.8.8.8:0".parse::<SocketAddr>().unwrap()]);
    }

    #[test]
    fn an_answer_of_private_addresses_alone_is_refused() {
        let refused = screened(&["10.0.0.1:0"]).unwrap_err();
        let expected = Refused::Address {
            host: "peer.test".into(),
            range: "private",
        };
        assert_eq!(refused, expected);
    }
}
