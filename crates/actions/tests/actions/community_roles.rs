//! Who owns a community and looks after it, here and elsewhere, and who hands it on.

use std::sync::Arc;

use kontor_actions::{
    App, Error, Result, Settings,
    accounts::{NewLocal, RemoteGroup, create_local, forget_remote, upsert_remote},
    communities::{self, Deed, NewCommunity, Source, What},
    departures,
    follows::unfollow,
    moderation::{self, Act, Measure},
};
use kontor_domain::{
    account::AccountKind,
    community::{Access, CommunityRole, LogAction, LogRole, Posting},
    ids::AccountId,
    page::Page,
    user::Role,
};
use kontor_store::{Store, testing::each};

use crate::house::*;

const OWNER: Option<CommunityRole> = Some(CommunityRole::Owner);
const MODERATOR: Option<CommunityRole> = Some(CommunityRole::Moderator);

/// A community of ann's, with ben here and cat elsewhere as members.
pub(crate) struct Place {
    pub(crate) app: App,
    pub(crate) ann: AccountId,
    pub(crate) ben: AccountId,
    pub(crate) cat: AccountId,
    pub(crate) garden: AccountId,
}

impl Place {
    pub(crate) async fn new(store: &Store) -> Self {
        Self::with(store, Settings::test()).await
    }

    pub(crate) async fn with(store: &Store, settings: Settings) -> Self {
        let app = house_with(store, settings);
        let (ann, ben) = (person(&app, "ann").await, person(&app, "ben").await);
        let cat = remote(&app, "cat").await;
        let new = NewCommunity::named("garden", ann);
        let garden = communities::create(&app, new, true).await.unwrap().id;
        let place = Self {
            app,
            ann,
            ben,
            cat,
            garden,
        };
        place.joins(ben).await;
        place.joins(cat).await;
        place
    }

    async fn joins(&self, who: AccountId) {
        follows(&self.app, who, self.garden).await;
        kontor_actions::follows::accept(&self.app, self.garden, who)
            .await
            .unwrap();
    }

    /// An administrator, who is nothing there.
    pub(crate) async fn chief(&self) -> AccountId {
        let chief = NewLocal {
            role: Role::Admin,
            ..NewLocal::person("chief")
        };
        create_local(&self.app, chief).await.unwrap().id
    }

    pub(crate) async fn does(&self, by: AccountId, what: What) -> Result<()> {
        self.from(Source::Here, by, what).await
    }

    async fn from(&self, source: Source, by: AccountId, what: What) -> Result<()> {
        let deed = Deed {
            community: self.garden,
            by,
            reason: String::new(),
            what,
        };
        communities::act_with(&self.app, deed, source, Arc::new(())).await
    }

    /// Owners first.
    pub(crate) async fn roles(&self) -> Vec<(AccountId, CommunityRole)> {
        let view = communities::get(&self.app, None, self.garden);
        let roles = view.await.unwrap().moderators;
        roles
            .into_iter()
            .map(|(role, account)| (account.id, role))
            .collect()
    }

    /// What whoever did it was there, the last first.
    async fn roles_in_log(&self, id: AccountId) -> Vec<Option<LogRole>> {
        let log = communities::log(&self.app, None, id, false, Page::first(40));
        let lines = log.await.unwrap();
        assert!(lines.iter().all(|line| line.by.is_none()));
        lines.into_iter().map(|line| line.entry.by_role).collect()
    }

    /// What was done to whom, the last first.
    async fn log(&self) -> Vec<(LogAction, Option<AccountId>)> {
        let log = communities::log(&self.app, None, self.garden, false, Page::first(40));
        let lines = log.await.unwrap();
        lines
            .into_iter()
            .map(|line| (line.entry.action, line.entry.account_id))
            .collect()
    }
}

pub(crate) fn names(done: &Result<()>, field: &str) -> bool {
    matches!(done, Err(Error::Invalid { field: named, .. }) if *named == field)
}

