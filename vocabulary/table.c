#include "vocabulary/table.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/text.h"

static struct place here(const struct table *t)
{
	return (struct place){ .file = t->name, .line = t->line_no, .column = 1 };
}

/* ---- lines ---- */

/* 1 a line without its end, 0 the end of the file, -1 told. */
static int read_line(struct table *t, struct error *err)
{
	size_t n = 0;
	bool longer = false, zero = false;
	int c;

	while ((c = getc_unlocked(t->f)) != EOF && c != '\n') {
		zero = zero || c == 0;
		longer = longer || n + 1 >= sizeof(t->line);
		if (!longer)
			t->line[n++] = (char)c;
		t->done++;
	}
	if (ferror(t->f))
		return error_set(err, E_SYSTEM, SAY("a file cannot be read", "文件无法读取"),
			"could not read %s: %s", t->name, strerror(errno));
	if (c == EOF && n == 0)
		return 0;
	t->done++;
	t->line_no++;
	if (n > 0 && t->line[n - 1] == '\r')
		n--;
	t->line[n] = '\0';
	if (longer)
		diag_error(t->ds, "V102", here(t), "the line is longer than %d bytes",
			"该行超过 %d 字节", (int)MAX_TABLE_LINE);
	else if (zero || !utf8_valid(t->line, n))
		diag_error(t->ds, "V103", here(t), "the line is not UTF-8", "该行不是 UTF-8 文本");
	else
		return 1;
	return -1;
}

/* ---- fields ---- */

/* In place. False: told. */
static bool split_tabs(struct table *t)
{
	char *at = t->line;

	for (t->n_fields = 0; t->n_fields < MAX_TABLE_COLUMNS; at++) {
		t->fields[t->n_fields++] = at;
		at += strcspn(at, "\t");
		if (*at == '\0')
			return true;
		*at = '\0';
	}
	return false;
}

/* One quoted field from its opening quote; gives what follows the closing one, or NULL. */
static char *unquote(char *at, char **field)
{
	char *to = ++at;

	*field = to;
	for (;;) {
		if (*at == '\0')
			return NULL;
		if (*at == '"' && at[1] == '"')
			at++;
		else if (*at == '"')
			break;
		*to++ = *at++;
	}
	at++;
	*to = '\0';
	return at;
}

static bool split_commas(struct table *t)
{
	char *at = t->line;

	for (t->n_fields = 0; t->n_fields < MAX_TABLE_COLUMNS; at++) {
		char **field = &t->fields[t->n_fields++];
		char end;

		if (*at == '"') {
			at = unquote(at, field);
			if (at == NULL || (*at != ',' && *at != '\0'))
				return false;
		} else {
			*field = at;
			at += strcspn(at, ",");
		}
		end = *at;
		*at = '\0';
		if (end == '\0')
			return true;
	}
	return false;
}

static bool split(struct table *t)
{
	if (t->comma == '\t' ? split_tabs(t) : split_commas(t))
		return true;
	diag_error(t->ds, "V104", here(t), "a quote is not closed, or there are more than %d columns",
		"引号未闭合，或超过 %d 列", (int)MAX_TABLE_COLUMNS);
	return false;
}

/* ---- opening ---- */

static FILE *find(const char *folder, const char *name, const char **found, struct arena *a)
{
	char want[64], path[4096];
	DIR *dir = opendir(folder);
	FILE *f = NULL;

	snprintf(want, sizeof(want), "%s.csv", name);
	for (struct dirent *e; dir != NULL && f == NULL && (e = readdir(dir)) != NULL;)
		if (strcasecmp(e->d_name, want) == 0 &&
			(size_t)snprintf(path, sizeof(path), "%s/%s", folder, e->d_name) <
				sizeof(path)) {
			f = fopen(path, "rbe");
			*found = arena_text(a, e->d_name);
		}
	if (dir != NULL)
		closedir(dir);
	return f;
}

static bool read_header(struct table *t, const char *const *wanted, unsigned required)
{
	bool good = true;

	t->comma = strchr(t->line, ',') != NULL || strchr(t->line, '\t') == NULL ? ',' : '\t';
	if (!split(t))
		return false;
	t->n_columns = t->n_fields;
	for (unsigned w = 0; wanted[w] != NULL; w++) {
		t->column[w] = -1;
		for (unsigned i = 0; i < t->n_fields; i++)
			if (strcasecmp(t->fields[i], wanted[w]) == 0)
				t->column[w] = (int)i;
		if (t->column[w] < 0 && w < required) {
			diag_error(t->ds, "V101", here(t), "column '%s' is missing",
				"缺少“%s”列", wanted[w]);
			good = false;
		}
	}
	return good;
}

int table_open(struct table *t, const char *folder, const char *name, const char *const *wanted,
	unsigned required, struct diags *ds, struct error *err)
{
	struct stat st;
	int ret;

	memset(t, 0, sizeof(*t));
	t->ds = ds;
	t->f = find(folder, name, &t->name, ds->arena);
	if (t->f == NULL || t->name == NULL)
		return 0;
	if (fstat(fileno(t->f), &st) == 0 && S_ISREG(st.st_mode))
		t->total = (uint64_t)st.st_size;
	ret = read_line(t, err);
	if (ret == 1 && strncmp(t->line, "\xef\xbb\xbf", 3) == 0)
		memmove(t->line, t->line + 3, strlen(t->line + 3) + 1);
	if (ret == 0)
		diag_error(ds, "V101", here(t), "the file is empty", "文件为空");
	if (ret == 1 && read_header(t, wanted, required))
		return 1;
	table_close(t);
	return -1;
}

void table_close(struct table *t)
{
	if (t->f != NULL)
		fclose(t->f);
	t->f = NULL;
}

/* ---- rows ---- */

int table_next(struct table *t, struct error *err)
{
	for (;;) {
		size_t before = t->ds->errors;
		int ret = read_line(t, err);

		if (ret == 0 || (ret < 0 && t->ds->errors == before))
			return ret;
		if (ret == 1 && t->line[0] != '\0' && split(t)) {
			if (t->n_fields == t->n_columns)
				return 1;
			diag_error(t->ds, "V105", here(t), "%u columns instead of %u",
				"有 %u 列，应为 %u 列", t->n_fields, t->n_columns);
		}
		if (t->ds->errors >= MAX_TABLE_PROBLEMS)
			return diags_fail(t->ds, err);
	}
}

const char *table_get(const struct table *t, unsigned wanted)
{
	return t->column[wanted] < 0 ? "" : t->fields[t->column[wanted]];
}

bool table_int(struct table *t, unsigned wanted, int64_t *out)
{
	if (parse_i64(table_get(t, wanted), out) && *out >= 0)
		return true;
	diag_error(t->ds, "V106", here(t), "'%.40s' is not a whole number",
		"“%.40s”不是整数", table_get(t, wanted));
	return false;
}
