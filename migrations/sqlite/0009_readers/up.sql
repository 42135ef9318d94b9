-- The thread of an answer: the id of the post that it began with, known here or not any more. NULL: the post begins one itself.
ALTER TABLE posts ADD COLUMN thread_id BIGINT;
CREATE INDEX posts_thread_id ON posts (thread_id) WHERE thread_id IS NOT NULL;
WITH RECURSIVE down (id, root) AS (
    SELECT id, id FROM posts WHERE in_reply_to_id IS NULL
    UNION ALL
    SELECT posts.id, down.root FROM posts JOIN down ON posts.in_reply_to_id = down.id)
UPDATE posts SET thread_id = down.root FROM down WHERE posts.id = down.id AND posts.in_reply_to_id IS NOT NULL;

-- Whom a person does not want to see. Nobody else is told.
CREATE TABLE mutes (
    id INTEGER PRIMARY KEY NOT NULL,
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    target_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    hide_notifications BOOLEAN NOT NULL,
    -- NULL: until it is ended
    expires_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (account_id, target_id)
);
CREATE INDEX mutes_account_id ON mutes (account_id, id);
CREATE INDEX mutes_target_id ON mutes (target_id);
CREATE INDEX mutes_expires_at ON mutes (expires_at) WHERE expires_at IS NOT NULL;

-- Servers that a person wants to have nothing to do with.
CREATE TABLE domain_blocks (
    id INTEGER PRIMARY KEY NOT NULL,
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    domain TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (account_id, domain)
);
CREATE INDEX domain_blocks_account_id ON domain_blocks (account_id, id);

CREATE TABLE muted_threads (
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    thread_id BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (account_id, thread_id)
);
CREATE INDEX muted_threads_thread_id ON muted_threads (thread_id);

-- What a person remembers of another, for nobody else.
CREATE TABLE account_notes (
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    target_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    comment TEXT NOT NULL,
    PRIMARY KEY (account_id, target_id)
);
CREATE INDEX account_notes_target_id ON account_notes (target_id);

