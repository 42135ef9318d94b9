-- What whoever did it was there when they did it; NULL: of what was done before this was kept.
ALTER TABLE community_log ADD COLUMN by_role TEXT;
UPDATE community_log SET by_role = 'rule' WHERE action = 'inherited';

-- Shown before others by this server, as its administrators said.
ALTER TABLE communities ADD COLUMN featured_at TIMESTAMP;