#[tokio::test]
async fn a_member_becomes_an_owner_here_and_elsewhere() {
    each(|store| async move {
        let place = Place::new(&store).await;
        let (ann, ben, cat) = (place.ann, place.ben, place.cat);
        let dan = remote(&place.app, "dan").await;
        for by in [ben, cat] {
            let done = place.does(by, What::SetRole(by, OWNER)).await;
            assert!(matches!(done, Err(Error::Forbidden(_))), "{done:?}");
        }
        let done = place.does(ann, What::SetRole(dan, OWNER)).await;
        assert!(names(&done, "account_id"), "no member: {done:?}");
        for who in [ben, cat, cat] {
            place.does(ann, What::SetRole(who, OWNER)).await.unwrap();
        }
        let owner = CommunityRole::Owner;
        let mut roles = place.roles().await;
        roles.sort_by_key(|(account, _)| *account);
        let mut wanted = vec![(ann, owner), (ben, owner), (cat, owner)];
        wanted.sort_by_key(|(account, _)| *account);
        assert_eq!(roles, wanted);
        assert_eq!(
            place.log().await,
            [
                (LogAction::OwnerAdded, Some(cat)),
                (LogAction::OwnerAdded, Some(ben))
            ]
        );
        let view = communities::get(&place.app, None, place.garden);
        assert_eq!(view.await.unwrap().owners, Some(3));
        sound(&place.app).await;
    })
    .await;
}

#[tokio::test]
async fn owners_step_down_while_one_remains() {
    each(|store| async move {
        let place = Place::new(&store).await;
        let (ann, ben, cat) = (place.ann, place.ben, place.cat);
        let done = place.does(ann, What::SetRole(ann, MODERATOR)).await;
        assert!(names(&done, "role"), "the last: {done:?}");
        place.does(ann, What::SetRole(cat, OWNER)).await.unwrap();
        place
            .does(ann, What::SetRole(ann, MODERATOR))
            .await
            .unwrap();
        assert_eq!(
            place.roles().await,
            [(cat, CommunityRole::Owner), (ann, CommunityRole::Moderator)]
        );
        assert_eq!(place.log().await[0], (LogAction::OwnerRemoved, Some(ann)));
        // A moderator names nobody, nor brings back what they were.
        for what in [
            What::AddModerator(ben),
            What::RemoveModerator(cat),
            What::SetRole(ann, OWNER),
            What::SetRole(ben, MODERATOR),
            What::Transfer(ben),
        ] {
            let done = place.does(ann, what.clone()).await;
            assert!(
                matches!(done, Err(Error::Forbidden(_))),
                "{what:?}: {done:?}"
            );
        }
        // The owner elsewhere does.
        place
            .from(Source::Peer, cat, What::AddModerator(ben))
            .await
            .unwrap();
        let done = place
            .from(Source::Peer, cat, What::SetRole(cat, MODERATOR))
            .await;
        assert!(names(&done, "role"), "{done:?}");
        // Everybody gives up what they are without being asked.
        place.does(ben, What::SetRole(ben, None)).await.unwrap();
        assert_eq!(
            place.roles().await,
            [(cat, CommunityRole::Owner), (ann, CommunityRole::Moderator)]
        );
    })
    .await;
}

#[tokio::test]
async fn an_owner_changes_the_settings_and_a_moderator_does_not() {
    each(|store| async move {
        let place = Place::new(&store).await;
        let (ann, ben, cat) = (place.ann, place.ben, place.cat);
        place.does(ann, What::AddModerator(ben)).await.unwrap();
        place.does(ann, What::SetRole(cat, OWNER)).await.unwrap();
        let edit = || communities::Edit {
            title: Some("Another".to_owned()),
            ..communities::Edit::default()
        };
        let done = communities::edit(&place.app, ben, place.garden, edit()).await;
        assert!(matches!(done, Err(Error::Forbidden(_))), "{done:?}");
        communities::edit(&place.app, cat, place.garden, edit())
            .await
            .unwrap();
        let title = account(&place.app, place.garden).await.display_name;
        assert_eq!(title, "Another");
    })
    .await;
}

