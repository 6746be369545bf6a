/*
 * vocabulary.c - `cordon vocabulary make`: the file that a gateway's concept search reads.
 */
#include "vocabulary/vocabulary.h"

#include <inttypes.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/plain.h"

enum {
	WORDS_ARENA = 4 << 20
};

/* On one line of a terminal that may move; elsewhere nothing. */
static void on_progress(const char *file, uint64_t done, uint64_t total, void *arg)
{
	const struct cli *cli = arg;

	if (!cli->live || total == 0)
		return;
	fputs("\r", cli->err);
	plain_print(cli->err, file);
	fprintf(cli->err, " %3u %%\033[K", (unsigned)(done >= total ? 100 : done * 100 / total));
	if (done >= total)
		fputs("\r\033[K", cli->err);
	fflush(cli->err);
}

static int make(struct cli *cli, const char *path, const char *folder)
{
	struct vocabulary_made made;
	struct error err = { 0 };
	struct arena arena;
	struct diags ds;
	int status = EXIT_ANSWERED;

	arena_init(&arena, WORDS_ARENA);
	diags_init(&ds, &arena);
	if (vocabulary_make(path, folder, on_progress, cli, &made, &ds, &err) != 0) {
		if (ds.errors > 0)
			cli_diags(cli, &ds, NULL, 0);
		else
			(void)cli_fail(cli, EXIT_INPUT, &err);
		status = EXIT_INPUT;
	} else {
		fprintf(cli->out,
			cli->zh ? "%s：%" PRIu64 " 个概念，其中标准概念 %" PRIu64 " 个、有中文名的 %" PRIu64
				  " 个，上下级关系 %" PRIu64 " 条\n"
				: "%s: %" PRIu64 " concepts, %" PRIu64 " of them standard, %" PRIu64
				  " with a Chinese name; %" PRIu64 " steps down\n",
			path, made.concepts, made.standard, made.chinese, made.edges);
	}
	arena_clear(&arena);
	return status;
}

int command_vocabulary(struct cli *cli, int argc, char **argv)
{
	const char *out = NULL;
	const struct option_of options[] = { { "--out", &out, NULL }, { 0 } };

	if (cli_options(cli, &argc, argv, options) != 0)
		return EXIT_INPUT;
	if (argc != 3 || strcmp(argv[1], "make") != 0 || out == NULL)
		return cli_usage(cli, "vocabulary",
			SAY("say: make --out FILE FOLDER", "请写：make --out 文件 目录"));
	return make(cli, out, argv[2]);
}
