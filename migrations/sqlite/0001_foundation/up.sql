CREATE TABLE accounts (
    id INTEGER PRIMARY KEY NOT NULL,
    -- lower case; `name` for local accounts, `name@domain` for remote ones
    handle TEXT NOT NULL UNIQUE,
    username TEXT NOT NULL,
    domain TEXT,
    kind TEXT NOT NULL,
    uri TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    display_name TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT '',
    note_source TEXT NOT NULL DEFAULT '',
    fields TEXT NOT NULL DEFAULT '[]',
    avatar_url TEXT,
    header_url TEXT,
    inbox_url TEXT NOT NULL,
    shared_inbox_url TEXT,
    outbox_url TEXT NOT NULL,
    followers_url TEXT NOT NULL,
    following_url TEXT NOT NULL,
    featured_url TEXT,
    public_key_id TEXT NOT NULL,
    public_key_pem TEXT NOT NULL,
    locked BOOLEAN NOT NULL DEFAULT 0,
    discoverable BOOLEAN NOT NULL DEFAULT 0,
    indexable BOOLEAN NOT NULL DEFAULT 0,
    also_known_as TEXT NOT NULL DEFAULT '[]',
    moved_to_uri TEXT,
    followers_count BIGINT NOT NULL DEFAULT 0,
    following_count BIGINT NOT NULL DEFAULT 0,
    statuses_count BIGINT NOT NULL DEFAULT 0,
    last_status_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    -- when a remote account was last read from its origin
    fetched_at TIMESTAMP,
    suspended_at TIMESTAMP
);
CREATE INDEX accounts_domain ON accounts (domain) WHERE domain IS NOT NULL;
CREATE INDEX accounts_suspended ON accounts (id) WHERE suspended_at IS NOT NULL;
CREATE INDEX accounts_url ON accounts (url);
CREATE INDEX accounts_public_key_id ON accounts (public_key_id);
CREATE INDEX accounts_followers_url ON accounts (followers_url);

