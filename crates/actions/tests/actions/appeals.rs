//! Appeals in communities: whose they are, once, and what is written with them.

use std::sync::Arc;

use kontor_actions::{
    App, Error, Result,
    accounts::Account,
    communities::{
        self, Deed, LogView, Message, NewCommunity, Source, What, answer, receive_appeal,
    },
    effects,
    posts::{Created, InGroup, Named, NewPost},
};
use kontor_domain::{
    audience::Audience,
    community::AppealState,
    event::{CameDeed, Event},
    ids::{AccountId, PostId},
    page::Page,
};
use kontor_store::{
    jobs,
    posts::{self, Stub},
    testing::each,
};

use crate::house::*;

const APPEAL: &str = "https://there.test/n/appeal";

struct Ground {
    app: App,
    ann: AccountId,
    cat: AccountId,
    garden: Account,
}

impl Ground {
    async fn new(store: &kontor_store::Store) -> Self {
        let app = house(store);
        let ann = person(&app, "ann").await;
        let cat = remote(&app, "cat").await;
        let new = NewCommunity::named("garden", ann);
        let garden = communities::create(&app, new, true).await.unwrap();
        Self {
            app,
            ann,
            cat,
            garden,
        }
    }

    /// A thread of cat's.
    async fn thread(&self, uri: &str) -> PostId {
        let new = NewPost {
            group: InGroup {
                addressed: vec![self.garden.uri.clone()],
                named: true,
                vouched: None,
                title: None,
            },
            ..arriving(uri)
        };
        match arrives(&self.app, self.cat, new).await {
            Created::New(id) => id,
            other => panic!("{other:?}"),
        }
    }

    async fn does(&self, what: What) {
        let deed = Deed {
            community: self.garden.id,
            by: self.ann,
            reason: "because".to_owned(),
            what,
        };
        communities::act(&self.app, deed, Source::Here)
            .await
            .unwrap();
    }

    async fn appeals(
        &self,
        by: AccountId,
        uri: &str,
        answers: Option<&str>,
        text: &str,
    ) -> Result<bool> {
        let message = Message {
            by,
            community: self.garden.id,
            uri: uri.to_owned(),
            answers: answers.map(ToOwned::to_owned),
            text: text.to_owned(),
        };
        receive_appeal(&self.app, message, Arc::new(())).await
    }

    async fn log(&self, open: bool) -> Vec<LogView> {
        let page = Page::first(20);
        communities::log(&self.app, Some(self.ann), self.garden.id, open, page)
            .await
            .unwrap()
    }

