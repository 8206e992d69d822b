-- The columns of the relations behind the types, one row each; a relation that is not there has none. Names are compared,
-- not cast to regclass: that would stop at a schema without rights.
SELECT
    source.type AS type_key,
    -- a new definition is a new row of pg_rewrite, and a GRANT one of pg_class: cheaper than printing the definition
    concat_ws(':', c.oid, c.xmin, rule.oid, rule.xmin) AS definition,
    quote_ident(current_user) AS role,
    has_schema_privilege(n.oid, 'USAGE') AS may_use_schema,
    -- a GRANT on the whole is one on each column
    coalesce(has_column_privilege(c.oid, a.attnum, 'SELECT'), has_table_privilege(c.oid, 'SELECT')) AS may_select,
    a.attname::text AS attribute,
    -- without the modifier: text must not be cut off by a cast; of a domain its base
    format_type(base.oid, -1) AS data_type,
    base.typcategory::text AS category
FROM unnest($1, $2, $3, $4) AS source (type, schema, name, is_builtin)
    JOIN pg_catalog.pg_namespace n ON n.nspname = source.schema
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = source.name
        AND c.relkind IN ('v', 'm', 'r', 'p', 'f')
    LEFT JOIN pg_catalog.pg_rewrite rule ON rule.ev_class = c.oid AND rule.rulename = '_RETURN'
    -- of our own views only what differs between them
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        AND (NOT source.is_builtin OR a.attname IN ('item_id', 'changed_txid'))
    LEFT JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_type base ON base.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
ORDER BY source.type, a.attnum
