CREATE FUNCTION withheld_from(
    withheld jsonb, person uuid, organisation text, subject text, purpose text, acting_for uuid, sees jsonb
) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT EXISTS (
        SELECT 1 FROM jsonb_array_elements(coalesce(withheld -> 'callers', '[]')) AS closed
        WHERE (closed ->> 'organisation' IS NULL OR closed ->> 'organisation' = organisation)
        AND (closed ->> 'subject' IS NULL OR closed ->> 'subject' = subject)
        AND (closed -> 'purposes' IS NULL OR closed -> 'purposes' = 'null'::jsonb
            OR purpose IS NULL OR closed -> 'purposes' ? purpose)
    ) OR (
        acting_for IS NOT NULL AND acting_for <> person
        AND (withheld IS NULL OR coalesce(withheld -> 'persons' ? acting_for::text, false)
            OR NOT coalesce(sees ? person::text, false))
    )
$$
