/*
 * api_cohorts.c - cohorts of other formats, in plain words, and kept by the person who made them.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "convert/convert.h"
#include "gateway/api_in.h"
#include "gateway/ask.h"
#include "gateway/body.h"
#include "gateway/ids.h"
#include "gateway/store/kept.h"
#include "gateway/told.h"
#include "query/canonical.h"

enum {
	REPLY_BYTES = 16 << 20,
	KEPT_ARENA = 2 * MAX_KEPT_BYTES,
	CONVERT_ARENA = 32 << 20,
};

/* ---- a question in its one spelling ---- */

void post_read(struct request *rq)
{
	char hash[HASH_TEXT];
	struct asked asked;
	struct arena a;
	struct diags ds;
	struct error err;
	struct text t;
	const struct node *written;
	const void *body;
	size_t len;

	if ((body = body_of(rq, &len)) == NULL)
		return;
	arena_init(&a, READ_ARENA);
	diags_init(&ds, &a);
	text_init(&t, REPLY_BYTES);
	if (ask_read_words(body, len, rq->api->parts.sessions, &a, &ds, &asked, &written, &err) !=
		0) {
		reply_refusal(rq, &ds, &err);
	} else {
		text_add(&t, "{\"canonical\":");
		text_add_json(&t, (const char *)asked.q.canonical.at);
		text_addf(&t, ",\"question\":\"%s\",\"say\":", hash32_text(&asked.q.hash, hash));
		told_question(&t, asked.question);
		text_add(&t, ",\"doubts\":");
		told_doubts(&t, &asked.question->cohort, &a);
		if (written != NULL) {
			text_add(&t, ",\"written\":");
			body_write(written, &t);
		}
		text_addc(&t, '}');
		reply_json(rq, 200, &t);
	}
	text_clear(&t);
	arena_clear(&a);
}

void get_canonical(struct request *rq)
{
	struct stored_question q;
	struct arena a;
	struct error err;
	int found;

	if (!may_see(rq, false))
		return;
	arena_init(&a, READ_ARENA);
	found = store_get(rq->api->parts.store, rq->id, &a, &q, &err);
	if (found < 0)
		call_error(rq->call, &err);
	else if (found == 0)
		reply_problem(rq, PROBLEM_NOT_FOUND, NO_QUESTION);
	else
		call_reply(rq->call, 200, "application/json", (const char *)q.canonical.at,
			q.canonical.len);
	arena_clear(&a);
}

/* ---- a cohort alone ---- */

static const struct shape any = { .kind = SHAPE_ANY };
static const struct field read_fields[] = {
	{ "cohort", true, &any, SAY("the cohort", "队列") },
	{ "sets", false, &any, SAY("named lists of codes it uses", "其中所用的代码集") },
	{ "on", false, &any, SAY("the day of ages", "计算年龄的日期") },
	{ .key = NULL },
};
static const struct shape read_shape = { .kind = SHAPE_MAP, .fields = read_fields };

static struct node *add_text(struct arena *a, struct node *map, const char *key, const char *text)
{
	struct node *n = arena_alloc(a, sizeof(*n));

	if (n == NULL)
		return NULL;
	*n = (struct node){ .kind = NODE_TEXT, .key = key, .text = text, .len = strlen(text) };
	n->next = map->first;
	map->first = n;
	map->count++;
	return n;
}

/* The cohort, its sets and its day as a question that counts it: of no study, for the readers of questions. */
static int build(struct node *map, struct arena *a, struct diags *ds, struct question **out)
{
	if (add_text(a, map, "study", "any") == NULL || add_text(a, map, "kind", "count") == NULL ||
		add_text(a, map, "dataset", "any") == NULL)
		return -1;
	return question_build(map, a, ds, out);
}

