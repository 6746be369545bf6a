#include "cli/request.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/secret.h"
#include "crypto/identity.h"
#include "query/canonical.h"
#include "query/doubt.h"
#include "wire/message.h"

enum {
	SIGNATURE_TEXT = 96
};

/* ---- reading ---- */

static int read_stdin(size_t max, uint8_t **bytes, size_t *len, struct error *err)
{
	uint8_t *buf = malloc(max + 1);
	size_t n;

	if (buf == NULL)
		return error_memory(err);
	n = fread(buf, 1, max, stdin);
	if (ferror(stdin)) {
		free(buf);
		return error_set(err, E_SYSTEM,
			SAY("the question could not be read", "无法读取问题"),
			"could not read standard input: %m");
	}
	buf[n] = '\0';
	*bytes = buf;
	*len = n;
	return 0;
}

int request_bytes(const char *path, size_t max, uint8_t **bytes, size_t *len, struct error *err)
{
	return strcmp(path, "-") == 0 ? read_stdin(max, bytes, len, err)
				      : file_read(path, max, bytes, len, err);
}

/* One byte more than allowed is read, so that the reader that follows says what is too long. */
static int read_text(const char *path, uint8_t **bytes, size_t *len, struct error *err)
{
	return request_bytes(path, MAX_QUESTION_BYTES + 1, bytes, len, err);
}

static const char *shown_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "stdin" : path;
}

int request_read(
	const struct cli *cli, const char *path, struct arena *arena, struct question **out)
{
	struct error err = { 0 };
	struct diags ds;
	uint8_t *bytes;
	size_t len;
	int ret;

	diags_init(&ds, arena);
	if (read_text(path, &bytes, &len, &err) != 0)
		return cli_fail(cli, EXIT_INPUT, &err), -1;
	ret = question_read(shown_name(path), bytes, len, arena, &ds, out);
	cli_diags(cli, &ds, (const char *)bytes, len);
	free(bytes);
	return ret;
}

static int build_cohort(
	const struct node *root, struct arena *arena, struct diags *ds, struct question **out)
{
	struct question *q = arena_alloc(arena, sizeof(*q));

	if (q == NULL) {
		diag_error(ds, "Q190", (struct place){ .line = 0 },
			"memory ended while reading this question", "读取该问题时内存不足");
		return -1;
	}
	q->on = DAY_NONE;
	if (cohort_build(root, arena, ds, &q->cohort) < 0)
		return -1;
	*out = q;
	return 0;
}

int request_cohort(const struct cli *cli, const char *path, struct arena *arena,
	struct question **out, bool *whole)
{
	struct node *root = NULL;
	struct error err = { 0 };
	struct diags ds;
	uint8_t *bytes;
	size_t len;
	int ret = -1;

	diags_init(&ds, arena);
	if (read_text(path, &bytes, &len, &err) != 0)
		return cli_fail(cli, EXIT_INPUT, &err), -1;
	if (node_read(shown_name(path), bytes, len, MAX_QUESTION_DEPTH, arena, &ds, &root) == 0) {
		*whole = node_get(root, "study") != NULL;
		ret = *whole ? question_build(root, arena, &ds, out)
			     : build_cohort(root, arena, &ds, out);
	}
	if (ret == 0)
		cohort_doubts(&(*out)->cohort, arena, &ds);
	cli_diags(cli, &ds, (const char *)bytes, len);
	free(bytes);
	return ret;
}

/* ---- a question out of options ---- */

static const struct place nowhere = { .file = "cordon count" };

static struct node *add_node(struct arena *a, struct node *parent, enum node_kind kind,
	const char *key, const char *text)
{
	struct node *n = parent == NULL ? NULL : arena_alloc(a, sizeof(*n)), **end;

	if (n == NULL)
		return NULL;
	*n = (struct node){ .kind = kind, .at = nowhere, .key = key, .key_at = nowhere };
	n->text = kind == NODE_TEXT ? text : NULL;
	n->len = n->text == NULL ? 0 : strlen(n->text);
	for (end = &parent->first; *end != NULL;)
		end = &(*end)->next;
	*end = n;
	parent->count++;
	return n;
}

/* Each returns false without memory. An option that was not given adds nothing. */
static bool add_text(struct arena *a, struct node *parent, const char *key, const char *text)
{
	return text == NULL || add_node(a, parent, NODE_TEXT, key, text) != NULL;
}

/* "a,b" becomes the list [a, b] under key. */
static bool add_list(struct arena *a, struct node *parent, const char *key, const char *list)
{
	struct node *n;

	if (list == NULL)
		return true;
	n = add_node(a, parent, NODE_LIST, key, NULL);
	while (n != NULL && list != NULL) {
		size_t len = strcspn(list, ",");
		const char *item = arena_textn(a, list, len);

		if (item == NULL || (len > 0 && !add_text(a, n, NULL, item)))
			return false;
		list = list[len] == ',' ? list + len + 1 : NULL;
	}
	return n != NULL;
}

/* Puts `n` under key at the end of the map. */
static void adopt(struct node *parent, const char *key, struct node *n)
{
	struct node **end = &parent->first;

	while (*end != NULL)
		end = &(*end)->next;
	*n = (struct node){ .kind = n->kind,
		.quoted = n->quoted,
		.empty = n->empty,
		.at = n->at,
		.text = n->text,
		.len = n->len,
		.first = n->first,
		.count = n->count,
		.key = key,
		.key_at = n->at };
	*end = n;
	parent->count++;
}

