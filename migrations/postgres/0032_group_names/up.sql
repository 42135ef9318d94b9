-- A group elsewhere may have the name of a person there: it is kept under another handle, as people write it.
UPDATE accounts SET handle = '!' || handle WHERE kind = 'Group' AND domain IS NOT NULL;

-- What is said of a community is said with its account.
CREATE FUNCTION raise_account_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        UPDATE accounts SET version = version WHERE id = OLD.account_id;
    ELSE
        UPDATE accounts SET version = version WHERE id = NEW.account_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER communities_raise AFTER INSERT OR DELETE OR UPDATE ON communities FOR EACH ROW EXECUTE FUNCTION raise_account_version();
