/*
 * site.h - one site in memory for test_pipeline.c: certificates, state folder, policy of the shipped example,
 * the pipeline over a database that the test plays (its functions replace agents/source.c).
 */
#ifndef TESTS_SITE_H
#define TESTS_SITE_H

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "agents/release.h"
#include "base/clock.h"
#include "base/file.h"
#include "crypto/identity.h"
#include "crypto/rng.h"
#include "policies/read.h"
#include "query/canonical.h"
#include "tests/unit/federation.h"
#include "tests/unit/catalog.h"

/* ---- time ---- */

/* Monotonic time stands still but in turn(), so a slow machine changes no test. This function stands before
 * the C library's, also for libevent; the wall clock is the system's. */
static int64_t mono_ms = 1000000;
int clock_gettime(clockid_t id, struct timespec *t)
{
	if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)
		return (int)syscall(SYS_clock_gettime, id, t);
	*t = (struct timespec){ mono_ms / 1000, mono_ms % 1000 * 1000000 };
	return 0;
}

/* ---- the database the test plays ---- */

struct source {
	const struct source_calls *calls;
	void *arg;
};
struct source_rows {
	bool catalog; /* the rows of tests/unit/catalog.h */
	int n, columns;
	int64_t at[MAX_CELLS][4];
	bool null;
};
static struct source database;
static struct source_job job;
static bool has_job, ready, connected;
static const char *word;
static int jobs, cancels;
static unsigned session;
static void (*on_run)(void);
static int64_t facts_rows[8][4];
static int n_facts;

int source_new(struct source **out, struct event_base *base, const char *conninfo,
	const struct source_calls *calls, void *arg, struct error *err)
{
	(void)base, (void)conninfo, (void)err;
	database = (struct source){ calls, arg };
	*out = &database;
	return 0;
}
void source_free(struct source *s)
{
	(void)s;
	has_job = false;
}
bool source_ready(const struct source *s)
{
	(void)s;
	return ready && !has_job;
}
bool source_connected(const struct source *s)
{
	(void)s;
	return connected;
}
unsigned source_session(const struct source *s)
{
	(void)s;
	return session;
}
const char *source_text(const struct source_rows *rows, int row, int column)
{
	return rows->catalog ? catalog[row].t[column] : NULL;
}
const char *source_word(const struct source *s)
{
	(void)s;
	return word;
}
int source_run(struct source *s, const struct source_job *j, struct error *err)
{
	(void)s;
	if (!ready || has_job)
		return error_set(err, E_STATE, SAY("no", "否"), "not ready");
	job = *j;
	has_job = true;
	if (strstr(j->sql->text, "aclexplode") == NULL &&
		strstr(j->sql->text, "ORDINALITY") == NULL) {
		jobs++;
		if (on_run != NULL)
			on_run();
	}
	return 0;
}
void source_cancel(struct source *s)
{
	(void)s;
	cancels += has_job;
}
int source_rows(const struct source_rows *rows)
{
	return rows->n;
}
int source_columns(const struct source_rows *rows)
{
	return rows->columns;
}
/* The only value of a row, of no whole number. */
static const uint8_t *row_bytes;
static size_t row_bytes_len;
bool source_bytes(
	const struct source_rows *rows, int row, int column, const uint8_t **out, size_t *len)
{
	(void)row, (void)column;
	*out = row_bytes;
	*len = row_bytes_len;
	return !rows->null;
}
bool source_int(const struct source_rows *rows, int row, int column, int64_t *out)
{
	*out = rows->at[row][column];
	return !rows->null;
}

/* The statement under way ends; then the connection is free again. */
static void ends(enum source_end how, const struct source_rows *rows, const char *sqlstate)
{
	struct source_job j = job;

	ck_assert_msg(has_job, "nothing was asked of the database");
	j.done(how, rows, sqlstate, j.arg);
	has_job = false;
	database.calls->on_change(database.arg);
}

static void answers(int64_t people)
{
	const struct source_rows rows = { .n = 1, .columns = 2, .at = { { 0, people } } };

	ends(SOURCE_ROWS, &rows, "");
}

/* ---- the generator can fail ---- */

static bool generator_fails;
int rng_source(uint8_t *bytes, size_t len)
{
	FILE *f;
	size_t n;

	if (generator_fails)
		return 0;
	f = fopen("/dev/urandom", "r");
	n = f == NULL ? 0 : fread(bytes, 1, len, f);
	if (f != NULL)
		fclose(f);
	return n == len;
}

