-- JSON: what is said of a community wherever its account is shown. Kept by triggers on `communities`, and so part of its version.
ALTER TABLE accounts ADD COLUMN community TEXT;
DROP TRIGGER accounts_raise;
CREATE TRIGGER accounts_raise AFTER UPDATE OF
    handle, username, domain, kind, uri, url, display_name, note, note_source, fields, avatar_url, header_url, inbox_url,
    shared_inbox_url, outbox_url, followers_url, following_url, featured_url, public_key_id, public_key_pem, locked,
    discoverable, indexable, also_known_as, moved_to_uri, followers_count, following_count, statuses_count, last_status_at,
    created_at, updated_at, fetched_at, suspended_at, emojis, limited, suspended_by, moved_at, silenced, sensitized,
    feature_policy, featured_collections_url, community
    ON accounts BEGIN
    UPDATE accounts SET version = random() WHERE id = NEW.id;
END;
CREATE TRIGGER communities_said_new AFTER INSERT ON communities BEGIN
    UPDATE accounts SET community = (SELECT json_object('access', c.access, 'posting', c.posting, 'languages', c.languages,
            'archived', json(CASE WHEN c.archived_at IS NULL THEN 'false' ELSE 'true' END),
            'names_moderators', json(CASE WHEN c.names_moderators THEN 'true' ELSE 'false' END))
            FROM communities AS c WHERE c.account_id = accounts.id)
        WHERE id = NEW.account_id;
END;
CREATE TRIGGER communities_said_gone AFTER DELETE ON communities BEGIN
    UPDATE accounts SET community = (SELECT json_object('access', c.access, 'posting', c.posting, 'languages', c.languages,
            'archived', json(CASE WHEN c.archived_at IS NULL THEN 'false' ELSE 'true' END),
            'names_moderators', json(CASE WHEN c.names_moderators THEN 'true' ELSE 'false' END))
            FROM communities AS c WHERE c.account_id = accounts.id)
        WHERE id = OLD.account_id;
END;
CREATE TRIGGER communities_said AFTER UPDATE ON communities BEGIN
    UPDATE accounts SET community = (SELECT json_object('access', c.access, 'posting', c.posting, 'languages', c.languages,
            'archived', json(CASE WHEN c.archived_at IS NULL THEN 'false' ELSE 'true' END),
            'names_moderators', json(CASE WHEN c.names_moderators THEN 'true' ELSE 'false' END))
            FROM communities AS c WHERE c.account_id = accounts.id)
        WHERE id = NEW.account_id;
END;
UPDATE accounts SET community = (SELECT json_object('access', c.access, 'posting', c.posting, 'languages', c.languages,
        'archived', json(CASE WHEN c.archived_at IS NULL THEN 'false' ELSE 'true' END),
        'names_moderators', json(CASE WHEN c.names_moderators THEN 'true' ELSE 'false' END))
        FROM communities AS c WHERE c.account_id = accounts.id)
    WHERE id IN (SELECT account_id FROM communities);

-- A group elsewhere may have the name of a person there: it is kept under another handle, as people write it.
UPDATE accounts SET handle = '!' || handle WHERE kind = 'Group' AND domain IS NOT NULL;
