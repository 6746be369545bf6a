#include "cli/settings.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/unit/unit.h"

static struct error err;
static struct arena arena;
static char folder[64], path[128];

static void setup(void)
{
	snprintf(folder, sizeof(folder), "/tmp/cordon-settings.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/settings.yaml", folder);
	arena_init(&arena, 1 << 20);
}

static void teardown(void)
{
	arena_clear(&arena);
	unlink(path);
	rmdir(folder);
}

static void write_text(const char *text, mode_t mode)
{
	OK(file_write(path, text, strlen(text), mode, &err));
}

static const char minimal[] =
	"cordon: 1\ngateway: https://gw.example:7780\naccount: li@renmin.example\n"
	"token: cordon_ab\ncertificate: person.crt\nkey: keys/person.key\n";

START_TEST(what_is_written_is_read_back_whatever_characters_it_has)
{
	const struct settings in = { .gateway = "https://[::1]:7780",
		.account = "li \"x\" \\ 李",
		.token = "a: b # c\nd",
		.ca = "/a \"b\"/c\\d\n.crt",
		.certificate = "/证书/p.crt",
		.key = "/k" };
	struct settings out;
	struct stat st;

	setup();
	OK(settings_write(path, &in, &err));
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	OK(settings_read(path, &arena, &out, &err));
	ck_assert_str_eq(out.gateway, in.gateway);
	ck_assert_str_eq(out.account, in.account);
	ck_assert_str_eq(out.token, in.token);
	ck_assert_str_eq(out.ca, in.ca);
	ck_assert_str_eq(out.certificate, in.certificate);
	ck_assert_str_eq(out.key, in.key);
	teardown();
}
END_TEST

START_TEST(folders_are_made_for_the_owner_alone_and_no_ca_stays_no_ca)
{
	const struct settings in = { .gateway = "https://g",
		.account = "a",
		.token = "t",
		.certificate = "/c",
		.key = "/k" };
	char deep[200], one[200];
	struct settings out;
	struct stat st;

	setup();
	snprintf(one, sizeof(one), "%s/new", folder);
	snprintf(deep, sizeof(deep), "%s/new/settings.yaml", folder);
	OK(settings_write(deep, &in, &err));
	ck_assert_int_eq(stat(one, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0700);
	OK(settings_read(deep, &arena, &out, &err));
	ck_assert_ptr_null(out.ca);
	unlink(deep);
	rmdir(one);
	teardown();
}
END_TEST

START_TEST(relative_paths_are_beside_the_file)
{
	struct settings out;
	char want[200];

	setup();
	write_text(minimal, 0600);
	OK(settings_read(path, &arena, &out, &err));
	snprintf(want, sizeof(want), "%s/person.crt", folder);
	ck_assert_str_eq(out.certificate, want);
	snprintf(want, sizeof(want), "%s/keys/person.key", folder);
	ck_assert_str_eq(out.key, want);
	/* beside a file without a folder in its name is here */
	ck_assert_int_eq(chdir(folder), 0);
	OK(settings_read("settings.yaml", &arena, &out, &err));
	ck_assert_str_eq(out.certificate, "person.crt");
	teardown();
}
END_TEST

START_TEST(a_file_that_others_can_read_is_not_read)
{
	static const mode_t modes[] = { 0640, 0604, 0620, 0644, 0601 };
	struct settings out = { .account = "before" };

	setup();
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		write_text(minimal, modes[i]);
		FAILS(settings_read(path, &arena, &out, &err), E_INPUT);
		ck_assert_ptr_nonnull(strstr(err.say.en, "chmod 600"));
		ck_assert_str_eq(out.account, "before");
	}
	write_text(minimal, 0400);
	OK(settings_read(path, &arena, &out, &err));
	teardown();
}
END_TEST

