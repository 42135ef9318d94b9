//! The published operations that are not built yet. Each answers 404, so that no client takes an empty answer for a true one;
//! a test holds this list and `routes` against the published description of the API.

/// Method and address. An operation leaves this list when it enters `routes`.
pub const NOT_YET: &[(&str, &str)] = &[
    ("GET", "/api/proofs"),
    ("POST", "/api/v1/accounts/{id}/email_subscriptions"),
    ("GET", "/api/v1/accounts/{id}/identity_proofs"),
    ("POST", "/api/v1/admin/dimensions"),
    ("POST", "/api/v1/admin/measures"),
    ("POST", "/api/v1/admin/retention"),
    ("GET", "/api/v1/admin/trends/links"),
    ("GET", "/api/v1/admin/trends/statuses"),
    ("GET", "/api/v1/admin/trends/tags"),
    ("GET", "/api/v1/annual_reports"),
    ("GET", "/api/v1/annual_reports/{year}"),
    ("POST", "/api/v1/annual_reports/{year}/generate"),
    ("POST", "/api/v1/annual_reports/{year}/read"),
    ("GET", "/api/v1/annual_reports/{year}/state"),
    ("GET", "/api/v1/search"),
    ("POST", "/api/v1/statuses/{id}/translate"),
];
