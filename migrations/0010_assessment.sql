-- What an assessment must know beside reports and lights: when the centre could take
-- reports, what earlier versions of a plan had promised, and the scores that were
-- published.

CREATE TABLE serving (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	node text NOT NULL,
	from_at timestamptz NOT NULL,
	until_at timestamptz NOT NULL,
	wall_from_at timestamptz NOT NULL,
	wall_until_at timestamptz NOT NULL,
	CHECK (from_at <= until_at)
);
COMMENT ON TABLE serving IS 'spans in which a server took reports, put off at every beat; what no span covers is an outage of the centre';
COMMENT ON COLUMN serving.node IS 'URI of the server';
CREATE INDEX serving_until ON serving (until_at);

ALTER TABLE obligation
	ADD COLUMN first_version integer,
	ADD COLUMN promised_due_at timestamptz,
	ADD COLUMN moved_by integer;
COMMENT ON COLUMN obligation.first_version IS 'the version that asked for it first; null: not recorded';
COMMENT ON COLUMN obligation.promised_due_at IS 'the latest due time of earlier versions, when a version moved it earlier';
COMMENT ON COLUMN obligation.moved_by IS 'the version that moved it earlier';

CREATE TABLE score_published (
	plan text NOT NULL,
	unit text NOT NULL REFERENCES unit,
	period text NOT NULL,
	ordinal integer NOT NULL CHECK (ordinal >= 1),
	published_at timestamptz NOT NULL,
	wall_published_at timestamptz NOT NULL,
	published_by text NOT NULL,
	known_at timestamptz NOT NULL,
	plan_version integer NOT NULL,
	rate_tenths integer,
	rank integer NOT NULL CHECK (rank >= 0),
	record bytea NOT NULL,
	PRIMARY KEY (plan, unit, period, ordinal),
	FOREIGN KEY (plan, plan_version) REFERENCES plan_version
);
COMMENT ON TABLE score_published IS 'scores as they were published; a later publication is added and counts, the earlier one stays';
COMMENT ON COLUMN score_published.period IS 'what was assessed: 2022, 2022-Q4, 2022-09, 2022-07..2022-09';
COMMENT ON COLUMN score_published.rate_tenths IS 'tenths of a per cent; null: nothing was asked of the unit';
COMMENT ON COLUMN score_published.rank IS '0: none';
COMMENT ON COLUMN score_published.record IS 'a serialized duban.v1.ScoreRecord';

-- As before (0005), and what was promised is kept: the assessment holds nobody to a date
-- that was moved towards them.
CREATE OR REPLACE FUNCTION unfold_periods(present timestamptz) RETURNS void
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
		opens_at, due_at, lock_at, first_version)
	SELECT p.plan, u.unit, s.section, p.period, p.period_end, p.plan_version,
		p.opens_at, p.due_at, p.lock_at, p.plan_version
	FROM opened p JOIN timetable_units s ON s.plan = p.plan AND s.reports
	CROSS JOIN LATERAL unnest(s.units) AS u(unit)
	ORDER BY p.plan, u.unit, s.section, p.period
	ON CONFLICT (plan, unit, section, period) DO UPDATE
	SET plan_version = EXCLUDED.plan_version, opens_at = EXCLUDED.opens_at,
		due_at = EXCLUDED.due_at, lock_at = EXCLUDED.lock_at,
		promised_due_at = CASE WHEN EXCLUDED.due_at
			< greatest(obligation.due_at, obligation.promised_due_at)
			THEN greatest(obligation.due_at, obligation.promised_due_at) END,
		moved_by = CASE WHEN EXCLUDED.due_at < obligation.due_at
			THEN EXCLUDED.plan_version
			WHEN EXCLUDED.due_at < obligation.promised_due_at
			THEN obligation.moved_by END
	WHERE obligation.due_at > present AND NOT EXISTS (
		SELECT FROM submission r WHERE r.plan = obligation.plan
		AND r.unit = obligation.unit AND r.section = obligation.section
		AND r.period = obligation.period);
END $$;
