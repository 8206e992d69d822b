-- How somebody wants to be reached, where a stage asks for no other way: by mail, or on channels of the configuration.

ALTER TABLE wvl.employees
    ADD COLUMN channels text
        CONSTRAINT employees_channels_check CHECK (channels ~ '^[a-z][a-z0-9-]{0,29}(,[a-z][a-z0-9-]{0,29}){0,9}$');
COMMENT ON COLUMN wvl.employees.channels IS 'How the employee wants to be reminded: mail, or names of channels in the configuration, with commas between them; empty means by mail.';

GRANT SELECT (channels) ON wvl.employees TO wvl_read;
