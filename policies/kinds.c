#include "policies/build.h"

#include <string.h>

#include "base/shape.h"
#include "base/text.h"

/*
 * One kind of question of queries.yaml with its limits. `max_cells` is about groups: the bins of a quantile and the
 * steps of a curve have bounds of their own.
 */

static void read_duration(struct reading *rd, const struct node *n, struct duration *out)
{
	struct duration d;

	if (node_text(n) == NULL || n->empty)
		return;
	if (duration_parse(n->text, &d) && d.count > 0 && d.count <= MAX_WINDOW_DAYS) {
		*out = d;
		return;
	}
	diag_error(rd->ds, "P314", n->at,
		"'%s' is not a duration; write a number and days, weeks, months or years, as 3 "
		"months",
		"“%s”不是时长；请写数字加 days、weeks、months 或 years，如 3 months", n->text);
}

static void read_curve(struct reading *rd, const struct node *n, struct kind_rule *r)
{
	const struct node *horizon = node_get(n, "horizon");

	read_duration(rd, node_get(n, "step"), &r->step);
	read_duration(rd, horizon, &r->horizon);
	if (r->step.count == 0 || r->horizon.count == 0)
		return;
	if (r->step.months != r->horizon.months || r->horizon.count % r->step.count != 0)
		diag_error(rd->ds, "P314", horizon->at,
			"the horizon must be a whole number of steps",
			"horizon 须为 step 的整数倍");
	else if (r->horizon.count / r->step.count > MAX_STEPS)
		diag_error(rd->ds, "P314", horizon->at, "%lld steps are more than %d",
			"步数 %lld 超过 %d", (long long)(r->horizon.count / r->step.count),
			(int)MAX_STEPS);
}

static void read_quantiles(struct reading *rd, const struct node *at, struct kind_rule *r)
{
	bool fits = children(at) > 0;

	r->quantiles = read_decimals(rd, at, &r->n_quantiles);
	if (at == NULL || at->kind != NODE_LIST || r->quantiles == NULL ||
		r->n_quantiles != at->count)
		return; /* said by its shape */
	for (unsigned i = 0; i < r->n_quantiles; i++)
		fits = fits && r->quantiles[i] > 0 && r->quantiles[i] < 1000000000 &&
		       (i == 0 || r->quantiles[i] > r->quantiles[i - 1]);
	if (!fits || r->n_quantiles > MAX_QUANTILES)
		diag_error(rd->ds, "P314", at->at,
			"quantiles must rise, lie between 0 and 1, and be at most %d",
			"分位点必须递增、位于 0 与 1 之间，且至多 %d 个", (int)MAX_QUANTILES);
}

/* A key of one kind under another does nothing there, which nobody would notice. */
static void check_own_keys(struct reading *rd, const struct node *n, enum question_kind k)
{
	static const struct {
		const char *key;
		enum question_kind kind;
	} own[] = { { "at", KIND_QUANTILE }, { "step", KIND_SURVIVAL },
		{ "horizon", KIND_SURVIVAL }, { "person", KIND_DISTINCT },
		{ "buckets", KIND_DISTINCT } };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (k != own[i].kind && node_get(n, own[i].key) != NULL)
			diag_error(rd->ds, "P111", node_get(n, own[i].key)->key_at,
				"key '%s' belongs to %s only", "键“%s”只属于 %s", own[i].key,
				kind_name(own[i].kind));
}

/* The column never leaves the site: only a keyed hash of it says where in the vector a person falls. Nothing that may
 * be asked about is one, so that no question leads from what it asks to who it is. */
static void read_person(struct reading *rd, const struct node *n, struct kind_rule *r)
{
	const struct node *person = node_get(n, "person");

	r->person_at = place_of(person, n);
	r->buckets = node_int(node_get(n, "buckets"), DISTINCT_BUCKETS);
	if (person == NULL) {
		diag_error(rd->ds, "P112", n->key_at,
			"required key 'person' is missing in distinct",
			"缺少必填项“person”（位于 distinct）");
		return;
	}
	if (rd->root[FILE_RED_LIST] == NULL || node_text(person) == NULL || person->empty)
		return;
	r->person = find_column(rd, "P327", node_text(person), person->at);
	if (r->person == NULL || r->person->unclear ||
		(r->person->uses & (USE_PATIENT_KEY | USE_LINK)))
		return;
	diag_error(rd->ds, "P314", person->at,
		"people are told apart across hospitals by a column with use: link or patient-key, "
		"and '%s' has another",
		"跨院识别患者的字段须为 use: link 或 patient-key，而“%s”不是", r->person->name);
}

void read_kind(struct reading *rd, const struct node *n, enum question_kind k)
{
	struct kind_rule *r = &rd->p->kinds[k];
	const struct node *group_by = node_get(n, "group_by"), *filters = node_get(n, "filters"),
			  *cells = node_get(n, "max_cells");

	*r = (struct kind_rule){ .listed = true,
		.group_by = node_int(group_by, 0),
		.filters = node_int(filters, 0),
		.max_cells = node_int(cells, 1),
		.at = n->key_at,
		.group_by_at = place_of(group_by, n),
		.filters_at = place_of(filters, n),
		.max_cells_at = place_of(cells, n) };
	check_own_keys(rd, n, k);
	if (k == KIND_SURVIVAL)
		read_curve(rd, n, r);
	if (k == KIND_DISTINCT)
		read_person(rd, n, r);
	if (k == KIND_QUANTILE)
		read_quantiles(rd, node_get(n, "at"), r);
	if (k == KIND_QUANTILE && node_get(n, "at") == NULL)
		diag_error(rd->ds, "P112", n->key_at, "required key 'at' is missing in quantile",
			"缺少必填项“at”（位于 quantile）");
	if (k == KIND_SURVIVAL && (get(n, "step") == NULL || get(n, "horizon") == NULL))
		diag_error(rd->ds, "P112", n->key_at,
			"required keys 'step' and 'horizon' are missing in survival",
			"缺少必填项“step”和“horizon”（位于 survival）");
}
