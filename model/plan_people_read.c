/*
 * people.yaml: who fills in, reviews, approves and leads, for each unit and office; and
 * the lists of those who support (配合单位).
 *
 * People come and go: each has the days of his office, and the days on which he is away,
 * so that nothing is ever addressed to somebody who left.
 */
#include <string.h>

#include "model/plan_internal.h"

static bool read_person(struct plan_reader *reader, struct yaml_node *node,
                        struct plan_person *person);
static bool read_place(struct plan_reader *reader, struct yaml_node *node,
                       struct plan_person *person);
static bool read_role(struct plan_reader *reader, struct yaml_node *node,
                      struct plan_person *person);
static void read_ways(struct plan_reader *reader, struct yaml_node *node,
                      struct plan_person *person);
static void read_identity(struct plan_reader *reader, struct yaml_node *node,
                          struct plan_person *person);
static void read_terms(struct plan_reader *reader, struct yaml_node *node,
                       struct plan_person *person);
static bool read_absence(const char *text, struct plan_absence *ret_absence);
static void read_duties(struct plan_reader *reader, struct yaml_node *node,
                        struct plan_person *person);
static void check_seat(struct plan_reader *reader, const struct plan_person *people,
                       size_t count);
static bool share_seat(const struct plan_reader *reader, const struct plan_person *a,
                       const struct plan_person *b);

void plan_read_people(struct plan_reader *reader, struct yaml_node *root)
{
	static const struct plan_key keys[] = {{"people", "人员"}, {NULL, NULL}};
	struct plan *plan = reader->plan;
	struct plan_person *people;
	struct yaml_node *list;

	if (!node_check(reader, root, keys))
		return;
	list = node_list(reader, root, "people", PLAN_PEOPLE_MAX, true);
	if (list == NULL)
		return;
	/* The overlay's come after the plan's own. */
	people =
		plan_new_array(reader, plan->people_count + list->count, sizeof(*people));
	if (people == NULL)
		return;
	if (plan->people_count > 0)
		memcpy(people, plan->people, plan->people_count * sizeof(*people));
	plan->people = people;
	yaml_each(node, list)
	{
		if (!read_person(reader, node, &people[plan->people_count]))
			continue;
		check_seat(reader, people, plan->people_count);
		plan->people_count++;
	}
}

static bool read_person(struct plan_reader *reader, struct yaml_node *node,
                        struct plan_person *person)
{
	static const struct plan_key keys[] = {{"name", "姓名"},
	                                       {"unit", "单位"},
	                                       {"department", "处室"},
	                                       {"role", "职责"},
	                                       {"post", "A岗或B岗"},
	                                       {"phone", "电话"},
	                                       {"email", "电子邮箱"},
	                                       {"identity", "证书身份"},
	                                       {"from", "任职起"},
	                                       {"to", "任职止"},
	                                       {"away", "不在岗的日子"},
	                                       {"sections", "负责的板块"},
	                                       {NULL, NULL}};

	*person = (struct plan_person){.sample = reader->sample,
	                               .from = DAY_NONE,
	                               .to = DAY_NONE,
	                               .place = node->place};
	if (!node_check(reader, node, keys))
		return false;
	person->name = node_text(reader, node, "name", "张三");
	if (!read_place(reader, node, person) || !read_role(reader, node, person))
		return false;
	read_ways(reader, node, person);
	read_terms(reader, node, person);
	read_duties(reader, node, person);
	return true;
}

static bool read_place(struct plan_reader *reader, struct yaml_node *node,
                       struct plan_person *person)
{
	const char *unit = node_text_or(reader, node, "unit", NULL);
	bool department = yaml_get(node, "department") != NULL;

	if ((unit != NULL) == department) {
		yaml_problem(reader->problems, node->place,
		             "每人写 unit（单位）或 department（处室）中的一个");
		return false;
	}
	if (unit != NULL)
		person->unit = plan_need_unit(reader, unit, node_place(node, "unit"));
	else
		person->department = plan_need_department(reader, node, "department");
	return person->unit != NULL || person->department != NULL;
}

static bool read_role(struct plan_reader *reader, struct yaml_node *node,
                      struct plan_person *person)
{
	static const char *const posts[] = {"A", "B", NULL};
	const char *words[ROLES + 1];
	size_t before = reader->problems->count, count = 0;
	enum plan_role roles[ROLES];

	for (enum plan_role role = ROLE_CONTACT; role < ROLES; role++) {
		if (role != ROLE_CONTACT &&
		    (person->unit != NULL) != (role <= ROLE_UNITS))
			continue;
		roles[count] = role;
		words[count++] = plan_role_name(role);
	}
	words[count] = NULL;
	(void)node_text(reader, node, "role", words[1]);
	person->role = roles[node_choice(reader, node, "role", words, 0)];
	person->stands_in = node_choice(reader, node, "post", posts, 0) == 1;
	return reader->problems->count == before;
}

static void read_ways(struct plan_reader *reader, struct yaml_node *node,
                      struct plan_person *person)
{
	person->phone = node_text_or(reader, node, "phone", "");
	person->email = node_text_or(reader, node, "email", "");
	if (person->phone[strspn(person->phone, "0123456789-+ ")] != '\0')
		yaml_problem(reader->problems, node_place(node, "phone"),
		             "电话“%s”不能用：应当是数字、“-”、“+”和空格", person->phone);
	if (person->email[0] != '\0' && (strchr(person->email, '@') == NULL ||
	                                 strpbrk(person->email, " \t<>,;") != NULL))
		yaml_problem(reader->problems, node_place(node, "email"),
		             "“%s”不是一个电子邮箱地址", person->email);
	read_identity(reader, node, person);
}

/* Of the certificate by which the server knows him; somebody else's would sign for him.
 */
