//! The real binary as a process of its own, with a configuration, a database and a log of its own.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    Address, Answer, Backend, Client, Database, Person, binary,
    http2::{Heard, Relay},
    tls::Front,
    until,
};

/// The password of everyone.
pub const PASSWORD: &str = "correct horse battery staple";

/// How a server is to be.
pub struct Setup {
    pub address: Address,
    /// Where it listens behind a front that speaks TLS.
    inner: Option<Address>,
    /// What hands on to it what comes over HTTP/2.
    relay: Option<Arc<Relay>>,
    pub database: Arc<Database>,
    /// Who can be reached.
    pub peers: Vec<Address>,
    /// What starts the binary: a command that is given the binary and its arguments after its own, and makes place for it.
    pub through: &'static [&'static str],
    /// Settings of one's own: `("limits.activity_bytes", "1000")`, written over the ones that tests are run with.
    pub settings: Vec<(&'static str, String)>,
}

impl Setup {
    pub fn new(name: &str, backend: Backend) -> Self {
        Self {
            address: Address::new(name),
            inner: None,
            relay: None,
            database: Arc::new(Database::new(backend)),
            peers: Vec::new(),
            through: &[],
            settings: Vec::new(),
        }
    }

    /// As in production: TLS by a private authority, and none of the switches of development.
    #[must_use]
    pub fn over_tls(mut self) -> Self {
        self.inner = Some(Address::new(self.address.host()));
        self.address = self.address.over_tls();
        self
    }

    /// The same, for callers who choose between HTTP/2 and HTTP/1.1.
    ///
    /// # Panics
    /// When no HTTP client can be made.
    #[must_use]
    pub fn over_http2(self) -> Self {
        let mut setup = self.over_tls();
        setup.relay = setup
            .inner
            .as_ref()
            .map(|inner| Arc::new(Relay::new(inner.socket())));
        setup
    }

    #[must_use]
    pub fn knows(mut self, peers: &[&Address]) -> Self {
        self.peers.extend(peers.iter().map(|peer| (*peer).clone()));
        self
    }

    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.settings.push((key, value.into()));
        self
    }

    /// The configuration file.
    pub fn text(&self, home: &Path) -> String {
        let quoted = |text: &str| format!("\"{text}\"");
        let hosts: Vec<String> = self
            .peers
            .iter()
            .map(|peer| format!("\"{}\" = \"{}\"", peer.authority(), peer.socket()))
            .collect();
        let mut settings: Vec<(&str, String)> = vec![
            ("instance.domain", quoted(&self.address.authority())),
            ("instance.scheme", quoted(self.address.scheme())),
            ("instance.registrations", quoted("open")),
            (
                "server.listen",
                quoted(
                    &self
                        .inner
                        .as_ref()
                        .unwrap_or(&self.address)
                        .socket()
                        .to_string(),
                ),
            ),
            ("server.shutdown_seconds", "10".to_owned()),
            ("database.url", quoted(self.database.url())),
            ("database.connections", "6".to_owned()),
            (
                "media.path",
                quoted(&home.join("media").display().to_string()),
            ),
            (
                "federation.allow_http",
                (!self.address.is_secure()).to_string(),
            ),
            ("federation.hosts", format!("{{ {} }}", hosts.join(", "))),
            ("federation.connect_timeout_seconds", "2".to_owned()),
            ("federation.timeout_seconds", "5".to_owned()),
            ("federation.retry_first_ms", "100".to_owned()),
            ("federation.retry_most_ms", "500".to_owned()),
            ("federation.pause_first_ms", "100".to_owned()),
            ("federation.pause_most_ms", "500".to_owned()),
            ("federation.failure_memory_seconds", "1".to_owned()),
            ("federation.body_timeout_seconds", "3".to_owned()),
            ("limits.requests_per_5_minutes", "0".to_owned()),
            // What posts of tests link to is nowhere.
            ("cards.enabled", "false".to_owned()),
        ];
        if self.address.is_secure() {
            let file = crate::tls::authority().file().display().to_string();
            settings.push(("federation.extra_ca_files", format!("[{}]", quoted(&file))));
        }
        for (key, value) in &self.settings {
            settings.retain(|(other, _)| other != key);
            settings.push((key, value.clone()));
        }
        settings.iter().fold(String::new(), |text, (key, value)| {
            text + key + " = " + value + "\n"
        })
    }

    /// Starts it and waits until it answers.
    pub async fn start(self) -> Server {
        let mut server = self.prepare();
        server.start().await;
        server
    }

    /// Without starting it.
    pub fn prepare(self) -> Server {
        let home = tempfile::tempdir().expect("a temporary folder");
        let config = home.path().join("kontor.toml");
        fs::write(&config, self.text(home.path())).expect("a configuration file");
        Server {
            setup: self,
            home,
            config,
            child: None,
            front: None,
            starts: 0,
        }
    }
}