/* ---- what the gateway hears ---- */

struct heard {
	enum message_type type;
	char id[MAX_ID + 1], rule[MAX_RULE + 1], say[200]; /* as much of it as there is room */
	uint64_t state, cost, left, accepts;
	struct hash32 key;
	bool recalled;
	uint8_t sealed[4096], signature[SIGNATURE_BYTES];
	size_t sealed_len;
	int64_t at_ms;
	uint64_t step;    /* of a sum's message */
	struct text body;
};
static struct heard heard[200];
static int n_heard;
static bool line;

static int hear(const struct message *m, void *arg)
{
	struct heard *h = &heard[n_heard];

	(void)arg;
	if (!line)
		return -1;
	ck_assert_int_lt(n_heard, 200);
	n_heard++;
	*h = (struct heard){ .type = m->type, .at_ms = clock_mono_ms() };
	if (m->type == MSG_REFUSE) {
		ck_assert(text_copy(h->id, sizeof(h->id), m->refuse.id));
		ck_assert(text_copy(h->rule, sizeof(h->rule), m->refuse.rule));
		h->state = m->refuse.state;
		snprintf(h->say, sizeof(h->say), "%.199s", m->refuse.say_en);
		ck_assert_msg(m->refuse.say_en[0] != 0 && m->refuse.say_zh[0] != 0, "%s", h->rule);
		return 0;
	}
	if (m->type == MSG_SUM) {
		ck_assert(text_copy(h->id, sizeof(h->id), m->sum.id));
		h->step = m->sum.step;
		text_init(&h->body, MAX_SUM_BYTES);
		text_addn(&h->body, m->sum.body.at, m->sum.body.len);
		return 0;
	}
	if (m->type == MSG_OFFER) {
		ck_assert(text_copy(h->id, sizeof(h->id), m->offer.id));
		h->cost = m->offer.accounts[0].cost;
		h->accepts = m->offer.accepts;
		h->key = m->offer.key;
		h->sealed_len = m->offer.sealed.len;
		memcpy(h->sealed, m->offer.sealed.at, h->sealed_len);
		return 0;
	}
	ck_assert(text_copy(h->id, sizeof(h->id), m->release.id));
	h->recalled = m->release.recalled;
	h->cost = m->release.accounts[0].cost;
	h->left = m->release.accounts[0].left;
	h->sealed_len = m->release.sealed.len;
	memcpy(h->sealed, m->release.sealed.at, h->sealed_len);
	memcpy(h->signature, m->release.signature.at, SIGNATURE_BYTES);
	return 0;
}

/* ---- the site ---- */

static struct error err;
static struct event_base *base;
static struct state st;
static struct guard *guard;
static EVP_PKEY *site_key;
static struct pipeline *pipeline;
static char state_folder[128];

/* More of the same as policy_with() puts in; none of those that are NULL. */
static const char *more_swaps[3][2];

/* The shipped example with one text put in place of another, in whichever file has it. */
static struct policy_ref *policy_with(const char *old, const char *new)
{
	static const char *const names[] = { "policy.yaml", "red-list.yaml", "queries.yaml",
		"release.yaml", "studies.yaml", "cohorts/hba1c-t2dm.sql" };
	enum {
		FILES = sizeof(names) / sizeof(names[0])
	};
	struct policy_ref *r = calloc(1, sizeof(*r));
	struct policy_file files[FILES];
	struct text texts[FILES];
	struct diags ds;

