ALTER TABLE accounts RESET (fillfactor);
DROP TRIGGER accounts_reach ON accounts;
DROP FUNCTION reach_follows();
DROP TRIGGER follows_reach ON follows;
DROP FUNCTION reach_follower();
DROP INDEX follows_inbox;
ALTER TABLE follows DROP COLUMN inbox;
