-- Follows that ended because a person, or this server, keeps away from another: how many of whose, and from which server.
CREATE TABLE severances (
    id BIGINT PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    -- the domain
    target_name TEXT NOT NULL,
    followers_count BIGINT NOT NULL,
    following_count BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX severances_account_id ON severances (account_id, created_at);

-- What a person is told of.
ALTER TABLE notifications ADD COLUMN severance_id BIGINT REFERENCES severances (id) ON DELETE CASCADE;
CREATE INDEX notifications_severance_id ON notifications (severance_id) WHERE severance_id IS NOT NULL;