	arena_init(&r->arena, MAX_POLICY_ARENA);
	facts_init(&r->facts);
	r->users = 1;
	diags_init(&ds, &r->arena);
	for (int i = 0; i < FILES; i++) {
		const char *const swaps[][2] = { { "2027-12-31", "2099-12-31" },
			{ "2026-12-31", "2099-12-31" }, { old, new },
			{ "timing: paced", "timing: open" }, /* unless the test is about time */
			{ more_swaps[0][0], more_swaps[0][1] },
			{ more_swaps[1][0], more_swaps[1][1] },
			{ more_swaps[2][0], more_swaps[2][1] } };
		const int n_swaps = sizeof(swaps) / sizeof(swaps[0]);
		char path[200];
		uint8_t *bytes;
		size_t len;

		snprintf(path, sizeof(path), "policies/examples/omop-hospital/%s", names[i]);
		OK(file_read(path, MAX_FILE_BYTES, &bytes, &len, &err));
		text_init(&texts[i], MAX_FILE_BYTES);
		for (const char *at = (const char *)bytes; *at != '\0';) {
			int k = 0;

			while (k < n_swaps &&
				(swaps[k][0] == NULL ||
					strncmp(at, swaps[k][0], strlen(swaps[k][0])) != 0))
				k++;
			if (k == n_swaps) {
				text_addc(&texts[i], *at++);
				continue;
			}
			text_add(&texts[i], swaps[k][1]);
			at += strlen(swaps[k][0]);
		}
		free(bytes);
		files[i] = (struct policy_file){ names[i], text_str(&texts[i]), texts[i].len };
	}
	int ret = policy_read(files, FILES, &r->arena, &ds, &r->policy);
	if (ret != 0)
		diags_print(&ds, stderr, 0);
	ck_assert_int_eq(ret, 0);
	for (int i = 0; i < FILES; i++)
		text_clear(&texts[i]);
	return r;
}

/* What the database is, as the rows of catalog.h say. */
static void catalog_comes(void)
{
	struct source_rows rows = {
		.catalog = true, .n = (int)n_catalog, .columns = SNAPSHOT_COLUMNS
	};

	ck_assert_msg(has_job && strstr(job.sql->text, "aclexplode") != NULL,
		"the catalog is not asked for");
	catalog_order();
	ends(SOURCE_ROWS, &rows, "");
}

static void facts_come(void)
{
	struct source_rows rows = { .n = n_facts, .columns = 3 };

	memcpy(rows.at, facts_rows, sizeof(facts_rows));
	ck_assert_msg(
		has_job && strstr(job.sql->text, "ORDINALITY") != NULL, "no facts are asked for");
	ends(SOURCE_ROWS, &rows, "");
}

static void in_force(struct policy_ref *r)
{
	catalog_fit(r->policy);
	release_policy(pipeline, r);
	policy_drop(r);
	catalog_comes();
	facts_come();
}

static struct sum_settings sums_of_site; /* members NULL: none */

static void pipeline_up(void)
{
	const struct release_parts parts = { .base = base,
		.state = &st,
		.guard = guard,
		.key = site_key,
		.site = "renmin",
		.data = "2026-03-01",
		.conninfo = "",
		.sums = sums_of_site.members == NULL ? NULL : &sums_of_site,
		.send = hear };

	OK(release_new(&pipeline, &parts, &err));
}

static void state_up(void)
{
	OK(state_open(&st, state_folder, &err));
}

static void site_begin(void)
{
	federation_begin();
	fed_issue("li", "person", "li@renmin.example", NULL);
	fed_issue("wang", "person", "wang@uni.example", NULL);
	fed_issue("office", "officer", "li@renmin.example", NULL);
	X509_free(fed_issue_at("stranger", "person", "li@renmin.example", NULL, time(NULL), 30, 1));
	fed_write("revoked", "", "# none\n", 0644);
	snprintf(state_folder, sizeof(state_folder), "%s/s", fed_dir);
	const struct tls_files files = { .root = fed_path("root", ".pem"),
		.revoked = fed_path("revoked", "") };
	OK(guard_new(&guard, &files, &err));
	OK(identity_new_key(&site_key, &err));
	base = event_base_new();
	n_heard = jobs = cancels = 0;
	has_job = generator_fails = false;
	on_run = NULL;
	ready = connected = line = true;
	word = "connected";
	n_facts = 0;
	session = 1;
	state_up();
	pipeline_up();
}

static void site_end(void)
{
	static const char *const names[] = { "ledger.db", "ledger.db-wal", "ledger.db-shm",
		"lock" };
	char path[200];

	release_free(pipeline);
	pipeline = NULL;
	state_close(&st);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", state_folder, names[i]);
		unlink(path);
	}
	rmdir(state_folder);
	event_base_free(base);
	guard_free(guard);
	EVP_PKEY_free(site_key);
	federation_end();
}

/* ---- asking ---- */

struct asking_now {
	const char *id, *who, *person; /* account, and whose certificate and key */
	const char *question;          /* YAML */
	const char *spelt;             /* these bytes in place of the canonical text */
	int64_t age_ms;                /* of the signature */
	int64_t asked_ms;              /* signed, in place of now */
	uint64_t deadline_ms;
	bool other_signature;
};

