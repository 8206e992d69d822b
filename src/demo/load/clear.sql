-- Takes away what an earlier load has made, with everything that was escalated about it.

DELETE FROM wvl.escalation_steps s USING wvl.documents d
WHERE s.item_id = d.id::text AND d.number LIKE 'L________' AND s.reference = d.number;
DELETE FROM wvl.escalation_chains c USING wvl.documents d
WHERE c.item_id = d.id::text AND d.number LIKE 'L________'
    AND c.type IN ('offer-follow-up', 'order-commissioning', 'order-delivery-overdue', 'invoice-follow-up', 'invoice-overdue',
        'delivery-note');
DELETE FROM wvl.documents WHERE number LIKE 'L________';
DELETE FROM wvl.partners WHERE number LIKE 'LK-%';
-- the next run looks at everything: what the last one knew is gone
DELETE FROM wvl.escalation_searches;
