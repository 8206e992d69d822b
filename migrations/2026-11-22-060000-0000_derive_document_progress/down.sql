-- Which line an event was about is lost, and what of the quantities was noted; the quantities stay as they are.
DROP TRIGGER documents_follow ON wvl.documents;
DROP TRIGGER document_details_follow_new ON wvl.document_details;
DROP TRIGGER document_details_follow_changed ON wvl.document_details;
DROP TRIGGER document_lines_follow_new ON wvl.document_lines;
DROP TRIGGER document_lines_follow_changed ON wvl.document_lines;
DROP TRIGGER document_lines_follow_gone ON wvl.document_lines;
DROP TRIGGER document_lines_note_new ON wvl.document_lines;
DROP TRIGGER document_lines_note_said ON wvl.document_lines;
DROP FUNCTION wvl.follow_document();
DROP FUNCTION wvl.follow_details();
DROP FUNCTION wvl.credit(bigint[], numeric[]);
DROP FUNCTION wvl.credits_of(bigint);
DROP FUNCTION wvl.credited(numeric, numeric);
DROP FUNCTION wvl.follow_lines();
DROP FUNCTION wvl.lines_behind_invoices(bigint[]);
DROP FUNCTION wvl.derive_progress(bigint[], boolean);
DROP FUNCTION wvl.derive_quantities(bigint[]);
DROP FUNCTION wvl.still_noted(numeric, numeric);
DROP FUNCTION wvl.is_import();
DROP FUNCTION wvl.note_quantities();

ALTER TABLE wvl.document_events DROP COLUMN line;
ALTER TABLE wvl.document_lines DROP COLUMN covered_quantity, DROP COLUMN invoiced_noted, DROP COLUMN delivered_noted;
COMMENT ON COLUMN wvl.document_lines.delivered_quantity IS 'Delivered so far.';
COMMENT ON COLUMN wvl.document_lines.invoiced_quantity IS 'Invoiced so far.';
COMMENT ON COLUMN wvl.document_events.event IS 'What changed: status, follow_up, commissioning_due, delivery_due, delivered, payment_due, picked, paid, voided, net_amount, open_amount, delivery_status, invoicing_status.';
