//! Who may post in a community.

use kontor_actions::{
    App, Error, Result,
    communities::{self, Deed, NewCommunity, Source, What, archive, check_answers, check_begins},
};
use kontor_domain::{
    community::{Access, Posting},
    ids::AccountId,
};
use kontor_store::testing::each;

use crate::house::*;

/// May they begin threads, and answer?
async fn may(app: &App, community: AccountId, by: AccountId) -> (bool, bool) {
    let allowed = |checked: Result<()>| match checked {
        Ok(()) => true,
        Err(Error::Forbidden(_)) => false,
        Err(other) => panic!("{other:?}"),
    };
    (
        allowed(check_begins(app, community, by).await),
        allowed(check_answers(app, community, by).await),
    )
}

#[tokio::test]
async fn who_answers_is_asked_for_less_than_who_begins() {
    each(|store| async move {
        let app = house(&store);
        let (ann, ben) = (person(&app, "ann").await, person(&app, "ben").await);
        let cat = remote(&app, "cat").await;
        for (name, access, posting, stranger, member) in [
            (
                "one",
                Access::Public,
                Posting::Anyone,
                (true, true),
                (true, true),
            ),
            (
                "two",
                Access::Public,
                Posting::Members,
                (false, true),
                (true, true),
            ),
            (
                "three",
                Access::Public,
                Posting::Moderators,
                (false, true),
                (false, true),
            ),
            (
                "four",
                Access::Restricted,
                Posting::Anyone,
                (false, false),
                (true, true),
            ),
            (
                "five",
                Access::Local,
                Posting::Anyone,
                (false, false),
                (true, true),
            ),
        ] {
            let new = NewCommunity {
                access,
                posting,
                ..NewCommunity::named(name, ann)
            };
            let id = communities::create(&app, new, true).await.unwrap().id;
            assert_eq!(may(&app, id, cat).await, stranger, "{name}");
            follows(&app, ben, id).await;
            kontor_actions::follows::accept(&app, id, ben)
                .await
                .unwrap();
            assert_eq!(may(&app, id, ben).await, member, "{name}");
            assert_eq!(may(&app, id, ann).await, (true, true), "{name}");
            let ban = Deed {
                community: id,
                by: ann,
                reason: String::new(),
                what: What::Ban {
                    account: ben,
                    until: None,
                    purge: false,
                },
            };
            communities::act(&app, ban, Source::Here).await.unwrap();
            assert_eq!(may(&app, id, ben).await, (false, false), "{name}");
            archive(&app, ann, id, true).await.unwrap();
            assert_eq!(may(&app, id, ann).await, (false, false), "{name}");
        }
        for checked in [
            check_begins(&app, cat, ann).await,
            check_answers(&app, cat, ann).await,
        ] {
            assert!(matches!(checked, Err(Error::NotFound)), "{checked:?}");
        }
    })
    .await;
}
