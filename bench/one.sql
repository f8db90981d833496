WITH ledger AS (
	INSERT INTO submission (unit, report_id, content_hash, number, plan, section, period,
		period_end, received_at, wall_received_at, timeliness, receipt, kind, revision,
		supersedes)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $28, $29,
		$30)
	ON CONFLICT DO NOTHING
	RETURNING unit, report_id, plan, section, period, period_end
), wide AS (
	INSERT INTO report (period_end, unit, report_id, plan, plan_version, section, period,
		envelope, signer, crl_number, made_at, wall_made_at, progress, problems, next_steps,
		city_to_settle, filled_by, reviewed_by, approved_by, figure_count, notice_count, change_reason)
	SELECT period_end, unit, report_id, plan, $13::integer, section, period,
		$14::bytea, $15, $16, $17::timestamptz, $18::timestamptz, $19, $20, $21,
		$22, $23, $24, $25, $26::integer, $27::integer, $31
	FROM ledger
), figures AS (
	INSERT INTO figure (period_end, unit, report_id, plan, section, indicator, value,
		value_unit, hedge, reason)
	SELECT period_end, unit, report_id, plan, section, $34, $35::numeric,
		$36, $37::smallint, $38
	FROM ledger
), waited_for AS (
	INSERT INTO timetable (at, kind, level, plan, plan_version, unit, section, period,
		target, due_at, subject)
	SELECT $32::timestamptz + interval '1 millisecond', 7, 1, plan, $13::integer, unit,
		section, period, '', $32::timestamptz, $4
	FROM ledger
)
SELECT count(*) FROM ledger
