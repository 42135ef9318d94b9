-- Who may quote what somebody writes when they say nothing of it.
ALTER TABLE users ADD COLUMN default_quote_policy TEXT NOT NULL DEFAULT 'public';
DROP TRIGGER users_raise;
CREATE TRIGGER users_raise AFTER UPDATE OF
    email, password_hash, role, state, reason, invite_id, default_audience, default_sensitive, default_language, created_at,
    last_active_at, confirmed_at, default_quote_policy
    ON users BEGIN
    UPDATE users SET version = random() WHERE account_id = NEW.account_id;
END;
