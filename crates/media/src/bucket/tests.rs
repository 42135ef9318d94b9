//! The addresses that are asked, and a storage that is away. What a real one does with them is tested from outside, in `tests/it/server/storage.rs`.
#![allow(clippy::unwrap_used)]

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    thread::JoinHandle,
};

use super::*;

fn settings(endpoint: &str) -> BucketSettings {
    BucketSettings {
        endpoint: endpoint.parse().unwrap(),
        bucket: "media".to_owned(),
        region: "eu-test-1".to_owned(),
        access_key_id: "key".to_owned(),
        secret_access_key: "hunter2".to_owned(),
        path_style: true,
        extra_ca_files: Vec::new(),
        connect_timeout: Duration::from_secs(2),
        timeout: Duration::from_secs(2),
        tries: 2,
    }
}

fn bucket(endpoint: &str) -> Bucket {
    Bucket::new(settings(endpoint)).unwrap()
}

fn query(url: &Url, name: &str) -> Option<String> {
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.map(|(_, value)| value.into_owned())
}

#[test]
fn an_object_has_an_address_of_either_style() {
    let name = "remote/files/ab/abc.png";
    let by_path = bucket("https://s3.test/store").address(Deed::Get(name, Asked::Whole));
    assert_eq!(by_path.host_str(), Some("s3.test"));
    assert_eq!(by_path.path(), "/store/media/remote/files/ab/abc.png");
    let by_host = Bucket::new(BucketSettings {
        path_style: false,
        ..settings("https://s3.test")
    });
    let by_host = by_host.unwrap().address(Deed::Remove(name));
    assert_eq!(by_host.host_str(), Some("media.s3.test"));
    assert_eq!(by_host.path(), "/remote/files/ab/abc.png");
    for url in [by_path, by_host] {
        assert!(query(&url, "X-Amz-Signature").is_some(), "{url}");
        let scope = query(&url, "X-Amz-Credential").unwrap();
        assert!(
            scope.starts_with("key/") && scope.contains("/eu-test-1/s3/"),
            "{scope}"
        );
        assert!(!url.as_str().contains("hunter2"));
    }
}

#[test]
fn a_list_is_asked_of_the_bucket_itself() {
    let bucket = bucket("http://127.0.0.1:9000");
    let first = bucket.address(Deed::List("files/", ""));
    assert_eq!(first.path(), "/media/");
    assert_eq!(query(&first, "list-type").as_deref(), Some("2"));
    assert_eq!(query(&first, "prefix").as_deref(), Some("files/"));
    assert_eq!(query(&first, "continuation-token"), None);
    let next = bucket.address(Deed::List("files/", "a+b/c="));
    let token = query(&next, "continuation-token");
    assert_eq!(token.as_deref(), Some("a+b/c="));
}

#[test]
fn what_cannot_be_used_is_named() {
    let field = |settings| Bucket::new(settings).unwrap_err().field;
    assert_eq!(field(settings("ftp://s3.test")), "endpoint");
    let by_host = BucketSettings {
        path_style: false,
        bucket: "a/b".to_owned(),
        ..settings("https://s3.test")
    };
    assert_eq!(field(by_host), "bucket");
    let without = BucketSettings {
        extra_ca_files: vec!["nowhere.pem".into()],
        ..settings("https://s3.test")
    };
    assert_eq!(field(without), "extra_ca_files");
    let printed = format!("{:?}", bucket("https://s3.test"));
    assert!(
        !printed.contains("hunter2") && printed.contains("media"),
        "{printed}"
    );
}

#[tokio::test]
async fn a_storage_that_is_away_is_no_storage_without_the_file() {
    // Nobody listens on a port that was just given back.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let bucket = bucket(&format!("http://127.0.0.1:{port}"));
    for failed in [
        bucket
            .put("files/ab/abc.png", "x".into())
            .await
            .unwrap_err(),
        bucket
            .get("files/ab/abc.png", Asked::Whole)
            .await
            .unwrap_err(),
        bucket.remove("files/ab/abc.png").await.unwrap_err(),
        bucket.list("files/", "").await.unwrap_err(),
    ] {
        assert!(matches!(failed, Failed::Away(_)), "{failed}");
        assert!(!failed.to_string().contains("X-Amz"), "{failed}");
    }
    assert_eq!(bucket.try_out().await.unwrap_err().field, "endpoint");
}

