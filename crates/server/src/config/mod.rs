//! The configuration in force: `config.example.toml` as the defaults, a file over it, the environment over that.
//! The only place that reads either.

mod about;
mod actions;
mod bounds;
mod cards;
mod collections;
mod communities;
mod layers;
mod mail;
mod media;
mod sections;
mod storage;
mod streaming;

use std::path::{Path, PathBuf};

pub use layers::Error;
pub use sections::{Config, LogFormat, Mode};
pub use storage::unusable;
use toml::{Table, Value};

/// The defaults, as they are published.
const DEFAULTS: &str = include_str!("../../../../config.example.toml");

/// The file that is read when none is named.
const FILE: &str = "kontor.toml";

/// A table whose keys the operator makes up.
const FREE: &[&str] = &["federation.hosts"];

/// Reads everything. `named` is the file of `--config`, which must exist; `kontor.toml` may.
pub fn load(named: Option<&Path>) -> Result<Config, Error> {
    let file = match named {
        Some(path) => Some(path.to_owned()),
        None => Some(PathBuf::from(FILE)).filter(|path| path.exists()),
    };
    let text = match &file {
        Some(path) => Some(
            std::fs::read_to_string(path)
                .map_err(|why| Error(format!("cannot read {}: {why}", path.display())))?,
        ),
        None => None,
    };
    from(text.as_deref(), &environment())
}

/// The same from given texts.
fn from(file: Option<&str>, environment: &[(String, String)]) -> Result<Config, Error> {
    let mut table = parse(DEFAULTS)?;
    if let Some(text) = file {
        layers::overlay(&mut table, parse(text)?, "", FREE)?;
    }
    for (name, value) in environment {
        layers::set(&mut table, name, value, FREE)?;
    }
    let config: Config = Value::Table(table)
        .try_into()
        // Made from values, this names the key, and has no line of a file to quote.
        .map_err(|why: toml::de::Error| Error(why.to_string().trim().to_owned()))?;
    config.check()?;
    Ok(config)
}

fn parse(text: &str) -> Result<Table, Error> {
    text.parse::<Table>()
        .map_err(|why| Error(without_source(&why, text)))
}

