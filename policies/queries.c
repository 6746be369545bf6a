#include "policies/build.h"

#include <string.h>

#include "base/clock.h"
#include "base/shape.h"
#include "policies/cohorts/cohort_sql.h"
#include "policies/say.h"
#include "policies/shapes.h"

/*
 * queries.yaml: kinds with limits, composing, and the cohorts of the officer.
 */

static void read_compose(struct reading *rd, const struct node *n)
{
	static const int64_t window_days[] = { 1, 7, 30 };
	const struct node *kinds = node_get(n, "kinds");
	int step = word_index(get(n, "window_step"), words_window);

	if (n == NULL)
		return;
	rd->p->compose = (struct compose_rule){ .listed = true,
		.criteria = node_int(node_get(n, "criteria"), 1),
		.depth = node_int(node_get(n, "depth"), 1),
		.kinds = read_kinds(rd, kinds, NULL),
		.window_days = step < 0 ? 0 : window_days[step],
		.at = n->key_at };
	if (kinds != NULL && children(kinds) == 0)
		diag_error(rd->ds, "P313", kinds->at,
			"compose needs at least one kind, or no 'kinds'",
			"compose 的 kinds 至少写一种，或不写 kinds");
}

static const struct policy_file *file_given(const struct reading *rd, const char *name)
{
	for (unsigned i = 0; i < rd->n_files; i++)
		if (strcmp(rd->files[i].name, name) == 0)
			return &rd->files[i];
	return NULL;
}

static bool param_valid(const char *s)
{
	for (const char *c = s; *c != '\0'; c++)
		if ((*c < 'a' || *c > 'z') && *c != '_' && (c == s || *c < '0' || *c > '9'))
			return false;
	return s[0] != '\0' && strlen(s) <= MAX_ID;
}

static void read_params(struct reading *rd, struct officer_cohort *c, const struct node *map)
{
	c->params = make(rd, children(map), sizeof(*c->params));
	if (c->params == NULL)
		return;
	NODE_EACH(n, map_of(map)) {
		if (!param_valid(n->key)) {
			diag_error(rd->ds, "P368", n->key_at,
				"'%s' is no name of a parameter: small letters, digits and _",
				"“%s”不能作为参数名：只能用小写字母、数字和 _", n->key);
			continue;
		}
		if (c->n_params == MAX_PARAMS) {
			diag_error(rd->ds, "P368", n->key_at, "a cohort has at most %d parameters",
				"一个队列最多 %d 个参数", (int)MAX_PARAMS);
			return;
		}
		c->params[c->n_params] = (struct cohort_param){ .name = n->key, .at = n->key_at };
		if (rd->root[FILE_RED_LIST] != NULL && node_text(n) != NULL && !n->empty)
			c->params[c->n_params].column =
				find_column(rd, "P327", node_text(n), n->at);
		c->n_params++;
	}
}

/* An agent reads its folder between two heartbeats, and a folder that nobody has signed yet must not keep it from
 * hearing a stop. */
static bool may_check(struct reading *rd, const struct officer_cohort *c)
{
	if (rd->cohorts_ended)
		return false;
	if (rd->cohort_checks++ < MAX_COHORT_CHECKS)
		return true;
	rd->cohorts_ended = true;
	diag_error(rd->ds, "P139", c->at,
		"there are too many cohorts: every one is checked against every dataset, and at "
		"most %d checks are made",
		"队列过多：每个队列须对照每个数据集检查，总数最多 %d 次", (int)MAX_COHORT_CHECKS);
	return false;
}

/* What kills the checker once kills it again. Said even where the cohort fits another dataset: what was not checked
 * must not look as if it did not fit. */
static bool checker_failed(struct reading *rd, const struct diags *ds)
{
	for (size_t i = 0; i < ds->count; i++) {
		const struct diag *d = &ds->list[i];

		if (strcmp(d->code, "P371") != 0)
			continue;
		rd->cohorts_ended = true;
		diag_say(rd->ds, d->level, d->code, d->at, (struct say){ d->en, d->zh });
		return true;
	}
	return false;
}

/* Against every dataset: a cohort is about those in which it fits. When it fits in none, the findings of the one
 * with the fewest are said. */