START_TEST(without_a_file_the_way_to_get_one_is_told)
{
	struct settings out;

	setup();
	FAILS(settings_read(path, &arena, &out, &err), E_SYSTEM);
	ck_assert_ptr_nonnull(strstr(err.say.en, "cordon login"));
	ck_assert_ptr_nonnull(strstr(err.log, path));
	teardown();
}
END_TEST

START_TEST(errors_name_their_place)
{
	static const struct {
		const char *text, *place;
	} bad[] = {
		{ "cordon: 1\ngateway: https://g\naccount: a\ntoken: t\ncertificate: c\nkey: "
		  "k\nkeys: x\n",
			":7:1" },
		{ "cordon: 1\naccount: a\ntoken: t\ncertificate: c\nkey: k\n", "gateway" },
		{ "cordon: 2\ngateway: https://g\naccount: a\ntoken: t\ncertificate: c\nkey: k\n",
			":1:9" },
		{ "cordon: 1\ngateway: [a]\naccount: a\ntoken: t\ncertificate: c\nkey: k\n",
			":2:10" },
		{ "cordon: 1\ntoken: \"a\x1b[2J\"\n", ":2:10" },
		{ "", "settings.yaml" },
	};
	struct settings out;

	setup();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_text(bad[i].text, 0600);
		FAILS(settings_read(path, &arena, &out, &err), E_INPUT);
		ck_assert_msg(strstr(err.log, bad[i].place) != NULL, "%zu: %s", i, err.log);
	}
	teardown();
}
END_TEST

START_TEST(a_token_is_in_no_error)
{
	struct settings out;

	setup();
	write_text("cordon: 1\ngateway: https://g\naccount: a\ntoken: "
		   "[cordon_secret]\ncertificate: c\n"
		   "key: k\n",
		0600);
	FAILS(settings_read(path, &arena, &out, &err), E_INPUT);
	ck_assert_ptr_null(strstr(err.log, "cordon_secret"));
	teardown();
}
END_TEST

START_TEST(a_write_that_fails_leaves_the_old_file)
{
	const struct settings in = { .gateway = "https://new",
		.account = "a",
		.token = "t",
		.certificate = "/c",
		.key = "/k" };
	char under[200];
	struct settings out;

	setup();
	write_text(minimal, 0600);
	snprintf(under, sizeof(under), "%s/settings.yaml/deeper/settings.yaml", folder);
	FAILS(settings_write(under, &in, &err), E_SYSTEM);
	OK(settings_read(path, &arena, &out, &err));
	ck_assert_str_eq(out.gateway, "https://gw.example:7780");
	teardown();
}
END_TEST

START_TEST(the_place_is_given_or_named_or_under_home)
{
	setup();
	setenv("CORDON_SETTINGS", "/from/environment", 1);
	ck_assert_str_eq(settings_path("/given", &arena), "/given");
	ck_assert_str_eq(settings_path(NULL, &arena), "/from/environment");
	setenv("CORDON_SETTINGS", "", 1);
	setenv("HOME", "/home/li", 1);
	setenv("XDG_CONFIG_HOME", "/xdg", 1);
	ck_assert_str_eq(settings_path(NULL, &arena), "/xdg/cordon/settings.yaml");
	setenv("XDG_CONFIG_HOME", "relative", 1);
	ck_assert_str_eq(settings_path(NULL, &arena), "/home/li/.config/cordon/settings.yaml");
	unsetenv("HOME");
	ck_assert_ptr_null(settings_path(NULL, &arena));
	teardown();
}
END_TEST

UNIT_MAIN("settings", what_is_written_is_read_back_whatever_characters_it_has,
	folders_are_made_for_the_owner_alone_and_no_ca_stays_no_ca,
	relative_paths_are_beside_the_file, a_file_that_others_can_read_is_not_read,
	without_a_file_the_way_to_get_one_is_told, errors_name_their_place, a_token_is_in_no_error,
	a_write_that_fails_leaves_the_old_file, the_place_is_given_or_named_or_under_home)
