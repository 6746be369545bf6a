#include "policies/build.h"

#include <string.h>

#include "base/clock.h"
#include "base/shape.h"
#include "base/text.h"
#include "policies/say.h"
#include "policies/shapes.h"
#include "query/study.h"

/*
 * studies.yaml, and what the files say about one another: every name must lead somewhere.
 */

enum {
	MAX_KNOWN = 512
};

static void read_roles(struct reading *rd, const struct node *map)
{
	struct policy *p = rd->p;

	p->roles = make(rd, children(map), sizeof(*p->roles));
	if (p->roles == NULL || map == NULL || map->kind != NODE_MAP)
		return;
	NODE_EACH(n, map) {
		struct role *r = &p->roles[p->n_roles++];

		r->id = n->key;
		r->at = n->key_at;
		r->kinds = read_kinds(rd, n, &r->cohorts);
	}
}

static const struct role *role_named(const struct policy *p, const char *id)
{
	for (unsigned i = 0; i < p->n_roles; i++)
		if (strcmp(p->roles[i].id, id) == 0)
			return &p->roles[i];
	return NULL;
}

static void read_requester(struct reading *rd, struct study *s, const struct node *n)
{
	struct requester *r = &s->requesters[s->n_requesters];
	const char *known[MAX_KNOWN];
	size_t count = 0;
	const char *near;

	if (!study_account(n->key)) {
		diag_error(rd->ds, "P116", n->key_at,
			"'%s' is not an account; use letters, digits and . _ @ -, at most 63",
			"“%s”不是有效的账号，请用字母、数字和 . _ @ -，最多 63 个", n->key);
		return;
	}
	if (node_text(n) == NULL || n->empty)
		return;
	r->account = n->key;
	r->at = n->key_at;
	r->role = role_named(rd->p, node_text(n));
	if (r->role != NULL) {
		s->n_requesters++;
		return;
	}
	for (unsigned i = 0; i < rd->p->n_roles && count < MAX_KNOWN; i++)
		known[count++] = rd->p->roles[i].id;
	near = text_nearest(node_text(n), known, count);
	if (near != NULL)
		diag_error(rd->ds, "P341", n->at,
			"study '%s' names requester role '%s', which is not defined; did you mean "
			"'%s'?",
			"课题“%s”中的角色“%s”未定义，是否应为“%s”？", s->id, node_text(n), near);
	else
		diag_error(rd->ds, "P341", n->at,
			"study '%s' names requester role '%s', which is not defined",
			"课题“%s”中的角色“%s”未定义", s->id, node_text(n));
}

static void read_countries(struct reading *rd, struct study *s, const struct node *list)
{
	s->results_to = read_names(rd, list, &s->n_results_to);
	if (s->results_to == NULL)
		return;
	for (unsigned i = 0; i < s->n_results_to; i++) {
		const char *c = s->results_to[i].text;

		if (strlen(c) != 2 || c[0] < 'A' || c[0] > 'Z' || c[1] < 'A' || c[1] > 'Z')
			diag_error(rd->ds, "P137", s->results_to[i].at,
				"'%s' is not a country; write two capital letters, as CN",
				"“%s”不是国家代码，请写两位大写字母，如 CN", c);
	}
	/* once a folder: a warning that every study repeats is read by nobody */
	if (s->n_results_to > 0 && !rd->countries_told)
		diag_warning(rd->ds, "W403", list->key_at,
			"results_to is held against the presets and shown, but nothing stops an "
			"answer at a border: a requester's certificate names no country",
			"results_to "
			"会与预设核对并展示，但无法阻止结果跨境：研究者证书中没有国家信息");
	rd->countries_told = rd->countries_told || s->n_results_to > 0;
}

/* ---- papers and purposes ---- */

static void read_approvals(struct reading *rd, struct study *s, const struct node *map)
{
	s->approvals = make(rd, children(map), sizeof(*s->approvals));
	if (s->approvals == NULL)
		return;
	NODE_EACH(n, map_of(map))
		if (node_text(n) != NULL && !n->empty)
			s->approvals[s->n_approvals++] =
				(struct study_approval){ n->key, node_text(n), n->key_at };
}

static void read_purposes(struct reading *rd, struct study *s, const struct node *list)
{
	s->purposes = read_names(rd, list, &s->n_purposes);
	for (unsigned i = 0; s->purposes != NULL && i < s->n_purposes; i++)
		if (!study_purpose(s->purposes[i].text))
			diag_error(rd->ds, "P384", s->purposes[i].at,
				"'%s' is not a purpose; write DUO:0000007, MONDO:0005148 or "
				"EHDS-53:a to EHDS-53:f",
				"“%s”不是目的代码；请写 DUO:0000007、MONDO:0005148 或 EHDS-53:a 至 "
				"EHDS-53:f",
				s->purposes[i].text);
}