static void check_cohort(struct reading *rd, struct officer_cohort *c, const struct policy_file *f)
{
	struct diags best = { .errors = SIZE_MAX };
	bool fits = false;

	c->sql = make(rd, rd->p->n_datasets, sizeof(*c->sql));
	for (unsigned i = 0; c->sql != NULL && i < rd->p->n_datasets; i++) {
		struct diags ds;

		if (!may_check(rd, c))
			return;
		diags_init(&ds, rd->a);
		c->sql[i] = cohort_sql_read(f->name, f->bytes, f->len, &rd->p->datasets[i], rd->p,
			c->params, c->n_params, rd->a, &ds);
		fits = fits || c->sql[i] != NULL;
		if (ds.errors < best.errors)
			best = ds;
		if (checker_failed(rd, &ds))
			return;
	}
	for (size_t i = 0; !fits && i < best.count; i++)
		diag_say(rd->ds, best.list[i].level, best.list[i].code, best.list[i].at,
			(struct say){ best.list[i].en, best.list[i].zh });
}

/* An exception that ends while a cohort stands: from that day on every question about it is refused. */
static void warn_exceptions(struct reading *rd, const struct officer_cohort *c)
{
	for (unsigned d = 0; c->sql != NULL && d < rd->p->n_datasets; d++)
		for (unsigned i = 0; c->sql[d] != NULL && i < c->sql[d]->n_columns; i++) {
			const struct column *col = c->sql[d]->columns[i].column;
			char day[16];

			if (col->after != NULL && (col->after->uses & USE_FORBIDDEN))
				diag_warning(rd->ds, "W411", c->sql[d]->columns[i].at,
					"column '%s' is open by an exception until %s; afterwards "
					"cohort '%s' is refused",
					"字段“%s”因例外开放至 %s；此后队列“%s”将被拒绝", col->name,
					day_text(col->until, day), c->id);
		}
}

static void read_cohort(struct reading *rd, const struct node *n)
{
	struct officer_cohort *c = &rd->p->cohorts[rd->p->n_cohorts];
	const struct node *sql = node_get(n, "sql"), *kinds = node_get(n, "kinds");
	const struct policy_file *f;

	c->kinds = read_kinds(rd, kinds, NULL);
	c->id = get(n, "id");
	c->title = title_of(node_get(n, "title"));
	c->at = place_of(node_get(n, "id"), n);
	c->kinds_at = place_of(kinds, n);
	if (c->id == NULL)
		return;
	for (unsigned i = 0; i < rd->p->n_cohorts; i++)
		if (strcmp(rd->p->cohorts[i].id, c->id) == 0)
			report_twice(rd, c->at, c->id, rd->p->cohorts[i].at.line);
	rd->p->n_cohorts++;
	read_params(rd, c, node_get(n, "params"));
	if (node_text(sql) == NULL || sql->empty)
		return;
	c->file = node_text(sql);
	f = file_given(rd, c->file);
	if (f == NULL || strncmp(c->file, "cohorts/", 8) != 0) {
		diag_error(rd->ds, "P326", sql->at,
			"file '%s' is not in the policy folder; write cohorts/NAME.sql",
			"策略目录中没有文件“%s”，请写 cohorts/名称.sql", c->file);
		return;
	}
	c->text = sha256(f->bytes, f->len);
	if (rd->root[FILE_RED_LIST] == NULL)
		return;
	check_cohort(rd, c, f);
	warn_exceptions(rd, c);
}

void read_queries(struct reading *rd, const struct node *root)
{
	const struct node *kinds = node_get(root, "kinds"), *cohorts = node_get(root, "cohorts");

	rd->p->kinds_at = place_of(kinds, root);
	if (kinds != NULL && kinds->kind == NODE_MAP)
		NODE_EACH(n, kinds) {
			enum question_kind k;

			if (kind_parse(n->key, &k))
				read_kind(rd, n, k);
			else {
				/* said by the same words as in a list */
				struct node word = *n, list = { .kind = NODE_LIST };

				word.kind = NODE_TEXT;
				word.text = n->key;
				word.next = NULL;
				word.empty = false;
				list.first = &word;
				list.count = 1;
				(void)read_kinds(rd, &list, NULL);
			}
		}
	read_compose(rd, node_get(root, "compose"));
	rd->p->cohorts = make(rd, children(cohorts), sizeof(*rd->p->cohorts));
	if (rd->p->cohorts == NULL || cohorts == NULL || cohorts->kind != NODE_LIST)
		return;
	NODE_EACH(n, cohorts)
		read_cohort(rd, n);
}
