/*
 * test_gateway_catalogue.c - the catalogue as people get it: who sees what, searching, sites that are away, hostile
 * sites, the answers shown beside it, and its JSON-LD.
 */
#include <msgpack/sbuffer.h>
#include <sqlite3.h>

#include "gateway/catalogue.h"
#include "gateway/catalogue_seen.h"
#include "gateway/coverage.h"
#include "tests/unit/gateway.h"
#include "vocabulary/vocabulary.h"

/* ---- what the fake hospitals offer ---- */

static const char *codes[] = { "omop", "icd10" };
static const char *uses[] = { "value", "unit" };
static const char *columns[] = { "cdm.condition_occurrence.condition_concept_id" };
static const char *sexes[] = { "女", "男", "other" };
static int64_t cuts[] = { 6500000000, 7000000000 };
static struct offered_event events[] = { { 0, "condition", "诊断", 2, codes, 3, 2, uses, 1,
						 columns },
	{ 1, "drug", "用药", 1, codes, 0, 0, uses, 0, columns } };
static struct offered_group groups[] = { { "sex", "cdm.person.gender_concept_id", "sex", "性别", 3,
	sexes } };
static struct offered_measure measures[] = { { "hba1c", "HbA1c", "糖化血红蛋白", "%", 3000000000,
	20000000000, 2, cuts } };
static struct offered_dataset whole[] = { { "omop", "Hospital data", "医院数据", 3, "omop-cdm-5.4",
	true, 17532, 20453, 2, 1, 1, events, groups, measures } };
static struct offered_dataset part[] = { { "omop", "Hospital data", "医院数据", 3, "omop-cdm-5.4",
	false, 0, 0, 1, 0, 0, events, groups, measures } };
static struct offered_requester li[] = { { LI_IS, "analyst" } };
static struct offered_requester wang[] = { { "wang@uni.example", "viewer" } };
static const char *units[] = { "SI", "other" };
static struct offered_param params[] = { { "from", PARAM_PERIOD, 3, 18262, 20453, 0, NULL },
	{ "unit", PARAM_LABEL, 0, 0, 0, 2, units } };
static struct offered_cohort prepared[] = { { "hba1c-t2dm", "HbA1c", "糖化", "omop", 1, 2, params } };
static struct offered_study studies[] = {
	{ "DM-2026-01", "Diabetes", "糖尿病", 20454, 21183, 1, 1, 1, 1, li, part, prepared },
	{ "MH-2026-02", "Depression", "抑郁", 20454, 20500, 1, 1, 1, 0, wang, part, NULL },
};
static struct offered_refusal refusals[] = { { "X-9", "no benefit", "无益" } };

static struct offered offer(enum shown shown)
{
	return (struct offered){ .policy_version = 7,
		.data = "2026-03-01",
		.shown = shown,
		.title_en = "People's Hospital",
		.title_zh = "人民医院",
		.timing = 1,
		.kinds = 1,
		.modes = 3,
		.composes = true,
		.criteria = 12,
		.depth = 3,
		.window = 30,
		.n_datasets = shown == SHOWN_OPEN ? 1 : 0,
		.n_studies = 2,
		.n_refusals = 1,
		.datasets = whole,
		.studies = studies,
		.refusals = refusals };
}

static void send_bytes(struct fake *f, const void *bytes, size_t len)
{
	struct message m = { .type = MSG_CATALOGUE, .catalogue = { { bytes, len } } };

	OK(channel_send(f->c, &m, &err));
}

static void offers(struct fake *f, const struct offered *o)
{
	struct writer w;

	OK(writer_init(&w, MAX_CATALOGUE_BYTES, &err));
	OK(offered_encode(o, &w, &err));
	send_bytes(f, w.buf->data, w.buf->size);
	writer_clear(&w);
}

static void offers_as(struct fake *f, enum shown shown)
{
	const struct offered o = offer(shown);

	offers(f, &o);
}

/* The catalogue once this site is in it. */
static void see(const char *path, const char *token)
{
	int64_t until = clock_mono_ms() + 20000;

	do {
		turn(NULL, 5);
		ck_assert_int_eq(say("GET", path, token, NULL), 200);
	} while (json_array_size(json_object_get(http.json, "sites")) == 0 &&
		 clock_mono_ms() < until);
}

