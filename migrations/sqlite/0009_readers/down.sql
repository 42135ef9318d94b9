DROP TABLE list_entries;
DROP TABLE list_members;
DROP TABLE lists;
DROP TABLE account_notes;
DROP TABLE muted_threads;
DROP TABLE domain_blocks;
DROP TABLE mutes;
DROP INDEX posts_thread_id;
ALTER TABLE posts DROP COLUMN thread_id;