/// What is wrong, and in which line: never the line itself, which may hold a password.
fn without_source(why: &toml::de::Error, text: &str) -> String {
    let line = why
        .span()
        .and_then(|span| text.get(..span.start))
        .map(|before| before.matches('\n').count() + 1);
    match line {
        Some(line) => format!("line {line}: {}", why.message()),
        None => why.message().to_owned(),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is where the environment is read"
)]
fn environment() -> Vec<(String, String)> {
    std::env::vars()
        .filter(|(name, _)| name.starts_with(layers::PREFIX))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(file: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
        let environment: Vec<_> = environment
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect();
        from(Some(file), &environment).map_err(|why| why.to_string())
    }

    fn error(file: &str, environment: &[(&str, &str)]) -> String {
        config(file, environment).unwrap_err()
    }

    #[test]
    fn the_example_is_the_default_and_localhost_speaks_http() {
        let config = config("", &[]).unwrap();
        assert_eq!(config.site().unwrap().base(), "http://localhost:4000");
        assert_eq!(config.database.url, "sqlite://data/kontor.db");
    }

    #[test]
    fn a_name_of_ones_own_speaks_https_unless_told_otherwise() {
        let own = "[instance]\ndomain = \"social.example.org\"";
        assert_eq!(
            config(own, &[]).unwrap().site().unwrap().base(),
            "https://social.example.org"
        );
        let plain = "[instance]\ndomain = \"a.test:4001\"\nscheme = \"http\"";
        assert_eq!(
            config(plain, &[]).unwrap().site().unwrap().base(),
            "http://a.test:4001"
        );
    }

    #[test]
    fn callers_may_ask_as_often_as_the_file_says() {
        let rates = |file: &str| config(file, &[]).unwrap().limits.rates();
        assert_eq!(rates(""), kontor_http::Rates::default());
        let own = rates(
            "[limits]\nrequests_per_5_minutes = 1\nrequests_of_account_per_5_minutes = 2\nuploads_per_30_minutes = 3\n\
             deletions_per_30_minutes = 0",
        );
        assert_eq!((own.requests, own.of_account), (1, 2));
        assert_eq!((own.uploads, own.deletions), (3, 0));
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let file = "[database]\nurl = \"sqlite://one.db\"\n[limits]\nrequests_per_5_minutes = 7";
        let config = config(
            file,
            &[
                ("KONTOR__DATABASE__URL", "sqlite://two.db"),
                ("KONTOR__LIMITS__REQUESTS_PER_5_MINUTES", "0"),
                ("KONTOR__FEDERATION__ALLOW_HTTP", "true"),
                (
                    "KONTOR__FEDERATION__ALLOW_PRIVATE_NETWORKS",
                    "[\"10.0.0.0/8\"]",
                ),
                (
                    "KONTOR__FEDERATION__HOSTS",
                    "{ \"b.test:4002\" = \"127.0.0.1:4002\" }",
                ),
            ],
        )
        .unwrap();
        assert_eq!(config.database.url, "sqlite://two.db");
        assert_eq!(config.limits.requests_per_5_minutes, 0);
        assert!(config.federation.allow_http);
        assert_eq!(config.federation.allow_private_networks.len(), 1);
        assert_eq!(config.federation.hosts.len(), 1);
    }

    #[test]
    fn a_password_in_what_cannot_be_read_does_not_print() {
        for url in [
            "\"postgres://kontor:hunter2@db.test/kontor",
            "'postgres://kontor:hunter2@db.test/kontor\"",
            "postgres://kontor:hunter2@db.test/kontor",
            "\"postgres://kontor:hunter2\\q@db.test/kontor\"",
            "\"postgres://kontor:hunter2@db.test/kontor\" hunter2",
            "[\"postgres://kontor:hunter2@db.test/kontor\"]",
            "\"mysql://kontor:hunter2@db.test/kontor\"",
        ] {
            let why = error(&format!("[database]\n# here\nurl = {url}\n"), &[]);
            assert!(!why.contains("hunter2"), "{url}: {why}");
            assert!(
                why.contains("line 3") || why.contains("database.url"),
                "{url}: {why}"
            );
        }
        for url in ["mysql://kontor:hunter2@db.test", "hunter2"] {
            let why = error("", &[("KONTOR__DATABASE__URL", url)]);
            assert!(!why.contains("hunter2"), "{url}: {why}");
        }
    }

    #[test]
    fn what_posts_may_carry_is_set_in_the_file() {
        let carry = |limits: &kontor_actions::Limits| {
            let media = &limits.media;
            let numbers = [
                limits.post_attachments,
                limits.media_description_characters,
                limits.poll_options,
                limits.poll_option_characters,
                media.image_bytes,
                media.emoji_bytes,
                media.workers,
                limits.backfill_arrivals_per_host,
            ];
            let times = [
                limits.poll_tally_pause,
                limits.backfill_pause,
                limits.backfill_delay,
                media.unused_age,
            ];
            let poll = (
                limits.poll_seconds_min,
                limits.poll_seconds_max,
                limits.backfill_arrivals_waiting,
            );
            let media = (media.path.clone(), media.image_pixels, media.preview_side);
            (numbers, times, poll, media)
        };
        let default = config("", &[]).unwrap().actions().limits;
        assert_eq!(carry(&default), carry(&kontor_actions::Limits::default()));
        let own = "[media]\npath = \"/srv/m\"\nimage_bytes = 1\nimage_pixels = 2\nemoji_bytes = 3\npreview_side = 4\nworkers = 5\nunused_hours = 6\n\
                   [federation]\nbackfill_pause_seconds = 7\nbackfill_delay_seconds = 0\nbackfill_arrivals_per_host = 15\nbackfill_arrivals_waiting = 16\n\
                   [limits]\npost_attachments = 8\nmedia_description_characters = 9\npoll_options = 10\npoll_option_characters = 11\n\
                   poll_seconds_min = 12\npoll_seconds_max = 13\npoll_tally_seconds = 14";
        let limits = config(own, &[]).unwrap().actions().limits;
        let seconds = std::time::Duration::from_secs;
        assert_eq!(
            carry(&limits),
            (
                [8, 9, 10, 11, 1, 3, 5, 15],
                [seconds(14), seconds(7), seconds(0), seconds(6 * 60 * 60)],
                (12, 13, 16),
                (PathBuf::from("/srv/m"), 2, 4)
            )
        );
        for zero in ["[media]\nworkers = 0", "[limits]\npoll_tally_seconds = 0"] {
            assert!(error(zero, &[]).contains("must be at least 1"), "{zero}");
        }
    }

    #[test]
    fn what_cannot_be_acted_on_is_kept_as_long_as_the_file_says() {
        let kept = |limits: &kontor_actions::Limits| {
            (
                limits.set_aside.inbox_age,
                limits.set_aside.inbox_per_host,
                limits.set_aside.jobs_age,
            )
        };
        let default = config("", &[]).unwrap().actions().limits;
        assert_eq!(kept(&default), kept(&kontor_actions::Limits::default()));
        let file = "[federation]\ninbox_set_aside_days = 2\ninbox_set_aside_per_host = 5\n[limits]\njobs_set_aside_days = 3";
        let limits = config(file, &[]).unwrap().actions().limits;
        let days = |days: u64| std::time::Duration::from_secs(days * 24 * 60 * 60);
        assert_eq!(kept(&limits), (days(2), 5, days(3)));
        let zero = error("[limits]\njobs_set_aside_days = 0", &[]);
        assert!(zero.contains("jobs_set_aside_days"), "{zero}");
        let zero = error("[federation]\ninbox_set_aside_days = 0", &[]);
        assert!(zero.contains("inbox_set_aside_days"), "{zero}");
        let less = error("[federation]\ninbox_set_aside_per_host = -1", &[]);
        assert!(less.contains("inbox_set_aside_per_host"), "{less}");
    }

    #[test]
    fn how_long_a_peer_is_tried_is_set_in_the_file() {
        let tried = |config: &Config| {
            let limits = config.actions().limits;
            (limits.peer_dead_after, limits.ancestors_waiting_per_host)
        };
        let limits = kontor_actions::Limits::default();
        assert_eq!(
            tried(&config("", &[]).unwrap()),
            (limits.peer_dead_after, limits.ancestors_waiting_per_host)
        );
        let file = "[federation]\ndead_after_days = 2\nancestors_waiting_per_host = 0";
        let two_days = std::time::Duration::from_secs(2 * 24 * 60 * 60);
        assert_eq!(tried(&config(file, &[]).unwrap()), (two_days, 0));
        for zero in [
            "dead_after_days",
            "give_up_refused_hours",
            "failures_before_pause",
            "errors_before_pause",
            "deliveries_probing",
        ] {
            let why = error(&format!("[federation]\n{zero} = 0"), &[]);
            assert!(
                why.contains(&format!("`federation.{zero}` must be at least 1")),
                "{why}"
            );
        }
        let less = error("[federation]\nancestors_waiting_per_host = -1", &[]);
        assert!(less.contains("ancestors_waiting_per_host"), "{less}");
    }

    #[test]
    fn what_people_do_with_posts_is_bounded_as_the_file_says() {
        let file = "[limits]\npins = 3\npins_elsewhere = 4\npost_reactions = 2\nreport_characters = 9\n\
                    report_characters_elsewhere = 8\nreport_posts = 7\naccount_note_characters = 6\nlists = 5\nfeatured_tags = 4\n\
                    trend_accounts = 3\nfilters = 2\nfilter_keywords = 1\npicture_description_characters = 12\n\
                    attribution_domains = 13\nwarning_characters = 14";
        let limits = config(file, &[]).unwrap().actions().limits;
        assert_eq!(
            (limits.pins, limits.pins_elsewhere, limits.post_reactions),
            (3, 4, 2)
        );
        assert_eq!((limits.account_note_characters, limits.lists), (6, 5));
        assert_eq!((limits.filters, limits.filter_keywords), (2, 1));
        assert_eq!(
            (
                limits.profiles.picture_description_characters,
                limits.profiles.attribution_domains
            ),
            (12, 13)
        );
        assert_eq!((limits.featured_tags, limits.trend_accounts), (4, 3));
        assert_eq!(limits.reports.warning_characters, 14);
        assert_eq!(
            (
                limits.reports.characters,
                limits.reports.characters_elsewhere,
                limits.reports.posts
            ),
            (9, 8, 7)
        );
    }

    #[test]
    fn searches_scheduled_posts_and_what_is_kept_are_bounded_as_the_file_says() {
        let bounds = |limits: &kontor_actions::Limits| {
            (
                (limits.search_words, limits.search_terms),
                (limits.search_matches, limits.search_offset),
                (limits.scheduled_posts, limits.scheduled_posts_a_day),
                (limits.kept_bytes, limits.counts_age.as_secs()),
            )
        };
        let default = config("", &[]).unwrap().actions().limits;
        assert_eq!(bounds(&default), bounds(&kontor_actions::Limits::default()));
        let file = "[limits]\nsearch_words = 1\nsearch_terms = 2\nsearch_matches = 3\nsearch_offset = 4\n\
                    scheduled_posts = 6\nscheduled_posts_a_day = 5\nkept_bytes = 7\ncounts_seconds = 8";
        let own = config(file, &[]).unwrap().actions().limits;
        assert_eq!(bounds(&own), ((1, 2), (3, 4), (6, 5), (7, 8)));
    }

    #[test]
    fn cards_are_as_the_file_says() {
        let cards = |limits: kontor_actions::Limits| {
            let cards = limits.cards;
            (
                cards.enabled,
                cards.page_bytes,
                cards.delay.as_secs(),
                cards.refresh_age.as_secs(),
            )
        };
        let default = config("", &[]).unwrap().actions().limits;
        assert_eq!(cards(default), cards(kontor_actions::Limits::default()));
        let file = "[cards]\nenabled = false\npage_bytes = 1\ndelay_seconds = 2\nrefresh_days = 3";
        let own = config(file, &[]).unwrap().actions().limits;
        assert_eq!(cards(own), (false, 1, 2, 3 * 24 * 60 * 60));
    }

    #[test]
    fn what_people_show_and_are_told_is_bounded_as_the_file_says() {
        let bounds = |limits: &kontor_actions::Limits| {
            (
                [
                    limits.endorsements,
                    limits.announcements,
                    limits.directory_accounts,
                    limits.suggestion_follows,
                    limits.familiar_followers,
                ],
                [
                    limits.announcement_characters,
                    limits.announcement_reactions,
                    limits.familiar_accounts,
                ],
                (limits.media.avatar_side, limits.media.header_side),
            )
        };
        let default = config("", &[]).unwrap().actions().limits;
        assert_eq!(bounds(&default), bounds(&kontor_actions::Limits::default()));
        let file = "[media]\navatar_side = 9\nheader_side = 10\n\
                    [limits]\nendorsements = 1\nannouncements = 2\ndirectory_accounts = 3\nsuggestion_follows = 4\n\
                    familiar_followers = 5\nannouncement_characters = 6\nannouncement_reactions = 7\nfamiliar_accounts = 8";
        let limits = config(file, &[]).unwrap().actions().limits;
        assert_eq!(bounds(&limits), ([1, 2, 3, 4, 5], [6, 7, 8], (9, 10)));
    }

    #[test]
    fn collections_are_bounded_as_the_file_says() {
        let bounds = |limits: &kontor_actions::Limits| {
            (
                (limits.collections, limits.collection_accounts),
                (
                    limits.collection_name_characters,
                    limits.collection_description_characters,
                ),
                (
                    limits.remote_collections,
                    limits.remote_collection_accounts,
                    limits.remote_collection_patience.as_secs(),
                ),
            )
        };
        let default = config("", &[]).unwrap().actions().limits;
        assert_eq!(bounds(&default), bounds(&kontor_actions::Limits::default()));
        assert_eq!(bounds(&default), ((10, 25), (40, 100), (50, 150, 3600)));
        let file = "[limits]\ncollections = 1\ncollection_accounts = 2\ncollection_name_characters = 3\n\
                    collection_description_characters = 4\nremote_collections = 5\nremote_collection_accounts = 6\n\
                    remote_collection_patience_seconds = 7";
        let own = config(file, &[]).unwrap().actions().limits;
        assert_eq!(bounds(&own), ((1, 2), (3, 4), (5, 6, 7)));
    }

    #[test]
    fn answers_wait_as_long_as_the_file_says() {
        let times = |config: &Config| {
            let federation = &config.federation;
            (
                federation.answer_patience_seconds,
                federation.answer_timeout_seconds,
            )
        };
        let default = kontor_federation::settings::Settings::default();
        assert_eq!(
            times(&config("", &[]).unwrap()),
            (
                default.answer_patience.as_secs(),
                default.answer_timeout.as_secs()
            )
        );
        let file = "[federation]\nanswer_patience_seconds = 1\nanswer_timeout_seconds = 2";
        assert_eq!(times(&config(file, &[]).unwrap()), (1, 2));
        let zero = error("[federation]\nanswer_timeout_seconds = 0", &[]);
        assert!(zero.contains("answer_timeout_seconds"), "{zero}");
        for (file, name) in [
            (
                "[federation]\nanswer_timeout_seconds = 21",
                "answer_timeout_seconds` must be at most 20",
            ),
            (
                "[limits]\ncounts_seconds = 86401",
                "counts_seconds` must be at most 86400",
            ),
            (
                "[communities]\nvotes_wait_minutes = 1441",
                "votes_wait_minutes` must be at most 1440",
            ),
        ] {
            let much = error(file, &[]);
            assert!(much.contains(name), "{much}");
        }
    }

    #[test]
    fn texts_are_read_from_the_files_that_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let (about, terms) = (file("about.md", "**we** <b>"), file("terms.md", "be kind"));
        let own = format!(
            "[instance]\nfeatured_accounts = [\"ann\", \"ben@far.test\"]\nextended_description_file = \"{about}\"\n\
             terms_of_service = [{{ effective = \"2027-01-01\", file = \"{terms}\" }}, {{ effective = \"2026-01-01\", file = \"{about}\" }}]"
        );
        let read = config(&own, &[]).unwrap().about().unwrap();
        assert_eq!(
            read.extended_description.unwrap().html,
            "<p><strong>we</strong> &lt;b&gt;</p>"
        );
        assert!(read.privacy_policy.is_none());
        let days: Vec<String> = read
            .terms_of_service
            .iter()
            .map(|terms| terms.effective.to_string())
            .collect();
        assert_eq!(days, ["2026-01-01", "2027-01-01"]);
        assert_eq!(read.featured_accounts.len(), 2);
        for (file, named) in [
            (
                "[instance]\nprivacy_policy_file = \"/nowhere.md\"",
                "instance.privacy_policy_file",
            ),
            (
                "[instance]\nfeatured_accounts = [\"no name\"]",
                "instance.featured_accounts",
            ),
            (
                "[instance]\nterms_of_service = [{ effective = \"soon\", file = \"a\" }]",
                "instance.terms_of_service",
            ),
        ] {
            let why = error(file, &[]);
            assert!(why.contains(named), "{named}: {why}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (file, environment, named) in [
            ("[instance]\nmoniker = 1", None, "instance.moniker"),
            ("[institute]\ndomain = \"a.test\"", None, "institute"),
            (
                "[limits]\nrequests_per_5_minutes = \"many\"",
                None,
                "limits.requests_per_5_minutes",
            ),
            (
                "[limits]\nrequests_per_5_minutes = -1",
                None,
                "limits.requests_per_5_minutes",
            ),
            ("[federation]\nmode = \"ajar\"", None, "mode"),
            (
                "[federation]\nallow_private_networks = [\"ten\"]",
                None,
                "allow_private_networks",
            ),
            (
                "[federation]\nallowed = [\"a.test\"]",
                None,
                "federation.allowed",
            ),
            (
                "[federation.hosts]\n\"a.test\" = \"nowhere\"",
                None,
                "hosts",
            ),
            (
                "[instance]\ndomain = \"https://a.test\"",
                None,
                "instance.domain",
            ),
            ("[instance]\nscheme = \"gopher\"", None, "instance.scheme"),
            ("[database]\nurl = \"mysql://a\"", None, "database.url"),
            ("[database]\nreaders = 0", None, "database.readers"),
            ("[server]\nlisten = \"here\"", None, "listen"),
            (
                "[server]\nmetrics_listen = \"9100\"",
                None,
                "server.metrics_listen",
            ),
            ("[server]\nmetrics_hosts = -1", None, "server.metrics_hosts"),
            (
                "",
                Some(("KONTOR__SERVER__LITSEN", "x")),
                "KONTOR__SERVER__LITSEN",
            ),
            (
                "",
                Some(("KONTOR__LIMITS__POST_CHARACTERS", "x")),
                "KONTOR__LIMITS__POST_CHARACTERS",
            ),
        ] {
            let environment: Vec<_> = environment.into_iter().collect();
            let why = error(file, &environment);
            assert!(why.contains(named), "{named}: {why}");
        }
    }
}
