//! How a file of ours is answered, whichever door it leaves by. Files are shown and never run: nothing in them is a page of ours.

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::header::{
        self, Charset, ContentDisposition, DispositionParam, DispositionType, ExtendedValue,
        HeaderValue,
    },
};
use kontor_actions::{Error, remote_files, uploads::Found};

use crate::ranges;

pub use crate::ranges::asked;

/// A name belongs to one file for ever.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// A file of another server may be refused tomorrow.
const FOR_A_DAY: &str = "public, max-age=86400";

/// Whoever may have it today may have lost that tomorrow. One's own browser keeps it for as long as a page is looked at.
const FOR_ONE: &str = "private, max-age=600";

/// What a file is by the ending that we gave it. `None`: none of ours ends so.
pub fn media_type(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "png" => "image/png",
        "jpg" => "image/jpeg",
        "gif" => "image/gif",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "flac" => "audio/flac",
        "m4a" => "audio/mp4",
        // Whatever it is, no browser shows it.
        "bin" => "application/octet-stream",
        _ => return None,
    })
}

pub fn answer(name: &str, found: Found) -> Result<HttpResponse, Error> {
    let kind = media_type(name).ok_or(Error::NotFound)?;
    let mut head = head(kind, if found.open { FOR_EVER } else { FOR_ONE });
    if kind == "application/octet-stream" {
        head.insert_header(taken_home_as(found.called.as_deref().unwrap_or("file")));
    }
    Ok(ranges::answer(&mut head, found.content))
}

/// A file of another server, as what its bytes are.
pub fn answer_remote(found: remote_files::Found) -> HttpResponse {
    let keep = if found.open { FOR_A_DAY } else { FOR_ONE };
    ranges::answer(&mut head(&found.media_type, keep), found.content)
}

fn head(kind: &str, keep: &'static str) -> HttpResponseBuilder {
    let mut head = HttpResponse::Ok();
    head.content_type(kind)
        .insert_header((header::CACHE_CONTROL, HeaderValue::from_static(keep)))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; sandbox"),
        ))
        .insert_header((
            header::ACCESS_CONTROL_ALLOW_ORIGIN,
            HeaderValue::from_static("*"),
        ));
    head
}

/// RFC 6266, section 4.1: the name as it is, for those who read that form, and none for the others.
fn taken_home_as(name: &str) -> ContentDisposition {
    ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::FilenameExt(ExtendedValue {
            charset: Charset::Ext("UTF-8".to_owned()),
            language_tag: None,
            value: name.as_bytes().to_vec(),
        })],
    }
}
