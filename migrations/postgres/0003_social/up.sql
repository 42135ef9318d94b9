-- A boost is a post of its own, without a text: `uri` is the id of its Announce.
ALTER TABLE posts ADD COLUMN reblog_of_id BIGINT REFERENCES posts (id) ON DELETE CASCADE;
-- whose post it boosts, so that who may read a boost is known without a look at the other post
ALTER TABLE posts ADD COLUMN reblog_of_account_id BIGINT REFERENCES accounts (id) ON DELETE CASCADE;
ALTER TABLE posts ADD COLUMN reblogs_count BIGINT NOT NULL DEFAULT 0;
ALTER TABLE posts ADD COLUMN favourites_count BIGINT NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX posts_boosted_once ON posts (reblog_of_id, account_id) WHERE reblog_of_id IS NOT NULL;
CREATE INDEX posts_reblog_of_id ON posts (reblog_of_id, id) WHERE reblog_of_id IS NOT NULL;
CREATE INDEX posts_reblog_of_account_id ON posts (reblog_of_account_id) WHERE reblog_of_account_id IS NOT NULL;

CREATE TABLE favourites (
    id BIGINT PRIMARY KEY,
    -- of the Like
    uri TEXT NOT NULL UNIQUE,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    post_id BIGINT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (account_id, post_id)
);
CREATE INDEX favourites_account_id ON favourites (account_id, id);
CREATE INDEX favourites_post_id ON favourites (post_id, id);

CREATE TABLE bookmarks (
    id BIGINT PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    post_id BIGINT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (account_id, post_id)
);
CREATE INDEX bookmarks_account_id ON bookmarks (account_id, id);
CREATE INDEX bookmarks_post_id ON bookmarks (post_id);

CREATE TABLE reactions (
    id BIGINT PRIMARY KEY,
    -- of the Like or EmojiReact
    uri TEXT NOT NULL UNIQUE,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    post_id BIGINT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    -- an emoji, or `name@host` of a custom one
    name TEXT NOT NULL,
    -- the picture of a custom emoji
    url TEXT,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (account_id, post_id, name)
);
CREATE INDEX reactions_post_id ON reactions (post_id, id);

-- What threaded forums call a vote down. Clients of this server are not shown it.
CREATE TABLE dislikes (
    id BIGINT PRIMARY KEY,
    uri TEXT NOT NULL UNIQUE,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    post_id BIGINT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (account_id, post_id)
);
CREATE INDEX dislikes_post_id ON dislikes (post_id);

CREATE TABLE pins (
    id BIGINT PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    post_id BIGINT NOT NULL UNIQUE REFERENCES posts (id) ON DELETE CASCADE,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX pins_account_id ON pins (account_id, id);

CREATE TABLE blocks (
    id BIGINT PRIMARY KEY,
    uri TEXT NOT NULL UNIQUE,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    target_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (account_id, target_id)
);
CREATE INDEX blocks_account_id ON blocks (account_id, id);
CREATE INDEX blocks_target_id ON blocks (target_id, account_id);

CREATE TABLE reports (
    id BIGINT PRIMARY KEY,
    -- of the Flag
    uri TEXT NOT NULL,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    target_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- the server that it came from; NULL: from here
    source TEXT,
    category TEXT NOT NULL,
    comment TEXT NOT NULL,
    -- JSON list
    rule_ids TEXT NOT NULL DEFAULT '[]',
    forwarded BOOLEAN NOT NULL,
    -- JSON list of the servers that it goes to
    forward_to TEXT NOT NULL DEFAULT '[]',
    created_at TIMESTAMP NOT NULL,
    resolved_at TIMESTAMP,
    UNIQUE (uri, target_id)
);
CREATE INDEX reports_account_id ON reports (account_id);
CREATE INDEX reports_target_id ON reports (target_id);
CREATE INDEX reports_open ON reports (id) WHERE resolved_at IS NULL;

-- What a report is about. The address stays when the post goes.
CREATE TABLE report_posts (
    report_id BIGINT NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
    uri TEXT NOT NULL,
    post_id BIGINT REFERENCES posts (id) ON DELETE SET NULL,
    PRIMARY KEY (report_id, uri)
);
CREATE INDEX report_posts_post_id ON report_posts (post_id) WHERE post_id IS NOT NULL;

-- which of the reactions a notification tells of; it goes with it
ALTER TABLE notifications ADD COLUMN reaction_id BIGINT REFERENCES reactions (id) ON DELETE CASCADE;
CREATE INDEX notifications_reaction_id ON notifications (reaction_id) WHERE reaction_id IS NOT NULL;
