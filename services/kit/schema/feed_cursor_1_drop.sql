-- How far a follower has come.
DROP TABLE feed_cursor;
