-- Which figures count: withdrawn ones do not, some only as far as somebody else has seen
-- or accepted them. And lights may be judged again from the same report, because what was
-- found about its figures, or the light before, has changed.

-- A check says whom and what it is about, so that it is found without its report.
ALTER TABLE figure_check
	ADD COLUMN plan text,
	ADD COLUMN unit text,
	ADD COLUMN section text,
	ADD COLUMN period_end date,
	ADD COLUMN as_checker boolean NOT NULL DEFAULT false,
	ADD COLUMN accepted exact,
	ADD COLUMN accepted_unit text NOT NULL DEFAULT '',
	ADD COLUMN accepted_on date,
	ADD COLUMN document text NOT NULL DEFAULT '',
	ADD CONSTRAINT figure_check_acceptance CHECK (accepted IS NULL OR
		(standing = 3 AND accepted_unit <> '' AND accepted_on IS NOT NULL AND document <> ''));
COMMENT ON COLUMN figure_check.as_checker IS 'by the department that the plan names as the indicator''s checker';
COMMENT ON COLUMN figure_check.accepted IS '验收: the amount that was accepted, on which day and by which document';
UPDATE figure_check c SET plan = s.plan, unit = s.unit, section = s.section,
	period_end = s.period_end FROM submission s WHERE s.number = c.number;
CREATE FUNCTION figure_check_about() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	SELECT s.plan, s.unit, s.section, s.period_end
		INTO STRICT NEW.plan, NEW.unit, NEW.section, NEW.period_end
		FROM submission s WHERE s.number = NEW.number;
	RETURN NEW;
END $$;
CREATE TRIGGER figure_check_about BEFORE INSERT ON figure_check
	FOR EACH ROW EXECUTE FUNCTION figure_check_about();
ALTER TABLE figure_check
	ALTER COLUMN plan SET NOT NULL,
	ALTER COLUMN unit SET NOT NULL,
	ALTER COLUMN section SET NOT NULL,
	ALTER COLUMN period_end SET NOT NULL;
CREATE INDEX figure_check_about
	ON figure_check (plan, unit, section, indicator, period_end DESC, checked_at DESC);

-- The last word about one figure of one report, as known at an instant; no row: nobody has
-- looked.
CREATE FUNCTION figure_word(of_number text, of_indicator text, known_at timestamptz)
RETURNS SETOF figure_check LANGUAGE sql STABLE AS $$
	SELECT * FROM figure_check WHERE number = of_number AND indicator = of_indicator
		AND checked_at <= known_at ORDER BY ordinal DESC LIMIT 1
$$;

-- What was found about a figure of a report: the last word about it; if it was withdrawn,
-- the newest earlier figure that stands; and how far it was seen by its checker and
-- accepted until then; all as known at an instant. No row: nobody has looked at this indicator of the unit yet. Plain
-- SQL, so that it is planned as a part of the statement that asks.
CREATE FUNCTION figure_evidence(of_plan text, of_unit text, of_section text, until date,
	of_number text, of_indicator text, known_at timestamptz)
RETURNS TABLE (standing smallint, checked_by text, checked_at timestamptz, remark text,
	earlier exact, earlier_unit text, earlier_hedge smallint, earlier_period text,
	checked exact, checked_unit text,
	accepted exact, accepted_unit text, accepted_on date, document text, accepted_by text)
LANGUAGE sql STABLE AS $$
	SELECT w.standing, w.checked_by, w.checked_at, w.remark,
		e.value, e.value_unit, e.hedge, e.period, s.value, s.value_unit,
		a.accepted, a.accepted_unit, a.accepted_on, a.document, a.checked_by
	FROM (SELECT FROM figure_check c WHERE c.plan = of_plan AND c.unit = of_unit
		AND c.section = of_section AND c.indicator = of_indicator
		AND c.period_end <= until AND c.checked_at <= known_at LIMIT 1) AS looked
	LEFT JOIN LATERAL figure_word(of_number, of_indicator, known_at) w ON true
	LEFT JOIN LATERAL (
		SELECT f.value, f.value_unit, f.hedge, t.period FROM submission t
		JOIN figure f ON f.period_end = t.period_end AND f.unit = t.unit
			AND f.report_id = t.report_id AND f.indicator = of_indicator
		WHERE w.standing = 4 AND t.plan = of_plan AND t.unit = of_unit
			AND t.section = of_section AND t.period_end < until
			AND t.received_at <= known_at
			AND (t.superseded_at IS NULL OR t.superseded_at > known_at)
			AND NOT EXISTS (SELECT FROM figure_word(t.number, of_indicator, known_at) x
				WHERE x.standing = 4)
		ORDER BY t.period_end DESC LIMIT 1) e ON true
	LEFT JOIN LATERAL (
		SELECT coalesce(c.accepted, f.value) AS value,
			CASE WHEN c.accepted IS NULL THEN f.value_unit ELSE c.accepted_unit END
				AS value_unit
		FROM figure_check c JOIN submission t USING (number)
		JOIN figure f ON f.period_end = t.period_end AND f.unit = t.unit
			AND f.report_id = t.report_id AND f.indicator = c.indicator
		WHERE c.plan = of_plan AND c.unit = of_unit AND c.section = of_section
			AND c.indicator = of_indicator AND c.period_end <= until
			AND c.checked_at <= known_at AND c.standing = 3 AND c.as_checker
			AND NOT EXISTS (SELECT FROM figure_check l WHERE l.plan = c.plan
				AND l.unit = c.unit AND l.section = c.section
				AND l.indicator = c.indicator AND l.period_end = c.period_end
				AND l.checked_at <= known_at
				AND (l.standing = 4 OR l.as_checker)
				AND (l.checked_at, l.wall_checked_at, l.number, l.ordinal)
					> (c.checked_at, c.wall_checked_at, c.number, c.ordinal))
		ORDER BY c.period_end DESC LIMIT 1) s ON true
	LEFT JOIN LATERAL (
		SELECT c.accepted, c.accepted_unit, c.accepted_on, c.document, c.checked_by
		FROM figure_check c
		WHERE c.plan = of_plan AND c.unit = of_unit AND c.section = of_section
			AND c.indicator = of_indicator AND c.period_end <= until
			AND c.checked_at <= known_at AND c.accepted IS NOT NULL
			AND NOT EXISTS (SELECT FROM figure_check l WHERE l.plan = c.plan
				AND l.unit = c.unit AND l.section = c.section
				AND l.indicator = c.indicator AND l.period_end = c.period_end
				AND l.checked_at <= known_at
				AND (l.standing = 4 OR l.accepted IS NOT NULL)
				AND (l.checked_at, l.wall_checked_at, l.number, l.ordinal)
					> (c.checked_at, c.wall_checked_at, c.number, c.ordinal))
		ORDER BY c.period_end DESC LIMIT 1) a ON true
