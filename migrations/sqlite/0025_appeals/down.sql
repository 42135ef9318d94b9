DROP INDEX community_log_appeal_uri;
ALTER TABLE community_log DROP COLUMN appeal_uri;
