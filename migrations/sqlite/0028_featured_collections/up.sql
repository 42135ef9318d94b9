-- Whom an account of another server lets put it into collections (a JSON object; NULL: it does not say), and where it lists its own.
ALTER TABLE accounts ADD COLUMN feature_policy TEXT;
ALTER TABLE accounts ADD COLUMN featured_collections_url TEXT;

-- Collections of other servers have owners that are nobody's users, so both tables are made anew. Notifications point at them
-- meanwhile at nothing, or they would go too.
CREATE TABLE told_of_collections (id INTEGER PRIMARY KEY NOT NULL, collection_id BIGINT NOT NULL);
INSERT INTO told_of_collections (id, collection_id) SELECT id, collection_id FROM notifications WHERE collection_id IS NOT NULL;
UPDATE notifications SET collection_id = NULL WHERE collection_id IS NOT NULL;

CREATE TABLE collections_of_all (
    id INTEGER PRIMARY KEY NOT NULL,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- its id on the wire, and its page; NULL: it is ours, and both follow from its id
    uri TEXT,
    url TEXT,
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
INSERT INTO collections_of_all (id, account_id, name, description, language, tag_id, sensitive, discoverable, created_at, updated_at)
    SELECT id, account_id, name, description, language, tag_id, sensitive, discoverable, created_at, updated_at FROM collections;

CREATE TABLE collection_items_of_all (
    id INTEGER PRIMARY KEY NOT NULL,
    collection_id BIGINT NOT NULL REFERENCES collections_of_all (id) ON DELETE CASCADE,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    -- of an item in a collection of another server: its id on the wire
    uri TEXT,
    -- the request for the account's leave, and the leave itself where it is another server's
    request_uri TEXT,
    stamp_uri TEXT,
    UNIQUE (collection_id, account_id)
);
INSERT INTO collection_items_of_all (id, collection_id, account_id, state, created_at)
    SELECT id, collection_id, account_id, state, created_at FROM collection_items;

DROP TABLE collection_items;
DROP TABLE collections;
ALTER TABLE collections_of_all RENAME TO collections;
ALTER TABLE collection_items_of_all RENAME TO collection_items;

CREATE INDEX collections_account_id ON collections (account_id, id);
CREATE INDEX collections_tag_id ON collections (tag_id) WHERE tag_id IS NOT NULL;
CREATE UNIQUE INDEX collections_uri ON collections (uri) WHERE uri IS NOT NULL;
CREATE INDEX collection_items_collection_id ON collection_items (collection_id, id);
CREATE INDEX collection_items_account_id ON collection_items (account_id, id);
CREATE INDEX collection_items_uri ON collection_items (uri) WHERE uri IS NOT NULL;
CREATE INDEX collection_items_request_uri ON collection_items (request_uri) WHERE request_uri IS NOT NULL;
CREATE INDEX collection_items_stamp_uri ON collection_items (stamp_uri) WHERE stamp_uri IS NOT NULL;

UPDATE notifications SET collection_id = (SELECT t.collection_id FROM told_of_collections AS t WHERE t.id = notifications.id)
    WHERE id IN (SELECT id FROM told_of_collections);
DROP TABLE told_of_collections;
