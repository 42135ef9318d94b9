DROP INDEX polls_poll_id;
ALTER TABLE polls DROP COLUMN poll_id;
