#include "policies/read.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/shape.h"
#include "base/text.h"
#include "policies/build.h"
#include "policies/embed.h"
#include "policies/shapes.h"

enum {
	MAX_FOLDER_FILES = 256,
	MAX_MINUTES_BYTES = 32 << 20, /* README* and *.pdf */
};

static const char *const file_names[POLICY_FILES] = { "policy.yaml", "red-list.yaml",
	"queries.yaml", "release.yaml", "studies.yaml" };
/* Known to the format and not needed; approval.yaml is not hashed. */
static const char *const other_names[] = { "tests.yaml", "approval.yaml", NULL };

/* ---- finding things in a policy ---- */

const struct dataset *policy_dataset(const struct policy *p, const char *id)
{
	for (unsigned i = 0; id != NULL && i < p->n_datasets; i++)
		if (strcmp(p->datasets[i].id, id) == 0)
			return &p->datasets[i];
	return NULL;
}

const struct study *policy_study(const struct policy *p, const char *id)
{
	for (unsigned i = 0; id != NULL && i < p->n_studies; i++)
		if (strcmp(p->studies[i].id, id) == 0)
			return &p->studies[i];
	return NULL;
}

static bool stands_in(const struct question_name *names, unsigned n, const char *name)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(names[i].text, name) == 0)
			return true;
	return false;
}

bool study_may_use(const struct study *s, const char *name)
{
	return stands_in(s->may_use, s->n_may_use, name);
}

bool study_asks(const struct study *s, const char *dataset)
{
	return stands_in(s->datasets, s->n_datasets, dataset);
}

const char *policy_only_dataset(const struct policy *p, const char *study)
{
	const struct study *s = policy_study(p, study);

	if (s != NULL && s->n_datasets == 1)
		return s->datasets[0].text;
	return p->n_datasets == 1 ? p->datasets[0].id : NULL;
}

const struct table *dataset_table(const struct dataset *d, const char *name)
{
	for (unsigned i = 0; name != NULL && i < d->n_tables; i++)
		if (strcmp(d->tables[i].name, name) == 0)
			return &d->tables[i];
	return NULL;
}

const struct column *dataset_column(const struct dataset *d, const char *name)
{
	for (unsigned i = 0; name != NULL && i < d->n_tables; i++)
		for (unsigned j = 0; j < d->tables[i].n_columns; j++)
			if (strcmp(d->tables[i].columns[j].name, name) == 0)
				return &d->tables[i].columns[j];
	return NULL;
}

const struct column *table_column(const struct table *t, const char *column)
{
	for (unsigned i = 0; column != NULL && i < t->n_columns; i++)
		if (strcmp(t->columns[i].column, column) == 0)
			return &t->columns[i];
	return NULL;
}

const struct measure *dataset_measure(const struct dataset *d, const char *id)
{
	for (unsigned i = 0; id != NULL && i < d->n_tables; i++)
		for (unsigned j = 0; j < d->tables[i].n_measures; j++)
			if (d->tables[i].measures[j].id != NULL &&
				strcmp(d->tables[i].measures[j].id, id) == 0)
				return &d->tables[i].measures[j];
	return NULL;
}

const struct column *column_on(const struct column *c, int32_t today)
{
	return c != NULL && c->after != NULL && today > c->until ? c->after : c;
}

/* ---- which files belong ---- */

static bool ends_with(const char *s, const char *end)
{
	size_t a = strlen(s), b = strlen(end);

	return a > b && strcmp(s + a - b, end) == 0;
}

static bool minutes(const char *name)
{
	return strncmp(name, "README", 6) == 0 || ends_with(name, ".pdf");
}

bool policy_own_model(const char *name)
{
	return strncmp(name, "models/", 7) == 0 && ends_with(name + 7, ".yaml") &&
	       strchr(name + 7, '/') == NULL;
}

/* What shows as it is: people compare the names in an approval. */
static bool plain_name(const char *name)
{
	char *copy = strdup(name);
	bool plain;

	if (copy == NULL)
		return false;
	utf8_plain(copy);
	plain = strcmp(copy, name) == 0;
	free(copy);
	return plain;
}

