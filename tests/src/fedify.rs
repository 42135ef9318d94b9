//! A peer that we did not write: a small server on Fedify, told by the test what to do.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use crate::{Address, environment, tls, until};

/// Names the folder that `scripts/node-env` made of `fedify/`.
pub const FOLDER: &str = "KONTOR_TEST_FEDIFY";

/// Which form of signatures it tries first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Knock {
    Cavage,
    Rfc9421,
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
        // Node.js looks for packages beside the script.
        let script = Path::new(&folder).join("peer.mjs");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("fedify/peer.mjs");
        let text = std::fs::read(source).expect("the script");
        if std::fs::read(&script).ok().as_ref() != Some(&text) {
            // Renamed into place, since another test may start its own at the same time.
            let mut new = tempfile::NamedTempFile::new_in(&folder).expect("a file");
            std::io::Write::write_all(&mut new, &text).expect("a file");
            new.persist(&script).expect("a file");
        }
        let hosts: serde_json::Map<String, Value> = knows
            .iter()
            .map(|known| (known.host().to_owned(), json!("127.0.0.1")))
            .collect();
        let mut settings = json!({
            "origin": address.url(""),
            "port": address.port(),
            "hosts": hosts,
            "firstKnock": match knock {
                Knock::Cavage => "draft-cavage-http-signatures-12",
                Knock::Rfc9421 => "rfc9421",
            },
        });
        if address.is_secure() {
            let identity = tls::authority().identity(&address);
            settings["certificate"] = json!(identity.certificate);
            settings["key"] = json!(identity.key);
            settings["ca"] = json!(tls::authority().file());
        }
        let node = ["x64", "arm64"]
            .map(|kind| Path::new(&folder).join(format!("node_modules/node-linux-{kind}/bin/node")))
            .into_iter()
            .find(|node| node.exists())
            .expect("a Node.js for this machine among the packages of the peer");
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

    /// The id of its one person.
    pub fn actor(&self) -> String {
        self.address.url("/users/pia")
    }

    /// Tells it to do something; returns the id of what came of it.
    ///
    /// # Panics
    /// When it cannot.
    pub async fn does(&self, deed: &str, what: Value) -> String {
        let asked = self
            .http
            .post(format!("{}/{deed}", self.control))
            .body(what.to_string());
        let answer = asked.send().await.expect("an answer");
        let status = answer.status();
        let text = answer.text().await.expect("text");
        assert!(status.is_success(), "{deed}: {text}");
        let done: Value = serde_json::from_str(&text).expect("JSON");
        done["id"].as_str().expect("an id").to_owned()
    }

    pub async fn log(&self) -> Vec<Value> {
        let asked = self.http.get(format!("{}/log", self.control));
        let text = asked
            .send()
            .await
            .expect("an answer")
            .text()
            .await
            .expect("text");
        serde_json::from_str(&text).expect("JSON")
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
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}
