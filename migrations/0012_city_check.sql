-- The city's sums are looked at when a report was judged: by period, once all have reported.

CREATE TABLE city_due (
	plan text NOT NULL,
	section text NOT NULL,
	period text NOT NULL,
	asked integer NOT NULL DEFAULT 1,
	PRIMARY KEY (plan, section, period)
);
COMMENT ON TABLE city_due IS 'whose sums are to be checked: filled by the judge with the lights, emptied with the alerts';
COMMENT ON COLUMN city_due.asked IS 'how often it was asked: only an answer to the last question counts';

-- Has everybody reported?
CREATE INDEX obligation_period ON obligation (plan, section, period);

-- An alert about the city is about no unit.
ALTER TABLE alert DROP CONSTRAINT alert_unit_fkey;
COMMENT ON COLUMN alert.unit IS 'that it is about; '''': the whole city';
COMMENT ON COLUMN alert.subject IS 'the number of the report, request or problem that it is about, or the rule (kind 11); empty: none';
