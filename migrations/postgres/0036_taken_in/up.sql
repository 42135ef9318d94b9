-- That a community elsewhere took in after all what it had refused has a word of its own: it is told to its author alone, as the refusal is.
UPDATE community_log SET action = 'taken_in'
WHERE action = 'restored' AND by_role = 'community'
  AND EXISTS (
    SELECT 1 FROM community_log AS refused
    WHERE refused.post_uri = community_log.post_uri AND refused.community_id = community_log.community_id
      AND refused.action = 'refused' AND refused.id < community_log.id
  )
  AND NOT EXISTS (
    SELECT 1 FROM community_log AS removed
    WHERE removed.post_uri = community_log.post_uri AND removed.community_id = community_log.community_id
      AND removed.action = 'removed' AND removed.id < community_log.id
  );
