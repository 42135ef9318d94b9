//! Files in a bucket, of a storage that we did not write: all that is done with them, and what happens while it is away.

use std::time::Duration;

use kontor_media::{Asked, Files};
use kontor_tests::{
    Answer, Backend, Server, Setup, answer::text, holds, storage, storage::Storage,
};
use reqwest::Method;
use serde_json::{Value, json};

/// Longer than what is read at a time.
fn long() -> Vec<u8> {
    (0..=250).cycle().take(700_000).collect()
}

fn picture(name: &str) -> Vec<u8> {
    kontor_media::avatar(name, 64).unwrap()
}

/// What lies in the bucket: of people here, and of other servers.
async fn lying(storage: &Storage) -> (usize, usize) {
    let count = async |above| {
        let files = Files::in_bucket(storage.bucket(), above);
        let mut old = files.old(Duration::ZERO).await.unwrap();
        let mut count = 0;
        while let Some(names) = old.next().await.unwrap() {
            count += names.len();
        }
        count
    };
    (count("").await, count("remote/").await)
}

async fn part(server: &Server, url: &str, range: &str) -> Answer {
    let client = server.stranger();
    let request = client.request(Method::GET, url).header("range", range);
    client.send(request).await
}

fn files_of(post: &Value) -> Vec<String> {
    let files = post["media_attachments"].as_array().unwrap();
    files.iter().map(|file| text(file, "url")).collect()
}