pub struct Server {
    setup: Setup,
    front: Option<Front>,
    home: tempfile::TempDir,
    config: PathBuf,
    child: Option<Child>,
    starts: u32,
}

impl Server {
    pub fn address(&self) -> &Address {
        &self.setup.address
    }

    pub fn database(&self) -> &Arc<Database> {
        &self.setup.database
    }

    pub fn config(&self) -> &Path {
        &self.config
    }

    /// What came over HTTP/2.
    pub fn heard_over_http2(&self) -> Vec<Heard> {
        let relay = self.setup.relay.as_ref();
        relay.map(|relay| relay.heard()).unwrap_or_default()
    }

    pub fn stranger(&self) -> Client {
        Client::stranger(self.address())
    }

    /// Writes the configuration anew, for the next start.
    pub fn configure(&mut self, change: impl FnOnce(&mut Setup)) {
        change(&mut self.setup);
        fs::write(&self.config, self.setup.text(self.home.path())).expect("a configuration file");
    }

    /// Starts it on the data that it has, and waits until it answers. Returns how long that took.
    ///
    /// # Panics
    /// When it runs already, ends again, or does not answer.
    pub async fn start(&mut self) -> Duration {
        let began = Instant::now();
        self.launch();
        let http = crate::client::plain(&[self.address()]);
        let url = self.address().url("/api/v2/instance");
        loop {
            let answer = http.get(&url).timeout(Duration::from_secs(5)).send().await;
            if answer.is_ok_and(|answer| answer.status().as_u16() == 200) {
                return began.elapsed();
            }
            if let Some(status) = self
                .child
                .as_mut()
                .and_then(|child| child.try_wait().expect("a child of ours"))
            {
                panic!(
                    "{} ended at its start with {status}:\n{}",
                    self.address().host(),
                    self.log()
                );
            }
            assert!(
                began.elapsed() < Duration::from_secs(30),
                "{} does not answer after 30 s:\n{}",
                self.address().host(),
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Starts it and does not wait.
    pub fn launch(&mut self) {
        assert!(
            self.child.is_none(),
            "{} runs already",
            self.address().host()
        );
        self.starts += 1;
        if let (Some(inner), None) = (&self.setup.inner, &self.front) {
            let relay = self.setup.relay.clone();
            self.front = Some(Front::new(&self.setup.address, inner.socket(), relay));
        }
        let file = |kind| {
            File::create(self.home.path().join(format!("{}.{kind}", self.starts)))
                .expect("a log file")
        };
        let mut command = self.command(self.setup.through, &["serve"]);
        command
            .stdout(file("out"))
            .stderr(file("err"))
            .stdin(Stdio::null());
        self.child = Some(command.spawn().expect("the binary starts"));
    }

    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("the server runs").id()
    }

    /// Does the process that was started last still run?
    pub fn runs(&mut self) -> bool {
        self.child
            .as_mut()
            .is_some_and(|child| child.try_wait().expect("a child of ours").is_none())
    }

    /// kill -9, and nothing is left of the process afterwards.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("the server runs");
        child.kill().expect("a child of ours");
        child.wait().expect("a child of ours");
    }

    /// SIGTERM alone.
    pub fn tell_to_stop(&self) {
        let pid = self.pid().to_string();
        let told = Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .expect("the command kill");
        assert!(told.success(), "kill -TERM {pid}: {told}");
    }

    /// Waits for its end after [`Self::tell_to_stop`]; it must be a clean one.
    ///
    /// # Panics
    /// When it does not end, or with another exit code than 0.
    pub async fn ended(&mut self) {
        let mut child = self.child.take().expect("the server runs");
        let status = until("the server ends after SIGTERM", || {
            let status = child.try_wait().expect("a child of ours");
            async move { status }
        })
        .await;
        assert!(status.success(), "after SIGTERM: {status}\n{}", self.log());
    }

    pub async fn terminate(&mut self) {
        self.tell_to_stop();
        self.ended().await;
    }

    fn command(&self, through: &[&str], arguments: &[&str]) -> Command {
        let binary = binary::path();
        let mut command = match through {
            [] => Command::new(binary),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(binary);
                command
            }
        };
        command
            .current_dir(self.home.path())
            .arg("--config")
            .arg(&self.config)
            .args(arguments);
        command
    }