static bool shows(const char *word)
{
	return strstr(http.body, word) != NULL;
}

/* ---- who sees what ---- */

START_TEST(what_is_open_is_seen_by_everybody_signed_in)
{
	gateway_begin("renmin");
	offers_as(fake_up("renmin"), SHOWN_OPEN);
	see("/v1/catalogue", OPERA);
	IS("sites.0.site", "renmin");
	IS("sites.0.online", "true");
	IS("sites.0.title.zh", "人民医院");
	IS("sites.0.shown", "open");
	IS("sites.0.data", "2026-03-01");
	IS("sites.0.policy.version", "7");
	IS("sites.0.datasets.0.model", "omop-cdm-5.4");
	IS("sites.0.datasets.0.span", "{\"from\":\"2018-01-01\",\"to\":\"2025-12-31\"}");
	IS("sites.0.datasets.0.events.0",
		"{\"event\":\"condition\",\"title\":{\"en\":\"condition\",\"zh\":\"诊断\"},"
		"\"codes\":[\"omop\",\"icd10\"],\"steps\":\"month\",\"uses\":[\"value\",\"unit\"],"
		"\"columns\":[\"cdm.condition_occurrence.condition_concept_id\"]}");
	IS("sites.0.datasets.0.events.1.steps", "null");
	IS("sites.0.datasets.0.groups.0.labels", "[\"女\",\"男\",\"other\"]");
	IS("sites.0.datasets.0.measures.0.cuts", "[6.5,7]");
	IS("sites.0.kinds", "[\"count\"]");
	IS("sites.0.modes", "[\"noised\",\"secure\"]");
	IS("sites.0.timing", "strict");
	IS("sites.0.compose", "{\"criteria\":12,\"depth\":3,\"window\":30}");
	IS("sites.0.studies", "[]");
	IS("coverage", "[]");
	gateway_end();
}
END_TEST

START_TEST(two_people_do_not_see_each_others_studies)
{
	gateway_begin("renmin");
	offers_as(fake_up("renmin"), SHOWN_STUDIES);
	see("/v1/catalogue", LI);
	IS("sites.0.studies.0.id", "DM-2026-01");
	IS("sites.0.studies.0.role", "analyst");
	IS("sites.0.studies.0.may_use", "[\"condition\"]");
	IS("sites.0.studies.1", "");
	ck_assert(!shows("MH-2026-02") && !shows("wang") && !shows("Depression") && !shows("X-9"));
	see("/v1/catalogue", WANG);
	IS("sites.0.studies.0.id", "MH-2026-02");
	ck_assert(!shows("DM-2026-01") && !shows(LI_IS));
	/* not by words either */
	ck_assert_int_eq(say("GET", "/v1/catalogue?q=Diabetes", WANG, NULL), 200);
	IS("sites", "[]");
	see("/v1/catalogue", AUDIT);
	ck_assert(shows("DM-2026-01") && shows("MH-2026-02"));
	gateway_end();
}
END_TEST

START_TEST(who_is_in_no_study_sees_of_a_closed_site_its_name_alone)
{
	gateway_begin("renmin");
	offers_as(fake_up("renmin"), SHOWN_STUDIES);
	see("/v1/catalogue", OPERA);
	IS("sites.0.datasets", "[]");
	IS("sites.0.studies", "[]");
	IS("sites.0.title.en", "");
	IS("sites.0.kinds", "[]");
	IS("sites.0.modes", "[]");
	IS("sites.0.compose", "null");
	ck_assert(!shows("omop") && !shows("Hospital") && !shows("hba1c"));
	gateway_end();
}
END_TEST

