/*
 * A certificate authority in a folder.
 *
 * The order of writing is what keeps it safe: the index first, then what it speaks of. A
 * crash between the two leaves an entry whose certificate nobody ever got, which does no
 * harm; the other way round there would be a certificate that nobody can revoke.
 */
#include "client/admin/ca_store.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/err.h"
#include "client/admin/ca_certificate.h"

#define CRL_DAYS  30
#define PATH_SIZE 4096

static int read_text(const char *folder, const char *name, struct arena *arena,
                     char **ret_text);
static int read_index(struct ca_store *store);
static int write_index(struct ca_store *store);
static int write_pem_certificate(const char *folder, X509 *certificate);
static int write_pem_key(const char *folder, EVP_PKEY *key);

int ca_file_write(const char *folder, const char *name, const void *data, size_t len,
                  unsigned mode)
{
	char path[PATH_SIZE], beside[PATH_SIZE + 8];
	AUTO(closep) int fd = -1;
	AUTO(closep) int dir = -1;

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		return E_IO;
	(void)snprintf(beside, sizeof(beside), "%s.new", path);
	(void)unlink(beside);
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
	if (fd < 0)
		return E_IO;
	if (write(fd, data, len) != (ssize_t)len || fsync(fd) != 0 ||
	    rename(beside, path) != 0) {
		(void)unlink(beside);
		return E_IO;
	}
	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir >= 0 && fsync(dir) == 0 ? 0 : E_IO;
}

int ca_store_init(struct arena *arena, const char *folder, const char *domain, long days,
                  struct ca_store *ret_store)
{
	struct ca_store store = {
		.folder = folder, .domain = domain, .lock = -1, .arena = arena};
	AUTO(pkey_freep) EVP_PKEY *key = NULL;
	AUTO(x509_freep) X509 *root = NULL;
	time_t now = time(NULL);
	char *text = arena_printf(arena, "%s\n", domain);
	struct stat there;
	char path[PATH_SIZE];
	int r;

	/* The key is written last: where it is, the rest is too. */
	(void)snprintf(path, sizeof(path), "%s/ca.key.pem", folder);
	if (stat(path, &there) == 0)
		return E_EXISTS;
	if (mkdir(folder, 0700) != 0 && errno != EEXIST)
		return E_IO;
	r = ca_key_create(ECDSA_P256_SHA256, &key);
	if (r == 0)
		r = ca_root_create(key, domain, now, now + days * 24 * 60 * 60, &root);
	if (r == 0)
		r = text == NULL
		            ? E_NOMEM
		            : ca_file_write(folder, "domain", text, strlen(text), 0644);
	if (r == 0)
		r = ca_file_write(folder, "index", "", 0, 0644);
	if (r == 0)
		r = ca_file_write(folder, "crl-number", "0\n", 2, 0644);
	if (r == 0)
		r = write_pem_certificate(folder, root);
	if (r == 0)
		r = write_pem_key(folder, key);
	if (r < 0)
		return r;
	store.key = TAKE(key);
	store.certificate = TAKE(root);
	r = ca_store_write_crl(&store, now, CRL_DAYS);
	*ret_store = store;
	return r;
}

static int write_pem_certificate(const char *folder, X509 *certificate)
{
	AUTO(bio_freep) BIO *out = BIO_new(BIO_s_mem());
	char *data;
	long len;

	if (out == NULL || PEM_write_bio_X509(out, certificate) != 1)
		return E_INTERNAL;
	len = BIO_get_mem_data(out, &data);
	return ca_file_write(folder, "ca.pem", data, (size_t)len, 0644);
}

static int write_pem_key(const char *folder, EVP_PKEY *key)
{
	BIO *out = BIO_new(BIO_s_secmem());
	char *data;
	long len;
	int r = E_INTERNAL;

	if (out != NULL &&
	    PEM_write_bio_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) == 1) {
		len = BIO_get_mem_data(out, &data);
		r = ca_file_write(folder, "ca.key.pem", data, (size_t)len, 0600);
	}
	BIO_free(out);
	return r;
}

/* As TAKE, for a descriptor. */
static int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

