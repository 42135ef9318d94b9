//! `domain::audience::may_see` and `may_look` as SQL. A property test holds each two equal.

/// A condition on `posts`: may the account read it? 0 is nobody's id, so it stands for a viewer without an account. Of a boost,
/// what it boosts is asked for by its author alone: its audience is never narrower than the boost's (`Audience::of_boost`), and
/// when moderators take a post away, its boosts go with it.
/// The viewer is a value, or a column of a query that asks for many viewers at once (not one of `accounts`); so it is below.
macro_rules! visible_to {
    ($viewer:expr) => {
        open_to!($viewer).and(not_shut_out!($viewer))
    };
}

/// The same of what somebody asks for by its name: whoever looks after the community of a post reads it although its author blocks them.
/// `domain::audience::may_look`.
macro_rules! looked_at_by {
    ($viewer:expr) => {{
        use $crate::schema::{community_roles, posts};
        open_to!($viewer).and(
            not_shut_out!($viewer).or(posts::reblog_of_id
                .is_null()
                .and(posts::community_id.is_not_null())
                .and(moderated_by!($viewer))),
        )
    }};
}

/// Does neither the author of a post nor that of what it boosts block the viewer?
macro_rules! not_shut_out {
    ($viewer:expr) => {{
        use diesel::dsl::{exists, not};
        use $crate::{apart::apart, schema::blocks};
        of_both!(author: account_id, reblog_of_account_id => not(apart(exists(
            blocks::table
                .filter(blocks::target_id.eq($viewer))
                .filter(blocks::account_id.eq(author)),
        ))))
    }};
}

/// Both, but for blocks by the author.
macro_rules! open_to {
    ($viewer:expr) => {{
        use diesel::dsl::{exists, not};
        use kontor_domain::{audience::Audience, follow::FollowState};
        use $crate::apart::apart;
        use $crate::schema::{accounts, blocks, community_roles, follows, mentions, posts};
        let viewer = $viewer;
        posts::audience
            .eq(Audience::Public)
            .or(posts::audience.eq(Audience::Unlisted))
            .or(posts::account_id.eq(viewer))
            .or(posts::audience
                .eq(Audience::Followers)
                .or(posts::audience.eq(Audience::Direct))
                .and(exists(
                    mentions::table
                        .filter(mentions::post_id.eq(posts::id))
                        .filter(mentions::account_id.eq(viewer)),
                )))
            .or(posts::audience.eq(Audience::Instance).and(exists(
                accounts::table
                    .filter(accounts::id.eq(viewer))
                    .filter(accounts::domain.is_null()),
            )))
            .or(posts::audience.eq(Audience::Community).and(
                posts::community_id
                    .assume_not_null()
                    .eq(viewer)
                    .or(exists(
                        follows::table
                            .filter(
                                follows::target_id
                                    .nullable()
                                    .eq(posts::community_id)
                                    .assume_not_null(),
                            )
                            .filter(follows::follower_id.eq(viewer))
                            .filter(follows::state.eq(FollowState::Accepted)),
                    ))
                    .or(moderated_by!(viewer)),
            ))
            .or(posts::audience.eq(Audience::Followers).and(exists(
                follows::table
                    .filter(follows::target_id.eq(posts::account_id))
                    .filter(follows::follower_id.eq(viewer))
                    .filter(follows::state.eq(FollowState::Accepted)),
            )))
            .and(
                posts::removed_at.is_null().or(posts::reblog_of_id
                    .is_null()
                    .and(posts::account_id.eq(viewer).or(moderated_by!(viewer)))),
            )
            .and(of_both!(author: account_id, reblog_of_account_id => not(apart(exists(
                accounts::table
                    .filter(accounts::id.eq(author))
                    .filter(accounts::suspended_at.is_not_null()),
            )))
            .and(not(apart(exists(
                blocks::table
                    .filter(blocks::account_id.eq(viewer))
                    .filter(blocks::target_id.eq(author)),
            ))))))
    }};
}

/// A condition on something of a post and, of a boost, on the same of what it boosts. Each is asked about by itself: for "one of these
/// two" SQLite makes a table at each row, which takes longer than all the rest.
macro_rules! of_both {
    ($name:ident: $own:ident, $boosted:ident => $condition:expr) => {{
        use $crate::schema::posts;
        let of_own = {
            let $name = posts::$own;
            $condition
        };
        let of_boosted = {
            let $name = posts::$boosted.assume_not_null();
            $condition
        };
        of_own.and(posts::$boosted.is_null().or(of_boosted))
    }};
}

