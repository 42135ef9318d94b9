//! A real mail server in a test, aiosmtpd: keeps what it is given in a folder, and may be away.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::{Address, environment, python::PYTHON, wait};

pub struct Mailbox {
    address: Address,
    folder: tempfile::TempDir,
    child: Option<Child>,
}

/// A mail as its reader sees it.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Each header a line.
    pub head: String,
    pub text: String,
}

impl Mail {
    pub fn header(&self, name: &str) -> &str {
        let start = format!("{name}: ");
        self.head
            .lines()
            .find_map(|line| line.strip_prefix(&start))
            .unwrap_or_else(|| panic!("no {name}: {}", self.head))
    }

    /// The path of the link in it.
    pub fn path(&self) -> String {
        let line = self
            .text
            .lines()
            .find(|line| line.starts_with("http://"))
            .unwrap_or_else(|| panic!("no link: {}", self.text));
        let rest = line.trim_start_matches("http://");
        rest[rest.find('/').expect("a path")..].trim().to_owned()
    }
}

impl Mailbox {
    /// Its place alone: nobody listens yet.
    pub fn away() -> Self {
        Self {
            address: Address::new("mail.test"),
            folder: tempfile::tempdir().expect("a temporary folder"),
            child: None,
        }
    }

    /// # Panics
    /// When it does not start.
    pub fn start(&mut self) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/mail/mailbox.py");
        let mut child = Command::new(environment::required(PYTHON))
            .arg(&script)
            .arg(self.address.port().to_string())
            .arg(self.folder.path())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a Python");
        let mut said = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        out.read_line(&mut said).expect("text");
        self.child = Some(child);
        assert_eq!(said.trim(), "listening", "the mail server does not start");
    }

    /// What a server is told of it, for `Setup::with`.
    pub fn settings(&self) -> [(&'static str, String); 6] {
        [
            ("mail.host", "\"127.0.0.1\"".to_owned()),
            ("mail.port", self.address.port().to_string()),
            ("mail.security", "\"none\"".to_owned()),
            ("mail.from", "\"The house <desk@alpha.test>\"".to_owned()),
            ("mail.retry_first_ms", "100".to_owned()),
            ("mail.tries", "100".to_owned()),
        ]
    }

    /// Everything that it was given, in that order.
    pub fn mails(&self) -> Vec<Mail> {
        let mut files: Vec<_> = fs::read_dir(self.folder.path())
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|kind| kind == "txt"))
            .collect();
        files.sort();
        files
            .iter()
            .map(|path| {
                let whole = fs::read_to_string(path).expect("text");
                let (head, text) = whole.split_once("\n\n").expect("a head and a text");
                Mail {
                    head: head.to_owned(),
                    text: text.to_owned(),
                }
            })
            .collect()
    }

    /// The mail with this number, once it is there.
    pub async fn gets(&self, number: usize) -> Mail {
        wait::until(&format!("mail {number}"), async || {
            self.mails().get(number).cloned()
        })
        .await
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _gone = child.kill();
            let _gone = child.wait();
        }
    }
}
