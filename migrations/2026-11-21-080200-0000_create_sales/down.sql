-- Everything in these tables is lost.
DROP TABLE wvl.purchase_order_lines;
DROP TABLE wvl.purchase_orders;
DROP TABLE wvl.document_events;
DROP TABLE wvl.document_lines;
DROP TABLE wvl.document_details;
DROP TABLE wvl.documents;
DROP TABLE wvl.products;
DROP FUNCTION wvl.record_document_events();
