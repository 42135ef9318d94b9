DROP TRIGGER communities_said ON communities;
DROP FUNCTION say_community();
ALTER TABLE accounts DROP COLUMN community;

-- Of a person and a group of one name, the person was known.
DELETE FROM accounts WHERE handle LIKE '!%'
    AND EXISTS (SELECT 1 FROM accounts AS person WHERE person.handle = substr(accounts.handle, 2));
UPDATE accounts SET handle = substr(handle, 2) WHERE handle LIKE '!%';
