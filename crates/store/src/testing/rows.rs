//! Rows for tests, whole and plausible: a test changes only what it is about.

use kontor_domain::{
    account::AccountKind,
    attachment::AttachmentKind,
    audience::Audience,
    follow::FollowState,
    ids::{AccountId, AttachmentId, BlockId, FavouriteId, FollowId, PostId},
    quote::QuotePolicy,
    time::{self, Time},
    user::{Role, UserState},
};

use crate::{
    accounts::Account, attachments::Attachment, blocks::Block, favourites::Favourite,
    follows::Follow, posts::Post, users::User,
};

/// A fixed moment, `days` and `seconds` later.
pub fn at(days: i64, seconds: i64) -> Time {
    // 2026-01-01T00:00:00Z
    time::from_millis(1_767_225_600_000).unwrap_or_default()
        + chrono::Duration::days(days)
        + chrono::Duration::seconds(seconds)
}

/// A person here.
pub fn local_account(id: i64, name: &str) -> Account {
    let uri = format!("https://here.test/users/{id}");
    Account {
        id: AccountId(id),
        handle: name.to_owned(),
        username: name.to_owned(),
        domain: None,
        kind: AccountKind::Person,
        url: format!("https://here.test/@{name}"),
        display_name: name.to_owned(),
        note: String::new(),
        note_source: String::new(),
        fields: "[]".to_owned(),
        avatar_url: None,
        header_url: None,
        inbox_url: format!("{uri}/inbox"),
        shared_inbox_url: Some("https://here.test/inbox".to_owned()),
        outbox_url: format!("{uri}/outbox"),
        followers_url: format!("{uri}/followers"),
        following_url: format!("{uri}/following"),
        featured_url: Some(format!("{uri}/featured")),
        public_key_id: format!("{uri}#main-key"),
        public_key_pem: "-----BEGIN PUBLIC KEY-----".to_owned(),
        locked: false,
        discoverable: true,
        indexable: false,
        also_known_as: "[]".to_owned(),
        moved_to_uri: None,
        followers_count: 0,
        following_count: 0,
        statuses_count: 0,
        last_status_at: None,
        created_at: at(0, 0),
        updated_at: at(0, 0),
        fetched_at: None,
        suspended_at: None,
        emojis: "[]".to_owned(),
        limited: false,
        suspended_by: None,
        moved_at: None,
        sensitized: false,
        feature_policy: None,
        featured_collections_url: None,
        community: None,
        avatar_description: String::new(),
        header_description: String::new(),
        hide_collections: false,
        show_media: true,
        show_media_replies: true,
        show_featured: true,
        attribution_domains: "[]".to_owned(),
        uri,
    }
}

/// A person at another server.
pub fn remote_account(id: i64, name: &str, domain: &str) -> Account {
    let uri = format!("https://{domain}/users/{name}");
    Account {
        handle: format!("{name}@{domain}"),
        domain: Some(domain.to_owned()),
        url: format!("https://{domain}/@{name}"),
        inbox_url: format!("{uri}/inbox"),
        shared_inbox_url: Some(format!("https://{domain}/inbox")),
        outbox_url: format!("{uri}/outbox"),
        followers_url: format!("{uri}/followers"),
        following_url: format!("{uri}/following"),
        featured_url: None,
        public_key_id: format!("{uri}#main-key"),
        fetched_at: Some(at(0, 0)),
        uri,
        ..local_account(id, name)
    }
}

/// What lets the person behind a local account sign in.
pub fn user(account_id: AccountId) -> User {
    User {
        account_id,
        email: Some(format!("{account_id}@here.test")),
        password_hash: None,
        role: Role::User,
        state: UserState::Active,
        reason: None,
        invite_id: None,
        default_audience: Audience::Public,
        default_sensitive: false,
        default_language: None,
        created_at: at(0, 0),
        last_active_at: at(0, 0),
        confirmed_at: Some(at(0, 0)),
        default_quote_policy: QuotePolicy::Public,
    }
}

/// A public post that answers nobody.
pub fn post(id: i64, author: &Account) -> Post {
    let uri = format!("{}/posts/{id}", author.uri);
    Post {
        id: PostId(id),
        url: uri.clone(),
        uri,
        account_id: author.id,
        application_id: None,
        local: author.is_local(),
        audience: Audience::Public,
        listed: true,
        in_reply_to_id: None,
        in_reply_to_account_id: None,
        in_reply_to_uri: None,
        content: format!("<p>post {id}</p>"),
        text: String::new(),
        content_type: "text/plain".to_owned(),
        spoiler_text: String::new(),
        sensitive: false,
        language: Some("en".to_owned()),
        replies_count: 0,
        created_at: at(0, 0),
        edited_at: None,
        reblog_of_id: None,
        reblog_of_account_id: None,
        reblogs_count: 0,
        favourites_count: 0,
        community_id: None,
        removed_at: None,
    }
}

/// A post that answers another, as public.
pub fn reply(id: i64, author: &Account, parent: &Post) -> Post {
    Post {
        listed: parent.account_id == author.id,
        in_reply_to_id: Some(parent.id),
        in_reply_to_account_id: Some(parent.account_id),
        ..post(id, author)
    }
}

/// The first file of a post of a peer.
pub fn remote_file(id: i64, post: &Post, url: &str) -> Attachment {
    Attachment {
        id: AttachmentId(id),
        account_id: post.account_id,
        post_id: Some(post.id),
        position: Some(0),
        kind: AttachmentKind::of(None, url),
        media_type: None,
        file: None,
        preview_file: None,
        remote_url: Some(url.to_owned()),
        remote_preview_url: None,
        description: None,
        blurhash: None,
        focus_x: None,
        focus_y: None,
        width: None,
        height: None,
        preview_width: None,
        preview_height: None,
        duration_ms: None,
        created_at: at(0, 0),
        file_name: None,
        file_size: None,
        frame_rate: None,
        bit_rate: None,
    }
}

pub fn block(id: i64, account: AccountId, target: AccountId) -> Block {
    Block {
        id: BlockId(id),
        uri: format!("https://here.test/blocks/{id}"),
        account_id: account,
        target_id: target,
        created_at: at(0, 0),
    }
}

pub fn favourite(id: i64, account: AccountId, post: PostId) -> Favourite {
    Favourite {
        id: FavouriteId(id),
        uri: format!("https://here.test/likes/{id}"),
        account_id: account,
        post_id: post,
        created_at: at(0, 0),
    }
}

/// A public boost.
pub fn boost(id: i64, by: &Account, boosted: &Post) -> Post {
    Post {
        listed: false,
        content: String::new(),
        language: None,
        reblog_of_id: Some(boosted.id),
        reblog_of_account_id: Some(boosted.account_id),
        community_id: boosted.community_id,
        removed_at: boosted.removed_at,
        ..post(id, by)
    }
}

pub fn follow(id: i64, follower: AccountId, target: AccountId, state: FollowState) -> Follow {
    Follow {
        id: FollowId(id),
        uri: format!("https://here.test/follows/{id}"),
        follower_id: follower,
        target_id: target,
        state,
        show_reblogs: true,
        notify: false,
        languages: "[]".to_owned(),
        created_at: at(0, 0),
    }
}
