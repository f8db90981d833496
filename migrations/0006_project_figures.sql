-- What each project contributes to its unit's figures, as the unit reported it.

CREATE TABLE project_figure (
	period_end date NOT NULL,
	unit text NOT NULL,
	report_id bytea NOT NULL,
	project text NOT NULL,
	indicator text NOT NULL,
	plan text NOT NULL,
	section text NOT NULL,
	value exact NOT NULL,
	value_unit text NOT NULL,
	reason text NOT NULL,
	PRIMARY KEY (period_end, unit, report_id, project, indicator),
	FOREIGN KEY (unit, report_id) REFERENCES submission,
	FOREIGN KEY (plan, section, indicator) REFERENCES indicator
);
COMMENT ON TABLE project_figure IS 'the figures of projects, value and scale as they were given; only of projects that were registered when the report was judged';
CREATE INDEX project_figure_project ON project_figure (plan, unit, project, indicator, period_end);
