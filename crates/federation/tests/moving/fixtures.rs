//! Activities in the shapes in which ten kinds of servers send them. The files are in `tests/fixtures`; in them the person here
//! is `https://here.test/users/1`, and `note.json` or `actor.json` stands where that file belongs.

use kontor_actions::{
    accounts::{self, Account},
    follows::{self, Options, Wish},
    posts::{self, PostView},
};
use kontor_domain::{
    audience::{Audience, Viewer},
    follow::FollowState,
    ids::PostId,
};
use serde_json::{Value, json};

use crate::{
    peer::{ONE, Person, finger_url, jrd},
    world::World,
};

/// A stage for one kind of server.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) software: &'static str,
    /// Who signs, as the actor file has it.
    pub(crate) them: Person,
    pub(crate) ann: Account,
    /// A post here that notes may answer.
    pub(crate) post: PostId,
    /// What stands for the id of our Follow.
    follow: String,
}

impl Stage {
    pub(crate) async fn new(software: &'static str) -> Self {
        let mut world = World::new().await;
        let ann = world.person("ann").await;
        let post = world.post(ann.id, "question", Audience::Public).await;
        world.run();
        let follow = "http://here.test/activities/1".to_owned();
        let mut stage = Self {
            world,
            software,
            them: Person::new("peer.test", "nobody"),
            ann,
            post,
            follow,
        };
        let actor = stage.file("actor");
        stage.them = stage.lives(actor);
        stage
    }

    fn text(&self, name: &str) -> String {
        let path = format!(
            "{}/tests/fixtures/{}/{name}.json",
            env!("CARGO_MANIFEST_DIR"),
            self.software
        );
        let text = std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{path}: {why}"));
        // Our own first: their paths are those of this test's people.
        let mut text = text
            .replace("https://here.test/users/1", &self.ann.uri)
            .replace(
                "https://here.test/posts/17",
                &self.world.app.site.post(self.post),
            )
            .replace("https://here.test/activities/1", &self.follow);
        for host in [
            "elephant", "sloth", "burrow", "planet", "fox", "tube", "events", "press", "board",
            "pie", "here",
        ] {
            text = text.replace(
                &format!("https://{host}.test"),
                &format!("http://{host}.test"),
            );
        }
        text
    }

    pub(crate) fn file(&self, name: &str) -> Value {
        let mut value: Value = serde_json::from_str(&self.text(name)).unwrap();
        if let Some(inner) = value["object"]
            .as_str()
            .and_then(|name| name.strip_suffix(".json"))
            .map(str::to_owned)
        {
            let mut inner = self.file(&inner);
            inner.as_object_mut().unwrap().remove("@context");
            value["object"] = inner;
        }
        value
    }

    /// Serves an actor with a key that the tests have, and a WebFinger that names it.
    pub(crate) fn lives(&self, mut actor: Value) -> Person {
        actor["publicKey"]["publicKeyPem"] = json!(ONE.pem);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (uri, name) = (text(&actor["id"]), text(&actor["preferredUsername"]));
        let host = uri
            .trim_start_matches("http://")
            .split('/')
            .next()
            .unwrap()
            .to_owned();
        let peers = &self.world.peers;
        peers.serve(&uri, &actor);
        peers.serve_as(
            &finger_url(&host, &name, &host),
            200,
            "application/jrd+json",
            &jrd(&name, &host, &uri),
        );
        let key_id = text(&actor["publicKey"]["id"]);
        // GoToSocial's key has an address of its own.
        if !key_id.contains('#') {
            peers.serve(&key_id, &json!({"id": uri, "type": "Person", "preferredUsername": name, "publicKey": actor["publicKey"]}));
        }
        Person {
            uri,
            host,
            name,
            key_id,
            key: &ONE,
        }
    }

    pub(crate) async fn receives(&self, name: &str) -> String {
        self.receives_from(&self.them, name).await
    }

