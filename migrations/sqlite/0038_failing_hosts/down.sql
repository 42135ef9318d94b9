ALTER TABLE hosts DROP COLUMN errors;
ALTER TABLE hosts DROP COLUMN failing_since;
ALTER TABLE deliveries DROP COLUMN refusals;
