-- Another one after each change of what is shown of a post or an account, or known of a user: what was made of a row may be kept as long as
-- it has the same, by any process. A new row begins at nought; what is shown with a post but has rows of its own changes that of the post.
-- By chance, and not counted: a database that lost its last writes would count the same again.
ALTER TABLE posts ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN version BIGINT NOT NULL DEFAULT 0;

CREATE TRIGGER posts_raise AFTER UPDATE OF
    uri, url, account_id, application_id, local, audience, listed, in_reply_to_id, in_reply_to_account_id, in_reply_to_uri,
    content, text, content_type, spoiler_text, sensitive, language, replies_count, reblog_of_id, reblog_of_account_id,
    reblogs_count, favourites_count, created_at, edited_at, thread_id, community_id, removed_at
    ON posts BEGIN
    UPDATE posts SET version = random() WHERE id = NEW.id;
END;

CREATE TRIGGER accounts_raise AFTER UPDATE OF
    handle, username, domain, kind, uri, url, display_name, note, note_source, fields, avatar_url, header_url, inbox_url,
    shared_inbox_url, outbox_url, followers_url, following_url, featured_url, public_key_id, public_key_pem, locked,
    discoverable, indexable, also_known_as, moved_to_uri, followers_count, following_count, statuses_count, last_status_at,
    created_at, updated_at, fetched_at, suspended_at, emojis, limited, suspended_by, moved_at, silenced, sensitized,
    feature_policy, featured_collections_url
    ON accounts BEGIN
    UPDATE accounts SET version = random() WHERE id = NEW.id;
END;

CREATE TRIGGER users_raise AFTER UPDATE OF
    email, password_hash, role, state, reason, invite_id, default_audience, default_sensitive, default_language, created_at,
    last_active_at, confirmed_at
    ON users BEGIN
    UPDATE users SET version = random() WHERE account_id = NEW.account_id;
END;

CREATE TRIGGER mentions_raise_new AFTER INSERT ON mentions WHEN NEW.post_id IS NOT NULL BEGIN
    UPDATE posts SET version = random() WHERE id = NEW.post_id;
END;
CREATE TRIGGER mentions_raise_gone AFTER DELETE ON mentions WHEN OLD.post_id IS NOT NULL BEGIN
    UPDATE posts SET version = random() WHERE id = OLD.post_id;
END;
CREATE TRIGGER mentions_raise AFTER UPDATE ON mentions BEGIN
    UPDATE posts SET version = random() WHERE id IN (OLD.post_id, NEW.post_id);
END;
CREATE TRIGGER post_tags_raise_new AFTER INSERT ON post_tags WHEN NEW.post_id IS NOT NULL BEGIN
    UPDATE posts SET version = random() WHERE id = NEW.post_id;
END;
CREATE TRIGGER post_tags_raise_gone AFTER DELETE ON post_tags WHEN OLD.post_id IS NOT NULL BEGIN
    UPDATE posts SET version = random() WHERE id = OLD.post_id;
END;
CREATE TRIGGER post_tags_raise AFTER UPDATE ON post_tags BEGIN
    UPDATE posts SET version = random() WHERE id IN (OLD.post_id, NEW.post_id);
END;
CREATE TRIGGER attachments_raise_new AFTER INSERT ON attachments WHEN NEW.post_id IS NOT NULL BEGIN
    UPDATE posts SET version = random() WHERE id = NEW.post_id;
END;
CREATE TRIGGER attachments_raise_gone AFTER DELETE ON attachments WHEN OLD.post_id IS NOT NULL BEGIN
    UPDATE posts SET version = random() WHERE id = OLD.post_id;
END;
CREATE TRIGGER attachments_raise AFTER UPDATE ON attachments BEGIN
    UPDATE posts SET version = random() WHERE id IN (OLD.post_id, NEW.post_id);
END;
CREATE TRIGGER quotes_raise_new AFTER INSERT ON quotes WHEN NEW.post_id IS NOT NULL BEGIN
    UPDATE posts SET version = random() WHERE id = NEW.post_id;
END;
CREATE TRIGGER quotes_raise_gone AFTER DELETE ON quotes WHEN OLD.post_id IS NOT NULL BEGIN
    UPDATE posts SET version = random() WHERE id = OLD.post_id;
