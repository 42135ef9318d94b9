//! A peer that we did not write: a small server on Fedify, told by the test what to do.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use crate::{Address, environment, tls, until};

/// Names the folder that `scripts/node-env` made of `fedify/`.
pub const FOLDER: &str = "KONTOR_TEST_FEDIFY";

/// Which form of signatures it tries first; of RFC 9421, that it takes no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knock {
    Cavage,
    Rfc9421,
}

impl Knock {
    pub fn name(self) -> &'static str {
        match self {
            Self::Cavage => "draft-cavage-http-signatures-12",
            Self::Rfc9421 => "rfc9421",
        }
    }
}

/// Where a script of `fedify/` runs, beside the others, which it may import: Node.js looks for packages there.
fn placed(folder: &str, name: &str) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("fedify");
    for entry in std::fs::read_dir(source).expect("a folder") {
        let file = entry.expect("a file").path();
        if file
            .extension()
            .is_some_and(|kind| kind == "mjs" || kind == "html")
        {
            place(Path::new(folder), &file);
        }
    }
    Path::new(folder).join(name)
}

fn place(folder: &Path, source: &Path) {
    let copy = folder.join(source.file_name().expect("a name"));
    let text = std::fs::read(source).expect("the file");
    if std::fs::read(&copy).ok().as_ref() != Some(&text) {
        // Renamed into place, since another test may start its own at the same time.
        let mut new = tempfile::NamedTempFile::new_in(folder).expect("a file");
        std::io::Write::write_all(&mut new, &text).expect("a file");
        new.persist(&copy).expect("a file");
    }
}

fn node(folder: &str) -> PathBuf {
    ["x64", "arm64"]
        .map(|kind| Path::new(folder).join(format!("node_modules/node-linux-{kind}/bin/node")))
        .into_iter()
        .find(|node| node.exists())
        .expect("a Node.js for this machine among the packages")
}

/// Runs a script of `fedify/` and returns what it printed. The arguments go to it as they are.
///
/// # Panics
/// When it fails or takes longer than two minutes; with what it said.
pub fn run(script: &str, arguments: &[&str]) -> String {
    let folder = environment::required(FOLDER);
    let done = Command::new("timeout")
        .arg("120")
        .arg(node(&folder))
        .arg(placed(&folder, script))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("a program runs");
    let (out, err) = (
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr),
    );
    assert!(
        done.status.success(),
        "{script} failed ({}):\n{out}\n{err}",
        done.status
    );
    out.into_owned()
}

pub struct Fedify {
    child: Child,
    address: Address,
    control: String,
    http: reqwest::Client,
}

impl Fedify {
    /// # Panics
    /// When it does not start.
    pub fn start(address: Address, knows: &[&Address], knock: Knock) -> Self {
        let folder = environment::required(FOLDER);
        let script = placed(&folder, "peer.mjs");
        let hosts: serde_json::Map<String, Value> = knows
            .iter()
            .map(|known| (known.host().to_owned(), json!("127.0.0.1")))
            .collect();
        let mut settings = json!({
            "origin": address.url(""),
            "port": address.port(),
            "hosts": hosts,
            "firstKnock": knock.name(),
        });
        if address.is_secure() {
            let identity = tls::authority().identity(&address);
            settings["certificate"] = json!(identity.certificate);
            settings["key"] = json!(identity.key);
            settings["ca"] = json!(tls::authority().file());
        }
        let node = node(&folder);
        let mut child = Command::new(&node)
            .arg(&script)
            .env("PEER", settings.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|why| panic!("{}: {why}", node.display()));
        let mut said = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        out.read_line(&mut said).expect("text");
        let port = said
            .trim()
            .strip_prefix("control ")
            .unwrap_or_else(|| panic!("the peer does not start: {said:?}"));
        Self {
            child,
            control: format!("http://127.0.0.1:{port}"),
            address,
            http: crate::client::plain(&[]),
        }
    }

    /// The id of its person; there is another, `max`, who passes on what she says.
    pub fn actor(&self) -> String {
        self.address.url("/users/pia")
    }

    /// Tells it to do something; returns the id of what came of it.
    ///
    /// # Panics
    /// When it cannot.
    pub async fn does(&self, deed: &str, what: Value) -> String {
        let done = self.did(deed, what).await;
        done["id"].as_str().expect("an id").to_owned()
    }

    /// The same, with everything that came of it.
    ///
    /// # Panics
    /// When it cannot.
    pub async fn did(&self, deed: &str, what: Value) -> Value {
        let asked = self
            .http
            .post(format!("{}/{deed}", self.control))
            .body(what.to_string());
        let answer = asked.send().await.expect("an answer");
        let status = answer.status();
        let text = answer.text().await.expect("text");
        assert!(status.is_success(), "{deed}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// What arrived: its kind and parts, the form of its signature, and whom signature and proof are of.
    pub async fn log(&self) -> Vec<Value> {
        self.list("log").await
    }

    /// Each request with a body that it sent: the form of its signature, and how it was answered.
    pub async fn posted(&self) -> Vec<Value> {
        self.list("posted").await
    }

    async fn list(&self, what: &str) -> Vec<Value> {
        let asked = self.http.get(format!("{}/{what}", self.control));
        let text = asked
            .send()
            .await
            .expect("an answer")
            .text()
            .await
            .expect("text");
        serde_json::from_str(&text).expect("JSON")
    }

    /// The last lines of what Fedify wrote of its doings.
    fn journal(&self) -> String {
        let url = format!("{}/journal", self.control);
        // Asked outside of the test's runtime, which may be at its end.
        let asked = std::thread::spawn(move || {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = runtime.enable_all().build().ok()?;
            runtime.block_on(async { reqwest::get(url).await.ok()?.text().await.ok() })
        });
        let text = asked.join().ok().flatten().unwrap_or_default();
        let lines: Vec<String> = serde_json::from_str(&text).unwrap_or_default();
        lines[lines.len().saturating_sub(60)..].join("\n")
    }

    /// Waits until an activity of this kind has arrived that has these properties.
    pub async fn hears(&self, kind: &str, of: Value) -> Value {
        let wanted = of.as_object().expect("an object").clone();
        until(&format!("the peer hears {kind} {of}"), || async {
            self.log().await.into_iter().find(|entry| {
                entry["kind"] == kind
                    && wanted
                        .iter()
                        .all(|(name, value)| entry.get(name) == Some(value))
            })
        })
        .await
    }
}

impl Drop for Fedify {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- the end of what Fedify said:\n{}\n---", self.journal());
        }
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}
