-- Accounts that a person recommends to others, under a name.
CREATE TABLE collections (
    id BIGINT PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    language TEXT,
    -- one hashtag that says what it is about
    tag_id BIGINT REFERENCES tags (id) ON DELETE SET NULL,
    sensitive BOOLEAN NOT NULL,
    -- is it on its owner's profile, and where else others come upon it?
    discoverable BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE INDEX collections_account_id ON collections (account_id, id);
CREATE INDEX collections_tag_id ON collections (tag_id) WHERE tag_id IS NOT NULL;

-- Who is in a collection, and who has left it for good: such a row stays, so that nobody is put back.
CREATE TABLE collection_items (
    id BIGINT PRIMARY KEY,
    collection_id BIGINT NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (collection_id, account_id)
);
CREATE INDEX collection_items_collection_id ON collection_items (collection_id, id);
CREATE INDEX collection_items_account_id ON collection_items (account_id, id);

-- The collection that somebody is told of.
ALTER TABLE notifications ADD COLUMN collection_id BIGINT REFERENCES collections (id) ON DELETE CASCADE;
CREATE INDEX notifications_collection_id ON notifications (collection_id) WHERE collection_id IS NOT NULL;