START_TEST(a_study_adds_to_what_is_open)
{
	static struct offered_measure own[] = { { "sbp", "Blood pressure", "血压", "mmHg", 0, 1, 0,
		cuts } };
	static struct offered_dataset more[] = { { "omop", "Hospital data", "医院数据", 3,
		"omop-cdm-5.4", false, 0, 0, 1, 0, 1, events + 1, groups, own } };
	struct offered_study mine = studies[0];
	struct offered o = offer(SHOWN_OPEN);

	mine.datasets = more;
	o.studies = &mine;
	o.n_studies = 1;
	gateway_begin("renmin");
	offers(fake_up("renmin"), &o);
	see("/v1/catalogue", LI);
	IS("sites.0.datasets.1", "");
	IS("sites.0.datasets.0.events.2", "");
	IS("sites.0.datasets.0.measures.1.id", "sbp");
	see("/v1/catalogue", WANG);
	IS("sites.0.datasets.0.measures.1", "");
	gateway_end();
}
END_TEST

/* ---- searching ---- */

enum {
	MANY = 1500 /* studies */
};

static char row_names[MANY * 8][12];

/* Each study with four measures, four groups and eight codes of its own,
 * all of one dataset; or all with the same. */
static void offer_many(struct offered *out, bool same)
{
	static struct offered_study many[MANY];
	static struct offered_dataset of[MANY];
	static struct offered_measure m[MANY][4];
	static struct offered_group g[MANY][4];
	static struct offered_event e[MANY];
	static const char *own[MANY][8];

	for (int i = 0; i < MANY; i++) {
		for (int k = 0; k < 8; k++) {
			snprintf(row_names[i * 8 + k], sizeof(row_names[0]), "n%d",
				same ? k : i * 8 + k);
			own[i][k] = row_names[i * 8 + k];
		}
		for (int k = 0; k < 4; k++) {
			m[i][k] = (struct offered_measure){ .id = own[i][k] };
			g[i][k] = (struct offered_group){ .name = own[i][k] };
		}
		e[i] = (struct offered_event){ .n_codes = 8, .codes = own[i] };
		of[i] = (struct offered_dataset){ .id = "omop",
			.n_events = 1,
			.events = &e[i],
			.n_groups = 4,
			.groups = g[i],
			.n_measures = 4,
			.measures = m[i] };
		many[i] = (struct offered_study){ .id = "S", .n_datasets = 1, .datasets = &of[i] };
	}
	*out = (struct offered){ .shown = SHOWN_OPEN, .n_studies = MANY, .studies = many };
}

START_TEST(rows_of_many_studies_are_put_together_once_and_no_site_makes_them_endless)
{
	struct offered o;
	struct seen seen;
	struct arena a;

	for (int same = 0; same < 2; same++) {
		arena_init(&a, 32 << 20);
		offer_many(&o, same == 1);
		OK(catalogue_see(&o, NULL, &a, &seen, &err));
		ck_assert_uint_eq(seen.n_datasets, 1);
		ck_assert_uint_eq(seen.n_studies, MANY);
		ck_assert_uint_eq(seen.datasets[0].n_events, 1);
		ck_assert_uint_eq(seen.datasets[0].events[0].n_codes, same ? 8 : MAX_OFFERED_USES);
		ck_assert_uint_eq(seen.datasets[0].n_groups, same ? 4 : MAX_OFFERED_GROUPS);
		ck_assert_uint_eq(seen.datasets[0].n_measures, same ? 4 : MAX_OFFERED_MEASURES);
		ck_assert_str_eq(seen.datasets[0].measures[3].id, "n3");
		/* what the site said is as it was */
		ck_assert_uint_eq(o.studies[0].datasets[0].n_measures, 4);
		ck_assert_uint_eq(o.studies[0].datasets[0].events[0].n_codes, 8);
		arena_clear(&a);
	}
}
END_TEST

