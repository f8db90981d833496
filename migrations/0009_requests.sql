-- What units ask for, answered: a request may be taken back by the unit; of the same thing
-- only one may be open; a plan that sets no time to answer sets none.

ALTER TABLE request
	ALTER COLUMN answer_due_at DROP NOT NULL,
	ADD COLUMN withdrawn_at timestamptz,
	ADD COLUMN wall_withdrawn_at timestamptz,
	ADD COLUMN withdrawn_by text NOT NULL DEFAULT '',
	ADD CONSTRAINT request_ended_once CHECK (answered_at IS NULL OR withdrawn_at IS NULL);
COMMENT ON COLUMN request.subject IS 'what is contested: late:NUMBER or return:NUMBER of a receipt, score:PERIOD; empty otherwise';
COMMENT ON COLUMN request.granted_until IS 'of an extension: due then; of a consent: open until then';
CREATE UNIQUE INDEX request_one_open ON request (plan, unit, section, period, kind, subject)
	WHERE answered_at IS NULL AND withdrawn_at IS NULL;
CREATE INDEX request_newest ON request (received_at, number);
