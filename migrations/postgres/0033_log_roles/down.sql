ALTER TABLE communities DROP COLUMN featured_at;
ALTER TABLE community_log DROP COLUMN by_role;
