//! Where a server or a peer of a test is: a name of its own and a free port on the loopback.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::atomic::{AtomicU16, Ordering},
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    name: String,
    port: u16,
    secure: bool,
}

/// Below the ports that outgoing connections and the PostgreSQL of the tests take.
const FIRST: u16 = 10_000;
const COUNT: u16 = 9_000;

impl Address {
    /// `name` is a host such as `alpha.test`. Two addresses of one process never have the same port.
    pub fn new(name: &str) -> Self {
        static NEXT: AtomicU16 = AtomicU16::new(0);
        let start = u16::try_from(std::process::id() * 61 % u32::from(COUNT)).unwrap();
        for _ in 0..COUNT {
            let step = NEXT.fetch_add(1, Ordering::Relaxed);
            let port = FIRST + (start + step % COUNT) % COUNT;
            if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
                return Self {
                    name: name.to_owned(),
                    port,
                    secure: false,
                };
            }
        }
        panic!("no free port from {FIRST} on");
    }

    /// The same place, reached by TLS.
    #[must_use]
    pub fn over_tls(mut self) -> Self {
        self.secure = true;
        self
    }

    pub fn is_secure(&self) -> bool {
        self.secure
    }

    pub fn scheme(&self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }

    pub fn host(&self) -> &str {
        &self.name
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Host and port, as in handles and in the `Host` header.
    pub fn authority(&self) -> String {
        format!("{}:{}", self.name, self.port)
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}://{}:{}{path}", self.scheme(), self.name, self.port)
    }

    pub fn socket(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }
}
