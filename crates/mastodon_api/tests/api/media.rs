//! Uploads, and posts that carry them.

use std::io::Cursor;

use kontor_actions::accounts::ensure_instance_actor;
use serde_json::json;

use crate::{
    house::{House, Person},
    schema,
};

/// A PNG of one colour.
pub(crate) fn png(side: u32) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let mut encoder = png::Encoder::new(&mut out, side, side);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let pixels = vec![120; usize::try_from(side * side * 3).unwrap()];
    encoder
        .write_header()
        .unwrap()
        .write_image_data(&pixels)
        .unwrap();
    out.into_inner()
}

fn body(file: &[u8], fields: &[(&str, &str)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend_from_slice(
            format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                .as_bytes(),
        );
    }
    body.extend_from_slice(b"--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n");
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--B--\r\n");
    body
}

pub(crate) async fn upload(
    house: &House,
    by: &Person,
    fields: &[(&str, &str)],
) -> serde_json::Value {
    let call = house.post("/api/v2/media").by(by);
    call.bytes("multipart/form-data; boundary=B", body(&png(700), fields))
        .ok()
        .await
        .json
}

#[actix_web::test]
async fn a_picture_is_uploaded_described_and_shown() {
    let house = House::new().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let made = upload(
        &house,
        &anna,
        &[("description", "Grey"), ("focus", "0.5,-0.5")],
    )
    .await;
    assert_eq!(
        (&made["type"], &made["description"]),
        (&json!("image"), &json!("Grey"))
    );
    assert_eq!(made["meta"]["original"]["size"], "700x700");
    assert_eq!(made["meta"]["small"]["width"], 640);
    assert_eq!(made["meta"]["focus"], json!({"x": 0.5, "y": -0.5}));
    assert_eq!(made["blurhash"].as_str().unwrap().len(), 28);
    let url = made["url"].as_str().unwrap();
    let kept = house.file(url).await.unwrap();
    assert!(kept.starts_with(b"\x89PNG"));
    let id = made["id"].as_str().unwrap();
    let path = format!("/api/v1/media/{id}");
    house.get(&path).by(&bert).fails(404).await;
    let changed = house
        .put(&path)
        .by(&anna)
        .form("description=Gray")
        .ok()
        .await
        .json;
    assert_eq!(
        (&changed["description"], &changed["meta"]["focus"]["x"]),
        (&json!("Gray"), &json!(0.5))
    );

    let post = house
        .post("/api/v1/statuses")
        .by(&anna)
        .json(&json!({"media_ids": [id]}))
        .ok()
        .await;
    assert_eq!(
        (
            &post.json["content"],
            &post.json["media_attachments"][0]["id"]
        ),
        (&json!(""), &json!(id))
    );
    house.get(&path).by(&anna).fails(404).await;
    // Nobody takes another's, and nothing is in two posts.
    let again = json!({"status": "x", "media_ids": [id]});
    house
        .post("/api/v1/statuses")
        .by(&anna)
        .json(&again)
        .fails(422)
        .await;
    let other = upload(&house, &anna, &[]).await;
    let stolen = json!({"status": "x", "media_ids": [other["id"]]});
    house
        .post("/api/v1/statuses")
        .by(&bert)
        .json(&stolen)
        .fails(422)
        .await;
}

