/* duban projects: the register of projects, listed, entered, changed, read from a file.
 */
#ifndef DUBAN_CLIENT_ADMIN_PROJECTS_H
#define DUBAN_CLIENT_ADMIN_PROJECTS_H

#include <duban/v1/projects.pb-c.h>
#include <popt.h>
#include <stddef.h>

struct admin;
struct plan;
struct project;

extern const struct poptOption projects_options[], projects_put_options[],
	projects_import_options[];

/* Projects of the centre, from all pages. */
struct project_rows {
	Duban__V1__ProjectRow **rows; /* in the command's arena */
	size_t count;
	uint64_t total; /* how many the centre says there are */
};
/* @request's page is used. An admin_exit. */
int projects_fetch(struct admin *admin, Duban__V1__ListProjectsRequest *request,
                   struct project_rows *ret_rows);
/* Send so many, in several calls when there are more than one takes; tell how many were
 * new, changed, the same. An admin_exit. */
int projects_send(struct admin *admin, const struct plan *plan,
                  const struct project *projects, size_t count);

int projects_list(struct admin *admin, const char *const *args);
int projects_put(struct admin *admin, const char *const *args);
int projects_import(struct admin *admin, const char *const *args);

#endif
