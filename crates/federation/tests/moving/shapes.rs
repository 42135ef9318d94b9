//! What people do with posts and with one another, in the shapes in which other servers send it. Every activity comes twice.

use kontor_actions::{
    follows, pins,
    posts::{self, PostView},
    reports,
    timelines::{self, Selection},
};
use kontor_domain::{audience::Viewer, page::Page};
use serde_json::json;

use crate::{fixtures::Stage, world::sound};

impl Stage {
    async fn seen(&self) -> PostView {
        posts::get(&self.world.app, Viewer::Account(self.ann.id), self.post)
            .await
            .unwrap()
    }

    async fn sound(&self) {
        sound(&self.world).await;
    }

    /// Liked, boosted and blocked, each of it taken back.
    async fn likes_boosts_and_blocks(&self) {
        if self.has("like") {
            self.done("like").await;
            assert_eq!(self.seen().await.post.favourites_count, 1);
        }
        if self.has("undo_like") {
            self.done("undo_like").await;
            assert_eq!(self.seen().await.post.favourites_count, 0);
            self.sound().await;
        }
        self.done("announce").await;
        assert_eq!(self.seen().await.post.reblogs_count, 1);
        self.sound().await;
        self.done("undo_announce").await;
        assert_eq!(self.seen().await.post.reblogs_count, 0);
        self.sound().await;
        self.done("block").await;
        let them = self.world.account_at(&self.them.uri).await.unwrap().id;
        let stands = |related: follows::Relationship| related.blocked_by;
        let related = || async {
            let app = &self.world.app;
            let found = follows::relationships(app, self.ann.id, vec![them]).await;
            stands(found.unwrap().remove(0))
        };
        assert!(related().await);
        assert!(
            posts::get(&self.world.app, Viewer::Account(them), self.post)
                .await
                .is_err()
        );
        self.done("undo_block").await;
        assert!(!related().await);
    }

    fn has(&self, name: &str) -> bool {
        let path = format!(
            "{}/tests/fixtures/{}/{name}.json",
            env!("CARGO_MANIFEST_DIR"),
            self.software
        );
        std::path::Path::new(&path).exists()
    }

    /// A report by whoever the file names, kept once.
    async fn is_reported(&self, comment: &str, posts: usize) {
        let flag = self.file("flag");
        let actor = flag["actor"].as_str().unwrap();
        let reporter = if actor == self.them.uri {
            self.them.clone()
        } else {
            let mut document = self.file("actor");
            document["id"] = json!(actor);
            document["type"] = json!("Application");
            document["preferredUsername"] = json!("reporter");
            let key = format!("{actor}#main-key");
            document["publicKey"] = json!({"id": key, "owner": actor, "publicKeyPem": ""});
            self.lives(document)
        };
        assert_eq!(self.receives_from(&reporter, "flag").await, "done");
        let open = reports::open(&self.world.app, Page::first(10))
            .await
            .unwrap();
        assert_eq!(open.len(), 1);
        assert_eq!(
            (
                open[0].target.id,
                open[0].by.uri.as_str(),
                open[0].report.source.as_deref(),
                open[0].report.comment.as_str(),
                open[0].subjects.len()
            ),
            (
                self.ann.id,
                actor,
                Some(self.them.host.as_str()),
                comment,
                posts
            )
        );
    }

    async fn pins_and_unpins(&self) {
        let note = self.note().await.unwrap();
        let pinned = || async {
            let author = Viewer::Account(note.account.id);
            let (_, views) = pins::page(&self.world.app, author, note.account.id, Page::first(10))
                .await
                .unwrap();
            views
                .into_iter()
                .map(|view| view.post.id)
                .collect::<Vec<_>>()
        };
        self.done("add").await;
        assert_eq!(pinned().await, [note.post.id]);
        self.done("remove").await;
        assert_eq!(pinned().await, []);
    }
}

#[actix_web::test]
async fn mastodon() {
    let mut stage = Stage::new("mastodon").await;
    stage.likes_boosts_and_blocks().await;
    stage.is_reported("rude", 1).await;
    stage.we_follow().await;
    stage.done("create").await;
    stage.pins_and_unpins().await;
    stage.world.stop().await;
}