#[tokio::test]
async fn a_community_is_handed_on_to_a_member_elsewhere_and_to_no_stranger() {
    each(|store| async move {
        let place = Place::new(&store).await;
        let (ann, cat) = (place.ann, place.cat);
        let dan = remote(&place.app, "dan").await;
        let done = place.does(ann, What::Transfer(dan)).await;
        assert!(names(&done, "account_id"), "{done:?}");
        place.does(ann, What::AddModerator(cat)).await.unwrap();
        place.does(ann, What::Transfer(cat)).await.unwrap();
        assert_eq!(
            place.roles().await,
            [(cat, CommunityRole::Owner), (ann, CommunityRole::Moderator)]
        );
        assert_eq!(place.log().await[0], (LogAction::Transferred, Some(cat)));
    })
    .await;
}

#[tokio::test]
async fn an_administrator_hands_all_of_it_on_and_an_owner_what_is_their_own() {
    each(|store| async move {
        let place = Place::new(&store).await;
        let (ann, ben, cat) = (place.ann, place.ben, place.cat);
        let chief = place.chief().await;
        let (owner, moderator) = (CommunityRole::Owner, CommunityRole::Moderator);
        place.does(ann, What::SetRole(cat, OWNER)).await.unwrap();
        // To an owner: one less remains, and it is said who handed it on.
        place.does(ann, What::Transfer(cat)).await.unwrap();
        assert_eq!(place.roles().await, [(cat, owner), (ann, moderator)]);
        assert_eq!(place.log().await[0], (LogAction::Transferred, Some(cat)));
        place.does(cat, What::SetRole(ann, OWNER)).await.unwrap();
        // Again changes nothing.
        for _ in 0..2 {
            place.does(chief, What::Transfer(ben)).await.unwrap();
        }
        let mut roles = place.roles().await;
        assert_eq!(roles.remove(0), (ben, owner));
        roles.sort_by_key(|(account, _)| *account);
        let mut wanted = vec![(ann, moderator), (cat, moderator)];
        wanted.sort_by_key(|(account, _)| *account);
        assert_eq!(roles, wanted);
        let mut log = place.log().await;
        assert_eq!(log.remove(0), (LogAction::Transferred, Some(ben)));
        let mut down = vec![log.remove(0), log.remove(0)];
        down.sort_by_key(|(_, account)| *account);
        let mut wanted = vec![
            (LogAction::OwnerRemoved, Some(ann)),
            (LogAction::OwnerRemoved, Some(cat)),
        ];
        wanted.sort_by_key(|(_, account)| *account);
        assert_eq!(down, wanted);
        assert_eq!(log[0], (LogAction::OwnerAdded, Some(ann)));
        sound(&place.app).await;
    })
    .await;
}

#[tokio::test]
async fn who_is_handed_a_community_has_room_among_those_who_look_after_it() {
    each(|store| async move {
        let mut settings = Settings::test();
        settings.limits.communities.moderators = 2;
        let place = Place::with(&store, settings).await;
        let (ann, ben, cat) = (place.ann, place.ben, place.cat);
        place.does(ann, What::AddModerator(cat)).await.unwrap();
        let done = place.does(ann, What::Transfer(ben)).await;
        assert!(names(&done, "account_id"), "one too many: {done:?}");
        let (owner, moderator) = (CommunityRole::Owner, CommunityRole::Moderator);
        assert_eq!(place.roles().await, [(ann, owner), (cat, moderator)]);
        // Who looks after it already is nobody more.
        place.does(ann, What::Transfer(cat)).await.unwrap();
        assert_eq!(place.roles().await, [(cat, owner), (ann, moderator)]);
    })
    .await;
}