static void read_study(struct reading *rd, const struct node *n)
{
	struct study *s = &rd->p->studies[rd->p->n_studies];
	const struct node *kinds = node_get(n, "kinds"), *may_use = node_get(n, "may_use"),
			  *requesters = node_get(n, "requesters"), *valid = node_get(n, "valid"),
			  *datasets = node_get(n, "datasets");

	s->id = get(n, "id");
	if (s->id == NULL)
		return;
	s->title = title_of(node_get(n, "title"));
	s->at = place_of(node_get(n, "id"), n);
	if (policy_study(rd->p, s->id) != NULL)
		report_twice(rd, s->at, s->id, policy_study(rd->p, s->id)->at.line);
	if (!node_span(valid, &s->from, &s->to))
		s->from = 1, s->to = 0;
	s->datasets = read_names(rd, datasets, &s->n_datasets);
	s->may_use = read_names(rd, may_use, &s->n_may_use);
	s->kinds = read_kinds(rd, kinds, NULL);
	s->cohorts = read_names(rd, node_get(n, "cohorts"), &s->n_cohorts);
	read_countries(rd, s, node_get(n, "results_to"));
	read_approvals(rd, s, node_get(n, "approvals"));
	read_purposes(rd, s, node_get(n, "purpose"));
	s->results_to_at =
		node_get(n, "results_to") == NULL ? s->at : node_get(n, "results_to")->key_at;
	s->purposes_at = node_get(n, "purpose") == NULL ? s->at : node_get(n, "purpose")->key_at;
	s->approvals_at =
		node_get(n, "approvals") == NULL ? s->at : node_get(n, "approvals")->key_at;
	s->valid_at = place_of(valid, n);
	s->kinds_at = place_of(kinds, n);
	s->may_use_at = place_of(may_use, n);
	s->requesters_at = place_of(requesters, n);
	s->datasets_at = place_of(datasets, n);
	s->cohorts_at = place_of(node_get(n, "cohorts"), n);
	s->requesters = make(rd, children(requesters), sizeof(*s->requesters));
	if (s->requesters != NULL && requesters != NULL && requesters->kind == NODE_MAP)
		NODE_EACH(r, requesters)
			read_requester(rd, s, r);
	rd->p->n_studies++;
}

/* A study is approved or refused, not both. */
static void read_refusal(struct reading *rd, const struct node *n)
{
	struct policy *p = rd->p;
	struct study_refusal *r = &p->refused[p->n_refused];
	const struct study *s;

	r->id = get(n, "id");
	if (r->id == NULL)
		return;
	r->why = title_of(node_get(n, "why"));
	r->at = place_of(node_get(n, "id"), n);
	s = policy_study(p, r->id);
	if (s != NULL)
		diag_error(rd->ds, "P348", r->at,
			"study '%s' is refused here and listed in line %u; it can be one of the two",
			"课题“%s”在此处被拒绝，又在第 %u 行列出，只能二选一", r->id, s->at.line);
	for (unsigned i = 0; i < p->n_refused; i++)
		if (strcmp(p->refused[i].id, r->id) == 0)
			report_twice(rd, r->at, r->id, p->refused[i].at.line);
	p->n_refused++;
}

static void read_refusals(struct reading *rd, const struct node *list)
{
	rd->p->refused = make(rd, children(list), sizeof(*rd->p->refused));
	if (rd->p->refused == NULL || list == NULL || list->kind != NODE_LIST)
		return;
	NODE_EACH(n, list)
		read_refusal(rd, n);
}

void read_studies(struct reading *rd, const struct node *root)
{
	const struct node *studies = node_get(root, "studies");

	read_roles(rd, node_get(root, "roles"));
	rd->p->studies_at = place_of(studies, root);
	rd->p->studies = make(rd, children(studies), sizeof(*rd->p->studies));
	if (rd->p->studies == NULL || studies == NULL || studies->kind != NODE_LIST)
		return;
	NODE_EACH(n, studies)
		read_study(rd, n);
	read_refusals(rd, node_get(root, "refused"));
}

/* ---- links between files ---- */

static size_t known_studies(const struct policy *p, const char **known)
{
	size_t n = 0;

	for (unsigned i = 0; i < p->n_studies && n < MAX_KNOWN; i++)
		known[n++] = p->studies[i].id;
	return n;
}

static size_t known_datasets(const struct policy *p, const char **known)
{
	size_t n = 0;

	for (unsigned i = 0; i < p->n_datasets && n < MAX_KNOWN; i++)
		known[n++] = p->datasets[i].id;
	return n;
}