#[actix_web::test]
async fn gotosocial() {
    let mut stage = Stage::new("gotosocial").await;
    stage.likes_boosts_and_blocks().await;
    stage.is_reported("too fast", 1).await;
    stage.world.stop().await;
}

#[actix_web::test]
async fn misskey() {
    let mut stage = Stage::new("misskey").await;
    stage.done("reaction").await;
    let seen = stage.seen().await;
    // A heart is a favourite, anything else an emoji.
    assert_eq!(
        (
            seen.post.favourites_count,
            seen.reactions[0].name.as_str(),
            seen.reactions[0].url.as_deref()
        ),
        (
            0,
            "blobcat@planet.test",
            Some("http://planet.test/files/blobcat.webp")
        )
    );
    stage.done("undo_reaction").await;
    assert_eq!(stage.seen().await.reactions, []);
    stage.likes_boosts_and_blocks().await;
    stage.is_reported("Note: look ----- here", 0).await;
    stage.we_follow().await;
    stage.done("create").await;
    stage.pins_and_unpins().await;
    stage.world.stop().await;
}

#[actix_web::test]
async fn akkoma() {
    let mut stage = Stage::new("akkoma").await;
    stage.done("emoji_react").await;
    assert_eq!(stage.seen().await.reactions[0].name, "🦊");
    stage.done("undo_emoji_react").await;
    assert_eq!(stage.seen().await.reactions, []);
    stage.likes_boosts_and_blocks().await;
    stage.is_reported("bites", 1).await;
    stage.world.stop().await;
}

#[actix_web::test]
async fn lemmy() {
    let mut stage = Stage::new("lemmy").await;
    stage.we_follow().await;
    let mut mole = stage.file("actor");
    let text = mole.to_string().replace("/c/gardening", "/u/mole");
    mole = serde_json::from_str(&text.replace("\"gardening\"", "\"mole\"")).unwrap();
    mole["type"] = json!("Person");
    let mole = stage.lives(mole);
    assert_eq!(stage.receives_from(&mole, "like").await, "done");
    assert_eq!(stage.seen().await.post.favourites_count, 1);
    assert_eq!(stage.receives_from(&mole, "undo_like").await, "done");
    assert_eq!(stage.seen().await.post.favourites_count, 0);
    let down = || async {
        let post = stage.post;
        let count = stage
            .world
            .app
            .store
            .read(move |db| kontor_store::dislikes::count(db, post));
        count.await.unwrap()
    };
    assert_eq!(stage.receives_from(&mole, "dislike").await, "done");
    assert_eq!(down().await, 1);
    assert_eq!(stage.receives_from(&mole, "undo_dislike").await, "done");
    assert_eq!(down().await, 0);
    assert_eq!(stage.receives_from(&mole, "flag").await, "done");
    let open = reports::open(&stage.world.app, Page::first(10))
        .await
        .unwrap();
    assert_eq!(
        (open[0].report.comment.as_str(), open[0].target.id),
        ("off topic", stage.ann.id)
    );
    assert_eq!(
        stage.receives_from(&mole, "block").await,
        "ignored: a ban from a server, or from a community elsewhere"
    );
    // A comment is read, and a post of its own is shown as boosted by the group.
    assert_eq!(stage.receives("announce_create").await, "done");
    assert_eq!(
        stage.note().await.unwrap().post.in_reply_to_id,
        Some(stage.post)
    );
    assert_eq!(stage.receives("announce_create_top").await, "done");
    let group = stage.world.account_at(&stage.them.uri).await.unwrap();
    let boosted = timelines::account(
        &stage.world.app,
        Viewer::Anyone,
        group.id,
        Selection::All,
        Page::first(10),
    )
    .await
    .unwrap();
    let boosted: Vec<&str> = boosted
        .iter()
        .map(|view| view.boosted.as_ref().unwrap().post.content.as_str())
        .collect();
    assert_eq!(boosted, ["<p>Dig deeper</p>"]);
    stage.sound().await;
    stage.world.stop().await;
}
