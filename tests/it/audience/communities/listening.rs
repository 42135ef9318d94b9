//! Readers who are told by themselves: by an open connection of either kind, and by a push to their application.

use kontor_tests::Events;
use serde_json::{Value, json};

use super::{
    Findings,
    cast::{Cast, Place, Round, Secret, Standing},
};
use crate::audience::{
    listeners::{Applications, Listener, read_until, streams},
    ways::Seen,
};

pub struct Ears {
    sockets: Vec<Listener<Standing>>,
    events: Vec<(&'static str, Standing, Events)>,
    applications: Applications<Standing>,
}

impl Ears {
    /// Everybody with a token of their own.
    pub async fn open(cast: &Cast) -> Self {
        let address = cast.server.address();
        let mut ears = Self {
            sockets: Vec::new(),
            events: Vec::new(),
            applications: Applications::default(),
        };
        for reader in &cast.readers {
            let Some(token) = &reader.token else { continue };
            let mut wanted = streams();
            if let Some(list) = &reader.list {
                wanted.push(json!({ "stream": "list", "list": list }));
            }
            let who = (reader.name, reader.standing);
            let socket = Listener::open(address, who, token, &wanted).await;
            ears.sockets.push(socket);
            if matches!(
                reader.standing,
                Standing::Outsider | Standing::Member | Standing::Banned
            ) {
                let events = Events::open(address, token, "user").await;
                ears.events.push((reader.name, reader.standing, events));
            }
            if reader.standing != Standing::Author {
                ears.applications.subscribe(&cast.pushes, reader).await;
            }
        }
        ears
    }

    /// Everybody was mentioned in everything; whoever may read it is told, and nobody else. The fence mentions everybody as well.
    pub async fn hear(
        &mut self,
        cast: &Cast,
        secrets: &[Secret],
        (round, fence): (Round, &str),
        findings: &mut Findings,
    ) {
        let words = format!("@outsider @member @banned @moderator @operator {fence}");
        cast.author.post(&words, "public").await;
        for socket in &self.sockets {
            let frames = socket.before(fence).await;
            let text = Value::from(frames.clone()).to_string();
            let certain = round == Round::Written || socket.standing == Standing::Author;
            let who = (socket.name, socket.standing, true);
            findings.judge_all(who, secrets, round, &pushed("a socket", &text, certain));
            let public = public_frames(frames);
            for secret in secrets {
                let shows = secret.shows_in(&public);
                let due = secret.place == Place::Public && secret.is_thread();
                if shows && secret.place == Place::Unlisted {
                    let what =
                        format!("LEAK: {}: an unlisted post in a public stream", socket.name);
                    findings.wrong.push(what);
                }
                if !shows && due && round == Round::Written {
                    let what = format!("{}: nothing in a public stream", socket.name);
                    findings.wrong.push(what);
                }
            }
        }
        if round != Round::Written {
            return;
        }
        for (name, standing, mut events) in std::mem::take(&mut self.events) {
            let text = read_until(&mut events, fence).await;
            let seen = pushed("server-sent events", &text, true);
            findings.judge_all((name, standing, true), secrets, round, &seen);
        }
        cast.server.settles().await;
        for (name, standing, text) in self.applications.woken(&cast.pushes) {
            let seen = pushed("a push", &text, true);
            findings.judge_all((name, standing, true), secrets, round, &seen);
        }
    }

    /// Nobody hears that something is gone who never could read it; its author does.
    pub async fn hear_of_the_end(&self, cast: &Cast, secrets: &[Secret], findings: &mut Findings) {
        let fence = "fence-of-the-end";
        let words = format!("@outsider @member @banned @moderator @operator {fence}");
        cast.author.post(&words, "public").await;
        for socket in &self.sockets {
            let frames = socket.before(fence).await;
            for secret in secrets {
                let told = frames.iter().any(|frame| {
                    frame["event"] == "delete" && frame["payload"] == secret.id.as_str()
                });
                let may = secret.place.may_read(socket.standing, true, Round::Written);
                let about = format!("{} and the end of {:?}", socket.name, secret.place);
                if told && !may {
                    findings.wrong.push(format!("LEAK: {about}"));
                }
                if !told && socket.standing == Standing::Author {
                    findings.wrong.push(format!("is not told: {about}"));
                }
            }
        }
    }
}

fn pushed(way: &str, text: &str, certain: bool) -> Seen {
    Seen {
        way: way.to_owned(),
        text: text.to_owned(),
        status: 200,
        certain,
    }
}

/// What came by streams that are the same for everybody.
fn public_frames(frames: Vec<Value>) -> String {
    let is_public = |frame: &Value| {
        let stream = frame["stream"][0].as_str().unwrap_or_default();
        stream.starts_with("public") || stream == "hashtag"
    };
    Value::from(frames.into_iter().filter(is_public).collect::<Vec<_>>()).to_string()
}
