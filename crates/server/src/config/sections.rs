//! One struct a section, and what must hold between them.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, time::Duration};

use ipnet::IpNet;
use kontor_domain::{site::Site, text::language, user::Registrations};
use serde::{Deserialize, Serialize};

use super::{
    Error,
    cards::Cards,
    communities::Communities,
    mail::Mail,
    media::Media,
    streaming::{Push, Streaming},
};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub instance: Instance,
    pub server: Server,
    pub database: Database,
    pub media: Media,
    pub cards: Cards,
    pub federation: Federation,
    pub communities: Communities,
    pub limits: Limits,
    pub streaming: Streaming,
    pub push: Push,
    pub mail: Mail,
    pub log: Log,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instance {
    pub domain: String,
    pub scheme: String,
    pub title: String,
    pub description: String,
    pub contact_email: String,
    pub rules: Vec<String>,
    pub languages: Vec<String>,
    pub registrations: Registrations,
    pub featured_accounts: Vec<String>,
    pub extended_description_file: PathBuf,
    pub privacy_policy_file: PathBuf,
    pub terms_of_service: Vec<Terms>,
}

/// A version of the terms of service.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    pub effective: String,
    pub file: PathBuf,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    pub listen: SocketAddr,
    pub metrics_listen: String,
    pub metrics_hosts: u32,
    pub trusted_proxies: Vec<IpNet>,
    pub workers: usize,
    pub shutdown_seconds: u64,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    #[serde(serialize_with = "printable")]
    pub url: String,
    pub readers: usize,
    pub connections: usize,
    pub group_commit: bool,
    pub group_commit_max: usize,
    pub group_commit_window_ms: u64,
    pub busy_timeout_ms: u64,
    pub retries: u32,
}

/// A password in the address never prints.
impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database")
            .field("url", &kontor_store::printable(&self.url))
            .finish_non_exhaustive()
    }
}

#[expect(clippy::ptr_arg, reason = "serde hands over the field as it is")]
fn printable<S: serde::Serializer>(url: &String, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&kontor_store::printable(url))
}

/// Whom the instance talks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    Open,
    Allowlist,
    Closed,
}

