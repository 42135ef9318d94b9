//! What a person does not want to come upon, as SQL: mutes that have not ended, the servers that they keep away from, and the languages
//! that they want of whom they follow. It is no rule about who may read: what is asked for by name is shown.

/// A condition on `posts`: is neither the author, nor the author of what it boosts, muted by the viewer or of a server that they
/// keep away from? One's own posts are never unwanted. 0 stands for a viewer without an account.
macro_rules! wanted_by {
    ($viewer:expr, $now:expr) => {{
        use diesel::dsl::{exists, not};
        use $crate::apart::apart;
        use kontor_domain::time::Time;
        use $crate::schema::{accounts, domain_blocks, mutes, posts};
        let viewer = $viewer;
        let now: Time = $now;
        posts::account_id
            .eq(viewer)
            .or(of_both!(author: account_id, reblog_of_account_id => not(apart(exists(
                mutes::table
                    .filter(mutes::account_id.eq(viewer))
                    .filter(mutes::target_id.eq(author))
                    .filter(
                        mutes::expires_at
                            .is_null()
                            .or(mutes::expires_at.gt(now).assume_not_null()),
                    ),
            )))
            .and(not(apart(exists(
                domain_blocks::table
                    .inner_join(
                        accounts::table
                            .on(accounts::domain.eq(domain_blocks::domain.nullable())),
                    )
                    .filter(domain_blocks::account_id.eq(viewer))
                    .filter(accounts::id.eq(author)),
            ))))))
    }};
}

/// The same of those whom it, or what it boosts, mentions: asked of what comes by itself.
macro_rules! mentions_no_muted {
    ($viewer:expr, $now:expr) => {{
        use diesel::dsl::{exists, not};
        use $crate::apart::apart;
        use kontor_domain::time::Time;
        use $crate::schema::{mentions, mutes, posts};
        let viewer = $viewer;
        let now: Time = $now;
        posts::account_id
            .eq(viewer)
            .or(of_both!(post: id, reblog_of_id => not(apart(exists(
                mutes::table
                    .inner_join(mentions::table.on(mentions::account_id.eq(mutes::target_id)))
                    .filter(mutes::account_id.eq(viewer))
                    .filter(
                        mutes::expires_at
                            .is_null()
                            .or(mutes::expires_at.gt(now).assume_not_null()),
                    )
                    .filter(mentions::post_id.eq(post)),
            )))))
    }};
}

/// A condition on `posts`: if the viewer follows its author in some languages only, is it in one of these? What is in no language that
/// is known, and that is every boost, is wanted. Codes hold nothing that `LIKE` reads as a wildcard.
macro_rules! in_wanted_language {
    ($viewer:expr) => {{
        use diesel::{
            dsl::{exists, not},
            sql_types::Text,
        };
        use $crate::schema::{follows, posts};
        let in_the_list = "%\""
            .into_sql::<Text>()
            .concat(posts::language.assume_not_null())
            .concat("\"%");
        not(exists(
            follows::table
                .filter(follows::follower_id.eq($viewer))
                .filter(follows::target_id.eq(posts::account_id))
                .filter(follows::languages.ne("[]"))
                .filter(posts::language.is_not_null())
                .filter(follows::languages.not_like(in_the_list)),
        ))
    }};
}