#[actix_web::test]
async fn an_edit_changes_what_is_carried_and_the_history_tells() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let made = upload(&house, &anna, &[("description", "Gray")]).await;
    let other = upload(&house, &anna, &[]).await;
    let id = made["id"].as_str().unwrap();
    let post = house
        .post("/api/v1/statuses")
        .by(&anna)
        .json(&json!({"media_ids": [id]}))
        .ok()
        .await;
    let path = format!("/api/v1/statuses/{}", post.id());
    let edit = json!({"status": "now", "media_ids": [id, other["id"]], "media_attributes": [{"id": id, "description": "Dove"}]});
    let edited = house.put(&path).by(&anna).json(&edit).ok().await.json;
    assert_eq!(edited["media_attachments"].as_array().unwrap().len(), 2);
    assert_eq!(edited["media_attachments"][0]["description"], "Dove");
    let same = house
        .put(&path)
        .by(&anna)
        .json(&json!({"status": "now"}))
        .ok()
        .await
        .json;
    assert_eq!(same["media_attachments"].as_array().unwrap().len(), 2);
    let history = house
        .get(format!("{path}/history"))
        .by(&anna)
        .ok()
        .await
        .json;
    let of = |version: usize| {
        history[version]["media_attachments"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!((history.as_array().unwrap().len(), of(0), of(1)), (2, 1, 2));
    assert_eq!(history[0]["media_attachments"][0]["description"], "Gray");
}

/// A file of this name, said to be of this type.
fn named(file: &[u8], name: &str, media_type: &str) -> Vec<u8> {
    let mut body = format!(
        "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {media_type}\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--B--\r\n");
    body
}

#[actix_web::test]
async fn what_is_broken_or_too_large_is_refused_and_says_so() {
    let house = House::set(|settings| settings.limits.media.file_bytes = 1000).await;
    let anna = house.person("anna").await;
    for (file, why) in [
        (&b""[..], "empty"),
        (b"\x89PNG\r\n\x1a\nbroken", "cannot be read as a picture"),
        (&[b'x'; 1001], "larger than 1000 bytes"),
    ] {
        let call = house.post("/api/v2/media").by(&anna);
        let call = call.bytes("multipart/form-data; boundary=B", body(file, &[]));
        let said = call.fails(422).await;
        assert!(said.contains("file") && said.contains(why), "{said}");
    }
    house
        .post("/api/v2/media")
        .by(&anna)
        .form("description=x")
        .fails(422)
        .await;
    let call = house.post("/api/v1/media").by(&anna);
    let bad = body(&png(4), &[("focus", "2,0")]);
    call.bytes("multipart/form-data; boundary=B", bad)
        .fails(422)
        .await;
}

#[actix_web::test]
async fn any_other_file_is_kept_as_it_came_with_its_name_and_size() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let script = &b"<script>alert(1)</script>"[..];
    for (file, name, said, media_type) in [
        (
            &b"%PDF-1.4 plan"[..],
            "../plan.pdf",
            "application/pdf",
            "application/pdf",
        ),
        (script, "x.svg", "image/svg+xml", "application/octet-stream"),
        (script, "x.html", "text/html", "application/octet-stream"),
        // Pictures that cannot be written anew: nothing is taken out of them, and nothing shows them.
        (
            &b"\0\0\0\x18ftypheic\0\0\0\0"[..],
            "a.heic",
            "image/heic",
            "application/octet-stream",
        ),
        (
            &b"\0\0\0\x18ftypavif\0\0\0\0"[..],
            "a.avif",
            "image/avif",
            "application/octet-stream",
        ),
        (
            &b"II*\0\x08\0\0\0"[..],
            "a.tiff",
            "image/tiff",
            "application/octet-stream",
        ),
        (
            &b"\xff\x0a\xfa\x1f"[..],
            "a.jxl",
            "image/jxl",
            "application/octet-stream",
        ),
        (
            &b"\0\0\0\x0cjP  \r\n\x87\n"[..],
            "a.jp2",
            "image/jp2",
            "application/octet-stream",
        ),
    ] {
        let call = house.post("/api/v2/media").by(&anna);
        let made = call
            .bytes("multipart/form-data; boundary=B", named(file, name, said))
            .ok()
            .await
            .json;
        assert_eq!(made["type"], "unknown");
        assert_eq!(made["preview_url"], json!(null));
        let last = name.rsplit('/').next().unwrap();
        let about = json!({"name": last, "size": file.len(), "media_type": media_type});
        assert_eq!(made["kontor"], about);
        let url = made["url"].as_str().unwrap();
        let (bare, _) = url.split_once('?').unwrap();
        assert_eq!(bare.rsplit_once('.').unwrap().1, "bin", "{url}");
        assert_eq!(house.file(url).await.unwrap(), file);
        // It waits for a post: until then it is its owner's alone.
        assert_eq!(house.file(bare).await, None);
        let post = house
            .post("/api/v1/statuses")
            .by(&anna)
            .json(&json!({"media_ids": [made["id"]]}))
            .ok()
            .await;
        let shown = &post.json["media_attachments"][0];
        assert_eq!(shown["kontor"], about);
        assert_eq!(shown["url"], bare);
        assert_eq!(house.file(bare).await.unwrap(), file);
    }
}

#[actix_web::test]
async fn films_are_refused_by_name_where_nothing_reads_them() {
    let house = House::set(|settings| settings.limits.media.films.ffmpeg = String::new()).await;
    ensure_instance_actor(&house.app).await.unwrap();
    let anna = house.person("anna").await;
    let film = b"\0\0\0\x20ftypisom and so on";
    let call = house.post("/api/v2/media").by(&anna);
    let why = call
        .bytes("multipart/form-data; boundary=B", body(film, &[]))
        .fails(422)
        .await;
    assert!(why.contains("file") && why.contains("no ffmpeg"), "{why}");
    let about = house.get("/api/v2/instance").ok().await.json;
    let media = &about["configuration"]["media_attachments"];
    assert_eq!(media["video_size_limit"], 0);
    let types = media["supported_mime_types"].to_string();
    assert!(
        types.contains("image/png") && !types.contains("video/"),
        "{types}"
    );
}

