#include "gateway/body.h"

#include <jansson.h>
#include <string.h>

#include "base/limits.h"

int body_fail(const struct diags *ds, struct error *err)
{
	return ds->errors > 0 ? diags_fail(ds, err) : error_memory(err);
}

static int check_json(
	const char *name, const void *body, size_t len, struct diags *ds, struct error *err)
{
	json_error_t why;
	json_t *root = json_loadb(body, len, JSON_REJECT_DUPLICATES, &why);
	struct place at = { .file = name };

	if (root != NULL) {
		json_decref(root);
		return 0;
	}
	at.line = why.line > 0 ? (unsigned)why.line : 1;
	at.column = why.column > 0 ? (unsigned)why.column : 1;
	utf8_plain(why.text); /* it quotes the body, and cuts characters */
	diag_error(ds, "Q100", at, "the body is not JSON: %s", "请求体不是 JSON：%s", why.text);
	return body_fail(ds, err);
}

int body_tree(const char *name, const void *body, size_t len, const struct shape *shape,
	struct arena *a, struct diags *ds, struct node **out, struct error *err)
{
	if (check_json(name, body, len, ds, err) != 0)
		return -1;
	if (node_read(name, body, len, MAX_QUESTION_DEPTH + 2, a, ds, out) != 0 ||
		shape_check(*out, shape, "JSON", ds) != 0)
		return body_fail(ds, err);
	return 0;
}

/* As JSON spells one: no 007, .5 or +1, which YAML has too. */
static bool is_number(const char *s)
{
	s += *s == '-';
	if (*s == '0')
		s++;
	else if (*s >= '1' && *s <= '9')
		s += strspn(s, "0123456789");
	else
		return false;
	if (*s == '.') {
		size_t digits = strspn(++s, "0123456789");

		if (digits == 0)
			return false;
		s += digits;
	}
	if (*s == 'e' || *s == 'E') {
		s++;
		s += *s == '-' || *s == '+';
		if (*s == '\0')
			return false;
		s += strspn(s, "0123456789");
	}
	return *s == '\0';
}

void body_write(const struct node *n, struct text *out)
{
	bool map = n->kind == NODE_MAP, first = true;

	if (n->kind == NODE_TEXT) {
		if (n->quoted || !(is_number(n->text) || strcmp(n->text, "true") == 0 ||
					 strcmp(n->text, "false") == 0))
			text_add_json(out, n->text);
		else
			text_addn(out, n->text, n->len);
		return;
	}
	text_addc(out, map ? '{' : '[');
	NODE_EACH(child, n) {
		if (!first)
			text_addc(out, ',');
		first = false;
		if (map) {
			text_add_json(out, child->key);
			text_addc(out, ':');
		}
		body_write(child, out);
	}
	text_addc(out, map ? '}' : ']');
}
