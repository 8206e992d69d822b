-- Everything in these tables is lost.
DROP TABLE wvl.ticket_events;
DROP TABLE wvl.tickets;
DROP FUNCTION wvl.record_ticket_events(), wvl.follow_ticket_change();
