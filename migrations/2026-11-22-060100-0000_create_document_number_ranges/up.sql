-- Documents that are made here get a number from us, a range for each kind; those of an ERP keep theirs. A range of this name
-- that an administrator has made stays as it is.

INSERT INTO wvl.number_ranges (name, mask)
VALUES ('offer', 'AN-YYYY-####'), ('order', 'AB-YYYY-####'), ('delivery-note', 'LS-YYYY-####'), ('invoice', 'RE-YYYY-####'),
    ('credit-note', 'GS-YYYY-####')
ON CONFLICT (name) DO NOTHING;
