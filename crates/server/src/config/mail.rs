//! The section `[mail]`: the server that takes mail from here, and how people confirm addresses and get new passwords by it.

use std::{path::PathBuf, time::Duration};

use kontor_net::mail;
use serde::{Deserialize, Serialize};

use super::{Config, Error};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    StartTls,
    Tls,
    None,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub user: String,
    #[serde(serialize_with = "hidden")]
    pub password: String,
    pub from: String,
    pub extra_ca_files: Vec<PathBuf>,
    pub timeout_seconds: u64,
    pub retry_first_ms: u64,
    pub tries: u32,
    pub confirmation_hours: u64,
    pub reset_minutes: u64,
    pub unconfirmed_days: u64,
    pub asked: u32,
    pub asked_per_client: u32,
    pub asked_seconds: u64,
}

/// The password never prints.
impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail")
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

#[expect(clippy::ptr_arg, reason = "serde hands over the field as it is")]
fn hidden<S: serde::Serializer>(secret: &String, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(if secret.is_empty() { "" } else { "***" })
}

impl Mail {
    pub(super) fn actions(&self) -> Option<kontor_actions::MailSettings> {
        if self.host.is_empty() {
            return None;
        }
        Some(kontor_actions::MailSettings {
            tries: self.tries,
            retry_first: Duration::from_millis(self.retry_first_ms),
            timeout: Duration::from_secs(self.timeout_seconds),
            confirmation_age: Duration::from_secs(self.confirmation_hours.saturating_mul(60 * 60)),
            reset_age: Duration::from_secs(self.reset_minutes.saturating_mul(60)),
            unconfirmed_age: Duration::from_secs(
                self.unconfirmed_days.saturating_mul(24 * 60 * 60),
            ),
            asked: self.asked,
            asked_per_client: self.asked_per_client,
            asked_window: Duration::from_secs(self.asked_seconds),
        })
    }

    fn mailer(&self, own_name: &str) -> Result<Option<mail::Mailer>, Error> {
        if self.host.is_empty() {
            return Ok(None);
        }
        let settings = mail::Settings {
            host: self.host.clone(),
            port: self.port,
            security: match self.security {
                Security::StartTls => mail::Security::StartTls,
                Security::Tls => mail::Security::Tls,
                Security::None => mail::Security::None,
            },
            user: self.user.clone(),
            password: self.password.clone(),
            from: self.from.clone(),
            own_name: own_name.to_owned(),
            timeout: Duration::from_secs(self.timeout_seconds),
            extra_ca_files: self.extra_ca_files.clone(),
        };
        let mailer = mail::Mailer::new(&settings).map_err(|why| Error(why.to_string()))?;
        Ok(Some(mailer))
    }

    /// What must be at least 1 and is not.
    pub(super) fn zero(&self) -> Option<&'static str> {
        let all = [
            ("mail.port", u64::from(self.port)),
            ("mail.timeout_seconds", self.timeout_seconds),
            ("mail.retry_first_ms", self.retry_first_ms),
            ("mail.tries", u64::from(self.tries)),
            ("mail.confirmation_hours", self.confirmation_hours),
            ("mail.reset_minutes", self.reset_minutes),
            ("mail.unconfirmed_days", self.unconfirmed_days),
            ("mail.asked", u64::from(self.asked)),
            ("mail.asked_per_client", u64::from(self.asked_per_client)),
            ("mail.asked_seconds", self.asked_seconds),
        ];
        all.into_iter()
            .find(|(_, value)| *value == 0)
            .map(|(name, _)| name)
    }
}

impl Config {
    /// What takes mail from here, greeted by our own name. `None`: mail is off.
    pub fn mailer(&self) -> Result<Option<mail::Mailer>, Error> {
        let domain = &self.instance.domain;
        let host = domain.split(':').next().unwrap_or(domain);
        self.mail.mailer(host)
    }
}

#[cfg(test)]
mod tests {
    use crate::config::from;

    fn shown(settings: &kontor_actions::MailSettings) -> ([u64; 6], [u32; 3]) {
        (
            [
                settings.timeout.as_secs(),
                settings.retry_first.as_secs(),
                settings.confirmation_age.as_secs(),
                settings.reset_age.as_secs(),
                settings.unconfirmed_age.as_secs(),
                settings.asked_window.as_secs(),
            ],
            [settings.tries, settings.asked, settings.asked_per_client],
        )
    }

    const ON: &str = "[mail]\nhost = \"mail.test\"\nfrom = \"desk@here.test\"\n";

    #[test]
    fn mail_is_off_until_a_server_is_named_and_then_as_the_file_says() {
        let off = from(None, &[]).unwrap();
        assert!(off.actions().mail.is_none());
        assert!(off.mailer().unwrap().is_none());
        let on = from(Some(ON), &[]).unwrap();
        assert_eq!(
            shown(&on.actions().mail.unwrap()),
            shown(&kontor_actions::MailSettings::default())
        );
        let own = format!(
            "{ON}timeout_seconds = 1\nretry_first_ms = 2000\nconfirmation_hours = 3\nreset_minutes = 4\nunconfirmed_days = 5\n\
             asked_seconds = 6\ntries = 7\nasked = 8\nasked_per_client = 9"
        );
        assert_eq!(
            shown(&from(Some(&own), &[]).unwrap().actions().mail.unwrap()),
            ([1, 2, 3 * 3600, 4 * 60, 5 * 86_400, 6], [7, 8, 9])
        );
    }

    #[test]
    fn what_is_wrong_with_mail_is_named_and_the_password_never_prints() {
        for (line, named) in [
            ("security = \"none\"", "mail.security"),
            ("tries = 0", "mail.tries"),
            ("reset_minutes = 0", "mail.reset_minutes"),
            ("asked = 0", "mail.asked"),
            ("extra_ca_files = [\"/nowhere.pem\"]", "mail.extra_ca_files"),
        ] {
            let why = from(Some(&format!("{ON}{line}")), &[]).unwrap_err();
            assert!(why.to_string().contains(named), "{named}: {why}");
        }
        let why = from(Some("[mail]\nhost = \"mail.test\""), &[]).unwrap_err();
        assert!(why.to_string().contains("mail.from"), "{why}");
        let secret = [("KONTOR__MAIL__PASSWORD".to_owned(), "hunter2".to_owned())];
        let config = from(Some(ON), &secret).unwrap();
        assert_eq!(config.mail.password, "hunter2");
        assert!(!format!("{config:?}").contains("hunter2"));
        assert!(!toml::to_string(&config).unwrap().contains("hunter2"));
    }
}
