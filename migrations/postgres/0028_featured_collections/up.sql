-- Whom an account of another server lets put it into collections (a JSON object; NULL: it does not say), and where it lists its own.
ALTER TABLE accounts ADD COLUMN feature_policy TEXT;
ALTER TABLE accounts ADD COLUMN featured_collections_url TEXT;

-- Collections of other servers have owners that are nobody's users.
ALTER TABLE collections DROP CONSTRAINT collections_account_id_fkey;
ALTER TABLE collections ADD CONSTRAINT collections_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE;
-- Its id on the wire, and its page; NULL: it is ours, and both follow from its id.
ALTER TABLE collections ADD COLUMN uri TEXT;
ALTER TABLE collections ADD COLUMN url TEXT;
-- Of an item in a collection of another server: its id on the wire.
ALTER TABLE collection_items ADD COLUMN uri TEXT;
-- The request for the account's leave, and the leave itself where it is another server's.
ALTER TABLE collection_items ADD COLUMN request_uri TEXT;
ALTER TABLE collection_items ADD COLUMN stamp_uri TEXT;

CREATE UNIQUE INDEX collections_uri ON collections (uri) WHERE uri IS NOT NULL;
CREATE INDEX collection_items_uri ON collection_items (uri) WHERE uri IS NOT NULL;
CREATE INDEX collection_items_request_uri ON collection_items (request_uri) WHERE request_uri IS NOT NULL;
CREATE INDEX collection_items_stamp_uri ON collection_items (stamp_uri) WHERE stamp_uri IS NOT NULL;