impl std::fmt::Display for Mode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::Allowlist => "allowlist",
            Self::Closed => "closed",
        })
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Federation {
    pub mode: Mode,
    pub allowed: Vec<String>,
    pub secure_mode: bool,
    pub allow_http: bool,
    pub allow_private_networks: Vec<IpNet>,
    pub hosts: BTreeMap<String, SocketAddr>,
    pub extra_ca_files: Vec<PathBuf>,
    pub connect_timeout_seconds: u64,
    pub timeout_seconds: u64,
    pub signature_window_seconds: u64,
    pub deliveries: usize,
    pub deliveries_per_host: usize,
    pub deliveries_stalled: usize,
    pub stalled_after_ms: u64,
    pub delivery_claim_seconds: u64,
    pub retry_first_ms: u64,
    pub retry_most_ms: u64,
    pub failures_before_pause: u32,
    pub errors_before_pause: u32,
    pub deliveries_probing: usize,
    pub pause_first_ms: u64,
    pub pause_most_ms: u64,
    pub give_up_days: u64,
    pub give_up_refused_hours: u64,
    pub dead_after_days: u64,
    pub inbox_workers: usize,
    pub inbox_at_once: usize,
    pub inbox_attempts: u32,
    pub answer_patience_seconds: u64,
    pub answer_timeout_seconds: u64,
    pub inbox_waiting_per_host: i64,
    pub inbox_set_aside_days: u64,
    pub inbox_set_aside_per_host: i64,
    pub body_timeout_seconds: u64,
    pub fetches_per_activity: u32,
    pub lookups_per_post: usize,
    pub ancestors: u32,
    pub ancestors_waiting_per_host: i64,
    pub attachments_per_post: usize,
    pub article_bytes: usize,
    pub backfill_posts: usize,
    pub backfill_pages: usize,
    pub backfill_depth: u32,
    pub backfill_posts_per_host: usize,
    pub backfill_pause_seconds: u64,
    pub backfill_delay_seconds: u64,
    pub backfill_arrivals_per_host: usize,
    pub backfill_arrivals_waiting: i64,
    pub first_posts: usize,
    pub first_posts_days: u64,
    pub key_refetch_seconds: u64,
    pub key_fetches: u32,
    pub failure_memory_seconds: u64,
    pub refresh_hours: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub requests_per_5_minutes: u32,
    pub requests_of_account_per_5_minutes: u32,
    pub uploads_per_30_minutes: u32,
    pub deletions_per_30_minutes: u32,
    pub body_bytes: usize,
    pub body_timeout_seconds: u64,
    pub activity_bytes: usize,
    pub activity_depth: usize,
    pub address_characters: usize,
    pub post_characters: usize,
    pub post_mentions: usize,
    pub display_name_characters: usize,
    pub note_characters: usize,
    pub picture_description_characters: usize,
    pub attribution_domains: usize,
    pub profile_fields: usize,
    pub profile_field_characters: usize,
    pub password_characters_min: usize,
    pub sign_in_attempts: u32,
    pub sign_in_window_seconds: u64,
    pub password_workers: usize,
    pub password_line: usize,
    pub session_days: u64,
    pub second_step_seconds: u64,
    pub invite_days: u64,
    pub setup_link_days: u64,
    pub thread_posts: i64,
    pub thread_posts_anonymous: i64,
    pub thread_depth: i64,
    pub home_days: u64,
    pub jobs_set_aside_days: u64,
    pub homes_at_once: usize,
    pub post_attachments: usize,
    pub media_description_characters: usize,
    pub poll_options: usize,
    pub poll_option_characters: usize,
    pub poll_seconds_min: i64,
    pub poll_seconds_max: i64,
    pub poll_tally_seconds: u64,
    pub pins: usize,
    pub pins_elsewhere: usize,
    pub post_reactions: i64,
    pub report_characters: usize,
    pub warning_characters: usize,
    pub report_characters_elsewhere: usize,
    pub report_posts: usize,
    pub account_note_characters: usize,
    pub lists: usize,
    pub featured_tags: usize,
    pub endorsements: i64,
    pub collections: i64,
    pub collection_accounts: i64,
    pub collection_name_characters: usize,
    pub collection_description_characters: usize,
    pub remote_collections: i64,
    pub remote_collection_accounts: i64,
    pub remote_collection_patience_seconds: u64,
    pub announcements: i64,
    pub announcement_characters: usize,
    pub announcement_reactions: usize,
    pub directory_accounts: i64,
    pub suggestion_follows: i64,
    pub familiar_accounts: usize,
    pub familiar_followers: i64,
    pub trend_accounts: i64,
    pub filters: usize,
    pub filter_keywords: usize,
    pub scheduled_posts: i64,
    pub scheduled_posts_a_day: i64,
    pub search_words: usize,
    pub kept_bytes: u64,
    pub counts_seconds: u64,
    pub search_terms: usize,
    pub search_matches: i64,
    pub search_offset: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub filter: String,
    pub format: LogFormat,
}

/// PostgreSQL indexes values of up to 2700 bytes.
const LONGEST_ADDRESS: usize = 2048;

pub(super) const DAY: u64 = 24 * 60 * 60;

impl Config {
    /// The instance's public name.
    pub fn site(&self) -> Result<Site, Error> {
        let domain = &self.instance.domain;
        let host = domain
            .rsplit_once(':')
            .map_or(domain.as_str(), |(host, _)| host);
        let here = host == "localhost" || host.ends_with(".localhost") || host == "127.0.0.1";
        let scheme = match self.instance.scheme.as_str() {
            "auto" if here => "http",
            "auto" => "https",
            given @ ("http" | "https") => given,
            other => {
                return Err(Error(format!(
                    "`instance.scheme` must be https, http or auto, not `{other}`"
                )));
            }
        };
        Site::new(scheme, domain).ok_or_else(|| {
            Error(format!("`instance.domain` must be a host name in lower case, with or without a port, not `{domain}`"))
        })
    }

