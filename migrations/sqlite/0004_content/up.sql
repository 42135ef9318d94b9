-- Pictures and other files of posts: files of ours by name, those of peers by address.
CREATE TABLE attachments (
    id INTEGER PRIMARY KEY NOT NULL,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- NULL: uploaded, and not yet part of a post
    post_id BIGINT REFERENCES posts (id) ON DELETE CASCADE,
    -- NULL: part of an earlier version of its post only
    position INTEGER,
    kind TEXT NOT NULL,
    media_type TEXT,
    -- the names of our own files
    file TEXT,
    preview_file TEXT,
    -- where a peer keeps them
    remote_url TEXT,
    remote_preview_url TEXT,
    description TEXT,
    blurhash TEXT,
    -- the point that matters, in thousandths from the middle, right and up
    focus_x INTEGER,
    focus_y INTEGER,
    width INTEGER,
    height INTEGER,
    preview_width INTEGER,
    preview_height INTEGER,
    duration_ms BIGINT,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX attachments_account_id ON attachments (account_id);
CREATE INDEX attachments_post_id ON attachments (post_id, position) WHERE post_id IS NOT NULL;
CREATE INDEX attachments_unused ON attachments (created_at) WHERE post_id IS NULL;

-- A poll has the id of its post.
CREATE TABLE polls (
    id INTEGER PRIMARY KEY NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    multiple BOOLEAN NOT NULL,
    hide_totals BOOLEAN NOT NULL DEFAULT 0,
    -- NULL: open until its author closes it
    expires_at TIMESTAMP,
    closed_at TIMESTAMP,
    -- NULL: its server does not say
    voters_count BIGINT,
    -- peers are to hear of new votes then
    tally_at TIMESTAMP
);

CREATE TABLE poll_options (
    id INTEGER PRIMARY KEY NOT NULL,
    poll_id BIGINT NOT NULL REFERENCES polls (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    title TEXT NOT NULL,
    votes_count BIGINT NOT NULL DEFAULT 0,
    UNIQUE (poll_id, position)
);

-- Votes in polls of ours, and those of people here anywhere.
CREATE TABLE poll_votes (
    id INTEGER PRIMARY KEY NOT NULL,
    poll_id BIGINT NOT NULL REFERENCES polls (id) ON DELETE CASCADE,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (poll_id, account_id, position)
);
CREATE INDEX poll_votes_account_id ON poll_votes (account_id);

-- A post that quotes another, and what the other's author says to it.
CREATE TABLE quotes (
    post_id INTEGER PRIMARY KEY NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    quoted_uri TEXT NOT NULL,
    quoted_id BIGINT REFERENCES posts (id) ON DELETE SET NULL,
    quoted_account_id BIGINT REFERENCES accounts (id) ON DELETE SET NULL,
    state TEXT NOT NULL,
    -- the QuoteRequest that asked, and the stamp that allows
    request_uri TEXT,
    stamp_uri TEXT
);
CREATE INDEX quotes_quoted_id ON quotes (quoted_id, post_id) WHERE quoted_id IS NOT NULL;
CREATE INDEX quotes_quoted_account_id ON quotes (quoted_account_id) WHERE quoted_account_id IS NOT NULL;
CREATE INDEX quotes_quoted_uri ON quotes (quoted_uri);
CREATE INDEX quotes_request_uri ON quotes (request_uri) WHERE request_uri IS NOT NULL;
CREATE INDEX quotes_stamp_uri ON quotes (stamp_uri) WHERE stamp_uri IS NOT NULL;

-- Who may quote a post, where its author or its server says.
CREATE TABLE quote_policies (
    post_id INTEGER PRIMARY KEY NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    -- who may at once, and who may ask
    automatic TEXT NOT NULL,
    manual TEXT NOT NULL
);

CREATE TABLE custom_emojis (
    id INTEGER PRIMARY KEY NOT NULL,
    shortcode TEXT NOT NULL,
    -- empty: ours
    domain TEXT NOT NULL,
    uri TEXT,
    -- where a peer keeps the picture; NULL: a file of ours
    remote_url TEXT,
    file TEXT,
    updated_at TIMESTAMP NOT NULL,
    UNIQUE (domain, shortcode)
);

-- The thread that a post is in, and where its server lists the answers.
CREATE TABLE contexts (
    post_id INTEGER PRIMARY KEY NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    context_uri TEXT,
    replies_uri TEXT,
    -- when the answers were last asked for
    checked_at TIMESTAMP
);
CREATE INDEX contexts_context_uri ON contexts (context_uri, post_id) WHERE context_uri IS NOT NULL;

-- Remote accounts whose latest posts have been fetched.
CREATE TABLE first_sights (
    account_id INTEGER PRIMARY KEY NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    seen_at TIMESTAMP NOT NULL
);

-- What a version that was replaced had beside its text, as JSON.
ALTER TABLE post_revisions ADD COLUMN attachments TEXT NOT NULL DEFAULT '[]';
ALTER TABLE post_revisions ADD COLUMN poll_options TEXT;

-- Emoji of a name and profile, as JSON.
ALTER TABLE accounts ADD COLUMN emojis TEXT NOT NULL DEFAULT '[]';
