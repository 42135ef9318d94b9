//! Where an access token stands in a request. Whose it is, is for `actions` to say.

use actix_web::http::header::{AUTHORIZATION, HeaderMap, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use percent_encoding::percent_decode_str;

/// `Authorization: Bearer …` (RFC 6750, 2.1), else the query parameter `access_token` (2.3), else, of a WebSocket, its protocol:
/// the one header that a browser lets a page choose.
pub fn token(headers: &HeaderMap, query: &str) -> Option<String> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let (scheme, token) = value.to_str().ok()?.trim().split_once(' ')?;
        let token = token.trim();
        return (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty())
            .then(|| token.to_owned());
    }
    let Some(value) = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("access_token="))
    else {
        return protocol(headers);
    };
    let token = percent_decode_str(value).decode_utf8().ok()?;
    (!token.is_empty()).then(|| token.into_owned())
}

fn protocol(headers: &HeaderMap) -> Option<String> {
    let upgrade = headers.get(UPGRADE)?;
    if !upgrade.as_bytes().eq_ignore_ascii_case(b"websocket") {
        return None;
    }
    let token = headers.get(SEC_WEBSOCKET_PROTOCOL)?.to_str().ok()?.trim();
    (!token.is_empty() && !token.contains(',')).then(|| token.to_owned())
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

    #[test]
    fn the_protocol_of_a_websocket_is_its_token() {
        let mut headers = HeaderMap::new();
        headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("abc"));
        assert_eq!(token(&headers, ""), None);
        headers.insert(UPGRADE, HeaderValue::from_static("WebSocket"));
        assert_eq!(token(&headers, ""), Some("abc".to_owned()));
        assert_eq!(token(&headers, "access_token=x"), Some("x".to_owned()));
        headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("a, b"));
        assert_eq!(token(&headers, ""), None);
    }
}
