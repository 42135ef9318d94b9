-- When somebody here was first let into it: what a private community shows is seen by those inside alone.
ALTER TABLE first_sights ADD COLUMN inside_at TIMESTAMP;
