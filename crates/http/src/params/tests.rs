//! The same values by every way in, and the bounds of bodies.

use std::{pin::Pin, time::Duration};

use actix_web::{
    App, HttpResponse,
    dev::{Payload, ServiceResponse},
    error::PayloadError,
    http::{Method, StatusCode, header::CONTENT_TYPE},
    rt::time::timeout,
    test::{TestRequest, call_service, init_service, read_body_json},
    web::{self, Data},
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Params;
use crate::Settings;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Form {
    status: Option<String>,
    sensitive: Option<bool>,
    media_ids: Vec<i64>,
}

async fn echo(form: Params<Form>) -> HttpResponse {
    let files: Vec<_> = form
        .files()
        .iter()
        .map(|file| {
            (
                &file.field,
                &file.name,
                &file.content_type,
                file.bytes.len(),
            )
        })
        .collect();
    HttpResponse::Ok().json(json!({
        "status": form.status, "sensitive": form.sensitive, "media_ids": form.media_ids, "files": files,
    }))
}

async fn answer(settings: Settings, req: TestRequest) -> ServiceResponse {
    let app = App::new()
        .app_data(Data::new(settings))
        .default_service(web::to(echo));
    let app = init_service(app).await;
    call_service(&app, req.to_request()).await
}

async fn read(req: TestRequest) -> Value {
    let res = answer(Settings::default(), req).await;
    assert_eq!(res.status(), StatusCode::OK);
    read_body_json(res).await
}

async fn status(settings: Settings, req: TestRequest) -> u16 {
    answer(settings, req).await.status().as_u16()
}

fn post(kind: &str, body: &str) -> TestRequest {
    TestRequest::post()
        .uri("/x")
        .insert_header((CONTENT_TYPE, kind))
        .set_payload(body.to_owned())
}

const MULTIPART: &str = "--B\r\nContent-Disposition: form-data; name=\"status\"\r\n\r\nhi\r\n\
    --B\r\nContent-Disposition: form-data; name=\"sensitive\"\r\n\r\n1\r\n\
    --B\r\nContent-Disposition: form-data; name=\"media_ids[0]\"\r\n\r\n7\r\n\
    --B\r\nContent-Disposition: form-data; name=\"media_ids[1]\"\r\n\r\n8\r\n";

#[actix_web::test]
async fn every_kind_of_body_says_the_same() {
    let wanted = json!({"status": "hi", "sensitive": true, "media_ids": [7, 8], "files": []});
    assert_eq!(
        read(post(
            "application/json; charset=utf-8",
            r#"{"status":"hi","sensitive":"true","media_ids":["7",8]}"#
        ))
        .await,
        wanted
    );
    assert_eq!(
        read(post(
            "application/x-www-form-urlencoded",
            "status=hi&sensitive=on&media_ids[]=7&media_ids[]=8"
        ))
        .await,
        wanted
    );
    assert_eq!(
        read(post(
            "multipart/form-data; boundary=B",
            &format!("{MULTIPART}--B--\r\n")
        ))
        .await,
        wanted
    );
    assert_eq!(
        read(TestRequest::get().uri("/x?status=hi&sensitive=1&media_ids[]=7&media_ids[]=8")).await,
        wanted
    );
}

#[actix_web::test]
async fn the_body_wins_and_any_method_has_one() {
    for method in [Method::GET, Method::DELETE, Method::PUT, Method::PATCH] {
        let req = post("application/json", r#"{"status":"body"}"#)
            .method(method)
            .uri("/x?status=query&sensitive=1");
        assert_eq!(
            read(req).await,
            json!({"status": "body", "sensitive": true, "media_ids": [], "files": []})
        );
    }
    assert_eq!(
        read(post("application/json", "")).await["status"],
        Value::Null
    );
}

#[actix_web::test]
async fn a_file_comes_with_its_name_and_type() {
    let body = format!(
        "{MULTIPART}--B\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n12345\r\n--B--\r\n"
    );
    let read = read(post("multipart/form-data; boundary=B", &body)).await;
    assert_eq!(read["files"], json!([["avatar", "a.png", "image/png", 5]]));
}

#[actix_web::test]
async fn what_cannot_be_read_is_refused() {
    let bounded = || Settings {
        body_bytes: 64,
        params: 4,
        nesting: 2,
        ..Settings::default()
    };
    assert_eq!(status(bounded(), post("application/json", "{")).await, 400);
    assert_eq!(
        status(bounded(), post("application/json", "[1]")).await,
        400
    );
    assert_eq!(status(bounded(), post("text/csv", "a,b")).await, 415);
    assert_eq!(
        status(
            bounded(),
            post("application/json", r#"{"sensitive":"perhaps"}"#)
        )
        .await,
        422
    );
    assert_eq!(
        status(
            bounded(),
            post("application/json", r#"{"a":{"b":{"c":1}}}"#)
        )
        .await,
        400
    );
    assert_eq!(
        status(bounded(), post("application/json", r#"{"a":[1,2,3,4]}"#)).await,
        413
    );
    assert_eq!(
        status(
            bounded(),
            post(
                "application/json",
                &format!(r#"{{"a":"{}"}}"#, "x".repeat(64))
            )
        )
        .await,
        413
    );
    assert_eq!(
        status(
            bounded(),
            post("application/x-www-form-urlencoded", &"x".repeat(65))
        )
        .await,
        413
    );
    assert_eq!(
        status(bounded(), post("multipart/form-data", "x")).await,
        400
    );
    let large = Settings {
        body_bytes: 8,
        ..Settings::default()
    };
    let body =
        "--B\r\nContent-Disposition: form-data; name=\"status\"\r\n\r\n123456789\r\n--B--\r\n";
    assert_eq!(
        status(large, post("multipart/form-data; boundary=B", body)).await,
        413
    );
    assert_eq!(
        status(bounded(), TestRequest::get().uri("/x?a[b][c]=1")).await,
        400
    );
}

#[actix_web::test]
async fn an_error_is_json_and_names_the_field() {
    let res = answer(
        Settings::default(),
        TestRequest::get().uri("/x?media_ids[]=cat"),
    )
    .await;
    assert_eq!(res.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let body: Value = read_body_json(res).await;
    assert_eq!(
        body,
        json!({"error": "Validation failed: media_ids[0] must be a whole number"})
    );
}

/// A body of which the first byte comes, and then nothing.
#[actix_web::test]
async fn a_body_that_does_not_arrive_is_not_waited_for() {
    for kind in ["application/json", "multipart/form-data; boundary=B"] {
        let settings = Settings {
            body_timeout: Duration::from_millis(50),
            ..Settings::default()
        };
        let app = App::new()
            .app_data(Data::new(settings))
            .default_service(web::to(echo));
        let app = init_service(app).await;
        let first = stream::once(async { Ok(Bytes::from_static(b"{")) });
        let body: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> =
            Box::pin(first.chain(stream::pending()));
        let req = post(kind, "").to_request();
        let (req, _) = req.replace_payload(Payload::from(body));
        let answered = timeout(Duration::from_secs(5), call_service(&app, req)).await;
        assert_eq!(answered.unwrap().status(), StatusCode::REQUEST_TIMEOUT);
    }
}
