#include "gateway/openapi.h"

/* The assembler copies the file in; the path is relative to the top of the tree, where make runs. */
__asm__(".pushsection .rodata\nopenapi_at:\n.incbin \"gateway/openapi.json\"\nopenapi_end:\n.byte 0\n.popsection\n");
extern const char openapi_at[], openapi_end[];

struct view openapi_text(void)
{
	return (struct view){ (const uint8_t *)openapi_at, (size_t)(openapi_end - openapi_at) };
}
