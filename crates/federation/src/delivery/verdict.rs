//! What an answer, or none, means for a delivery and for its host. Nothing is written here.

use std::time::Duration;

use chrono::{DateTime, Utc};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Delivered {
        status: u16,
    },
    /// It will not be taken, now or later.
    Hopeless {
        status: Option<u16>,
        why: String,
    },
    /// We are not let in, which may be a mistake of some hours: a few more times.
    Refused {
        status: u16,
        why: String,
    },
    /// This delivery failed; others to the same host may not.
    Failed {
        status: Option<u16>,
        why: String,
    },
    /// The host did not answer, or its front says that it is not there.
    HostDown {
        status: Option<u16>,
        why: String,
    },
    /// The host asks for time, and perhaps says how much.
    HostBusy {
        status: u16,
        after: Option<Duration>,
        why: String,
    },
}

impl Verdict {
    /// Does the server say that there is no such inbox?
    pub(super) fn is_absence(&self) -> bool {
        matches!(
            self,
            Self::Hopeless {
                status: Some(404 | 410),
                ..
            }
        )
    }
}

pub(super) fn of_answer(status: u16, retry_after: Option<&str>, now: DateTime<Utc>) -> Verdict {
    let why = format!("the inbox answered {status}");
    let after = retry_after.and_then(|text| wait(text, now));
    match status {
        200..=299 => Verdict::Delivered { status },
        429 => Verdict::HostBusy { status, after, why },
        503 if after.is_some() => Verdict::HostBusy { status, after, why },
        502..=504 | 520..=530 => Verdict::HostDown {
            status: Some(status),
            why,
        },
        501 => Verdict::Hopeless {
            status: Some(status),
            why,
        },
        408 | 425 | 500..=599 => Verdict::Failed {
            status: Some(status),
            why,
        },
        // A redirect of an inbox is not followed: it would have to be signed for another host than the actor named.
        300..=399 | 401 | 403 => Verdict::Refused { status, why },
        _ => Verdict::Hopeless {
            status: Some(status),
            why,
        },
    }
}

pub(super) fn of_error(why: &kontor_net::Error) -> Verdict {
    use kontor_net::Error;
    let text = why.to_string();
    match why {
        Error::Timeout | Error::Connect(_) | Error::Io(_) => Verdict::HostDown {
            status: None,
            why: text,
        },
        // Bodies do not count: it cannot be.
        Error::TooLarge { .. } => Verdict::Failed {
            status: None,
            why: text,
        },
        Error::Settings(_) | Error::Refused(_) | Error::TooManyRedirects => Verdict::Hopeless {
            status: None,
            why: text,
        },
    }
}

/// RFC 9110, 10.2.3: seconds or a date.
fn wait(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at: DateTime<Utc> = httpdate::parse_http_date(text).ok()?.into();
    Some(at.signed_duration_since(now).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_388_957_500, 0).unwrap()
    }

    fn of(status: u16) -> Verdict {
        of_answer(status, None, now())
    }

    #[test]
    fn each_status_has_its_consequence() {
        for status in [200, 201, 202, 204] {
            assert_eq!(of(status), Verdict::Delivered { status });
        }
        for status in [400, 404, 405, 406, 410, 413, 415, 422, 501] {
            assert!(matches!(of(status), Verdict::Hopeless { .. }), "{status}");
        }
        assert!(of(410).is_absence() && of(404).is_absence());
        assert!(!of(400).is_absence() && !of(200).is_absence());
        for status in [301, 302, 308, 401, 403] {
            assert!(matches!(of(status), Verdict::Refused { .. }), "{status}");
        }
        for status in [408, 425, 500, 505, 599] {
            assert!(matches!(of(status), Verdict::Failed { .. }), "{status}");
        }
        for status in [502, 503, 504, 521] {
            assert!(matches!(of(status), Verdict::HostDown { .. }), "{status}");
        }
    }

    #[test]
    fn the_document_says_the_same() {
        let text = include_str!("../../../../FEDERATION.md");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let said = "2xx is a success. 400, 404, 410 and other 4xx, and 501, are final; redirects, 401 and 403 are refusals (below); \
                    429 and 503 with `Retry-After` are obeyed for the whole server, up to an hour; everything else, 408 and 425 \
                    with it, is tried again";
        assert!(text.contains(said), "{said}");
        for status in 200..600 {
            let fits = match of_answer(status, Some("5"), now()) {
                Verdict::Delivered { .. } => status < 300,
                Verdict::Refused { .. } => status < 400 || matches!(status, 401 | 403),
                Verdict::HostBusy { .. } => matches!(status, 429 | 503),
                Verdict::Hopeless { .. } => {
                    status == 501
                        || ((400..500).contains(&status)
                            && !matches!(status, 401 | 403 | 408 | 425 | 429))
                }
                Verdict::Failed { .. } | Verdict::HostDown { .. } => {
                    matches!(status, 408 | 425) || (status >= 500 && !matches!(status, 501 | 503))
                }
            };
            assert!(fits, "{status}");
        }
    }

    #[test]
    fn a_host_may_say_how_long() {
        let after = |status, text| match of_answer(status, Some(text), now()) {
            Verdict::HostBusy { after, .. } => after,
            other => panic!("{other:?}"),
        };
        assert_eq!(after(429, "120"), Some(Duration::from_secs(120)));
        assert_eq!(after(503, " 7 "), Some(Duration::from_secs(7)));
        assert_eq!(
            after(429, "Sun, 05 Jan 2014 21:32:40 GMT"),
            Some(Duration::from_secs(60))
        );
        assert_eq!(
            after(429, "Sun, 05 Jan 2014 21:30:40 GMT"),
            Some(Duration::ZERO)
        );
        assert_eq!(after(429, "soon"), None);
        assert!(matches!(
            of_answer(503, Some("soon"), now()),
            Verdict::HostDown { .. }
        ));
    }
}