static bool belongs(const char *name)
{
	if (!plain_name(name))
		return false;
	for (unsigned i = 0; i < POLICY_FILES; i++)
		if (strcmp(name, file_names[i]) == 0)
			return true;
	if (strncmp(name, "cohorts/", 8) == 0)
		return ends_with(name, ".sql") && strchr(name + 8, '/') == NULL;
	if (policy_own_model(name))
		return true;
	return word_index(name, other_names) >= 0 || (minutes(name) && strchr(name, '/') == NULL);
}

static void report_foreign(struct diags *ds, const char *as_it_is)
{
	char *name = arena_text(ds->arena, as_it_is);
	struct place at = { .file = name };
	const char *known[POLICY_FILES + 2];
	const char *near;

	if (name == NULL) {
		diag_error(ds, "P139", at, "out of memory", "内存不足");
		return;
	}
	utf8_plain(name);

	memcpy(known, file_names, sizeof(file_names));
	memcpy(known + POLICY_FILES, other_names, 2 * sizeof(known[0]));
	near = text_nearest(name, known, POLICY_FILES + 2);
	if (near != NULL)
		diag_error(ds, "P105", at,
			"file '%s' does not belong in a policy folder; rename it if it is meant to "
			"be "
			"'%s', or move it away",
			"文件“%s”不属于策略目录；若应为“%s”请改名，否则请移走", name, near);
	else
		diag_error(ds, "P105", at,
			"file '%s' does not belong in a policy folder; move it away",
			"文件“%s”不属于策略目录，请移走", name);
}

static const struct policy_file *file_named(
	const struct policy_file *files, unsigned n, const char *name)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(files[i].name, name) == 0)
			return &files[i];
	return NULL;
}

static void check_names(const struct policy_file *files, unsigned n, struct diags *ds)
{
	for (unsigned i = 0; i < n; i++) {
		if (!belongs(files[i].name))
			report_foreign(ds, files[i].name);
		if (file_named(files, i, files[i].name) != NULL)
			diag_error(ds, "P105", (struct place){ .file = files[i].name },
				"file '%s' is given twice", "文件“%s”重复", files[i].name);
	}
}

/* ---- hash ---- */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct policy_item *)a)->name, ((const struct policy_item *)b)->name);
}

bool policy_items_hash(
	const struct policy_item *items, unsigned n, struct arena *arena, struct hash32 *out)
{
	struct part_bytes *parts = arena_array(arena, (size_t)n * 3, sizeof(*parts));
	uint8_t(*sizes)[8] = arena_array(arena, n, sizeof(*sizes));

	if (parts == NULL || sizes == NULL)
		return false;
	for (unsigned i = 0; i < n; i++) {
		put_be64(sizes[i], items[i].size);
		parts[3 * i] = (struct part_bytes){ items[i].name, strlen(items[i].name) };
		parts[3 * i + 1] = (struct part_bytes){ sizes[i], sizeof(sizes[i]) };
		parts[3 * i + 2] =
			(struct part_bytes){ items[i].hash.at, sizeof(items[i].hash.at) };
	}
	*out = sha256_parts(parts, (size_t)n * 3);
	return true;
}

static void add_item(struct policy *p, const char *name, const void *bytes, size_t len)
{
	p->items[p->n_items++] = (struct policy_item){ name, len, sha256(bytes, len) };
}

/* Over name, size and hash of every file and of each preset and model used, by name. approval.yaml is
 * left out: it holds this very hash. */
