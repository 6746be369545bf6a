#include <inttypes.h>
#include <string.h>

#include "cli/field.h"
#include "cli/plain.h"
#include "cli/show_in.h"

/*
 * Why a number is as it is, hospital by hospital: what its policy and its vocabulary made of the question. Nothing here
 * depends on any patient; it came with the answer (docs/threat-model.md).
 */

static void line(struct view *v, struct table *t, struct say what, const char *how)
{
	const char *row[] = { tell(v->cli, what), how };

	if (how[0] != '\0')
		table_add(t, false, row);
}

static const char *int_text(struct view *v, const json_t *o, const char *key)
{
	int64_t n;

	return field_int(o, key, &n) ? field_made(&v->arena, "%" PRId64, n) : "";
}

static void noise_line(struct view *v, struct table *t, const json_t *site)
{
	const json_t *noise = json_object_get(site, "noise");
	const char *kind = field_text(&v->arena, noise, "kind"),
		   *v_text = int_text(v, noise, "variance");

	if (kind[0] == '\0')
		return;
	if (v_text[0] == '\0')
		v_text = field_text(&v->arena, noise, "scale");
	line(v, t, SAY("noise", "噪声"),
		field_made(&v->arena, v->cli->zh ? "%s，%s %s" : "%s, %s %s", kind,
			json_is_integer(json_object_get(noise, "variance"))
				? tell(v->cli, SAY("variance", "方差"))
				: tell(v->cli, SAY("scale", "尺度")),
			v_text));
}

static void shape_lines(struct view *v, struct table *t, const json_t *site)
{
	const json_t *policy = json_object_get(site, "policy"),
		     *clamp = json_object_get(site, "clamp");
	int64_t round_to;

	line(v, t, SAY("policy version", "策略版本"), int_text(v, policy, "version"));
	line(v, t, SAY("state of the data", "数据版本"), field_text(&v->arena, site, "data"));
	noise_line(v, t, site);
	line(v, t, SAY("suppressed below", "低于此数则隐去"), int_text(v, site, "min_patients"));
	if (field_int(site, "round_to", &round_to) && round_to > 1)
		line(v, t, SAY("shown in multiples of", "显示为其倍数"),
			int_text(v, site, "round_to"));
	if (json_array_size(clamp) == 2)
		line(v, t, SAY("values clamped to", "数值截断于"),
			field_made(&v->arena, "%g – %g",
				json_number_value(json_array_get(clamp, 0)),
				json_number_value(json_array_get(clamp, 1))));
	if (json_is_true(json_object_get(site, "bounded")))
		line(v, t, SAY("bounded", "计数上限"),
			tell(v->cli, SAY("a person with more rows is counted in some of their "
					 "groups only",
					     "记录较多的人只计入其部分分组")));
	if (json_is_true(json_object_get(site, "rows_left_out")))
		line(v, t, SAY("left out", "不计入"),
			tell(v->cli,
				SAY("people who opted out, too young, or records that a rule "
				    "closes; whether "
				    "there are any is not told",
					"退出者、年龄过小者或规则所禁的记录；是否存在不予说明")));
}

/* Several rules in one cell. */
static void rule_line(struct view *v, struct table *t, const json_t *rules)
{
	const char *all = "";
	json_t *rule;
	size_t i;

	json_array_foreach(rules, i, rule)
		if (json_is_string(rule))
			all = field_made(&v->arena, "%s%s%s", all, all[0] == '\0' ? "" : ", ",
				plain(&v->arena, json_string_value(rule)));
	line(v, t, SAY("rules in force", "生效的规则"), all);
}

static void code_lines(struct view *v, struct table *t, const json_t *codes)
{
	json_t *one;
	size_t i;

	json_array_foreach(codes, i, one) {
		const json_t *label = json_object_get(one, "label");
		struct say say = { field_text(&v->arena, label, "en"),
			field_text(&v->arena, label, "zh") };
		const char *what = tell(v->cli, say), *concepts = int_text(v, one, "concepts");

		if (concepts[0] == '\0')
			continue;
		if (what[0] == '\0')
			what = field_made(&v->arena, v->cli->zh ? "第 %s 组代码" : "code list %s",
				int_text(v, one, "list"));
		line(v, t, SAY("codes", "代码"),
			field_made(&v->arena, v->cli->zh ? "%s：%s 个概念" : "%s: %s concepts",
				what, concepts));
	}
}

void show_explain(struct view *v)
{
	json_t *site;
	size_t i;

	json_array_foreach(v->sites, i, site) {
		const json_t *explain = json_object_get(site, "explain");
		const char *heads[] = { field_text(&v->arena, site, "site"), "" };
		struct table t;

		if (!json_is_object(explain))
			continue;
		table_init(&t, &v->arena, 2, heads);
		shape_lines(v, &t, site);
		rule_line(v, &t, json_object_get(explain, "rules"));
		code_lines(v, &t, json_object_get(explain, "codes"));
		fputc('\n', v->cli->out);
		table_print_within(&t, v->cli->out, v->cli->colour, v->cli->width);
	}
}
