-- What reports count by: the day of a document, the instant of its booking, the day on which an offer was lost, the hour of
-- a reminder.

CREATE INDEX documents_day ON wvl.documents (document_date, kind);
CREATE INDEX documents_booked ON wvl.documents (booked_at);
CREATE INDEX documents_lost ON wvl.documents (closed_at) WHERE kind = 'offer' AND status = 'lost';
CREATE INDEX escalation_steps_at ON wvl.escalation_steps (at);
