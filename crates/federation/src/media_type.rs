//! Content types of bodies that come in. What we say of our own, and how a request's Accept is read, is decided where we serve.

/// `application/activity+json` or `application/ld+json`, with any parameters: nothing else is believed to be an activity,
/// since what people upload can be served as `application/json` (GHSA-jhrq-qvrm-qr36).
pub(crate) fn is_activity(content_type: &str) -> bool {
    matches!(
        essence(content_type).as_str(),
        "application/activity+json" | "application/ld+json"
    )
}

/// What a WebFinger answer may come as: RFC 7033 says `application/jrd+json`, and many servers say less.
pub(crate) fn is_json(content_type: &str) -> bool {
    matches!(
        essence(content_type).as_str(),
        "application/jrd+json" | "application/json" | "application/activity+json"
    )
}

fn essence(content_type: &str) -> String {
    content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_and_case_do_not_matter_and_nothing_else_passes() {
        for yes in [
            "application/activity+json",
            "Application/Activity+JSON; charset=utf-8",
            r#"application/ld+json; profile="https://www.w3.org/ns/activitystreams""#,
            r#"application/ld+json;charset=utf-8 ; profile="https://www.w3.org/ns/activitystreams""#,
        ] {
            assert!(is_activity(yes), "{yes}");
        }
        for no in [
            "",
            "application/json",
            "text/html",
            "application/activity+jsonx",
            "text/html; application/activity+json",
        ] {
            assert!(!is_activity(no), "{no}");
        }
        assert!(is_json("application/jrd+json; charset=utf-8"));
        assert!(!is_json("text/html"));
    }
}
