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

EMBED(cordon_model_i2b2, "policies/models/i2b2.yaml");
EMBED(cordon_model_omop, "policies/models/omop-cdm-5.4.yaml");
EMBED(cordon_preset_cn_genetic, "policies/presets/cn-genetic.yaml");
EMBED(cordon_preset_cn_health, "policies/presets/cn-health.yaml");
EMBED(cordon_preset_ehds, "policies/presets/ehds.yaml");
EMBED(cordon_preset_gdpr_health, "policies/presets/gdpr-health.yaml");
EMBED(cordon_preset_limited, "policies/presets/hipaa-limited-data-set.yaml");
EMBED(cordon_preset_safe_harbor, "policies/presets/hipaa-safe-harbor.yaml");
EMBED(cordon_preset_i2b2, "policies/presets/i2b2.yaml");
EMBED(cordon_preset_omop, "policies/presets/omop-cdm-5.4.yaml");
EMBED(cordon_preset_strict, "policies/presets/strict.yaml");
EMBED(cordon_preset_part2, "policies/presets/us-part2.yaml");

/* Where a file ends is known to the linker alone, so lengths are filled in at the first use. */
struct embedded {
	struct shipped file;
	const char *end;
};

static struct embedded presets[] = {
	{ { "presets/cn-genetic", "cn-genetic", cordon_preset_cn_genetic, 0 },
		cordon_preset_cn_genetic_end },
	{ { "presets/cn-health", "cn-health", cordon_preset_cn_health, 0 },
		cordon_preset_cn_health_end },
	{ { "presets/ehds", "ehds", cordon_preset_ehds, 0 }, cordon_preset_ehds_end },
	{ { "presets/gdpr-health", "gdpr-health", cordon_preset_gdpr_health, 0 },
		cordon_preset_gdpr_health_end },
	{ { "presets/hipaa-limited-data-set", "hipaa-limited-data-set", cordon_preset_limited, 0 },
		cordon_preset_limited_end },
	{ { "presets/hipaa-safe-harbor", "hipaa-safe-harbor", cordon_preset_safe_harbor, 0 },
		cordon_preset_safe_harbor_end },
	{ { "presets/i2b2", "i2b2", cordon_preset_i2b2, 0 }, cordon_preset_i2b2_end },
	{ { "presets/omop-cdm-5.4", "omop-cdm-5.4", cordon_preset_omop, 0 },
		cordon_preset_omop_end },
	{ { "presets/strict", "strict", cordon_preset_strict, 0 }, cordon_preset_strict_end },
	{ { "presets/us-part2", "us-part2", cordon_preset_part2, 0 }, cordon_preset_part2_end },
};
static struct embedded models[] = {
	{ { "models/i2b2", "i2b2", cordon_model_i2b2, 0 }, cordon_model_i2b2_end },
	{ { "models/omop-cdm-5.4", "omop-cdm-5.4", cordon_model_omop, 0 }, cordon_model_omop_end },
};

static const char *const preset_ids[] = { "cn-genetic", "cn-health", "ehds", "gdpr-health",
	"hipaa-limited-data-set", "hipaa-safe-harbor", "i2b2", "omop-cdm-5.4", "strict", "us-part2",
	NULL };
static const char *const model_ids_list[] = { "i2b2", "omop-cdm-5.4", NULL };

static const struct shipped *find(struct embedded *all, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].file.id, id) == 0) {
			all[i].file.len = (size_t)(all[i].end - (const char *)all[i].file.bytes);
			return &all[i].file;
		}
	return NULL;
}

const struct shipped *shipped_preset(const char *id)
{
	return find(presets, sizeof(presets) / sizeof(presets[0]), id);
}

const struct shipped *shipped_model(const char *id)
{
	return find(models, sizeof(models) / sizeof(models[0]), id);
}

const char *const *shipped_preset_ids(void)
{
	return preset_ids;
}

const char *const *shipped_model_ids(void)
{
	return model_ids_list;
}
