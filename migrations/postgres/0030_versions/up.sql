-- Another one after each change of what is shown of a post or an account, or known of a user: what was made of a row may be kept as long as
-- it has the same, by any process. A new row begins at nought; what is shown with a post but has rows of its own changes that of the post.
-- By chance, and not counted: a database that lost its last writes would count the same again.
ALTER TABLE posts ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN version BIGINT NOT NULL DEFAULT 0;

CREATE FUNCTION raise_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := (random() * 9007199254740991)::BIGINT;
    RETURN NEW;
END $$;
CREATE TRIGGER posts_raise BEFORE UPDATE ON posts FOR EACH ROW EXECUTE FUNCTION raise_version();
CREATE TRIGGER accounts_raise BEFORE UPDATE ON accounts FOR EACH ROW EXECUTE FUNCTION raise_version();
CREATE TRIGGER users_raise BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION raise_version();

-- Is given the name of the column that says which post. What this transaction made or changed has another version already, and nobody has
-- seen it. That a row is changed changes its version, whatever is set.
CREATE FUNCTION raise_post_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    former BIGINT;
    present BIGINT;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        former := (to_jsonb(OLD) ->> TG_ARGV[0])::BIGINT;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        present := (to_jsonb(NEW) ->> TG_ARGV[0])::BIGINT;
    END IF;
    IF former IS NOT NULL OR present IS NOT NULL THEN
        UPDATE posts SET version = version
            WHERE id IN (former, present) AND NOT (xmin = pg_current_xact_id()::xid);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER mentions_raise AFTER INSERT OR DELETE OR UPDATE ON mentions FOR EACH ROW EXECUTE FUNCTION raise_post_version('post_id');
CREATE TRIGGER post_tags_raise AFTER INSERT OR DELETE OR UPDATE ON post_tags FOR EACH ROW EXECUTE FUNCTION raise_post_version('post_id');
CREATE TRIGGER attachments_raise AFTER INSERT OR DELETE OR UPDATE ON attachments FOR EACH ROW EXECUTE FUNCTION raise_post_version('post_id');
CREATE TRIGGER quotes_raise AFTER INSERT OR DELETE OR UPDATE ON quotes FOR EACH ROW EXECUTE FUNCTION raise_post_version('post_id');
CREATE TRIGGER quote_policies_raise AFTER INSERT OR DELETE OR UPDATE ON quote_policies FOR EACH ROW EXECUTE FUNCTION raise_post_version('post_id');
CREATE TRIGGER contexts_raise AFTER INSERT OR DELETE OR UPDATE OF context_uri, replies_uri ON contexts FOR EACH ROW EXECUTE FUNCTION raise_post_version('post_id');
CREATE TRIGGER post_cards_raise AFTER INSERT OR DELETE OR UPDATE ON post_cards FOR EACH ROW EXECUTE FUNCTION raise_post_version('post_id');
CREATE TRIGGER polls_raise AFTER INSERT OR DELETE ON polls FOR EACH ROW EXECUTE FUNCTION raise_post_version('id');

-- Of these only is it said with a post whether there are any: the first one and the last one count. Who writes many of them to one post would
-- wait for its row otherwise.
CREATE FUNCTION raise_post_version_of_reactions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NOT EXISTS (SELECT 1 FROM reactions WHERE post_id = NEW.post_id AND id <> NEW.id) THEN
        UPDATE posts SET version = version WHERE id = NEW.post_id;
    ELSIF TG_OP = 'DELETE' AND NOT EXISTS (SELECT 1 FROM reactions WHERE post_id = OLD.post_id) THEN
        UPDATE posts SET version = version WHERE id = OLD.post_id;
    ELSIF TG_OP = 'UPDATE' THEN
        UPDATE posts SET version = version WHERE id IN (OLD.post_id, NEW.post_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER reactions_raise AFTER INSERT OR DELETE OR UPDATE OF post_id ON reactions
    FOR EACH ROW EXECUTE FUNCTION raise_post_version_of_reactions();
CREATE FUNCTION raise_post_version_of_quotes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NOT EXISTS (SELECT 1 FROM quotes WHERE quoted_id = NEW.quoted_id AND post_id <> NEW.post_id) THEN
        UPDATE posts SET version = version WHERE id = NEW.quoted_id;
    ELSIF TG_OP = 'DELETE' AND NOT EXISTS (SELECT 1 FROM quotes WHERE quoted_id = OLD.quoted_id) THEN
        UPDATE posts SET version = version WHERE id = OLD.quoted_id;
    ELSIF TG_OP = 'UPDATE' THEN
        UPDATE posts SET version = version WHERE id IN (OLD.quoted_id, NEW.quoted_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER quotes_quoted_raise AFTER INSERT OR DELETE OR UPDATE OF quoted_id ON quotes
    FOR EACH ROW EXECUTE FUNCTION raise_post_version_of_quotes();