/* {"cohort":..,"say":..,"doubts":..} without its braces; the cohort as the canonical text has it, with its sets read away. */
static int write_cohort(
	const struct question *q, bool doubts, struct arena *a, struct text *out, struct error *err)
{
	struct text canonical;
	struct diags ds;
	struct node *n = NULL;
	int ret;

	text_init(&canonical, MAX_QUESTION_BYTES);
	diags_init(&ds, a);
	ret = canonical_write(q, &canonical, err);
	if (ret == 0 && node_read("cohort", text_str(&canonical), canonical.len, MAX_QUESTION_DEPTH,
				a, &ds, &n) != 0)
		ret = body_fail(&ds, err);
	text_clear(&canonical);
	if (ret != 0)
		return -1;
	text_add(out, "\"cohort\":");
	if (node_get(n, "cohort") != NULL)
		body_write(node_get(n, "cohort"), out);
	else
		text_add(out, "{}");
	text_add(out, ",\"say\":");
	told_cohort(out, &q->cohort, q->on);
	if (doubts) {
		text_add(out, ",\"doubts\":");
		told_doubts(out, &q->cohort, a);
	}
	return 0;
}

void post_cohort_read(struct request *rq)
{
	struct node *map = NULL;
	struct question *q;
	struct arena a;
	struct diags ds;
	struct error err;
	struct text t;
	const void *body;
	size_t len;

	if ((body = body_of(rq, &len)) == NULL)
		return;
	arena_init(&a, MAX_QUERY_ARENA);
	diags_init(&ds, &a);
	text_init(&t, REPLY_BYTES);
	text_addc(&t, '{');
	if (body_tree("cohort", body, len, &read_shape, &a, &ds, &map, &err) != 0 ||
		(build(map, &a, &ds, &q) != 0 && body_fail(&ds, &err) != 0) ||
		write_cohort(q, true, &a, &t, &err) != 0) {
		reply_refusal(rq, &ds, &err);
	} else {
		text_addc(&t, '}');
		reply_json(rq, 200, &t);
	}
	text_clear(&t);
	arena_clear(&a);
}

/* ---- other people's ---- */

#define DEFINITION "definition"

/* "PrimaryCriteria.CriteriaList[0]" of JSON; "definition:3:12" of XML; "" of the whole. */
static void add_path(struct text *out, const struct place *at)
{
	static const char prefix[] = DEFINITION ": ";
	struct text t;

	text_init(&t, 2 * MAX_SAY);
	if (at->file != NULL && strncmp(at->file, prefix, sizeof(prefix) - 1) == 0)
		text_add(&t, at->file + sizeof(prefix) - 1);
	else if (at->line > 0)
		told_place(&t, at);
	text_add_json(out, text_str(&t));
	text_clear(&t);
}

/* Past MAX_DIAGS they are only counted: `more` says how many. */
static void add_report(struct text *out, struct diags *ds)
{
	size_t listed = 0;

	diags_sort(ds);
	text_add(out, ",\"report\":[");
	for (size_t i = 0; i < ds->count; i++) {
		const struct diag *d = &ds->list[i];

		listed += d->level == DIAG_ERROR;
		text_addf(out, "%s{\"level\":\"%s\",\"code\":", i > 0 ? "," : "",
			d->level == DIAG_ERROR ? "refused" : "note");
		text_add_json(out, d->code);
		text_add(out, ",\"at\":");
		add_path(out, &d->at);
		text_add(out, ",\"say\":");
		told_say(out, d->en, d->zh);
		text_addc(out, '}');
	}
	text_addc(out, ']');
	if (ds->errors > listed)
		text_addf(out, ",\"more\":%zu", ds->errors - listed);
}

/* What was converted is text of the language; false when it could not be. */
static bool add_converted(struct text *out, const struct text *yaml, struct arena *a)
{
	size_t before = out->len;
	struct node *map = NULL;
	struct question *q;
	struct error err;
	struct diags ds;

	diags_init(&ds, a);
	if (node_read("cohort", text_str(yaml), yaml->len, MAX_QUESTION_DEPTH, a, &ds, &map) == 0 &&
		build(map, a, &ds, &q) == 0 && write_cohort(q, false, a, out, &err) == 0)
		return true;
	out->len = before;
	return false;
}

