-- The register of projects: a district's concrete undertakings under the targets of a
-- section. Rows are only added: what is known on a day is each project's highest version
-- that was put by then.

CREATE TABLE project (
	plan text NOT NULL,
	unit text NOT NULL REFERENCES unit,
	project text NOT NULL CHECK (project ~ '^[A-Za-z0-9._-]{1,64}$'),
	version integer NOT NULL CHECK (version >= 1),
	section text NOT NULL,
	targets text[] NOT NULL,
	name text NOT NULL CHECK (name <> ''),
	kind text NOT NULL,
	person text NOT NULL,
	telephone text NOT NULL,
	start date,
	finish date,
	state smallint NOT NULL CHECK (state BETWEEN 1 AND 5),
	reason text NOT NULL,
	put_at timestamptz NOT NULL,
	wall_put_at timestamptz NOT NULL,
	put_by text NOT NULL,
	PRIMARY KEY (plan, unit, project, version),
	FOREIGN KEY (plan, section) REFERENCES section
);
COMMENT ON TABLE project IS 'every version of every project; of several the highest counts';
COMMENT ON COLUMN project.project IS 'its id, given by who entered it, unique within unit and plan';
COMMENT ON COLUMN project.state IS '1 planned, 2 under way, 3 finished, 4 closed by the bureau, 5 cancelled';
COMMENT ON COLUMN project.put_by IS 'URI of the identity that entered this version';
