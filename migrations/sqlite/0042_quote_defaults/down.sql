DROP TRIGGER users_raise;
ALTER TABLE users DROP COLUMN default_quote_policy;
CREATE TRIGGER users_raise AFTER UPDATE OF
    email, password_hash, role, state, reason, invite_id, default_audience, default_sensitive, default_language, created_at,
    last_active_at, confirmed_at
    ON users BEGIN
    UPDATE users SET version = random() WHERE account_id = NEW.account_id;
END;
