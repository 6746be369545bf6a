/*
 * test_model.c - what a model file says becomes a model, and a broken one is refused with its place.
 */
#include "tests/unit/policies.h"

#include "base/file.h"
#include "policies/model.h"
#include "policies/reach.h"

static const struct model *read_text(const char *yaml)
{
	policy_fresh();
	return model_read("models/his.yaml", yaml, strlen(yaml), &policy_arena, &policy_ds);
}

static const struct model *omop(void)
{
	const struct model *m;

	policy_fresh();
	m = model_shipped("omop-cdm-5.4", &policy_arena, &policy_ds);
	ck_assert_msg(m != NULL, "%s", first_error());
	return m;
}

START_TEST(every_shipped_model_is_read)
{
	for (const char *const *id = model_ids(); *id != NULL; id++) {
		const struct model *m;

		policy_fresh();
		m = model_shipped(*id, &policy_arena, &policy_ds);
		ck_assert_msg(m != NULL, "%s: %s", *id, first_error());
		ck_assert_str_eq(m->id, *id);
		ck_assert(m->title.en != NULL && m->title.zh != NULL);
	}
}
END_TEST

START_TEST(omop_has_every_kind_of_event)
{
	const struct model *m = omop();

	for (unsigned k = 0; k < EVENTS; k++) {
		ck_assert_msg(m->events[k].table != NULL, "%s", event_name(k));
		ck_assert(m->events[k].start != NULL);
		ck_assert_int_eq(m->events[k].lasts, 1);
		ck_assert((m->events[k].concept == NULL) == (k == EVENT_OBSERVATION_PERIOD));
	}
	ck_assert_str_eq(m->race, "race_concept_id");
	ck_assert_int_eq(m->person_codes, SYSTEM_OMOP);
	ck_assert_str_eq(m->providers.speciality, "specialty_concept_id");
}
END_TEST

START_TEST(a_drug_of_omop_has_its_columns)
{
	const struct model_event *e = &omop()->events[EVENT_DRUG];

	ck_assert_str_eq(e->end, "drug_exposure_end_date");
	ck_assert_str_eq(e->end_days, "days_supply");
	ck_assert_str_eq(e->id, "drug_exposure_id");
	ck_assert_str_eq(e->visit, "visit_occurrence_id");
	ck_assert_str_eq(e->provider, "provider_id");
	ck_assert_str_eq(e->attributes[ATTR_SUPPLY], "days_supply");
	ck_assert_str_eq(e->attributes[ATTR_ROUTE], "route_concept_id");
	ck_assert_ptr_null(e->attributes[ATTR_DOSE]);
	ck_assert_int_eq(e->system, SYSTEM_OMOP);
	for (unsigned s = 0; s < SYSTEMS; s++)
		ck_assert_ptr_null(e->prefix[s]);
}
END_TEST

#define HEAD                                                                                       \
	"model: {id: his, title: {en: HIS, zh: 本院}}\n"                                         \
	"patients: {table: his.patient, key: id, sex: sex, birth: born, codes: own}\n"

START_TEST(text_codes_have_a_system_and_what_stands_before_them)
{
	const struct model *m = read_text(HEAD
		"events:\n"
		"  condition: {table: his.dx, concept: code, codes: icd10, start: day, lasts: 0}\n"
		"  measurement: {table: his.fact, concept: code, codes: {loinc: 'Loinc: ', own: "
		"'LAB|'}, start: day,\n"
		"    kinds: {code: ['Loinc:*', 'LAB|*']}}\n"
		"  visit: {table: his.visit, start: day, id: no}\n");
	const struct model_event *e;

	ck_assert_msg(m != NULL, "%s", first_error());
	ck_assert_int_eq(m->person_codes, SYSTEM_OWN);
	ck_assert_str_eq(model_age_column(m), "born");
	e = &m->events[EVENT_CONDITION];
	ck_assert_int_eq(e->system, SYSTEM_ICD10);
	ck_assert_str_eq(e->prefix[SYSTEM_ICD10], "");
	ck_assert_int_eq(e->lasts, 0);
	e = &m->events[EVENT_MEASUREMENT];
	ck_assert_int_eq(e->system, SYSTEM_NONE);
	ck_assert_str_eq(e->prefix[SYSTEM_LOINC], "LOINC:");
	ck_assert_str_eq(e->prefix[SYSTEM_OWN], "LAB|");
	ck_assert_ptr_null(e->prefix[SYSTEM_ICD10]);
	ck_assert_str_eq(e->kind_column, "code");
	ck_assert_uint_eq(e->n_kinds, 2);
	ck_assert_str_eq(m->events[EVENT_VISIT].visit, "no");
}
END_TEST