CREATE TABLE lists (
    id INTEGER PRIMARY KEY NOT NULL,
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    replies_policy TEXT NOT NULL,
    -- its members are not at home
    exclusive BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX lists_account_id ON lists (account_id, id);
CREATE INDEX lists_exclusive ON lists (account_id) WHERE exclusive;

CREATE TABLE list_members (
    id INTEGER PRIMARY KEY NOT NULL,
    list_id BIGINT NOT NULL REFERENCES lists (id) ON DELETE CASCADE,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    UNIQUE (list_id, account_id)
);
CREATE INDEX list_members_list_id ON list_members (list_id, id);
CREATE INDEX list_members_account_id ON list_members (account_id, list_id);

-- The timeline of a list, filled as home timelines are.
CREATE TABLE list_entries (
    list_id BIGINT NOT NULL REFERENCES lists (id) ON DELETE CASCADE,
    post_id BIGINT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    PRIMARY KEY (list_id, post_id)
);
CREATE INDEX list_entries_post_id ON list_entries (post_id);

-- How often a hashtag stood in public posts on a day, and in those of how many accounts. The day is that of the posts' ids, in days
-- since the Unix epoch.
CREATE TABLE tag_days (
    tag_id BIGINT NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    day BIGINT NOT NULL,
    uses BIGINT NOT NULL,
    accounts BIGINT NOT NULL,
    PRIMARY KEY (tag_id, day)
);
CREATE INDEX tag_days_day ON tag_days (day, accounts);
INSERT INTO tag_days (tag_id, day, uses, accounts)
    SELECT post_tags.tag_id, posts.id / 65536 / 86400000, COUNT(*), COUNT(DISTINCT posts.account_id)
    FROM post_tags JOIN posts ON posts.id = post_tags.post_id WHERE posts.audience = 'public' GROUP BY 1, 2;

CREATE TABLE followed_tags (
    id INTEGER PRIMARY KEY NOT NULL,
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    tag_id BIGINT NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    UNIQUE (account_id, tag_id)
);
CREATE INDEX followed_tags_account_id ON followed_tags (account_id, id);
CREATE INDEX followed_tags_tag_id ON followed_tags (tag_id, account_id);

-- Hashtags that people show on their profiles.
CREATE TABLE featured_tags (
    id INTEGER PRIMARY KEY NOT NULL,
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    tag_id BIGINT NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    UNIQUE (account_id, tag_id)
);
CREATE INDEX featured_tags_account_id ON featured_tags (account_id, id);
CREATE INDEX featured_tags_tag_id ON featured_tags (tag_id);

-- Boosts by people here, by time.
CREATE INDEX posts_local_boosts ON posts (id) WHERE reblog_of_id IS NOT NULL AND local;

-- What a person wants to be warned of, or not to see, wherever it is said.
CREATE TABLE filters (
    id INTEGER PRIMARY KEY NOT NULL,
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    -- JSON list
    contexts TEXT NOT NULL,
    action TEXT NOT NULL,
    -- NULL: until it is deleted
    expires_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX filters_account_id ON filters (account_id, id);

CREATE TABLE filter_keywords (
    id INTEGER PRIMARY KEY NOT NULL,
    filter_id BIGINT NOT NULL REFERENCES filters (id) ON DELETE CASCADE,
    keyword TEXT NOT NULL,
    whole_word BOOLEAN NOT NULL
);
CREATE INDEX filter_keywords_filter_id ON filter_keywords (filter_id, id);

CREATE TABLE filter_posts (
    id INTEGER PRIMARY KEY NOT NULL,
    filter_id BIGINT NOT NULL REFERENCES filters (id) ON DELETE CASCADE,
    post_id BIGINT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    UNIQUE (filter_id, post_id)
);
CREATE INDEX filter_posts_post_id ON filter_posts (post_id);

-- Direct posts as conversations, one for each of those who take part in them here.
CREATE TABLE conversations (
    id INTEGER PRIMARY KEY NOT NULL,
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    thread_id BIGINT NOT NULL,
    -- a number for who else takes part, by which one is found
    circle BIGINT NOT NULL,
    -- JSON list of ids
    participants TEXT NOT NULL,
    last_post_id BIGINT NOT NULL,
    unread BOOLEAN NOT NULL,
    UNIQUE (account_id, thread_id, circle)
);
CREATE INDEX conversations_account_id ON conversations (account_id, last_post_id);
CREATE INDEX conversations_thread_id ON conversations (thread_id);

CREATE TABLE conversation_posts (
    conversation_id BIGINT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    post_id BIGINT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    PRIMARY KEY (conversation_id, post_id)
);
CREATE INDEX conversation_posts_post_id ON conversation_posts (post_id);

-- What is shown as one: the same done to one post within some hours. NULL: it stands alone.
ALTER TABLE notifications ADD COLUMN group_key TEXT;
-- held back by the policy of who is told
ALTER TABLE notifications ADD COLUMN filtered BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX notifications_group_key ON notifications (account_id, group_key, id) WHERE group_key IS NOT NULL;
CREATE INDEX notifications_filtered ON notifications (account_id, from_account_id, id) WHERE filtered;

-- What a person does with what they are told of by whom. No row: as it is usual.
CREATE TABLE notification_policies (
    account_id BIGINT PRIMARY KEY NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    for_not_following TEXT NOT NULL,
    for_not_followers TEXT NOT NULL,
    for_new_accounts TEXT NOT NULL,
    for_private_mentions TEXT NOT NULL,
    for_limited_accounts TEXT NOT NULL,
    for_bots TEXT NOT NULL
);

-- Who is heard whatever the policy says.
CREATE TABLE notification_permissions (
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    from_account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (account_id, from_account_id)
);
CREATE INDEX notification_permissions_from_account_id ON notification_permissions (from_account_id);

-- Whose notifications are held back.
CREATE TABLE notification_requests (
    id INTEGER PRIMARY KEY NOT NULL,
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    from_account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    UNIQUE (account_id, from_account_id)
);
CREATE INDEX notification_requests_account_id ON notification_requests (account_id, id);
CREATE INDEX notification_requests_from_account_id ON notification_requests (from_account_id);