async fn files_in_a_bucket(backend: Backend) {
    let mut storage = Storage::start().await;
    let alpha = storage.of(Setup::new("alpha.test", backend));
    let beta = Setup::new("beta.test", Backend::Sqlite);
    let (a, b) = (alpha.address.clone(), beta.address.clone());
    let alpha = alpha.knows(&[&b]).start().await;
    let beta = beta.knows(&[&a]).start().await;
    let (alice, bob) = (alpha.person("alice").await, beta.person("bob").await);
    assert_eq!(
        lying(&storage).await,
        (0, 0),
        "the trial at the start is gone"
    );

    // A picture has a small one beside it.
    let mut ids = Vec::new();
    for (name, bytes) in [("a.png", picture("alice")), ("plan.pdf", long())] {
        ids.push(text(&alice.uploads(name, &bytes, &[]).await, "id"));
    }
    let body = json!({"status": "with files", "media_ids": ids});
    let post = alice.client.post_json("/api/v1/statuses", &body).await.ok();
    let files = files_of(&post);
    let (shown, kept) = (&files[0], &files[1]);
    assert_eq!(lying(&storage).await, (3, 0));
    let folder = alpha.config().with_file_name("media").join("files");
    assert!(!folder.exists(), "nothing is on the disk");
    let seen = alpha.get(shown).await.expect(200);
    assert_eq!(seen.header("content-type"), "image/png");
    let whole = alpha.get(kept).await.expect(200);
    assert_eq!(whole.body, long());

    for (range, within) in [
        ("bytes=100-199", 100..200),
        ("bytes=300000-", 300_000..700_000),
        ("bytes=-5", 699_995..700_000),
    ] {
        let some = part(&alpha, kept, range).await.expect(206);
        let said = format!("bytes {}-{}/700000", within.start, within.end - 1);
        assert_eq!(some.header("content-range"), said);
        assert_eq!(some.body, long()[within], "{range}");
    }
    let beyond = part(&alpha, kept, "bytes=700000-").await.expect(416);
    assert_eq!(beyond.header("content-range"), "bytes */700000");

    // The rule of who may have a file is Kontor's, wherever the file lies.
    let secret = text(&alice.uploads("b.pdf", b"for alice", &[]).await, "url");
    let without = secret.split('?').next().unwrap();
    alpha.get(without).await.expect(404);
    alice.client.get(without).await.expect(200);

    // The face of a profile, and the one after it.
    for name in ["one", "two"] {
        let me = with_avatar(&alice.client, &picture(name)).await;
        alpha.get(&text(&me, "avatar")).await.expect(200);
        holds("the face before is gone", async || {
            lying(&storage).await.0 == 5
        })
        .await;
    }

    // A file of another server is fetched once, and read from here then.
    alice.follows(&alice.resolve(&bob.handle()).await).await;
    let id = text(&bob.uploads("c.png", &picture("bob"), &[]).await, "id");
    let body = json!({"status": "from beta", "media_ids": [id]});
    bob.client.post_json("/api/v1/statuses", &body).await.ok();
    let from_beta = files_of(&alice.sees("from beta").await).remove(0);
    let first = alpha.get(&from_beta).await.expect(200);
    assert_eq!(lying(&storage).await.1, 1);
    let some = part(&alpha, &from_beta, "bytes=1-3").await.expect(206);
    assert_eq!(some.body, first.body[1..4]);

    // Away: said as what it is, and nothing is lost.
    alpha.settles().await;
    storage.kill();
    for url in [shown, kept, &from_beta] {
        alpha.get(url).await.expect(503);
    }
    let refused = try_upload(&alice.client).await.expect(503);
    assert!(
        refused.text().contains("try again later"),
        "{}",
        refused.text()
    );
    let gone = text(&post, "id");
    let path = format!("/api/v1/statuses/{gone}?delete_media=true");
    alice.client.delete(&path).await.expect(200);
    alice.post("words need no storage", "public").await;
    storage.again().await;
    let again = alpha.get(&from_beta).await.expect(200);
    assert_eq!(again.body, first.body);
    try_upload(&alice.client).await.expect(200);
    // What could not be removed is, later.
    alpha.settles().await;
    alpha.check();
    for url in [shown, kept] {
        alpha.get(url).await.expect(404);
    }
    // b.pdf, the second face, and what was uploaded last.
    assert_eq!(lying(&storage).await, (3, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_in_a_bucket_sqlite() {
    files_in_a_bucket(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_in_a_bucket_postgres() {
    files_in_a_bucket(Backend::Postgres).await;
}

async fn with_avatar(client: &kontor_tests::Client, file: &[u8]) -> Value {
    let path = "/api/v1/accounts/update_credentials";
    send(client, Method::PATCH, path, "avatar", "me.png", file)
        .await
        .ok()
}

async fn try_upload(client: &kontor_tests::Client) -> Answer {
    let bytes = b"written down";
    send(
        client,
        Method::POST,
        "/api/v2/media",
        "file",
        "d.pdf",
        bytes,
    )
    .await
}

async fn send(
    client: &kontor_tests::Client,
    method: Method,
    path: &str,
    field: &str,
    name: &str,
    file: &[u8],
) -> Answer {
    let head = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    let body = [head.as_bytes(), file, b"\r\n--edge--\r\n"].concat();
    let request = client
        .request(method, path)
        .header("content-type", "multipart/form-data; boundary=edge")
        .body(body);
    client.send(request).await
}

/// Page by page, and what is young is left alone.
#[tokio::test(flavor = "multi_thread")]
async fn what_lies_in_a_bucket_is_listed_whole() {
    let storage = Storage::start().await;
    let files = Files::in_bucket(storage.bucket(), "remote/");
    let mut under_way = tokio::task::JoinSet::new();
    for number in 0..620 {
        let (files, name) = (files.clone(), format!("{number:04}.png"));
        under_way.spawn(async move { files.put(&name, name.clone().into()).await });
    }
    while let Some(done) = under_way.join_next().await {
        done.unwrap().unwrap();
    }
    let mut all = Vec::new();
    let mut old = files.old(Duration::ZERO).await.unwrap();
    while let Some(names) = old.next().await.unwrap() {
        assert!(names.len() < 620, "a page has all of them");
        all.extend(names);
    }
    all.sort();
    let expected: Vec<_> = (0..620).map(|number| format!("{number:04}.png")).collect();
    assert_eq!(all, expected);
    let mut settled = files.old(Duration::from_secs(60 * 60)).await.unwrap();
    while let Some(names) = settled.next().await.unwrap() {
        assert_eq!(names, Vec::<String>::new());
    }
    let one = files.get("0007.png", Asked::Whole).await.unwrap().unwrap();
    assert_eq!(one.all().await.unwrap(), "0007.png");
    files.remove("0007.png").await.unwrap();
    files.remove("0007.png").await.unwrap();
    assert!(files.get("0007.png", Asked::Whole).await.unwrap().is_none());
}

/// Before anything is served: the check says it, and so does the start.
#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_cannot_be_used_is_said_by_its_setting() {
    let mut storage = Storage::start().await;
    let of = |key: &'static str, value: &str| {
        let setup = storage.of(Setup::new("alpha.test", Backend::Sqlite));
        setup.with(key, format!("\"{value}\"")).prepare()
    };
    let good = storage
        .of(Setup::new("alpha.test", Backend::Sqlite))
        .prepare();
    let said = good.run(&["config", "check"], "");
    assert!(said.contains(storage::BUCKET), "{said}");
    assert!(!said.contains(storage::SECRET), "the secret is printed");
    for (key, value) in [
        ("media.s3.bucket", "another"),
        ("media.s3.access_key_id", "nobody"),
        ("media.s3.secret_access_key", "hunter2"),
        ("media.s3.region", ""),
    ] {
        let server = of(key, value);
        for command in [&["config", "check"][..], &["serve"]] {
            let output = server.cli(command, "");
            let why = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!output.status.success(), "{key}, {command:?}");
            assert!(why.contains(&format!("`{key}`")), "{key}: {why}");
            assert!(!why.contains("hunter2"), "{why}");
        }
    }
    storage.kill();
    let output = good.cli(&["config", "check"], "");
    let why = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && why.contains("`media.s3.endpoint`"),
        "{why}"
    );
}