static void convert(struct request *rq, enum convert_format format, const void *body, size_t len,
	const char *on)
{
	const struct convert_want want = { .file = DEFINITION, .on = on };
	struct text t, yaml;
	struct arena a;
	struct diags ds;
	int ret;

	arena_init(&a, CONVERT_ARENA);
	diags_init(&ds, &a);
	text_init(&t, REPLY_BYTES);
	text_init(&yaml, REPLY_BYTES);
	ret = convert_read(format, body, len, &want, &a, &ds, &yaml);
	text_addf(&t, "{\"from\":\"%s\",", convert_name(format));
	if (ret != 0 || !add_converted(&t, &yaml, &a))
		text_add(&t, "\"cohort\":null,\"say\":null");
	add_report(&t, &ds);
	text_addc(&t, '}');
	reply_json(rq, 200, &t);
	text_clear(&yaml);
	text_clear(&t);
	arena_clear(&a);
}

void post_convert(struct request *rq)
{
	enum convert_format format;
	char on[16];
	int has_on = call_query(rq->call, "on", on, sizeof(on));
	const void *body;
	int32_t day;
	size_t len;

	if ((body = body_of(rq, &len)) ==
		NULL) /* it is bounded because this runs on the loop: docs/api.md, "Cohorts" */
		return;
	if (has_on < 0 || (has_on == 1 && !day_parse(on, &day)))
		reply_problem(rq, PROBLEM_PARAMETER,
			SAY("'on' is a day such as 2025-12-31", "on 为日期，例如 2025-12-31"));
	else if (!convert_detect(body, len, &format))
		reply_problem(rq, PROBLEM_BODY,
			SAY("this is no cohort definition of Circe, i2b2, SHRINE or CCDL",
				"这不是 Circe、i2b2、SHRINE 或 CCDL 的队列定义"));
	else
		convert(rq, format, body, len, has_on == 1 ? on : NULL);
}

/* ---- kept ---- */

#define NO_KEPT SAY("there is no such kept question", "没有这个保存的问题")

static const struct shape text_shape = { .kind = SHAPE_TEXT };
static const struct field kept_fields[] = {
	{ "name", true, &text_shape, SAY("its name for you", "名称") },
	{ "question", true, &any, SAY("the question", "问题") },
	{ .key = NULL },
};
static const struct shape kept_shape = { .kind = SHAPE_MAP, .fields = kept_fields };

static void write_kept(struct text *t, const struct stored_kept *k)
{
	char when[32];

	text_add(t, "{\"id\":");
	text_add_json(t, k->id);
	text_add(t, ",\"name\":");
	text_add_json(t, k->name);
	text_addf(t, ",\"kept\":\"%s\",\"question\":", clock_iso(k->kept_ms, when));
	text_addn(t, k->question.at, k->question.len);
	text_addc(t, '}');
}

void get_cohorts(struct request *rq)
{
	struct stored_kept *list;
	struct page page;
	struct arena a;
	struct error err;
	struct text t;
	size_t n;
	bool more;

	if (!page_of(rq, MAX_KEPT, MAX_KEPT, &page))
		return;
	arena_init(&a, KEPT_ARENA);
	text_init(&t, REPLY_BYTES);
	if (store_kept_list(rq->api->parts.store, rq->who->account, page.before, page.limit, &a,
		    &list, &n, &more, &err) != 0) {
		call_error(rq->call, &err);
	} else {
		text_add(&t, "{\"cohorts\":[");
		for (size_t i = 0; i < n; i++) {
			text_add(&t, i > 0 ? "," : "");
			write_kept(&t, &list[i]);
		}
		text_addc(&t, ']');
		if (more)
			text_addf(&t, ",\"next\":\"%s\"", list[n - 1].id);
		text_addc(&t, '}');
		reply_json(rq, 200, &t);
	}
	text_clear(&t);
	arena_clear(&a);
}

