-- What happens to a report after it was received: corrections, returns, reviews, consents,
-- requests of the units and their answers. Nothing is overwritten: a report that another
-- one took the place of stays, and every question can be asked "as known on that day"
-- (received_at <= day and superseded_at not before it).

ALTER TABLE submission
	ADD COLUMN kind smallint NOT NULL DEFAULT 0 CHECK (kind BETWEEN 0 AND 2),
	ADD COLUMN revision integer NOT NULL DEFAULT 1 CHECK (revision >= 1),
	ADD COLUMN supersedes text NOT NULL DEFAULT '',
	ADD COLUMN superseded_at timestamptz,
	ADD CONSTRAINT submission_superseding CHECK ((revision = 1) = (supersedes = '')),
	DROP CONSTRAINT submission_timeliness_check,
	ADD CONSTRAINT submission_timeliness_check CHECK (timeliness BETWEEN 1 AND 3),
	DROP CONSTRAINT submission_once,
	ADD CONSTRAINT submission_once UNIQUE (plan, unit, section, period, revision);
COMMENT ON COLUMN submission.kind IS '0 ordinary, 1 no change (本期无变化), 2 zero (零报告)';
COMMENT ON COLUMN submission.revision IS '1: the first of its unit, section and period; each supersedes the one before';
COMMENT ON COLUMN submission.superseded_at IS 'plan time at which its successor was received; null: it is the newest';
COMMENT ON COLUMN submission.timeliness IS '1 on time, 2 late (before the lock), 3 after the lock, with consent';

ALTER TABLE report ADD COLUMN change_reason text NOT NULL DEFAULT '';

ALTER TABLE obligation
	ADD COLUMN extended_due_at timestamptz,
	ADD COLUMN extended_lock_at timestamptz,
	ADD COLUMN open_until timestamptz;
COMMENT ON COLUMN obligation.extended_due_at IS 'a granted extension: reports are judged by it, due_at stays for the assessment';
COMMENT ON COLUMN obligation.open_until IS 'the office consented to a report or a correction after the lock, until then';

CREATE TABLE report_return (
	number text PRIMARY KEY REFERENCES submission (number),
	plan text NOT NULL,
	unit text NOT NULL,
	section text NOT NULL,
	period text NOT NULL,
	ordinal integer NOT NULL CHECK (ordinal >= 1),
	step smallint NOT NULL CHECK (step IN (1, 2)),
	returned_at timestamptz NOT NULL,
	wall_returned_at timestamptz NOT NULL,
	returned_by text NOT NULL,
	due_at timestamptz NOT NULL,
	remark text NOT NULL,
	answered_by text NOT NULL DEFAULT '',
	answered_at timestamptz,
	withdrawn_at timestamptz,
	CONSTRAINT report_return_once UNIQUE (plan, unit, section, period, ordinal)
);
COMMENT ON TABLE report_return IS '退回修改: a report is returned at most once; its successor may be returned again, one step higher';
COMMENT ON COLUMN report_return.step IS 'at which step of the review: 1 content, 2 totals';
COMMENT ON COLUMN report_return.answered_by IS 'the number of the report that superseded it';
COMMENT ON COLUMN report_return.withdrawn_at IS 'a contest was upheld: it counts no more';

CREATE TABLE return_field (
	number text NOT NULL REFERENCES report_return,
	place integer NOT NULL,
	field text NOT NULL,
	reason text NOT NULL,
	PRIMARY KEY (number, place)
);
COMMENT ON TABLE return_field IS 'what is to be mended, field by field';

CREATE TABLE review (
	number text NOT NULL REFERENCES submission (number),
	step smallint NOT NULL CHECK (step IN (1, 2)),
	reviewed_at timestamptz NOT NULL,
	wall_reviewed_at timestamptz NOT NULL,
	reviewed_by text NOT NULL,
	remark text NOT NULL,
	PRIMARY KEY (number, step)
);
COMMENT ON TABLE review IS 'a report passed a step of the review: 1 content (the lead office), 2 totals (the working group''s office)';

CREATE TABLE figure_check (
	number text NOT NULL REFERENCES submission (number),
	indicator text NOT NULL,
	ordinal integer NOT NULL CHECK (ordinal >= 1),
	standing smallint NOT NULL CHECK (standing IN (3, 4)),
	checked_at timestamptz NOT NULL,
	wall_checked_at timestamptz NOT NULL,
	checked_by text NOT NULL,
	remark text NOT NULL,
	PRIMARY KEY (number, indicator, ordinal)
);
COMMENT ON TABLE figure_check IS 'how far a figure stands: 3 seen on the spot, 4 withdrawn after a re-check; 1 reported and 2 checked by the office follow from submission and review';

CREATE TABLE request (
	number text PRIMARY KEY,
	unit text NOT NULL REFERENCES unit,
	request_id bytea NOT NULL CHECK (octet_length(request_id) = 16),
	content_hash bytea NOT NULL CHECK (octet_length(content_hash) = 32),
	kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 3),
	plan text NOT NULL,
	section text NOT NULL,
	period text NOT NULL,
	subject text NOT NULL,
	asked_until timestamptz,
	reason text NOT NULL,
	envelope bytea NOT NULL,
	signer text NOT NULL,
	crl_number text NOT NULL,
	approved_by text NOT NULL,
	received_at timestamptz NOT NULL,
	wall_received_at timestamptz NOT NULL,
	answer_due_at timestamptz NOT NULL,
	answered_at timestamptz,
	wall_answered_at timestamptz,
	answered_by text NOT NULL DEFAULT '',
	granted boolean,
	granted_until timestamptz,
	answer text NOT NULL DEFAULT '',
	UNIQUE (unit, request_id),
	CHECK ((answered_at IS NULL) = (granted IS NULL))
);
COMMENT ON TABLE request IS 'what a unit asks for, signed: 1 extension (延期), 2 contest (申辩), 3 consent to report or correct after the lock (补报、更正)';
COMMENT ON COLUMN request.subject IS 'what is contested: a receipt''s number (its late mark or its return); empty otherwise';
CREATE INDEX request_open ON request (answer_due_at) WHERE answered_at IS NULL;

ALTER TABLE submission ADD COLUMN late_waived_at timestamptz;
COMMENT ON COLUMN submission.late_waived_at IS 'a contest was upheld: the late mark counts no more';

-- Instants and alerts may be about one report or request.
ALTER TABLE timetable
	ADD COLUMN subject text NOT NULL DEFAULT '',
	DROP CONSTRAINT timetable_kind_check,
	ADD CONSTRAINT timetable_kind_check CHECK (kind BETWEEN 1 AND 9),
	DROP CONSTRAINT timetable_once,
	ADD CONSTRAINT timetable_once
		UNIQUE (kind, level, plan, unit, section, period, target, subject);
ALTER TABLE alert
	ADD COLUMN subject text NOT NULL DEFAULT '',
	DROP CONSTRAINT alert_kind_check,
	ADD CONSTRAINT alert_kind_check CHECK (kind BETWEEN 1 AND 9),
	DROP CONSTRAINT alert_once,
	ADD CONSTRAINT alert_once
		UNIQUE (kind, level, recipient, plan, unit, section, period, target, subject);
COMMENT ON COLUMN alert.kind IS '1 report due soon, 2 report overdue, 3 behind, 4 target overdue, 5 report returned, 6 return unanswered, 7 review overdue, 8 request received, 9 request answered';
COMMENT ON COLUMN alert.subject IS 'the number of the report or request that it is about; empty: none';
CREATE INDEX timetable_subject ON timetable (subject) WHERE subject <> '';
