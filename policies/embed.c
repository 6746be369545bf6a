#include "policies/embed.h"

#include <string.h>

/*
 * The assembler copies the files in; paths are relative to the top of the tree, where make runs. A
 * file that is missing there ends the build.
 */
#define EMBED(symbol, path)                                                                        \
	__asm__(".pushsection .rodata\n"                                                           \
		".global " #symbol "\n" #symbol ":\n"                                              \
		".incbin \"" path "\"\n"                                                           \
		".global " #symbol "_end\n" #symbol "_end:\n"                                      \
		".byte 0\n"                                                                        \
		".popsection\n");                                                                  \
	extern const char symbol[], symbol##_end[]

EMBED(cordon_model_omop, "policies/models/omop-cdm-5.4.yaml");
EMBED(cordon_preset_omop, "policies/presets/omop-cdm-5.4.yaml");
EMBED(cordon_preset_strict, "policies/presets/strict.yaml");

static const char *const preset_ids[] = { "omop-cdm-5.4", "strict", NULL };
static const char *const model_ids_list[] = { "omop-cdm-5.4", NULL };

const struct shipped *shipped_preset(const char *id)
{
	static struct shipped all[2];

	all[0] = (struct shipped){ "presets/omop-cdm-5.4", preset_ids[0], cordon_preset_omop,
		(size_t)(cordon_preset_omop_end - cordon_preset_omop) };
	all[1] = (struct shipped){ "presets/strict", preset_ids[1], cordon_preset_strict,
		(size_t)(cordon_preset_strict_end - cordon_preset_strict) };
	for (size_t i = 0; i < 2; i++)
		if (strcmp(all[i].id, id) == 0)
			return &all[i];
	return NULL;
}

const struct shipped *shipped_model(const char *id)
{
	static struct shipped all[1];

	all[0] = (struct shipped){ "models/omop-cdm-5.4", model_ids_list[0], cordon_model_omop,
		(size_t)(cordon_model_omop_end - cordon_model_omop) };
	return strcmp(all[0].id, id) == 0 ? &all[0] : NULL;
}

const char *const *shipped_preset_ids(void)
{
	return preset_ids;
}

const char *const *shipped_model_ids(void)
{
	return model_ids_list;
}
