-- A post that belongs to a community, and one that its moderators took away.
ALTER TABLE posts ADD COLUMN community_id BIGINT REFERENCES accounts (id) ON DELETE SET NULL;
ALTER TABLE posts ADD COLUMN removed_at TIMESTAMP;
CREATE INDEX posts_community_id ON posts (community_id, id) WHERE community_id IS NOT NULL;

-- A Group account, here or elsewhere. Its members are its followers.
CREATE TABLE communities (
    account_id INTEGER PRIMARY KEY NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    access TEXT NOT NULL,
    posting TEXT NOT NULL,
    purpose TEXT NOT NULL,
    rules TEXT NOT NULL,
    -- JSON list
    languages TEXT NOT NULL,
    -- NULL: ours
    moderators_url TEXT,
    -- Does its log name its moderators?
    names_moderators BOOLEAN NOT NULL,
    archived_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE community_roles (
    community_id BIGINT NOT NULL REFERENCES communities (account_id) ON DELETE CASCADE,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (community_id, account_id)
);
CREATE INDEX community_roles_account_id ON community_roles (account_id);

CREATE TABLE community_bans (
    id INTEGER PRIMARY KEY NOT NULL,
    community_id BIGINT NOT NULL REFERENCES communities (account_id) ON DELETE CASCADE,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    reason TEXT NOT NULL,
    -- NULL: for good
    expires_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (community_id, account_id)
);
CREATE INDEX community_bans_account_id ON community_bans (account_id);

-- What a post is in its community.
CREATE TABLE community_posts (
    post_id INTEGER PRIMARY KEY NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    -- Of a post that begins a thread
    title TEXT,
    -- Was the title given, or made of the text?
    titled BOOLEAN NOT NULL,
    locked_at TIMESTAMP,
    removed_reason TEXT
);

CREATE TABLE community_log (
    id INTEGER PRIMARY KEY NOT NULL,
    community_id BIGINT NOT NULL REFERENCES communities (account_id) ON DELETE CASCADE,
    -- NULL: nobody, by a rule
    by_id BIGINT REFERENCES accounts (id) ON DELETE SET NULL,
    action TEXT NOT NULL,
    account_id BIGINT REFERENCES accounts (id) ON DELETE SET NULL,
    post_uri TEXT,
    reason TEXT NOT NULL,
    expires_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    appeal TEXT,
    appeal_state TEXT,
    appealed_at TIMESTAMP,
    answer TEXT,
    answered_by BIGINT REFERENCES accounts (id) ON DELETE SET NULL,
    answered_at TIMESTAMP
);
CREATE INDEX community_log_community_id ON community_log (community_id, id);
CREATE INDEX community_log_by_id ON community_log (by_id) WHERE by_id IS NOT NULL;
CREATE INDEX community_log_account_id ON community_log (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX community_log_answered_by ON community_log (answered_by) WHERE answered_by IS NOT NULL;
CREATE INDEX community_log_appeals ON community_log (community_id, id) WHERE appeal_state = 'open';

-- Servers that pass on and understand what happens in a community (FEP-1b12); to the others it boosts.
CREATE TABLE group_hosts (
    host TEXT PRIMARY KEY NOT NULL,
    since TIMESTAMP NOT NULL
);

-- The community whose moderators a report is for as well.
ALTER TABLE reports ADD COLUMN community_id BIGINT REFERENCES communities (account_id) ON DELETE SET NULL;
-- They are done with it; the operators may not be.
ALTER TABLE reports ADD COLUMN community_resolved_at TIMESTAMP;
CREATE INDEX reports_community_id ON reports (community_id, id) WHERE community_id IS NOT NULL;
