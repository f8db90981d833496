/* duban ca: a certificate authority in a folder (see ca_store.h). */
#ifndef DUBAN_CLIENT_ADMIN_CA_H
#define DUBAN_CLIENT_ADMIN_CA_H

#include <popt.h>

struct admin;

extern const struct poptOption ca_init_options[], ca_issue_options[], ca_crl_options[];

int ca_init(struct admin *admin, const char *const *args);
int ca_issue(struct admin *admin, const char *const *args);
int ca_revoke(struct admin *admin, const char *const *args);
int ca_list(struct admin *admin, const char *const *args);
int ca_crl(struct admin *admin, const char *const *args);

#endif