$$;

-- A report may be judged again: the question counts how often it was asked, so that an
-- answer to an older question neither empties the queue nor is stored.
ALTER TABLE light_due ADD COLUMN asked integer NOT NULL DEFAULT 1;
COMMENT ON COLUMN light_due.asked IS 'how often it was asked: only an answer to the last question counts';
ALTER TABLE light
	ADD COLUMN judgement integer NOT NULL DEFAULT 1,
	DROP CONSTRAINT light_once,
	ADD CONSTRAINT light_once
		UNIQUE (plan, unit, section, target, period, number, plan_version, judgement);
COMMENT ON COLUMN light.judgement IS 'from 1: judged again because a figure was checked, accepted or withdrawn, or the light before has changed';

CREATE OR REPLACE FUNCTION light_newest(of_plan text, by_version integer) RETURNS void
LANGUAGE sql AS $$
	INSERT INTO light_due (plan, unit, section, period, number, plan_version)
		SELECT DISTINCT ON (unit, section) plan, unit, section, period, number, by_version
		FROM submission WHERE plan = of_plan AND superseded_at IS NULL
		ORDER BY unit, section, period COLLATE "C" DESC
		ON CONFLICT (plan, unit, section, period, number)
		DO UPDATE SET plan_version = EXCLUDED.plan_version, asked = light_due.asked + 1
$$;

-- What was found about a figure also counts in later periods, until they have another.
CREATE FUNCTION light_after_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO light_due (plan, unit, section, period, number)
		SELECT s.plan, s.unit, s.section, s.period, s.number FROM submission s
		WHERE s.plan = NEW.plan AND s.unit = NEW.unit AND s.section = NEW.section
			AND s.period_end >= NEW.period_end AND s.superseded_at IS NULL
		ORDER BY s.period_end
		ON CONFLICT (plan, unit, section, period, number)
		DO UPDATE SET asked = light_due.asked + 1;
	RETURN NULL;
END $$;
CREATE TRIGGER light_check AFTER INSERT ON figure_check
	FOR EACH ROW EXECUTE FUNCTION light_after_check();

-- Figures that were withdrawn before this migration did count.
INSERT INTO light_due (plan, unit, section, period, number)
	SELECT DISTINCT s.plan, s.unit, s.section, s.period, s.number
	FROM figure_check c JOIN submission s ON s.plan = c.plan AND s.unit = c.unit
		AND s.section = c.section AND s.period_end >= c.period_end
		AND s.superseded_at IS NULL
	WHERE c.standing = 4
	ON CONFLICT (plan, unit, section, period, number)
	DO UPDATE SET asked = light_due.asked + 1;

-- A deadline that was extended puts the question anew: who was told before may be told
-- again.
ALTER TABLE timetable ADD COLUMN round integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN timetable.round IS 'how often the question was put anew, with a later deadline';
ALTER TABLE alert
	ADD COLUMN round integer NOT NULL DEFAULT 0,
	DROP CONSTRAINT alert_once,
	ADD CONSTRAINT alert_once UNIQUE (kind, level, recipient, plan, unit, section, period,
		target, subject, round);
COMMENT ON COLUMN alert.round IS 'of the timetable''s row that it was decided for';

CREATE OR REPLACE FUNCTION unfold_timetable(until timestamptz, enough integer) RETURNS integer
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
		ON CONFLICT ON CONSTRAINT timetable_once DO UPDATE
		SET at = EXCLUDED.at, plan_version = EXCLUDED.plan_version,
			due_at = EXCLUDED.due_at, done = false, round = timetable.round + 1
		WHERE timetable.done AND timetable.kind = 4
			AND EXCLUDED.due_at > timetable.due_at;
		unfolded := unfolded + 1;
	END LOOP;
	RETURN unfolded;
END $$;
COMMENT ON FUNCTION unfold_timetable IS 'rows for the groups whose time has come, until there is enough to do; a target that was judged by an earlier deadline is judged again';
