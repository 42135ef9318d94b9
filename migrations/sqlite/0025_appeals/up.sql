-- The message by which somebody elsewhere appeals, or by which an appeal went elsewhere. What is said of it answers that.
ALTER TABLE community_log ADD COLUMN appeal_uri TEXT;
CREATE UNIQUE INDEX community_log_appeal_uri ON community_log (appeal_uri) WHERE appeal_uri IS NOT NULL;
