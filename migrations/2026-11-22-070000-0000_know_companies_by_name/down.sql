-- Nothing is lost but the promise; companies that got another name keep it.
ALTER TABLE wvl.companies DROP CONSTRAINT companies_name_once;
