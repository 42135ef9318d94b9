-- Where a follower elsewhere is reached: by the inbox that their server shares, or by their own. NULL: they are here, or suspended. Kept
-- by triggers, so that who posts reads no account but their own: each post changes that of its author.
ALTER TABLE follows ADD COLUMN inbox TEXT;
CREATE FUNCTION reach_follower() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.inbox := (SELECT COALESCE(a.shared_inbox_url, a.inbox_url) FROM accounts AS a
        WHERE a.id = NEW.follower_id AND a.domain IS NOT NULL AND a.suspended_at IS NULL);
    RETURN NEW;
END $$;
CREATE TRIGGER follows_reach BEFORE INSERT ON follows FOR EACH ROW EXECUTE FUNCTION reach_follower();
CREATE FUNCTION reach_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE follows SET inbox = CASE WHEN NEW.domain IS NOT NULL AND NEW.suspended_at IS NULL
            THEN COALESCE(NEW.shared_inbox_url, NEW.inbox_url) END
        WHERE follower_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER accounts_reach AFTER UPDATE OF domain, inbox_url, shared_inbox_url, suspended_at ON accounts FOR EACH ROW
    WHEN ((CASE WHEN NEW.domain IS NOT NULL AND NEW.suspended_at IS NULL THEN COALESCE(NEW.shared_inbox_url, NEW.inbox_url) END)
        IS DISTINCT FROM
        (CASE WHEN OLD.domain IS NOT NULL AND OLD.suspended_at IS NULL THEN COALESCE(OLD.shared_inbox_url, OLD.inbox_url) END))
    EXECUTE FUNCTION reach_follows();
UPDATE follows SET inbox = COALESCE(a.shared_inbox_url, a.inbox_url) FROM accounts AS a
    WHERE a.id = follows.follower_id AND a.domain IS NOT NULL AND a.suspended_at IS NULL;
CREATE INDEX follows_inbox ON follows (target_id, state, inbox) WHERE inbox IS NOT NULL;

-- A new version of a row that finds room on its page changes no index, and so is in nobody's way who has read one.
ALTER TABLE accounts SET (fillfactor = 70);