/// A condition on `posts`: is the viewer one of those who look after its community?
macro_rules! moderated_by {
    ($viewer:expr) => {
        diesel::dsl::exists(
            community_roles::table
                .filter(
                    community_roles::community_id
                        .nullable()
                        .eq(posts::community_id)
                        .assume_not_null(),
                )
                .filter(community_roles::account_id.eq($viewer)),
        )
    };
}

/// A condition on a column of accounts: does neither of the two block the other?
macro_rules! not_blocked {
    ($viewer:expr, $account:expr) => {{
        use diesel::dsl::{exists, not};
        use $crate::schema::blocks;
        not(exists(
            blocks::table
                .filter(blocks::account_id.eq($viewer))
                .filter(blocks::target_id.eq($account)),
        ))
        .and(not(exists(
            blocks::table
                .filter(blocks::target_id.eq($viewer))
                .filter(blocks::account_id.eq($account)),
        )))
    }};
}

/// A condition on `posts`: is it for this viewer to come upon? The posts of a limited account are for those who follow it.
macro_rules! come_upon {
    ($viewer:expr) => {{
        use diesel::dsl::{exists, not};
        use $crate::schema::{accounts, posts};
        not(exists(
            accounts::table
                .filter(accounts::id.eq(posts::account_id))
                // As it stands, without a value: only so the index of the limited is used.
                .filter(accounts::limited),
        ))
        .or(followed_by!($viewer, posts::account_id))
    }};
}

/// Of home entries with their posts, those that their owner is shown. The members of an exclusive list are not at home.
macro_rules! shown_at_home {
    ($entries:expr, $owner:expr, $now:expr) => {{
        use diesel::dsl::{exists, not};
        use $crate::schema::{list_members, lists, posts};
        let elsewhere = exists(
            lists::table
                .inner_join(list_members::table)
                .filter(lists::account_id.eq($owner))
                .filter(lists::exclusive)
                .filter(list_members::account_id.eq(posts::account_id)),
        );
        $entries
            .filter(visible_to!($owner))
            .filter(wanted_by!($owner, $now))
            .filter(mentions_no_muted!($owner, $now))
            .filter(posts::account_id.eq($owner).or(not(elsewhere)))
    }};
}

/// Is the account in this column followed by the viewer?
macro_rules! followed_by {
    ($viewer:expr, $account:expr) => {{
        use kontor_domain::follow::FollowState;
        use $crate::schema::follows;
        let viewer = $viewer;
        diesel::dsl::exists(
            follows::table
                .filter(follows::target_id.eq($account))
                .filter(follows::follower_id.eq(viewer))
                .filter(follows::state.eq(FollowState::Accepted)),
        )
    }};
}

/// A condition on `posts`: is it no answer to somebody else? The parent's author is remembered when the parent is deleted.
macro_rules! no_reply_to_another {
    () => {{
        use $crate::schema::posts;
        posts::in_reply_to_uri.is_null().and(
            posts::in_reply_to_account_id
                .is_null()
                .or(posts::in_reply_to_account_id
                    .eq(posts::account_id.nullable())
                    .assume_not_null()),
        )
    }};
}

/// Runs a query of one numeric key as a keyset page: newest first, whichever end it is read from.
macro_rules! keyset {
    ($query:expr, $key:expr, $page:expr, $c:expr) => {{
        let page: &kontor_domain::page::Page = $page;
        let query = $query
            .filter($key.lt(page.max_id.unwrap_or(i64::MAX)))
            .filter($key.gt(page.floor().unwrap_or(i64::MIN)))
            .limit(page.limit);
        if page.upward() {
            let mut rows = $crate::prepared::steady(query.order($key.asc())).load($c)?;
            rows.reverse();
            rows
        } else {
            $crate::prepared::steady(query.order($key.desc())).load($c)?
        }
    }};
}

use kontor_domain::{audience::Viewer, ids::AccountId};

/// The viewer as the condition wants it.
pub(crate) fn viewer_id(viewer: Viewer) -> AccountId {
    viewer.account().unwrap_or(AccountId(0))
}
