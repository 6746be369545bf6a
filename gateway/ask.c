/*
 * ask.c - what a person wants to ask, as far as the gateway can judge it. What the question means,
 * and whether it may be asked, is the sites' to say.
 */
#include "gateway/ask.h"

#include <string.h>

#include "base/shape.h"
#include "base/text.h"
#include "gateway/body.h"
#include "query/canonical.h"

enum {
	DEADLINE_MIN_MS = 100
};

static const char *const body_name = "question"; /* as positions call it */

static const struct shape any = { .kind = SHAPE_ANY };
static const struct shape text = { .kind = SHAPE_TEXT };
static const struct shape when = { .kind = SHAPE_INT, .low = 0, .high = INT64_MAX };
static const struct shape wait = {
	.kind = SHAPE_INT, .low = DEADLINE_MIN_MS, .high = DEADLINE_MAX_MS
};

static const struct field ask_fields[] = {
	{ "question", true, &any, SAY("the question", "问题") },
	{ "certificate", true, &text, SAY("the person's certificate, PEM", "个人证书（PEM）") },
	{ "signature", true, &text, SAY("Ed25519, base64", "Ed25519 签名（base64）") },
	{ "asked_ms", true, &when, SAY("when, inside the signature", "提问时间，包含在签名内") },
	{ "deadline_ms", false, &wait, SAY("how long to wait for the sites", "等待各医院的时间") },
	{ .key = NULL },
};
static const struct shape ask_shape = { .kind = SHAPE_MAP, .fields = ask_fields };

static const struct field price_fields[] = {
	{ "question", true, &any, SAY("the question", "问题") },
	{ .key = NULL },
};
static const struct shape price_shape = { .kind = SHAPE_MAP, .fields = price_fields };

static const struct field words_fields[] = {
	{ "question", false, &any, SAY("the question", "问题") },
	{ "text", false, &text, SAY("the question as YAML", "YAML 形式的问题") },
	{ .key = NULL },
};
static const struct shape words_shape = { .kind = SHAPE_MAP, .fields = words_fields };

struct reading {
	struct arena *arena;
	struct diags *ds;
};

static int find_site(const struct reading *r, const struct sessions *sessions,
	const struct question_name *name, size_t *out)
{
	const char *near;

	*out = sessions_find(sessions, name->text);
	if (*out != NO_SITE)
		return 0;
	near = text_nearest(name->text, sessions_names(sessions), sessions_count(sessions));
	if (near != NULL)
		diag_error(r->ds, "Q150", name->at, "there is no site '%s'; did you mean '%s'?",
			"没有医院“%s”，是否应为“%s”？", name->text, near);
	else
		diag_error(r->ds, "Q150", name->at, "there is no site '%s' in this federation",
			"本联邦没有医院“%s”", name->text);
	return -1;
}

static bool among(const size_t *list, size_t n, size_t site)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == site)
			return true;
	return false;
}

/* Those named, each once, or all. */
static int find_sites(const struct reading *r, const struct sessions *sessions,
	const struct question *q, struct asked *out, struct error *err)
{
	size_t n = q->n_sites == 0 ? sessions_count(sessions) : q->n_sites;
	bool known = true;

	out->sites = arena_array(r->arena, n, sizeof(*out->sites));
	out->n_sites = 0;
	if (out->sites == NULL)
		return error_memory(err);
	for (size_t i = 0; i < n; i++) {
		size_t site = i;

		if (q->n_sites > 0 && find_site(r, sessions, &q->sites[i], &site) != 0)
			known = false;
		else if (!among(out->sites, out->n_sites, site))
			out->sites[out->n_sites++] = site;
	}
	return known ? 0 : body_fail(r->ds, err);
}

static int read_question(const struct reading *r, const struct node *n,
	const struct sessions *sessions, struct asked *out, struct error *err)
{
	struct question *q;
	struct text canonical;
	int ret;

	memset(out, 0, sizeof(*out));
	if (question_build(n, r->arena, r->ds, &q) != 0)
		return body_fail(r->ds, err);
	if (find_sites(r, sessions, q, out, err) != 0)
		return -1;
	out->question = q;
	text_init(&canonical, MAX_QUESTION_BYTES);
	ret = canonical_write(q, &canonical, err);
	if (ret == 0) {
		char *copy = arena_textn(r->arena, text_str(&canonical), canonical.len);

		if (copy == NULL)
			ret = error_memory(err);
		out->q.canonical = (struct view){ (const uint8_t *)copy, canonical.len };
		out->q.hash = sha256(text_str(&canonical), canonical.len);
	}
	text_clear(&canonical);
	memcpy(out->q.study, q->study, sizeof(out->q.study));
	if (ret == 0 && (!text_copy(out->q.kind, sizeof(out->q.kind), kind_name(q->kind)) ||
				!text_copy(out->q.mode, sizeof(out->q.mode),
					q->mode == MODE_SECURE ? "secure" : "noised")))
		ret = error_memory(err);
	return ret;
}