static void hash_policy(struct reading *rd)
{
	struct policy *p = rd->p;

	p->items = make(rd, (size_t)rd->n_files + rd->n_presets + rd->n_models, sizeof(*p->items));
	if (p->items == NULL)
		return;
	for (unsigned i = 0; i < rd->n_files; i++)
		if (strcmp(rd->files[i].name, "approval.yaml") != 0)
			add_item(p, rd->files[i].name, rd->files[i].bytes, rd->files[i].len);
	for (unsigned i = 0; i < rd->n_presets; i++)
		add_item(p, rd->presets[i].file->name, rd->presets[i].file->bytes,
			rd->presets[i].file->len);
	for (unsigned i = 0; i < rd->n_models; i++)
		if (rd->models[i].file != NULL)
			add_item(p, rd->models[i].file->name, rd->models[i].file->bytes,
				rd->models[i].file->len);
	qsort(p->items, p->n_items, sizeof(*p->items), by_name);
	if (!policy_items_hash(p->items, p->n_items, rd->a, &p->hash))
		rd->out_of_memory = true;
	p->n_files = rd->n_files;
	p->n_presets = rd->n_presets;
}

/* ---- reading ---- */

static const struct shape *const file_shapes[POLICY_FILES] = { &shape_policy, &shape_red_list,
	&shape_queries, &shape_release, &shape_studies };

static void parse_files(struct reading *rd)
{
	for (unsigned i = 0; i < POLICY_FILES; i++) {
		const struct policy_file *f = file_named(rd->files, rd->n_files, file_names[i]);
		struct node *root = NULL;

		if (f == NULL) {
			diag_error(rd->ds, "P131", (struct place){ .file = file_names[i] },
				"file '%s' is missing from the policy folder",
				"策略目录缺少文件“%s”", file_names[i]);
			continue;
		}
		if (node_read(f->name, f->bytes, f->len, MAX_DEPTH, rd->a, rd->ds, &root) != 0 &&
			root == NULL)
			continue;
		check_lines(root, rd->ds);
		if (shape_check(root, file_shapes[i], file_names[i], rd->ds) == 0 ||
			root->kind == NODE_MAP)
			rd->root[i] = root;
	}
}

static void read_about(struct reading *rd, const struct node *root)
{
	struct policy *p = rd->p;
	const struct node *valid = node_get(root, "valid"), *country = node_get(root, "country");
	const char *c = node_text(country);
	int catalogue;

	p->site = get(root, "site");
	p->country = c;
	p->title = title_of(node_get(root, "title"));
	p->version = node_int(node_get(root, "version"), 0);
	p->at = place_of(node_get(root, "version"), root);
	p->valid_at = place_of(valid, root);
	if (!node_span(valid, &p->from, &p->to))
		p->from = p->to = 0;
	if (c != NULL && !country->empty &&
		(strlen(c) != 2 || c[0] < 'A' || c[0] > 'Z' || c[1] < 'A' || c[1] > 'Z'))
		diag_error(rd->ds, "P137", country->at,
			"'%s' is not a country; write two capital letters, as CN",
			"“%s”不是国家代码，请写两位大写字母，如 CN", c);
	catalogue = word_index(get(root, "catalogue"), words_catalogue);
	p->catalogue = catalogue < 0 ? CATALOGUE_STUDIES : (enum catalogue_rule)catalogue;
	p->catalogue_at = node_get(root, "catalogue") == NULL ? p->at : place_of(node_get(root, "catalogue"), root);
	read_presets(rd, node_get(root, "extends"));
}

/* One file can only be judged against the others when all could be read: a red list without its
 * presets, or studies without their red list, would be a hundred errors for one. */
static bool all_there(const struct reading *rd)
{
	for (unsigned i = 0; i < POLICY_FILES; i++)
		if (rd->root[i] == NULL)
			return false;
	return true;
}

/* Of the sixth file, which may be missing; its nesting is that of the questions in it. */
static const struct node *parse_tests(struct reading *rd)
{
	const struct policy_file *f = file_named(rd->files, rd->n_files, "tests.yaml");
	struct node *root = NULL;

	if (f == NULL || (node_read(f->name, f->bytes, f->len, MAX_QUESTION_DEPTH, rd->a, rd->ds,
				  &root) != 0 &&
				 root == NULL))
		return NULL;
	check_lines(root, rd->ds);
	return shape_check(root, &shape_tests, f->name, rd->ds) == 0 || root->kind == NODE_MAP
		       ? root
		       : NULL;
}

