-- Wrong codes of a window of time, and when that began.
ALTER TABLE second_factors ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE second_factors ADD COLUMN tries_since TIMESTAMP;

-- Posts of limited accounts are not counted among the uses of a hashtag.
UPDATE tag_days SET
    uses = (SELECT COUNT(*) FROM post_tags JOIN posts ON posts.id = post_tags.post_id
        JOIN accounts ON accounts.id = posts.account_id
        WHERE post_tags.tag_id = tag_days.tag_id AND posts.audience = 'public' AND NOT accounts.limited
        AND post_tags.post_id >= tag_days.day * 86400000 * 65536
        AND post_tags.post_id < (tag_days.day + 1) * 86400000 * 65536),
    accounts = (SELECT COUNT(DISTINCT posts.account_id) FROM post_tags JOIN posts ON posts.id = post_tags.post_id
        JOIN accounts ON accounts.id = posts.account_id
        WHERE post_tags.tag_id = tag_days.tag_id AND posts.audience = 'public' AND NOT accounts.limited
        AND post_tags.post_id >= tag_days.day * 86400000 * 65536
        AND post_tags.post_id < (tag_days.day + 1) * 86400000 * 65536);
