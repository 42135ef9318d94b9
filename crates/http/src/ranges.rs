//! A part of a file, for players that begin in the middle (RFC 9110, section 14). One range; who asks for several gets everything.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{StatusCode, header},
    web::Bytes,
};

/// What of a file is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    /// First and last byte.
    Of(usize, usize),
    /// Behind the end.
    Beyond,
}

fn part(asked: Option<&str>, length: usize) -> Part {
    let Some(range) = asked.and_then(|text| text.trim().strip_prefix("bytes=")) else {
        return Part::Whole;
    };
    let Some((first, last)) = range.split_once('-') else {
        return Part::Whole;
    };
    let end = length.saturating_sub(1);
    match (first.trim().parse::<usize>(), last.trim().parse::<usize>()) {
        (Ok(first), _) if first >= length => Part::Beyond,
        (Ok(first), Ok(last)) if first <= last => Part::Of(first, last.min(end)),
        (Ok(first), Err(_)) if last.trim().is_empty() => Part::Of(first, end),
        (Err(_), Ok(0)) if first.trim().is_empty() => Part::Beyond,
        (Err(_), Ok(_)) if first.trim().is_empty() && length == 0 => Part::Beyond,
        (Err(_), Ok(count)) if first.trim().is_empty() => {
            Part::Of(length.saturating_sub(count), end)
        }
        _ => Part::Whole,
    }
}

/// Answers with what is asked for. `head` has the headers of the whole.
pub fn answer(req: &HttpRequest, head: &mut HttpResponseBuilder, bytes: Vec<u8>) -> HttpResponse {
    let asked = req
        .headers()
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok());
    let length = bytes.len();
    head.insert_header((header::ACCEPT_RANGES, "bytes"));
    match part(asked, length) {
        Part::Whole => head.body(bytes),
        Part::Beyond => head
            .status(StatusCode::RANGE_NOT_SATISFIABLE)
            .insert_header((header::CONTENT_RANGE, format!("bytes */{length}")))
            .body("That is behind the end of the file.\n"),
        Part::Of(first, last) => head
            .status(StatusCode::PARTIAL_CONTENT)
            .insert_header((
                header::CONTENT_RANGE,
                format!("bytes {first}-{last}/{length}"),
            ))
            .body(Bytes::from(bytes).slice(first..=last)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_within_the_file_or_none() {
        for (asked, expected) in [
            (None, Part::Whole),
            (Some("bytes=0-0"), Part::Of(0, 0)),
            (Some("bytes=0-"), Part::Of(0, 9)),
            (Some("bytes=3-5"), Part::Of(3, 5)),
            (Some("bytes=3-500"), Part::Of(3, 9)),
            (Some("bytes=-4"), Part::Of(6, 9)),
            (Some("bytes=-40"), Part::Of(0, 9)),
            (Some("bytes=10-"), Part::Beyond),
            (Some("bytes=-0"), Part::Beyond),
            (Some("bytes=5-3"), Part::Whole),
            (Some("bytes=0-1,3-4"), Part::Whole),
            (Some("bytes=x-3"), Part::Whole),
            (Some("lines=1-2"), Part::Whole),
            (Some("bytes=99999999999999999999999-"), Part::Whole),
        ] {
            assert_eq!(part(asked, 10), expected, "{asked:?}");
        }
        assert_eq!(part(Some("bytes=0-"), 0), Part::Beyond);
        assert_eq!(part(Some("bytes=-1"), 0), Part::Beyond);
    }
}
