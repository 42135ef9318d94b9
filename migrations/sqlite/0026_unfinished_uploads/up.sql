-- Films and sounds whose upload was answered before they were made ready, and those that cannot be.
CREATE TABLE unfinished_uploads (
    attachment_id INTEGER PRIMARY KEY NOT NULL REFERENCES attachments (id) ON DELETE CASCADE,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- the name of the file as it came
    source TEXT NOT NULL UNIQUE,
    -- NULL: it is worked on
    reason TEXT,
    -- begun so often: also what ended with the process
    tries INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX unfinished_uploads_account_id ON unfinished_uploads (account_id);
