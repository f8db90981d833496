/* Contacts: from YAML to rows, with everything that can be wrong with them. */
#include "server/contact.h"

#include <string.h>

#include "base/err.h"

static int read_contact(struct yaml_node *node, struct yaml_problems *problems,
                        struct contact *ret);
static void read_kind(struct yaml_node *node, const char *kind,
                      struct yaml_problems *problems, struct contact *contact);
static void check_recipient(struct yaml_node *node, struct yaml_problems *problems,
                            const char *recipient);
static void check_way(struct yaml_node *node, struct yaml_problems *problems,
                      const struct contact *contact);
static void check_unique(struct yaml_node *node, struct yaml_problems *problems,
                         const struct contact *contacts, size_t count);

static const char *const kind_names[] = {
	[CONTACT_EMAIL] = "email",
	[CONTACT_WECOM] = "wecom",
	[CONTACT_DINGTALK] = "dingtalk",
	[CONTACT_JSON] = "json",
};
static const char *const known_keys[] = {"name",     "recipient",   "kind", "address",
                                         "url_file", "secret_file", NULL};

const char *contact_channel(const struct contact *contact)
{
	return contact->kind == CONTACT_EMAIL ? "email" : "webhook";
}

const char *contact_address(const struct contact *contact)
{
	return contact->kind == CONTACT_EMAIL ? contact->address : contact->name;
}

int contacts_read(struct arena *arena, struct yaml_node *node,
                  struct yaml_problems *problems, struct contact **ret_contacts,
                  size_t *ret_count)
{
	struct contact *contacts;
	size_t before = problems->count, count = 0;

	if (node != NULL && node->kind != YAML_LIST) {
		yaml_problem(problems, node->place, "a list of contacts is needed here");
		return E_SYNTAX;
	}
	if (node != NULL && node->count > CONTACTS_MAX) {
		yaml_problem(problems, node->place, "more than %d contacts",
		             CONTACTS_MAX);
		return E_SYNTAX;
	}
	contacts = arena_new_array(arena, node != NULL ? node->count : 0, struct contact);
	if (contacts == NULL)
		return E_NOMEM;
	yaml_each(child, node)
	{
		if (read_contact(child, problems, &contacts[count]) == 0)
			check_unique(child, problems, contacts, count++);
	}
	if (problems->count > before)
		return E_SYNTAX;
	*ret_contacts = contacts;
	*ret_count = count;
	return 0;
}

static int read_contact(struct yaml_node *node, struct yaml_problems *problems,
                        struct contact *ret)
{
	const char *name, *recipient, *kind;

	if (node->kind != YAML_MAP) {
		yaml_problem(problems, node->place,
		             "a contact is a map: name, recipient, kind, ...");
		return E_SYNTAX;
	}
	name = yaml_need_text(node, "name", problems);
	recipient = yaml_need_text(node, "recipient", problems);
	kind = yaml_need_text(node, "kind", problems);
	if (name == NULL || recipient == NULL || kind == NULL)
		return E_SYNTAX;
	ret->name = name;
	ret->recipient = recipient;
	ret->address = yaml_text(node, "address", "", problems);
	ret->url_file = yaml_text(node, "url_file", "", problems);
	ret->secret_file = yaml_text(node, "secret_file", "", problems);
	if (ret->address == NULL || ret->url_file == NULL || ret->secret_file == NULL)
		return E_SYNTAX;
	yaml_unknown_keys(node, known_keys, problems);
	check_recipient(node, problems, recipient);
	read_kind(node, kind, problems, ret);
	check_way(node, problems, ret);
	return 0;
}

static void check_recipient(struct yaml_node *node, struct yaml_problems *problems,
                            const char *recipient)
{
	const char *slash = strchr(recipient, '/');

	if (slash == NULL || slash[1] == '\0' ||
	    (strncmp(recipient, "district/", 9) != 0 &&
	     strncmp(recipient, "department/", 11) != 0))
		yaml_problem(problems, node->place,
		             "recipient \"%s\": write district/430112 or "
		             "department/gengxin",
		             recipient);
}

static void read_kind(struct yaml_node *node, const char *kind,
                      struct yaml_problems *problems, struct contact *contact)
{
	for (size_t i = 0; i < sizeof(kind_names) / sizeof(kind_names[0]); i++) {
		if (strcmp(kind, kind_names[i]) == 0) {
			contact->kind = (enum contact_kind)i;
			return;
		}
	}
	yaml_problem(problems, node->place,
	             "kind \"%s\": one of email, wecom, dingtalk, json", kind);
}

/* Neither can be part of a header or an envelope that somebody else wrote. */
static void check_way(struct yaml_node *node, struct yaml_problems *problems,
                      const struct contact *contact)
{
	bool email = contact->kind == CONTACT_EMAIL;

	if (email && (strchr(contact->address, '@') == NULL ||
	              strpbrk(contact->address, " \t\r\n<>,;") != NULL))
		yaml_problem(problems, node->place,
		             "address \"%s\" is not one e-mail address",
		             contact->address);
	if (!email && contact->url_file[0] == '\0')
		yaml_problem(
			problems, node->place,
			"url_file is missing: the file that holds the webhook's URL");
	if (contact->kind != CONTACT_DINGTALK && contact->secret_file[0] != '\0')
		yaml_problem(problems, node->place,
		             "secret_file is for kind dingtalk only");
}

/* A webhook's name stands for its URL in the records, so it means one thing. The same
 * address for several recipients is one person with several jobs. */
static void check_unique(struct yaml_node *node, struct yaml_problems *problems,
                         const struct contact *contacts, size_t count)
{
	const struct contact *contact = &contacts[count];

	for (size_t i = 0; i < count; i++) {
		if (strcmp(contacts[i].name, contact->name) == 0 &&
		    contact->kind != CONTACT_EMAIL) {
			yaml_problem(problems, node->place,
			             "a second contact called \"%s\"", contact->name);
			return;
		}
	}
}
