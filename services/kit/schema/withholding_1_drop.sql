DROP FUNCTION withheld_from(jsonb, uuid, text, text, text, uuid, jsonb)
