//! Where an access token stands in a request. Whose it is, is for `actions` to say.

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use percent_encoding::percent_decode_str;

/// `Authorization: Bearer …` (RFC 6750, 2.1), else the query parameter `access_token` (2.3).
pub fn token(headers: &HeaderMap, query: &str) -> Option<String> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let (scheme, token) = value.to_str().ok()?.trim().split_once(' ')?;
        let token = token.trim();
        return (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty())
            .then(|| token.to_owned());
    }
    let value = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("access_token="))?;
    let token = percent_decode_str(value).decode_utf8().ok()?;
    (!token.is_empty()).then(|| token.into_owned())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn header_before_query() {
        let mut headers = HeaderMap::new();
        assert_eq!(
            token(&headers, "a=1&access_token=x%2Dy"),
            Some("x-y".to_owned())
        );
        assert_eq!(token(&headers, "access_token="), None);
        headers.insert(AUTHORIZATION, HeaderValue::from_static("bearer  abc "));
        assert_eq!(token(&headers, "access_token=x"), Some("abc".to_owned()));
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Basic abc"));
        assert_eq!(token(&headers, ""), None);
    }
}
