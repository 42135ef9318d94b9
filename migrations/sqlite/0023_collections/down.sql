DROP INDEX notifications_collection_id;
ALTER TABLE notifications DROP COLUMN collection_id;
DROP TABLE collection_items;
DROP TABLE collections;