static void build(struct reading *rd, size_t errors_before)
{
	read_about(rd, rd->root[FILE_POLICY]);
	read_red_list(rd, rd->root[FILE_RED_LIST]);
	read_queries(rd, rd->root[FILE_QUERIES]);
	read_release(rd, rd->root[FILE_RELEASE]);
	read_studies(rd, rd->root[FILE_STUDIES]);
	check_links(rd);
	check_requirements(rd);
	read_tests(rd, parse_tests(rd), rd->ds->errors == errors_before && !rd->out_of_memory);
	hash_policy(rd);
}

int policy_read(const struct policy_file *files, unsigned n, struct arena *arena, struct diags *ds,
	struct policy **out)
{
	struct reading rd = { .a = arena, .ds = ds, .files = files, .n_files = n };
	size_t before = ds->errors;

	rd.p = make(&rd, 1, sizeof(*rd.p));
	if (rd.p != NULL) {
		rd.p->exception_ends = DAY_NONE;
		check_names(files, n, ds);
		parse_files(&rd);
		if (all_there(&rd))
			build(&rd, before);
	}
	if (rd.out_of_memory)
		diag_error(ds, "P139", (struct place){ .file = "policy.yaml" },
			"the policy is too large", "策略过大");
	diags_sort(ds);
	if (ds->errors != before)
		return -1;
	*out = rd.p;
	return 0;
}

/* ---- folders ---- */

struct folder {
	const char *path;
	struct policy_file *files;
	unsigned n;
	size_t bytes; /* of all files so far */
	bool full;    /* more files than may be; said once */
	struct arena *a;
	struct diags *ds;
};