static size_t known_measures(const struct policy *p, const char **known)
{
	size_t n = 0;

	for (unsigned d = 0; d < p->n_datasets; d++)
		for (unsigned t = 0; t < p->datasets[d].n_tables; t++)
			for (unsigned m = 0; m < p->datasets[d].tables[t].n_measures; m++)
				if (n < MAX_KNOWN &&
					p->datasets[d].tables[t].measures[m].id != NULL)
					known[n++] = p->datasets[d].tables[t].measures[m].id;
	return n;
}

static bool measure_exists(const struct policy *p, const char *id)
{
	for (unsigned d = 0; d < p->n_datasets; d++)
		if (dataset_measure(&p->datasets[d], id) != NULL)
			return true;
	return false;
}

static void check_may_use(struct reading *rd, const struct question_name *name)
{
	const char *known[MAX_KNOWN];
	const struct column *c;

	if (strncmp(name->text, "measure:", 8) == 0) {
		if (!measure_exists(rd->p, name->text + 8))
			report_unknown(rd, "P345", name->at, SAY("measure", "指标"), name->text + 8,
				known, known_measures(rd->p, known));
		return;
	}
	c = find_column(rd, "P345", name->text, name->at);
	if (c != NULL && c->uses == USE_FORBIDDEN && !c->unclear)
		diag_error(rd->ds, "P344", name->at,
			"may_use names '%s', which is forbidden (%s:%u:%u)",
			"may_use 含禁止字段“%s”（%s:%u:%u）", name->text, c->use_at.file,
			c->use_at.line, c->use_at.column);
}

static void check_study_dates(struct reading *rd, const struct study *s)
{
	char buf[16];

	if (rd->root[FILE_POLICY] != NULL && rd->p->to != 0 && s->from <= s->to &&
		s->to > rd->p->to)
		diag_error(rd->ds, "P343", s->valid_at,
			"study '%s' is valid until %s, after the policy ends",
			"课题“%s”有效期至 %s，超出策略有效期", s->id, day_text(s->to, buf));
}

static void check_study_kinds(struct reading *rd, const struct study *s)
{
	for (unsigned k = 0; k < KINDS; k++)
		if ((s->kinds & (1u << k)) && !rd->p->kinds[k].listed)
			diag_warning(rd->ds, "W402", s->kinds_at,
				"study '%s' names kind '%s', which queries.yaml does not list: it "
				"is refused",
				"课题“%s”写了查询类型“%s”，但 queries.yaml 未列出，会被拒绝", s->id,
				kind_name((enum question_kind)k));
}

static void check_study(struct reading *rd, const struct study *s)
{
	const char *known[MAX_KNOWN];

	check_study_dates(rd, s);
	if (rd->root[FILE_QUERIES] != NULL)
		check_study_kinds(rd, s);
	if (rd->root[FILE_RED_LIST] != NULL) {
		for (unsigned i = 0; i < s->n_datasets; i++)
			if (policy_dataset(rd->p, s->datasets[i].text) == NULL)
				report_unknown(rd, "P346", s->datasets[i].at,
					SAY("dataset", "数据集"), s->datasets[i].text, known,
					known_datasets(rd->p, known));
		for (unsigned i = 0; i < s->n_may_use; i++)
			check_may_use(rd, &s->may_use[i]);
	}
	for (unsigned i = 0; rd->root[FILE_QUERIES] != NULL && i < s->n_cohorts; i++) {
		size_t n = 0;
		bool found = false;

		for (unsigned c = 0; c < rd->p->n_cohorts; c++) {
			found = found || strcmp(rd->p->cohorts[c].id, s->cohorts[i].text) == 0;
			if (n < MAX_KNOWN)
				known[n++] = rd->p->cohorts[c].id;
		}
		if (!found)
			report_unknown(rd, "P347", s->cohorts[i].at, SAY("cohort", "队列"),
				s->cohorts[i].text, known, n);
	}
}

static bool names(const struct question_name *list, unsigned n, const char *id)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(list[i].text, id) == 0)
			return true;
	return false;
}

static bool budget_matches(const struct budget *b, const struct study *s)
{
	switch (b->scope) {
	case SCOPE_STUDY:
		return strcmp(b->id, s->id) == 0;
	case SCOPE_DATASET:
		return names(s->datasets, s->n_datasets, b->id);
	default:
		return true; /* each-requester, each-study */
	}
}

