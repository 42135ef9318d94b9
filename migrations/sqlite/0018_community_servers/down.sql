DROP INDEX community_log_post_uri;
DROP TABLE asked_hosts;