static const struct {
	const char *name, *events, *code;
	unsigned line;
} broken[] = {
	{ "an unknown kind of event", "  conditions: {table: his.dx, start: day}\n", "P111", 4 },
	{ "an unknown attribute", "  drug: {table: his.rx, start: day, attributes: {colour: c}}\n",
		"P111", 4 },
	{ "no first day", "  drug: {table: his.rx}\n", "P112", 4 },
	{ "a table without schema", "  drug: {table: rx, start: day}\n", "P140", 4 },
	{ "an unknown system", "  drug: {table: his.rx, start: day, concept: c, codes: act}\n",
		"P113", 4 },
	{ "prefixes that cannot be told apart",
		"  drug: {table: his.rx, start: day, concept: c, codes: {atc: 'A', own: 'AB'}}\n",
		"P141", 4 },
	{ "concept ids with a prefix",
		"  drug: {table: his.rx, start: day, concept: c, codes: {omop: 'O:'}}\n", "P141",
		4 },
	{ "codes without their column", "  drug: {table: his.rx, start: day, codes: atc}\n", "P141",
		4 },
	{ "a kind that is everything", "  drug: {table: his.rx, start: day, kinds: {c: ['*']}}\n",
		"P141", 4 },
	{ "kinds by two columns", "  drug: {table: his.rx, start: day, kinds: {c: [a], d: [b]}}\n",
		"P141", 4 },
	{ "providers that are nowhere", "  drug: {table: his.rx, start: day, provider: p}\n",
		"P141", 4 },
	{ "an end before the beginning", "  drug: {table: his.rx, start: day, lasts: -1}\n", "P117",
		4 },
};

START_TEST(a_broken_model_is_refused_where_it_is_wrong)
{
	char yaml[2000];

	snprintf(yaml, sizeof(yaml), HEAD "events:\n%s", broken[_i].events);
	ck_assert_msg(read_text(yaml) == NULL, "%s", broken[_i].name);
	diags_sort(&policy_ds);
	ck_assert_msg(strcmp(policy_ds.list[0].code, broken[_i].code) == 0, "%s: %s",
		broken[_i].name, first_error());
	ck_assert_uint_eq(policy_ds.list[0].at.line, broken[_i].line);
	ck_assert_str_eq(policy_ds.list[0].at.file, "models/his.yaml");
}
END_TEST

/* The example of the documents is read as a file would be. */
static void documented(const char *path)
{
	uint8_t *bytes;
	struct error err;
	const struct model *m;
	const char *from;
	char *text, *to;
	size_t len;

	OK(file_read(path, MAX_FILE_BYTES, &bytes, &len, &err));
	text = strndup((const char *)bytes, len);
	free(bytes);
	ck_assert_ptr_nonnull(text);
	from = strstr(text, "```yaml\n");
	ck_assert_msg(from != NULL, "%s has no example", path);
	from += strlen("```yaml\n");
	to = strstr(from, "```");
	ck_assert_ptr_nonnull(to);
	*to = '\0';
	m = read_text(from);
	free(text);
	ck_assert_msg(m != NULL, "%s: %s", path, first_error());
	ck_assert_str_eq(m->id, "his");
	ck_assert_str_eq(m->events[EVENT_MEASUREMENT].prefix[SYSTEM_OWN], "LAB:");
	ck_assert_str_eq(m->events[EVENT_DRUG].end_days, "days");
	ck_assert_str_eq(m->paths.code, "code");
}

START_TEST(the_documents_show_a_model_that_is_read)
{
	documented("docs/models.md");
	documented("docs/models.zh.md");
}
END_TEST

START_TEST(i2b2_tells_kinds_by_what_stands_before_a_code)
{
	const struct model *m;
	const char *const *all;

	policy_fresh();
	m = model_shipped("i2b2", &policy_arena, &policy_ds);
	ck_assert_msg(m != NULL, "%s", first_error());
	all = model_prefixes(m, "i2b2demodata.observation_fact", "concept_cd");
	ck_assert_ptr_nonnull(all);
	ck_assert_str_eq(all[SYSTEM_ICD10], "ICD10CM:");
	ck_assert_str_eq(all[SYSTEM_LOINC], "LOINC:");
	ck_assert_str_eq(all[SYSTEM_ATC], "ATC:");
	ck_assert_ptr_null(m->events[EVENT_DRUG].prefix[SYSTEM_ICD10]);
	ck_assert_ptr_null(model_prefixes(m, "i2b2demodata.observation_fact", "units_cd"));
}
END_TEST

/* ---- what a policy makes of it ---- */

#define WARD_HEAD                                                                                  \
	"model: {id: ward, title: Ward}\n"                                                         \
	"patients: {table: cdm.person, key: person_id, sex: gender_concept_id, birth_year: "       \
	"year_of_birth}\n"

/* The fixture's policy, whose dataset has this model and these columns of measurements. */
static struct policy *with_model(const char *events, const char *columns, const char *codes)
{
	const struct edit edits[] = { { P_POLICY, "omop-cdm-5.4}", "models/ward.yaml}" },
		{ P_RED, "          measurement_concept_id: {use: filter, codes: omop}\n",
			columns },
		{ P_RED, "codes:\n", codes } };
	struct policy_file files[P_FILES + 1];
	char *texts[P_FILES], model[2000];
	struct policy *p = NULL;