#[tokio::test]
async fn what_never_leaves_this_server_is_looked_after_by_people_here() {
    each(|store| async move {
        let app = house(&store);
        let (ann, cat) = (person(&app, "ann").await, remote(&app, "cat").await);
        let new = NewCommunity {
            access: Access::Local,
            ..NewCommunity::named("shed", ann)
        };
        let shed = communities::create(&app, new, true).await.unwrap().id;
        for what in [
            What::AddModerator(cat),
            What::SetRole(cat, OWNER),
            What::Transfer(cat),
        ] {
            let deed = Deed {
                community: shed,
                by: ann,
                reason: String::new(),
                what: what.clone(),
            };
            let done = communities::act(&app, deed, Source::Here).await;
            assert!(names(&done, "account_id"), "{what:?}: {done:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn while_another_owns_it_nobody_inherits() {
    each(|store| async move {
        let place = Place::new(&store).await;
        let (ann, ben, cat) = (place.ann, place.ben, place.cat);
        place.does(ann, What::SetRole(cat, OWNER)).await.unwrap();
        unfollow(&place.app, ann, place.garden).await.unwrap();
        assert_eq!(place.roles().await, [(cat, CommunityRole::Owner)]);
        // The last one is elsewhere, and its server says that it is gone: the eldest member here is next.
        let uri = account(&place.app, cat).await.uri;
        assert!(forget_remote(&place.app, uri).await.unwrap());
        assert_eq!(place.roles().await, [(ben, CommunityRole::Owner)]);
        assert_eq!(
            place.log().await[..2],
            [
                (LogAction::Inherited, Some(ben)),
                (LogAction::ModeratorRemoved, None)
            ]
        );
        sound(&place.app).await;
    })
    .await;
}

#[tokio::test]
async fn an_owner_elsewhere_who_leaves_is_followed_by_the_eldest_moderator_here() {
    each(|store| async move {
        let place = Place::new(&store).await;
        let (ann, ben, cat) = (place.ann, place.ben, place.cat);
        let dan = remote(&place.app, "dan").await;
        place.joins(dan).await;
        // Whoever is elsewhere inherits nothing, however long they have looked after it.
        place.does(ann, What::AddModerator(dan)).await.unwrap();
        place.does(ann, What::AddModerator(ben)).await.unwrap();
        place.does(ann, What::Transfer(cat)).await.unwrap();
        place.does(ann, What::SetRole(ann, None)).await.unwrap();
        unfollow(&place.app, cat, place.garden).await.unwrap();
        assert_eq!(
            place.roles().await,
            [(ben, CommunityRole::Owner), (dan, CommunityRole::Moderator)]
        );
    })
    .await;
}

#[tokio::test]
async fn an_owner_who_deletes_their_account_is_followed_by_the_rule() {
    each(|store| async move {
        let place = Place::new(&store).await;
        let (ann, ben) = (place.ann, place.ben);
        let eve = person(&place.app, "eve").await;
        place.joins(eve).await;
        place.does(ann, What::AddModerator(eve)).await.unwrap();
        departures::delete(&place.app, ann).await.unwrap();
        // Ben is a member for longer, but eve looks after it.
        assert_eq!(place.roles().await, [(eve, CommunityRole::Owner)]);
        assert_eq!(
            place.log().await[..2],
            [
                (LogAction::Inherited, Some(eve)),
                (LogAction::ModeratorRemoved, Some(ann))
            ]
        );
        departures::delete(&place.app, eve).await.unwrap();
        assert_eq!(place.roles().await, [(ben, CommunityRole::Owner)]);
        // With nobody here left to hand it on to, it has none.
        departures::delete(&place.app, ben).await.unwrap();
        assert!(place.roles().await.is_empty());
        let view = communities::get(&place.app, None, place.garden);
        assert_eq!(view.await.unwrap().owners, Some(0));
        assert_eq!(
            place.log().await[0],
            (LogAction::ModeratorRemoved, Some(ben))
        );
    })
    .await;
}

#[tokio::test]
async fn an_owner_whom_operators_suspend_stays_one_until_they_are_deleted() {
    each(|store| async move {
        let place = Place::new(&store).await;
        let (ann, ben) = (place.ann, place.ben);
        let chief = place.chief().await;
        let suspend = Act {
            measure: Measure::Suspend,
            report: None,
            text: String::new(),
            told: false,
        };
        moderation::act(&place.app, chief, ann, suspend)
            .await
            .unwrap();
        // They may come back.
        let owner = place.roles().await;
        assert_eq!(owner, [(ann, CommunityRole::Owner)]);
        assert!(place.log().await.is_empty());
        moderation::delete(&place.app, chief, ann).await.unwrap();
        assert_eq!(place.roles().await, [(ben, CommunityRole::Owner)]);
        assert_eq!(
            place.log().await,
            [
                (LogAction::Inherited, Some(ben)),
                (LogAction::ModeratorRemoved, Some(ann))
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn the_log_says_what_they_were_there_when_names_are_hidden() {
    each(|store| async move {
        let place = Place::new(&store).await;
        let (ann, ben, cat, garden) = (place.ann, place.ben, place.cat, place.garden);
        let chief = place.chief().await;
        let hidden = communities::Edit {
            names_moderators: Some(false),
            ..communities::Edit::default()
        };
        communities::edit(&place.app, ann, garden, hidden)
            .await
            .unwrap();
        place.does(ann, What::AddModerator(ben)).await.unwrap();
        let ban = What::Ban {
            account: cat,
            until: None,
            purge: false,
        };
        place.does(ben, ban).await.unwrap();
        place.does(chief, What::Unban(cat)).await.unwrap();
        // What they are afterwards is another matter.
        place.does(ben, What::SetRole(ben, None)).await.unwrap();
        unfollow(&place.app, ann, garden).await.unwrap();
        assert_eq!(
            place.roles_in_log(garden).await,
            [
                Some(LogRole::Rule),
                Some(LogRole::Owner),
                Some(LogRole::Moderator),
                Some(LogRole::Administrator),
                Some(LogRole::Moderator),
                Some(LogRole::Owner),
                Some(LogRole::Owner),
            ]
        );
    })
    .await;
}

/// A community elsewhere.
pub(crate) async fn hive(app: &App) -> AccountId {
    let mut hive = described("hive", "https://hive.test/c/hive".to_owned());
    hive.profile.kind = AccountKind::Group;
    hive.group = Some(RemoteGroup {
        moderators_url: "https://hive.test/c/hive/moderators".to_owned(),
        access: Access::Public,
        posting: Posting::Anyone,
        names_moderators: false,
        archived: None,
        purpose: None,
        rules: None,
        languages: None,
    });
    upsert_remote(app, hive).await.unwrap().id
}

#[tokio::test]
async fn the_log_of_a_community_elsewhere_says_as_what_they_did_it() {
    each(|store| async move {
        let place = Place::new(&store).await;
        let app = &place.app;
        let hive = hive(app).await;
        let drone = remote(app, "drone").await;
        let queen = remote_at(app, "queen", "https://far.test/u/queen".to_owned()).await;
        let keeper = remote_at(app, "keeper", "https://hive.test/u/keeper".to_owned()).await;
        let wasp = remote_at(app, "wasp", "https://wasps.test/u/wasp".to_owned()).await;
        let cases = [
            (hive, Some(LogRole::Community)),
            (queen, Some(LogRole::Moderator)),
            (keeper, Some(LogRole::Administrator)),
            (place.cat, Some(LogRole::AuthorServer)),
            (wasp, None),
        ];
        communities::set_moderators(app, hive, vec![(queen, CommunityRole::Moderator)])
            .await
            .unwrap();
        for (by, _) in &cases {
            let ban = What::Ban {
                account: drone,
                until: None,
                purge: false,
            };
            for what in [ban, What::Unban(drone)] {
                let deed = Deed {
                    community: hive,
                    by: *by,
                    reason: String::new(),
                    what,
                };
                communities::act(app, deed, Source::Group).await.unwrap();
            }
        }
        let mut wanted: Vec<_> = cases.iter().flat_map(|(_, role)| [*role, *role]).collect();
        wanted.reverse();
        assert_eq!(place.roles_in_log(hive).await, wanted);
    })
    .await;
}
