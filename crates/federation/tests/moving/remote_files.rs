//! Files of posts of other servers: asked for once, with a signature, and not where a rule stands against it.

use kontor_actions::{
    Error, RemoteMedia, Result,
    accounts::{self, Account},
    peers::Wanted,
    posts,
    remote_files::{self, file},
    uploads::Asking,
};
use kontor_domain::{
    attachment::Form,
    audience::{Audience, Viewer},
    ids::AttachmentId,
    peer::Severity,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    groups_elsewhere::elsewhere,
    media::{lift, refuse},
    peer::{Answer, Person},
    world::World,
};

const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n and so on";

/// Somebody here follows somebody there.
struct Stage {
    world: World,
    anna: Account,
    bert: Person,
    _folder: TempDir,
}

impl Stage {
    async fn new(change: impl FnOnce(&mut RemoteMedia)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut world = World::with_limits(|limits| {
            folder.path().clone_into(&mut limits.media.path);
            change(&mut limits.media.remote);
        })
        .await;
        world.run_queues();
        let (anna, bert) = (world.person("anna").await, Person::new("peer.test", "bert"));
        let far = world.known(&bert).await;
        world.follows(&anna, &far).await;
        Self {
            world,
            anna,
            bert,
            _folder: folder,
        }
    }

    fn reader(&self) -> Viewer {
        Viewer::Account(self.anna.id)
    }

    /// Bert posts something with the file at this address.
    async fn posted(&self, id: &str, url: &str) -> AttachmentId {
        let mut note = self.bert.note(id, "look");
        note["attachment"] = picture(url);
        let create = self.bert.activity(id, "Create", &note);
        assert_eq!(self.world.receives(&self.bert, &create).await.0, 202);
        assert_eq!(self.world.outcome(&create).await, "done");
        self.carried(note["id"].as_str().unwrap()).await
    }

    /// The file of a post.
    async fn carried(&self, uri: &str) -> AttachmentId {
        let view = self.world.post_at(uri).await.unwrap();
        view.parts.attachments[0].id
    }

    async fn by(&self, reader: Viewer, id: AttachmentId) -> Result<remote_files::Found> {
        let asking = Asking {
            readers: vec![reader],
            ..Asking::default()
        };
        file(&self.world.app, id, Form::Whole, asking).await
    }

    fn fetches(&self, url: &str) -> usize {
        self.world.peers.fetches(url)
    }

    fn serves(&self, url: &str, bytes: &[u8]) {
        let peers = &self.world.peers;
        peers.serve_bytes(url, 200, "application/octet-stream", bytes);
    }
}

fn picture(url: &str) -> Value {
    json!([{"type": "Document", "mediaType": "image/png", "url": url}])
}

#[track_caller]
fn is_absent(answer: &Result<remote_files::Found>) {
    assert!(matches!(answer, Err(Error::NotFound)), "{answer:?}");
}

#[actix_web::test]
async fn a_file_is_fetched_once_for_all_and_signed_by_the_instance() {
    let mut stage = Stage::new(|_| {}).await;
    let url = "http://tube.test/files/1.png";
    stage.serves(url, PICTURE);
    let id = stage.posted("1", url).await;
    assert_eq!(stage.fetches(url), 0, "nobody has looked at it yet");
    for reader in [stage.reader(), Viewer::Anyone, stage.reader()] {
        let found = stage.by(reader, id).await.unwrap();
        assert_eq!((found.media_type.as_str(), found.open), ("image/png", true));
        assert_eq!(found.content.all().await.unwrap(), PICTURE);
    }
    let asked = stage.world.peers.asked(url);
    assert_eq!(asked.len(), 1);
    let app = &stage.world.app;
    let actor = accounts::instance_actor(app).await.unwrap();
    let now = app.now().and_utc();
    assert!(asked[0].is_signed_by(&actor.public_key_id, &actor.public_key_pem, now));
    let accepts = |(name, value): &(String, String)| name == "accept" && value.contains("image/*");
    assert!(asked[0].headers.iter().any(accepts), "{asked:?}");
    stage.world.stop().await;
}

#[actix_web::test]
async fn what_is_no_picture_or_too_large_is_asked_for_once_and_not_shown() {
    let mut stage = Stage::new(|remote| remote.bytes = 1000).await;
    let at = |name: &str| format!("http://tube.test/files/{name}.png");
    let peers = &stage.world.peers;
    let page = "<!doctype html><script>alert(1)</script>";
    peers.serve_as(&at("page"), 200, "image/png", page);
    let drawing = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
    peers.serve_as(&at("drawing"), 200, "image/svg+xml", drawing);
    stage.serves(&at("large"), &[PICTURE, &[0; 1000]].concat());
    for name in ["page", "drawing", "large", "gone"] {
        let id = stage.posted(name, &at(name)).await;
        for _ in 0..2 {
            is_absent(&stage.by(Viewer::Anyone, id).await);
        }
        assert_eq!(stage.fetches(&at(name)), 1, "{name}");
    }
    // What may be there later is no absence, and is not asked for by every reader either.
    peers.serve_as(&at("away"), 503, "text/plain", "");
    let id = stage.posted("away", &at("away")).await;
    for _ in 0..2 {
        let away = stage.by(Viewer::Anyone, id).await;
        assert!(matches!(away, Err(Error::Remote(_))), "{away:?}");
    }
    assert_eq!(stage.fetches(&at("away")), 1);
    // Ours are no files of others.
    let own = "http://here.test/media/files/a.png";
    let id = stage.posted("own", own).await;
    is_absent(&stage.by(Viewer::Anyone, id).await);
    stage.world.stop().await;
}

