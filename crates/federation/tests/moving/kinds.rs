//! What servers of other kinds than Mastodon's do beside publishing: channels, events, blogs, boards, communities, polls, quotes.
//! The shapes are in `tests/fixtures`; every activity comes twice.

use kontor_actions::{
    accounts::Account,
    favourites, pins,
    posts::{self, PostView},
    timelines::{self, Selection},
};
use kontor_domain::{audience::Viewer, page::Page, quote::QuoteState};

use crate::{
    fixtures::{Stage, published, shows},
    peer::Person,
    world::sound,
};

impl Stage {
    /// Another actor of the same server, known here and followed by the person here.
    async fn followed(&self, name: &str) -> (Person, Account) {
        let person = self.lives(self.file(name));
        let found = self
            .world
            .app
            .remote
            .resolve_url(&self.world.app, &person.uri.parse().unwrap())
            .await
            .unwrap();
        assert!(found.is_some(), "{name}");
        let account = self.world.account_at(&person.uri).await.unwrap();
        self.world.follows(&self.ann, &account).await;
        (person, account)
    }

    /// The post that a file is, as it is known here.
    async fn kept(&self, name: &str) -> Option<PostView> {
        let file = self.file(name);
        self.world.post_at(file["id"].as_str().unwrap()).await
    }

    /// Its server answers for it.
    fn stands(&self, name: &str) -> String {
        let file = self.file(name);
        let id = file["id"].as_str().unwrap().to_owned();
        self.world.peers.serve(&id, &file);
        id
    }

    async fn post_here(&self) -> PostView {
        posts::get(&self.world.app, Viewer::Account(self.ann.id), self.post)
            .await
            .unwrap()
    }

    async fn down(&self, post: kontor_domain::ids::PostId) -> i64 {
        self.world
            .app
            .store
            .read(move |db| kontor_store::dislikes::count(db, post))
            .await
            .unwrap()
    }

    /// What an account shows: the texts that it boosted.
    async fn boosts_of(&self, account: &Account) -> Vec<String> {
        let views = timelines::account(
            &self.world.app,
            Viewer::Account(self.ann.id),
            account.id,
            Selection::All,
            Page::first(10),
        )
        .await
        .unwrap();
        views
            .into_iter()
            .filter_map(|view| view.boosted)
            .map(|boosted| boosted.post.uri.clone())
            .collect()
    }

    async fn ends(mut self) {
        sound(&self.world).await;
        self.world.stop().await;
    }
}

#[actix_web::test]
async fn a_channel_announces_films_and_its_people_have_opinions() {
    let mut stage = Stage::new("peertube").await;
    stage.they_follow_and_leave().await;
    stage.we_follow().await;
    stage.done("like").await;
    assert_eq!(stage.post_here().await.post.favourites_count, 1);
    stage.done("undo_like").await;
    assert_eq!(stage.post_here().await.post.favourites_count, 0);
    stage.done("dislike").await;
    assert_eq!(stage.down(stage.post).await, 1);
    stage.done("undo_dislike").await;
    assert_eq!(stage.down(stage.post).await, 0);

    let (river, channel) = stage.followed("channel").await;
    let film = stage.stands("note");
    assert_eq!(stage.receives_from(&river, "announce").await, "done");
    assert_eq!(stage.boosts_of(&channel).await, [film]);
    let kept = stage.kept("note").await.unwrap();
    assert_eq!(kept.account.uri, stage.them.uri, "the account made it");
    shows(&kept, &["<h2>How otters swim</h2>", "4:05"]);
    stage.done("update").await;
    let kept = stage.kept("note").await.unwrap();
    shows(
        &kept,
        &[
            "<h2>How otters dive</h2>",
            "1:01:01",
            "<strong>longer</strong>",
        ],
    );
    assert!(kept.post.edited_at.is_some());
    stage.done("delete").await;
    assert!(stage.kept("note").await.is_none());
    assert!(stage.boosts_of(&channel).await.is_empty());
    stage.ends().await;
}

