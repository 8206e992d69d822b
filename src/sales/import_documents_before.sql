-- Triggers take documents of a file for what was said of their predecessors before, not for further ones (wvl.still_noted).
SELECT set_config('wvl.import', 'on', true);
-- Products that the lines name and nobody knows yet: number and what the lines call them. Price and cost stay unknown.
INSERT INTO wvl.products (number, name, product_group)
SELECT s.product, coalesce(min(s.description COLLATE "C"), s.product), min(s.product_group COLLATE "C")
FROM import_rows s
WHERE s.product IS NOT NULL AND NOT EXISTS (SELECT FROM wvl.products t WHERE t.number = s.product)
GROUP BY s.product
ORDER BY s.product
-- another file may enter the same product at the same time
ON CONFLICT (number) DO NOTHING;
