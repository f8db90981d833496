/* Who is told of alerts by e-mail or webhook: from the settings. */
#ifndef DUBAN_SERVER_CONTACT_H
#define DUBAN_SERVER_CONTACT_H

#include <stddef.h>

#include "base/arena.h"
#include "base/yaml.h"

#define CONTACTS_MAX 2000

enum contact_kind {
	CONTACT_EMAIL,
	CONTACT_WECOM,    /* 企业微信群机器人 */
	CONTACT_DINGTALK, /* 钉钉群机器人, with or without a signature */
	CONTACT_JSON,     /* the alerts as one JSON object, for programs */
};

/* Texts are never NULL. */
struct contact {
	const char *name;      /* what records and logs call it; unique among webhooks */
	const char *recipient; /* whose alerts: "department/gengxin" */
	enum contact_kind kind;
	const char *address;  /* CONTACT_EMAIL */
	const char *url_file; /* webhooks: the file whose first line is the URL, which is
	                       * a secret */
	const char *secret_file; /* CONTACT_DINGTALK: the signing secret, or "" */
};

/* As the table `delivery` has them: "email" or "webhook"; and the address, or the name of
 * a webhook. Borrowed from @contact. */
const char *contact_channel(const struct contact *contact);
const char *contact_address(const struct contact *contact);

/*
 * Read a list like
 *
 *	- {name: 更新办邮箱, recipient: department/gengxin, kind: email, address: a@b.cn}
 *	- {name: 更新办群, recipient: department/gengxin, kind: wecom, url_file: /etc/…}
 *
 * Everything lives in @arena; @node may be NULL: nobody. Problems are noted and give
 * E_SYNTAX. E_NOMEM.
 */
int contacts_read(struct arena *arena, struct yaml_node *node,
                  struct yaml_problems *problems, struct contact **ret_contacts,
                  size_t *ret_count);

#endif