START_TEST(a_study_has_the_cohorts_that_officers_prepared_for_its_own_people)
{
	gateway_begin("renmin");
	offers_as(fake_up("renmin"), SHOWN_OPEN);
	see("/v1/catalogue?site=renmin", LI);
	IS("sites.0.studies.0.id", "DM-2026-01");
	IS("sites.0.studies.0.cohorts.0.id", "hba1c-t2dm");
	IS("sites.0.studies.0.cohorts.0.title.zh", "糖化");
	IS("sites.0.studies.0.cohorts.0.kinds", "[\"count\"]");
	IS("sites.0.studies.0.cohorts.0.params.0",
		"{\"name\":\"from\",\"takes\":\"period\",\"step\":\"month\",\"span\":{\"from\":\"2020-01-01\","
		"\"to\":\"2025-12-31\"},\"values\":[]}");
	IS("sites.0.studies.0.cohorts.0.params.1",
		"{\"name\":\"unit\",\"takes\":\"value\",\"values\":[\"SI\",\"other\"]}");
	see("/v1/catalogue?site=renmin", WANG);
	IS("sites.0.studies.0.id", "MH-2026-02");
	IS("sites.0.studies.0.cohorts", "[]");
	ck_assert(!shows("hba1c-t2dm"));
	gateway_end();
}
END_TEST

START_TEST(words_of_either_language_find_rows)
{
	gateway_begin("renmin,xiehe");
	offers_as(fake_up("renmin"), SHOWN_OPEN);
	see("/v1/catalogue", LI);
	see("/v1/catalogue?q=HBA1C", LI);
	IS("sites.0.datasets.0.measures.0.id", "hba1c");
	IS("sites.0.datasets.0.events", "[]");
	see("/v1/catalogue?q=%E8%AF%8A%E6%96%AD", LI); /* 诊断 */
	IS("sites.0.datasets.0.events.0.event", "condition");
	IS("sites.0.datasets.0.measures", "[]");
	see("/v1/catalogue?q=%E7%94%B7", LI); /* 男, a label */
	IS("sites.0.datasets.0.groups.0.name", "sex");
	see("/v1/catalogue?q=diabetes", LI);
	IS("sites.0.studies.0.id", "DM-2026-01");
	IS("sites.0.datasets", "[]");
	see("/v1/catalogue?q=people%27s", LI); /* the site: all of it */
	IS("sites.0.datasets.0.events.1.event", "drug");
	ck_assert_int_eq(say("GET", "/v1/catalogue?q=nothing", LI, NULL), 200);
	IS("sites", "[]");
	ck_assert_int_eq(say("GET", "/v1/catalogue?q=a&q=b", LI, NULL), 400);
	ck_assert_int_eq(say("GET", "/v1/catalogue?site=xiehe", LI, NULL), 200);
	IS("sites", "[]");
	/* a search leaves what is kept as it was */
	see("/v1/catalogue", LI);
	IS("sites.0.datasets.0.events.1.event", "drug");
	gateway_end();
}
END_TEST

/* ---- sites ---- */

START_TEST(a_site_that_is_away_is_still_shown_after_a_restart)
{
	struct fake *f;

	gateway_begin("renmin");
	f = fake_up("renmin");
	offers_as(f, SHOWN_OPEN);
	see("/v1/catalogue", LI);
	fake_down(f);
	gateway_down();
	gateway_start();
	see("/v1/catalogue", LI);
	IS("sites.0.online", "false");
	IS("sites.0.datasets.0.id", "omop");
	gateway_end();
}
END_TEST

START_TEST(a_site_that_closes_is_forgotten)
{
	const struct offered nothing = { .policy_version = 8 };
	struct fake *f;

	gateway_begin("renmin");
	f = fake_up("renmin");
	offers_as(f, SHOWN_OPEN);
	see("/v1/catalogue", LI);
	offers(f, &nothing);
	for (int i = 0; i < 1000 && strcmp(of(http.json, "sites.0.shown"), "none") != 0; i++)
		see("/v1/catalogue", LI);
	IS("sites.0.policy.version", "8");
	IS("sites.0.datasets", "[]");
	ck_assert(!shows("hba1c") && !shows("DM-2026-01"));
	gateway_end();
}
END_TEST

START_TEST(bytes_that_are_no_catalogue_end_the_line_and_change_nothing)
{
	struct fake *f;

	gateway_begin("renmin");
	f = fake_up("renmin");
	offers_as(f, SHOWN_OPEN);
	see("/v1/catalogue", LI);
	send_bytes(f, "\x81\xa1x\x01", 4);
	ck_assert(turn(&f->ended, 30000));
	see("/v1/catalogue", LI);
	IS("sites.0.online", "false");
	IS("sites.0.datasets.0.id", "omop");
	gateway_end();
}
END_TEST

