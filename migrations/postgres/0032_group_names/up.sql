-- JSON: what is said of a community wherever its account is shown. Kept by triggers on `communities`, and so part of its version.
ALTER TABLE accounts ADD COLUMN community TEXT;
CREATE FUNCTION say_community() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    which BIGINT;
BEGIN
    IF TG_OP = 'DELETE' THEN
        which := OLD.account_id;
    ELSE
        which := NEW.account_id;
    END IF;
    UPDATE accounts SET community = (SELECT json_build_object('access', c.access, 'posting', c.posting, 'languages', c.languages,
            'archived', c.archived_at IS NOT NULL, 'names_moderators', c.names_moderators)::TEXT
            FROM communities AS c WHERE c.account_id = accounts.id)
        WHERE id = which;
    RETURN NULL;
END $$;
CREATE TRIGGER communities_said AFTER INSERT OR DELETE OR UPDATE ON communities FOR EACH ROW EXECUTE FUNCTION say_community();
UPDATE accounts SET community = (SELECT json_build_object('access', c.access, 'posting', c.posting, 'languages', c.languages,
        'archived', c.archived_at IS NOT NULL, 'names_moderators', c.names_moderators)::TEXT
        FROM communities AS c WHERE c.account_id = accounts.id)
    WHERE id IN (SELECT account_id FROM communities);

-- A group elsewhere may have the name of a person there: it is kept under another handle, as people write it.
UPDATE accounts SET handle = '!' || handle WHERE kind = 'Group' AND domain IS NOT NULL;
