//! A storage that speaks S3 and that we did not write: `SeaweedFS`, as a process of its own, with one bucket and one key to it.

use std::{
    fs::{self, File},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use kontor_media::{Bucket, BucketSettings};

use crate::{Address, Setup, environment, python::PYTHON, wait::within};

pub const BUCKET: &str = "media";
pub const KEY: &str = "kontor-key";
pub const SECRET: &str = "kontor-secret-of-tests";

/// It starts in two seconds where nothing else is to be done.
const LIMIT: Duration = Duration::from_secs(60);

/// What listens. Each has a port for HTTP and one for gRPC.
const PARTS: [&str; 5] = ["s3", "filer", "master", "volume", "admin"];

pub struct Storage {
    home: tempfile::TempDir,
    ports: Vec<(&'static str, Address, Address)>,
    child: Option<Child>,
    starts: u32,
}

impl Storage {
    /// Starts an empty one and waits until it answers.
    pub async fn start() -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        let identity = serde_json::json!({"identities": [{
            "name": "kontor",
            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "List", "Tagging", "Write"],
        }]});
        fs::write(home.path().join("s3.json"), identity.to_string()).expect("a configuration file");
        fs::create_dir(home.path().join("data")).expect("a folder");
        let port = || Address::new("storage.test");
        let mut storage = Self {
            home,
            ports: PARTS.map(|part| (part, port(), port())).to_vec(),
            child: None,
            starts: 0,
        };
        storage.again().await;
        storage
    }

    /// Starts it on the data that it has, and waits until it answers.
    ///
    /// # Panics
    /// When it runs already, ends again, or does not answer.
    pub async fn again(&mut self) {
        assert!(self.child.is_none(), "the storage runs already");
        self.starts += 1;
        let path = |name: &str| self.home.path().join(name).display().to_string();
        // It lies beside the Python that `scripts/test` made.
        let weed = Path::new(&environment::required(PYTHON)).with_file_name("weed");
        let log = File::create(self.log_file()).expect("a log file");
        let mut command = Command::new(&weed);
        command
            .args(["-logtostderr=true", "mini"])
            .args(["-ip=127.0.0.1", "-ip.bind=127.0.0.1"])
            .args(["-admin.ui=false", "-webdav=false"])
            .args(["-s3.port.iceberg=0", "-s3.port.lance=0"])
            .arg(format!("-dir={}", path("data")))
            .arg(format!("-s3.config={}", path("s3.json")))
            .arg(format!("-bucket={BUCKET}"));
        for (part, http, grpc) in &self.ports {
            command
                .arg(format!("-{part}.port={}", http.port()))
                .arg(format!("-{part}.port.grpc={}", grpc.port()));
        }
        let child = command
            .current_dir(self.home.path())
            .env("TMPDIR", self.home.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log file"))
            .stderr(log)
            .spawn();
        self.child = Some(child.unwrap_or_else(|why| panic!("{}: {why}", weed.display())));
        let bucket = self.bucket();
        within(LIMIT, "the storage answers", async || {
            let ended = self.child.as_mut()?.try_wait().expect("a child of ours");
            if let Some(status) = ended {
                panic!(
                    "the storage ended at its start with {status}:\n{}",
                    self.log()
                );
            }
            bucket.try_out().await.ok()
        })
        .await;
    }

    /// kill -9, and nothing is left of the process afterwards.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("the storage runs");
        child.kill().expect("a child of ours");
        child.wait().expect("a child of ours");
    }

    pub fn endpoint(&self) -> String {
        let (_, s3, _) = self.ports.first().expect("the first of the parts");
        format!("http://{}", s3.socket())
    }

    /// A way to it beside the server's.
    pub fn bucket(&self) -> Bucket {
        Bucket::new(BucketSettings {
            endpoint: self.endpoint().parse().expect("an address"),
            bucket: BUCKET.to_owned(),
            region: "us-east-1".to_owned(),
            access_key_id: KEY.to_owned(),
            secret_access_key: SECRET.to_owned(),
            path_style: true,
            extra_ca_files: Vec::new(),
            connect_timeout: Duration::from_secs(2),
            timeout: Duration::from_secs(5),
            tries: 1,
        })
        .expect("a bucket")
    }

    /// A server that keeps its files here.
    pub fn of(&self, setup: Setup) -> Setup {
        let quoted = |text: &str| format!("\"{text}\"");
        setup
            .with("media.s3.endpoint", quoted(&self.endpoint()))
            .with("media.s3.bucket", quoted(BUCKET))
            .with("media.s3.access_key_id", quoted(KEY))
            .with("media.s3.secret_access_key", quoted(SECRET))
            .with("media.s3.connect_timeout_seconds", "2")
            .with("media.s3.timeout_seconds", "5")
    }

    fn log_file(&self) -> std::path::PathBuf {
        self.home.path().join(format!("{}.log", self.starts))
    }

    fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _gone = child.kill();
            let _gone = child.wait();
        }
        // It makes these whatever folder it is given.
        for (part, http, grpc) in &self.ports {
            for name in [
                format!("{part}-{}", http.port()),
                format!("{part}-grpc-{}", grpc.port()),
            ] {
                let _gone = fs::remove_file(format!("/tmp/seaweedfs-{name}.sock"));
            }
        }
    }
}
