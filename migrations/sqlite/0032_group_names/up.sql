-- A group elsewhere may have the name of a person there: it is kept under another handle, as people write it.
UPDATE accounts SET handle = '!' || handle WHERE kind = 'Group' AND domain IS NOT NULL;

-- What is said of a community is said with its account.
CREATE TRIGGER communities_raise_new AFTER INSERT ON communities BEGIN
    UPDATE accounts SET version = random() WHERE id = NEW.account_id;
END;
CREATE TRIGGER communities_raise_gone AFTER DELETE ON communities BEGIN
    UPDATE accounts SET version = random() WHERE id = OLD.account_id;
END;
CREATE TRIGGER communities_raise AFTER UPDATE ON communities BEGIN
    UPDATE accounts SET version = random() WHERE id = NEW.account_id;
END;
