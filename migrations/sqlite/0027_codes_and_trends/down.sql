UPDATE tag_days SET
    uses = (SELECT COUNT(*) FROM post_tags JOIN posts ON posts.id = post_tags.post_id
        WHERE post_tags.tag_id = tag_days.tag_id AND posts.audience = 'public'
        AND post_tags.post_id >= tag_days.day * 86400000 * 65536
        AND post_tags.post_id < (tag_days.day + 1) * 86400000 * 65536),
    accounts = (SELECT COUNT(DISTINCT posts.account_id) FROM post_tags JOIN posts ON posts.id = post_tags.post_id
        WHERE post_tags.tag_id = tag_days.tag_id AND posts.audience = 'public'
        AND post_tags.post_id >= tag_days.day * 86400000 * 65536
        AND post_tags.post_id < (tag_days.day + 1) * 86400000 * 65536);
ALTER TABLE second_factors DROP COLUMN tries_since;
ALTER TABLE second_factors DROP COLUMN tries;
