-- Who may quote what somebody writes when they say nothing of it.
ALTER TABLE users ADD COLUMN default_quote_policy TEXT NOT NULL DEFAULT 'public';