    /// Twice, as it may come: the second time changes nothing.
    pub(crate) async fn receives_from(&self, from: &Person, name: &str) -> String {
        let activity = self.file(name);
        for _ in 0..2 {
            let (status, why) = self.world.receives(from, &activity).await;
            assert_eq!(status, 202, "{}/{name}: {why}", self.software);
        }
        self.world.outcome(&activity).await
    }

    pub(crate) async fn done(&self, name: &str) {
        assert_eq!(
            self.receives(name).await,
            "done",
            "{}/{name}",
            self.software
        );
    }

    pub(crate) async fn note(&self) -> Option<PostView> {
        let note = self.file("note");
        self.world.post_at(note["id"].as_str().unwrap()).await
    }

    async fn followers(&self) -> i64 {
        accounts::get(&self.world.app, self.ann.id)
            .await
            .unwrap()
            .followers_count
    }

    /// They follow, are answered, and leave.
    pub(crate) async fn they_follow_and_leave(&self) {
        self.done("follow").await;
        assert_eq!(self.followers().await, 1);
        let follow = self.file("follow");
        let answer = self
            .world
            .eventually("the answer arrives", || async {
                let arrived = self.world.peers.arrived_at(&self.them.host);
                arrived.into_iter().find(|one| one.kind() == "Accept")
            })
            .await;
        assert_eq!(answer.body["object"]["id"], follow["id"]);
        self.done("undo").await;
        assert_eq!(self.followers().await, 0);
    }

    /// We follow, and they accept.
    pub(crate) async fn we_follow(&mut self) {
        let them = self
            .world
            .app
            .remote
            .resolve_url(&self.world.app, &self.them.uri.parse().unwrap())
            .await
            .unwrap();
        let Some(kontor_actions::Found::Account(them)) = them else {
            panic!("{them:?}")
        };
        let options = Options {
            show_reblogs: None,
            notify: None,
            languages: None,
        };
        let wish = Wish {
            follower: self.ann.id,
            target: them,
            uri: None,
            options,
        };
        assert_eq!(
            follows::follow(&self.world.app, wish).await.unwrap(),
            FollowState::Pending
        );
        let follow = follows::between(&self.world.app, self.ann.id, them)
            .await
            .unwrap()
            .unwrap();
        self.follow = follow.uri;
        self.done("accept").await;
        let follow = follows::between(&self.world.app, self.ann.id, them)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(follow.state, FollowState::Accepted);
    }

    pub(crate) async fn note_goes(&self) {
        self.done("delete").await;
        assert!(self.note().await.is_none());
        self.world
            .app
            .store
            .read(kontor_store::check::check)
            .await
            .map(|report| assert!(report.is_sound(), "{report:?}"))
            .unwrap();
    }
}

#[actix_web::test]
async fn mastodon() {
    let mut stage = Stage::new("mastodon").await;
    stage.they_follow_and_leave().await;
    stage.we_follow().await;
    stage.done("create").await;
    let note = stage.note().await.unwrap();
    assert_eq!(
        (note.post.audience, note.post.in_reply_to_id),
        (Audience::Public, Some(stage.post))
    );
    assert!(note.post.content.contains("Waterholes are a right."));
    assert_eq!(
        note.mentions
            .iter()
            .map(|account| account.id)
            .collect::<Vec<_>>(),
        [stage.ann.id]
    );
    assert_eq!(
        (note.post.tags.as_slice(), note.post.sensitive),
        (["savanna".to_owned()].as_slice(), true)
    );
    stage.done("update").await;
    let note = stage.note().await.unwrap();
    assert_eq!(note.post.content, "<p>Waterholes are for everyone.</p>");
    assert!(note.post.edited_at.is_some() && note.mentions.is_empty() && note.post.tags.is_empty());
    stage.done("update_actor").await;
    stage.note_goes().await;
    let parent = posts::get(&stage.world.app, Viewer::Anyone, stage.post)
        .await
        .unwrap();
    assert_eq!(parent.post.replies_count, 0);
    stage.done("delete_actor").await;
    assert!(stage.world.account_at(&stage.them.uri).await.is_none());
    stage.world.stop().await;
}

