-- The words of posts and accounts, made by this program and set apart by spaces; the row is that of the post or account.
CREATE VIRTUAL TABLE post_words USING fts5 (words, content = '', contentless_delete = 1, tokenize = "ascii tokenchars '_'");
CREATE TRIGGER posts_lose_words AFTER DELETE ON posts BEGIN
    DELETE FROM post_words WHERE rowid = OLD.id;
END;
CREATE VIRTUAL TABLE account_words USING fts5 (words, content = '', contentless_delete = 1, tokenize = "ascii tokenchars '_'");
CREATE TRIGGER accounts_lose_words AFTER DELETE ON accounts BEGIN
    DELETE FROM account_words WHERE rowid = OLD.id;
END;

-- What is here already is taken into the index bit by bit.
INSERT INTO jobs (id, queue, payload, attempts, run_at, created_at)
    SELECT 1, 'words', '{"accounts":0}', 0, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP WHERE EXISTS (SELECT 1 FROM accounts);

-- Posts that are to appear later.
CREATE TABLE scheduled_posts (
    id INTEGER PRIMARY KEY NOT NULL,
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
    attachment_id INTEGER PRIMARY KEY NOT NULL REFERENCES attachments (id) ON DELETE CASCADE,
    scheduled_id BIGINT NOT NULL REFERENCES scheduled_posts (id) ON DELETE CASCADE
);
CREATE INDEX scheduled_attachments_scheduled_id ON scheduled_attachments (scheduled_id);
