/*
 * identity_seen.c - a short list, looked through by hash: it is small, and a question costs a thousand times more.
 */
#include "crypto/identity_seen.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "crypto/identity.h"

struct seen {
	struct hash32 of;
	struct identity_holder holder;
	X509 *cert; /* holder.cert, owned */
	uint64_t used;
};

struct identity_seen {
	const X509 *root;
	const char *role;
	struct seen list[SEEN_MOST];
	size_t n;
	uint64_t turn;
};

int identity_seen_new(
	struct identity_seen **out, const X509 *root, const char *role, struct error *err)
{
	struct identity_seen *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return error_memory(err);
	s->root = root;
	s->role = role;
	*out = s;
	return 0;
}

void identity_seen_free(struct identity_seen *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n; i++)
		X509_free(s->list[i].cert);
	free(s);
}

/* X509_cmp_time() is 0 for what it cannot read. */
static bool valid_at(const X509 *cert, int64_t now_s)
{
	time_t now = (time_t)now_s;

	return X509_cmp_time(X509_get0_notBefore(cert), &now) < 0 &&
	       X509_cmp_time(X509_get0_notAfter(cert), &now) > 0;
}

static struct seen *find(struct identity_seen *s, const struct hash32 *of)
{
	for (size_t i = 0; i < s->n; i++)
		if (memcmp(s->list[i].of.at, of->at, sizeof(of->at)) == 0)
			return &s->list[i];
	return NULL;
}

static struct seen *room(struct identity_seen *s)
{
	struct seen *oldest = &s->list[0];

	if (s->n < SEEN_MOST)
		return &s->list[s->n++];
	for (size_t i = 1; i < s->n; i++)
		if (s->list[i].used < oldest->used)
			oldest = &s->list[i];
	X509_free(oldest->cert);
	return oldest;
}

int identity_seen_check(struct identity_seen *s, const void *der, size_t len, int64_t now_s,
	const struct identity_holder **out, struct error *err)
{
	const unsigned char *at = der;
	struct hash32 of = sha256(der, len);
	struct seen *found = find(s, &of), fresh = { .of = of };
	char serial[65];

	/* a root that is not valid lets nobody in: then the whole check says so */
	if (found == NULL || !valid_at(found->cert, now_s) || !valid_at(s->root, now_s)) {
		if (identity_check(s->root, der, len, s->role, now_s, fresh.holder.name, serial,
			    fresh.holder.key, err) != 0)
			return -1;
		if (found == NULL) {
			fresh.cert = d2i_X509(NULL, &at, (long)len);
			if (fresh.cert == NULL)
				return error_memory(err);
			fresh.holder.cert = fresh.cert;
			found = room(s);
			*found = fresh;
		}
	}
	found->used = ++s->turn;
	*out = &found->holder;
	return 0;
}