static int read_signature(
	const struct reading *r, const struct node *n, struct asked *out, struct error *err)
{
	uint8_t *bytes = arena_alloc(r->arena, SIGNATURE_BYTES);
	size_t len = 0;

	if (bytes == NULL)
		return error_memory(err);
	if (!base64_decode(n->text, bytes, SIGNATURE_BYTES, &len) || len != SIGNATURE_BYTES) {
		diag_error(r->ds, "Q101", n->at, "a signature is 64 bytes in base64",
			"签名应为 64 字节的 base64");
		return body_fail(r->ds, err);
	}
	out->q.signature = (struct view){ bytes, len };
	return 0;
}

static int read_signer(const struct reading *r, const struct node *n, const struct trust *trust,
	const char *account, int64_t wall_ms, struct asked *out, struct error *err)
{
	struct proof_person person;
	uint8_t *der;
	int ret;

	if (proof_person(trust, n->text, n->len, account, wall_ms, &person, err) != 0) {
		if (err->code != E_INPUT)
			return -1;
		diag_error(r->ds, "Q102", n->at, "this is not a certificate in PEM",
			"此处不是 PEM 格式的证书");
		return body_fail(r->ds, err);
	}
	ret = proof_ask(&person, &out->q.hash, account, out->q.asked_ms, out->q.signature.at,
		out->q.signature.len, err);
	der = arena_alloc(r->arena, person.len);
	if (ret == 0 && der == NULL)
		ret = error_memory(err);
	if (ret == 0) {
		memcpy(der, person.der, person.len);
		out->q.certificate = (struct view){ der, person.len };
	}
	proof_person_clear(&person);
	return ret;
}

int ask_read(const void *body, size_t len, const char *account, const struct trust *trust,
	const struct sessions *sessions, int64_t wall_ms, struct arena *a, struct diags *ds,
	struct asked *out, struct error *err)
{
	const struct reading r = { a, ds };
	struct node *n = NULL;

	if (body_tree(body_name, body, len, &ask_shape, a, ds, &n, err) != 0 ||
		read_question(&r, node_get(n, "question"), sessions, out, err) != 0 ||
		read_signature(&r, node_get(n, "signature"), out, err) != 0)
		return -1;
	out->q.asked_ms = node_int(node_get(n, "asked_ms"), 0);
	out->q.deadline_ms = node_int(node_get(n, "deadline_ms"), DEADLINE_DEFAULT_MS);
	out->q.received_ms = wall_ms;
	if (!text_copy(out->q.account, sizeof(out->q.account), account))
		return error_memory(err);
	return read_signer(&r, node_get(n, "certificate"), trust, account, wall_ms, out, err);
}

int ask_read_price(const void *body, size_t len, const struct sessions *sessions, struct arena *a,
	struct diags *ds, struct asked *out, struct error *err)
{
	const struct reading r = { a, ds };
	struct node *n = NULL;

	if (body_tree(body_name, body, len, &price_shape, a, ds, &n, err) != 0)
		return -1;
	return read_question(&r, node_get(n, "question"), sessions, out, err);
}

int ask_read_words(const void *body, size_t len, const struct sessions *sessions, struct arena *a,
	struct diags *ds, struct asked *out, const struct node **written, struct error *err)
{
	const struct reading r = { a, ds };
	const struct node *words;
	struct node *n = NULL, *tree = NULL;

	*written = NULL;
	if (body_tree(body_name, body, len, &words_shape, a, ds, &n, err) != 0)
		return -1;
	words = node_get(n, "text");
	if ((words == NULL) == (node_get(n, "question") == NULL)) {
		diag_error(ds, "P114", n->at, "one of 'question' and 'text' is wanted",
			"须给出 question 或 text 之一");
		return body_fail(ds, err);
	}
	if (words == NULL)
		return read_question(&r, node_get(n, "question"), sessions, out, err);
	if (node_read(body_name, words->text, words->len, MAX_QUESTION_DEPTH, a, ds, &tree) != 0)
		return body_fail(ds, err);
	*written = tree;
	return read_question(&r, tree, sessions, out, err);
}
