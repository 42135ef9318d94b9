//! Mail on its way out, by SMTP to the one server that the operator names (RFC 5321). What a mail says is the caller's business.

use std::{fmt, net::IpAddr, path::PathBuf, sync::Arc, time::Duration, time::SystemTime};

use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, SinglePart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::{
        Error as SmtpError,
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
        extension::ClientId,
    },
};

use crate::error::describe;

/// How the connection is kept from being read on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// It begins in the clear and must go over to TLS before anything is said (RFC 3207).
    StartTls,
    /// TLS from the first byte (RFC 8314).
    Tls,
    /// For a server on the same machine.
    None,
}

/// What the operator decides about mail.
#[derive(Clone)]
pub struct Settings {
    /// A host name or an IP address, without the port.
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// Empty: nobody signs in at the server.
    pub user: String,
    pub password: String,
    /// `name@host`, or `Words <name@host>`.
    pub from: String,
    /// Our own name, for the greeting.
    pub own_name: String,
    /// For the connection, and for each answer of the server.
    pub timeout: Duration,
    /// PEM files with certificate authorities that are trusted beside the system's.
    pub extra_ca_files: Vec<PathBuf>,
}

/// Without the password.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("security", &self.security)
            .finish_non_exhaustive()
    }
}

/// A mail of plain text to one address.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    pub to: String,
    /// Characters that end a line are left out.
    pub subject: String,
    pub text: String,
    /// What stands before the `@` of the `Message-ID`: the same for the same mail, however often it is sent. Letters, digits, dots and hyphens.
    pub id: String,
    pub date: SystemTime,
}

/// Without address and text.
impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The settings cannot be used; names the setting.
    Settings(String),
    /// It can be sent never: the address is none, or the server refuses it for good.
    Refused(String),
    /// The same may go later: the server is away, does not answer, does not know us, or says so.
    Later(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(why) => f.write_str(why),
            Self::Refused(why) => write!(f, "the mail is refused: {why}"),
            Self::Later(why) => write!(f, "the mail cannot be sent now: {why}"),
        }
    }
}

impl std::error::Error for Error {}

/// Is it an address that mail can be sent to (RFC 5321, section 4.1.2)? Neither quotes nor control characters are taken.
pub fn is_address(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte > b' ' && byte != 0x7f && !b"\"<>(),;:\\[]".contains(&byte))
        && text.parse::<Address>().is_ok()
}

/// Sends mails; a connection for each. Cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    own_name: Arc<str>,
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mailer")
    }
}

impl Mailer {
    /// Checks the settings. Connects to nothing.
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        let own_name: Arc<str> = settings.own_name.as_str().into();
        if settings.host.is_empty() || settings.host.contains(|c: char| c.is_whitespace()) {
            return Err(Error::Settings(
                "`mail.host` must be a host name or an IP address".to_owned(),
            ));
        }
        let from = sender(&settings.from)?;
        if settings.security == Security::None && !is_here(&settings.host) {
            return Err(Error::Settings(format!(
                "`mail.security` may be none for this machine alone, and `mail.host` is {}",
                settings.host
            )));
        }
        let tls = match settings.security {
            Security::StartTls => Tls::Required(parameters(settings)?),
            Security::Tls => Tls::Wrapper(parameters(settings)?),
            Security::None => Tls::None,
        };
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port)
            .tls(tls)
            .timeout(Some(settings.timeout))
            .hello_name(ClientId::Domain(settings.own_name.clone()));
        let builder = if settings.user.is_empty() {
            builder
        } else {
            builder.credentials(Credentials::new(
                settings.user.clone(),
                settings.password.clone(),
            ))
        };
        Ok(Self {
            transport: builder.build(),
            from,
            own_name,
        })
    }

    /// Returns once the server has taken it.
    pub async fn send(&self, letter: &Letter) -> Result<(), Error> {
        let message = self.message(letter)?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(why) => Err(judged(&why)),
        }
    }

    fn message(&self, letter: &Letter) -> Result<Message, Error> {
        if !is_address(&letter.to) {
            return Err(Error::Refused("the address is none".to_owned()));
        }
        let to: Address = letter
            .to
            .parse()
            .map_err(|_| Error::Refused("the address is none".to_owned()))?;
        let subject: String = letter
            .subject
            .chars()
            .filter(|character| !character.is_control())
            .collect();
        let plain = |character: char| {
            character.is_ascii_alphanumeric() || character == '.' || character == '-'
        };
        if letter.id.is_empty() || !letter.id.chars().all(plain) {
            return Err(Error::Refused("its id is none".to_owned()));
        }
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(subject)
            .date(letter.date)
            .message_id(Some(format!("<{}@{}>", letter.id, self.own_name)))
            // RFC 3834: nobody's absence answers it.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .singlepart(SinglePart::plain(letter.text.clone()))
            .map_err(|why| Error::Refused(describe(&why)))
    }
}

fn sender(from: &str) -> Result<Mailbox, Error> {
    let unusable = || {
        Error::Settings(
            "`mail.from` must be a mail address, or words and a mail address in angle brackets"
                .to_owned(),
        )
    };
    if from.contains(|c: char| c.is_control()) {
        return Err(unusable());
    }
    let from: Mailbox = from.parse().map_err(|_| unusable())?;
    if is_address(from.email.as_ref()) {
        Ok(from)
    } else {
        Err(unusable())
    }
}

