-- Lights as they were judged, each with everything that it was judged by. Rows are only
-- added: a correction, a new version of the plan or a later period adds a light and leaves
-- the earlier ones as they were.

CREATE TABLE light (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	plan text NOT NULL,
	plan_version integer NOT NULL,
	unit text NOT NULL REFERENCES unit,
	section text NOT NULL,
	target text NOT NULL,
	period text NOT NULL,
	number text NOT NULL,
	light smallint NOT NULL CHECK (light BETWEEN 1 AND 6),
	remembered boolean NOT NULL,
	record bytea NOT NULL,
	sentence text NOT NULL,
	decided_at timestamptz NOT NULL,
	wall_decided_at timestamptz NOT NULL,
	CONSTRAINT light_once UNIQUE (plan, unit, section, target, period, number, plan_version),
	FOREIGN KEY (plan, section) REFERENCES section,
	FOREIGN KEY (plan, plan_version) REFERENCES plan_version
);
COMMENT ON TABLE light IS 'one light of a unit for a target and a period; of several for one period the one with the highest id counts';
COMMENT ON COLUMN light.number IS 'the report that it was judged by; '''' when none had come by the lock';
COMMENT ON COLUMN light.remembered IS 'green by its report, shown yellow because the light before was red';
COMMENT ON COLUMN light.record IS 'a serialized duban.v1.LightRecord: every input and the outcome, the same to the byte whenever it is judged';
CREATE INDEX light_remembered ON light (plan, unit, section) WHERE remembered;

CREATE TABLE light_due (
	plan text NOT NULL,
	unit text NOT NULL,
	section text NOT NULL,
	period text NOT NULL,
	number text NOT NULL DEFAULT '',
	plan_version integer NOT NULL DEFAULT 0,
	PRIMARY KEY (plan, unit, section, period, number)
);
COMMENT ON TABLE light_due IS 'whose lights are to be judged: filled where the cause is stored, emptied by the judge in the transaction that stores the lights';
COMMENT ON COLUMN light_due.number IS 'a report that was stored; '''' for a period that was locked without one';
COMMENT ON COLUMN light_due.plan_version IS 'to be judged by this version or a later one';

-- Whoever stores reports, and however many at once: what was acknowledged is judged, even
-- if every server is killed at that instant.
CREATE FUNCTION light_after_reports() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO light_due (plan, unit, section, period, number)
		SELECT plan, unit, section, period, number FROM new_reports
		ON CONFLICT DO NOTHING;
	RETURN NULL;
END $$;
CREATE TRIGGER light_reports AFTER INSERT ON submission
	REFERENCING NEW TABLE AS new_reports
	FOR EACH STATEMENT EXECUTE FUNCTION light_after_reports();

-- A new version may light what the newest reports say differently.
CREATE FUNCTION light_newest(of_plan text, by_version integer) RETURNS void
LANGUAGE sql AS $$
	INSERT INTO light_due (plan, unit, section, period, number, plan_version)
		SELECT DISTINCT ON (unit, section) plan, unit, section, period, number, by_version
		FROM submission WHERE plan = of_plan AND superseded_at IS NULL
		ORDER BY unit, section, period COLLATE "C" DESC
		ON CONFLICT (plan, unit, section, period, number)
		DO UPDATE SET plan_version = EXCLUDED.plan_version
$$;
CREATE FUNCTION light_after_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM light_newest(NEW.plan, NEW.version);
	RETURN NULL;
END $$;
CREATE TRIGGER light_version AFTER INSERT ON plan_version
	FOR EACH ROW EXECUTE FUNCTION light_after_version();

-- What was reported before this migration: the newest of each unit and section.
SELECT light_newest(plan, 0) FROM plan;
