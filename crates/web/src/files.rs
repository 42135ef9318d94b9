//! Files of posts, for whoever knows their names. They are shown and never run: nothing in them is a page of ours.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{
        self, Charset, ContentDisposition, DispositionParam, DispositionType, ExtendedValue,
        HeaderValue,
    },
    web::Path,
};
use kontor_actions::{Error, uploads};

use crate::{failure::Answer, ranges, visit::app};

/// A name belongs to one file for ever.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

pub async fn file(req: HttpRequest, name: Path<String>) -> Answer {
    let name = name.into_inner();
    let kind = match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("png") => "image/png",
        Some("jpg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("mp4") => "video/mp4",
        Some("webm") => "video/webm",
        Some("mp3") => "audio/mpeg",
        Some("ogg") => "audio/ogg",
        Some("flac") => "audio/flac",
        Some("m4a") => "audio/mp4",
        // Whatever it is, no browser shows it.
        Some("bin") => "application/octet-stream",
        _ => return Err(Error::NotFound.into()),
    };
    let app = app(&req)?;
    let called = uploads::file_name(&app, name.clone()).await?;
    let bytes = uploads::file(&app, name).await?;
    let mut head = HttpResponse::Ok();
    head.content_type(kind)
        .insert_header((header::CACHE_CONTROL, HeaderValue::from_static(FOR_EVER)))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; sandbox"),
        ))
        .insert_header((
            header::ACCESS_CONTROL_ALLOW_ORIGIN,
            HeaderValue::from_static("*"),
        ));
    if let Some(called) = called {
        head.insert_header(taken_home_as(&called));
    }
    Ok(ranges::answer(&req, &mut head, bytes))
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