    /// Where the figures are served, if anywhere.
    pub fn metrics_listen(&self) -> Result<Option<SocketAddr>, Error> {
        match self.server.metrics_listen.as_str() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| {
                Error(format!(
                    "`server.metrics_listen` must be empty or an address with a port, not `{text}`"
                ))
            }),
        }
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        self.site()?;
        self.metrics_listen()?;
        self.about()?;
        self.mailer()?;
        if !["sqlite://", "postgres://", "postgresql://"]
            .iter()
            .any(|scheme| self.database.url.starts_with(scheme))
        {
            let url = kontor_store::printable(&self.database.url);
            return Err(Error(format!(
                "`database.url` must start with sqlite:// or postgres://, not `{url}`"
            )));
        }
        if self.federation.mode != Mode::Allowlist && !self.federation.allowed.is_empty() {
            return Err(Error(
                "`federation.allowed` needs `federation.mode = \"allowlist\"`".to_owned(),
            ));
        }
        if let Some(bad) = self
            .instance
            .languages
            .iter()
            .find(|code| language::normalise(code).is_none())
        {
            return Err(Error(format!(
                "`instance.languages` holds `{bad}`, which is no language code"
            )));
        }
        if self.federation.retry_first_ms > self.federation.retry_most_ms {
            return Err(Error(
                "`federation.retry_first_ms` is greater than `federation.retry_most_ms`".to_owned(),
            ));
        }
        if self.federation.pause_first_ms > self.federation.pause_most_ms {
            return Err(Error(
                "`federation.pause_first_ms` is greater than `federation.pause_most_ms`".to_owned(),
            ));
        }
        for (name, number) in [
            ("inbox_waiting", self.federation.inbox_waiting_per_host),
            ("inbox_set_aside", self.federation.inbox_set_aside_per_host),
            (
                "ancestors_waiting",
                self.federation.ancestors_waiting_per_host,
            ),
        ] {
            if number < 0 {
                let name = format!("federation.{name}_per_host");
                return Err(Error(format!("`{name}` must not be negative")));
            }
        }
        if self.limits.address_characters > LONGEST_ADDRESS {
            return Err(Error(format!(
                "`limits.address_characters` is more than {LONGEST_ADDRESS}: no database keeps longer addresses in order"
            )));
        }
        if let Some((name, most)) = self.media.beyond(self.limits.body_bytes) {
            return Err(Error(format!(
                "`{name}` is more than the {most} bytes that `limits.body_bytes` leaves room for"
            )));
        }
        self.check_counts()?;
        self.media.s3.bucket().map(drop)
    }

    /// What makes no sense as zero.
    fn check_counts(&self) -> Result<(), Error> {
        let (database, federation, limits) = (&self.database, &self.federation, &self.limits);
        let times = self.times();
        let counts = [
            ("database.readers", database.readers),
            ("database.connections", database.connections),
            ("database.group_commit_max", database.group_commit_max),
            ("federation.deliveries", federation.deliveries),
            (
                "federation.deliveries_per_host",
                federation.deliveries_per_host,
            ),
            (
                "federation.deliveries_probing",
                federation.deliveries_probing,
            ),
            ("federation.inbox_workers", federation.inbox_workers),
            ("media.image_bytes", self.media.image_bytes),
            ("media.workers", self.media.workers),
            ("limits.body_bytes", limits.body_bytes),
            ("limits.activity_bytes", limits.activity_bytes),
            ("limits.activity_depth", limits.activity_depth),
            ("limits.address_characters", limits.address_characters),
            ("limits.post_characters", limits.post_characters),
            (
                "limits.password_characters_min",
                limits.password_characters_min,
            ),
            ("limits.password_workers", limits.password_workers),
        ];
        let threads = [
            ("limits.thread_posts", limits.thread_posts),
            (
                "limits.thread_posts_anonymous",
                limits.thread_posts_anonymous,
            ),
            ("limits.thread_depth", limits.thread_depth),
        ];
        let zero = counts
            .iter()
            .filter(|(_, count)| *count == 0)
            .map(|(name, _)| name);
        let zero = zero.chain(
            times
                .iter()
                .filter(|(_, time)| *time == 0)
                .map(|(name, _)| name),
        );
        let mut zero = zero.chain(
            threads
                .iter()
                .filter(|(_, count)| *count <= 0)
                .map(|(name, _)| name),
        );
        let others = || self.streaming.zero().or_else(|| self.media.zero());
        let others = || others().or_else(|| self.mail.zero());
        match zero.next().copied().or_else(others) {
            Some(name) => Err(Error(format!("`{name}` must be at least 1"))),
            None => self.too_much(),
        }
    }

    fn too_much(&self) -> Result<(), Error> {
        let bounds = [
            // What came is acted on for half a minute at most, and has more to ask for than this.
            (
                "federation.answer_timeout_seconds",
                self.federation.answer_timeout_seconds,
                20,
            ),
            ("limits.counts_seconds", self.limits.counts_seconds, 86400),
            (
                "communities.votes_wait_minutes",
                self.communities.votes_wait_minutes,
                24 * 60,
            ),
        ];
        match bounds.iter().find(|(_, value, most)| value > most) {
            Some((name, _, most)) => Err(Error(format!("`{name}` must be at most {most}"))),
            None => Ok(()),
        }
    }

    fn times(&self) -> [(&'static str, u64); 25] {
        let (federation, limits) = (&self.federation, &self.limits);
        [
            (
                "federation.connect_timeout_seconds",
                federation.connect_timeout_seconds,
            ),
            ("federation.timeout_seconds", federation.timeout_seconds),
            (
                "federation.signature_window_seconds",
                federation.signature_window_seconds,
            ),
            ("federation.retry_first_ms", federation.retry_first_ms),
            ("federation.pause_first_ms", federation.pause_first_ms),
            ("federation.give_up_days", federation.give_up_days),
            (
                "federation.give_up_refused_hours",
                federation.give_up_refused_hours,
            ),
            ("federation.dead_after_days", federation.dead_after_days),
            (
                "federation.failures_before_pause",
                u64::from(federation.failures_before_pause),
            ),
            (
                "federation.errors_before_pause",
                u64::from(federation.errors_before_pause),
            ),
            (
                "federation.body_timeout_seconds",
                federation.body_timeout_seconds,
            ),
            (
                "federation.key_refetch_seconds",
                federation.key_refetch_seconds,
            ),
            ("limits.body_timeout_seconds", limits.body_timeout_seconds),
            (
                "federation.inbox_attempts",
                u64::from(federation.inbox_attempts),
            ),
            (
                "federation.answer_timeout_seconds",
                federation.answer_timeout_seconds,
            ),
            ("federation.refresh_hours", federation.refresh_hours),
            (
                "federation.inbox_set_aside_days",
                federation.inbox_set_aside_days,
            ),
            ("limits.session_days", limits.session_days),
            ("limits.second_step_seconds", limits.second_step_seconds),
            ("limits.invite_days", limits.invite_days),
            ("limits.setup_link_days", limits.setup_link_days),
            ("limits.home_days", limits.home_days),
            ("limits.jobs_set_aside_days", limits.jobs_set_aside_days),
            (
                "federation.backfill_pause_seconds",
                federation.backfill_pause_seconds,
            ),
            ("limits.poll_tally_seconds", limits.poll_tally_seconds),
        ]
    }

    pub fn store(&self) -> kontor_store::Settings {
        let database = &self.database;
        kontor_store::Settings {
            readers: database.readers,
            connections: database.connections,
            group_commit: database.group_commit,
            group_commit_max: database.group_commit_max,
            group_commit_window: Duration::from_millis(database.group_commit_window_ms),
            busy_timeout: Duration::from_millis(database.busy_timeout_ms),
            retries: database.retries,
            ..kontor_store::Settings::new(&database.url)
        }
    }

    pub fn net(&self) -> kontor_net::Settings {
        let federation = &self.federation;
        kontor_net::Settings {
            allow_http: federation.allow_http,
            allow_private_networks: federation.allow_private_networks.clone(),
            hosts: federation.hosts.clone(),
            extra_ca_files: federation.extra_ca_files.clone(),
            user_agent: format!(
                "Kontor/{} (+{}://{}/)",
                env!("CARGO_PKG_VERSION"),
                self.scheme(),
                self.instance.domain
            ),
            connect_timeout: Duration::from_secs(federation.connect_timeout_seconds),
            total_timeout: Duration::from_secs(federation.timeout_seconds),
            max_body_bytes: self.limits.activity_bytes,
            ..kontor_net::Settings::default()
        }
    }

    fn scheme(&self) -> String {
        self.site()
            .map_or_else(|_| "https".to_owned(), |site| site.scheme().to_owned())
    }
}
