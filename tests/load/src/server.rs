//! The server under load, as a process of its own with a database of its own.

use std::{
    fs,
    io::Write,
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;

/// The server's name; peers and clients ask for it by its `Host` header.
pub const DOMAIN: &str = "kontor.test";

pub struct Start {
    pub binary: PathBuf,
    pub database: String,
    pub settings: Vec<String>,
}

pub struct Server {
    child: Child,
    binary: PathBuf,
    home: tempfile::TempDir,
    pub address: SocketAddr,
    http: reqwest::Client,
}

impl Start {
    /// `hosts`: where each peer is.
    pub async fn run(self, hosts: &[(String, SocketAddr)]) -> Server {
        let home = tempfile::tempdir().unwrap();
        let database = match self.database.as_str() {
            "sqlite" => format!("sqlite://{}", home.path().join("kontor.db").display()),
            "postgres" => new_database(),
            other => panic!("--database is sqlite or postgres, not {other}"),
        };
        let address = free_port();
        let hosts: Vec<String> = hosts
            .iter()
            .map(|(host, at)| format!("\"{host}:80\" = \"{at}\""))
            .collect();
        let mut settings = vec![
            format!("instance.domain=\"{DOMAIN}\""),
            "instance.scheme=\"http\"".to_owned(),
            format!("server.listen=\"{address}\""),
            format!("database.url=\"{}\"", database),
            format!("media.path=\"{}\"", home.path().join("media").display()),
            "federation.allow_http=true".to_owned(),
            format!("federation.hosts={{ {} }}", hosts.join(", ")),
            "federation.key_fetches=100000".to_owned(),
            "limits.requests_per_5_minutes=0".to_owned(),
            "log.filter=\"warn\"".to_owned(),
        ];
        settings.extend(self.settings);
        let mut file = fs::File::create(home.path().join("kontor.toml")).unwrap();
        for setting in &settings {
            writeln!(file, "{setting}").unwrap();
        }
        let log = fs::File::create(home.path().join("log")).unwrap();
        let binary = fs::canonicalize(&self.binary)
            .unwrap_or_else(|why| panic!("{}: {why}", self.binary.display()));
        let child = Command::new(&binary)
            .args(["--config", "kontor.toml", "serve"])
            .current_dir(home.path())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let http = reqwest::Client::builder()
            .no_proxy()
            .http1_only()
            .resolve(DOMAIN, address)
            // Sooner than the server ends them.
            .pool_idle_timeout(Duration::from_secs(2))
            .timeout(Duration::from_secs(60))
            .build()
            .unwrap();
        let server = Server {
            child,
            binary,
            home,
            address,
            http,
        };
        for _ in 0..600 {
            if server.http.get(server.url("/ready")).send().await.is_ok() {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the server does not start:\n{}", server.log());
    }
}

/// A database of its own beside `scripts/postgres`, which removes it with everything else.
fn new_database() -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "scripts/postgres says it by the environment"
    )]
    let server = std::env::var("KONTOR_TEST_POSTGRES").expect("run it by scripts/postgres");
    let name = format!("load_{}", std::process::id());
    let psql = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin/psql")))
        .find(|path| path.exists())
        .unwrap_or_else(|| PathBuf::from("psql"));
    let made = Command::new(psql)
        .args([&server, "-qc", &format!("CREATE DATABASE {name}")])
        .status()
        .unwrap();
    assert!(made.success(), "no database");
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}

fn free_port() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

impl Server {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.home.path().join("log")).unwrap()
    }

    fn url(&self, path: &str) -> String {
        format!("http://{DOMAIN}:{}{path}", self.address.port())
    }

    fn command(&self, arguments: &[&str]) -> String {
        let output = Command::new(&self.binary)
            .args(["--config", "kontor.toml"])
            .args(arguments)
            .current_dir(self.home.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// A local account's token.
    pub fn person(&self, name: &str) -> String {
        self.command(&["account", "create", name]);
        self.command(&["token", "create", name])
    }

    pub async fn get(&self, token: &str, path: &str) -> Value {
        self.answer(self.http.get(self.url(path)).bearer_auth(token))
            .await
    }

    pub async fn post(&self, token: &str, path: &str, body: &Value) -> Value {
        let request = self
            .http
            .post(self.url(path))
            .bearer_auth(token)
            .header("content-type", "application/json")
            .body(body.to_string());
        self.answer(request).await
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Value {
        let answer = request.header("host", DOMAIN).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{status}: {text}\n{}", self.log());
        serde_json::from_str(&text).unwrap()
    }

    /// Waits until the server does nothing any more.
    pub async fn rests(&self) {
        let mut before = crate::figures::cpu(self.pid());
        let mut quiet = 0;
        while quiet < 3 {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let now = crate::figures::cpu(self.pid());
            quiet = if now.saturating_sub(before) <= Duration::from_millis(10) {
                quiet + 1
            } else {
                0
            };
            before = now;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}
