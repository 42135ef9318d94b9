-- Whom an edit no longer mentions. They had the post, so they hear of it when it is deleted.
CREATE TABLE former_mentions (
    post_id BIGINT NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (post_id, account_id)
);
CREATE INDEX former_mentions_account_id ON former_mentions (account_id);
