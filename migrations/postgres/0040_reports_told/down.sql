DROP INDEX notifications_report_id;
ALTER TABLE notifications DROP COLUMN report_id;
