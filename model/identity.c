/*
 * Who somebody is: a SPIFFE ID, taken apart.
 *
 *	"spiffe://" domain "/" segment "/" segment ... -> one row of forms[] -> identity
 *
 * What can go wrong: a certificate carries another URI than the ones listed here. It is
 * refused; whoever runs the CA issues it again.
 */
#include "model/identity.h"

#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/err.h"

#define SCHEME       "spiffe://"
#define SEGMENTS_MAX 4
#define SEGMENT_MAX  63

static int split(struct bytes path, struct bytes *segments, size_t *ret_count);
static bool is_segment(struct bytes text, size_t max);
static const struct form *find_form(const struct bytes *segments, size_t count);
static void copy(char *out, struct bytes text);

/* Every form that there is: the first segment, and the third when there are four. */
static const struct form {
	const char *first;
	const char *third; /* NULL: two segments */
	enum identity_kind kind;
	enum identity_role role;
} forms[] = {
	/* clang-format off */
	{"district",   "agent",  IDENTITY_DISTRICT,   ROLE_AGENT},
	{"district",   "signer", IDENTITY_DISTRICT,   ROLE_SIGNER},
	{"district",   "person", IDENTITY_DISTRICT,   ROLE_PERSON},
	{"department", "person", IDENTITY_DEPARTMENT, ROLE_PERSON},
	{"operator",   NULL,     IDENTITY_OPERATOR,   ROLE_NONE},
	{"node",       NULL,     IDENTITY_NODE,       ROLE_NONE},
	{"node",       "signer", IDENTITY_NODE,       ROLE_SIGNER},
	/* clang-format on */
};

int identity_parse(const char *uri, struct identity *ret_identity)
{
	struct bytes segments[SEGMENTS_MAX] = {{NULL, 0}}, domain, path;
	struct identity identity = {0};
	const struct form *form;
	const char *slash;
	size_t count;

	if (strnlen(uri, IDENTITY_URI_MAX) == IDENTITY_URI_MAX ||
	    strncmp(uri, SCHEME, strlen(SCHEME)) != 0)
		return E_SYNTAX;
	domain.data = (const uint8_t *)uri + strlen(SCHEME);
	slash = strchr(uri + strlen(SCHEME), '/');
	if (slash == NULL)
		return E_SYNTAX;
	domain.len = (size_t)((const uint8_t *)slash - domain.data);
	path = bytes_of_str(slash + 1);
	if (!is_segment(domain, IDENTITY_URI_MAX) || split(path, segments, &count) != 0)
		return E_SYNTAX;
	form = find_form(segments, count);
	if (form == NULL)
		return E_SYNTAX;

	identity.kind = form->kind;
	identity.role = form->role;
	copy(identity.uri, bytes_of_str(uri));
	copy(identity.domain, domain);
	copy(identity.unit, segments[1]);
	copy(identity.path, bytes_of(path.data, segments[0].len + 1 + segments[1].len));
	if (count == SEGMENTS_MAX)
		copy(identity.name, segments[3]);
	*ret_identity = identity;
	return 0;
}

static int split(struct bytes path, struct bytes *segments, size_t *ret_count)
{
	size_t count = 0, start = 0;

	for (size_t i = 0; i <= path.len; i++) {
		if (i < path.len && path.data[i] != '/')
			continue;
		if (count == SEGMENTS_MAX)
			return E_SYNTAX;
		segments[count] = bytes_of(path.data + start, i - start);
		if (!is_segment(segments[count], SEGMENT_MAX))
			return E_SYNTAX;
		count++;
		start = i + 1;
	}
	*ret_count = count;
	return 0;
}

static bool is_segment(struct bytes text, size_t max)
{
	bool only_dots = true;

	if (text.len == 0 || text.len > max)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '.' &&
		    c != '_' && c != '-')
			return false;
		if (c != '.')
			only_dots = false;
	}
	return !only_dots;
}

static const struct form *find_form(const struct bytes *segments, size_t count)
{
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		const struct form *form = &forms[i];

		if (count != (form->third == NULL ? 2 : SEGMENTS_MAX) ||
		    !bytes_equal(segments[0], bytes_of_str(form->first)))
			continue;
		if (form->third == NULL ||
		    bytes_equal(segments[2], bytes_of_str(form->third)))
			return form;
	}
	return NULL;
}

/* The lengths were checked; the rest of @out is zero already. */
static void copy(char *out, struct bytes text)
{
	if (text.len > 0)
		memcpy(out, text.data, text.len);
}

int identity_from_uris(const char *const *uris, struct identity *ret_identity)
{
	if (uris[0] == NULL || uris[1] != NULL)
		return E_CERTIFICATE;
	return identity_parse(uris[0], ret_identity) == 0 ? 0 : E_CERTIFICATE;
}