START_TEST(a_site_that_says_it_without_end_loses_its_line)
{
	struct offered o = offer(SHOWN_OPEN);
	struct fake *f;

	gateway_begin("renmin");
	f = fake_up("renmin");
	for (int i = 0; i < CATALOGUES_A_MINUTE; i++) {
		o.policy_version++;
		offers(f, &o);
	}
	turn(NULL, 50);
	ck_assert(!f->ended);
	offers(f, &o);
	ck_assert(turn(&f->ended, 30000));
	gateway_end();
}
END_TEST

START_TEST(operators_see_when_a_lines_certificate_ends)
{
	gateway_begin("renmin");
	fake_up("renmin");
	ck_assert_int_eq(say("GET", "/v1/sites", OPERA, NULL), 200);
	ck_assert_uint_eq(strlen(of(http.json, "sites.0.certificate.until")),
		strlen("2026-03-01T00:00:00+00:00"));
	ck_assert_int_eq(say("GET", "/v1/sites", LI, NULL), 200);
	IS("sites.0.certificate", "");
	gateway_end();
}
END_TEST

/* ---- concepts ---- */

static void with_vocabulary(void)
{
	static const char concepts[] =
		"concept_id\tconcept_name\tdomain_id\tvocabulary_id\tconcept_code\tstandard_"
		"concept\n"
		"201826\tType 2 diabetes mellitus\tCondition\tSNOMED\t44054006\tS\n"
		"201820\tDiabetes mellitus\tCondition\tSNOMED\t73211009\tS\n"
		"1503297\tmetformin\tDrug\tRxNorm\t6809\tS\n";
	static const char ancestors[] = "ancestor_concept_id\tdescendant_concept_id\tmin_levels_of_"
					"separation\n201820\t201826\t1\n";
	static const char synonyms[] =
		"concept_id\tconcept_synonym_name\tlanguage_concept_id\n201820\t糖尿病\t4182948\n";
	char folder[] = "/tmp/cordon-voc-XXXXXX", path[64];
	struct vocabulary_made made;
	struct arena a;
	struct diags ds;

	arena_init(&a, 1 << 20);
	diags_init(&ds, &a);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/CONCEPT.csv", folder);
	OK(file_write(path, concepts, strlen(concepts), 0600, &err));
	snprintf(path, sizeof(path), "%s/CONCEPT_ANCESTOR.csv", folder);
	OK(file_write(path, ancestors, strlen(ancestors), 0600, &err));
	snprintf(path, sizeof(path), "%s/CONCEPT_SYNONYM.csv", folder);
	OK(file_write(path, synonyms, strlen(synonyms), 0600, &err));
	snprintf(yaml_more, sizeof(yaml_more), "vocabulary: %s/v.db\n", folder);
	snprintf(path, sizeof(path), "%s/v.db", folder);
	OK(vocabulary_make(path, folder, NULL, NULL, &made, &ds, &err));
	arena_clear(&a);
	gateway_begin("renmin");
	/* it is open: what lies in the folder is not needed any more */
	for (size_t i = 0; i < 4; i++) {
		static const char *const names[] = { "CONCEPT.csv", "CONCEPT_ANCESTOR.csv",
			"CONCEPT_SYNONYM.csv", "v.db" };

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}

START_TEST(concepts_are_found_by_words_in_pages_and_have_a_tree)
{
	with_vocabulary();
	ck_assert_int_eq(say("GET", "/v1/concepts?q=diabetes&limit=1", LI, NULL), 200);
	IS("concepts.0", "{\"id\":201820,\"name\":\"Diabetes mellitus\",\"zh\":\"糖尿病\","
			 "\"vocabulary\":\"SNOMED\",\"code\":\"73211009\",\"domain\":\"Condition\","
			 "\"standard\":true,\"descendants\":1}");
	IS("concepts.1", "");
	IS("next", "3-2");
	ck_assert_int_eq(say("GET", "/v1/concepts?q=diabetes&limit=1&after=3-2", LI, NULL), 200);
	IS("concepts.0.id", "201826");
	IS("concepts.0.zh", "null");
	IS("next", "");
	ck_assert_int_eq(say("GET", "/v1/concepts?q=%E7%B3%96%E5%B0%BF", LI, NULL), 200); /* 糖尿 */
	IS("concepts.0.id", "201820");
	ck_assert_int_eq(say("GET", "/v1/concepts?q=m&event=drug", LI, NULL), 200);
	IS("concepts.0.id", "1503297");
	IS("concepts.1", "");
	ck_assert_int_eq(say("GET", "/v1/concepts/201826", LI, NULL), 200);
	IS("parents.0.id", "201820");
	IS("children", "[]");
	IS("more", "false");
	gateway_end();
}
END_TEST

START_TEST(calls_for_concepts_that_make_no_sense_are_refused)
{
	static const char *const bad[] = { "/v1/concepts", "/v1/concepts?q=a&event=teapot",
		"/v1/concepts?q=a&limit=0", "/v1/concepts?q=a&limit=101",
		"/v1/concepts?q=a&after=x", "/v1/concepts?q=a&q=b" };

	with_vocabulary();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(say("GET", bad[i], LI, NULL), 400);
	ck_assert_int_eq(say("GET", "/v1/concepts/5", LI, NULL), 404);
	ck_assert_int_eq(say("GET", "/v1/concepts/abc", LI, NULL), 404);
	ck_assert_int_eq(say("GET", "/v1/concepts?q=a", NULL, NULL), 401);
	ck_assert_int_eq(say("GET", "/v1/concepts?q=%22%20OR%20name:%28", LI, NULL), 200);
	gateway_end();
}
END_TEST

START_TEST(without_a_vocabulary_there_are_no_concepts)
{
	gateway_begin("renmin");
	ck_assert_int_eq(say("GET", "/v1/concepts?q=a", LI, NULL), 404);
	ck_assert_int_eq(say("GET", "/v1/concepts/1", LI, NULL), 404);
	gateway_end();
}
END_TEST

/* ---- studies, for the other parts ---- */

static struct catalogue *kept(struct store **store, enum shown shown)
{
	static const char *const sites[] = { "renmin", "xiehe" };
	const struct offered o = offer(shown);
	struct catalogue *c;
	struct writer w;

	federation_begin();
	OK(store_open(store, fed_path("alone", ".db"), &err));
	OK(catalogue_new(&c, *store, sites, 2, &err));
	OK(writer_init(&w, MAX_CATALOGUE_BYTES, &err));
	OK(offered_encode(&o, &w, &err));
	OK(catalogue_take(
		c, 0, (struct view){ (const uint8_t *)w.buf->data, w.buf->size }, 0, &err));
	writer_clear(&w);
	return c;
}

START_TEST(a_studys_state_is_what_the_site_says)
{
	struct store *store;
	struct catalogue *c;
	struct study_at at;

	c = kept(&store, SHOWN_STUDIES);
	catalogue_study(c, 0, "DM-2026-01", LI_IS, 20460, &at);
	ck_assert_str_eq(study_state_name(at.state), "approved");
	ck_assert_uint_eq(at.policy, 7);
	ck_assert_int_eq(at.to, 21183);
	/* as if it were not there, to who is not in it */
	catalogue_study(c, 0, "DM-2026-01", "wang@uni.example", 20460, &at);
	ck_assert_str_eq(study_state_name(at.state), "not-yet");
	catalogue_study(c, 0, "MH-2026-02", NULL, 20501, &at);
	ck_assert_str_eq(study_state_name(at.state), "ended");
	catalogue_study(c, 0, "X-9", LI_IS, 20460, &at);
	ck_assert_str_eq(study_state_name(at.state), "refused");
	ck_assert_str_eq(at.say.zh, "无益");
	catalogue_study(c, 0, "NEW", LI_IS, 20460, &at);
	ck_assert_str_eq(study_state_name(at.state), "not-yet");
	catalogue_study(c, 1, "DM-2026-01", LI_IS, 20460, &at);
	ck_assert_str_eq(study_state_name(at.state), "unknown");
	ck_assert(catalogue_member(c, LI_IS, "DM-2026-01"));
	ck_assert(!catalogue_member(c, LI_IS, "MH-2026-02"));
	catalogue_free(c);
	store_close(store);
	federation_end();
}
END_TEST

/* ---- coverage and JSON-LD ---- */

static void answered(const char *question)
{
	li_asks(question, 0);
	wait_for_end(asked_id, 30000);
}

START_TEST(answered_counts_of_one_study_are_shown_and_no_others)
{
	static const char other[] =
		"{\"study\":\"MH-2026-02\",\"kind\":\"count\",\"dataset\":\"omop\",\"cohort\":"
		"{\"all\":[{\"age\":{\"from\":65}}]},\"on\":\"2025-12-31\"}";
	struct fake *r, *x;

	snprintf(yaml_more, sizeof(yaml_more), "coverage: DM-2026-01\n");
	gateway_begin("renmin,xiehe");
	r = fake_up("renmin");
	x = fake_up("xiehe");
	x->value = CELL_SUPPRESSED;
	offers_as(r, SHOWN_OPEN);
	answered(other);
	answered(ANY_Q);
	see("/v1/catalogue", WANG);
	IS("coverage.1", "");
	IS("coverage.0.id", asked_id);
	ck_assert_ptr_nonnull(strstr(of(http.json, "coverage.0.label.en"), "18"));
	ck_assert_ptr_nonnull(strstr(of(http.json, "coverage.0.label.zh"), "18"));
	IS("coverage.0.sites.0", "{\"site\":\"renmin\",\"state\":\"released\",\"value\":417,"
				 "\"interval\":[408,426]}");
	IS("coverage.0.sites.1.state", "suppressed");
	IS("coverage.0.sites.1.value", "");
	ck_assert_int_eq(say("GET", "/v1/catalogue.jsonld", WANG, NULL), 200);
	IS("@included.0.schema:value", "417");
	IS("@included.1", "");
	gateway_end();
}
END_TEST

/* In the gateway's own file, beside its back. */
static void in_store(const char *sql)
{
	sqlite3 *db = NULL;

	ck_assert_int_eq(sqlite3_open(fed_path("state", "/gateway.db"), &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	ck_assert_msg(
		sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
	sqlite3_close(db);
}

static size_t covered(struct coverage *c, int64_t mono_ms, const struct coverage_row **rows)
{
	size_t n;

	OK(coverage_rows(c, mono_ms, rows, &n, &err));
	return n;
}

/* What is shown of an answer that cannot be read any more was read before. */
START_TEST(an_answer_is_read_once_and_held_while_it_is_the_newest)
{
	static const char other[] =
		"{\"study\":\"DM-2026-01\",\"kind\":\"count\",\"dataset\":\"omop\",\"cohort\":"
		"{\"all\":[{\"age\":{\"from\":65}}]},\"on\":\"2025-12-31\"}";
	const struct coverage_row *rows;
	struct coverage *c, *late;
	char first[MAX_ID + 1];
	struct store *store;

	gateway_begin("renmin");
	fake_up("renmin");
	answered(ANY_Q);
	ck_assert(text_copy(first, sizeof(first), asked_id));
	OK(store_open(&store, fed_path("state", "/gateway.db"), &err));
	OK(coverage_new(&c, store, "DM-2026-01", &err));
	ck_assert_uint_eq(covered(c, 1000, &rows), 1);
	in_store("UPDATE leg SET message=x'00'");
	answered(other);
	coverage_changed(c);
	ck_assert_uint_eq(covered(c, 1000 + COVERAGE_AGE_MS - 1, &rows), 1);
	ck_assert_uint_eq(covered(c, 1000 + COVERAGE_AGE_MS, &rows), 2);
	ck_assert_str_eq(rows[0].id, asked_id);
	ck_assert_str_eq(rows[1].id, first);
	ck_assert_str_eq(rows[1].sites[0].value, "417");
	/* nobody else could read it */
	OK(coverage_new(&late, store, "DM-2026-01", &err));
	ck_assert_uint_eq(covered(late, 0, &rows), 1);
	coverage_free(late);
	/* asked again, and then gone */
	answered(ANY_Q);
	coverage_changed(c);
	ck_assert_uint_eq(covered(c, 1000 + 2 * COVERAGE_AGE_MS, &rows), 2);
	ck_assert_str_eq(rows[0].id, asked_id);
	in_store("UPDATE question SET state='failed'");
	coverage_changed(c);
	ck_assert_uint_eq(covered(c, 1000 + 3 * COVERAGE_AGE_MS, &rows), 0);
	coverage_free(c);
	store_close(store);
	gateway_end();
}
END_TEST

START_TEST(json_ld_is_a_catalogue_of_what_is_open)
{
	gateway_begin("renmin,xiehe");
	offers_as(fake_up("renmin"), SHOWN_OPEN);
	offers_as(fake_up("xiehe"), SHOWN_STUDIES);
	see("/v1/catalogue?site=renmin", LI);
	see("/v1/catalogue?site=xiehe", LI);
	ck_assert_int_eq(say("GET", "/v1/catalogue.jsonld", LI, NULL), 200);
	ck_assert_ptr_nonnull(strstr(text_str(&http.in), "application/ld+json"));
	IS("@context.dcat", "http://www.w3.org/ns/dcat#");
	IS("@context.schema", "https://schema.org/");
	IS("@type", "[\"dcat:Catalog\",\"schema:DataCatalog\"]");
	IS("@id", "urn:x-cordon:catalogue:demo");
	IS("dcat:dataset.1", "");
	IS("dcat:dataset.0.@type", "[\"dcat:Dataset\",\"schema:Dataset\"]");
	IS("dcat:dataset.0.@id", "urn:x-cordon:dataset:renmin:omop");
	IS("dcat:dataset.0.dct:title.1", "{\"@language\":\"zh\",\"@value\":\"医院数据\"}");
	IS("dcat:dataset.0.dct:publisher.@id", "urn:x-cordon:site:renmin");
	IS("dcat:dataset.0.dct:temporal.dcat:startDate.@value", "2018-01-01");
	IS("dcat:dataset.0.schema:temporalCoverage", "2018-01-01/2025-12-31");
	IS("dcat:dataset.0.dct:conformsTo.@id",
		"https://ohdsi.github.io/CommonDataModel/cdm54.html");
	IS("dcat:dataset.0.dcat:theme.0.@id", "urn:x-cordon:event:condition");
	IS("dcat:dataset.0.schema:variableMeasured.0.schema:unitText", "%");
	/* a study is nobody's but its people's, also its own */
	ck_assert(!shows("DM-2026-01") && !shows(LI_IS) && !shows("xiehe"));
	ck_assert_int_eq(say("GET", "/v1/catalogue.jsonld", NULL, NULL), 401);
	gateway_end();
}
END_TEST

UNIT_MAIN("gateway_catalogue", what_is_open_is_seen_by_everybody_signed_in,
	rows_of_many_studies_are_put_together_once_and_no_site_makes_them_endless,
	two_people_do_not_see_each_others_studies,
	who_is_in_no_study_sees_of_a_closed_site_its_name_alone, a_study_adds_to_what_is_open,
	a_study_has_the_cohorts_that_officers_prepared_for_its_own_people,
	words_of_either_language_find_rows, a_site_that_is_away_is_still_shown_after_a_restart,
	a_site_that_closes_is_forgotten,
	bytes_that_are_no_catalogue_end_the_line_and_change_nothing,
	a_site_that_says_it_without_end_loses_its_line, a_studys_state_is_what_the_site_says,
	operators_see_when_a_lines_certificate_ends,
	concepts_are_found_by_words_in_pages_and_have_a_tree,
	calls_for_concepts_that_make_no_sense_are_refused,
	without_a_vocabulary_there_are_no_concepts,
	answered_counts_of_one_study_are_shown_and_no_others,
	an_answer_is_read_once_and_held_while_it_is_the_newest,
	json_ld_is_a_catalogue_of_what_is_open)
