-- The first schema.
--
-- Times: columns named *_at hold plan time and are always passed in; columns named
-- wall_* hold wall time. now() and current_date appear nowhere else. Texts that do not
-- apply are '' and not NULL, so that unique keys hold.

-- Exact numbers: what the agent may send and nothing else. numeric alone would take
-- 'NaN', 'Infinity' and any scale.
CREATE DOMAIN exact AS numeric
	CHECK (VALUE <> 'NaN' AND abs(VALUE) < 1000000000000000000 AND scale(VALUE) BETWEEN 0 AND 6);
COMMENT ON DOMAIN exact IS 'at most 18 digits and 6 decimals, as written; never NaN or infinite';

CREATE TABLE unit (
	code text PRIMARY KEY CHECK (code ~ '^[0-9a-z-]{1,63}$'),
	name text NOT NULL,
	department text NOT NULL,
	wall_seen_at timestamptz
);
COMMENT ON TABLE unit IS 'who reports: a district''s department, by its GB/T 2260 code';
COMMENT ON COLUMN unit.wall_seen_at IS 'when its agent was last heard of, to about a minute';

CREATE TABLE plan (
	plan text PRIMARY KEY CHECK (plan ~ '^[a-z0-9_-]{1,64}$'),
	number text NOT NULL,
	title text NOT NULL
);
COMMENT ON TABLE plan IS 'a published document';

CREATE TABLE plan_version (
	plan text NOT NULL REFERENCES plan,
	version integer NOT NULL CHECK (version > 0),
	content_hash bytea NOT NULL CHECK (octet_length(content_hash) = 32),
	applied_at timestamptz NOT NULL,
	wall_applied_at timestamptz NOT NULL,
	applied_by text NOT NULL,
	PRIMARY KEY (plan, version)
);
COMMENT ON TABLE plan_version IS 'every version that was ever applied; the highest is current';

CREATE TABLE plan_file (
	plan text NOT NULL,
	version integer NOT NULL,
	name text NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 200),
	content bytea NOT NULL CHECK (octet_length(content) <= 1048576),
	PRIMARY KEY (plan, version, name),
	FOREIGN KEY (plan, version) REFERENCES plan_version
);
COMMENT ON TABLE plan_file IS 'the files of a version, byte for byte';

CREATE TABLE section (
	plan text NOT NULL REFERENCES plan,
	section text NOT NULL,
	name text NOT NULL,
	PRIMARY KEY (plan, section)
);
COMMENT ON TABLE section IS 'areas of work that any version of the plan had';

CREATE TABLE indicator (
	plan text NOT NULL,
	section text NOT NULL,
	indicator text NOT NULL,
	name text NOT NULL,
	unit_name text NOT NULL,
	PRIMARY KEY (plan, section, indicator),
	FOREIGN KEY (plan, section) REFERENCES section
);
COMMENT ON TABLE indicator IS 'measured quantities that any version of the plan had';

CREATE TABLE obligation (
	plan text NOT NULL,
	unit text NOT NULL REFERENCES unit,
	section text NOT NULL,
	period text NOT NULL,
	period_end date NOT NULL,
	plan_version integer NOT NULL,
	opens_at timestamptz NOT NULL,
	due_at timestamptz NOT NULL,
	lock_at timestamptz NOT NULL,
	PRIMARY KEY (plan, unit, section, period),
	FOREIGN KEY (plan, section) REFERENCES section,
	FOREIGN KEY (plan, plan_version) REFERENCES plan_version,
	CHECK (opens_at < due_at AND due_at < lock_at)
);
COMMENT ON TABLE obligation IS 'every report that the plan asks for; a new version rewrites only those that are not due yet';
CREATE INDEX obligation_due ON obligation (due_at);

CREATE TABLE submission (
	unit text NOT NULL REFERENCES unit,
	report_id bytea NOT NULL CHECK (octet_length(report_id) = 16),
	content_hash bytea NOT NULL CHECK (octet_length(content_hash) = 32),
	number text NOT NULL UNIQUE,
	plan text NOT NULL,
	section text NOT NULL,
	period text NOT NULL,
	period_end date NOT NULL,
	received_at timestamptz NOT NULL,
	wall_received_at timestamptz NOT NULL,
	timeliness smallint NOT NULL CHECK (timeliness IN (1, 2)),
	receipt bytea NOT NULL,
	PRIMARY KEY (unit, report_id),
	CONSTRAINT submission_once UNIQUE (plan, unit, section, period),
	FOREIGN KEY (plan, unit, section, period) REFERENCES obligation
);
COMMENT ON TABLE submission IS 'the ledger: one row a report that was acknowledged, with the receipt as it was sent; narrow and unpartitioned because it carries the promise of once';
CREATE INDEX submission_received ON submission (received_at DESC, number);

CREATE TABLE report (
	period_end date NOT NULL,
	unit text NOT NULL,
	report_id bytea NOT NULL,
	plan text NOT NULL,
	plan_version integer NOT NULL,
	section text NOT NULL,
	period text NOT NULL,
	envelope bytea NOT NULL,
	signer text NOT NULL,
	crl_number text NOT NULL,
	made_at timestamptz NOT NULL,
	wall_made_at timestamptz NOT NULL,
	progress text NOT NULL,
	problems text NOT NULL,
	next_steps text NOT NULL,
	city_to_settle text NOT NULL,
	filled_by text NOT NULL,
	reviewed_by text NOT NULL,
	approved_by text NOT NULL,
	figure_count integer NOT NULL,
	notice_count integer NOT NULL,
	PRIMARY KEY (period_end, unit, report_id),
	FOREIGN KEY (unit, report_id) REFERENCES submission,
	FOREIGN KEY (plan, plan_version) REFERENCES plan_version
) PARTITION BY RANGE (period_end);
COMMENT ON TABLE report IS 'reports, with the signed bytes verbatim; partitioned by year of the period''s end';
COMMENT ON COLUMN report.envelope IS 'the serialized duban.v1.Envelope exactly as it arrived: payload, signature, chain';
COMMENT ON COLUMN report.plan_version IS 'the version that the centre judged by';

