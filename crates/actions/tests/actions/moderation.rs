//! What moderators elsewhere do to many posts in one word.

use std::{collections::HashSet, sync::Arc};

use kontor_actions::{
    App,
    accounts::Account,
    communities::{self, Deed, NewCommunity, Source, What},
    posts::{Created, InGroup, Named, NewPost, Parent},
};
use kontor_domain::{
    community::LogAction,
    ids::{AccountId, PostId},
    page::Page,
};
use kontor_store::{Store, boosts, posts, testing::each};

use crate::house::*;

const ANSWERS: usize = 60;

struct Ground {
    app: App,
    ann: AccountId,
    cat: AccountId,
    garden: Account,
    /// A thread of cat's, an answer to it, and all others below that one.
    posts: Vec<PostId>,
}

impl Ground {
    async fn new(store: &Store) -> Self {
        let app = house(store);
        let ann = person(&app, "ann").await;
        let cat = remote(&app, "cat").await;
        let new = NewCommunity::named("garden", ann);
        let garden = communities::create(&app, new, true).await.unwrap();
        let uri = |number: usize| format!("https://there.test/n/{number}");
        let mut posts = Vec::new();
        for number in 0..=ANSWERS {
            let new = NewPost {
                parent: (number > 0).then(|| Parent::Uri(uri(number / 2))),
                group: InGroup {
                    addressed: vec![garden.uri.clone()],
                    named: true,
                    vouched: None,
                    title: None,
                },
                ..arriving(&uri(number))
            };
            let Created::New(id) = arrives(&app, cat, new).await else {
                panic!("{number} is kept")
            };
            posts.push(id);
        }
        settle(&app).await;
        Self {
            app,
            ann,
            cat,
            garden,
            posts,
        }
    }

    fn deed(&self, what: What) -> Deed {
        Deed {
            community: self.garden.id,
            by: self.ann,
            reason: "because".to_owned(),
            what,
        }
    }

    /// How many statements it took.
    async fn does_widely(&self, what: What) -> u64 {
        let before = self.app.store.statements();
        let deed = self.deed(what);
        communities::act_widely(&self.app, deed, Source::Peer, Arc::new(()))
            .await
            .unwrap();
        self.app.store.statements() - before
    }

    /// How many stand.
    async fn standing(&self) -> usize {
        let ids = self.posts.clone();
        self.app
            .store
            .read(move |db| {
                let mut standing = 0;
                for id in ids {
                    let stub = posts::stub(db, id)?;
                    standing += usize::from(stub.is_some_and(|stub| stub.removed_at.is_none()));
                }
                Ok::<_, kontor_store::Error>(standing)
            })
            .await
            .unwrap()
    }

    /// The addresses of the posts with a line that says this; none has two.
    async fn lines(&self, action: LogAction) -> HashSet<String> {
        let page = Page::first(1000);
        let log = communities::log(&self.app, Some(self.ann), self.garden.id, false, page);
        let lines: Vec<String> = log
            .await
            .unwrap()
            .into_iter()
            .filter(|line| line.entry.action == action)
            .map(|line| {
                assert_eq!(line.entry.reason, "because");
                assert_eq!(line.entry.by_id, Some(self.ann));
                assert_eq!(line.entry.account_id, Some(self.cat));
                line.entry.post_uri.unwrap()
            })
            .collect();
        let count = lines.len();
        let lines: HashSet<String> = lines.into_iter().collect();
        assert_eq!(lines.len(), count, "each has one line");
        lines
    }

    async fn is_shown(&self) -> bool {
        let (group, thread) = (self.garden.id, self.posts[0]);
        let boost = self
            .app
            .store
            .read(move |db| boosts::of(db, group, thread))
            .await;
        boost.unwrap().is_some()
    }
}

#[tokio::test]
async fn a_branch_is_taken_away_and_brought_back_as_one() {
    each(|store| async move {
        let ground = Ground::new(&store).await;
        // A line for each, and what is done for all of them.
        let most = u64::try_from(ANSWERS).unwrap() + 40;
        let already = ground.deed(What::Remove(Named::Id(ground.posts[3])));
        communities::act(&ground.app, already, Source::Here)
            .await
            .unwrap();
        let top = Named::Id(ground.posts[1]);
        let spent = ground.does_widely(What::Remove(top.clone())).await;
        assert!(spent < most, "{spent}");
        assert_eq!(ground.standing().await, 1);
        assert_eq!(ground.lines(LogAction::Removed).await.len(), ANSWERS);
        settle(&ground.app).await;
        sound(&ground.app).await;
        // Again it changes nothing, and has no line.
        ground.does_widely(What::Remove(top.clone())).await;
        assert_eq!(ground.lines(LogAction::Removed).await.len(), ANSWERS);
        let spent = ground.does_widely(What::Restore(top)).await;
        assert!(spent < most, "{spent}");
        assert_eq!(ground.standing().await, ANSWERS + 1);
        assert_eq!(ground.lines(LogAction::Restored).await.len(), ANSWERS);
        settle(&ground.app).await;
        sound(&ground.app).await;
    })
    .await;
}

#[tokio::test]
async fn what_a_ban_took_away_is_brought_back_and_shown_as_one() {
    each(|store| async move {
        let ground = Ground::new(&store).await;
        // A line for each, which is not told, and one for the ban.
        let most = u64::try_from(ANSWERS).unwrap() + 50;
        assert!(ground.is_shown().await);
        let ban = What::Ban {
            account: ground.cat,
            until: None,
            purge: true,
        };
        let spent = ground.does_widely(ban).await;
        assert!(spent < most, "{spent}");
        assert_eq!(ground.standing().await, 0);
        assert!(!ground.is_shown().await);
        assert_eq!(ground.lines(LogAction::Removed).await.len(), ANSWERS + 1);
        settle(&ground.app).await;
        sound(&ground.app).await;
        let spent = ground.does_widely(What::Unban(ground.cat)).await;
        assert!(spent < most, "{spent}");
        assert_eq!(ground.standing().await, ANSWERS + 1);
        assert!(ground.is_shown().await);
        assert_eq!(ground.lines(LogAction::Restored).await.len(), ANSWERS + 1);
        settle(&ground.app).await;
        sound(&ground.app).await;
    })
    .await;
}
