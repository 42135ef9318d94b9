//! The server under load, as a process of its own with a database of its own.

use std::{
    fs,
    io::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    figures::{cpu, millis},
    postgres,
};

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
    database: String,
    /// PostgreSQL's main process.
    postgres: Option<u32>,
    pub address: SocketAddr,
    http: reqwest::Client,
}

/// Processor time that was used up to a moment, or since one.
pub struct Used {
    pub server: Duration,
    /// By PostgreSQL's own processes. What SQLite uses is the server's.
    postgres: Option<Duration>,
}

impl Used {
    /// A line about PostgreSQL, if there is one.
    pub fn print_postgres(&self, count: f64, each: &str) {
        if let Some(postgres) = self.postgres {
            println!(
                "PostgreSQL's processes: {:.2} s of processor time, {:.3} ms {each}",
                postgres.as_secs_f64(),
                millis(postgres) / count
            );
        }
    }
}

impl Start {
    /// `hosts`: where each peer is.
    pub async fn run(self, hosts: &[(String, SocketAddr)]) -> Server {
        let home = tempfile::tempdir().unwrap();
        let (database, postgres) = match self.database.as_str() {
            "sqlite" => (
                format!("sqlite://{}", home.path().join("kontor.db").display()),
                None,
            ),
            "postgres" => (postgres::new_database(), Some(postgres::main_process())),
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
        let binary = fs::canonicalize(&self.binary)
            .unwrap_or_else(|why| panic!("{}: {why}", self.binary.display()));
        let server = Server {
            child: launch(&binary, home.path()),
            binary,
            home,
            database,
            postgres,
            address,
            http: client(address),
        };
        server.answers().await;
        server
    }
}

fn launch(binary: &Path, home: &Path) -> Child {
    let log = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(home.join("log"))
        .unwrap();
    Command::new(binary)
        .args(["--config", "kontor.toml", "serve"])
        .current_dir(home)
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

fn client(address: SocketAddr) -> reqwest::Client {
    reqwest::Client::builder()
        .no_proxy()
        .http1_only()
        .resolve(DOMAIN, address)
        // Sooner than the server ends them.
        .pool_idle_timeout(Duration::from_secs(2))
        .timeout(Duration::from_secs(60))
        .build()
        .unwrap()
}

fn free_port() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

impl Server {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Until now.
    pub fn used(&self) -> Used {
        Used {
            server: cpu(self.pid()),
            postgres: self.postgres.map(postgres::cpu),
        }
    }

    pub fn used_since(&self, before: &Used) -> Used {
        let now = self.used();
        let postgres = now.postgres.zip(before.postgres);
        Used {
            server: now.server.saturating_sub(before.server),
            postgres: postgres.map(|(now, before)| now.saturating_sub(before)),
        }
    }

    /// Ends it in peace, and starts it on what it has. Returns how long the first 200 took.
    pub async fn start_again(&mut self) -> Duration {
        // It waits for whoever is connected.
        self.http = client(self.address);
        let told = Command::new("kill")
            .args(["-TERM", &self.pid().to_string()])
            .status()
            .unwrap();
        assert!(told.success(), "kill: {told}");
        let ended = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert!(ended.success(), "{ended}\n{}", self.log());
        let began = Instant::now();
        self.child = launch(&self.binary, self.home.path());
        self.answers().await;
        began.elapsed()
    }

    /// Until the first 200.
    async fn answers(&self) {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(120) {
            let answer = self.http.get(self.url("/health")).send().await;
            if answer.is_ok_and(|answer| answer.status() == reqwest::StatusCode::OK) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("the server does not start:\n{}", self.log());
    }

    /// For those who write beside it.
    pub fn database(&self) -> &str {
        &self.database
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

    /// The same for what is not looked at: reading JSON is no work of the server.
    pub async fn fetch(&self, token: &str, path: &str) {
        self.fetching(token, path).await;
    }

    /// The same, apart from the server.
    pub fn fetching(&self, token: &str, path: &str) -> impl Future<Output = ()> + Send + use<> {
        let request = self
            .http
            .get(self.url(path))
            .bearer_auth(token)
            .header("host", DOMAIN);
        async move {
            let answer = request.send().await.unwrap();
            assert!(answer.status().is_success(), "{}", answer.status());
            answer.bytes().await.unwrap();
        }
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

    /// The database is known to PostgreSQL as one that has been there for a while.
    pub fn is_known(&self) {
        if self.postgres.is_some() {
            postgres::analyze(&self.database);
        }
    }

    /// Waits until the server does nothing any more.
    pub async fn rests(&self) {
        let mut before = cpu(self.pid());
        let mut quiet = 0;
        while quiet < 3 {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let now = cpu(self.pid());
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
