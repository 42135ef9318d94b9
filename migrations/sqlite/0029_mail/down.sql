DROP TABLE mail_links;
DROP INDEX users_unconfirmed;
ALTER TABLE users DROP COLUMN confirmed_at;
