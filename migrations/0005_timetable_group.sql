-- A plan of thousands of units asks the same of all of them at the same instants. What it
-- asks is kept as it was said, a row for all, and becomes a row for each unit when its
-- time comes: publishing costs as much as the plan is long, not as often as it asks.

CREATE TABLE timetable_units (
	plan text NOT NULL REFERENCES plan,
	place integer NOT NULL,
	section text NOT NULL,
	reports boolean NOT NULL,
	units text[] NOT NULL,
	PRIMARY KEY (plan, place),
	FOREIGN KEY (plan, section) REFERENCES section
);
COMMENT ON TABLE timetable_units IS 'units that the current version of a plan asks the same of, in the plan''s order';
COMMENT ON COLUMN timetable_units.reports IS 'these units report the section: each owes a report for every period';

CREATE TABLE timetable_period (
	plan text NOT NULL REFERENCES plan,
	period text NOT NULL,
	period_end date NOT NULL,
	plan_version integer NOT NULL,
	opens_at timestamptz NOT NULL,
	due_at timestamptz NOT NULL,
	lock_at timestamptz NOT NULL,
	PRIMARY KEY (plan, period),
	FOREIGN KEY (plan, plan_version) REFERENCES plan_version,
	CHECK (opens_at < due_at AND due_at < lock_at)
);
COMMENT ON TABLE timetable_period IS 'periods of the current version that are not rows of obligation yet';

CREATE TABLE timetable_group (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at timestamptz NOT NULL,
	kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 4),
	level integer NOT NULL CHECK (level >= 0),
	plan text NOT NULL,
	plan_version integer NOT NULL,
	place integer NOT NULL,
	period text NOT NULL,
	target text NOT NULL,
	due_at timestamptz NOT NULL,
	FOREIGN KEY (plan, place) REFERENCES timetable_units,
	FOREIGN KEY (plan, plan_version) REFERENCES plan_version
);
COMMENT ON TABLE timetable_group IS 'instants at which the current version asks something of many units: rows of timetable to be';
CREATE INDEX timetable_group_next ON timetable_group (at, id);

-- Everything that will be asked of anybody, as far as only the time matters.
CREATE VIEW timetable_ahead AS
	SELECT at FROM timetable WHERE NOT done
	UNION ALL
	SELECT at FROM timetable_group;

-- A row of timetable is made of rows that were checked when the version was applied.
ALTER TABLE timetable
	DROP CONSTRAINT timetable_unit_fkey,
	DROP CONSTRAINT timetable_plan_section_fkey,
	DROP CONSTRAINT timetable_plan_plan_version_fkey;

-- Reports of periods that open within a hundred days are owed from now on. What is due
-- already, or answered by a report, stays as an earlier version asked it.
CREATE FUNCTION unfold_periods(present timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	opening timestamptz := present + interval '2400 hours';
BEGIN
	IF NOT EXISTS (SELECT FROM timetable_period WHERE opens_at <= opening) THEN
		RETURN;
	END IF;
	PERFORM pg_advisory_xact_lock(hashtext('duban'), hashtext('timetable'));
	WITH opened AS (
		DELETE FROM timetable_period WHERE opens_at <= opening RETURNING *)
	INSERT INTO obligation (plan, unit, section, period, period_end, plan_version,
		opens_at, due_at, lock_at)
	SELECT p.plan, u.unit, s.section, p.period, p.period_end, p.plan_version,
		p.opens_at, p.due_at, p.lock_at
	FROM opened p JOIN timetable_units s ON s.plan = p.plan AND s.reports
	CROSS JOIN LATERAL unnest(s.units) AS u(unit)
	ORDER BY p.plan, u.unit, s.section, p.period
	ON CONFLICT (plan, unit, section, period) DO UPDATE
	SET plan_version = EXCLUDED.plan_version, opens_at = EXCLUDED.opens_at,
		due_at = EXCLUDED.due_at, lock_at = EXCLUDED.lock_at
	WHERE obligation.due_at > present AND NOT EXISTS (
		SELECT FROM submission r WHERE r.plan = obligation.plan
		AND r.unit = obligation.unit AND r.section = obligation.section
		AND r.period = obligation.period);
END $$;

-- Rows for the groups whose time has come, the earliest first, until there is enough to
-- do. Of those whose report is in nothing is asked; what was asked once is not asked
-- again. Returns how many groups became rows.
CREATE FUNCTION unfold_timetable(until timestamptz, enough integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
	next bigint;
	waiting integer;
	unfolded integer := 0;
BEGIN
	IF NOT EXISTS (SELECT FROM timetable_group WHERE at <= until) THEN
		RETURN 0;
	END IF;
	PERFORM pg_advisory_xact_lock(hashtext('duban'), hashtext('timetable'));
	LOOP
		SELECT count(*) INTO waiting FROM (SELECT FROM timetable
			WHERE NOT done AND at <= until LIMIT enough) AS t;
		EXIT WHEN waiting >= enough;
		SELECT id INTO next FROM timetable_group WHERE at <= until
			ORDER BY at, id LIMIT 1;
		EXIT WHEN next IS NULL;
		WITH come AS (DELETE FROM timetable_group WHERE id = next RETURNING *)
		INSERT INTO timetable (at, kind, level, plan, plan_version, unit, section,
			period, target, due_at)
		SELECT g.at, g.kind, g.level, g.plan, g.plan_version, u.unit, s.section,
			g.period, g.target, g.due_at
		FROM come g JOIN timetable_units s USING (plan, place)
		CROSS JOIN LATERAL unnest(s.units) WITH ORDINALITY AS u(unit, nth)
		WHERE g.kind > 2 OR NOT EXISTS (SELECT FROM submission r
			WHERE r.plan = g.plan AND r.unit = u.unit AND r.section = s.section
			AND r.period = g.period)
		ORDER BY u.nth
		ON CONFLICT ON CONSTRAINT timetable_once DO NOTHING;
		unfolded := unfolded + 1;
	END LOOP;
	RETURN unfolded;
END $$;
