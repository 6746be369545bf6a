#include "cli/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/secret.h"
#include "base/shape.h"
#include "base/text.h"

static const struct shape any_text = { .kind = SHAPE_TEXT };
static const struct shape format_one = { .kind = SHAPE_INT, .low = 1, .high = 1 };
static const struct field fields[] = {
	{ "cordon", true, &format_one, { "number of this file format", "文件格式编号" } },
	{ "gateway", true, &any_text, { "https address of the gateway", "网关的 https 地址" } },
	{ "account", true, &any_text, { "your account", "您的账号" } },
	{ "token", true, &any_text, { "your token; a secret", "您的令牌，须保密" } },
	{ "ca", false, &any_text, { "certificate to trust", "信任的证书" } },
	{ "certificate", true, &any_text, { "your certificate", "您的证书" } },
	{ "key", true, &any_text, { "your signing key", "您的签名密钥" } },
	{ .key = NULL },
};
static const struct shape settings_shape = { .kind = SHAPE_MAP, .fields = fields };

const char *settings_path(const char *given, struct arena *arena)
{
	const char *here = getenv("CORDON_SETTINGS"), *config = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");

	if (given != NULL)
		return given;
	if (here != NULL && here[0] != '\0')
		return here;
	if (config != NULL && config[0] == '/')
		return arena_textf(arena, "%s/cordon/settings.yaml", config);
	return home == NULL || home[0] == '\0'
		       ? NULL
		       : arena_textf(arena, "%s/.config/cordon/settings.yaml", home);
}

/* A path in the file is relative to the file. */
static const char *beside(const char *file, const char *path, struct arena *arena)
{
	const char *slash = strrchr(file, '/');

	if (path == NULL || path[0] == '/' || slash == NULL)
		return path;
	return arena_textf(arena, "%.*s/%s", (int)(slash - file), file, path);
}

int settings_private(const char *path, struct error *err)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return error_set(err, E_SYSTEM, SAY("a file could not be read", "无法读取文件"),
			"could not read \"%s\": %m", path);
	if ((st.st_mode & 077) == 0)
		return 0;
	return error_set(err, E_INPUT,
		SAY("this file holds a secret and others can read it; run chmod 600 on it",
			"此文件含有机密，但其他人可读；请对其执行 chmod 600"),
		"\"%s\" has mode %o", path, st.st_mode & 0777U);
}

int settings_read(const char *path, struct arena *arena, struct settings *out, struct error *err)
{
	struct diags ds;
	struct settings settings;
	struct node *root;
	struct stat st;
	uint8_t *bytes;
	size_t len;
	int ret;

	diags_init(&ds, arena);
	if (stat(path, &st) != 0 && (errno == ENOENT || errno == ENOTDIR))
		return error_set(err, E_SYSTEM,
			SAY("you are not signed in; run: cordon login",
				"尚未登录，请运行：cordon login"),
			"there is no \"%s\"", path);
	if (settings_private(path, err) != 0 ||
		file_read(path, MAX_FILE_BYTES, &bytes, &len, err) != 0)
		return -1;
	ret = node_read(path, bytes, len, MAX_DEPTH, arena, &ds, &root);
	if (ret == 0)
		ret = shape_check(root, &settings_shape, "settings", &ds);
	secret_wipe(bytes, len);
	free(bytes);
	if (ret != 0)
		return diags_fail(&ds, err);
	settings = (struct settings){
		.gateway = node_text(node_get(root, "gateway")),
		.account = node_text(node_get(root, "account")),
		.token = node_text(node_get(root, "token")),
		.ca = beside(path, node_text(node_get(root, "ca")), arena),
		.certificate = beside(path, node_text(node_get(root, "certificate")), arena),
		.key = beside(path, node_text(node_get(root, "key")), arena),
	};
	if (settings.certificate == NULL || settings.key == NULL ||
		(settings.ca == NULL && node_get(root, "ca") != NULL))
		return error_memory(err);
	*out = settings;
	return 0;
}

static void line(struct text *t, const char *key, const char *value)
{
	if (value == NULL)
		return;
	text_addf(t, "%s: ", key);
	text_add_json(t, value); /* a JSON string is a YAML one */
	text_addc(t, '\n');
}

int settings_write(const char *path, const struct settings *s, struct error *err)
{
	const char *slash = strrchr(path, '/');
	struct text t;
	int ret = -1;

	text_init(&t, MAX_FILE_BYTES);
	text_add(&t, "cordon: 1\n");
	line(&t, "gateway", s->gateway);
	line(&t, "account", s->account);
	line(&t, "token", s->token);
	line(&t, "ca", s->ca);
	line(&t, "certificate", s->certificate);
	line(&t, "key", s->key);
	if (text_failed(&t)) {
		error_memory(err);
		goto out;
	}
	if (slash != NULL && slash != path) {
		char *folder = strndup(path, (size_t)(slash - path));
		int made = folder == NULL ? error_memory(err) : file_mkdirs(folder, 0700, err);

		free(folder);
		if (made != 0)
			goto out;
	}
	ret = file_write(path, t.at, t.len, 0600, err);
out:
	text_clear(&t);
	return ret;
}