pub(crate) const FILM: &[u8] = b"\0\0\0\x20ftypisom and so on";

/// A house with stand-ins for ffprobe and ffmpeg, which say what they are told to.
#[cfg(unix)]
pub(crate) struct Studio {
    tools: tempfile::TempDir,
}

#[cfg(unix)]
impl Studio {
    pub(crate) fn new() -> Self {
        let tools = tempfile::tempdir().unwrap();
        std::fs::write(tools.path().join("still.png"), png(64)).unwrap();
        let studio = Self { tools };
        studio.script(
            "ffprobe",
            r#"echo '{"streams": [{"codec_type": "video", "codec_name": "h264", "pix_fmt": "yuv420p", "width": 64, "height": 64, "avg_frame_rate": "25/1"}, {"codec_type": "audio", "codec_name": "aac"}], "format": {"duration": "2.500000", "bit_rate": "64000"}}'"#,
        );
        let still = studio.path("still.png");
        studio.script(
            "ffmpeg",
            &format!("for last; do :; done; case $last in made) cp source made;; *) cp {still} $last;; esac"),
        );
        studio
    }

    fn path(&self, name: &str) -> String {
        self.tools.path().join(name).to_string_lossy().into_owned()
    }

    fn script(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt;

        let plain = self.path("plain");
        std::fs::write(&plain, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&plain, std::fs::Permissions::from_mode(0o755)).unwrap();
        // By another process: what is open for writing in this one, as children of other tests have it for a moment, does not run.
        let copied = std::process::Command::new("/bin/cp")
            .arg("-p")
            .args([plain, self.path(name)])
            .status();
        assert!(copied.unwrap().success());
    }

    pub(crate) async fn house(&self) -> House {
        let house = House::set(|settings| {
            settings.limits.media.films.ffprobe = self.path("ffprobe");
            settings.limits.media.films.ffmpeg = self.path("ffmpeg");
            settings.limits.media.films.waiting_per_account = 2;
        })
        .await;
        ensure_instance_actor(&house.app).await.unwrap();
        house
    }
}

/// Works on all films that wait, once.
pub(crate) async fn make(house: &House) {
    let now = house.app.now();
    let due = house
        .app
        .store
        .read(move |db| kontor_store::jobs::peek(db, "films", now, &[], 100));
    for job in due.await.unwrap() {
        let done = kontor_actions::uploads::films(&house.app)
            .handler
            .run(&job)
            .await;
        assert_eq!(format!("{done:?}"), "Finished");
    }
}

fn assert_is_the_film(made: &serde_json::Value) {
    assert_eq!(
        (&made["type"], &made["description"]),
        (&json!("video"), &json!("Waves"))
    );
    let original = &made["meta"]["original"];
    assert_eq!(original["size"], "64x64");
    assert_eq!(
        (&original["duration"], &original["bitrate"]),
        (&json!(2.5), &json!(64000))
    );
    assert_eq!(original["frame_rate"], "25/1");
    assert!(made["url"].as_str().unwrap().contains(".mp4?"));
    assert!(made["preview_url"].as_str().unwrap().contains(".jpg?"));
    assert!(made["blurhash"].is_string());
}

#[cfg(unix)]
#[actix_web::test]
async fn films_are_shown_with_their_measures_where_something_reads_them() {
    let studio = Studio::new();
    let house = studio.house().await;
    let anna = house.person("anna").await;
    let call = house.post("/api/v1/media").by(&anna);
    let made = call
        .bytes(
            "multipart/form-data; boundary=B",
            body(FILM, &[("description", "Waves")]),
        )
        .ok()
        .await
        .json;
    assert_is_the_film(&made);
    let about = house.get("/api/v2/instance").ok().await.json;
    let media = &about["configuration"]["media_attachments"];
    assert_eq!(media["video_size_limit"], 16 * 1024 * 1024);
    assert!(
        media["supported_mime_types"]
            .to_string()
            .contains("video/mp4")
    );
}