int ca_store_open(struct arena *arena, const char *folder, struct ca_store *ret_store)
{
	struct ca_store store = {.folder = folder, .lock = -1, .arena = arena};
	char path[PATH_SIZE], *domain, *number, *key, *certificate, *end;
	AUTO(closep) int lock = -1;
	BIO *in;
	int r;

	(void)snprintf(path, sizeof(path), "%s/domain", folder);
	lock = open(path, O_RDONLY | O_CLOEXEC);
	if (lock < 0)
		return E_IO;
	if (flock(lock, LOCK_EX | LOCK_NB) != 0)
		return E_BUSY;
	r = read_text(folder, "domain", arena, &domain);
	if (r == 0)
		r = read_text(folder, "crl-number", arena, &number);
	if (r == 0)
		r = read_text(folder, "ca.key.pem", arena, &key);
	if (r == 0)
		r = read_text(folder, "ca.pem", arena, &certificate);
	if (r < 0)
		return r;
	domain[strcspn(domain, "\n")] = '\0';
	store.domain = domain;
	store.crl_number = strtoull(number, &end, 10);
	r = *end == '\n' ? read_index(&store) : E_CORRUPT;
	if (r < 0)
		return r;
	in = BIO_new_mem_buf(key, -1);
	store.key = in == NULL ? NULL : PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
	BIO_free(in);
	in = BIO_new_mem_buf(certificate, -1);
	store.certificate = in == NULL ? NULL : PEM_read_bio_X509(in, NULL, NULL, NULL);
	BIO_free(in);
	OPENSSL_cleanse(key, strlen(key));
	store.lock = take_fd(&lock);
	if (store.key == NULL || store.certificate == NULL ||
	    X509_check_private_key(store.certificate, store.key) != 1) {
		ca_store_close(&store);
		return E_CORRUPT;
	}
	*ret_store = store;
	return 0;
}

void ca_store_close(struct ca_store *store)
{
	EVP_PKEY_free(store->key);
	X509_free(store->certificate);
	if (store->lock >= 0)
		(void)close(store->lock);
}

static int read_text(const char *folder, const char *name, struct arena *arena,
                     char **ret_text)
{
	char path[PATH_SIZE];
	AUTO(closep) int fd = -1;
	struct stat about;
	char *text;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &about) != 0)
		return E_IO;
	if (about.st_size > CA_INDEX_MAX)
		return E_LIMIT;
	text = arena_alloc(arena, (size_t)about.st_size + 1);
	if (text == NULL)
		return E_NOMEM;
	if (read(fd, text, (size_t)about.st_size) != (ssize_t)about.st_size)
		return E_IO;
	*ret_text = text;
	return 0;
}

/* One word of a line, ended by a blank or the line's end; NULL when there is none. */
static char *word(char **rest)
{
	char *start = *rest;

	if (*start == '\0')
		return NULL;
	*rest += strcspn(*rest, " ");
	if (**rest != '\0')
		*(*rest)++ = '\0';
	return start;
}

static void append(struct ca_store *store, struct ca_entry *entry)
{
	if (store->last == NULL)
		store->entries = entry;
	else
		store->last->next = entry;
	store->last = entry;
}

static int read_entry(struct ca_store *store, char *line)
{
	struct ca_entry *entry = arena_new(store->arena, struct ca_entry);
	char *serial = word(&line), *expires = word(&line), *revoked = word(&line);
	char *path = word(&line), *end;

	if (entry == NULL)
		return E_NOMEM;
	if (path == NULL || path[0] == '\0' || expires[0] == '\0' ||
	    strlen(serial) != CA_SERIAL_TEXT - 1 ||
	    strspn(serial, "0123456789abcdef") != CA_SERIAL_TEXT - 1)
		return E_CORRUPT;
	memcpy(entry->serial, serial, CA_SERIAL_TEXT);
	entry->expires = (time_t)strtoll(expires, &end, 10);
	if (*end != '\0')
		return E_CORRUPT;
	if (strcmp(revoked, "-") != 0) {
		entry->revoked = (time_t)strtoll(revoked, &end, 10);
		if (*end != '\0' || entry->revoked == 0)
			return E_CORRUPT;
	}
	entry->path = path;
	append(store, entry);
	return 0;
}

static int read_index(struct ca_store *store)
{
	char *line, *next;
	int r = read_text(store->folder, "index", store->arena, &line);

	for (; r == 0 && *line != '\0'; line = next) {
		next = line + strcspn(line, "\n");
		if (*next == '\0')
			return E_CORRUPT; /* what was cut off here could be revoked */
		*next++ = '\0';
		r = read_entry(store, line);
	}
	return r;
}

static int write_index(struct ca_store *store)
{
	AUTO(freep) char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return E_NOMEM;
	for (struct ca_entry *entry = store->entries; entry != NULL;
	     entry = entry->next) {
		(void)fprintf(out, "%s %lld ", entry->serial, (long long)entry->expires);
		if (entry->revoked == 0)
			(void)fprintf(out, "- %s\n", entry->path);
		else
			(void)fprintf(out, "%lld %s\n", (long long)entry->revoked,
			              entry->path);
	}
	if (fclose(out) != 0)
		return E_NOMEM;
	return ca_file_write(store->folder, "index", text, size, 0644);
}

