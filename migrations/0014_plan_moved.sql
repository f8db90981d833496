-- Dates that a version moved when it was published, kept with it: what was told before, and
-- what holds since.
CREATE TABLE plan_moved (
	plan text NOT NULL,
	version integer NOT NULL,
	period text NOT NULL,
	due_from timestamptz NOT NULL,
	due_to timestamptz NOT NULL,
	lock_from timestamptz NOT NULL,
	lock_to timestamptz NOT NULL,
	was_estimated boolean NOT NULL,
	is_estimated boolean NOT NULL,
	reports integer NOT NULL CHECK (reports >= 0),
	calendar_from text NOT NULL,
	calendar_to text NOT NULL,
	PRIMARY KEY (plan, version, period),
	FOREIGN KEY (plan, version) REFERENCES plan_version
);
COMMENT ON TABLE plan_moved IS 'periods whose reports are due, or locked, at another time since a version';
COMMENT ON COLUMN plan_moved.was_estimated IS 'it depended on a year whose calendar was not published';