#[cfg(unix)]
#[actix_web::test]
async fn a_film_is_answered_for_before_it_is_ready() {
    let studio = Studio::new();
    let house = studio.house().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    let call = house.post("/api/v2/media").by(&anna);
    let sent = call
        .bytes("multipart/form-data; boundary=B", body(FILM, &[]))
        .send()
        .await;
    assert_eq!(sent.status, 202, "{}", sent.text);
    schema::check("POST", "/api/v2/media", 200, &sent.json);
    assert_eq!(
        (
            &sent.json["url"],
            &sent.json["preview_url"],
            &sent.json["type"]
        ),
        (&json!(null), &json!(null), &json!("video"))
    );
    let path = format!("/api/v1/media/{}", sent.id());
    let seen = house.get(&path).by(&anna).send().await;
    assert_eq!((seen.status, &seen.json), (206, &sent.json));
    house.get(&path).by(&bert).fails(404).await;
    // What its owner says of it can be said now.
    let said = house
        .put(&path)
        .by(&anna)
        .form("description=Waves&focus=0.5,0");
    let said = said.send().await;
    assert_eq!(
        (said.status, &said.json["description"]),
        (206, &json!("Waves"))
    );
    for attached in [
        json!({"media_ids": [sent.id()]}),
        json!({"media_ids": [sent.id()], "scheduled_at": "2040-01-01T00:00:00Z"}),
    ] {
        let why = house.post("/api/v1/statuses").by(&anna).json(&attached);
        let why = why.fails(422).await;
        assert!(
            why.contains("media_ids") && why.contains("try again"),
            "{why}"
        );
    }
    make(&house).await;
    let made = house.get(&path).by(&anna).ok().await.json;
    assert_is_the_film(&made);
    assert_eq!(made["meta"]["focus"]["x"], 0.5);
    let kept = house.file(made["url"].as_str().unwrap()).await.unwrap();
    assert_eq!(kept, FILM);
    let picture = upload(&house, &anna, &[]).await;
    let both = json!([picture["id"], sent.id()]);
    for together in [
        json!({"media_ids": both}),
        json!({"media_ids": both, "scheduled_at": "2040-01-01T00:00:00Z"}),
    ] {
        let why = house.post("/api/v1/statuses").by(&anna).json(&together);
        let why = why.fails(422).await;
        assert!(
            why.contains("media_ids") && why.contains("together with pictures"),
            "{why}"
        );
    }
    let post = house.post("/api/v1/statuses").by(&anna);
    let post = post.json(&json!({"media_ids": [sent.id()]})).ok().await;
    assert_eq!(post.json["media_attachments"][0]["type"], "video");
}

#[cfg(unix)]
#[actix_web::test]
async fn a_film_that_cannot_be_made_ready_says_why_and_few_wait_at_once() {
    let studio = Studio::new();
    let house = studio.house().await;
    let (anna, bert) = (house.person("anna").await, house.person("bert").await);
    studio.script("ffprobe", "echo nonsense");
    let send = |by| {
        let call = house.post("/api/v2/media").by(by);
        call.bytes("multipart/form-data; boundary=B", body(FILM, &[]))
    };
    let sent = send(&anna).send().await;
    assert_eq!(send(&anna).send().await.status, 202);
    let why = send(&anna).fails(422).await;
    assert!(why.contains("file has to wait"), "{why}");
    assert_eq!(send(&bert).send().await.status, 202);
    make(&house).await;
    let path = format!("/api/v1/media/{}", sent.id());
    let why = house.get(&path).by(&anna).fails(422).await;
    assert!(why.contains("cannot be read as a film or sound"), "{why}");
    let put = house.put(&path).by(&anna).form("description=x");
    put.fails(422).await;
    let attached = json!({"media_ids": [sent.id()]});
    let why = house.post("/api/v1/statuses").by(&anna).json(&attached);
    let why = why.fails(422).await;
    assert!(
        why.contains("media_ids") && why.contains("cannot be read"),
        "{why}"
    );
    house.get(&path).by(&bert).fails(404).await;
    house.delete(&path).by(&anna).ok().await;
    assert_eq!(send(&anna).send().await.status, 202);
}

#[actix_web::test]
async fn uploads_that_nobody_uses_go() {
    let house = House::new().await;
    let anna = house.person("anna").await;
    let (one, two) = (
        upload(&house, &anna, &[]).await,
        upload(&house, &anna, &[]).await,
    );
    let path = format!("/api/v1/media/{}", one["id"].as_str().unwrap());
    house.delete(&path).by(&anna).ok().await;
    house.delete(&path).by(&anna).fails(404).await;
    assert_eq!(kontor_actions::uploads::tidy(&house.app).await.unwrap(), 0);
    let path = format!("/api/v1/media/{}", two["id"].as_str().unwrap());
    house.get(&path).by(&anna).ok().await;
    house
        .database()
        .execute("UPDATE attachments SET created_at = '2026-01-01 00:00:00'");
    let posted = json!({"media_ids": [upload(&house, &anna, &[]).await["id"]]});
    house
        .post("/api/v1/statuses")
        .by(&anna)
        .json(&posted)
        .ok()
        .await;
    assert_eq!(kontor_actions::uploads::tidy(&house.app).await.unwrap(), 1);
    house.get(&path).by(&anna).fails(404).await;
}