#[actix_web::test]
async fn nothing_is_fetched_or_shown_of_a_host_whose_files_are_refused() {
    let mut stage = Stage::new(|_| {}).await;
    let (kept, other) = ("http://tube.test/a.png", "http://tube.test/b.png");
    stage.serves(kept, PICTURE);
    stage.serves(other, PICTURE);
    let first = stage.posted("1", kept).await;
    let second = stage.posted("2", other).await;
    stage.by(Viewer::Anyone, first).await.unwrap();
    let world = &stage.world;
    // Of the host where it lies, and of the server of its account; refused alone, or with everything.
    let refusing = |wanted: &mut Wanted| wanted.refuse.media = true;
    let blocking = |wanted: &mut Wanted| wanted.severity = Severity::Block;
    refuse(world, "tube.test", refusing).await;
    for id in [first, second] {
        is_absent(&stage.by(stage.reader(), id).await);
    }
    lift(world, "tube.test").await;
    // What was kept of it has gone with the rule.
    stage.by(Viewer::Anyone, first).await.unwrap();
    assert_eq!(stage.fetches(kept), 2);
    refuse(world, "peer.test", refusing).await;
    is_absent(&stage.by(stage.reader(), second).await);
    lift(world, "peer.test").await;
    refuse(world, "tube.test", blocking).await;
    is_absent(&stage.by(stage.reader(), second).await);
    assert_eq!(stage.fetches(other), 0);
    stage.world.stop().await;
}

/// Its server shows it to those who sign by RFC 9421, and to nobody else.
#[actix_web::test]
async fn the_file_of_a_private_community_elsewhere_is_fetched_for_its_members_alone() {
    let mut stage = Stage::new(|_| {}).await;
    let world = &stage.world;
    let eve = world.person("eve").await;
    let (group, mut document) = elsewhere("board.test");
    document["manuallyApprovesFollowers"] = json!(true);
    group.lives(&world.peers);
    world.peers.serve(&group.uri, &document);
    world.reads(&group.uri).await;
    let bees = world.account_at(&group.uri).await.unwrap();
    world.follows(&stage.anna, &bees).await;
    let drone = Person::new("board.test", "drone");
    drone.lives(&world.peers);
    let url = "http://board.test/files/honey.png";
    let page = json!({
        "id": drone.url("/pages/honey"),
        "type": "Page",
        "name": "Honey",
        "attributedTo": drone.uri,
        "to": [group.uri],
        "audience": group.uri,
        "content": "<p>between us</p>",
        "published": world.app.now().and_utc().to_rfc3339(),
        "attachment": picture(url),
    });
    let mut announce = group.activity("1", "Announce", &drone.activity("1", "Create", &page));
    announce["to"] = json!([format!("{}/followers", group.uri)]);
    assert_eq!(world.receives(&group, &announce).await.0, 202);
    assert_eq!(world.outcome(&announce).await, "done");
    let uri = page["id"].as_str().unwrap();
    let view = world.post_at(uri).await.unwrap();
    assert_eq!(view.post.audience, Audience::Community);
    let id = stage.carried(uri).await;
    stage.serves(url, PICTURE);
    world.peers.answer("board.test", Answer::Modern);

    for reader in [Viewer::Anyone, Viewer::Account(eve.id)] {
        is_absent(&stage.by(reader, id).await);
    }
    assert_eq!(stage.fetches(url), 0);
    let found = stage.by(stage.reader(), id).await.unwrap();
    assert!(!found.open);
    assert_eq!(found.content.all().await.unwrap(), PICTURE);
    let asked = world.peers.asked(url);
    let last = asked.last().unwrap();
    assert!(
        last.headers
            .iter()
            .any(|(name, _)| name == "signature-input")
    );
    let actor = accounts::instance_actor(&world.app).await.unwrap();
    let now = world.app.now().and_utc();
    for asked in &asked {
        assert!(asked.is_signed_by(&actor.public_key_id, &actor.public_key_pem, now));
    }
    stage.by(stage.reader(), id).await.unwrap();
    assert_eq!(stage.fetches(url), asked.len());
    // Nothing of it is for whoever reads no longer.
    let viewer = Viewer::Account(stage.anna.id);
    assert!(posts::get(&world.app, viewer, view.post.id).await.is_ok());
    kontor_actions::follows::unfollow(&world.app, stage.anna.id, bees.id)
        .await
        .unwrap();
    is_absent(&stage.by(stage.reader(), id).await);
    stage.world.stop().await;
}
