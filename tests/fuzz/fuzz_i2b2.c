/*
 * fuzz_i2b2.c - any bytes as a cohort of another system, see fuzz_convert.h.
 */
#include "tests/fuzz/fuzz_convert.h"

static const char *const seeds[] = {
	"<ns4:query_definition xmlns:ns4=\"x\"><query_name>q</query_name><query_timing>SA"
	"MEVISIT</query_timing><specificity_scale>0</specificity_scale><panel><panel_numb"
	"er>1</panel_number><panel_date_from>2010-01-01T00:00:00</panel_date_from><invert"
	">0</invert><panel_timing>SAMEVISIT</panel_timing><total_item_occurrences>1</tota"
	"l_item_occurrences><item><hlevel>3</hlevel><item_name>a</item_name><item_key>\\\\i"
	"2b2_DIAG\\i2b2\\Diagnoses\\Circulatory (390-459)\\</item_key></item></panel><pan"
	"el><invert>1</invert><total_item_occurrences>2</total_item_occurrences><panel_ti"
	"ming>SAMEVISIT</panel_timing><item><item_key>\\\\i2b2_LABS\\i2b2\\Labtests\\GLU\\<"
	"/item_key><constrain_by_value><value_operator>BETWEEN</value_operator><value_con"
	"straint>1 and 5</value_constraint><value_type>NUMBER</value_type></constrain_by_"
	"value></item></panel></ns4:query_definition>",
	"<queryDefinition><name>n</name><expr><and><or><term>\\\\SHRINE\\SHRINE\\Diagnose"
	"s\\A\\</term><term>\\\\SHRINE\\SHRINE\\Demographics\\Age\\18-34 years old\\</ter"
	"m></or><not><dateBounded><start>2010-01-01</start><end>2011-01-01</end><term>\\\\S"
	"HRINE\\SHRINE\\Medications\\B\\</term></dateBounded></not></and></expr></queryDe"
	"finition>",
	"<!DOCTYPE a [<!ENTITY x \"y\">]><query_definition>&x;</query_definition>",
};

size_t fuzz_seed(size_t i, uint8_t *out, size_t room)
{
	return give_seed(seeds, sizeof(seeds) / sizeof(seeds[0]), i, out, room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_format(CONVERT_I2B2, data, size);
}