CREATE TABLE figure (
	period_end date NOT NULL,
	unit text NOT NULL,
	report_id bytea NOT NULL,
	plan text NOT NULL,
	section text NOT NULL,
	indicator text NOT NULL,
	value exact NOT NULL,
	value_unit text NOT NULL,
	hedge smallint NOT NULL CHECK (hedge BETWEEN 0 AND 2),
	reason text NOT NULL,
	PRIMARY KEY (period_end, unit, report_id, indicator),
	FOREIGN KEY (period_end, unit, report_id) REFERENCES report,
	FOREIGN KEY (plan, section, indicator) REFERENCES indicator
) PARTITION BY RANGE (period_end);
COMMENT ON TABLE figure IS 'the figures of reports, value and scale as they were given';

CREATE FUNCTION ensure_partitions(first_year integer, last_year integer) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	FOR y IN first_year .. last_year LOOP
		EXECUTE format('CREATE TABLE IF NOT EXISTS report_%s PARTITION OF report '
			'FOR VALUES FROM (%L) TO (%L)', y, make_date(y, 1, 1), make_date(y + 1, 1, 1));
		EXECUTE format('CREATE TABLE IF NOT EXISTS figure_%s PARTITION OF figure '
			'FOR VALUES FROM (%L) TO (%L)', y, make_date(y, 1, 1), make_date(y + 1, 1, 1));
	END LOOP;
END $$;
COMMENT ON FUNCTION ensure_partitions IS 'called when a plan is applied, for the years that it spans';

CREATE SEQUENCE receipt_serial AS bigint INCREMENT BY 1000;
COMMENT ON SEQUENCE receipt_serial IS 'blocks of 1000 receipt serials: a server that drew n owns n .. n + 999';

CREATE TABLE timetable (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at timestamptz NOT NULL,
	kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 4),
	level integer NOT NULL CHECK (level >= 0),
	plan text NOT NULL,
	plan_version integer NOT NULL,
	unit text NOT NULL REFERENCES unit,
	section text NOT NULL,
	period text NOT NULL,
	target text NOT NULL,
	due_at timestamptz NOT NULL,
	done boolean NOT NULL DEFAULT false,
	CONSTRAINT timetable_once UNIQUE (kind, level, plan, unit, section, period, target),
	FOREIGN KEY (plan, section) REFERENCES section,
	FOREIGN KEY (plan, plan_version) REFERENCES plan_version
);
COMMENT ON TABLE timetable IS 'every instant at which the plan asks something; what is asked is in kind (see alert), a new version rewrites only what is not done';
CREATE INDEX timetable_next ON timetable (at, id) WHERE NOT done;

CREATE TABLE alert (
	cursor bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 4),
	level integer NOT NULL,
	recipient text NOT NULL,
	plan text NOT NULL,
	plan_version integer NOT NULL,
	unit text NOT NULL REFERENCES unit,
	section text NOT NULL,
	period text NOT NULL,
	target text NOT NULL,
	due_at timestamptz NOT NULL,
	decided_at timestamptz NOT NULL,
	wall_decided_at timestamptz NOT NULL,
	title text NOT NULL,
	body text NOT NULL,
	sample boolean NOT NULL,
	cleared_at timestamptz,
	CONSTRAINT alert_once UNIQUE (kind, level, recipient, plan, unit, section, period, target),
	FOREIGN KEY (plan, section) REFERENCES section,
	FOREIGN KEY (plan, plan_version) REFERENCES plan_version
);
COMMENT ON TABLE alert IS 'facts that somebody must act on, decided once; inserted under one advisory lock, so that cursors become visible in ascending order';
COMMENT ON COLUMN alert.kind IS '1 report due soon, 2 report overdue, 3 behind, 4 target overdue';
COMMENT ON COLUMN alert.recipient IS 'path of the unit that is told: district/430112, department/gengxin';
CREATE INDEX alert_recipient ON alert (recipient, cursor);
CREATE INDEX alert_open ON alert (unit, section) WHERE cleared_at IS NULL;

CREATE TABLE delivery (
	alert bigint NOT NULL REFERENCES alert,
	channel text NOT NULL CHECK (channel IN ('email', 'webhook')),
	address text NOT NULL,
	state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed')),
	attempts integer NOT NULL DEFAULT 0,
	wall_next_at timestamptz NOT NULL,
	wall_claimed_until timestamptz,
	wall_done_at timestamptz,
	error text NOT NULL DEFAULT '',
	PRIMARY KEY (alert, channel, address)
);
COMMENT ON TABLE delivery IS 'an alert on its way out by e-mail or webhook: a job that is retried, with its record';
COMMENT ON COLUMN delivery.address IS 'the contact''s name in the configuration for a webhook (its URL is a secret), the address for e-mail';
CREATE INDEX delivery_waiting ON delivery (wall_next_at) WHERE state = 'waiting';

CREATE TABLE plan_clock (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	plan_at timestamptz NOT NULL
);
COMMENT ON TABLE plan_clock IS 'the present plan time of a rehearsal; empty in production, where plan time is wall time';
