-- What was told about one report, found among the alerts of a year and of thousands of
-- units: the unique key of alert begins with the recipient.
CREATE INDEX alert_about ON alert (plan, unit, section, period);
