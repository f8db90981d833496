-- The register of problems (问题清单): what was registered, and beside it everything that was
-- done. Rows are only added: how a problem stood on a day is its last event until then.

CREATE SEQUENCE problem_id;

CREATE TABLE problem (
	number text PRIMARY KEY,
	id bigint NOT NULL UNIQUE,
	plan text NOT NULL,
	plan_version integer NOT NULL,
	unit text NOT NULL REFERENCES unit,
	section text NOT NULL,
	target text NOT NULL,
	project text NOT NULL,
	kind smallint NOT NULL CHECK (kind IN (1, 2)),
	title text NOT NULL CHECK (title <> ''),
	found_on date NOT NULL,
	registered_at timestamptz NOT NULL,
	wall_registered_at timestamptz NOT NULL,
	registered_by text NOT NULL,
	request_id bytea NOT NULL CHECK (octet_length(request_id) = 16),
	CONSTRAINT problem_once UNIQUE (unit, request_id),
	FOREIGN KEY (plan, section) REFERENCES section,
	FOREIGN KEY (plan, plan_version) REFERENCES plan_version
);
COMMENT ON COLUMN problem.number IS '"WT-2022-0007": the year of its registration, and its id';
COMMENT ON COLUMN problem.kind IS '1 限期整改, has a due date; 2 持续整改, may have one';
COMMENT ON COLUMN problem.project IS 'the project that it blocks, in the words of who registered it; '''' when none';
CREATE INDEX problem_unit ON problem (plan, unit);

CREATE TABLE problem_event (
	number text NOT NULL REFERENCES problem,
	ordinal integer NOT NULL CHECK (ordinal >= 1),
	act smallint NOT NULL CHECK (act BETWEEN 1 AND 6),
	at timestamptz NOT NULL,
	wall_at timestamptz NOT NULL,
	act_by text NOT NULL,
	text text NOT NULL,
	state smallint NOT NULL CHECK (state BETWEEN 1 AND 3),
	owner text NOT NULL CHECK (owner <> ''),
	telephone text NOT NULL,
	measure text NOT NULL CHECK (measure <> ''),
	due_on date,
	PRIMARY KEY (number, ordinal)
);
COMMENT ON COLUMN problem_event.act IS '1 registered, 2 noted, 3 asked to be closed, 4 sent back, 5 closed, 6 changed';
COMMENT ON COLUMN problem_event.state IS 'afterwards, as all that follows: 1 open, 2 asked to be closed, 3 closed';

-- Kinds of alerts have room to grow.
ALTER TABLE timetable
	DROP CONSTRAINT timetable_kind_check,
	ADD CONSTRAINT timetable_kind_check CHECK (kind BETWEEN 1 AND 15);
ALTER TABLE alert
	DROP CONSTRAINT alert_kind_check,
	ADD CONSTRAINT alert_kind_check CHECK (kind BETWEEN 1 AND 15);
COMMENT ON COLUMN alert.period IS 'of a report; of a problem (kind 10) its due date, so that a new date asks anew; '''' for a target';
