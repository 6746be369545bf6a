/*
 * members.h - a site of site.h that may be in secure sums: a list of members with it and MEMBER_SITES - 1 others, the
 * officers who signed it, everybody's keys.
 */
#ifndef TESTS_MEMBERS_H
#define TESTS_MEMBERS_H

#include "crypto/shared_noise.h"
#include "crypto/signing.h"
#include "secagg/distinct.h"
#include "secagg/members_file.h"
#include "secagg/quorum.h"
#include "secagg/round_site.h"
#include "tests/unit/site.h"

#ifndef MEMBER_SITES
#define MEMBER_SITES 4
#endif
enum {
	SITES = MEMBER_SITES,
	OTHERS = SITES - 1,
	OFFICERS = 2
};

static EVP_PKEY *officer_keys[OFFICERS], *sum_keys[SITES], *gateway_key;
static struct arena list_arena;
static struct membership *members;
static const char *const names[] = { "renmin", "xiehe", "huashan", "ruijin", "tongji" };

/* ---- the list of members, signed ---- */

static void add_key(struct text *t, EVP_PKEY *key)
{
	char public[SIGNING_KEY_TEXT];

	OK(signing_public(key, public, &err));
	text_addf(t, "'%s'", public);
}

static struct hash32 federation_hash(void)
{
	uint8_t *der;
	size_t len;
	struct hash32 h;

	OK(identity_cert_der(fed_root, &der, &len, &err));
	h = sha256(der, len);
	free(der);
	return h;
}

static void write_text(const char *name, struct text *t)
{
	ck_assert(!text_failed(t));
	fed_write(name, ".yaml", text_str(t), 0644);
	text_clear(t);
}

static void write_officers(void)
{
	struct text t;

	text_init(&t, 1 << 16);
	text_add(&t, "cordon: 1\npeople:\n");
	for (int i = 0; i < OFFICERS; i++) {
		text_addf(&t, "  - {name: p%d, valid: 2020-01-01..2099-12-31, key: ", i);
		add_key(&t, officer_keys[i]);
		text_add(&t, "}\n");
	}
	write_text("officers", &t);
}

static void list_text(struct text *t, unsigned epoch)
{
	struct hash32 h = federation_hash();
	char hash[HASH_TEXT];

	text_init(t, 1 << 20);
	text_addf(t, "cordon: 1\nfederation: '%s'\nepoch: %u\nvalid: 2020-01-01..2099-12-31\n",
		hash32_text(&h, hash), epoch);
	text_add(t, "rules:\n  colluders: third\n  n_min: 3\n  n_max: 100\n  suites: [aes128]\n  "
		    "life_seconds: 600\n");
	text_add(t, "gateways:\n  - {name: demo, key: ");
	add_key(t, gateway_key);
	text_add(t, "}\nsites:\n");
	for (int i = 0; i < SITES; i++) {
		text_addf(t,
			"  - {site: %s, org: %s, valid: 2020-01-01..2099-12-31, key: ", names[i],
			names[i]);
		add_key(t, sum_keys[i]);
		text_add(t, "}\n");
	}
}

static struct members_file *read_list(const struct text *t)
{
	struct members_file *f;
	struct diags ds;

	diags_init(&ds, &list_arena);
	if (members_read("members.yaml", text_str(t), t->len, &list_arena, &ds, &f) != 0) {
		diags_print(&ds, stderr, 0);
		ck_abort_msg("the test's list");
	}
	return f;
}

static void write_list(unsigned epoch, int signers)
{
	static char sigs[OFFICERS][SIGNING_TEXT], keys[OFFICERS][SIGNING_KEY_TEXT];
	struct members_file *f;
	struct text t;

	list_text(&t, epoch);
	f = read_list(&t);
	text_clear(&t);
	for (int i = 0; i < signers; i++) {
		struct member_signature *s = &f->signatures[f->n++];
		struct hash32 what;

		OK(signing_public(officer_keys[i], keys[i], &err));
		*s = (struct member_signature){ .who = i == 0 ? "p0" : "p1",
			.key = keys[i],
			.at = "2026-03-01T09:12:04+08:00",
			.sig = sigs[i],
			.place = f->at };
		ck_assert(clock_iso_parse(s->at, &s->at_ms));
		ck_assert(day_parse("2026-03-01", &s->day));
		OK(members_signed(&f->m, s, &what, &err));
		OK(signing_sign(officer_keys[i], &what, sigs[i], &err));
	}
	text_init(&t, 1 << 20);
	members_write(f, &t);
	write_text("members", &t);
	members = &f->m;
}