/// The name that every machine has for itself, or an address that leads nowhere else.
fn is_here(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn parameters(settings: &Settings) -> Result<TlsParameters, Error> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    for path in &settings.extra_ca_files {
        let unusable = |why: String| {
            Error::Settings(format!("`mail.extra_ca_files`: {}: {why}", path.display()))
        };
        let pem = std::fs::read(path).map_err(|why| unusable(why.to_string()))?;
        let certificate = Certificate::from_pem(&pem).map_err(|why| unusable(describe(&why)))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build_rustls().map_err(|why| {
        Error::Settings(format!(
            "`mail.host`: TLS cannot be used: {}",
            describe(&why)
        ))
    })
}

/// A server that does not know us, or not by this password, may after the operator has seen to it (RFC 4954, section 6).
const UNKNOWN_TO_IT: [u16; 4] = [530, 534, 535, 538];

fn judged(why: &SmtpError) -> Error {
    let text = describe(why);
    let code = why.status().map(u16::from);
    if why.is_permanent() && code.is_none_or(|code| !UNKNOWN_TO_IT.contains(&code)) {
        Error::Refused(text)
    } else {
        Error::Later(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(security: Security, host: &str) -> Settings {
        Settings {
            host: host.to_owned(),
            port: 25,
            security,
            user: String::new(),
            password: "hunter2".to_owned(),
            from: "The Höuse <desk@here.test>".to_owned(),
            own_name: "here.test".to_owned(),
            timeout: Duration::from_secs(1),
            extra_ca_files: Vec::new(),
        }
    }

    fn letter() -> Letter {
        Letter {
            to: "ann@there.test".to_owned(),
            subject: "Hello".to_owned(),
            text: "One line.\n\nhttps://here.test/confirm/abc\n".to_owned(),
            id: "mail.7".to_owned(),
            date: SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000),
        }
    }

    fn written(letter: &Letter) -> String {
        let mailer = Mailer::new(&settings(Security::None, "localhost")).unwrap();
        String::from_utf8(mailer.message(letter).unwrap().formatted()).unwrap()
    }

    #[test]
    fn a_mail_is_plain_text_and_the_same_each_time() {
        let text = written(&letter());
        assert_eq!(text, written(&letter()));
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        for line in [
            "To: ann@there.test",
            "Subject: Hello",
            "Message-ID: <mail.7@here.test>",
            "Auto-Submitted: auto-generated",
            "Content-Type: text/plain; charset=utf-8",
        ] {
            assert!(head.lines().any(|found| found == line), "{line}: {head}");
        }
        assert!(head.contains("<desk@here.test>"), "{head}");
        assert!(body.contains("https://here.test/confirm/abc"), "{body}");
    }

    #[test]
    fn nobody_writes_headers_of_their_own() {
        let subject = Letter {
            subject: "Hello\r\nBcc: eve@there.test".to_owned(),
            ..letter()
        };
        let text = written(&subject);
        assert!(!text.contains("\nBcc:"), "{text}");
        let mailer = Mailer::new(&settings(Security::None, "localhost")).unwrap();
        for to in [
            "ann@there.test\r\nBcc: eve@there.test",
            "ann@there.test, eve@there.test",
            "Ann <ann@there.test>",
            "\"a b\"@there.test",
            "ann",
            "",
        ] {
            let letter = Letter {
                to: to.to_owned(),
                ..letter()
            };
            assert!(
                matches!(mailer.message(&letter), Err(Error::Refused(_))),
                "{to:?}"
            );
        }
        let id = Letter {
            id: "7>\r\nBcc: eve@there.test".to_owned(),
            ..letter()
        };
        assert!(matches!(mailer.message(&id), Err(Error::Refused(_))));
    }

    #[test]
    fn addresses_are_told_from_what_is_none() {
        for good in ["ann@there.test", "a.b+c@sub.there.test", "ann@localhost"] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "ann",
            "@there.test",
            "ann@",
            "a b@there.test",
            "a@b@c",
            "a\u{0}@b.test",
        ] {
            assert!(!is_address(bad), "{bad}");
        }
    }

    #[test]
    fn settings_that_cannot_be_used_are_named() {
        let refused = |settings: &Settings| match Mailer::new(settings) {
            Err(Error::Settings(why)) => why,
            other => panic!("{other:?}"),
        };
        let open = settings(Security::None, "mail.test");
        assert!(refused(&open).contains("mail.security"));
        for host in ["localhost", "127.0.0.1", "::1"] {
            assert!(
                Mailer::new(&settings(Security::None, host)).is_ok(),
                "{host}"
            );
        }
        for security in [Security::StartTls, Security::Tls] {
            assert!(Mailer::new(&settings(security, "mail.test")).is_ok());
        }
        assert!(refused(&settings(Security::Tls, "")).contains("mail.host"));
        for from in ["", "nobody", "a@b.test\r\nBcc: c@d.test"] {
            let bad = Settings {
                from: from.to_owned(),
                ..settings(Security::Tls, "mail.test")
            };
            assert!(refused(&bad).contains("mail.from"), "{from:?}");
        }
        let file = Settings {
            extra_ca_files: vec![PathBuf::from("/nowhere.pem")],
            ..settings(Security::Tls, "mail.test")
        };
        assert!(refused(&file).contains("mail.extra_ca_files"));
        assert!(!format!("{file:?}").contains("hunter2"));
    }

    #[tokio::test]
    async fn a_server_that_is_away_is_tried_again() {
        // A port that was free a moment ago.
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let away = Settings {
            port,
            ..settings(Security::None, "127.0.0.1")
        };
        let mailer = Mailer::new(&away).unwrap();
        assert!(matches!(mailer.send(&letter()).await, Err(Error::Later(_))));
    }
}
