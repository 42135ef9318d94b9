DROP INDEX accounts_shared_inbox_url;
DROP INDEX accounts_inbox_url;
DROP INDEX jobs_failed_share;
DROP INDEX deliveries_waiting;
ALTER TABLE custom_emojis DROP COLUMN refused;
ALTER TABLE attachments DROP COLUMN refused;