-- Apart from `accounts`, so that no listing of accounts can ever carry a private key.
CREATE TABLE account_keys (
    account_id INTEGER PRIMARY KEY NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    private_key_pem TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE invites (
    id INTEGER PRIMARY KEY NOT NULL,
    code_hash TEXT NOT NULL UNIQUE,
    -- NULL: made on the command line
    created_by BIGINT REFERENCES accounts (id) ON DELETE SET NULL,
    role TEXT NOT NULL,
    max_uses BIGINT NOT NULL,
    uses BIGINT NOT NULL DEFAULT 0,
    expires_at TIMESTAMP NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX invites_created_by ON invites (created_by) WHERE created_by IS NOT NULL;

CREATE TABLE users (
    account_id INTEGER PRIMARY KEY NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- lower case
    email TEXT UNIQUE,
    password_hash TEXT,
    role TEXT NOT NULL,
    state TEXT NOT NULL,
    -- what an applicant wrote where registrations need approval
    reason TEXT,
    invite_id BIGINT REFERENCES invites (id) ON DELETE SET NULL,
    default_audience TEXT NOT NULL,
    default_sensitive BOOLEAN NOT NULL DEFAULT 0,
    default_language TEXT,
    created_at TIMESTAMP NOT NULL,
    last_active_at TIMESTAMP NOT NULL
);
CREATE INDEX users_last_active_at ON users (last_active_at);

CREATE TABLE sessions (
    id INTEGER PRIMARY KEY NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    user_agent TEXT NOT NULL DEFAULT '',
    created_at TIMESTAMP NOT NULL,
    last_seen_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL
);
CREATE INDEX sessions_account_id ON sessions (account_id);

CREATE TABLE applications (
    id INTEGER PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    website TEXT,
    -- one a line
    redirect_uris TEXT NOT NULL,
    scopes TEXT NOT NULL,
    client_id TEXT NOT NULL UNIQUE,
    client_secret_hash TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE access_grants (
    id INTEGER PRIMARY KEY NOT NULL,
    code_hash TEXT NOT NULL UNIQUE,
    application_id BIGINT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    scopes TEXT NOT NULL,
    code_challenge TEXT,
    -- the token that the code was exchanged for; a second exchange revokes it (RFC 6749, 4.1.2)
    token_id BIGINT,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL
);
CREATE INDEX access_grants_account_id ON access_grants (account_id);
CREATE INDEX access_grants_application_id ON access_grants (application_id);

CREATE TABLE access_tokens (
    id INTEGER PRIMARY KEY NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    -- NULL: made on the command line
    application_id BIGINT REFERENCES applications (id) ON DELETE CASCADE,
    -- NULL: the application's own token
    account_id BIGINT REFERENCES users (account_id) ON DELETE CASCADE,
    scopes TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    last_used_at TIMESTAMP,
    revoked_at TIMESTAMP
);
CREATE INDEX access_tokens_account_id ON access_tokens (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX access_tokens_application_id ON access_tokens (application_id) WHERE application_id IS NOT NULL;

CREATE TABLE posts (
    id INTEGER PRIMARY KEY NOT NULL,
    uri TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    application_id BIGINT REFERENCES applications (id) ON DELETE SET NULL,
    local BOOLEAN NOT NULL,
    audience TEXT NOT NULL,
    -- in public timelines: public, and no reply to somebody else
    listed BOOLEAN NOT NULL,
    in_reply_to_id BIGINT REFERENCES posts (id) ON DELETE SET NULL,
    in_reply_to_account_id BIGINT REFERENCES accounts (id) ON DELETE SET NULL,
    -- the parent's address, kept while the parent is not known here
    in_reply_to_uri TEXT,
    -- HTML
    content TEXT NOT NULL,
    -- what a local author typed
    text TEXT NOT NULL DEFAULT '',
    content_type TEXT NOT NULL DEFAULT 'text/plain',
    spoiler_text TEXT NOT NULL DEFAULT '',
    sensitive BOOLEAN NOT NULL DEFAULT 0,
    language TEXT,
    replies_count BIGINT NOT NULL DEFAULT 0,
    created_at TIMESTAMP NOT NULL,
    edited_at TIMESTAMP
);
CREATE INDEX posts_url ON posts (url);
CREATE INDEX posts_account_id ON posts (account_id, id);
CREATE INDEX posts_listed ON posts (listed, id);
CREATE INDEX posts_listed_local ON posts (listed, local, id);
CREATE INDEX posts_in_reply_to_id ON posts (in_reply_to_id) WHERE in_reply_to_id IS NOT NULL;
CREATE INDEX posts_in_reply_to_account_id ON posts (in_reply_to_account_id) WHERE in_reply_to_account_id IS NOT NULL;
CREATE INDEX posts_in_reply_to_uri ON posts (in_reply_to_uri) WHERE in_reply_to_uri IS NOT NULL;
CREATE INDEX posts_application_id ON posts (application_id) WHERE application_id IS NOT NULL;

CREATE TABLE post_revisions (
    id INTEGER PRIMARY KEY NOT NULL,
    post_id BIGINT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    content TEXT NOT NULL,
    spoiler_text TEXT NOT NULL,
    sensitive BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX post_revisions_post_id ON post_revisions (post_id, id);

CREATE TABLE mentions (
    post_id BIGINT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (post_id, account_id)
);
CREATE INDEX mentions_account_id ON mentions (account_id, post_id);

CREATE TABLE tags (
    id INTEGER PRIMARY KEY NOT NULL,
    -- lower case
    name TEXT NOT NULL UNIQUE,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE post_tags (
    post_id BIGINT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    tag_id BIGINT NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    PRIMARY KEY (post_id, tag_id)
);
CREATE INDEX post_tags_tag_id ON post_tags (tag_id, post_id);

-- Addresses that were deleted: answered 410, and refused if they come again.
CREATE TABLE tombstones (
    uri TEXT PRIMARY KEY NOT NULL,
    deleted_at TIMESTAMP NOT NULL
);
CREATE INDEX tombstones_deleted_at ON tombstones (deleted_at);

CREATE TABLE follows (
    id INTEGER PRIMARY KEY NOT NULL,
    uri TEXT NOT NULL UNIQUE,
    follower_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    target_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    show_reblogs BOOLEAN NOT NULL DEFAULT 1,
    notify BOOLEAN NOT NULL DEFAULT 0,
    -- JSON list; empty: every language
    languages TEXT NOT NULL DEFAULT '[]',
    created_at TIMESTAMP NOT NULL,
    UNIQUE (follower_id, target_id)
);
CREATE INDEX follows_target_id ON follows (target_id, state, id);
CREATE INDEX follows_follower_id ON follows (follower_id, state, id);

CREATE TABLE home_entries (
    owner_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    post_id BIGINT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    PRIMARY KEY (owner_id, post_id)
);
CREATE INDEX home_entries_post_id ON home_entries (post_id);

CREATE TABLE notifications (
    id INTEGER PRIMARY KEY NOT NULL,
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    from_account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    post_id BIGINT REFERENCES posts (id) ON DELETE CASCADE,
    -- what makes an effect happen once: kind, sender and subject in one word
    dedupe TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (account_id, dedupe)
);
CREATE INDEX notifications_account_id ON notifications (account_id, id);
CREATE INDEX notifications_from_account_id ON notifications (from_account_id);
CREATE INDEX notifications_post_id ON notifications (post_id) WHERE post_id IS NOT NULL;

CREATE TABLE markers (
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    timeline TEXT NOT NULL,
    last_read_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    PRIMARY KEY (account_id, timeline)
);

CREATE TABLE idempotency_keys (
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    post_id BIGINT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
CREATE INDEX idempotency_keys_post_id ON idempotency_keys (post_id);

-- Later, and again if it fails. An event is a job of the queue `events`.
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY NOT NULL,
    queue TEXT NOT NULL,
    -- jobs of one lane run one after another, in the order of their ids
    lane TEXT,
    payload TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    run_at TIMESTAMP NOT NULL,
    -- claimed by a process until then
    locked_until TIMESTAMP,
    last_error TEXT,
    -- set aside after its last attempt
    failed_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX jobs_due ON jobs (queue, run_at, id) WHERE failed_at IS NULL;
CREATE INDEX jobs_locked ON jobs (queue, locked_until) WHERE locked_until IS NOT NULL;
CREATE INDEX jobs_lane ON jobs (queue, lane, id) WHERE lane IS NOT NULL AND failed_at IS NULL;
CREATE INDEX jobs_failed ON jobs (queue, failed_at) WHERE failed_at IS NOT NULL;

-- What peers sent, raw, and each activity once.
CREATE TABLE inbox (
    id INTEGER PRIMARY KEY NOT NULL,
    activity_uri TEXT NOT NULL UNIQUE,
    actor_uri TEXT NOT NULL,
    host TEXT NOT NULL,
    -- emptied once it has been acted on
    body TEXT NOT NULL,
    received_at TIMESTAMP NOT NULL,
    done_at TIMESTAMP,
    -- `done`, `ignored: why` or `refused: why`
    outcome TEXT
);
CREATE INDEX inbox_done_at ON inbox (done_at) WHERE done_at IS NOT NULL;

-- What we send: the body is made once, and signed anew for each attempt.
CREATE TABLE activities (
    id INTEGER PRIMARY KEY NOT NULL,
    uri TEXT NOT NULL UNIQUE,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    body TEXT NOT NULL,
    -- the object that it is about: deliveries about one object keep their order
    object_uri TEXT NOT NULL,
    post_id BIGINT,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX activities_account_id ON activities (account_id);
CREATE INDEX activities_post_id ON activities (post_id) WHERE post_id IS NOT NULL;

CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY NOT NULL,
    activity_id BIGINT NOT NULL REFERENCES activities (id) ON DELETE CASCADE,
    host TEXT NOT NULL,
    inbox_url TEXT NOT NULL,
    object_uri TEXT NOT NULL,
    -- lower goes first: 0 directly addressed, 1 fan-out
    priority SMALLINT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at TIMESTAMP NOT NULL,
    locked_until TIMESTAMP,
    last_status INTEGER,
    last_error TEXT,
    created_at TIMESTAMP NOT NULL,
    delivered_at TIMESTAMP,
    -- given up for good
    failed_at TIMESTAMP,
    UNIQUE (activity_id, inbox_url)
);
CREATE INDEX deliveries_due ON deliveries (priority, next_attempt_at, id) WHERE delivered_at IS NULL AND failed_at IS NULL;
CREATE INDEX deliveries_locked ON deliveries (locked_until) WHERE locked_until IS NOT NULL;
CREATE INDEX deliveries_lane ON deliveries (host, object_uri, id) WHERE delivered_at IS NULL AND failed_at IS NULL;
CREATE INDEX deliveries_delivered_at ON deliveries (delivered_at) WHERE delivered_at IS NOT NULL;
CREATE INDEX deliveries_failed_at ON deliveries (failed_at) WHERE failed_at IS NOT NULL;

-- What is known of a peer's reachability.
CREATE TABLE hosts (
    host TEXT PRIMARY KEY NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    -- no delivery goes there before then
    paused_until TIMESTAMP,
    last_success_at TIMESTAMP,
    last_failure_at TIMESTAMP,
    last_error TEXT
);
CREATE INDEX hosts_paused_until ON hosts (paused_until) WHERE paused_until IS NOT NULL;
