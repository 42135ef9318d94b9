//! The operations that Mastodon's documentation tells clients to leave for newer ones, with the day since when: that from which
//! Mastodon says so in its answers, or else that of the release which began it. They go on working here.
//! <https://docs.joinmastodon.org/api/guidelines/#deprecations>

/// Method, address, and the day in seconds since 1970 (RFC 9745).
pub const DEPRECATED: &[(&str, &str, i64)] = &[
    ("POST", "/api/v1/accounts/{id}/pin", RELEASE_4_4),
    ("POST", "/api/v1/accounts/{id}/unpin", RELEASE_4_4),
    ("GET", "/api/v1/filters", RELEASE_4_0),
    ("POST", "/api/v1/filters", RELEASE_4_0),
    ("GET", "/api/v1/filters/{id}", RELEASE_4_0),
    ("PUT", "/api/v1/filters/{id}", RELEASE_4_0),
    ("PATCH", "/api/v1/filters/{id}", RELEASE_4_0),
    ("DELETE", "/api/v1/filters/{id}", RELEASE_4_0),
    ("GET", "/api/v1/instance", RELEASE_4_0),
    // 2020-04-05
    ("POST", "/api/v1/media", 1_586_044_800),
    ("GET", "/api/v1/notifications/policy", RELEASE_4_3),
    ("PUT", "/api/v1/notifications/policy", RELEASE_4_3),
    ("PATCH", "/api/v1/notifications/policy", RELEASE_4_3),
    // 2019-10-03
    ("POST", "/api/v1/notifications/dismiss", 1_570_060_800),
    // 2021-05-16
    ("GET", "/api/v1/suggestions", 1_621_123_200),
    // 2018-10-30
    ("GET", "/api/v1/timelines/direct", 1_540_857_600),
    // 2022-03-30
    ("GET", "/api/v1/trends", 1_648_598_400),
    ("GET", "/api/v2_alpha/notifications", RELEASE_4_3),
    (
        "GET",
        "/api/v2_alpha/notifications/unread_count",
        RELEASE_4_3,
    ),
    (
        "GET",
        "/api/v2_alpha/notifications/{group_key}",
        RELEASE_4_3,
    ),
    (
        "GET",
        "/api/v2_alpha/notifications/{group_key}/accounts",
        RELEASE_4_3,
    ),
    (
        "POST",
        "/api/v2_alpha/notifications/{group_key}/dismiss",
        RELEASE_4_3,
    ),
];

/// 2022-11-14
const RELEASE_4_0: i64 = 1_668_384_000;
/// 2024-10-08
const RELEASE_4_3: i64 = 1_728_345_600;
/// 2025-07-08
const RELEASE_4_4: i64 = 1_751_932_800;

/// Since when an operation is deprecated, if it is.
pub(crate) fn since(method: &str, path: &str) -> Option<i64> {
    DEPRECATED
        .iter()
        .find(|(verb, address, _)| *verb == method && *address == path)
        .map(|(_, _, since)| *since)
}
