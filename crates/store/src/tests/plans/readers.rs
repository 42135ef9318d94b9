//! What is each reader's own: lists, hashtags, conversations, groups of notifications.

use kontor_domain::{
    audience::Viewer,
    ids::{AccountId, ListId, NotificationId, PostId, TagId},
    list::RepliesPolicy,
    notification::NotificationKind,
    page::Page,
};

use super::{ANN, Query, page, upward};
use crate::{
    boosts, conversations, domain_blocks, familiar, followed_tags, list_entries,
    lists::{self, List},
    muted_threads, mutes, notification_groups, notification_requests,
    notifications::{self, Selection},
    quotes, severances, tag_days,
    testing::rows::at,
    threads,
    timelines::{self, Narrow, Origin, Tagged},
};

fn list(replies_policy: RepliesPolicy) -> List {
    List {
        id: ListId(1),
        account_id: ANN,
        title: String::new(),
        replies_policy,
        exclusive: true,
        created_at: at(0, 0),
    }
}

pub(super) fn all() -> Selection {
    Selection {
        kinds: NotificationKind::ALL.to_vec(),
        from: None,
        include_filtered: false,
    }
}

pub(super) const QUERIES: &[Query] = &[
    ("list", |tx| {
        let list = list(RepliesPolicy::None);
        Ok(list_entries::page(tx, &list, at(0, 0), &page())?.len())
    }),
    ("list upward", |tx| {
        let list = list(RepliesPolicy::Followed);
        Ok(list_entries::page(tx, &list, at(0, 0), &upward())?.len())
    }),
    ("list with answers", |tx| {
        let list = list(RepliesPolicy::List);
        Ok(list_entries::page(tx, &list, at(0, 0), &page())?.len())
    }),
    ("list rebuilt", |tx| {
        list_entries::rebuild(tx, &list(RepliesPolicy::List)).map(|()| 1)
    }),
    ("list remembers and forgets", |tx| {
        let author = kontor_domain::ids::AccountId(720);
        list_entries::remember(tx, ANN, ListId(1), author, 20)?;
        list_entries::forget(tx, ListId(1), &[author]).map(|()| 1)
    }),
    ("lists that want a post", |tx| {
        let author = kontor_domain::ids::AccountId(802);
        Ok(lists::wanting(tx, &[ANN], author)?.len())
    }),
    ("several hashtags", |tx| {
        let which = Tagged {
            any: vec!["tag5".to_owned(), "tag6".to_owned()],
            none: vec!["tag7".to_owned()],
            ..Tagged::with("tag5")
        };
        Ok(timelines::tagged(tx, Viewer::Account(ANN), &which, at(0, 0), &page())?.len())
    }),
    ("account by hashtag", |tx| {
        let narrow = Narrow {
            only_media: false,
            tag: Some("tag1".to_owned()),
        };
        let author = kontor_domain::ids::AccountId(720);
        let all = timelines::Selection::All;
        timelines::by_account_of(tx, Viewer::Anyone, author, all, &narrow, &page()).map(|_| 1)
    }),
    ("uses counted", |tx| {
        tag_days::count(tx, PostId(303), tag_days::Step::Used).map(|()| 1)
    }),
    ("uses by day", |tx| {
        Ok(tag_days::of(tx, &["tag5".to_owned()], 0)?.len())
    }),
    ("followers of hashtags", |tx| {
        followed_tags::followers_of(tx, PostId(303), at(0, 0), 200).map(|_| 1)
    }),
    ("uses by an account", |tx| {
        let author = kontor_domain::ids::AccountId(720);
        followed_tags::recent_uses(tx, author, 20)?;
        followed_tags::unfollow(tx, ANN, "tag5")?;
        followed_tags::uses_by(tx, author, &[TagId(1)]).map(|_| 1)
    }),
    ("threads", |tx| {
        muted_threads::among(tx, ANN, &[PostId(303), PostId(304)])?;
        threads::rejoin(tx, PostId(303), PostId(304)).map(|()| 1)
    }),
    ("who is told of a post", |tx| {
        let (some, author) = ([ANN, AccountId(2)], AccountId(34));
        mutes::hiding(tx, &some, author, at(0, 0))?;
        domain_blocks::by_people(tx, &some, "d5.test")?;
        muted_threads::by_people(tx, &some, PostId(303)).map(|_| 1)
    }),
    ("who is told of an edit", |tx| {
        let (some, kind) = ([ANN, AccountId(2)], NotificationKind::Update);
        boosts::by_people_here(tx, PostId(303))?;
        quotes::by_people_here(tx, PostId(303))?;
        notifications::delete_told(tx, kind, &some, &[PostId(303)]).map(|()| 1)
    }),
    ("follows that ended", |tx| {
        severances::by_server_since(tx, &[ANN, AccountId(2)], at(0, 0)).map(|_| 1)
    }),
    ("mutes", |tx| {
        Ok(mutes::by_account(tx, ANN, at(0, 0), &Page::first(20))?.len())
    }),
    ("follows of a domain", |tx| {
        domain_blocks::some_follows(tx, ANN, "d5.test", 20)?;
        domain_blocks::count_follows(tx, ANN, "d5.test")?;
        domain_blocks::forget_notifications(tx, ANN, "d5.test").map(|()| 1)
    }),
    ("conversations", |tx| {
        Ok(conversations::by_account(tx, ANN, &page())?.len())
    }),
    ("conversations left", |tx| {
        conversations::leave(tx, PostId(303)).map(|()| 1)
    }),
    ("notifications in groups", |tx| {
        let grouped = [NotificationKind::Follow];
        Ok(notification_groups::page(tx, ANN, &all(), &grouped, &page())?.len())
    }),
    ("a group", |tx| {
        notification_groups::accounts(tx, ANN, "follow-1", 20)?;
        notification_groups::by_key(tx, ANN, "follow-1").map(|_| 1)
    }),
    ("groups counted", |tx| {
        let (grouped, above) = ([NotificationKind::Follow], NotificationId(10_000));
        notification_groups::count_above(tx, ANN, &all(), &grouped, above, 20).map(|_| 1)
    }),
    ("held back", |tx| {
        notification_requests::held(tx, ANN, &[kontor_domain::ids::AccountId(2)])?;
        notification_requests::pending(tx, ANN).map(|_| 1)
    }),
    ("direct posts", |tx| {
        timelines::direct(tx, ANN, at(0, 0), &page())?;
        timelines::direct(tx, ANN, at(0, 0), &upward()).map(|_| 1)
    }),
    ("familiar followers", |tx| {
        let targets = [720, 802].map(kontor_domain::ids::AccountId);
        familiar::followers(tx, ANN, &targets, 20).map(|_| 1)
    }),
    ("public with files", |tx| {
        let viewer = Viewer::Account(ANN);
        let (from, now) = (Origin::Everywhere, at(0, 0));
        timelines::public_media(tx, viewer, from, now, &page()).map(|_| 1)
    }),
];
