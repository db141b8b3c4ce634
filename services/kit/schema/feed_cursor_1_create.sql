-- How far a follower has come.
CREATE TABLE feed_cursor (source text PRIMARY KEY, cursor text NOT NULL, caught_up_at timestamptz);
