-- Answers in private and local communities are counted too, and removed ones no more.
UPDATE posts SET replies_count = (
    SELECT COUNT(*) FROM posts AS answers
    WHERE answers.in_reply_to_id = posts.id
      AND answers.audience NOT IN ('followers', 'direct')
      AND answers.removed_at IS NULL
)
WHERE id IN (SELECT in_reply_to_id FROM posts WHERE community_id IS NOT NULL AND in_reply_to_id IS NOT NULL);

-- Servers that were asked what they are, to learn whether they understand what groups pass on.
CREATE TABLE asked_hosts (
    host TEXT PRIMARY KEY NOT NULL,
    asked_at TIMESTAMP NOT NULL
);

-- What moderators said last of a post that was only shown in the community.
CREATE INDEX community_log_post_uri ON community_log (post_uri) WHERE post_uri IS NOT NULL;
