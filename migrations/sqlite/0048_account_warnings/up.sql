-- What operators did with the account of a person here, and what they said to them.
CREATE TABLE account_warnings (
    id INTEGER PRIMARY KEY NOT NULL,
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    -- NULL: who did it is gone
    by_account_id BIGINT REFERENCES accounts (id) ON DELETE SET NULL,
    action TEXT NOT NULL,
    text TEXT NOT NULL,
    -- a list of ids as JSON: the posts that it was about, which may be gone
    post_ids TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX account_warnings_account_id ON account_warnings (account_id, id);
CREATE INDEX account_warnings_by_account_id ON account_warnings (by_account_id);

-- What a person is told of.
ALTER TABLE notifications ADD COLUMN warning_id BIGINT REFERENCES account_warnings (id) ON DELETE CASCADE;
CREATE INDEX notifications_warning_id ON notifications (warning_id) WHERE warning_id IS NOT NULL;
