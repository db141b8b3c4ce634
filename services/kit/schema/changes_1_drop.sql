-- The changes of a store that others follow.
DROP TABLE change;
