//! With whom we speak: the one place that says so, asked before anything is taken in, sent out or fetched. The mode is the
//! operator's configuration; rules by domain are rows, of which this keeps a copy.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use kontor_actions::{App, peers};
use kontor_domain::{
    peer::{self, Rule, Severity, rule_for},
    site::authority_of,
};
use kontor_jobs::Stop;

use crate::settings::Mode;

/// A command beside the server changes rules without a word on `SQLite`: the revision is looked at this often.
const LOOK: Duration = Duration::from_secs(1);

/// Cheap to clone; every clone sees the same rules.
#[derive(Debug, Clone)]
pub struct Policy {
    mode: Mode,
    allowed: BTreeSet<String>,
    rules: Arc<RwLock<Rules>>,
}

#[derive(Debug, Default)]
struct Rules {
    revision: Option<i64>,
    list: Arc<[Rule]>,
}

/// The host is not one that this instance speaks with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAllowed {
    pub host: String,
}

impl fmt::Display for NotAllowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not a server that this one speaks with", self.host)
    }
}

impl std::error::Error for NotAllowed {}

impl Policy {
    pub fn new(mode: Mode, allowed: &BTreeSet<String>) -> Self {
        Self {
            mode,
            allowed: allowed
                .iter()
                .filter_map(|host| peer::normal(host))
                .collect(),
            rules: Arc::default(),
        }
    }

    /// `host` with its port where it is not the scheme's own, as `site::authority` gives it.
    pub fn allowed(&self, host: &str) -> Result<(), NotAllowed> {
        let rules = self.rules();
        let severity = rule_for(&rules, host).map(|rule| rule.severity);
        let yes = match (self.mode, severity) {
            (Mode::Closed, _) | (_, Some(Severity::Block)) => false,
            (Mode::Open, _) | (Mode::Allowlist, Some(Severity::Allow | Severity::Limit)) => true,
            (Mode::Allowlist, None) => {
                peer::normal(host).is_some_and(|host| self.allowed.contains(&host))
            }
        };
        if yes {
            Ok(())
        } else {
            Err(NotAllowed {
                host: host.to_owned(),
            })
        }
    }

    /// Are pictures and other files of this host taken and shown? Only of hosts that are allowed.
    pub fn takes_media(&self, host: &str) -> bool {
        self.allowed(host).is_ok()
            && !rule_for(&self.rules(), host).is_some_and(|rule| rule.reject_media)
    }

    /// Are reports of this host passed on to the people who run this instance?
    pub fn takes_reports(&self, host: &str) -> bool {
        self.allowed(host).is_ok()
            && !rule_for(&self.rules(), host).is_some_and(|rule| rule.reject_reports)
    }

    /// The same for an account: by the host of its id and by the domain of its handle.
    pub(crate) fn takes_media_of(&self, uri: &str, domain: Option<&str>) -> bool {
        authority_of(uri).is_some_and(|host| self.takes_media(&host))
            && !self.rule_of(domain, |rule| rule.reject_media)
    }

    /// The same for an account: by the host of its id and by the domain of its handle.
    pub(crate) fn takes_reports_of(&self, uri: &str, domain: Option<&str>) -> bool {
        authority_of(uri).is_some_and(|host| self.takes_reports(&host))
            && !self.rule_of(domain, |rule| rule.reject_reports)
    }

    /// A handle's domain need not be a host that is spoken with: only a rule about it counts.
    fn rule_of(&self, domain: Option<&str>, refuses: impl Fn(&Rule) -> bool) -> bool {
        let rules = self.rules();
        domain
            .and_then(|domain| rule_for(&rules, domain))
            .is_some_and(|rule| rule.severity == Severity::Block || refuses(rule))
    }

    fn rules(&self) -> Arc<[Rule]> {
        self.rules
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .list
            .clone()
    }

    /// Reads the rules anew. A server does it before it listens.
    pub async fn refresh(&self, app: &App) -> kontor_actions::Result<()> {
        let (revision, list) = peers::rules(app).await?;
        let mut rules = self.rules.write().unwrap_or_else(PoisonError::into_inner);
        // Of two that read at once, the one that read later may come first.
        if rules.revision.is_none_or(|known| known <= revision) {
            *rules = Rules {
                revision: Some(revision),
                list: list.into(),
            };
        }
        Ok(())
    }

