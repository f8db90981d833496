-- A score is of all sections together, and so is an alert about a contested one: its
-- section is ''.
ALTER TABLE alert DROP CONSTRAINT alert_plan_section_fkey;
COMMENT ON COLUMN alert.section IS 'that it is about; '''': all of them (a contested score)';