#[actix_web::test]
async fn an_event_moves_and_is_called_off_and_nobody_here_joins() {
    let (stage, _) = published("mobilizon").await;
    stage.done("update").await;
    let event = stage.note().await.unwrap();
    shows(
        &event,
        &[
            "<h2>River walk, later</h2>",
            "2026-05-01 12:00 UTC",
            "14:30 UTC",
        ],
    );
    assert!(event.post.edited_at.is_some());
    assert_eq!(stage.receives("join").await, "ignored: type Join");
    stage.they_follow_and_leave().await;
    stage.note_goes().await;
    stage.ends().await;
}

#[actix_web::test]
async fn a_blog_publishes_articles_and_notes_and_changes_its_mind() {
    let (stage, _) = published("wordpress").await;
    stage.done("create_short").await;
    let note = stage.kept("short").await.unwrap();
    assert!(note.post.content.contains("A nut fell."));
    assert_eq!(
        (note.post.tags.as_slice(), note.post.language.as_deref()),
        (["birds".to_owned()].as_slice(), Some("en"))
    );
    stage.done("update").await;
    let article = stage.note().await.unwrap();
    shows(
        &article,
        &[
            "<h2>On crows &amp; walnuts</h2>",
            "<p>Crows are clever.</p>",
        ],
    );
    stage.they_follow_and_leave().await;
    stage.note_goes().await;
    stage.ends().await;
    let mut stage = Stage::new("wordpress").await;
    stage.we_follow().await;
    stage.ends().await;
}

#[actix_web::test]
async fn a_board_answers_and_its_category_passes_topics_on() {
    let mut stage = Stage::new("nodebb").await;
    stage.they_follow_and_leave().await;
    stage.we_follow().await;
    stage.done("create_answer").await;
    let answer = stage.kept("answer").await.unwrap();
    assert_eq!(
        (answer.post.in_reply_to_id, answer.mentions[0].id),
        (Some(stage.post), stage.ann.id)
    );
    assert_eq!(stage.post_here().await.post.replies_count, 1);
    stage.done("like").await;
    assert_eq!(stage.post_here().await.post.favourites_count, 1);
    stage.done("undo_like").await;
    assert_eq!(stage.post_here().await.post.favourites_count, 0);

    let (setts, category) = stage.followed("category").await;
    let topic = stage.stands("note");
    assert_eq!(stage.receives_from(&setts, "announce_create").await, "done");
    assert_eq!(
        stage.boosts_of(&category).await,
        std::slice::from_ref(&topic)
    );
    // Said once more the plain way, it is still one.
    assert_eq!(stage.receives_from(&setts, "announce").await, "done");
    assert_eq!(stage.boosts_of(&category).await, [topic]);
    let kept = stage.kept("note").await.unwrap();
    assert_eq!(kept.account.uri, stage.them.uri);
    shows(
        &kept,
        &["<h2>Which sett?</h2>", "<strong>Discuss.</strong>"],
    );
    stage.ends().await;
}

#[actix_web::test]
async fn a_community_passes_on_what_is_posted_and_what_people_think_of_it() {
    let mut stage = Stage::new("piefed").await;
    let moderators = stage.file("moderators");
    let url = moderators["id"].as_str().unwrap().to_owned();
    stage.world.peers.serve(&url, &moderators);
    stage.lives(stage.file("voter"));
    let magpie = stage.them.clone();
    stage.them = stage.lives(stage.file("community"));
    stage.we_follow().await;

    stage.done("announce_create").await;
    let page = stage.kept("note").await.unwrap();
    assert_eq!(page.account.uri, magpie.uri);
    shows(&page, &["Look at these."]);
    let group = page.parts.group.as_ref().unwrap();
    assert_eq!(
        (group.account.uri.as_str(), group.title.as_deref()),
        (stage.them.uri.as_str(), Some("Shiny things"))
    );
    let likes = || async { stage.kept("note").await.unwrap().post.favourites_count };
    stage.done("announce_like").await;
    assert_eq!(likes().await, 1);
    stage.done("announce_undo_like").await;
    assert_eq!(likes().await, 0);
    stage.done("announce_dislike").await;
    assert_eq!(stage.down(page.post.id).await, 1);
    stage.done("announce_update").await;
    shows(
        &stage.kept("note").await.unwrap(),
        &["Look at these, and these."],
    );
    // The author's own server has it no more.
    let id = stage.file("note")["id"].as_str().unwrap().to_owned();
    stage.world.peers.gone(&id);
    stage.done("announce_delete").await;
    assert!(stage.kept("note").await.is_none());
    stage.ends().await;
}

