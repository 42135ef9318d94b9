DROP INDEX notifications_warning_id;
ALTER TABLE notifications DROP COLUMN warning_id;
DROP TABLE account_warnings;