    /// Runs a command of the binary with this server's configuration, whatever becomes of it.
    pub fn cli(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = self
            .command(&[], arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        // A command that fails at once does not read what it is given.
        let _unread = child
            .stdin
            .take()
            .expect("a pipe")
            .write_all(input.as_bytes());
        child.wait_with_output().expect("a child of ours")
    }

    /// The same, which must succeed; returns what it printed.
    pub fn run(&self, arguments: &[&str], input: &str) -> String {
        let output = self.cli(arguments, input);
        assert!(
            output.status.success(),
            "kontor {}: {}\n{}{}",
            arguments.join(" "),
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).expect("text")
    }

    /// A new person with a password and a token.
    pub async fn person(&self, name: &str) -> Person {
        self.created(name, &[]).await
    }

    /// One who administers it.
    pub async fn administrator(&self, name: &str) -> Person {
        self.created(name, &["--role", "admin"]).await
    }

    async fn created(&self, name: &str, more: &[&str]) -> Person {
        let create = ["account", "create", name, "--password-stdin"];
        self.run(&[&create[..], more].concat(), PASSWORD);
        let token = self.run(&["token", "create", name], "");
        Person::with_token(self.address(), name, token.trim()).await
    }

    /// What it wrote since its first start: standard output and log.
    pub fn log(&self) -> String {
        let mut text = String::new();
        for start in 1..=self.starts {
            for kind in ["out", "err"] {
                let file = self.home.path().join(format!("{start}.{kind}"));
                text.push_str(&fs::read_to_string(file).unwrap_or_default());
            }
        }
        text
    }

    /// Waits until nothing is left to do, then says what was set aside.
    ///
    /// # Panics
    /// When a job or a delivery failed for good.
    pub async fn settles(&self) {
        let database = self.database();
        crate::holds(
            &format!("{} has nothing left to do", self.address().host()),
            || async { database.under_way() == 0 },
        )
        .await;
        assert_eq!(
            database.given_up(),
            Vec::<String>::new(),
            "set aside on {}",
            self.address().host()
        );
    }

    /// `kontor db check`
    pub fn check(&self) {
        self.run(&["db", "check"], "");
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.stranger().get(path).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _gone = child.kill();
            let _gone = child.wait();
        }
        let log = self.log();
        if std::thread::panicking() {
            let lines: Vec<&str> = log.lines().collect();
            let last = lines
                .get(lines.len().saturating_sub(60)..)
                .unwrap_or_default()
                .join("\n");
            eprintln!(
                "--- the end of what {} said:\n{last}\n---",
                self.address().host()
            );
            return;
        }
        assert!(
            !log.contains("panicked at"),
            "{} panicked:\n{log}",
            self.address().host()
        );
    }
}