/// A storage that says these things, one after the other. Afterwards it tells what it was asked.
fn scripted(answers: Vec<String>) -> (Bucket, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let heads = answers.into_iter().map(|answer| {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                head.extend(byte);
            }
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8(head).unwrap()
        });
        heads.collect()
    });
    (bucket(&endpoint), asked)
}

fn says(status: u16, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

fn refuses(status: u16, code: &str) -> String {
    says(status, "", &format!("<Error><Code>{code}</Code></Error>"))
}

const NAME: &str = "files/ab/abc.png";

#[tokio::test]
async fn a_storage_that_is_busy_is_asked_again_and_one_that_refuses_is_not() {
    let busy = refuses(503, "SlowDown");
    let (bucket, asked) = scripted(vec![busy.clone(), says(200, "", "abc")]);
    let reading = bucket.get(NAME, Asked::Whole).await.unwrap().unwrap();
    assert_eq!(reading.all().await.unwrap(), "abc");
    assert_eq!(asked.join().unwrap().len(), 2);

    let (bucket, asked) = scripted(vec![busy.clone(), busy]);
    let failed = bucket.remove(NAME).await.unwrap_err();
    assert!(matches!(failed, Failed::Away(_)), "{failed}");
    assert!(failed.to_string().contains("SlowDown"), "{failed}");
    asked.join().unwrap();

    let (bucket, asked) = scripted(vec![refuses(403, "AccessDenied")]);
    let failed = bucket.remove(NAME).await.unwrap_err();
    assert!(
        matches!(&failed, Failed::Bucket { status: 403, code } if code == "AccessDenied"),
        "{failed}"
    );
    asked.join().unwrap();
}

#[tokio::test]
async fn an_object_that_is_not_there_is_none_and_a_bucket_that_is_not_there_is_a_failure() {
    let (bucket, asked) = scripted(vec![
        refuses(404, "NoSuchKey"),
        refuses(404, "NoSuchBucket"),
    ]);
    assert!(bucket.get(NAME, Asked::Whole).await.unwrap().is_none());
    assert!(bucket.get(NAME, Asked::Whole).await.is_err());
    asked.join().unwrap();
    let (bucket, asked) = scripted(vec![
        refuses(404, "NoSuchKey"),
        refuses(404, "NoSuchBucket"),
    ]);
    bucket.remove(NAME).await.unwrap();
    bucket.remove(NAME).await.unwrap_err();
    asked.join().unwrap();
}

#[tokio::test]
async fn a_part_is_asked_for_as_a_part() {
    let part = says(206, "Content-Range: bytes 1-2/10\r\n", "bc");
    let (bucket, asked) = scripted(vec![part]);
    let some = Asked::From(1, Some(2));
    let reading = bucket.get(NAME, some).await.unwrap().unwrap();
    assert_eq!((reading.length(), reading.part()), (10, Part::Of(1, 2)));
    assert_eq!(reading.all().await.unwrap(), "bc");
    let head = asked.join().unwrap().remove(0);
    assert!(head.contains("range: bytes=1-2\r\n"), "{head}");

    // Whoever does not know ranges gives all of it, and whoever does not say how long it is, is asked.
    let first = says(206, "Content-Range: bytes 0-0/10\r\n", "a");
    let (bucket, asked) = scripted(vec![
        says(200, "", "abc"),
        refuses(416, "InvalidRange"),
        first,
    ]);
    let reading = bucket.get(NAME, some).await.unwrap().unwrap();
    assert_eq!((reading.length(), reading.part()), (3, Part::Whole));
    let behind = Asked::From(10, None);
    let reading = bucket.get(NAME, behind).await.unwrap().unwrap();
    assert_eq!((reading.length(), reading.part()), (10, Part::Beyond));
    asked.join().unwrap();
}

#[tokio::test]
async fn a_file_that_breaks_off_is_no_whole_one() {
    let short = "HTTP/1.1 200 X\r\nContent-Length: 100\r\nConnection: close\r\n\r\nabc";
    let (bucket, asked) = scripted(vec![short.to_owned()]);
    let reading = bucket.get(NAME, Asked::Whole).await.unwrap().unwrap();
    assert_eq!(reading.left(), 100);
    let failed = reading.all().await.unwrap_err();
    assert!(matches!(failed, Failed::Away(_)), "{failed}");
    asked.join().unwrap();
}
