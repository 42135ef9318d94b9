DELETE FROM collections WHERE uri IS NOT NULL;
DELETE FROM collections WHERE account_id NOT IN (SELECT account_id FROM users);
DELETE FROM collection_items WHERE state NOT IN ('accepted', 'revoked');

CREATE TABLE told_of_collections (id INTEGER PRIMARY KEY NOT NULL, collection_id BIGINT NOT NULL);
INSERT INTO told_of_collections (id, collection_id) SELECT id, collection_id FROM notifications WHERE collection_id IS NOT NULL;
UPDATE notifications SET collection_id = NULL WHERE collection_id IS NOT NULL;

CREATE TABLE collections_of_users (
    id INTEGER PRIMARY KEY NOT NULL,
    account_id BIGINT NOT NULL REFERENCES users (account_id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    language TEXT,
    tag_id BIGINT REFERENCES tags (id) ON DELETE SET NULL,
    sensitive BOOLEAN NOT NULL,
    discoverable BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
INSERT INTO collections_of_users (id, account_id, name, description, language, tag_id, sensitive, discoverable, created_at, updated_at)
    SELECT id, account_id, name, description, language, tag_id, sensitive, discoverable, created_at, updated_at FROM collections;
CREATE TABLE collection_items_of_users (
    id INTEGER PRIMARY KEY NOT NULL,
    collection_id BIGINT NOT NULL REFERENCES collections_of_users (id) ON DELETE CASCADE,
    account_id BIGINT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (collection_id, account_id)
);
INSERT INTO collection_items_of_users (id, collection_id, account_id, state, created_at)
    SELECT id, collection_id, account_id, state, created_at FROM collection_items;

DROP TABLE collection_items;
DROP TABLE collections;
ALTER TABLE collections_of_users RENAME TO collections;
ALTER TABLE collection_items_of_users RENAME TO collection_items;
CREATE INDEX collections_account_id ON collections (account_id, id);
CREATE INDEX collections_tag_id ON collections (tag_id) WHERE tag_id IS NOT NULL;
CREATE INDEX collection_items_collection_id ON collection_items (collection_id, id);
CREATE INDEX collection_items_account_id ON collection_items (account_id, id);

UPDATE notifications SET collection_id = (SELECT t.collection_id FROM told_of_collections AS t WHERE t.id = notifications.id)
    WHERE id IN (SELECT id FROM told_of_collections);
DROP TABLE told_of_collections;

ALTER TABLE accounts DROP COLUMN featured_collections_url;
ALTER TABLE accounts DROP COLUMN feature_policy;
