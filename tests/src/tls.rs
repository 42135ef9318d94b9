//! TLS as in production: a private authority, and a front before a server that ends the encryption as a proxy does.

use std::{
    fs,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

use crate::{Address, http2::Relay};

/// The authority of this test run.
pub struct Authority {
    folder: tempfile::TempDir,
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate with its key, as files too.
pub struct Identity {
    pub certificate: PathBuf,
    pub key: PathBuf,
    chain: Vec<CertificateDer<'static>>,
    secret: PrivatePkcs8KeyDer<'static>,
}

/// One for all: whoever trusts it trusts every server of the tests.
pub fn authority() -> &'static Authority {
    static ONE: OnceLock<Authority> = OnceLock::new();
    ONE.get_or_init(|| {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::<String>::new()).expect("parameters");
        // A certificate that has its issuer's name is taken for one that signed itself.
        params
            .distinguished_name
            .push(DnType::CommonName, "the authority of a test run");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).expect("a certificate").pem();
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("ca.pem"), &pem).expect("a file");
        Authority {
            folder,
            issuer: Issuer::new(params, key),
            pem,
        }
    })
}

impl Authority {
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    pub fn pem(&self) -> &str {
        &self.pem
    }

    pub fn identity(&self, address: &Address) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![address.host().to_owned()]).expect("parameters");
        let signed = params.signed_by(&key, &self.issuer).expect("a certificate");
        let file = |kind| {
            let name = format!("{}-{}.{kind}", address.host(), address.port());
            self.folder.path().join(name)
        };
        let identity = Identity {
            certificate: file("pem"),
            key: file("key"),
            chain: vec![signed.der().clone()],
            secret: PrivatePkcs8KeyDer::from(key.serialize_der()),
        };
        fs::write(&identity.certificate, signed.pem()).expect("a file");
        fs::write(&identity.key, key.serialize_pem()).expect("a file");
        identity
    }
}

/// Takes TLS on one address and hands on what is inside, to a server that listens on another.
pub struct Front(JoinHandle<()>);

impl Front {
    /// With a relay, HTTP/2 is offered before HTTP/1.1.
    ///
    /// # Panics
    /// When the address is taken.
    pub fn new(address: &Address, inner: SocketAddr, relay: Option<Arc<Relay>>) -> Self {
        let identity = authority().identity(address);
        let mut config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(identity.chain, PrivateKeyDer::Pkcs8(identity.secret))
            .expect("a certificate with its key");
        if relay.is_some() {
            config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        }
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = std::net::TcpListener::bind(address.socket()).expect("a free port");
        listener.set_nonblocking(true).expect("a socket");
        let listener = TcpListener::from_std(listener).expect("a socket");
        Self(tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, relay) = (acceptor.clone(), relay.clone());
                tokio::spawn(async move {
                    // A caller that breaks off, or a server that is down, is the business of the two.
                    let Ok(mut outside) = acceptor.accept(stream).await else {
                        return;
                    };
                    let chosen = outside.get_ref().1.alpn_protocol();
                    if let Some(relay) = relay
                        && chosen == Some(b"h2".as_slice())
                    {
                        return relay.converse(outside).await;
                    }
                    let Ok(mut inside) = TcpStream::connect(inner).await else {
                        return;
                    };
                    let _ended = copy_bidirectional(&mut outside, &mut inside).await;
                });
            }
        }))
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What a server answers to a caller who does not speak TLS: nothing that is HTTP.
pub async fn speaks_plainly(address: &Address) -> bool {
    let mut stream = TcpStream::connect(address.socket())
        .await
        .expect("a listener");
    let asked = stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let mut said = Vec::new();
    let _ended = stream.read_to_end(&mut said).await;
    asked.is_ok() && said.starts_with(b"HTTP/")
}