static void check_budgets(struct reading *rd, const struct study *s)
{
	bool any = false;

	for (unsigned i = 0; i < rd->p->n_budgets; i++) {
		const struct budget *b = &rd->p->budgets[i];

		any = any || budget_matches(b, s);
		if (b->scope != SCOPE_STUDY || strcmp(b->id, s->id) != 0)
			continue;
		for (unsigned j = 0; j < rd->p->n_budgets; j++) {
			const struct budget *d = &rd->p->budgets[j];
			char mine[24], theirs[24];

			if (d->scope == SCOPE_DATASET && budget_matches(d, s) &&
				d->in_epsilon == b->in_epsilon && b->cap > d->cap && d->cap > 0)
				diag_error(rd->ds, "P334", b->at,
					"budget of study '%s' (%s) is larger than that of its "
					"dataset (%s)",
					"课题“%s”的预算（%s）大于数据集预算（%s）", s->id,
					format_decimal(mine, sizeof(mine), (int64_t)b->cap, 12),
					format_decimal(
						theirs, sizeof(theirs), (int64_t)d->cap, 12));
		}
	}
	/* a file without the key was told of it (P112) */
	if (!any && node_get(rd->root[FILE_RELEASE], "budgets") != NULL)
		diag_error(rd->ds, "P333", s->at, "study '%s' has no budget", "课题“%s”没有预算",
			s->id);
}

static bool table_exists(const struct policy *p, const char *id)
{
	for (unsigned d = 0; d < p->n_datasets; d++)
		if (dataset_table(&p->datasets[d], id) != NULL)
			return true;
	return false;
}

static size_t known_tables(const struct policy *p, const char **known)
{
	size_t n = 0;

	for (unsigned d = 0; d < p->n_datasets; d++)
		for (unsigned t = 0; t < p->datasets[d].n_tables && n < MAX_KNOWN; t++)
			known[n++] = p->datasets[d].tables[t].name;
	return n;
}

/* The target of a `for:` must exist: a rule about nothing would be a rule that silently does nothing. */
static void check_target(struct reading *rd, enum scope scope, const char *id, struct place at)
{
	const struct policy *p = rd->p;
	const char *known[MAX_KNOWN];
	bool red = rd->root[FILE_RED_LIST] != NULL,
	     studies = node_get(rd->root[FILE_STUDIES], "studies") != NULL;
	enum question_kind k;
	size_t n = 0;

	if (scope == SCOPE_KIND && !kind_parse(id, &k))
		report_unknown(rd, "P338", at, SAY("kind", "查询类型"), id, known, 0);
	else if (scope == SCOPE_STUDY && studies && policy_study(p, id) == NULL)
		report_unknown(
			rd, "P338", at, SAY("study", "课题"), id, known, known_studies(p, known));
	else if (scope == SCOPE_DATASET && red && policy_dataset(p, id) == NULL)
		report_unknown(rd, "P338", at, SAY("dataset", "数据集"), id, known,
			known_datasets(p, known));
	else if (scope == SCOPE_TABLE && red && !table_exists(p, id))
		report_unknown(
			rd, "P338", at, SAY("table", "表"), id, known, known_tables(p, known));
	else if (scope == SCOPE_MEASURE && red && !measure_exists(p, id))
		report_unknown(rd, "P338", at, SAY("measure", "指标"), id, known,
			known_measures(p, known));
	else if (scope == SCOPE_CODE && red) {
		for (unsigned i = 0; i < p->n_codes; i++) {
			if (strcmp(p->codes[i].id, id) == 0)
				return;
			if (n < MAX_KNOWN)
				known[n++] = p->codes[i].id;
		}
		report_unknown(rd, "P338", at, SAY("code rule", "代码规则"), id, known, n);
	}
}

static void check_code_studies(struct reading *rd, const struct code_rule *r)
{
	const char *known[MAX_KNOWN];

	if (node_get(rd->root[FILE_STUDIES], "studies") == NULL)
		return; /* told by P112 */
	for (unsigned i = 0; i < r->n_studies; i++)
		if (policy_study(rd->p, r->studies[i]) == NULL)
			report_unknown(rd, "P306", r->at, SAY("study", "课题"), r->studies[i],
				known, known_studies(rd->p, known));
}

void check_links(struct reading *rd)
{
	struct policy *p = rd->p;

	for (unsigned i = 0; i < p->n_studies; i++) {
		check_study(rd, &p->studies[i]);
		if (rd->root[FILE_RELEASE] != NULL)
			check_budgets(rd, &p->studies[i]);
	}
	for (unsigned i = 0; i < p->n_tighter; i++)
		check_target(rd, p->tighter[i].scope, p->tighter[i].id, p->tighter[i].at);
	for (unsigned i = 0; i < p->n_budgets; i++)
		check_target(rd, p->budgets[i].scope, p->budgets[i].id, p->budgets[i].at);
	if (rd->root[FILE_STUDIES] != NULL)
		for (unsigned i = 0; i < p->n_codes; i++)
			check_code_studies(rd, &p->codes[i]);
}