static void read_identity(struct plan_reader *reader, struct yaml_node *node,
                          struct plan_person *person)
{
	const char *begin = arena_printf(reader->arena, "%s/%s/person/",
	                                 person->unit != NULL ? "district" : "department",
	                                 person->unit != NULL ? person->unit->code
	                                                      : person->department->id);

	person->identity = node_text_or(reader, node, "identity", "");
	if (begin == NULL) {
		reader->out_of_memory = true;
		return;
	}
	if (person->identity[0] != '\0' &&
	    (strncmp(person->identity, begin, strlen(begin)) != 0 ||
	     person->identity[strlen(begin)] == '\0'))
		yaml_problem(reader->problems, node_place(node, "identity"),
		             "证书身份“%s”不是这里的人：应当写成 %szhangsan",
		             person->identity, begin);
}

static void read_terms(struct plan_reader *reader, struct yaml_node *node,
                       struct plan_person *person)
{
	struct yaml_node *list =
		node_list(reader, node, "away", PLAN_ABSENCES_MAX, false);
	struct plan_absence *away;

	person->from = node_day(reader, node, "from");
	person->to = node_day(reader, node, "to");
	if (person->from != DAY_NONE && person->to != DAY_NONE &&
	    person->from > person->to)
		yaml_problem(reader->problems, node_place(node, "to"),
		             "任职止（to）早于任职起（from）");
	if (list == NULL)
		return;
	away = plan_new_array(reader, list->count, sizeof(*away));
	if (away == NULL)
		return;
	person->away = away;
	yaml_each(item, list)
	{
		if (item->kind == YAML_SCALAR &&
		    read_absence(item->text, &away[person->away_count]))
			person->away_count++;
		else
			yaml_problem(reader->problems, item->place,
			             "不在岗的日子应当写成 2022-10-10 或 "
			             "2022-10-10 至 2022-10-14");
	}
}

static bool read_absence(const char *text, struct plan_absence *ret_absence)
{
	static const char between[] = " 至 ";
	const char *second = strstr(text, between);
	char first[sizeof("2022-10-10")] = "";

	if (second == NULL)
		second = text;
	else if ((size_t)(second - text) != sizeof(first) - 1)
		return false;
	else
		second += strlen(between);
	if (strlen(text) < sizeof(first) - 1)
		return false;
	memcpy(first, text, sizeof(first) - 1);
	return day_parse(first, &ret_absence->from) == 0 &&
	       day_parse(second, &ret_absence->to) == 0 &&
	       ret_absence->from <= ret_absence->to;
}

static void read_duties(struct plan_reader *reader, struct yaml_node *node,
                        struct plan_person *person)
{
	struct plan *plan = reader->plan;
	struct yaml_node *list =
		node_list(reader, node, "sections", PLAN_SECTIONS_MAX, false);
	bool *sections;

	if (list == NULL)
		return;
	sections = plan_new_array(reader, plan->section_count, sizeof(*sections));
	if (sections == NULL)
		return;
	person->sections = sections;
	yaml_each(item, list)
	{
		const char *id = item->kind == YAML_SCALAR ? item->text : "";
		const struct plan_section *section = plan_find_section(plan, id);

		if (section != NULL)
			sections[section->index] = true;
		else
			yaml_problem(reader->problems, item->place,
			             "没有编号为“%s”的板块", id);
	}
}

/* Two at once, and nobody would know who has to act. */
static void check_seat(struct plan_reader *reader, const struct plan_person *people,
                       size_t count)
{
	const struct plan_person *person = &people[count];

	for (size_t i = 0; i < count; i++) {
		if (!share_seat(reader, &people[i], person))
			continue;
		yaml_problem(reader->problems, person->place,
		             "“%s”的%s（%s岗）同时有%s和%s：写明任职起止（from、to），"
		             "或分开负责的板块（sections）",
		             person->unit != NULL ? person->unit->name
		                                  : person->department->name,
		             plan_role_name(person->role), person->stands_in ? "B" : "A",
		             people[i].name, person->name);
		return;
	}
}

static bool share_seat(const struct plan_reader *reader, const struct plan_person *a,
                       const struct plan_person *b)
{
	if (a->unit != b->unit || a->department != b->department || a->role != b->role ||
	    a->stands_in != b->stands_in || a->sample != b->sample)
		return false;
	if ((a->to != DAY_NONE && b->from != DAY_NONE && a->to < b->from) ||
	    (b->to != DAY_NONE && a->from != DAY_NONE && b->to < a->from))
		return false;
	for (size_t i = 0; i < reader->plan->section_count; i++)
		if ((a->sections == NULL || a->sections[i]) &&
		    (b->sections == NULL || b->sections[i]))
			return true;
	return false;
}

void plan_read_parties(struct plan_reader *reader, struct yaml_node *map,
                       const struct plan_party **ret_parties, size_t *ret_count)
{
	struct yaml_node *list =
		node_list(reader, map, "supporting", PLAN_PARTIES_MAX, false);
	struct plan_party *parties;
	size_t count = 0;

	if (list == NULL)
		return;
	parties = plan_new_array(reader, list->count, sizeof(*parties));
	if (parties == NULL)
		return;
	yaml_each(item, list)
	{
		const char *name = item->kind == YAML_SCALAR ? item->text : "";
		struct plan_party *party = &parties[count];

		party->unit = plan_find_unit(reader->plan, name);
		if (party->unit == NULL)
			party->department = plan_find_department(reader->plan, name);
		if (party->unit != NULL || party->department != NULL)
			count++;
		else
			yaml_problem(
				reader->problems, item->place,
				"没有叫“%s”的单位或处室：用 units.yaml 里的名称、代码，"
				"或 departments 里的编号",
				name);
	}
	*ret_parties = parties;
	*ret_count = count;
}