    async fn refresh_if_changed(&self, app: &App) -> kontor_actions::Result<()> {
        let known = self
            .rules
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .revision;
        if known == Some(peers::revision(app).await?) {
            return Ok(());
        }
        self.refresh(app).await
    }

    /// Keeps the rules as they are in the database, until stopped: at once when a process says that they changed, and by looking.
    pub async fn watch(self, app: App, stop: Stop) {
        let told = app.store.bell(kontor_store::peers::TOPIC, "");
        while !stop.is_stopped() {
            if let Err(why) = self.refresh_if_changed(&app).await {
                tracing::error!(error = %why, "the rules about other servers cannot be read");
            }
            tokio::select! {
                () = stop.stopped() => break,
                () = told.rung() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(mode: Mode, rules: &[(&str, Severity)]) -> Policy {
        let list = BTreeSet::from(["Friend.test".to_owned(), "dev.test:4001".to_owned()]);
        let policy = Policy::new(mode, &list);
        let list = rules
            .iter()
            .map(|(domain, severity)| Rule {
                domain: (*domain).to_owned(),
                severity: *severity,
                reject_media: *domain == "pictures.test",
                reject_reports: *domain == "reports.test",
            })
            .collect();
        *policy.rules.write().unwrap() = Rules {
            revision: Some(1),
            list,
        };
        policy
    }

    #[test]
    fn each_mode_keeps_to_its_word() {
        let allows = |mode, host| with(mode, &[]).allowed(host).is_ok();
        assert!(allows(Mode::Open, "stranger.test"));
        assert!(!allows(Mode::Closed, "friend.test"));
        assert!(allows(Mode::Allowlist, "friend.test"));
        assert!(allows(Mode::Allowlist, "FRIEND.test"));
        assert!(allows(Mode::Allowlist, "dev.test:4001"));
        assert!(!allows(Mode::Allowlist, "dev.test"));
        assert!(!allows(Mode::Allowlist, "sub.friend.test"));
        assert!(!allows(Mode::Allowlist, "stranger.test"));
    }

    #[test]
    fn a_rule_wins_over_the_mode_but_not_over_a_closed_door() {
        let rules = [
            ("bad.test", Severity::Block),
            ("good.bad.test", Severity::Allow),
            ("so-so.test", Severity::Limit),
            ("friend.test", Severity::Block),
            ("new.test", Severity::Allow),
        ];
        let allows = |mode, host: &str| with(mode, &rules).allowed(host).is_ok();
        for host in [
            "bad.test",
            "BAD.test.",
            "x.bad.test",
            "bad.test:8443",
            "friend.test",
        ] {
            assert!(!allows(Mode::Open, host), "{host}");
            assert!(!allows(Mode::Allowlist, host), "{host}");
        }
        for host in ["good.bad.test", "so-so.test", "new.test", "a.new.test"] {
            assert!(allows(Mode::Open, host), "{host}");
            assert!(allows(Mode::Allowlist, host), "{host}");
            assert!(!allows(Mode::Closed, host), "{host}");
        }
        assert!(allows(Mode::Open, "other.test"));
        assert!(!allows(Mode::Allowlist, "other.test"));
    }

    #[test]
    fn media_and_reports_can_be_refused_alone() {
        let rules = [
            ("pictures.test", Severity::Limit),
            ("reports.test", Severity::Allow),
            ("bad.test", Severity::Block),
        ];
        let policy = with(Mode::Open, &rules);
        assert!(!policy.takes_media("cdn.pictures.test") && policy.takes_reports("pictures.test"));
        assert!(policy.takes_media("reports.test") && !policy.takes_reports("reports.test"));
        assert!(!policy.takes_media("bad.test") && !policy.takes_reports("bad.test"));
        assert!(policy.takes_media("other.test") && policy.takes_reports("other.test"));
        let of = |uri: &str, domain| {
            (
                policy.takes_media_of(uri, Some(domain)),
                policy.takes_reports_of(uri, Some(domain)),
            )
        };
        assert_eq!(of("https://other.test/u", "other.test"), (true, true));
        assert_eq!(of("https://pictures.test/u", "other.test"), (false, true));
        assert_eq!(of("https://other.test/u", "pictures.test"), (false, true));
        assert_eq!(of("https://other.test/u", "reports.test"), (true, false));
        assert_eq!(of("https://other.test/u", "bad.test"), (false, false));
    }
}