	policy_fresh();
	snprintf(model, sizeof(model), WARD_HEAD "events:\n%s", events);
	for (int i = 0; i < P_FILES; i++) {
		texts[i] = edited(i, edits, 3);
		files[i] = (struct policy_file){ policy_names[i], texts[i], strlen(texts[i]) };
	}
	files[P_FILES] = (struct policy_file){ "models/ward.yaml", model, strlen(model) };
	if (policy_read(files, P_FILES + 1, &policy_arena, &policy_ds, &p) != 0)
		p = NULL;
	for (int i = 0; i < P_FILES; i++)
		free(texts[i]);
	return p;
}

static const struct code_rule *rule_named(const struct policy *p, const char *id)
{
	for (unsigned i = 0; i < p->n_codes; i++)
		if (strcmp(p->codes[i].id, id) == 0)
			return &p->codes[i];
	ck_abort_msg("no rule %s", id);
	return NULL;
}

static enum reach reach_of(const struct policy *p, const char *rule)
{
	const struct dataset *d = &p->datasets[0];

	return rule_reach(
		rule_named(p, rule), d->model, dataset_table(d, "cdm.measurement"), 0, p->from);
}

#define COLUMN "          measurement_concept_id: {use: link}\n"
#define RULES                                                                                      \
	"codes:\n"                                                                                 \
	"  - {id: both, use: forbidden, icd10: [B20], atc: [J05AR]}\n"                             \
	"  - {id: ids, use: forbidden, omop: ['439727']}\n"

START_TEST(a_table_of_several_kinds_needs_a_column_for_each)
{
	const char *diagnoses =
			   "  condition: {table: cdm.measurement, concept: measurement_concept_id, "
			   "codes: {icd10: 'I:'}, start: measurement_date}\n",
		   *drugs = "  drug: {table: cdm.measurement, concept: measurement_concept_id, "
			    "codes: {own: 'D:'}, start: measurement_date}\n",
		   *coded = "  drug: {table: cdm.measurement, concept: measurement_concept_id, "
			    "codes: {atc: 'A:'}, start: measurement_date}\n";
	struct policy *p = with_model(diagnoses, COLUMN, RULES);
	char two[1000];

	ck_assert_msg(p != NULL, "%s", first_error());
	ck_assert_int_eq(reach_of(p, "both"), REACH_YES);
	snprintf(two, sizeof(two), "%s%s", diagnoses, drugs);
	p = with_model(two, COLUMN, RULES);
	ck_assert_msg(p != NULL, "%s", first_error());
	ck_assert_int_eq(reach_of(p, "both"), REACH_NO_COLUMN);
	snprintf(two, sizeof(two), "%s%s", diagnoses, coded);
	p = with_model(two, COLUMN, RULES);
	ck_assert_msg(p != NULL, "%s", first_error());
	ck_assert_int_eq(reach_of(p, "both"), REACH_YES);
}
END_TEST

START_TEST(what_the_model_says_of_a_column_holds_whatever_the_red_list_says)
{
	const char *events =
		"  condition: {table: cdm.measurement, concept: measurement_concept_id, "
		"codes: icd10, start: measurement_date}\n";
	struct policy *p = with_model(events, COLUMN, RULES);
	const struct column *c;

	ck_assert_msg(p != NULL, "%s", first_error());
	c = dataset_column(&p->datasets[0], "cdm.measurement.measurement_concept_id");
	ck_assert_int_eq(c->system, SYSTEM_NONE);
	ck_assert(column_holds(c, SYSTEM_ICD10, p->from));
	ck_assert(!column_holds(c, SYSTEM_ATC, p->from));
	ck_assert_int_eq(reach_of(p, "both"), REACH_YES);
}
END_TEST

START_TEST(a_rule_of_concept_ids_alone_closes_a_table_of_text_codes)
{
	const char *events =
		"  condition: {table: cdm.measurement, concept: measurement_concept_id, "
		"codes: icd10, start: measurement_date}\n";
	struct policy *p = with_model(events, COLUMN, RULES);

	ck_assert_msg(p != NULL, "%s", first_error());
	ck_assert_int_eq(reach_of(p, "ids"), REACH_NO_COLUMN);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("model");
	TCase *t = tcase_create("model");
	SRunner *r;
	int failed;

	tcase_add_test(t, every_shipped_model_is_read);
	tcase_add_test(t, omop_has_every_kind_of_event);
	tcase_add_test(t, a_drug_of_omop_has_its_columns);
	tcase_add_test(t, text_codes_have_a_system_and_what_stands_before_them);
	tcase_add_test(t, a_table_of_several_kinds_needs_a_column_for_each);
	tcase_add_test(t, what_the_model_says_of_a_column_holds_whatever_the_red_list_says);
	tcase_add_test(t, a_rule_of_concept_ids_alone_closes_a_table_of_text_codes);
	tcase_add_test(t, the_documents_show_a_model_that_is_read);
	tcase_add_test(t, i2b2_tells_kinds_by_what_stands_before_a_code);
	tcase_add_loop_test(t, a_broken_model_is_refused_where_it_is_wrong, 0,
		(int)(sizeof(broken) / sizeof(broken[0])));
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