#define COUNT_ALL                                                                                  \
	"study: DM-2026-01\nkind: count\ndataset: omop\ncohort: {all: [{condition: [201826]}]}\n"
#define COUNT_MEN "study: DM-2026-01\nkind: count\ndataset: omop\ncohort: {all: [{sex: 男}]}\n"
#define BY_SEX    COUNT_ALL "group_by: [sex]\n"

static void read_file(const char *name, const char *end, struct text *t)
{
	uint8_t *bytes;
	size_t len;

	OK(file_read(fed_path(name, end), MAX_FILE_BYTES, &bytes, &len, &err));
	text_init(t, MAX_FILE_BYTES);
	text_addn(t, bytes, len);
	free(bytes);
}

static void canonical(const char *yaml, struct text *out)
{
	struct question *q = NULL;
	struct arena arena;
	struct diags ds;

	arena_init(&arena, MAX_QUERY_ARENA);
	diags_init(&ds, &arena);
	if (question_read("q", yaml, strlen(yaml), &arena, &ds, &q) != 0) {
		diags_print(&ds, stderr, 0);
		ck_abort_msg("the test's question is wrong: %s", yaml);
	}
	text_init(out, MAX_QUESTION_BYTES);
	OK(canonical_write(q, out, &err));
	arena_clear(&arena);
}

static void ask_as(struct asking_now now)
{
	struct text spelt, cert_pem, key_pem;
	uint8_t signature[64], *der;
	struct msg_ask ask = { .deadline_ms = now.deadline_ms == 0 ? 60000 : now.deadline_ms };
	const char *person = now.person == NULL ? "li" : now.person;
	struct hash32 hash, signed_hash;
	EVP_PKEY *key;
	X509 *cert;
	size_t len;

	canonical(now.question == NULL ? COUNT_ALL : now.question, &spelt);
	hash = sha256(spelt.at, spelt.len);
	ck_assert(text_copy(ask.id, sizeof(ask.id), now.id));
	ck_assert(text_copy(ask.requester, sizeof(ask.requester),
		now.who == NULL ? "li@renmin.example" : now.who));
	/* no two signatures are the same by accident */
	static int64_t before;
	before = clock_wall_ms() > before ? clock_wall_ms() : before + 1;
	ask.asked_ms = now.asked_ms != 0 ? now.asked_ms : before - now.age_ms;
	read_file(person, ".pem", &cert_pem);
	read_file(person, ".key", &key_pem);
	OK(identity_cert_read_pem(&cert, cert_pem.at, cert_pem.len, &err));
	OK(identity_cert_der(cert, &der, &len, &err));
	OK(identity_key_read(&key, key_pem.at, key_pem.len, &err));
	signed_hash = ask_signed_hash(&hash, ask.requester, ask.asked_ms + now.other_signature);
	OK(identity_sign(key, &signed_hash, signature, &err));
	ask.question = (struct view){ (const uint8_t *)spelt.at, spelt.len };
	if (now.spelt != NULL)
		ask.question = (struct view){ (const uint8_t *)now.spelt, strlen(now.spelt) };
	ask.certificate = (struct view){ der, len };
	ask.signature = (struct view){ signature, sizeof(signature) };
	release_ask(pipeline, &ask);
	X509_free(cert);
	EVP_PKEY_free(key);
	free(der);
	text_clear(&spelt);
	text_clear(&cert_pem);
	text_clear(&key_pem);
}

static void ask_it(const char *id, const char *question)
{
	ask_as((struct asking_now){ .id = id, .question = question });
}

/* The loop's time goes on by so much, and nothing else makes it go on. */
static void turn(int64_t ms)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
	for (; ms > 0; ms--) {
		mono_ms++;
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
}

static const struct heard *last(void)
{
	ck_assert_int_gt(n_heard, 0);
	return &heard[n_heard - 1];
}

/* The one thing heard since `before`, a refusal of this rule. */
static void refused_by(int before, const char *rule)
{
	ck_assert_int_eq(n_heard, before + 1);
	ck_assert_int_eq(last()->type, MSG_REFUSE);
	ck_assert_str_eq(last()->rule, rule);
}

static uint64_t spent(void)
{
	uint64_t s;

	OK(ledger_spent(
		st.ledger, "study:DM-2026-01", false, INT32_MIN, INT32_MAX, &s, NULL, &err));
	return s;
}

#endif