static void add_file(struct folder *f, const char *name)
{
	size_t max = minutes(name)             ? MAX_MINUTES_BYTES
		     : ends_with(name, ".sql") ? MAX_COHORT_SQL_BYTES
					       : MAX_FILE_BYTES;
	const char *path = arena_textf(f->a, "%s/%s", f->path, name);
	const char *kept = arena_text(f->a, name);
	struct error err;
	uint8_t *bytes;
	size_t len;

	if (!belongs(name)) {
		report_foreign(f->ds, name);
		return;
	}
	if (path == NULL || kept == NULL || f->n == MAX_FOLDER_FILES) {
		if (!f->full)
			diag_error(f->ds, "P139", (struct place){ .file = NULL },
				"the policy folder has more than %d files",
				"策略目录的文件超过 %d 个", (int)MAX_FOLDER_FILES);
		f->full = true;
		return;
	}
	if (file_read(path, max, &bytes, &len, &err) != 0) {
		diag_error(f->ds, "P132", (struct place){ .file = kept }, "%s", "文件无法读取：%s",
			err.log);
		return;
	}
	if (len > MAX_FOLDER_BYTES - f->bytes) {
		free(bytes);
		diag_error(f->ds, "P139", (struct place){ .file = kept },
			"the files of the policy folder are larger than %d MiB together",
			"策略目录的文件总共超过 %d MiB", MAX_FOLDER_BYTES >> 20);
		return;
	}
	f->bytes += len;
	f->files[f->n++] = (struct policy_file){ kept, bytes, len };
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool list_folder(struct folder *f, const char *sub)
{
	const char *path = arena_textf(f->a, "%s/%s", f->path, sub);
	DIR *dir = path == NULL ? NULL : opendir(path);
	const struct dirent *e;

	if (dir == NULL) {
		diag_error(f->ds, "P132", (struct place){ .file = arena_text(f->a, f->path) },
			"could not open the folder: %s", "无法打开目录：%s", strerror(errno));
		return false;
	}
	while ((e = readdir(dir)) != NULL) {
		const char *name = arena_textf(f->a, "%s%s", sub, e->d_name);
		const char *full = arena_textf(f->a, "%s/%s%s", f->path, sub, e->d_name);

		if (name == NULL || full == NULL) {
			diag_error(f->ds, "P139", (struct place){ .file = NULL }, "out of memory",
				"内存不足");
			f->full = true;
			break;
		}
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (sub[0] == '\0' && is_folder(full) &&
			(strcmp(name, "cohorts") == 0 || strcmp(name, "models") == 0)) {
			(void)list_folder(f, name[0] == 'c' ? "cohorts/" : "models/");
			continue;
		}
		add_file(f, name);
	}
	closedir(dir);
	return true;
}

static int file_order(const void *a, const void *b)
{
	return strcmp(((const struct policy_file *)a)->name, ((const struct policy_file *)b)->name);
}

int policy_folder_load(
	const char *path, struct arena *arena, struct diags *ds, struct policy_folder *out)
{
	struct folder f = { .path = path, .a = arena, .ds = ds };

	*out = (struct policy_folder){ 0 };
	f.files = arena_array(arena, MAX_FOLDER_FILES, sizeof(*f.files));
	if (f.files == NULL) {
		diag_error(ds, "P139", (struct place){ .file = NULL }, "out of memory", "内存不足");
		return -1;
	}
	/* which files are there when not all were looked at is chance */
	if (!list_folder(&f, "") || f.full) {
		struct policy_folder part = { f.files, f.n };

		policy_folder_clear(&part);
		return -1;
	}
	qsort(f.files, f.n, sizeof(*f.files), file_order);
	*out = (struct policy_folder){ f.files, f.n };
	return 0;
}

void policy_folder_clear(struct policy_folder *folder)
{
	for (unsigned i = 0; i < folder->n; i++)
		free((void *)(uintptr_t)folder->files[i].bytes);
	*folder = (struct policy_folder){ 0 };
}

const struct policy_file *policy_folder_file(const struct policy_folder *folder, const char *name)
{
	return file_named(folder->files, folder->n, name);
}

int policy_read_folder(const char *path, struct arena *arena, struct diags *ds, struct policy **out)
{
	struct policy_folder folder;
	size_t before = ds->errors;
	struct policy *p = NULL;
	int ret = -1;

	if (policy_folder_load(path, arena, ds, &folder) == 0)
		ret = policy_read(folder.files, folder.n, arena, ds, &p);
	policy_folder_clear(&folder);
	if (ret != 0 || ds->errors != before)
		return -1;
	*out = p;
	return 0;
}

/* FNV-1a: the stamp only has to change, nobody forges it against the watcher's own folder. */
static void mix(uint64_t *h, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < len; i++)
		*h = (*h ^ at[i]) * UINT64_C(1099511628211);
}

static uint64_t stamp_of(const char *name, const struct stat *st)
{
	uint64_t h = UINT64_C(14695981039346656037);
	int64_t facts[] = { (int64_t)st->st_size, (int64_t)st->st_mtim.tv_sec,
		(int64_t)st->st_mtim.tv_nsec, (int64_t)st->st_ino, (int64_t)st->st_ctim.tv_sec,
		(int64_t)st->st_ctim.tv_nsec };

	mix(&h, name, strlen(name));
	mix(&h, facts, sizeof(facts));
	return h;
}

static uint64_t stamp_folder(const char *path, bool deeper)
{
	DIR *dir = opendir(path);
	const struct dirent *e;
	uint64_t sum = 0;

	if (dir == NULL)
		return 0;
	while ((e = readdir(dir)) != NULL) {
		char full[4096];
		struct stat st;
		int len = snprintf(full, sizeof(full), "%s/%s", path, e->d_name);

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || len < 0 ||
			(size_t)len >= sizeof(full) || stat(full, &st) != 0)
			continue;
		/* added up, so that the order of the folder does not matter */
		sum += stamp_of(e->d_name, &st);
		if (deeper && S_ISDIR(st.st_mode))
			sum += 31 * stamp_folder(full, false);
	}
	closedir(dir);
	return sum;
}

uint64_t policy_folder_stamp(const char *path)
{
	return stamp_folder(path, true);
}
