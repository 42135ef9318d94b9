-- The report that those who look after people are told of.
ALTER TABLE notifications ADD COLUMN report_id BIGINT REFERENCES reports (id) ON DELETE CASCADE;
CREATE INDEX notifications_report_id ON notifications (report_id) WHERE report_id IS NOT NULL;
