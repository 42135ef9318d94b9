-- The words of posts and accounts, made by this program; the row is that of the post or account.
CREATE TABLE post_words (
    id BIGINT PRIMARY KEY REFERENCES posts (id) ON DELETE CASCADE,
    words TSVECTOR NOT NULL
);
CREATE INDEX post_words_words ON post_words USING gin (words);
CREATE TABLE account_words (
    id BIGINT PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    words TSVECTOR NOT NULL
);
CREATE INDEX account_words_words ON account_words USING gin (words);

-- What is here already is taken into the index bit by bit.
INSERT INTO jobs (id, queue, payload, attempts, run_at, created_at)
    SELECT 1, 'words', '{"accounts":0}', 0, now() AT TIME ZONE 'utc', now() AT TIME ZONE 'utc' WHERE EXISTS (SELECT 1 FROM accounts);

-- Posts that are to appear later.
CREATE TABLE scheduled_posts (
    id BIGINT PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    scheduled_at TIMESTAMP NOT NULL,
    -- JSON: what the author wrote and chose
    draft TEXT NOT NULL,
    idempotency_key TEXT,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX scheduled_posts_account_id ON scheduled_posts (account_id, id);
CREATE INDEX scheduled_posts_day ON scheduled_posts (account_id, scheduled_at);
CREATE UNIQUE INDEX scheduled_posts_key ON scheduled_posts (account_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
-- The uploads that wait with them.
CREATE TABLE scheduled_attachments (
    attachment_id BIGINT PRIMARY KEY REFERENCES attachments (id) ON DELETE CASCADE,
    scheduled_id BIGINT NOT NULL REFERENCES scheduled_posts (id) ON DELETE CASCADE
);
CREATE INDEX scheduled_attachments_scheduled_id ON scheduled_attachments (scheduled_id);
