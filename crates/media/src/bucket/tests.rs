//! The addresses that are asked, and a storage that is away. What a real one does with them is tested from outside, in `tests/it/server/storage.rs`.
#![allow(clippy::unwrap_used)]

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
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
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
