-- How often the inbox said that we may not.
ALTER TABLE deliveries ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0;

-- The host failed then, and since then nothing has reached it; NULL: it did not fail, or asked for time.
ALTER TABLE hosts ADD COLUMN failing_since TIMESTAMP;
UPDATE hosts SET failing_since = last_failure_at WHERE failures > 0;
-- Deliveries that it answered with an error of its own, one after another without a success between.
ALTER TABLE hosts ADD COLUMN errors INTEGER NOT NULL DEFAULT 0;
