//! A file or a part of it, for players that begin in the middle (RFC 9110, section 14). It is sent as it is read.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    body::{BoxBody, SizedStream},
    http::{StatusCode, header},
};
use futures_util::stream::try_unfold;
use kontor_actions::uploads::{Asked, Part, Reading};

/// What of a file is asked for.
pub fn asked(req: &HttpRequest) -> Asked {
    let range = req.headers().get(header::RANGE);
    Asked::by(range.and_then(|value| value.to_str().ok()))
}

/// Answers with what was found of it. `head` has the headers of the whole.
pub(crate) fn answer(head: &mut HttpResponseBuilder, reading: Reading) -> HttpResponse {
    let length = reading.length();
    head.insert_header((header::ACCEPT_RANGES, "bytes"));
    match reading.part() {
        Part::Whole => head.body(body(reading)),
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
            .body(body(reading)),
    }
}

/// If it breaks off, so does the answer: its head has gone out already.
fn body(mut reading: Reading) -> BoxBody {
    if let Some(bytes) = reading.in_one() {
        return BoxBody::new(bytes);
    }
    let left = reading.left();
    let pieces = try_unfold(reading, |mut reading| async move {
        let piece = reading.next().await;
        piece
            .map(|piece| piece.map(|piece| (piece, reading)))
            .inspect_err(|why| tracing::error!(error = %why, "a file broke off while it was sent"))
    });
    BoxBody::new(SizedStream::new(left, pieces))
}
