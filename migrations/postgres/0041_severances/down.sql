DROP INDEX notifications_severance_id;
ALTER TABLE notifications DROP COLUMN severance_id;
DROP TABLE severances;