END;
CREATE TRIGGER quotes_raise AFTER UPDATE ON quotes BEGIN
    UPDATE posts SET version = random() WHERE id IN (OLD.post_id, NEW.post_id);
END;
CREATE TRIGGER quote_policies_raise_new AFTER INSERT ON quote_policies WHEN NEW.post_id IS NOT NULL BEGIN
    UPDATE posts SET version = random() WHERE id = NEW.post_id;
END;
CREATE TRIGGER quote_policies_raise_gone AFTER DELETE ON quote_policies WHEN OLD.post_id IS NOT NULL BEGIN
    UPDATE posts SET version = random() WHERE id = OLD.post_id;
END;
CREATE TRIGGER quote_policies_raise AFTER UPDATE ON quote_policies BEGIN
    UPDATE posts SET version = random() WHERE id IN (OLD.post_id, NEW.post_id);
END;
CREATE TRIGGER contexts_raise_new AFTER INSERT ON contexts WHEN NEW.post_id IS NOT NULL BEGIN
    UPDATE posts SET version = random() WHERE id = NEW.post_id;
END;
CREATE TRIGGER contexts_raise_gone AFTER DELETE ON contexts WHEN OLD.post_id IS NOT NULL BEGIN
    UPDATE posts SET version = random() WHERE id = OLD.post_id;
END;
CREATE TRIGGER contexts_raise AFTER UPDATE OF context_uri, replies_uri ON contexts BEGIN
    UPDATE posts SET version = random() WHERE id IN (OLD.post_id, NEW.post_id);
END;
CREATE TRIGGER post_cards_raise_new AFTER INSERT ON post_cards WHEN NEW.post_id IS NOT NULL BEGIN
    UPDATE posts SET version = random() WHERE id = NEW.post_id;
END;
CREATE TRIGGER post_cards_raise_gone AFTER DELETE ON post_cards WHEN OLD.post_id IS NOT NULL BEGIN
    UPDATE posts SET version = random() WHERE id = OLD.post_id;
END;
CREATE TRIGGER post_cards_raise AFTER UPDATE ON post_cards BEGIN
    UPDATE posts SET version = random() WHERE id IN (OLD.post_id, NEW.post_id);
END;
CREATE TRIGGER polls_raise_new AFTER INSERT ON polls WHEN NEW.id IS NOT NULL BEGIN
    UPDATE posts SET version = random() WHERE id = NEW.id;
END;
CREATE TRIGGER polls_raise_gone AFTER DELETE ON polls WHEN OLD.id IS NOT NULL BEGIN
    UPDATE posts SET version = random() WHERE id = OLD.id;
END;

-- Of these only is it said with a post whether there are any: the first one and the last one count.
CREATE TRIGGER reactions_raise_new AFTER INSERT ON reactions WHEN NEW.post_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM reactions WHERE post_id = NEW.post_id AND id <> NEW.id) BEGIN
    UPDATE posts SET version = random() WHERE id = NEW.post_id;
END;
CREATE TRIGGER reactions_raise_gone AFTER DELETE ON reactions WHEN OLD.post_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM reactions WHERE post_id = OLD.post_id) BEGIN
    UPDATE posts SET version = random() WHERE id = OLD.post_id;
END;
CREATE TRIGGER reactions_raise AFTER UPDATE OF post_id ON reactions BEGIN
    UPDATE posts SET version = random() WHERE id IN (OLD.post_id, NEW.post_id);
END;
CREATE TRIGGER quotes_quoted_raise_new AFTER INSERT ON quotes WHEN NEW.quoted_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM quotes WHERE quoted_id = NEW.quoted_id AND post_id <> NEW.post_id) BEGIN
    UPDATE posts SET version = random() WHERE id = NEW.quoted_id;
END;
CREATE TRIGGER quotes_quoted_raise_gone AFTER DELETE ON quotes WHEN OLD.quoted_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM quotes WHERE quoted_id = OLD.quoted_id) BEGIN
    UPDATE posts SET version = random() WHERE id = OLD.quoted_id;
END;
CREATE TRIGGER quotes_quoted_raise AFTER UPDATE OF quoted_id ON quotes BEGIN
    UPDATE posts SET version = random() WHERE id IN (OLD.quoted_id, NEW.quoted_id);
END;
