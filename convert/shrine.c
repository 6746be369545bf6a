#include "convert/i2b2_in.h"

#include <string.h>

/* Query definitions of SHRINE, nested expressions of terms, which are paths of i2b2. */

static struct draft *expression(struct reading *r, const struct xml *x, const struct panel *p);

static struct draft *members(
	struct reading *r, const struct xml *x, const struct panel *p, const char *word)
{
	struct draft *list = draft_list(&r->pen), *d;
	bool good = true;

	for (const struct xml *c = x->first; c != NULL && !pen_failed(&r->pen); c = c->next) {
		d = expression(r, c, p);
		if (d == NULL)
			good = false;
		else
			draft_add(&r->pen, list, NULL, d);
	}
	if (good && list->count == 0) {
		xml_refuse(r, x, "V161", "the list is empty", "列表为空");
		good = false;
	}
	return good ? draft_pair(&r->pen, word, list) : NULL;
}

static struct draft *bounded(struct reading *r, const struct xml *x, const struct panel *p)
{
	struct item days = { 0 };
	const struct xml *inner = NULL;
	struct panel n;

	for (const struct xml *c = x->first; c != NULL; c = c->next) {
		if ((strcmp(c->name, "start") == 0 || strcmp(c->name, "end") == 0) &&
			xml_get(x, c->name) == c) {
			if (!i2b2_attributes(r, c))
				return NULL;
			continue;
		}
		if (inner != NULL) {
			xml_refuse(r, c, "V188", "one expression belongs here",
				"此处应恰有一个表达式");
			return NULL;
		}
		inner = c;
	}
	if (inner == NULL || !i2b2_day(r, xml_get(x, "start"), &days.from) ||
		!i2b2_day(r, xml_get(x, "end"), &days.to))
		return NULL;
	n = i2b2_narrowed(p, &days);
	return expression(r, inner, &n);
}

static struct draft *term(struct reading *r, const struct xml *x, const struct panel *p)
{
	struct item i = { .key = x };
	struct draft *codes;

	if (!i2b2_path(r, x, &i.path))
		return NULL;
	codes = draft_list(&r->pen);
	if (i.path.sort == SORT_EVENT)
		draft_add(&r->pen, codes, NULL, i2b2_code(r, &i.path));
	return i2b2_draft(r, &i, p, codes, false);
}

static struct draft *expression(struct reading *r, const struct xml *x, const struct panel *p)
{
	if (!i2b2_attributes(r, x))
		return NULL;
	if (strcmp(x->name, "term") == 0)
		return term(r, x, p);
	if (strcmp(x->name, "and") == 0)
		return members(r, x, p, "all");
	if (strcmp(x->name, "or") == 0)
		return members(r, x, p, "any");
	if (strcmp(x->name, "not") == 0)
		return members(r, x, p, "none");
	if (strcmp(x->name, "dateBounded") == 0)
		return bounded(r, x, p);
	xml_refuse(r, x, "V102", "'%.60s' is not known here, so what it asks for cannot be kept",
		"此处不认识“%.60s”，无法保留其含义", x->name);
	return NULL;
}

struct draft *shrine_read(struct reading *r, const struct xml *x)
{
	static const char *const names[] = { "name", "expr", NULL };
	const struct xml *expr = xml_get(x, "expr");
	const struct panel all = { .times = 1 };
	struct draft *list = draft_list(&r->pen), *d;

	if (!i2b2_known(r, x, names))
		return NULL;
	if (expr == NULL || expr->first == NULL || expr->first->next != NULL) {
		xml_refuse(r, x, "V188", "one expression belongs here", "此处应恰有一个表达式");
		return NULL;
	}
	d = expression(r, expr->first, &all);
	if (d == NULL)
		return NULL;
	draft_add(&r->pen, list, NULL, d);
	return draft_pair(&r->pen, "all", list);
}
