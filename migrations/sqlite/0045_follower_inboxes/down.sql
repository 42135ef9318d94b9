DROP TRIGGER accounts_reach;
DROP TRIGGER follows_reach;
DROP INDEX follows_inbox;
ALTER TABLE follows DROP COLUMN inbox;
