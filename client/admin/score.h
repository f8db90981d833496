/* duban score: who stands where by the plan's formula, why, and what was published. */
#ifndef DUBAN_CLIENT_ADMIN_SCORE_H
#define DUBAN_CLIENT_ADMIN_SCORE_H

#include <popt.h>
#include <stdint.h>

struct Duban__V1__GetScoresResponse;
struct Duban__V1__Outage;
struct Duban__V1__ScoreCounts;
struct Duban__V1__ScorePart;
struct admin;
struct json_t;

extern const struct poptOption score_options[];
extern const struct poptOption score_explain_options[];
extern const struct poptOption score_publish_options[];

int score_list(struct admin *admin, const char *const *args);
int score_explain(struct admin *admin, const char *const *args);
int score_publish(struct admin *admin, const char *const *args);

/* What the options say; for score*.c. */
struct score_wish {
	char *plan, *range; /* never NULL */
	int64_t known_at;
	uint32_t ordinal;
	int published;
};
/* ADMIN_USAGE, and the user was told: the range, the time or the ordinal cannot be read.
 */
int score_read_options(struct admin *admin, struct score_wish *ret_wish);
/* "完成", with --json "completion". Static. */
const char *score_part_name(const struct admin *admin,
                            const struct Duban__V1__ScorePart *part);
struct json_t *score_parts_json(const struct admin *admin,
                                struct Duban__V1__ScorePart *const *parts, size_t count);
struct json_t *score_counts_json(const struct Duban__V1__ScoreCounts *counts);
struct json_t *score_outages_json(struct admin *admin,
                                  struct Duban__V1__Outage *const *outages, size_t count);

#endif
