-- Deliveries are claimed host by host: what waits for one that is left alone is not looked at.
DROP INDEX deliveries_due;
CREATE INDEX deliveries_host ON deliveries (host, priority, next_attempt_at, id) WHERE delivered_at IS NULL AND failed_at IS NULL;
CREATE INDEX hosts_failing ON hosts (host) WHERE failures > 0;