#[actix_web::test]
async fn gotosocial() {
    let mut stage = Stage::new("gotosocial").await;
    stage.they_follow_and_leave().await;
    stage.we_follow().await;
    stage.done("create").await;
    let note = stage.note().await.unwrap();
    assert_eq!(
        (note.post.audience, note.post.language.as_deref()),
        (Audience::Followers, Some("de"))
    );
    assert_eq!(note.mentions.len(), 1);
    stage.done("update").await;
    let note = stage.note().await.unwrap();
    assert_eq!(
        (note.post.content.as_str(), note.post.spoiler_text.as_str()),
        ("<p>Still hanging.</p>", "slow")
    );
    stage.note_goes().await;
    stage.world.stop().await;
}

#[actix_web::test]
async fn misskey() {
    let mut stage = Stage::new("misskey").await;
    stage.they_follow_and_leave().await;
    stage.we_follow().await;
    stage.done("create").await;
    let note = stage.note().await.unwrap();
    assert_eq!(note.post.audience, Audience::Unlisted);
    assert_eq!(note.post.tags, ["猫"]);
    stage.note_goes().await;
    stage.world.stop().await;
}

#[actix_web::test]
async fn akkoma() {
    let mut stage = Stage::new("akkoma").await;
    stage.they_follow_and_leave().await;
    stage.we_follow().await;
    stage.done("create").await;
    let note = stage.note().await.unwrap();
    assert_eq!(note.post.audience, Audience::Direct);
    assert!(
        posts::get(&stage.world.app, Viewer::Anyone, note.post.id)
            .await
            .is_err()
    );
    assert!(
        posts::get(
            &stage.world.app,
            Viewer::Account(stage.ann.id),
            note.post.id
        )
        .await
        .is_ok()
    );
    stage.note_goes().await;
    stage.world.stop().await;
}

#[actix_web::test]
async fn lemmy() {
    let mut stage = Stage::new("lemmy").await;
    stage.we_follow().await;
    assert_eq!(
        stage.receives("announce").await,
        "ignored: no post of this community"
    );
    let mole = stage
        .text("actor")
        .replace("/c/gardening", "/u/mole")
        .replace("\"gardening\"", "\"mole\"");
    let mut mole: Value = serde_json::from_str(&mole).unwrap();
    mole["type"] = json!("Person");
    let mole = stage.lives(mole);
    assert_eq!(stage.receives_from(&mole, "create").await, "done");
    let note = stage.note().await.unwrap();
    assert_eq!(
        (note.post.content.as_str(), note.post.in_reply_to_id),
        ("<p>Carrots, mostly.</p>\n", Some(stage.post))
    );
    assert_eq!(note.account.uri, mole.uri);
    assert_eq!(stage.receives_from(&mole, "delete").await, "done");
    assert!(stage.note().await.is_none());
    let known = stage.world.account_at(&mole.uri).await.unwrap();
    stage.world.follows(&stage.ann, &known).await;
    assert_eq!(stage.receives_from(&mole, "create_page").await, "done");
    let page = stage.file("page");
    let page = stage
        .world
        .post_at(page["id"].as_str().unwrap())
        .await
        .unwrap();
    shows(
        &page,
        &[
            "<h2>Moles &amp; lawns</h2>",
            "An old quarrel.",
            "https://lawns.example/moles",
        ],
    );
    // The picture of the link.
    assert_eq!(page.parts.attachments.len(), 1);
    stage.world.stop().await;
}

pub(crate) fn shows(view: &PostView, words: &[&str]) {
    for word in words {
        assert!(
            view.post.content.contains(word),
            "{word}: {}",
            view.post.content
        );
    }
}

