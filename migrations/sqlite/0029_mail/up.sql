-- Since when the mail address of a person is known to be theirs. Whoever was here before counts as known.
ALTER TABLE users ADD COLUMN confirmed_at TIMESTAMP;
UPDATE users SET confirmed_at = created_at;
CREATE INDEX users_unconfirmed ON users (created_at) WHERE confirmed_at IS NULL;

-- Links that were sent by mail. Each is good once.
CREATE TABLE mail_links (
    id INTEGER PRIMARY KEY NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    -- confirm | reset
    purpose TEXT NOT NULL,
    -- where it was sent
    email TEXT NOT NULL,
    expires_at TIMESTAMP NOT NULL
);
CREATE INDEX mail_links_account_id ON mail_links (account_id);
CREATE INDEX mail_links_expires_at ON mail_links (expires_at);
