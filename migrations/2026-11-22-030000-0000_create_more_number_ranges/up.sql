-- Contracts, purchase orders and contact persons that are made here get a number from us too; those of an ERP keep theirs.
-- A range of this name that an administrator has made stays as it is.

INSERT INTO wvl.number_ranges (name, mask)
VALUES ('contract', 'V-YYYY-####'), ('purchase-order', 'BE-YYYY-####'), ('contact-person', 'AP-####')
ON CONFLICT (name) DO NOTHING;
