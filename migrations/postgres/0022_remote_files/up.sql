-- Files of posts of other servers, kept here for a while: what was looked at longest ago goes first.
CREATE TABLE remote_files (
    attachment_id BIGINT NOT NULL REFERENCES attachments (id) ON DELETE CASCADE,
    -- the small picture of it, and not the whole
    small BOOLEAN NOT NULL,
    -- its name on the disk
    file TEXT NOT NULL UNIQUE,
    -- by its first bytes
    media_type TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    fetched_at TIMESTAMP NOT NULL,
    -- to the hour
    used_at TIMESTAMP NOT NULL,
    PRIMARY KEY (attachment_id, small)
);
CREATE INDEX remote_files_used_at ON remote_files (used_at);
