ALTER TABLE first_sights DROP COLUMN inside_at;
