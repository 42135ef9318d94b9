DROP INDEX hosts_failing;
DROP INDEX deliveries_host;
CREATE INDEX deliveries_due ON deliveries (priority, next_attempt_at, id) WHERE delivered_at IS NULL AND failed_at IS NULL;