    /// What was sent back.
    async fn messages(&self) -> Vec<Stub> {
        self.app
            .store
            .read(|db| posts::orphans_of(db, APPEAL))
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn a_message_of_an_author_whose_post_was_removed_is_an_appeal_once() {
    each(|store| async move {
        let ground = Ground::new(&store).await;
        let (uri, cat) = ("https://there.test/n/1", ground.cat);
        let thread = ground.thread(uri).await;
        assert!(!ground.appeals(cat, APPEAL, Some(uri), "why").await.unwrap());
        ground.does(What::Remove(Named::Id(thread))).await;
        let dog = remote(&ground.app, "dog").await;
        assert!(!ground.appeals(dog, APPEAL, Some(uri), "why").await.unwrap());
        assert!(!ground.appeals(cat, APPEAL, None, "why").await.unwrap());
        let blank = ground.appeals(cat, APPEAL, Some(uri), "@garden").await;
        assert!(matches!(blank, Err(Error::Invalid { .. })), "{blank:?}");
        let long = format!("@garden@here.test {}", "why ".repeat(1000));
        assert!(ground.appeals(cat, APPEAL, Some(uri), &long).await.unwrap());
        let open = ground.log(true).await;
        assert_eq!(open.len(), 1);
        let text = open[0].entry.appeal.clone().unwrap();
        assert!(text.starts_with("why why") && text.chars().count() == 1000);
        // The same again changes nothing, and there is no other.
        assert!(ground.appeals(cat, APPEAL, Some(uri), "new").await.unwrap());
        let other = "https://there.test/n/other";
        let again = ground.appeals(cat, other, Some(uri), "new").await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
        assert_eq!(ground.log(true).await[0].entry.appeal, Some(text));

        let entry = open[0].entry.id;
        answer(&ground.app, ground.ann, entry, true, "well".to_owned())
            .await
            .unwrap();
        let sent = ground.messages().await;
        assert_eq!(sent.len(), 1);
        assert_eq!(
            (sent[0].account_id, sent[0].audience, sent[0].community_id),
            (ground.garden.id, Audience::Direct, None)
        );
        let twice = answer(&ground.app, ground.ann, entry, true, String::new()).await;
        assert!(matches!(twice, Err(Error::Conflict(_))), "{twice:?}");
        assert_eq!(ground.messages().await.len(), 1, "nor is it sent twice");
        // It stands again: there is nothing to appeal against.
        assert!(
            !ground
                .appeals(cat, other, Some(uri), "thanks")
                .await
                .unwrap()
        );
        settle(&ground.app).await;
        sound(&ground.app).await;
    })
    .await;
}

#[tokio::test]
async fn a_ban_is_appealed_against_by_any_message_while_it_stands() {
    each(|store| async move {
        let ground = Ground::new(&store).await;
        let cat = ground.cat;
        let ban = What::Ban {
            account: cat,
            until: None,
            purge: false,
        };
        ground.does(ban.clone()).await;
        assert!(ground.appeals(cat, APPEAL, None, "sorry").await.unwrap());
        let entry = ground.log(true).await.remove(0).entry.id;
        answer(&ground.app, ground.ann, entry, false, String::new())
            .await
            .unwrap();
        let answered = ground.log(false).await.remove(0).entry;
        assert_eq!(answered.appeal_state, Some(AppealState::Rejected));
        assert_eq!(ground.messages().await.len(), 1);
        let other = "https://there.test/n/other";
        let again = ground.appeals(cat, other, None, "sorry").await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
        ground.does(What::Unban(cat)).await;
        assert!(!ground.appeals(cat, other, None, "hello").await.unwrap());
        // Another ban is another thing.
        ground.does(ban).await;
        assert!(ground.appeals(cat, other, None, "sorry").await.unwrap());
        settle(&ground.app).await;
        sound(&ground.app).await;
    })
    .await;
}

#[tokio::test]
async fn deeds_from_here_and_elsewhere_are_told_in_their_order() {
    each(|store| async move {
        let ground = Ground::new(&store).await;
        let thread = ground.thread("https://there.test/n/1").await;
        settle(&ground.app).await;
        ground.does(What::Remove(Named::Id(thread))).await;
        let deed = CameDeed {
            community: ground.garden.id,
            by: Some(ground.cat),
            account: None,
            post: Some(thread),
            activity: "{}".to_owned(),
            order: "https://there.test/n/1".to_owned(),
            to: Vec::new(),
        };
        let app = ground.app.clone();
        let came = ground
            .app
            .store
            .write(move |tx| communities::came(&app, tx, deed.clone()));
        came.await.unwrap();
        // One lane, in which the end of the community's boost and the removal come before it: it is not begun before they are told.
        let now = ground.app.now();
        let of_post = format!("post {thread}");
        let lane = of_post.clone();
        let (waiting, due) = ground
            .app
            .store
            .read(move |db| {
                let waiting = jobs::count_in_lane(db, effects::QUEUE, &lane)?;
                Ok::<_, kontor_store::Error>((
                    waiting,
                    jobs::peek(db, effects::QUEUE, now, &[], 9)?,
                ))
            })
            .await
            .unwrap();
        assert_eq!(waiting, 3);
        let due: Vec<_> = due
            .iter()
            .filter(|job| job.lane.as_deref() == Some(&of_post))
            .map(|job| effects::read(&job.payload).unwrap())
            .collect();
        assert!(matches!(due[..], [Event::BoostUndone(_)]), "{due:?}");
        settle(&ground.app).await;
    })
    .await;
}
