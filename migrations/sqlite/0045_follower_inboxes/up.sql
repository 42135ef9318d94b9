-- Where a follower elsewhere is reached: by the inbox that their server shares, or by their own. NULL: they are here, or suspended. Kept
-- by triggers, so that who posts reads no account but their own: each post changes that of its author.
ALTER TABLE follows ADD COLUMN inbox TEXT;
UPDATE follows SET inbox = (SELECT COALESCE(a.shared_inbox_url, a.inbox_url) FROM accounts AS a
    WHERE a.id = follows.follower_id AND a.domain IS NOT NULL AND a.suspended_at IS NULL);
CREATE TRIGGER follows_reach AFTER INSERT ON follows BEGIN
    UPDATE follows SET inbox = (SELECT COALESCE(a.shared_inbox_url, a.inbox_url) FROM accounts AS a
            WHERE a.id = NEW.follower_id AND a.domain IS NOT NULL AND a.suspended_at IS NULL)
        WHERE id = NEW.id;
END;
CREATE TRIGGER accounts_reach AFTER UPDATE OF domain, inbox_url, shared_inbox_url, suspended_at ON accounts
    WHEN (CASE WHEN NEW.domain IS NOT NULL AND NEW.suspended_at IS NULL THEN COALESCE(NEW.shared_inbox_url, NEW.inbox_url) END)
        IS NOT
        (CASE WHEN OLD.domain IS NOT NULL AND OLD.suspended_at IS NULL THEN COALESCE(OLD.shared_inbox_url, OLD.inbox_url) END)
BEGIN
    UPDATE follows SET inbox = CASE WHEN NEW.domain IS NOT NULL AND NEW.suspended_at IS NULL
            THEN COALESCE(NEW.shared_inbox_url, NEW.inbox_url) END
        WHERE follower_id = NEW.id;
END;
CREATE INDEX follows_inbox ON follows (target_id, state, inbox) WHERE inbox IS NOT NULL;