int ca_store_add(struct ca_store *store, const char *serial, time_t expires,
                 const char *path)
{
	struct ca_entry *entry = arena_new(store->arena, struct ca_entry);

	if (entry == NULL)
		return E_NOMEM;
	memcpy(entry->serial, serial, CA_SERIAL_TEXT);
	entry->expires = expires;
	entry->path = path;
	append(store, entry);
	return write_index(store);
}

int ca_store_revoke(struct ca_store *store, const char *serial, time_t when)
{
	for (struct ca_entry *entry = store->entries; entry != NULL;
	     entry = entry->next) {
		if (strcmp(entry->serial, serial) != 0)
			continue;
		if (entry->revoked != 0)
			return E_EXISTS;
		entry->revoked = when;
		return write_index(store);
	}
	return E_NOT_FOUND;
}

static int add_revoked(X509_CRL *crl, const struct ca_entry *entry)
{
	X509_REVOKED *revoked = X509_REVOKED_new();
	ASN1_TIME *when = ASN1_TIME_set(NULL, entry->revoked);
	BIGNUM *number = NULL;
	ASN1_INTEGER *serial = NULL;
	int r = E_INTERNAL;

	if (BN_hex2bn(&number, entry->serial) != 0)
		serial = BN_to_ASN1_INTEGER(number, NULL);
	if (revoked != NULL && when != NULL && serial != NULL &&
	    X509_REVOKED_set_serialNumber(revoked, serial) == 1 &&
	    X509_REVOKED_set_revocationDate(revoked, when) == 1 &&
	    X509_CRL_add0_revoked(crl, revoked) == 1) {
		revoked = NULL; /* the list has it */
		r = 0;
	}
	X509_REVOKED_free(revoked);
	ASN1_TIME_free(when);
	ASN1_INTEGER_free(serial);
	BN_free(number);
	return r;
}

/* CRL number and authority key id: RFC 5280, sections 5.2.1 and 5.2.3. */
static int add_crl_extensions(struct ca_store *store, X509_CRL *crl)
{
	ASN1_INTEGER *number = ASN1_INTEGER_new();
	X509V3_CTX context;
	X509_EXTENSION *key_id;
	int r = E_INTERNAL;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, store->certificate, NULL, NULL, crl, 0);
	key_id = X509V3_EXT_conf_nid(NULL, &context, NID_authority_key_identifier,
	                             "keyid");
	if (number != NULL && key_id != NULL &&
	    ASN1_INTEGER_set_uint64(number, store->crl_number) == 1 &&
	    X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0) == 1 &&
	    X509_CRL_add_ext(crl, key_id, -1) == 1)
		r = 0;
	X509_EXTENSION_free(key_id);
	ASN1_INTEGER_free(number);
	return r;
}

static int make_crl(struct ca_store *store, time_t now, long days, X509_CRL **ret_crl)
{
	AUTO(x509_crl_freep) X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *from = ASN1_TIME_set(NULL, now);
	ASN1_TIME *until = ASN1_TIME_set(NULL, now + days * 24 * 60 * 60);
	int r = E_INTERNAL;

	if (crl != NULL && from != NULL && until != NULL &&
	    X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1 &&
	    X509_CRL_set_issuer_name(crl, X509_get_subject_name(store->certificate)) ==
	            1 &&
	    X509_CRL_set1_lastUpdate(crl, from) == 1 &&
	    X509_CRL_set1_nextUpdate(crl, until) == 1)
		r = add_crl_extensions(store, crl);
	ASN1_TIME_free(from);
	ASN1_TIME_free(until);
	for (struct ca_entry *entry = store->entries; r == 0 && entry != NULL;
	     entry = entry->next)
		if (entry->revoked != 0)
			r = add_revoked(crl, entry);
	if (r == 0 && (X509_CRL_sort(crl) != 1 ||
	               X509_CRL_sign(crl, store->key, EVP_sha256()) <= 0))
		r = E_INTERNAL;
	if (r == 0)
		*ret_crl = TAKE(crl);
	return r;
}

int ca_store_write_crl(struct ca_store *store, time_t now, long days)
{
	AUTO(x509_crl_freep) X509_CRL *crl = NULL;
	AUTO(bio_freep) BIO *out = BIO_new(BIO_s_mem());
	char number[32], *data;
	int len, r;

	store->crl_number++;
	len = snprintf(number, sizeof(number), "%llu\n",
	               (unsigned long long)store->crl_number);
	r = ca_file_write(store->folder, "crl-number", number, (size_t)len, 0644);
	if (r == 0)
		r = make_crl(store, now, days, &crl);
	if (r < 0)
		return r;
	if (out == NULL || PEM_write_bio_X509_CRL(out, crl) != 1)
		return E_INTERNAL;
	len = (int)BIO_get_mem_data(out, &data);
	return ca_file_write(store->folder, "crl.pem", data, (size_t)len, 0644);
}