/// Somebody whom a person here follows publishes what is no Note.
pub(crate) async fn published(software: &'static str) -> (Stage, PostView) {
    let stage = Stage::new(software).await;
    let them = stage.them.uri.parse().unwrap();
    let found = stage
        .world
        .app
        .remote
        .resolve_url(&stage.world.app, &them)
        .await
        .unwrap();
    let Some(kontor_actions::Found::Account(them)) = found else {
        panic!("{found:?}")
    };
    let them = accounts::get(&stage.world.app, them).await.unwrap();
    stage.world.follows(&stage.ann, &them).await;
    stage.done("create").await;
    let note = stage.note().await.unwrap();
    assert_eq!(note.post.audience, Audience::Public);
    assert_eq!(note.post.spoiler_text, "");
    (stage, note)
}

#[actix_web::test]
async fn peertube() {
    use kontor_domain::attachment::AttachmentKind;
    let (mut stage, film) = published("peertube").await;
    shows(
        &film,
        &[
            "<h2>How otters swim</h2>",
            "<strong>short</strong>",
            "otters.example/more",
            "4:05",
            "tube.test/videos/watch/",
        ],
    );
    let [file] = film.parts.attachments.as_slice() else {
        panic!("{:?}", film.parts.attachments)
    };
    assert_eq!(
        (file.kind, file.duration_ms, file.media_type.as_deref()),
        (AttachmentKind::Video, Some(245_000), Some("video/mp4"))
    );
    assert!(
        file.remote_preview_url
            .as_ref()
            .unwrap()
            .ends_with("/previews/1.jpg")
    );
    assert_eq!(
        (film.post.tags.as_slice(), film.post.language.as_deref()),
        (["otters".to_owned()].as_slice(), Some("en"))
    );
    stage.world.stop().await;
}

#[actix_web::test]
async fn mobilizon() {
    let (mut stage, event) = published("mobilizon").await;
    shows(
        &event,
        &[
            "<h2>River walk</h2>",
            "2026-05-01 08:00 UTC",
            "10:30 UTC",
            "Old bridge, 1 Quai, 69001, Lyon, France",
            "<b>boots</b>",
            "events.test/events/",
        ],
    );
    assert_eq!(event.parts.attachments.len(), 1);
    assert_eq!(
        event.parts.attachments[0].description.as_deref(),
        Some("Banner")
    );
    stage.world.stop().await;
}

#[actix_web::test]
async fn wordpress() {
    let (mut stage, article) = published("wordpress").await;
    shows(
        &article,
        &[
            "<h2>On crows &amp; nuts</h2>",
            "Why crows drop nuts.",
            "press.test/2026/02/crows/",
        ],
    );
    assert!(
        !article.post.content.contains("clever"),
        "the summary stands for a long text"
    );
    assert_eq!(article.parts.attachments.len(), 1);
    let policy = article.parts.approval.unwrap().policy.unwrap();
    assert_eq!(policy.automatic, kontor_domain::quote::QuotePolicy::Public);
    stage.world.stop().await;
}

#[actix_web::test]
async fn nodebb() {
    let (mut stage, article) = published("nodebb").await;
    shows(
        &article,
        &[
            "<h2>Which sett?</h2>",
            "<strong>Discuss.</strong>",
            "board.test/topic/12",
        ],
    );
    assert_eq!(
        article.parts.context.as_deref(),
        Some("http://board.test/topic/12")
    );
    stage.world.stop().await;
}

#[actix_web::test]
async fn piefed() {
    let (mut stage, page) = published("piefed").await;
    shows(&page, &["<h2>Shiny things</h2>", "Look at these."]);
    assert_eq!(page.parts.attachments.len(), 1);
    assert_eq!(
        page.parts.attachments[0].description.as_deref(),
        Some("Foil")
    );
    stage.world.stop().await;
}