static void reply_kept(struct request *rq, int status, const struct stored_kept *k)
{
	struct text t;

	text_init(&t, REPLY_BYTES);
	write_kept(&t, k);
	reply_json(rq, status, &t);
	text_clear(&t);
}

/* The question as it was written, once the reader of questions takes it. */
static int read_kept(const void *body, size_t len, struct arena *a, struct diags *ds,
	struct stored_kept *out, struct text *question, struct error *err)
{
	struct node *map = NULL;
	const struct node *name;
	struct question *q;

	if (body_tree("question", body, len, &kept_shape, a, ds, &map, err) != 0)
		return -1;
	name = node_get(map, "name");
	if (name->len == 0 || name->len > MAX_NAME || strpbrk(name->text, "\n\r\t") != NULL)
		diag_error(ds, "P116", name->at, "a name is one line of 1 to %d bytes",
			"名称应为一行，1 至 %d 字节", MAX_NAME);
	if (question_build(node_get(map, "question"), a, ds, &q) != 0 || ds->errors > 0)
		return body_fail(ds, err);
	body_write(node_get(map, "question"), question);
	if (text_failed(question))
		return error_set(err, E_INPUT, SAY("the question is too long", "问题过长"),
			"longer than %zu bytes", question->max);
	out->name = name->text;
	out->question = (struct view){ (const uint8_t *)text_str(question), question->len };
	return 0;
}

static void keep(struct request *rq, struct stored_kept *k)
{
	char id[MAX_ID + 1], location[MAX_ID + 32];
	struct error err;

	k->id = id;
	k->kept_ms = clock_wall_ms();
	if (new_id("c-", id, &err) == 0 &&
		store_keep(rq->api->parts.store, rq->who->account, k, &err) == 0) {
		snprintf(location, sizeof(location), "/v1/cohorts/%s", id);
		call_add_header(rq->call, "Location", location);
		reply_kept(rq, 201, k);
	} else if (err.code == E_LIMIT) { /* nothing that waiting would mend */
		reply_problem(rq, PROBLEM_FULL, err.say);
	} else {
		call_error(rq->call, &err);
	}
}

void post_cohort(struct request *rq)
{
	struct stored_kept k;
	struct arena a;
	struct diags ds;
	struct error err;
	struct text question;
	const void *body;
	size_t len;

	if ((body = body_of(rq, &len)) == NULL)
		return;
	arena_init(&a, MAX_QUERY_ARENA);
	diags_init(&ds, &a);
	text_init(&question, MAX_QUESTION_BYTES);
	if (read_kept(body, len, &a, &ds, &k, &question, &err) != 0)
		reply_refusal(rq, &ds, &err);
	else
		keep(rq, &k);
	text_clear(&question);
	arena_clear(&a);
}

void get_cohort(struct request *rq)
{
	struct stored_kept k;
	struct arena a;
	struct error err;
	int found;

	arena_init(&a, READ_ARENA);
	found = store_kept(rq->api->parts.store, rq->who->account, rq->id, &a, &k, &err);
	if (found < 0)
		call_error(rq->call, &err);
	else if (found == 0)
		reply_problem(rq, PROBLEM_NOT_FOUND, NO_KEPT);
	else
		reply_kept(rq, 200, &k);
	arena_clear(&a);
}

void delete_cohort(struct request *rq)
{
	struct error err;
	int gone = store_kept_drop(rq->api->parts.store, rq->who->account, rq->id, &err);

	if (gone < 0)
		call_error(rq->call, &err);
	else if (gone == 0)
		reply_problem(rq, PROBLEM_NOT_FOUND, NO_KEPT);
	else
		reply_nothing(rq);
}