static void secure_site(void)
{
	site_begin();
	arena_init(&list_arena, MAX_QUERY_ARENA);
	for (int i = 0; i < OFFICERS; i++)
		OK(identity_new_key(&officer_keys[i], &err));
	for (int i = 0; i < SITES; i++)
		OK(identity_new_key(&sum_keys[i], &err));
	OK(identity_new_key(&gateway_key, &err));
	write_officers();
	write_list(3, OFFICERS);
	static char paths[3][400];
	snprintf(paths[0], sizeof(paths[0]), "%s", fed_path("members", ".yaml"));
	snprintf(paths[1], sizeof(paths[1]), "%s", fed_path("officers", ".yaml"));
	snprintf(paths[2], sizeof(paths[2]), "%s", fed_path("root", ".pem"));
	sums_of_site = (struct sum_settings){
		.members = paths[0], .officers = paths[1], .root = paths[2], .key = sum_keys[0]
	};
	release_free(pipeline);
	pipeline_up();
	in_force(policy_with("secure_aggregation: off", "secure_aggregation: preferred"));
}

static void secure_end(void)
{
	for (int i = 0; i < n_heard; i++)
		text_clear(&heard[i].body);
	for (int i = 0; i < OFFICERS; i++)
		EVP_PKEY_free(officer_keys[i]);
	for (int i = 0; i < SITES; i++)
		EVP_PKEY_free(sum_keys[i]);
	EVP_PKEY_free(gateway_key);
	site_end();
	arena_clear(&list_arena);
}

/* ---- a sum of theirs ---- */

static struct shared_noise noise;
static int64_t zeros[1 << 15];
static const struct distinct_shape *shape; /* of distinct people; NULL: another kind */

static int no_mark(void *of, enum sum_mark m, const struct hash32 *ctx, struct error *e)
{
	(void)of, (void)m, (void)ctx, (void)e;
	return 0;
}

#define SECURE COUNT_ALL "mode: secure\n"

static const char *asked_for = SECURE;
static bool finer;
static int64_t asked_at;
static uint64_t asked_deadline; /* 0: a minute */

static void ask_secure(const char *id)
{
	asked_at = clock_wall_ms();
	ask_as((struct asking_now){ .id = id,
		.question = asked_for,
		.asked_ms = asked_at,
		.deadline_ms = asked_deadline });
}

static struct sum_now now_here(void)
{
	return (struct sum_now){ clock_wall_ms() / 1000, clock_mono_ms() };
}

static void choose_noise(const struct release *offer)
{
	struct shared_ask ask = { .law = SHARED_GAUSSIAN,
		.sites = SITES,
		.honest = quorum_honest(
			&members->rules, SITES, quorum_contributors(&members->rules, SITES)),
		.n_cells = offer->n_cells / offer->n_layers,
		.n_layers = offer->n_layers };

	ask.bound[0] = MAX_SUM_PEOPLE;
	ask.least[0].t = offer->layers[0].t;
	ask.least[0].s = offer->layers[0].s;
	if (shape != NULL && ask.least[0].t < SHARED_LEAST_SHARE * ask.honest)
		ask.least[0].t = SHARED_LEAST_SHARE * ask.honest;
	OK(shared_noise_choose(&ask, &noise, &err));
	if (finer) { /* the same noise on another lattice */
		noise.layers[0].lattice = 2;
		noise.layers[0].t *= 4;
	}
}

static uint64_t n_words(void)
{
	uint64_t words = shared_noise_words(&noise);

	if (shape != NULL)
		OK(distinct_words(shape, &words, &err));
	return words;
}

static struct sum_invite invitation(const struct release *offer)
{
	struct text spelt;
	struct sum_invite i = { .suite = SUITE_AES128,
		.federation = members->federation,
		.epoch = members->epoch,
		.gateway = sum_id_of("demo"),
		.layout = release_layout_hash(offer),
		.noise = shared_noise_hash(&noise),
		.mode = shape != NULL ? SUM_OR : SUM_ADD,
		.words = n_words(),
		.bound = shared_noise_bound(&noise),
		.n_min = 3,
		.n_max = SITES,
		.u_min = quorum_contributors(&members->rules, SITES),
		.wait_ms = { 10000, 10000, 10000, 10000 },
		.expires_s = clock_wall_ms() / 1000 + 60 };

	canonical(asked_for, &spelt);
	i.question = sha256(spelt.at, spelt.len);
	i.asked = ask_signed_hash(&i.question, "li@renmin.example", asked_at);
	text_clear(&spelt);
	OK(membership_hash(members, &i.members, &err));
	i.nonce[0] = 1;
	return i;
}

static int marks(void)
{
	struct stmt *s;
	int n;

	OK(db_query(st.db, &s, &err, "SELECT count(*) FROM sum_mark", ""));
	ck_assert_int_eq(stmt_step(s, &err), 1);
	n = (int)stmt_int(s, 0);
	stmt_end(s);
	return n;
}

#endif