/* The file holds an expression or a whole question; of a question the cohort counts, and its day
 * and dataset where the options name none. */
static bool build_root(
	struct arena *a, const struct count_options *o, struct node *file, struct node *root)
{
	struct node *cohort = node_get(file, "cohort");
	const char *on = o->on, *dataset = o->dataset;

	if (cohort != NULL) {
		on = on != NULL ? on : node_text(node_get(file, "on"));
		dataset = dataset != NULL ? dataset : node_text(node_get(file, "dataset"));
	}
	if (!add_text(a, root, "study", o->study) || !add_text(a, root, "kind", "count") ||
		!add_text(a, root, "dataset", dataset != NULL ? dataset : "omop") ||
		!add_list(a, root, "group_by", o->by) || !add_list(a, root, "sites", o->sites) ||
		!add_text(a, root, "on", on))
		return false;
	if (cohort != NULL && node_get(file, "sets") != NULL)
		adopt(root, "sets", node_get(file, "sets"));
	adopt(root, "cohort", cohort != NULL ? cohort : file);
	return true;
}

int request_count(const struct cli *cli, const struct count_options *o, struct arena *arena,
	struct question **out)
{
	struct node root = { .kind = NODE_MAP, .at = nowhere }, *file;
	struct error err = { 0 };
	struct diags ds;
	uint8_t *bytes;
	size_t len;
	int ret = -1;

	diags_init(&ds, arena);
	if (read_text(o->cohort, &bytes, &len, &err) != 0)
		return cli_fail(cli, EXIT_INPUT, &err), -1;
	if (node_read(shown_name(o->cohort), bytes, len, MAX_QUESTION_DEPTH, arena, &ds, &file) ==
		0) {
		if (build_root(arena, o, file, &root)) {
			ret = question_build(&root, arena, &ds, out);
		} else {
			error_memory(&err);
			cli_fail(cli, EXIT_INPUT, &err);
		}
	}
	cli_diags(cli, &ds, (const char *)bytes, len);
	free(bytes);
	return ret;
}

/* ---- writing ---- */

static int sign(const struct settings *s, const struct hash32 *question, int64_t asked_ms,
	char text[SIGNATURE_TEXT], struct error *err)
{
	const struct hash32 h = ask_signed_hash(question, s->account, asked_ms);
	uint8_t *pem = NULL, signature[64];
	EVP_PKEY *key = NULL;
	size_t len = 0;
	int ret = -1;

	if (file_read(s->key, MAX_FILE_BYTES, &pem, &len, err) != 0)
		return -1;
	if (identity_key_read(&key, (const char *)pem, len, err) != 0 ||
		identity_sign(key, &h, signature, err) != 0) {
		error_under(err, "\"%s\"", s->key);
		goto out;
	}
	base64_encode(signature, sizeof(signature), text);
	ret = 0;
out:
	EVP_PKEY_free(key);
	secret_wipe(pem, len);
	free(pem);
	return ret;
}

/* "question": the canonical text, which ends with its closing brace, with `sites` put back in. */
static void add_question(struct text *body, const struct text *canonical, const struct question *q)
{
	text_add(body, "{\"question\":");
	text_addn(body, canonical->at, canonical->len - 1);
	for (unsigned i = 0; i < q->n_sites; i++) {
		text_add(body, i == 0 ? ",\"sites\":[" : ",");
		text_add_json(body, q->sites[i].text);
	}
	text_add(body, q->n_sites > 0 ? "]}" : "}");
}

static int ended(const struct text *body, struct error *err)
{
	return text_failed(body)
		       ? error_set(err, E_LIMIT, SAY("the question is too long", "问题过长"),
				 "its request is longer than %zu bytes", body->max)
		       : 0;
}

int request_price(const struct question *q, struct text *body, struct error *err)
{
	struct text canonical;
	int ret = -1;

	text_init(&canonical, MAX_QUESTION_BYTES);
	if (canonical_write(q, &canonical, err) == 0) {
		add_question(body, &canonical, q);
		text_add(body, "}");
		ret = ended(body, err);
	}
	text_clear(&canonical);
	return ret;
}

int request_ask(const struct settings *s, const struct question *q, uint64_t deadline_ms,
	struct text *body, struct error *err)
{
	struct text canonical;
	char signature[SIGNATURE_TEXT];
	uint8_t *certificate = NULL;
	int64_t asked_ms = clock_wall_ms();
	struct hash32 hash;
	size_t len;
	int ret = -1;

	text_init(&canonical, MAX_QUESTION_BYTES);
	if (canonical_write(q, &canonical, err) != 0)
		goto out;
	hash = sha256(canonical.at, canonical.len);
	if (sign(s, &hash, asked_ms, signature, err) != 0 ||
		file_read(s->certificate, MAX_FILE_BYTES, &certificate, &len, err) != 0)
		goto out;
	add_question(body, &canonical, q);
	text_add(body, ",\"certificate\":");
	text_add_json(body, (const char *)certificate);
	text_addf(body, ",\"signature\":\"%s\",\"asked_ms\":%lld,\"deadline_ms\":%llu}", signature,
		(long long)asked_ms, (unsigned long long)deadline_ms);
	ret = ended(body, err);
out:
	free(certificate);
	text_clear(&canonical);
	return ret;
}
