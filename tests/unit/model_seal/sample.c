/* One good report for tests to start from. */
#include "tests/unit/model_seal/sample.h"

void sample_init(struct sample *sample)
{
	*sample = (struct sample){
		.figures =
			{
				{"communities_finished",
	                         {121, 0, unit_find("个"), HEDGE_NONE},
	                         ""},
				{"funds_spent",
	                         {5890, 2, unit_find("亿元"), HEDGE_ABOUT},
	                         "含市级补助"},
				{"households", {0, 0, unit_find("户"), HEDGE_NONE}, ""},
			},
		.report =
			{
				.id = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
	                               16},
				.plan = "changsha-2022-55",
				.plan_version = 1,
				.unit = "430112",
				.section = "2",
				.period = "2022-09",
				.figure_count = SAMPLE_FIGURES,
				.texts = {"本月完工3个小区。", "", "继续推进。", ""},
				.filled_by = {"张三", "科员", "0731-8000", 1664870000000},
				.reviewed_by = {"李四", "科长", "", 1664871000000},
				.approved_by = {"王五", "局长", "", 1664872000000},
				.made_at = 1664873000000,
				.wall_made_at = 1664873000000,
			},
	};
	sample->report.figures = sample->figures;
}