#[actix_web::test]
async fn a_poll_comes_with_its_counts_and_with_what_one_may_do_to_it() {
    let mut stage = Stage::new("gotosocial").await;
    let them = stage.lives(stage.file("actor"));
    let found = stage
        .world
        .app
        .remote
        .resolve_url(&stage.world.app, &them.uri.parse().unwrap())
        .await
        .unwrap();
    assert!(found.is_some());
    let cid = stage.world.person("cid").await;
    let known = stage.world.account_at(&them.uri).await.unwrap();
    stage.we_follow().await;
    stage.done("create_question").await;
    let question = stage.kept("question").await.unwrap();
    assert_eq!(question.account.id, known.id);
    let poll = question.parts.poll.as_ref().unwrap();
    let counts: Vec<(&str, i64)> = poll
        .choices
        .iter()
        .map(|choice| (choice.title.as_str(), choice.votes_count))
        .collect();
    assert_eq!(counts, [("up", 2), ("down", 5)]);
    assert_eq!(
        (poll.poll.multiple, poll.poll.voters_count),
        (false, Some(7))
    );
    // Its followers may like it; somebody else's like waits there for its author's word.
    let like =
        |by: &Account| favourites::favourite(&stage.world.app, by.id, question.post.id, None);
    like(&stage.ann).await.unwrap();
    like(&cid).await.unwrap();
    // Requests, and answers to some that nobody made, hurt nobody.
    for (name, outcome) in [
        ("like_request", "ignored: type LikeRequest"),
        ("accept_like", "ignored: Accept of LikeRequest"),
        ("accept_reply", "ignored: no such follow"),
    ] {
        assert_eq!(stage.receives(name).await, outcome);
    }
    assert_eq!(stage.post_here().await.post.favourites_count, 0);
    stage.ends().await;
}

#[actix_web::test]
async fn a_quote_by_an_older_name_and_a_poll_of_several() {
    let mut stage = Stage::new("misskey").await;
    stage.we_follow().await;
    stage.done("create_question").await;
    let poll = stage.kept("question").await.unwrap().parts.poll.unwrap();
    assert!(poll.poll.multiple);
    let counts: Vec<i64> = poll
        .choices
        .iter()
        .map(|choice| choice.votes_count)
        .collect();
    assert_eq!(counts, [3, 1]);

    stage.done("create_quote").await;
    let quoting = stage.kept("quote").await.unwrap();
    assert_eq!(quoting.post.content, "<p><span>これ</span></p>");
    let quote = quoting.parts.quote.unwrap();
    assert_eq!(quote.quote.state, QuoteState::Accepted);
    assert_eq!(quote.quoted.unwrap().post.id, stage.post);
    assert_eq!(stage.post_here().await.parts.quotes_count, 1);
    stage.ends().await;
}

#[actix_web::test]
async fn a_post_is_pinned_and_unpinned() {
    let mut stage = Stage::new("akkoma").await;
    stage.we_follow().await;
    stage.done("create_post").await;
    let post = stage.kept("post").await.unwrap().post;
    let pinned = || async {
        let author = Viewer::Account(post.account_id);
        let (_, views) = pins::page(&stage.world.app, author, post.account_id, Page::first(10))
            .await
            .unwrap();
        views
            .into_iter()
            .map(|view| view.post.id)
            .collect::<Vec<_>>()
    };
    stage.done("add").await;
    assert_eq!(pinned().await, [post.id]);
    stage.done("remove").await;
    assert_eq!(pinned().await, []);
    stage.ends().await;
}
